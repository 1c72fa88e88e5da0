/* drift.c - see drift.h.
 *
 * A file is {"accepted": {"orders": {"id": "bigint", …}}, "now": {…}, "changes": ["…"]}. */
#include "project/drift.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <yyjson.h>

#include "base/files.h"
#include "project/discover.h"

static char *path_of(const struct sl_project *project, const char *source) {
  return sl_project_path(project, ".dango/state/schema/%s.json", source);
}

static void print_type(const char *format, char out[48]) {
  static const struct {
    const char *format, *name;
  } names[] = { { "l", "bigint" }, { "g", "double" },     { "b", "bool" },   { "u", "text" },
                { "z", "binary" }, { "tdD", "date" },     { "ttu", "time" }, { "i", "bigint" },
                { "s", "bigint" }, { "ts", "timestamp" }, { "f", "double" } };
  int precision;
  int scale;
  if (sscanf(format, "d:%d,%d", &precision, &scale) == 2) {
    snprintf(out, 48, "decimal(%d,%d)", precision, scale);
    return;
  }
  snprintf(out, 48, "%.40s", format);
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (strcmp(format, names[i].format) == 0 ||
        (strcmp(names[i].format, "ts") == 0 && strncmp(format, "ts", 2) == 0)) {
      snprintf(out, 48, "%s", names[i].name);
    }
  }
}

/* Types of files are guesses from a sample, which changes with the rows. */
static void add_table(yyjson_mut_doc *doc, yyjson_mut_val *tables,
                      const struct sl_source_table *t) {
  yyjson_mut_val *columns = yyjson_mut_obj(doc);
  for (int64_t i = 0; i < t->schema.n_children; i++) {
    char type[48] = "";
    if (t->declared) {
      print_type(t->schema.children[i]->format, type);
    }
    yyjson_mut_obj_put(columns, yyjson_mut_strcpy(doc, t->schema.children[i]->name),
                       yyjson_mut_strcpy(doc, type));
  }
  yyjson_mut_obj_put(tables, yyjson_mut_strcpy(doc, t->target == NULL ? t->name : t->target),
                     columns);
}

static sl_status look(yyjson_mut_doc *doc, yyjson_mut_val *tables,
                      const struct sl_load_settings *loads, size_t n, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    struct sl_catalog catalog;
    rc = sl_discover(&loads[i], &catalog, err);
    for (size_t t = 0; rc == SL_OK && t < catalog.n_tables; t++) {
      const struct sl_source_table *table = &catalog.tables[t];
      if (table->schema.release != NULL && !table->documents &&
          sl_discover_wants(&loads[i], table)) {
        add_table(doc, tables, table);
      }
    }
    sl_catalog_release(&catalog);
  }
  return rc;
}

/* ---- comparing ---- */

struct comparison {
  yyjson_mut_doc *doc;
  yyjson_mut_val *accepted, *changes; /* changes: those that wait */
  struct sl_buffer *out;
};

static void change(struct comparison *c, bool waits, const char *format, ...) SL_PRINTF(3, 4);
static void change(struct comparison *c, bool waits, const char *format, ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  sl_buffer_printf(c->out, "%s\n", line);
  if (waits) {
    yyjson_mut_arr_add_strcpy(c->doc, c->changes, line);
  }
}

static void compare_columns(struct comparison *c, const char *table, yyjson_mut_val *accepted,
                            yyjson_mut_val *now) {
  yyjson_mut_val *key;
  yyjson_mut_obj_iter it = yyjson_mut_obj_iter_with(accepted);
  while ((key = yyjson_mut_obj_iter_next(&it)) != NULL) {
    const char *name = yyjson_mut_get_str(key);
    const char *before = yyjson_mut_get_str(yyjson_mut_obj_iter_get_val(key));
    yyjson_mut_val *found = yyjson_mut_obj_get(now, name);
    const char *after = yyjson_mut_get_str(found);
    if (found == NULL) {
      change(c, true, "%s.%s: column removed", table, name);
    } else if (before != NULL && after != NULL && before[0] != '\0' && after[0] != '\0' &&
               strcmp(before, after) != 0) {
      change(c, true, "%s.%s: type changed from %s to %s", table, name, before, after);
    }
  }
  it = yyjson_mut_obj_iter_with(now);
  while ((key = yyjson_mut_obj_iter_next(&it)) != NULL) {
    const char *name = yyjson_mut_get_str(key);
    yyjson_mut_val *type = yyjson_mut_obj_iter_get_val(key);
    if (yyjson_mut_obj_get(accepted, name) == NULL) {
      change(c, false, "%s.%s: column added", table, name);
      yyjson_mut_obj_put(accepted, yyjson_mut_strcpy(c->doc, name),
                         yyjson_mut_val_mut_copy(c->doc, type));
    }
  }
}

static void compare(struct comparison *c, yyjson_mut_val *now) {
  yyjson_mut_val *key;
  yyjson_mut_obj_iter it = yyjson_mut_obj_iter_with(c->accepted);
  while ((key = yyjson_mut_obj_iter_next(&it)) != NULL) {
    const char *table = yyjson_mut_get_str(key);
    yyjson_mut_val *found = yyjson_mut_obj_get(now, table);
    if (found == NULL) {
      change(c, true, "%s: table removed", table);
    } else {
      compare_columns(c, table, yyjson_mut_obj_iter_get_val(key), found);
    }
  }
  it = yyjson_mut_obj_iter_with(now);
  while ((key = yyjson_mut_obj_iter_next(&it)) != NULL) {
    const char *table = yyjson_mut_get_str(key);
    if (yyjson_mut_obj_get(c->accepted, table) == NULL) {
      change(c, false, "%s: table added", table);
      yyjson_mut_obj_put(c->accepted, yyjson_mut_strcpy(c->doc, table),
                         yyjson_mut_val_mut_copy(c->doc, yyjson_mut_obj_iter_get_val(key)));
    }
  }
}

