/* dlt.c - dlt's pipelines: .dlt/ becomes variables and config.toml, the calls of
 * sql_database, filesystem and rest_api in the scripts become sources. The scripts are read by
 * python3 (read_pipelines.py), which doesn't run them. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/files.h"
#include "import/import_internal.h"
#include "pipeline/workdir.h"
#include "project/process.h"

enum { MOST_SCRIPTS = 200 };

struct dlt {
  struct sl_import *import;
  struct sl_secrets secrets;
  const char *folder;
  struct sl_error *err;
};
struct call { /* of a source in a script */
  const char *file, *function, *stem;
  int line;
  yyjson_val *arguments, *run, *pipeline, *node;
};

/* ---- values that the reader found ---- */

static bool is_special(yyjson_val *value, const char *name) {
  return yyjson_is_obj(value) && yyjson_obj_get(value, name) != NULL;
}

/* A text, or what dlt.secrets["…"], dlt.config["…"], os.environ["…"] stand for; NULL = nothing. */
static const char *text_of(struct dlt *d, yyjson_val *value) {
  struct sl_secret_place nowhere = { 0 };
  const char *text = yyjson_get_str(value);
  const char *key = yyjson_get_str(yyjson_obj_get(value, "$secrets"));
  key = key == NULL ? yyjson_get_str(yyjson_obj_get(value, "$config")) : key;
  const char *variable = yyjson_get_str(yyjson_obj_get(value, "$environ"));
  if (key != NULL) {
    sl_secrets_find(&d->secrets, &nowhere, key, &text, NULL);
  } else if (variable != NULL) {
    text = sl_secrets_variable(&d->secrets, variable);
  }
  return text;
}

static void note(struct dlt *d, const struct call *c, const char *key, const char *text) {
  sl_import_note(d->import, c->file, c->line, "%s(%s=…): %s", c->function, key, text);
}

static void put_value(struct dlt *d, const struct call *c, yyjson_mut_val *to, const char *key,
                      yyjson_val *value) {
  bool looked_up = is_special(value, "$secrets") || is_special(value, "$config") ||
                   is_special(value, "$environ");
  if (looked_up && text_of(d, value) == NULL) {
    note(d, c, key, "what it looks up has no value here");
  } else if (looked_up) {
    sl_import_put(d->import, to, key, text_of(d, value));
  } else if (value != NULL && !yyjson_is_null(value)) {
    yyjson_mut_obj_put(to, yyjson_mut_strcpy(d->import->doc, key),
                       yyjson_val_mut_copy(d->import->doc, value));
  }
}

/* ---- settings ---- */

static void put_incremental(struct dlt *d, const struct call *c, yyjson_mut_val *to,
                            yyjson_val *value) {
  static const char *const known[] = {
    "cursor_column", "initial_value",           "end_value",   "lag", "row_order", "range_start",
    "range_end",     "on_cursor_value_missing", "primary_key", NULL
  };
  yyjson_mut_val *incremental = sl_import_object(d->import, to, "incremental");
  yyjson_val *given = yyjson_obj_get(value, "$incremental");
  size_t i;
  size_t n;
  yyjson_val *key;
  yyjson_val *v;
  if (given == NULL) { /* the macro would add to the null pointer */
    return;
  }
  yyjson_obj_foreach(given, i, n, key, v) {
    const char *name = yyjson_get_str(key);
    if (sl_text_is_one_of(known, name)) {
      put_value(d, c, incremental, name, v);
    } else {
      note(d, c, name, "no counterpart");
    }
  }
}

/* Hints of a table or of the source. */
static void put_hints(struct dlt *d, const struct call *c, yyjson_mut_val *to, yyjson_val *hints) {
  static const char *const known[] = { "write_disposition", "primary_key", "merge_key", "limit",
                                       "included_columns",  "chunk_size",  NULL };
  size_t i;
  size_t n;
  yyjson_val *key;
  yyjson_val *v;
  if (hints == NULL) { /* the macro would add to the null pointer */
    return;
  }
  yyjson_obj_foreach(hints, i, n, key, v) {
    const char *name = yyjson_get_str(key);
    if (strcmp(name, "incremental") == 0 && is_special(v, "$incremental")) {
      put_incremental(d, c, to, v);
    } else if (sl_text_is_one_of(known, name) && !yyjson_is_obj(v)) {
      put_value(d, c, to, name, v);
    } else if (!yyjson_is_null(v)) {
      note(d, c, name, "no counterpart");
    }
  }
}

