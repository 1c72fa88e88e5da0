/* python_source.c - see python_source.h: the engine's questions, asked of the child. */
#include "sources/python/python_source.h"

#include <stdio.h>
#include <stdlib.h>

#include <yyjson.h>

#include <sluice/builder.h>
#include <sluice/engine.h>

#include "base/memory.h"
#include "column/ipc_read.h"
#include "duckdb/shared.h"
#include "sources/python/python_internal.h"

struct python_source {
  struct sl_source base;
  struct python_child child;
  struct python_settings settings;
  void (*warn)(void *arg, const char *message);
  void *warn_arg;
  yyjson_doc *tables; /* the last answer */
  yyjson_doc *hints;  /* of the table that is being loaded: the settings borrow its texts */
  bool restored, listed;
  int64_t rows; /* of the table so far */
};

/* User code wants to read a DuckDB file that this process writes: DuckDB would not let it. */
static sl_status copy_database(struct python_source *s, char *request, struct sl_error *err) {
  struct sl_error why = { 0 };
  char *to = strchr(request, '\n');
  if (to != NULL) {
    *to++ = '\0';
    sl_duckdb_shared_copy(request, to, &why);
  }
  return python_send(&s->child, PYTHON_COPIED, why.message, strlen(why.message), err);
}

/* The next frame that is an answer; what the child asks or says between is dealt with. */
static sl_status receive(struct python_source *s, enum python_frame *kind, char **data,
                         size_t *length, struct sl_error *err) {
  sl_status rc = python_receive(&s->child, kind, data, length, err);
  while (rc == SL_OK && (*kind == PYTHON_WARNING || *kind == PYTHON_COPY)) {
    if (*kind == PYTHON_COPY) {
      rc = copy_database(s, *data, err);
    } else if (s->warn != NULL) {
      s->warn(s->warn_arg, *data);
    }
    free(*data);
    *data = NULL;
    rc = rc == SL_OK ? python_receive(&s->child, kind, data, length, err) : rc;
  }
  return rc;
}

/* Sends a question; *out: the JSON of the answer, to be freed. */
static sl_status ask(struct python_source *s, enum python_frame question, const char *text,
                     yyjson_doc **out, struct sl_error *err) {
  enum python_frame kind = PYTHON_FAILURE;
  char *data = NULL;
  size_t length = 0;
  *out = NULL;
  sl_status rc = python_send(&s->child, question, text, strlen(text), err);
  if (rc == SL_OK) {
    rc = receive(s, &kind, &data, &length, err);
  }
  if (rc == SL_OK) {
    *out = kind == PYTHON_JSON ? yyjson_read(data, length, 0) : NULL;
    rc = *out != NULL
             ? SL_OK
             : sl_fail(err, SL_ESOURCE, "Python source %s answered out of turn", s->child.name);
  }
  free(data);
  return rc;
}

static sl_status ask_tables(struct python_source *s, enum python_frame question, const char *text,
                            struct sl_error *err) {
  yyjson_doc *answer = NULL;
  sl_status rc = ask(s, question, text, &answer, err);
  if (rc == SL_OK) {
    yyjson_doc_free(s->tables);
    s->tables = answer;
  }
  return rc;
}

static int64_t number_of(const struct python_source *s, const char *name) {
  size_t i;
  size_t n;
  yyjson_val *table;
  yyjson_arr_foreach(yyjson_doc_get_root(s->tables), i, n, table) {
    if (strcmp(yyjson_get_str(yyjson_arr_get(table, 0)), name) == 0) {
      return (int64_t)i;
    }
  }
  return -1;
}

/* ---- the engine's side ---- */

static void close_source(struct sl_source *source) {
  struct python_source *s = (struct python_source *)source;
  python_child_end(&s->child);
  yyjson_doc_free(s->tables);
  yyjson_doc_free(s->hints);
  free(s);
}

static sl_status open_source(struct sl_source **out, const struct sl_source_config *config,
                             struct sl_error *err) {
  struct python_source *s = calloc(1, sizeof *s);
  *out = NULL;
  if (s == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a source");
  }
  s->base.ops = &sl_python_source;
  s->settings = *(const struct python_settings *)config->settings;
  s->warn = config->warn;
  s->warn_arg = config->warn_arg;
  sl_status rc = python_child_start(&s->child, config->location, &s->settings, err);
  if (rc != SL_OK) {
    close_source(&s->base);
    return rc;
  }
  *out = &s->base;
  return SL_OK;
}

