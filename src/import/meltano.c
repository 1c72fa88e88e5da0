/* meltano.c - meltano.yml: extractors become sources, their secrets variables. */
#include <stdio.h>
#include <stdlib.h>

#include "base/files.h"
#include "import/import_internal.h"

struct meltano {
  struct sl_import *import;
  struct sl_doc doc;
  struct sl_secrets secrets;
  const struct sl_node *extractors;
  const struct sl_node *overrides; /* extractors of the default environment */
  struct sl_error *err;
};

static void note(struct meltano *m, const struct sl_node *node, const char *text) {
  sl_import_note(m->import, m->doc.path, node->key != NULL ? node->key_line : node->line, "%s%s%s",
                 node->key == NULL ? "" : node->key, node->key == NULL ? "" : ": ", text);
}

static const char *name_of(const struct sl_node *extractor) {
  const char *name = sl_node_text(sl_node_get(extractor, "name"));
  return name == NULL ? "" : name;
}

/* The tap that an extractor is or inherits from: "tap-postgres". */
static const char *tap_of(const struct meltano *m, const struct sl_node *extractor) {
  const char *name = name_of(extractor);
  for (int i = 0; i < 4; i++) {
    const char *parent =
        sl_node_text(sl_node_get(sl_node_named(m->extractors, name), "inherit_from"));
    if (parent == NULL) {
      break;
    }
    name = parent;
  }
  return name;
}

/* Something of the extractor: as the default environment has it, else its own, else of those that
 * it inherits from. `path` may be "config.host". */
static const struct sl_node *get(const struct meltano *m, const struct sl_node *extractor,
                                 const char *path) {
  const struct sl_node *at = extractor;
  for (int i = 0; at != NULL && i < 4; i++) {
    const struct sl_node *found = sl_node_path(sl_node_named(m->overrides, name_of(at)), path);
    found = found != NULL ? found : sl_node_path(at, path);
    if (found != NULL) {
      return found;
    }
    const char *parent = sl_node_text(sl_node_get(at, "inherit_from"));
    at = parent == NULL ? NULL : sl_node_named(m->extractors, parent);
  }
  return NULL;
}

/* A setting: written down, or set by the variable that Meltano reads for it (TAP_POSTGRES_HOST). */
static sl_status read_setting(struct meltano *m, const struct sl_node *extractor, const char *key,
                              struct sl_buffer *out) {
  char path[128];
  snprintf(path, sizeof path, "config.%s", key);
  const struct sl_node *node = get(m, extractor, path);
  if (out->length > 0) {
    return SL_OK;
  }
  if (sl_node_text(node) != NULL) {
    return sl_import_expand(m->import, &m->doc, node, &m->secrets, out, m->err);
  }
  const char *const names[] = { name_of(extractor), tap_of(m, extractor) };
  for (size_t i = 0; i < 2 && out->length == 0; i++) {
    struct sl_buffer variable = { 0 };
    sl_import_variable_name(names[i], "_", &variable);
    sl_import_variable_name(key, "", &variable);
    const char *value = variable.failed ? NULL : sl_secrets_variable(&m->secrets, variable.data);
    sl_buffer_text(out, value == NULL ? "" : value);
    sl_buffer_release(&variable);
  }
  return sl_buffer_check(out, m->err);
}

/* ---- databases ---- */

static const struct {
  const char *key;
  enum sl_import_part part;
} settings[] = {
  { "sqlalchemy_url", SL_PART_URL },
  { "connection_string", SL_PART_URL },
  { "mongodb_connection_string", SL_PART_URL },
  { "url", SL_PART_URL },
  { "user", SL_PART_USER },
  { "username", SL_PART_USER },
  { "password", SL_PART_PASSWORD },
  { "host", SL_PART_HOST },
  { "port", SL_PART_PORT },
  { "database", SL_PART_DATABASE },
  { "dbname", SL_PART_DATABASE },
  { "path_to_database", SL_PART_DATABASE },
  { "ssl_mode", SL_PART_SSL },
};
enum { N_SETTINGS = sizeof settings / sizeof settings[0] };

static const char *database_type(const char *tap) {
  static const char *const taps[][2] = { { "tap-postgres", "postgres" },
                                         { "tap-mysql", "mysql" },
                                         { "tap-mssql", "mssql" },
                                         { "tap-sqlite", "sqlite" },
                                         { "tap-mongodb", "mongodb" } };
  for (size_t i = 0; i < sizeof taps / sizeof taps[0]; i++) {
    if (strcmp(taps[i][0], tap) == 0) {
      return taps[i][1];
    }
  }
  return NULL;
}

