/* sling.c - Sling's replications: streams become the tables of one source for each schema,
 * connections of env.yaml become variables. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/files.h"
#include "import/import_internal.h"

enum { MOST_GROUPS = 32 };

struct group { /* one source */
  char schema[128];
  size_t at; /* of the import's sources */
};
struct sling {
  struct sl_import *import;
  struct sl_doc doc; /* the replication */
  struct sl_doc env; /* env.yaml */
  struct sl_secrets secrets;
  const char *connection, *type; /* of the source; type: ours, NULL = of files */
  struct group groups[MOST_GROUPS];
  size_t n_groups;
  struct sl_error *err;
};

static void note(struct sling *s, const struct sl_node *node, const char *text) {
  sl_import_note(s->import, s->doc.path, node->key != NULL ? node->key_line : node->line, "%s%s%s",
                 node->key == NULL ? "" : node->key, node->key == NULL ? "" : ": ", text);
}

/* ---- connections ---- */

static const struct {
  const char *slings, *ours; /* NULL: files */
} types[] = {
  { "postgres", "postgres" },
  { "redshift", "postgres" },
  { "mysql", "mysql" },
  { "mariadb", "mysql" },
  { "starrocks", "mysql" },
  { "sqlite", "sqlite" },
  { "sqlserver", "mssql" },
  { "azuresql", "mssql" },
  { "mongodb", "mongodb" },
  { "file", NULL },
  { "local", NULL },
  { "s3", NULL },
  { "gs", NULL },
  { "azure", NULL },
};

/* *known false: no type of that name is read here. */
static const char *type_of(const char *name, size_t length, bool *known) {
  *known = false;
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
    if (strlen(types[i].slings) == length && strncasecmp(types[i].slings, name, length) == 0) {
      *known = true;
      return types[i].ours;
    }
  }
  if (length == 10 && strncasecmp(name, "postgresql", 10) == 0) {
    *known = true;
    return "postgres";
  }
  return NULL;
}

/* What env.yaml says of the connection; its names are not case sensitive. */
static const struct sl_node *find_connection(const struct sling *s, const char *name) {
  const struct sl_node *all = sl_node_get(s->env.root, "connections");
  for (const struct sl_node *n = all == NULL ? NULL : all->first; n != NULL; n = n->next) {
    if (strcasecmp(n->key, name) == 0) {
      return n;
    }
  }
  return NULL;
}

static sl_status read_parts(struct sling *s, const struct sl_node *map,
                            struct sl_import_database *out) {
  static const struct {
    const char *key;
    enum sl_import_part part;
  } keys[] = { { "url", SL_PART_URL },           { "user", SL_PART_USER },
               { "username", SL_PART_USER },     { "password", SL_PART_PASSWORD },
               { "host", SL_PART_HOST },         { "port", SL_PART_PORT },
               { "database", SL_PART_DATABASE }, { "dbname", SL_PART_DATABASE },
               { "instance", SL_PART_DATABASE }, { "sslmode", SL_PART_SSL } };
  sl_status rc = SL_OK;
  for (const struct sl_node *n = map->first; rc == SL_OK && n != NULL; n = n->next) {
    size_t i = 0;
    while (i < sizeof keys / sizeof keys[0] && strcasecmp(keys[i].key, n->key) != 0) {
      i++;
    }
    if (i < sizeof keys / sizeof keys[0]) {
      rc = sl_import_expand(s->import, &s->env, n, &s->secrets, &out->parts[keys[i].part], s->err);
    } else if (strcasecmp(n->key, "type") != 0 && strcasecmp(n->key, "schema") != 0) {
      sl_import_note(s->import, s->env.path, n->key_line, "%s has no counterpart in a URL", n->key);
    }
  }
  return rc;
}

/* The credentials of the connection for a source; *known: type of the connection is read here. */
static sl_status read_connection(struct sling *s, const char *name, struct sl_import_database *out,
                                 bool *known) {
  const struct sl_node *node = find_connection(s, name);
  const char *text = node != NULL ? sl_node_text(node) : sl_secrets_variable(&s->secrets, name);
  *known = true;
  if (text != NULL) {
    sl_buffer_text(&out->parts[SL_PART_URL], text);
    out->type = type_of(text, strcspn(text, ":+"), known);
    return sl_buffer_check(&out->parts[SL_PART_URL], s->err);
  }
  if (node == NULL) {
    *known = false;
    return SL_OK;
  }
  const struct sl_node *type = sl_node_get(node, "type");
  const char *word = sl_node_text(type) == NULL ? "" : type->text;
  out->type = type_of(word, strlen(word), known);
  return *known ? read_parts(s, node, out) : SL_OK;
}