/* ---- the file ---- */

/* A file that is damaged counts as none: the next look accepts what is there. */
static yyjson_mut_doc *read_file(const char *path) {
  struct sl_buffer text = { 0 };
  yyjson_doc *doc = NULL;
  if (sl_file_exists(path) && sl_file_read(path, &text, NULL) == SL_OK && text.data != NULL) {
    doc = yyjson_read(text.data, text.length, 0);
  }
  yyjson_mut_doc *copy = doc == NULL ? NULL : yyjson_doc_mut_copy(doc, NULL);
  yyjson_doc_free(doc);
  sl_buffer_release(&text);
  return copy;
}

static sl_status write_file(const struct sl_project *project, const char *path, yyjson_mut_doc *doc,
                            struct sl_error *err) {
  size_t length = 0;
  char *folder = sl_project_path(project, ".dango/state/schema");
  char *json = yyjson_mut_write(doc, YYJSON_WRITE_PRETTY_TWO_SPACES, &length);
  sl_status rc = folder == NULL || json == NULL
                     ? sl_fail(err, SL_ENOMEM, "out of memory for %s", path)
                     : sl_folder_make(folder, err);
  if (rc == SL_OK) {
    rc = sl_file_write(path, json, length, false, err);
  }
  free(folder);
  free(json);
  return rc;
}

sl_status sl_drift_check(const struct sl_project *project, const char *source,
                         const struct sl_load_settings *loads, size_t n, struct sl_buffer *out,
                         struct sl_error *err) {
  char *path = path_of(project, source);
  yyjson_mut_doc *doc = path == NULL ? NULL : read_file(path);
  doc = doc == NULL ? yyjson_mut_doc_new(NULL) : doc;
  yyjson_mut_val *now = yyjson_mut_obj(doc);
  sl_status rc = path == NULL || now == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a schema")
                                             : look(doc, now, loads, n, err);
  if (rc == SL_OK) {
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    yyjson_mut_val *before = yyjson_mut_obj_get(yyjson_mut_doc_get_root(doc), "accepted");
    yyjson_mut_val *accepted = yyjson_mut_val_mut_copy(doc, before == NULL ? now : before);
    struct comparison c = { doc, accepted, yyjson_mut_arr(doc), out };
    if (before != NULL) {
      compare(&c, now);
    }
    yyjson_mut_obj_add_val(doc, root, "accepted", accepted);
    yyjson_mut_obj_add_val(doc, root, "now", now);
    yyjson_mut_obj_add_val(doc, root, "changes", c.changes);
    yyjson_mut_doc_set_root(doc, root);
    rc = write_file(project, path, doc, err);
  }
  yyjson_mut_doc_free(doc);
  free(path);
  return rc;
}

sl_status sl_drift_read(const struct sl_project *project, const char *source, struct sl_buffer *out,
                        struct sl_error *err) {
  char *path = path_of(project, source);
  if (path == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a path");
  }
  yyjson_mut_doc *doc = read_file(path);
  size_t i;
  size_t n;
  yyjson_mut_val *line;
  yyjson_mut_arr_foreach(yyjson_mut_obj_get(yyjson_mut_doc_get_root(doc), "changes"), i, n, line) {
    sl_buffer_printf(out, "%s\n", yyjson_mut_get_str(line));
  }
  yyjson_mut_doc_free(doc);
  free(path);
  return sl_buffer_check(out, err);
}

sl_status sl_drift_print(const struct sl_project *project, const char *source,
                         struct sl_buffer *out, struct sl_error *err) {
  char *path = path_of(project, source);
  if (path == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a path");
  }
  yyjson_mut_doc *doc = read_file(path);
  char *json = doc == NULL ? NULL : yyjson_mut_write(doc, 0, NULL);
  sl_buffer_text(out, json == NULL ? "{\"accepted\": {}, \"now\": {}, \"changes\": []}\n" : json);
  free(json);
  yyjson_mut_doc_free(doc);
  free(path);
  return sl_buffer_check(out, err);
}

sl_status sl_drift_accept(const struct sl_project *project, const char *source, size_t *changes,
                          struct sl_error *err) {
  char *path = path_of(project, source);
  yyjson_mut_doc *doc = path == NULL ? NULL : read_file(path);
  yyjson_mut_val *root = yyjson_mut_doc_get_root(doc);
  yyjson_mut_val *now = yyjson_mut_obj_get(root, "now");
  sl_status rc = SL_OK;
  *changes = yyjson_mut_arr_size(yyjson_mut_obj_get(root, "changes"));
  if (*changes > 0 && now != NULL) {
    yyjson_mut_obj_put(root, yyjson_mut_str(doc, "accepted"), yyjson_mut_val_mut_copy(doc, now));
    yyjson_mut_obj_put(root, yyjson_mut_str(doc, "changes"), yyjson_mut_arr(doc));
    rc = write_file(project, path, doc, err);
  }
  yyjson_mut_doc_free(doc);
  free(path);
  return rc;
}