/* One text, a list with one item, or "a,b" with one: the schema. */
static void put_schema(struct meltano *m, struct sl_import_source *source,
                       const struct sl_node *node) {
  const struct sl_node *one = node != NULL && node->kind == SL_NODE_LIST ? node->first : node;
  bool several = (one != NULL && one != node && one->next != NULL) ||
                 (sl_node_text(one) != NULL && strchr(one->text, ',') != NULL);
  if (several) {
    note(m, node, "a source has one schema here: add one for each of the others");
  }
  if (sl_node_text(one) != NULL) {
    char schema[128];
    snprintf(schema, sizeof schema, "%.*s", (int)strcspn(one->text, ","), one->text);
    sl_import_put(m->import, source->config, "schema", schema);
  }
}

static void note_settings(struct meltano *m, const struct sl_node *extractor) {
  const struct sl_node *config = sl_node_get(extractor, "config");
  for (const struct sl_node *n = config == NULL ? NULL : config->first; n != NULL; n = n->next) {
    size_t i = 0;
    while (i < N_SETTINGS && strcmp(settings[i].key, n->key) != 0) {
      i++;
    }
    bool ours = strcmp(n->key, "filter_schemas") == 0 || strcmp(n->key, "start_date") == 0;
    if (strcmp(n->key, "start_date") == 0) {
      note(m, n, "the first sync reads everything; `incremental: {initial_value: …}` begins later");
    } else if (i == N_SETTINGS && !ours) {
      note(m, n, "no counterpart");
    }
  }
}

/* "public-orders" or "public.orders": the table. */
static const char *table_of(const char *stream, const char *schema) {
  size_t n = schema == NULL ? 0 : strlen(schema);
  if (n > 0 && strncmp(stream, schema, n) == 0 && (stream[n] == '-' || stream[n] == '.')) {
    return stream + n + 1;
  }
  const char *dash = strchr(stream, '-');
  return n == 0 && dash != NULL ? dash + 1 : stream;
}

static yyjson_mut_val *table_settings(struct meltano *m, struct sl_import_source *source,
                                      const char *table) {
  return strpbrk(table, "*?") != NULL
             ? source->config
             : sl_import_object(m->import, sl_import_object(m->import, source->config, "tables"),
                                table);
}

/* Patterns "stream.column" and "!stream.column". */
static void put_select(struct meltano *m, struct sl_import_source *source,
                       const struct sl_node *select, const char *names) {
  const char *schema = yyjson_mut_get_str(yyjson_mut_obj_get(source->config, "schema"));
  for (const struct sl_node *n = select == NULL ? NULL : select->first; n != NULL; n = n->next) {
    const char *text = sl_node_text(n) == NULL ? "" : n->text;
    bool excluded = text[0] == '!';
    char stream[256];
    const char *dot = strrchr(text, '.');
    if (dot == NULL || dot - text > 250) {
      note(m, n, "not understood: the whole source is read");
      continue;
    }
    snprintf(stream, sizeof stream, "%.*s", (int)(dot - text) - excluded, text + excluded);
    const char *table = table_of(stream, schema);
    bool every = strcmp(table, "*") == 0 || strcmp(stream, "*") == 0 || strcmp(stream, "*-*") == 0;
    if (excluded && strcmp(dot + 1, "*") == 0) {
      yyjson_mut_val *list = sl_import_list(m->import, source->config, "exclude_tables");
      sl_import_append(m->import, list, table, strlen(table));
      continue;
    }
    if (!every && !excluded) {
      sl_import_append(m->import, sl_import_list(m->import, source->config, names), table,
                       strlen(table));
    }
    if (strcmp(dot + 1, "*") != 0) {
      yyjson_mut_val *to = every ? source->config : table_settings(m, source, table);
      sl_import_append(
          m->import,
          sl_import_list(m->import, to, excluded ? "excluded_columns" : "included_columns"),
          dot + 1, strlen(dot + 1));
    }
  }
}

