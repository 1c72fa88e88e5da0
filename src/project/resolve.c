/* resolve.c - see resolve.h. */
#include "project/resolve.h"

#include <stdio.h>
#include <stdlib.h>

#include <sluice/registry.h>

#include "base/time.h"
#include "project/discover.h"
#include "project/source_keys.h"
#include "project/venv.h"

struct resolver {
  const struct sl_project *project;
  const struct sl_doc *doc;
  const struct sl_project_source *source;
  const struct sl_source_type *type; /* whose fields say what the settings mean */
  const struct sl_sync_window *window;
  struct sl_resolved *out;
  struct sl_error *err;
};

void sl_resolved_release(struct sl_resolved *resolved) {
  sl_arena_release(&resolved->arena);
  *resolved = (struct sl_resolved){ 0 };
}

static sl_status no_memory(struct resolver *r) {
  return sl_fail(r->err, SL_ENOMEM, "out of memory for source %s", r->source->name);
}

static const char *keep(struct resolver *r, const char *text) {
  return sl_arena_copy(&r->out->arena, text, strlen(text));
}

/* ---- where the source is ---- */

/* "mysql+pymysql:" is "mysql:" for us; "mongodb+srv:" is not "mongodb:". */
static const char *without_driver(struct resolver *r, const char *url) {
  size_t scheme = strcspn(url, ":/+");
  const struct sl_source_ops *ops;
  const char *rest;
  if (url[scheme] != '+' || sl_source_find(url, &ops, &rest, NULL) == SL_OK) {
    return url;
  }
  const char *colon = strchr(url, ':');
  return colon == NULL ? url : sl_arena_printf(&r->out->arena, "%.*s%s", (int)scheme, url, colon);
}

static sl_status missing_variable(struct resolver *r, const struct sl_node *node) {
  return sl_doc_fail(r->doc, node, r->err,
                     "source %s needs the variable %s, which is not set: add a line %s=%s to "
                     "%s/.env, or set it in the environment",
                     r->source->name, node->text, node->text,
                     r->type->example == NULL ? "…" : r->type->example, r->project->root);
}

static sl_status from_variable(struct resolver *r, const struct sl_node *config, const char **out) {
  for (const struct sl_source_field *f = r->type->fields; f->key != NULL; f++) {
    const struct sl_node *node = f->kind == SL_FIELD_VARIABLE ? sl_node_get(config, f->key) : NULL;
    if (sl_node_text(node) != NULL) {
      *out = sl_secrets_variable(&r->project->secrets, node->text);
      return *out == NULL || (*out)[0] == '\0' ? missing_variable(r, node) : SL_OK;
    }
  }
  return SL_OK;
}

static sl_status locate_database(struct resolver *r, const struct sl_node *config,
                                 const char **out) {
  const char *path = sl_node_text(sl_node_get(config, "path"));
  *out = NULL;
  if (path != NULL && r->type->scheme != NULL) {
    char *whole = sl_project_path(r->project, "%s", path);
    *out = whole == NULL ? NULL : sl_arena_printf(&r->out->arena, "%s:%s", r->type->scheme, whole);
    free(whole);
    return *out == NULL ? no_memory(r) : SL_OK;
  }
  sl_status rc = from_variable(r, config, out);
  if (rc == SL_OK && *out == NULL) {
    return sl_doc_fail(r->doc, r->source->node, r->err, "source %s does not say where it is",
                       r->source->name);
  }
  if (rc != SL_OK) {
    return rc;
  }
  bool plain = r->type->scheme != NULL && strstr(*out, "://") == NULL &&
               strncmp(*out, r->type->scheme, strlen(r->type->scheme)) != 0;
  *out = plain ? sl_arena_printf(&r->out->arena, "%s:%s", r->type->scheme, *out)
               : without_driver(r, *out);
  return *out == NULL ? no_memory(r) : SL_OK;
}