/* ---- streams ---- */

/* A setting of the stream, else of the defaults. */
static const struct sl_node *get(const struct sling *s, const struct sl_node *stream,
                                 const char *key) {
  const struct sl_node *own = sl_node_get(stream, key);
  const struct sl_node *defaults = sl_node_get(s->doc.root, "defaults");
  return own != NULL ? own : sl_node_get(defaults, key);
}

/* The source for a schema ("" = none said), made at its first stream. */
static struct sl_import_source *group_of(struct sling *s, const char *schema, size_t length,
                                         int line) {
  for (size_t i = 0; i < s->n_groups; i++) {
    if (strlen(s->groups[i].schema) == length &&
        strncmp(s->groups[i].schema, schema, length) == 0) {
      return &s->import->sources[s->groups[i].at];
    }
  }
  if (s->n_groups == MOST_GROUPS || length >= sizeof s->groups[0].schema) {
    sl_fail(s->err, SL_EUSAGE, "%s has more than %d schemas", s->doc.path, MOST_GROUPS);
    return NULL;
  }
  char name[300];
  struct sl_import_database database = { 0 };
  bool known;
  snprintf(name, sizeof name, s->n_groups == 0 ? "%s" : "%s_%.*s", s->connection, (int)length,
           schema);
  struct sl_import_source *source =
      sl_import_add(s->import, name, s->type, s->doc.path, line, s->err);
  sl_status rc =
      source == NULL ? s->err->code : read_connection(s, s->connection, &database, &known);
  if (rc == SL_OK) {
    rc = sl_import_connect(s->import, source, &database, s->err);
  }
  sl_import_database_release(&database);
  if (rc != SL_OK) {
    return NULL;
  }
  struct group *g = &s->groups[s->n_groups++];
  snprintf(g->schema, sizeof g->schema, "%.*s", (int)length, schema);
  g->at = s->import->n_sources - 1;
  if (length > 0) {
    sl_import_put(s->import, source->config,
                  strcmp(s->type, "mongodb") == 0 ? "database" : "schema", g->schema);
  }
  return source;
}

static void put_columns(struct sling *s, yyjson_mut_val *to, const struct sl_node *select) {
  for (const struct sl_node *n = select == NULL ? NULL : select->first; n != NULL; n = n->next) {
    const char *name = sl_node_text(n);
    bool excluded = name != NULL && name[0] == '-';
    if (name != NULL && strcmp(name, "*") != 0) {
      yyjson_mut_val *list =
          sl_import_list(s->import, to, excluded ? "excluded_columns" : "included_columns");
      sl_import_append(s->import, list, name + excluded, strlen(name + excluded));
    }
  }
}

/* Sling's names of types in ours; NULL = there is none. */
static const char *type_name(const char *name) {
  static const char *const names[][2] = {
    { "string", "text" },         { "text", "text" },
    { "json", "json" },           { "bigint", "bigint" },
    { "integer", "bigint" },      { "int", "bigint" },
    { "decimal", "decimal" },     { "numeric", "decimal" },
    { "float", "double" },        { "double", "double" },
    { "bool", "bool" },           { "boolean", "bool" },
    { "date", "date" },           { "datetime", "timestamp" },
    { "timestamp", "timestamp" }, { "timestampz", "timestamp" },
    { "time", "time" },           { "binary", "binary" },
  };
  size_t length = strcspn(name, "(|");
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (strlen(names[i][0]) == length && strncasecmp(names[i][0], name, length) == 0) {
      return names[i][1];
    }
  }
  return NULL;
}

static void put_types(struct sling *s, yyjson_mut_val *to, const struct sl_node *columns) {
  struct sl_buffer list = { 0 };
  for (const struct sl_node *n = columns == NULL ? NULL : columns->first; n != NULL; n = n->next) {
    const char *type = sl_node_text(n) == NULL ? NULL : type_name(n->text);
    if (type == NULL || n->key == NULL) {
      note(s, n, "no type of columns here");
    } else {
      sl_buffer_printf(&list, "%s%s:%s", list.length == 0 ? "" : ",", n->key, type);
    }
  }
  if (list.length > 0) {
    sl_import_put(s->import, to, "columns", list.data);
  }
  sl_buffer_release(&list);
}