/* Every member of the arguments that is in `known` goes to the settings; those of `elsewhere` are
 * used otherwise. */
static void put_arguments(struct dlt *d, const struct call *c, yyjson_mut_val *to,
                          const char *const *known, const char *const *elsewhere) {
  size_t i;
  size_t n;
  yyjson_val *key;
  yyjson_val *v;
  if (c->arguments == NULL) { /* the macro would add to the null pointer */
    return;
  }
  yyjson_obj_foreach(c->arguments, i, n, key, v) {
    const char *name = yyjson_get_str(key);
    if (sl_text_is_one_of(known, name)) {
      put_value(d, c, to, name, v);
    } else if (!sl_text_is_one_of(elsewhere, name) && !yyjson_is_null(v)) {
      note(d, c, name, "no counterpart");
    }
  }
}

/* ---- sources ---- */

static const char *pipeline_name(const struct call *c) {
  const char *name = yyjson_get_str(yyjson_obj_get(c->pipeline, "pipeline_name"));
  return name != NULL ? name : c->stem;
}

/* A source of the type, with what the pipeline says of it. */
static struct sl_import_source *add(struct dlt *d, const struct call *c, const char *name,
                                    const char *type) {
  struct sl_import_source *source = sl_import_add(d->import, name, type, c->file, c->line, d->err);
  const char *destination = yyjson_get_str(yyjson_obj_get(c->pipeline, "destination"));
  if (source != NULL && destination != NULL && strcmp(destination, "duckdb") != 0) {
    sl_import_note(d->import, c->file, c->line,
                   "destination %s: loads go to the project's DuckDB file, or to "
                   "platform.destination of .dango/project.yml",
                   destination);
  }
  return source;
}

static sl_status save_credentials(struct dlt *d, const struct call *c,
                                  const struct sl_import_source *source) {
  yyjson_val *given = yyjson_obj_get(c->arguments, "credentials");
  struct sl_buffer name = { 0 };
  const char *text = text_of(d, given);
  sl_status rc = SL_OK;
  if (text != NULL) {
    sl_import_variable_name(source->name, "__SOURCES__SQL_DATABASE__CREDENTIALS", &name);
    rc = sl_buffer_check(&name, d->err);
    rc = rc == SL_OK ? sl_import_variable(d->import, name.data, text, d->err) : rc;
  } else if (given != NULL && !yyjson_is_null(given)) {
    note(d, c, "credentials", "has no value here: set the source's credentials in .env by hand");
  }
  sl_buffer_release(&name);
  return rc;
}

static void put_table(struct dlt *d, const struct call *c, yyjson_mut_val *kwargs) {
  const char *table = text_of(d, yyjson_obj_get(c->arguments, "table"));
  yyjson_val *incremental = yyjson_obj_get(c->arguments, "incremental");
  if (table != NULL) {
    sl_import_append(d->import, sl_import_list(d->import, kwargs, "table_names"), table,
                     strlen(table));
  }
  if (is_special(incremental, "$incremental")) {
    put_incremental(d, c, kwargs, incremental);
  }
}