static sl_status locate_files(struct resolver *r, const struct sl_node *config, const char **out) {
  const char *folder = sl_node_text(sl_node_get(config, "directory"));
  const char *pattern = sl_node_text(sl_node_get(config, "file_pattern"));
  if (folder == NULL) {
    folder = sl_node_text(sl_node_get(config, "bucket_url"));
    pattern = sl_node_text(sl_node_get(config, "file_glob"));
  }
  if (folder == NULL) {
    return sl_doc_fail(r->doc, r->source->node, r->err, "source %s does not say which folder",
                       r->source->name);
  }
  folder += strncmp(folder, "file://", 7) == 0 ? 7 : 0;
  char *whole =
      strstr(folder, "://") != NULL ? strdup(folder) : sl_project_path(r->project, "%s", folder);
  if (whole != NULL) {
    *out = sl_arena_printf(&r->out->arena, "%s/%s", whole,
                           pattern != NULL                     ? pattern
                           : strcmp(r->type->name, "csv") == 0 ? "*.csv"
                                                               : "*");
  }
  free(whole);
  return whole == NULL || *out == NULL ? no_memory(r) : SL_OK;
}

static sl_status locate_native(struct resolver *r, const struct sl_node *kwargs, const char **out) {
  const char *given = sl_node_text(sl_node_get(kwargs, "credentials"));
  struct sl_secret_place place = { r->source->name, "sql_database", "sql_database" };
  char *url = NULL;
  if (given != NULL) {
    *out = without_driver(r, given);
    return *out == NULL ? no_memory(r) : SL_OK;
  }
  sl_status rc = sl_secrets_credentials(&r->project->secrets, &place, &url, r->err);
  if (rc == SL_OK) {
    const char *copy = keep(r, url);
    *out = copy == NULL ? NULL : without_driver(r, copy);
    rc = *out == NULL ? no_memory(r) : SL_OK;
  }
  free(url);
  return rc;
}

/* ---- settings ---- */

static sl_status set_source_option(struct resolver *r, struct sl_load_settings *s, const char *name,
                                   const char *text) {
  size_t most = sizeof s->source_options / sizeof s->source_options[0];
  if (s->n_source_options == most) {
    return sl_fail(r->err, SL_EUSAGE, "source %s has too many settings", r->source->name);
  }
  s->source_options[s->n_source_options++] = (struct sl_setting){ name, text };
  return SL_OK;
}

static sl_status set_option(struct resolver *r, struct sl_load_settings *s, const char *name,
                            const struct sl_node *node) {
  const char *text = NULL;
  sl_status rc = sl_doc_join(r->doc, node, &r->out->arena, &text, r->err);
  if (rc != SL_OK || text == NULL || text[0] == '\0') {
    return rc;
  }
  if (sl_options_find(sl_load_options, name) != NULL) {
    rc = sl_options_set(sl_load_options, s, name, text, r->err);
    return rc == SL_OK ? SL_OK
                       : sl_error_add_context(r->err, "%s:%d", r->doc->path, node->key_line);
  }
  return set_source_option(r, s, name, text);
}

static sl_status set_incremental(struct resolver *r, struct sl_load_settings *s,
                                 const struct sl_node *map) {
  static const char *const names[][2] = {
    { "cursor_column", "cursor" },
    { "cursor_path", "cursor" },
    { "initial_value", "initial-value" },
    { "end_value", "end-value" },
    { "lag", "lag" },
    { "row_order", "row-order" },
    { "range_start", "range-start" },
    { "range_end", "range-end" },
    { "on_cursor_value_missing", "on-cursor-null" },
    { "primary_key", "primary-key" },
  };
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < sizeof names / sizeof names[0]; i++) {
    const struct sl_node *node = sl_node_get(map, names[i][0]);
    rc = node == NULL ? SL_OK : set_option(r, s, names[i][1], node);
  }
  s->write_disposition = s->write_disposition == NULL ? "merge" : s->write_disposition;
  r->out->incremental = true;
  return rc;
}