static void put_metadata(struct meltano *m, struct sl_import_source *source,
                         const struct sl_node *metadata) {
  const char *schema = yyjson_mut_get_str(yyjson_mut_obj_get(source->config, "schema"));
  for (const struct sl_node *n = metadata == NULL ? NULL : metadata->first; n != NULL;
       n = n->next) {
    const char *method = sl_node_text(sl_node_get(n, "replication-method"));
    const char *key = sl_node_text(sl_node_get(n, "replication-key"));
    const struct sl_node *keys = sl_node_get(n, "table-key-properties");
    bool incremental = method != NULL ? strcmp(method, "INCREMENTAL") == 0 : key != NULL;
    const char *table = table_of(n->key, schema);
    if ((incremental && key != NULL) || keys != NULL) {
      yyjson_mut_val *to = table_settings(m, source, table);
      sl_import_put_node(m->import, to, "primary_key", keys);
      if (incremental && key != NULL) {
        sl_import_put(m->import, sl_import_object(m->import, to, "incremental"), "cursor_column",
                      key);
      }
    }
    if (method != NULL && strcmp(method, "LOG_BASED") == 0) {
      note(m, n,
           "LOG_BASED: changes are not read from the database's log: the table is read whole");
    }
    for (const struct sl_node *o = n->first; o != NULL; o = o->next) {
      if (o->key != NULL && strcmp(o->key, "replication-method") != 0 &&
          strcmp(o->key, "replication-key") != 0 && strcmp(o->key, "table-key-properties") != 0) {
        note(m, o, "no counterpart");
      }
    }
  }
}

static sl_status read_database(struct meltano *m, const struct sl_node *extractor,
                               const char *type) {
  struct sl_import_database database = { .type = type };
  const char *name = name_of(extractor);
  sl_status rc = SL_OK;
  struct sl_import_source *source =
      sl_import_add(m->import, strncmp(name, "tap-", 4) == 0 ? name + 4 : name, type, m->doc.path,
                    extractor->line, m->err);
  if (source == NULL) {
    return m->err->code;
  }
  for (size_t i = 0; rc == SL_OK && i < N_SETTINGS; i++) {
    rc = read_setting(m, extractor, settings[i].key, &database.parts[settings[i].part]);
  }
  if (rc == SL_OK && strcmp(type, "mongodb") == 0 && database.parts[SL_PART_DATABASE].length > 0) {
    sl_import_put(m->import, source->config, "database", database.parts[SL_PART_DATABASE].data);
  }
  if (rc == SL_OK) {
    rc = sl_import_connect(m->import, source, &database, m->err);
  }
  sl_import_database_release(&database);
  if (rc == SL_OK) {
    put_schema(m, source, get(m, extractor, "config.filter_schemas"));
    put_select(m, source, get(m, extractor, "select"),
               strcmp(type, "mongodb") == 0 ? "collection_names" : "table_names");
    put_metadata(m, source, get(m, extractor, "metadata"));
    note_settings(m, extractor);
  }
  return rc;
}

/* ---- files ---- */

/* One source for each entry of files: {entity, path, keys, delimiter}. */
static sl_status read_csv(struct meltano *m, const struct sl_node *extractor) {
  const struct sl_node *files = get(m, extractor, "config.files");
  if (files == NULL || files->kind != SL_NODE_LIST) {
    note(m, extractor, "tap-csv without a list of files: nothing to read");
    return SL_OK;
  }
  for (const struct sl_node *f = files->first; f != NULL; f = f->next) {
    const char *path = sl_node_text(sl_node_get(f, "path"));
    const char *entity = sl_node_text(sl_node_get(f, "entity"));
    if (path == NULL) {
      note(m, f, "this file has no path");
      continue;
    }
    const char *slash = strrchr(path, '/');
    struct sl_import_source *source = sl_import_add(m->import, entity == NULL ? "files" : entity,
                                                    "csv", m->doc.path, f->line, m->err);
    if (source == NULL) {
      return m->err->code;
    }
    bool folder = slash != NULL && slash[1] == '\0';
    char *directory =
        slash == NULL ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
    sl_import_put(m->import, source->config, "directory", directory);
    sl_import_put(m->import, source->config, "file_pattern",
                  folder          ? "*.csv"
                  : slash == NULL ? path
                                  : slash + 1);
    sl_import_put(m->import, source->config, "delimiter",
                  sl_node_text(sl_node_get(f, "delimiter")));
    sl_import_put_node(m->import, source->config, "primary_key", sl_node_get(f, "keys"));
    free(directory);
    for (const struct sl_node *o = f->first; o != NULL; o = o->next) {
      if (strcmp(o->key, "path") != 0 && strcmp(o->key, "entity") != 0 &&
          strcmp(o->key, "delimiter") != 0 && strcmp(o->key, "keys") != 0) {
        note(m, o, "no counterpart");
      }
    }
  }
  return SL_OK;
}