/* What was said last counts: in the call, by apply_hints, at run. */
static void put_dispositions(struct dlt *d, const struct call *c, yyjson_mut_val *kwargs) {
  static const char *const keys[] = { "write_disposition", "primary_key", "merge_key" };
  size_t i;
  size_t n;
  yyjson_val *key;
  yyjson_val *v;
  for (i = 0; i < 3; i++) {
    put_value(d, c, kwargs, keys[i], yyjson_obj_get(c->arguments, keys[i]));
  }
  put_hints(d, c, kwargs, yyjson_obj_get(c->node, "hints"));
  put_value(d, c, kwargs, "write_disposition", yyjson_obj_get(c->run, "write_disposition"));
  put_value(d, c, kwargs, "primary_key", yyjson_obj_get(c->run, "primary_key"));
  yyjson_obj_foreach(yyjson_obj_get(c->node, "tables"), i, n, key, v) {
    yyjson_mut_val *tables = sl_import_object(d->import, kwargs, "tables");
    put_hints(d, c, sl_import_object(d->import, tables, yyjson_get_str(key)), v);
  }
  if (yyjson_mut_obj_get(kwargs, "write_disposition") != NULL) {
    return;
  }
  if (yyjson_mut_obj_get(kwargs, "incremental") != NULL) { /* for dlt that appends */
    sl_import_put(d->import, kwargs, "write_disposition", "append");
  } else {
    sl_import_note(d->import, c->file, c->line,
                   "%s says no write_disposition, which means append for dlt; here each sync "
                   "replaces the tables",
                   c->function);
  }
}

static sl_status read_database(struct dlt *d, const struct call *c) {
  static const char *const known[] = { "schema",           "table_names",
                                       "chunk_size",       "backend",
                                       "reflection_level", "included_columns",
                                       "excluded_columns", NULL };
  static const char *const elsewhere[] = { "credentials",
                                           "table",
                                           "incremental",
                                           "metadata",
                                           "engine_kwargs",
                                           "backend_kwargs",
                                           "defer_table_reflect",
                                           "write_disposition",
                                           "primary_key",
                                           "merge_key",
                                           "include_views",
                                           "resolve_foreign_keys",
                                           NULL };
  struct sl_import_source *source = add(d, c, pipeline_name(c), "dlt_native");
  if (source == NULL) {
    return d->err->code;
  }
  sl_import_put(d->import, source->config, "source_module", "sql_database");
  sl_import_put(d->import, source->config, "source_function", "sql_database");
  sl_import_put(d->import, source->config, "dataset_name",
                yyjson_get_str(yyjson_obj_get(c->pipeline, "dataset_name")));
  yyjson_mut_val *kwargs = sl_import_object(d->import, source->config, "function_kwargs");
  put_arguments(d, c, kwargs, known, elsewhere);
  put_table(d, c, kwargs);
  put_dispositions(d, c, kwargs);
  return save_credentials(d, c, source);
}

static sl_status read_files(struct dlt *d, const struct call *c) {
  static const char *const known[] = { "bucket_url", "file_glob", NULL };
  static const char *const elsewhere[] = { "credentials", NULL };
  struct sl_import_source *source = add(d, c, pipeline_name(c), "filesystem");
  if (source == NULL) {
    return d->err->code;
  }
  put_arguments(d, c, source->config, known, elsewhere);
  if (yyjson_mut_obj_get(source->config, "bucket_url") == NULL) {
    struct sl_secret_place place = { NULL, "filesystem", "filesystem" };
    const char *url = NULL;
    sl_secrets_find(&d->secrets, &place, "bucket_url", &url, NULL);
    sl_import_put(d->import, source->config, "bucket_url", url);
  }
  const char *reader = yyjson_get_str(yyjson_obj_get(c->node, "reader"));
  if (reader != NULL && strcmp(reader, "read_csv") != 0 && strcmp(reader, "read_jsonl") != 0 &&
      strcmp(reader, "read_parquet") != 0 && strcmp(reader, "read_csv_duckdb") != 0) {
    sl_import_note(d->import, c->file, c->line, "| %s: Python that reads files its own way",
                   reader);
  }
  yyjson_val *run = yyjson_obj_get(c->run, "write_disposition");
  if (run != NULL) {
    note(d, c, "write_disposition", "files that are new are appended, changed ones replace all");
  }
  return SL_OK;
}