/* The settings of a map, of the source or of one table. */
static sl_status set_map(struct resolver *r, struct sl_load_settings *s,
                         const struct sl_node *map) {
  sl_status rc = SL_OK;
  for (const struct sl_node *n = map == NULL ? NULL : map->first; rc == SL_OK && n != NULL;
       n = n->next) {
    const struct sl_source_field *field = sl_source_field_find(r->type, n->key);
    const char *option = field != NULL ? field->option : sl_source_extra_option(r->type, n->key);
    if (strcmp(n->key, "incremental") != 0 && option != NULL && n->kind != SL_NODE_NULL) {
      rc = set_option(r, s, option, n);
    }
  }
  const struct sl_node *incremental = sl_node_get(map, "incremental");
  return rc == SL_OK && incremental != NULL ? set_incremental(r, s, incremental) : rc;
}

static const char *source_option(const struct sl_load_settings *s, const char *name) {
  const char *text = NULL;
  for (size_t i = 0; i < s->n_source_options; i++) {
    text = strcmp(s->source_options[i].name, name) == 0 ? s->source_options[i].text : text;
  }
  return text;
}

/* lookback_days in the unit that --lag has for the cursor: days for dates, seconds for times. */
static sl_status set_lookback(struct resolver *r, struct sl_load_settings *s) {
  const char *cursor = source_option(s, "cursor");
  if (r->source->lookback_days <= 0 || cursor == NULL || source_option(s, "lag") != NULL) {
    return SL_OK;
  }
  char format[64];
  sl_status rc = sl_discover_format(s, cursor, format, r->err);
  if (rc != SL_OK) {
    return rc;
  }
  bool date = strncmp(format, "td", 2) == 0;
  if (!date && strncmp(format, "ts", 2) != 0) {
    return sl_fail(r->err, SL_EUSAGE,
                   "source %s: lookback_days needs a cursor that is a date or time, and %s is not",
                   r->source->name, cursor);
  }
  const char *lag = sl_arena_printf(&r->out->arena, "%lld",
                                    (long long)r->source->lookback_days * (date ? 1 : 86400));
  return lag == NULL ? no_memory(r) : set_source_option(r, s, "lag", lag);
}

/* What holds for every source. */
static void set_common(struct resolver *r, struct sl_load_settings *s) {
  const struct sl_sync_window *w = r->window;
  if (w->limit > 0) {
    s->limit = w->limit;
  }
  if (w->full_refresh) {
    s->refresh = true;
    s->write_disposition = "replace";
    s->strategy = NULL;
  }
  s->allow_empty_replace = s->allow_empty_replace || r->source->allow_empty || w->allow_empty;
}

static sl_status set_window(struct resolver *r, struct sl_load_settings *s) {
  const struct sl_sync_window *w = r->window;
  const char *cursor = source_option(s, "cursor");
  sl_status rc = SL_OK;
  if ((w->since != NULL || w->until != NULL) && cursor == NULL) {
    return sl_fail(r->err, SL_EUSAGE,
                   "source %s is read whole each time: --since, --until and --backfill need "
                   "incremental: {cursor_column: …} in its settings",
                   r->source->name);
  }
  if (w->since != NULL) {
    s->refresh = true;
    rc = set_source_option(r, s, "initial-value", w->since);
  }
  if (rc == SL_OK && w->until != NULL && source_option(s, "initial-value") == NULL) {
    return sl_fail(r->err, SL_EUSAGE, "source %s has no initial_value: give --since with --until",
                   r->source->name);
  }
  if (rc == SL_OK && w->until != NULL) {
    s->refresh = true;
    rc = set_source_option(r, s, "end-value", w->until);
  }
  set_common(r, s);
  if (s->write_disposition == NULL && s->strategy == NULL) {
    s->write_disposition = "replace";
  }
  return rc == SL_OK ? set_lookback(r, s) : rc;
}