/* The first of a list, or the text itself. */
static const char *first_text(const struct sl_node *node) {
  return node != NULL && node->kind == SL_NODE_LIST ? sl_node_text(node->first)
                                                    : sl_node_text(node);
}

/* Sling's modes: what is read and how it comes into the table. */
static void put_mode(struct sling *s, yyjson_mut_val *to, const struct sl_node *stream) {
  const struct sl_node *mode = get(s, stream, "mode");
  const char *text = sl_node_text(mode) == NULL ? "full-refresh" : mode->text;
  const struct sl_node *key = get(s, stream, "primary_key");
  const char *update = first_text(get(s, stream, "update_key"));
  const struct sl_node *range = sl_node_path(stream, "source_options.range");
  bool cursor = strcmp(text, "incremental") == 0 || strcmp(text, "backfill") == 0;
  sl_import_put_node(s->import, to, "primary_key", key);
  if (cursor && update != NULL) {
    yyjson_mut_val *incremental = sl_import_object(s->import, to, "incremental");
    sl_import_put(s->import, incremental, "cursor_column", update);
    if (sl_node_text(range) != NULL && strchr(range->text, ',') != NULL) {
      size_t n = strcspn(range->text, ",");
      yyjson_mut_obj_put(incremental, yyjson_mut_str(s->import->doc, "initial_value"),
                         yyjson_mut_strncpy(s->import->doc, range->text, n));
      sl_import_put(s->import, incremental, "end_value", range->text + n + 1);
    }
  }
  if (cursor && key == NULL && update != NULL) {
    sl_import_put(s->import, to, "write_disposition", "append");
  } else if (cursor && update == NULL) {
    sl_import_put(s->import, to, "write_disposition", "merge");
  } else if (strcmp(text, "snapshot") == 0) {
    sl_import_put(s->import, to, "write_disposition", "append");
    note(s, mode, "rows are appended at each sync, and _dlt_load_id tells the syncs apart");
  } else if (strcmp(text, "change-capture") == 0) {
    note(s, mode, "changes are not read from the database's log: the table is read whole");
  } else if (!cursor && strcmp(text, "full-refresh") != 0 && strcmp(text, "truncate") != 0) {
    note(s, mode, "no such mode here: the table is read whole");
  }
}

static void note_unknown(struct sling *s, const struct sl_node *map) {
  static const char *const known[] = { "mode",        "primary_key", "update_key", "select",
                                       "where",       "sql",         "columns",    "disabled",
                                       "description", "tags",        "single",     NULL };
  for (const struct sl_node *n = map == NULL ? NULL : map->first; n != NULL; n = n->next) {
    if (strcmp(n->key, "object") == 0) {
      note(s, n, "tables keep their names here, in the schema raw_<source>");
    } else if (strcmp(n->key, "source_options") == 0 || strcmp(n->key, "target_options") == 0) {
      for (const struct sl_node *o = n->first; o != NULL; o = o->next) {
        if (strcmp(o->key, "range") != 0 && strcmp(o->key, "limit") != 0) {
          note(s, o, "no counterpart");
        }
      }
    } else if (!sl_text_is_one_of(known, n->key)) {
      note(s, n, "no counterpart");
    }
  }
}

/* The settings of one stream, on the source or under tables. */
static void put_settings(struct sling *s, yyjson_mut_val *to, const struct sl_node *stream) {
  put_mode(s, to, stream);
  put_columns(s, to, get(s, stream, "select"));
  put_types(s, to, get(s, stream, "columns"));
  sl_import_put(s->import, to, "where", sl_node_text(get(s, stream, "where")));
  sl_import_put(s->import, to, "query", sl_node_text(get(s, stream, "sql")));
  sl_import_put_node(s->import, to, "limit", sl_node_path(stream, "source_options.limit"));
  note_unknown(s, stream);
}