/* A Python source: by its own module, or by dlt's rest_api. */
static sl_status read_python(struct dlt *d, const struct call *c, const char *module,
                             const char *function) {
  struct sl_import_source *source =
      add(d, c, strcmp(c->function, "python") == 0 ? function : pipeline_name(c), "dlt_native");
  if (source == NULL) {
    return d->err->code;
  }
  sl_import_put(d->import, source->config, "source_module", module);
  sl_import_put(d->import, source->config, "source_function", function);
  yyjson_mut_val *kwargs = sl_import_object(d->import, source->config, "function_kwargs");
  yyjson_val *config = yyjson_obj_get(c->arguments, "config");
  char *text = config == NULL ? NULL : yyjson_val_write(config, 0, NULL);
  if (text != NULL && strstr(text, "{\"$") != NULL) {
    note(d, c, "config",
         "has secrets or code in it, which YAML must not have: keep the script in "
         "custom_sources/ and refer to a function of it");
  } else {
    put_value(d, c, kwargs, "config", config);
  }
  free(text);
  size_t i;
  size_t n;
  yyjson_val *v;
  yyjson_arr_foreach(yyjson_obj_get(c->node, "needs"), i, n, v) {
    sl_import_note(d->import, c->file, c->line, "%s(%s): give it a value in function_kwargs",
                   function, yyjson_get_str(v));
  }
  return SL_OK;
}

static sl_status copy_script(struct dlt *d, const struct call *c) {
  char to[300];
  snprintf(to, sizeof to, "custom_sources/%s.py", c->stem);
  for (size_t i = 0; i < d->import->n_copies; i++) {
    if (strcmp(d->import->copies[i].to, to) == 0) {
      return SL_OK;
    }
  }
  return sl_import_copy_file(d->import, c->file, to, d->err);
}

static sl_status read_call(struct dlt *d, yyjson_val *node) {
  char stem[200];
  struct call c = { .file = yyjson_get_str(yyjson_obj_get(node, "file")),
                    .line = yyjson_get_int(yyjson_obj_get(node, "line")),
                    .function = yyjson_get_str(yyjson_obj_get(node, "function")),
                    .stem = stem,
                    .arguments = yyjson_obj_get(node, "arguments"),
                    .run = yyjson_obj_get(node, "run"),
                    .pipeline = yyjson_obj_get(node, "pipeline"),
                    .node = node };
  const char *slash = strrchr(c.file, '/');
  snprintf(stem, sizeof stem, "%s", slash == NULL ? c.file : slash + 1);
  stem[strcspn(stem, ".")] = '\0';
  if (strncmp(c.function, "sql_", 4) == 0) {
    return read_database(d, &c);
  }
  if (strcmp(c.function, "filesystem") == 0 || strcmp(c.function, "readers") == 0) {
    return read_files(d, &c);
  }
  if (strcmp(c.function, "python") != 0) {
    return read_python(d, &c, "dlt.sources.rest_api", "rest_api_source");
  }
  sl_status rc = read_python(d, &c, stem, yyjson_get_str(yyjson_obj_get(node, "name")));
  return rc == SL_OK ? copy_script(d, &c) : rc;
}

/* ---- scripts ---- */

static sl_status read_answer(struct dlt *d, const struct sl_buffer *json) {
  yyjson_doc *doc = json->length == 0 ? NULL : yyjson_read(json->data, json->length, 0);
  yyjson_val *root = yyjson_doc_get_root(doc);
  sl_status rc =
      root == NULL ? sl_fail(d->err, SL_EINTERNAL, "the scripts could not be read") : SL_OK;
  size_t i;
  size_t n;
  yyjson_val *v;
  yyjson_arr_foreach(yyjson_obj_get(root, "sources"), i, n, v) {
    rc = rc == SL_OK ? read_call(d, v) : rc;
  }
  yyjson_arr_foreach(yyjson_obj_get(root, "notes"), i, n, v) {
    sl_import_note(d->import, yyjson_get_str(yyjson_obj_get(v, "file")),
                   yyjson_get_int(yyjson_obj_get(v, "line")), "%s",
                   yyjson_get_str(yyjson_obj_get(v, "text")));
  }
  yyjson_doc_free(doc);
  return rc;
}