static struct sl_load_settings *new_load(struct resolver *r, const char *location) {
  struct sl_load_settings *s = &r->out->loads[r->out->n++];
  sl_load_settings_init(s);
  s->source = location;
  s->destination = r->project->destination;
  s->dataset = r->out->dataset;
  s->pipeline = r->source->name;
  s->pipelines_dir = r->project->pipelines_dir;
  return s;
}

/* The load of all tables, or of the one that has its own settings. */
static sl_status add_load(struct resolver *r, const char *location, const struct sl_node *config,
                          const struct sl_node *table) {
  if (r->out->n == SL_MOST_LOADS) {
    return sl_fail(r->err, SL_EUSAGE, "source %s has settings for more than %d tables",
                   r->source->name, SL_MOST_LOADS - 1);
  }
  struct sl_load_settings *s = new_load(r, location);
  s->as = r->type->files ? r->source->name : NULL;
  bool dangos = strcmp(r->type->name, "csv") == 0 || strcmp(r->type->name, "local_files") == 0;
  sl_status rc = dangos ? set_source_option(r, s, "file-columns", "true") : SL_OK;
  if (strcmp(r->type->name, "local_files") == 0) { /* Dango's has one table, whatever is nested */
    s->max_nesting = 0;
  }
  rc = rc == SL_OK ? set_map(r, s, config) : rc;
  if (rc == SL_OK && table != NULL) {
    s->table = table->key;
    if (sl_node_get(table, "incremental") != NULL) {
      s->write_disposition = NULL;
    }
    rc = set_map(r, s, table);
  }
  if (rc == SL_OK && !r->type->files && strcmp(r->type->name, "mongodb") == 0) {
    const char *database = sl_node_text(sl_node_get(config, "database"));
    rc = database == NULL ? SL_OK : set_source_option(r, s, "schema", database);
  }
  return rc == SL_OK ? set_window(r, s) : rc;
}

/* The first load leaves out the tables that have their own. */
static sl_status exclude_tables(struct resolver *r, const struct sl_node *tables,
                                const struct sl_node *names) {
  struct sl_load_settings *s = &r->out->loads[0];
  struct sl_buffer list = { 0 };
  if (names != NULL) { /* of a list: the others */
    for (const struct sl_node *n = names->first; n != NULL; n = n->next) {
      if (sl_node_text(n) != NULL && sl_node_get(tables, n->text) == NULL) {
        sl_buffer_printf(&list, "%s%s", list.length == 0 ? "" : ",", n->text);
      }
    }
    if (list.length == 0) {
      memmove(s, s + 1, --r->out->n * sizeof *s);
    } else {
      s->table = sl_arena_copy(&r->out->arena, list.data, list.length);
    }
    sl_buffer_release(&list);
    return SL_OK;
  }
  for (const struct sl_node *n = tables->first; n != NULL; n = n->next) {
    sl_buffer_printf(&list, "%s%s", list.length == 0 ? "" : ",", n->key);
  }
  const char *copy =
      list.length == 0 ? NULL : sl_arena_copy(&r->out->arena, list.data, list.length);
  sl_buffer_release(&list);
  return copy == NULL ? SL_OK : set_source_option(r, s, "exclude-tables", copy);
}

static sl_status add_loads(struct resolver *r, const char *location, const struct sl_node *config) {
  const struct sl_node *tables = sl_node_get(config, "tables");
  const struct sl_node *names = sl_node_get(config, "table_names");
  sl_status rc = add_load(r, location, config, NULL);
  const char *one = sl_node_text(sl_node_get(config, "table")); /* dlt's sql_table */
  if (rc == SL_OK && one != NULL) {
    r->out->loads[0].table = one;
  }
  for (const struct sl_node *n = tables == NULL ? NULL : tables->first; rc == SL_OK && n != NULL;
       n = n->next) {
    rc = add_load(r, location, config, n);
  }
  names = names == NULL ? sl_node_get(config, "collection_names") : names;
  return rc == SL_OK && tables != NULL && tables->first != NULL ? exclude_tables(r, tables, names)
                                                                : rc;
}