static sl_status read_table(struct sling *s, const struct sl_node *stream) {
  const char *dot = strchr(stream->key, '.');
  size_t length = dot == NULL ? 0 : (size_t)(dot - stream->key);
  const char *table = dot == NULL ? stream->key : dot + 1;
  struct sl_import_source *source = group_of(s, stream->key, length, stream->key_line);
  if (source == NULL) {
    return s->err->code;
  }
  bool all = strcmp(table, "*") == 0;
  bool wild = strpbrk(table, "*?") != NULL;
  const char *names = strcmp(s->type, "mongodb") == 0 ? "collection_names" : "table_names";
  if (!all && !yyjson_mut_obj_get(source->config, "every")) {
    sl_import_append(s->import, sl_import_list(s->import, source->config, names), table,
                     strlen(table));
  }
  if (all) { /* every table: a list would leave some out */
    yyjson_mut_obj_put(source->config, yyjson_mut_str(s->import->doc, "every"),
                       yyjson_mut_true(s->import->doc));
    yyjson_mut_obj_remove_key(source->config, names);
  }
  if (wild) {
    put_settings(s, source->config, stream);
    return SL_OK;
  }
  yyjson_mut_val *own = yyjson_mut_obj(s->import->doc);
  put_settings(s, own, stream);
  if (yyjson_mut_obj_size(own) > 0) {
    yyjson_mut_obj_put(sl_import_object(s->import, source->config, "tables"),
                       yyjson_mut_strcpy(s->import->doc, table), own);
  }
  return SL_OK;
}

/* A file, folder or glob: a source of its own. */
static sl_status read_file(struct sling *s, const struct sl_node *stream) {
  const char *path = stream->key;
  path += strncmp(path, "file://", 7) == 0 ? 7 : 0;
  const char *slash = strrchr(path, '/');
  char name[128];
  const char *base = slash == NULL ? path : slash + 1;
  snprintf(name, sizeof name, "%.*s", (int)strcspn(base, ".*?"), base);
  struct sl_import_source *source =
      sl_import_add(s->import, name[0] == '\0' ? s->connection : name, "filesystem", s->doc.path,
                    stream->key_line, s->err);
  if (source == NULL) {
    return s->err->code;
  }
  char *folder = slash == NULL ? strdup(".") : strndup(path, (size_t)(slash - path));
  sl_import_put(s->import, source->config, "bucket_url", folder);
  sl_import_put(s->import, source->config, "file_glob", base[0] == '\0' ? "*" : base);
  free(folder);
  put_columns(s, source->config, NULL);
  note_unknown(s, stream);
  return SL_OK;
}

static sl_status read_streams(struct sling *s) {
  const struct sl_node *streams = sl_node_get(s->doc.root, "streams");
  sl_status rc = SL_OK;
  note_unknown(s, sl_node_get(s->doc.root, "defaults"));
  for (const struct sl_node *n = streams == NULL ? NULL : streams->first; rc == SL_OK && n != NULL;
       n = n->next) {
    const char *disabled = sl_node_text(sl_node_get(n, "disabled"));
    if (disabled != NULL && strcmp(disabled, "true") == 0) {
      note(s, n, "disabled: left out");
    } else {
      rc = s->type == NULL || strncmp(n->key, "file://", 7) == 0 ? read_file(s, n)
                                                                 : read_table(s, n);
    }
  }
  for (size_t i = 0; i < s->n_groups; i++) {
    yyjson_mut_obj_remove_key(s->import->sources[s->groups[i].at].config, "every");
  }
  return rc;
}

/* ---- the file ---- */

static sl_status read_target(struct sling *s) {
  const struct sl_node *target = sl_node_get(s->doc.root, "target");
  struct sl_import_database database = { 0 };
  struct sl_import_source destination = { 0 };
  bool known = false;
  if (sl_node_text(target) == NULL) {
    return SL_OK;
  }
  sl_status rc = read_connection(s, target->text, &database, &known);
  if (rc == SL_OK && known && database.type != NULL) {
    destination.name = strdup(target->text);
    destination.config = yyjson_mut_obj(s->import->doc);
    rc = destination.name == NULL ? sl_fail(s->err, SL_ENOMEM, "out of memory for an import")
                                  : sl_import_connect(s->import, &destination, &database, s->err);
    const char *variable =
        yyjson_mut_get_str(yyjson_mut_obj_get(destination.config, "credentials_env"));
    sl_import_note(s->import, s->doc.path, target->line,
                   "target %s: loads go to the project's DuckDB file; `platform: {destination_env: "
                   "%s}` in .dango/project.yml sends them there",
                   target->text, variable == NULL ? "…" : variable);
  } else if (rc == SL_OK) {
    note(s, target,
         "loads go to the project's DuckDB file, or to platform.destination of "
         ".dango/project.yml");
  }
  free(destination.name);
  sl_import_database_release(&database);
  return rc;
}