static sl_status read_scripts(struct dlt *d, char *const *paths, size_t n) {
  const char *argv[MOST_SCRIPTS + 4] = { "python3", "-", NULL };
  const struct sl_buffer program = { .data = (char *)(uintptr_t)sl_read_pipelines,
                                     .length = strlen(sl_read_pipelines) };
  struct sl_buffer output = { 0 };
  struct sl_buffer errors = { 0 };
  int code = 0;
  for (size_t i = 0; i < n; i++) {
    argv[2 + i] = paths[i];
  }
  struct sl_process python = {
    .argv = argv, .input = &program, .output = &output, .errors = &errors
  };
  sl_status rc = sl_process_run(&python, &code, d->err);
  if (rc == SL_ENOTFOUND) {
    sl_import_note(d->import, d->folder, 0, "the scripts were not read, for there is no python3");
    rc = SL_OK;
  } else if (rc == SL_OK && code != 0) {
    rc = sl_fail(d->err, SL_EDATA, "reading the scripts failed: %.600s",
                 errors.data == NULL ? "" : errors.data);
  } else if (rc == SL_OK) {
    rc = read_answer(d, &output);
  }
  sl_buffer_release(&output);
  sl_buffer_release(&errors);
  return rc;
}

/* The scripts of the folder, or the one that was named. */
static sl_status find_scripts(struct dlt *d, const char *path) {
  char **names = NULL;
  char *paths[MOST_SCRIPTS];
  size_t n = 0;
  size_t found = 0;
  sl_status rc = SL_OK;
  if (!sl_folder_exists(path)) {
    paths[found++] = strdup(path);
  } else {
    rc = sl_folder_list(path, SL_FILES, &names, &n, d->err);
  }
  for (size_t i = 0; rc == SL_OK && i < n && found < MOST_SCRIPTS; i++) {
    size_t length = strlen(names[i]);
    struct sl_buffer whole = { 0 };
    if (length > 3 && strcmp(names[i] + length - 3, ".py") == 0) {
      sl_buffer_printf(&whole, "%s/%s", path, names[i]);
      paths[found] = sl_buffer_take(&whole);
      rc = paths[found] == NULL ? sl_fail(d->err, SL_ENOMEM, "out of memory for a path") : SL_OK;
      found += rc == SL_OK;
    }
  }
  if (rc == SL_OK && found > 0) {
    rc = read_scripts(d, paths, found);
  }
  for (size_t i = 0; i < found; i++) {
    free(paths[i]);
  }
  sl_names_free(names, n);
  return rc;
}

/* config.toml as it is; keys outside of sources say something of dlt itself. */
static sl_status read_config(struct dlt *d) {
  const struct sl_doc *config = &d->secrets.config;
  for (const struct sl_node *n = config->root == NULL ? NULL : config->root->first; n != NULL;
       n = n->next) {
    if (strcmp(n->key, "sources") != 0) {
      sl_import_note(d->import, config->path, n->key_line, "%s: no counterpart", n->key);
    }
  }
  const struct sl_node *sources = sl_node_get(config->root, "sources");
  return sources == NULL ? SL_OK
                         : sl_import_copy_file(d->import, config->path, ".dlt/config.toml", d->err);
}

sl_status sl_import_dlt(struct sl_import *import, const char *path, struct sl_error *err) {
  struct dlt d = { .import = import, .err = err };
  const char *slash = strrchr(path, '/');
  bool is_folder = sl_folder_exists(path);
  char *folder = is_folder       ? strdup(path)
                 : slash == NULL ? strdup(".")
                                 : strndup(path, (size_t)(slash - path));
  d.folder = folder;
  sl_status rc = folder == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a path") : SL_OK;
  if (rc == SL_OK && !is_folder && !sl_file_exists(path)) {
    rc = sl_fail(err, SL_ENOTFOUND, "there is no file or folder %s", path);
  }
  if (rc == SL_OK) {
    rc = sl_secrets_read(&d.secrets, folder, err);
  }
  for (size_t i = d.secrets.n_env; rc == SL_OK && i-- > 0;) {
    rc = sl_import_variable(import, d.secrets.env[i].name, d.secrets.env[i].value, err);
  }
  if (rc == SL_OK) {
    rc = sl_import_dlt_variables(import, &d.secrets.secrets, d.secrets.secrets.root, "", err);
  }
  if (rc == SL_OK) {
    rc = read_config(&d);
  }
  if (rc == SL_OK) {
    rc = find_scripts(&d, path);
  }
  sl_secrets_release(&d.secrets);
  free(folder);
  return rc;
}