static sl_status restore(struct sl_source *source, const char *state_json, struct sl_error *err) {
  struct python_source *s = (struct python_source *)source;
  s->restored = true;
  return ask_tables(s, PYTHON_RESTORE, state_json == NULL ? "{}" : state_json, err);
}

static sl_status add_table(struct sl_catalog *out, yyjson_val *given, struct sl_error *err) {
  const char *name = yyjson_get_str(yyjson_arr_get(given, 0));
  const char *target = yyjson_get_str(yyjson_arr_get(given, 1));
  struct sl_source_table *t = &out->tables[out->n_tables++];
  *t = (struct sl_source_table){
    .name = strdup(name), .target = strdup(target), .rows = -1, .bytes = -1
  };
  sl_status rc = t->name == NULL || t->target == NULL ? SL_ENOMEM : SL_OK;
  if (rc == SL_OK && yyjson_get_bool(yyjson_arr_get(given, 2))) {
    t->declared = true; /* without columns: hints have them */
    rc = sl_schema_struct(&t->schema, NULL, 0, err);
  }
  return rc == SL_OK ? SL_OK : sl_fail(err, SL_ENOMEM, "out of memory for tables");
}

static sl_status discover(struct sl_source *source, struct sl_catalog *out, struct sl_error *err) {
  struct python_source *s = (struct python_source *)source;
  sl_status rc = SL_OK;
  size_t i;
  size_t n;
  yyjson_val *table;
  if (!s->restored) {
    rc = ask_tables(s, PYTHON_LIST, "", err);
  } else if (s->listed) {
    rc = ask_tables(s, PYTHON_TABLES, "", err);
  }
  s->listed = true;
  yyjson_val *all = rc == SL_OK ? yyjson_doc_get_root(s->tables) : NULL;
  out->tables = sl_calloc_array(yyjson_arr_size(all) + 1, sizeof *out->tables);
  if (rc == SL_OK && out->tables == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for tables");
  }
  yyjson_arr_foreach(all, i, n, table) {
    rc = rc == SL_OK ? add_table(out, table, err) : rc;
  }
  return rc;
}

static sl_status hints(struct sl_source *source, const struct sl_source_table *table,
                       struct sl_load_settings *settings, struct sl_error *err) {
  struct python_source *s = (struct python_source *)source;
  char number[24];
  size_t i;
  size_t n;
  yyjson_val *key;
  yyjson_val *value;
  yyjson_doc *answer = NULL;
  snprintf(number, sizeof number, "%lld", (long long)number_of(s, table->name));
  sl_status rc = ask(s, PYTHON_HINTS, number, &answer, err);
  if (rc == SL_OK) {
    yyjson_doc_free(s->hints);
    s->hints = answer;
  }
  yyjson_obj_foreach(yyjson_doc_get_root(answer), i, n, key, value) {
    rc = rc == SL_OK ? sl_options_set(sl_load_options, settings, yyjson_get_str(key),
                                      yyjson_get_str(value), err)
                     : rc;
  }
  return rc;
}

static sl_status start(struct sl_source *source, struct sl_source_table *table,
                       const char *state_json, struct sl_error *err) {
  struct python_source *s = (struct python_source *)source;
  char number[24];
  (void)state_json; /* Python keeps the state of resources as dlt does, see remember */
  s->rows = 0;
  snprintf(number, sizeof number, "%lld", (long long)number_of(s, table->name));
  return python_send(&s->child, PYTHON_START, number, strlen(number), err);
}

static void release_block(struct sl_block *block) {
  free(block->data);
  sl_block_release_batch(block);
  block->release = NULL;
}

static int64_t count_lines(const char *data, size_t length) {
  int64_t n = 0;
  const char *end = data + length;
  for (const char *at = data; (at = memchr(at, '\n', (size_t)(end - at))) != NULL; at++) {
    n++;
  }
  return n;
}