static sl_status read_source(struct sling *s) {
  const struct sl_node *source = sl_node_get(s->doc.root, "source");
  struct sl_import_database database = { 0 };
  bool known;
  s->connection = sl_node_text(source);
  if (s->connection == NULL) {
    return sl_fail(s->err, SL_EUSAGE, "%s names no source: it is no replication of Sling's",
                   s->doc.path);
  }
  sl_status rc = read_connection(s, s->connection, &database, &known);
  s->type = database.type;
  sl_import_database_release(&database);
  if (rc == SL_OK && !known &&
      (strcasecmp(s->connection, "local") == 0 || strncasecmp(s->connection, "file:", 5) == 0)) {
    return SL_OK; /* of files */
  }
  if (rc == SL_OK && !known) {
    const struct sl_node *type = sl_node_get(find_connection(s, s->connection), "type");
    if (type == NULL) {
      note(s, source,
           "this connection is in no env.yaml beside the file or in ~/.sling, and no "
           "variable: nothing of it could be read");
    } else {
      sl_import_note(s->import, s->env.path, type->line, "type: %s is not read here",
                     sl_node_text(type));
    }
    s->connection = NULL;
  }
  return rc;
}

static sl_status read_root(struct sling *s) {
  static const char *const known[] = { "source", "target", "defaults", "streams", NULL };
  sl_status rc = read_source(s);
  for (const struct sl_node *n = s->doc.root->first; rc == SL_OK && n != NULL; n = n->next) {
    if (!sl_text_is_one_of(known, n->key)) {
      note(s, n, "no counterpart");
    }
  }
  if (rc == SL_OK) {
    rc = read_target(s);
  }
  return rc == SL_OK && s->connection != NULL ? read_streams(s) : rc;
}

/* env.yaml of the folder, else that of the user. */
static sl_status read_env(struct sling *s, const char *folder) {
  const char *home = getenv("SLING_HOME_DIR");
  struct sl_buffer path = { 0 };
  sl_buffer_printf(&path, "%s/env.yaml", folder);
  if (!path.failed && !sl_file_exists(path.data)) {
    sl_buffer_reset(&path);
    sl_buffer_printf(&path, "%s%s/env.yaml",
                     home != NULL             ? home
                     : getenv("HOME") == NULL ? ""
                                              : getenv("HOME"),
                     home != NULL ? "" : "/.sling");
  }
  sl_status rc = sl_buffer_check(&path, s->err);
  if (rc == SL_OK && sl_file_exists(path.data)) {
    rc = sl_doc_read_yaml(&s->env, path.data, s->err);
  }
  sl_buffer_release(&path);
  return rc == SL_OK ? sl_secrets_read(&s->secrets, folder, s->err) : rc;
}

sl_status sl_import_sling(struct sl_import *import, const char *path, struct sl_error *err) {
  struct sling s = { .import = import, .err = err };
  struct sl_buffer file = { 0 };
  sl_buffer_printf(&file, "%s%s", path, sl_folder_exists(path) ? "/replication.yaml" : "");
  sl_status rc = sl_buffer_check(&file, err);
  const char *slash = rc == SL_OK ? strrchr(file.data, '/') : NULL;
  char *folder = slash == NULL ? strdup(".") : strndup(file.data, (size_t)(slash - file.data));
  if (rc == SL_OK && folder == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for a path");
  }
  if (rc == SL_OK) {
    rc = sl_doc_read_yaml(&s.doc, file.data, err);
  }
  if (rc == SL_OK) {
    rc = read_env(&s, folder);
  }
  if (rc == SL_OK) {
    rc = read_root(&s);
  }
  sl_doc_release(&s.doc);
  sl_doc_release(&s.env);
  sl_secrets_release(&s.secrets);
  sl_buffer_release(&file);
  free(folder);
  return rc;
}