/* ---- the file ---- */

static sl_status read_extractor(struct meltano *m, const struct sl_node *extractor) {
  const char *tap = tap_of(m, extractor);
  const char *type = database_type(tap);
  static const char *const known[] = { "name",   "inherit_from", "variant", "pip_url", "config",
                                       "select", "metadata",     "label",   "env",     NULL };
  for (const struct sl_node *n = extractor->first; n != NULL; n = n->next) {
    if (n->key != NULL && !sl_text_is_one_of(known, n->key)) {
      note(m, n, "no counterpart");
    }
  }
  if (type != NULL) {
    return read_database(m, extractor, type);
  }
  if (strcmp(tap, "tap-csv") == 0) {
    return read_csv(m, extractor);
  }
  sl_import_note(m->import, m->doc.path, extractor->line,
                 "%s: nothing reads it here; a Python source in custom_sources/ can", tap);
  return SL_OK;
}

static void note_rest(struct meltano *m) {
  static const char *const known[] = {
    "version",      "default_environment",        "project_id", "plugins",
    "environments", "send_anonymous_usage_stats", NULL
  };
  const struct sl_node *plugins = sl_node_get(m->doc.root, "plugins");
  for (const struct sl_node *n = plugins == NULL ? NULL : plugins->first; n != NULL; n = n->next) {
    bool loaders = strcmp(n->key, "loaders") == 0;
    for (const struct sl_node *p = strcmp(n->key, "extractors") == 0 ? NULL : n->first; p != NULL;
         p = p->next) {
      sl_import_note(m->import, m->doc.path, p->line, "%s: %s", name_of(p),
                     loaders ? "loads go to the project's DuckDB file, or to platform.destination "
                               "of .dango/project.yml"
                             : "no counterpart");
    }
  }
  for (const struct sl_node *n = m->doc.root->first; n != NULL; n = n->next) {
    if (strcmp(n->key, "schedules") == 0 || strcmp(n->key, "jobs") == 0) {
      note(m, n, "not taken over: `sluice schedule` makes schedules of this project");
    } else if (!sl_text_is_one_of(known, n->key)) {
      note(m, n, "no counterpart");
    }
  }
}

static void find_overrides(struct meltano *m) {
  const char *chosen = sl_node_text(sl_node_get(m->doc.root, "default_environment"));
  const struct sl_node *all = sl_node_get(m->doc.root, "environments");
  for (const struct sl_node *n = all == NULL ? NULL : all->first; n != NULL; n = n->next) {
    if (chosen != NULL && strcmp(name_of(n), chosen) == 0) {
      m->overrides = sl_node_path(n, "config.plugins.extractors");
    } else {
      sl_import_note(m->import, m->doc.path, n->line,
                     "environment %s: left out, for it is not the default one", name_of(n));
    }
  }
}

sl_status sl_import_meltano(struct sl_import *import, const char *path, struct sl_error *err) {
  struct meltano m = { .import = import, .err = err };
  struct sl_buffer file = { 0 };
  bool folder = sl_folder_exists(path);
  const char *slash = strrchr(path, '/');
  char *root = folder          ? strdup(path)
               : slash == NULL ? strdup(".")
                               : strndup(path, (size_t)(slash - path));
  sl_buffer_printf(&file, "%s%s", path, folder ? "/meltano.yml" : "");
  sl_status rc = root == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a path")
                              : sl_buffer_check(&file, err);
  if (rc == SL_OK) {
    rc = sl_doc_read_yaml(&m.doc, file.data, err);
  }
  if (rc == SL_OK) {
    rc = sl_secrets_read(&m.secrets, root, err);
  }
  m.extractors = sl_node_path(m.doc.root, "plugins.extractors");
  if (rc == SL_OK) {
    find_overrides(&m);
  }
  for (const struct sl_node *n = rc == SL_OK && m.extractors != NULL ? m.extractors->first : NULL;
       rc == SL_OK && n != NULL; n = n->next) {
    rc = read_extractor(&m, n);
  }
  if (rc == SL_OK) {
    note_rest(&m);
  }
  sl_doc_release(&m.doc);
  sl_secrets_release(&m.secrets);
  sl_buffer_release(&file);
  free(root);
  return rc;
}