/* ---- Python ---- */

/* The decorators in the module say what becomes of the tables: nothing is decided here. */
static sl_status add_python(struct resolver *r, const struct sl_node *config) {
  const char *module = sl_node_text(sl_node_get(config, "source_module"));
  const char *function = sl_node_text(sl_node_get(config, "source_function"));
  const struct sl_node *kwargs = sl_node_get(config, "function_kwargs");
  if (module == NULL) {
    return sl_doc_fail(r->doc, r->source->node, r->err, "source %s does not say its source_module",
                       r->source->name);
  }
  if (r->window->since != NULL || r->window->until != NULL) {
    return sl_fail(r->err, SL_EUSAGE,
                   "source %s is a Python function, which has its own cursor: --since, --until and "
                   "--backfill do not reach it; give dates in its function_kwargs",
                   r->source->name);
  }
  struct sl_load_settings *s = new_load(r, sl_arena_printf(&r->out->arena, "python:%s.%s", module,
                                                           function == NULL ? "*" : function));
  struct sl_buffer json = { 0 };
  char *python = sl_venv_python(r->project);
  if (kwargs != NULL && kwargs->kind == SL_NODE_MAP) {
    sl_node_json(kwargs, &json);
  }
  const char *options[][2] = { { "kwargs", keep(r, json.data == NULL ? "{}" : json.data) },
                               { "python", python == NULL ? NULL : keep(r, python) },
                               { "project-folder", r->project->root } };
  sl_status rc = s->source == NULL || json.failed ? no_memory(r) : SL_OK;
  for (size_t i = 0; rc == SL_OK && i < sizeof options / sizeof options[0]; i++) {
    rc = options[i][1] == NULL ? no_memory(r)
                               : set_source_option(r, s, options[i][0], options[i][1]);
  }
  sl_buffer_release(&json);
  free(python);
  set_common(r, s);
  return rc == SL_OK ? set_map(r, s, config) : rc;
}

sl_status sl_source_resolve(const struct sl_project *project, const struct sl_sources *sources,
                            const struct sl_project_source *source,
                            const struct sl_sync_window *window, struct sl_resolved *out,
                            struct sl_error *err) {
  struct resolver r = { .project = project,
                        .doc = &sources->doc,
                        .source = source,
                        .type = source->type,
                        .window = window,
                        .out = out,
                        .err = err };
  bool native = sl_source_is_sql_database(source);
  const struct sl_node *config = source->config;
  const char *location = NULL;
  bool python = false;
  *out = (struct sl_resolved){ 0 };
  if (source->type->reader == SL_READ_NOT_YET) {
    return sl_fail(err, SL_EUNSUPPORTED, "source %s: this build cannot read sources of type %s yet",
                   source->name, source->type->name);
  }
  const char *dataset = sl_node_text(sl_node_get(config, "dataset_name"));
  out->dataset =
      dataset != NULL ? keep(&r, dataset) : sl_arena_printf(&out->arena, "raw_%s", source->name);
  out->loads = sl_arena_alloc(&out->arena, SL_MOST_LOADS * sizeof *out->loads);
  sl_status rc = out->dataset == NULL || out->loads == NULL ? no_memory(&r) : SL_OK;
  if (rc == SL_OK && native) {
    config = sl_node_get(config, "function_kwargs");
    r.type = sl_source_kwargs_type();
    rc = locate_native(&r, config, &location);
  } else if (rc == SL_OK && source->type->reader == SL_READ_DLT_NATIVE) {
    rc = add_python(&r, config);
    python = true;
  } else if (rc == SL_OK) {
    rc = source->type->files ? locate_files(&r, config, &location)
                             : locate_database(&r, config, &location);
  }
  if (rc == SL_OK && !python) {
    rc = add_loads(&r, location, config);
  }
  if (rc != SL_OK) {
    sl_resolved_release(out);
  }
  return rc;
}