static sl_status claim(struct sl_source *source, struct sl_block *out, bool *end,
                       struct sl_error *err) {
  struct python_source *s = (struct python_source *)source;
  enum python_frame kind = PYTHON_FAILURE;
  char *data = NULL;
  size_t length = 0;
  sl_status rc = receive(s, &kind, &data, &length, err);
  *end = rc == SL_OK && kind == PYTHON_END;
  if (rc == SL_OK && kind == PYTHON_ARROW) {
    *out = (struct sl_block){ .kind = SL_BLOCK_BATCH,
                              .origin = "rows",
                              .first_record = -1,
                              .data = data,
                              .size = length,
                              .source_bytes = (int64_t)length,
                              .release = release_block };
    return SL_OK;
  }
  if (rc == SL_OK && kind == PYTHON_DOCUMENTS) {
    *out = (struct sl_block){ .kind = SL_BLOCK_DOCUMENTS,
                              .origin = "rows",
                              .first_line = s->rows + 1,
                              .first_record = s->rows,
                              .data = data,
                              .size = length,
                              .typed = true,
                              .source_bytes = (int64_t)length,
                              .release = release_block };
    s->rows += count_lines(data, length);
    return SL_OK;
  }
  free(data);
  return rc != SL_OK || *end
             ? rc
             : sl_fail(err, SL_ESOURCE, "Python source %s answered out of turn", s->child.name);
}

static sl_status fill(struct sl_source *source, struct sl_block *block, struct sl_error *err) {
  struct python_source *s = (struct python_source *)source;
  if (block->kind != SL_BLOCK_BATCH) {
    return SL_OK;
  }
  sl_status rc = sl_ipc_read(block->data, block->size, &block->schema, &block->array, err);
  block->data = NULL; /* the batch has it */
  block->size = 0;
  if (rc != SL_OK) {
    block->release(block);
    sl_error_add_context(err, "Python source %s", s->child.name);
  }
  return rc;
}

static sl_status remember(struct sl_source *source, char **out_json, struct sl_error *err) {
  struct python_source *s = (struct python_source *)source;
  yyjson_doc *answer = NULL;
  sl_status rc = ask(s, PYTHON_REMEMBER, "", &answer, err);
  *out_json = rc == SL_OK ? yyjson_write(answer, 0, NULL) : NULL;
  yyjson_doc_free(answer);
  return rc == SL_OK && *out_json == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a state")
                                          : rc;
}

static void cancel(struct sl_source *source) {
  python_child_stop(&((struct python_source *)source)->child);
}

/* "my_api.items" -> "items". */
static sl_status default_name(const char *location, char out[256], struct sl_error *err) {
  const char *dot = strrchr(location, '.');
  (void)err;
  snprintf(out, 256, "%.250s", dot == NULL ? location : dot + 1);
  return SL_OK;
}

#define SETTING(member) .group = "Python", .offset = offsetof(struct python_settings, member)

static const struct sl_option options[] = {
  { .name = "kwargs",
    .kind = SL_OPTION_TEXT,
    .value_name = "JSON",
    .help = "Arguments of the function, as a JSON object.",
    SETTING(kwargs) },
  { .name = "python",
    .kind = SL_OPTION_TEXT,
    .value_name = "PATH",
    .help = "The interpreter, as venv/bin/python; python3 if not given.",
    SETTING(program) },
  { .name = "project-folder",
    .kind = SL_OPTION_TEXT,
    .value_name = "FOLDER",
    .help = "Where custom_sources/, .env and .dlt/ are; the current folder if not given.",
    SETTING(folder) },
  { .name = "timeout",
    .kind = SL_OPTION_INTEGER,
    .value_name = "SECONDS",
    .default_text = "3600",
    .minimum = 0,
    .maximum = 2000000,
    .help = "How long the function may go without giving a row before it is ended; 0: for ever.",
    SETTING(timeout) },
  { .name = NULL },
};

static const char *const schemes[] = { "python", NULL };

const struct sl_source_ops sl_python_source = {
  .struct_size = sizeof(struct sl_source_ops),
  .name = "python",
  .schemes = schemes,
  .options = options,
  .settings_bytes = sizeof(struct python_settings),
  .help = "Functions written for dlt (python:module.function), run by a Python of their own.",
  .default_name = default_name,
  .open = open_source,
  .discover = discover,
  .start = start,
  .claim = claim,
  .fill = fill,
  .cancel = cancel,
  .close = close_source,
  .hints = hints,
  .restore = restore,
  .remember = remember,
  .grows = true,
};
