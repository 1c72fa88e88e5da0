/* selftest.c - see selftest.h. */
#include "pipeline/selftest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <sluice/registry.h>

#include "base/files.h"
#include "pipeline/query.h"
#include "pipeline/target.h"

enum { ROWS = SL_SELFTEST_ROWS, NEXT_MERGE = 400, EACH_WITH_CHILD = 3 };

static const struct {
  const char *table, *children, *disposition;
} kinds[SL_SELFTEST_KINDS] = {
  [SL_SELFTEST_APPEND] = { "appended", "appended__kids", "append" },
  [SL_SELFTEST_REPLACE] = { "replaced", "replaced__kids", "replace" },
  [SL_SELFTEST_MERGE] = { "merged", "merged__kids", "merge" },
};

const char *sl_selftest_table(enum sl_selftest_kind kind) {
  return kinds[kind].table;
}

const char *sl_selftest_disposition(enum sl_selftest_kind kind) {
  return kinds[kind].disposition;
}

/* ---- the rows of a load: ids from first_id on; all loads together have no gaps ---- */

static int64_t first_id(enum sl_selftest_kind kind, int64_t load) {
  return kind == SL_SELFTEST_APPEND  ? load * ROWS
         : kind == SL_SELFTEST_MERGE ? load * NEXT_MERGE
                                     : 0;
}

static void value_of(int64_t id, int64_t load, char out[80]) {
  snprintf(out, 80, "value %" PRId64 " of load %" PRId64 ", naïve", id, load);
}

static double price_of(int64_t id) {
  return (double)(id % 1000) + 0.25;
}

sl_status sl_selftest_write(enum sl_selftest_kind kind, int64_t load, const char *path,
                            struct sl_error *err) {
  struct sl_buffer text = { 0 };
  char value[80];
  int64_t first = first_id(kind, load);
  for (int64_t id = first; id < first + ROWS; id++) {
    value_of(id, load, value);
    sl_buffer_printf(&text, "{\"id\": %" PRId64 ", \"load\": %" PRId64 ", \"v\": \"%s\", ", id,
                     load, value);
    sl_buffer_printf(&text, "\"price\": %.2f, \"at\": \"2024-02-%02dT10:00:00.%03dZ\"",
                     price_of(id), (int)(1 + id % 28), (int)(id % 1000));
    if (id % EACH_WITH_CHILD == 0) {
      sl_buffer_printf(&text, ", \"kids\": [{\"parent\": %" PRId64 "}]", id);
    }
    sl_buffer_text(&text, "}\n");
  }
  sl_status rc = sl_buffer_check(&text, err);
  if (rc == SL_OK) {
    rc = sl_file_write(path, text.data, text.length, false, err);
  }
  sl_buffer_release(&text);
  return rc;
}

/* ---- what is there ---- */

struct look { /* at the rows of one load, or at their child rows */
  int64_t first, load, rows;
  int64_t wrong; /* rows that no load has had like this */
  bool children;
  int32_t seen[ROWS];
};

static bool is_wanted(const struct look *look, int64_t at) {
  return !look->children || (look->first + at) % EACH_WITH_CHILD == 0;
}

/* id, value, price; of child rows: id of the parent, what they say it is. */
static sl_status on_row(void *arg, const char *const *values, struct sl_error *err) {
  (void)err;
  struct look *look = arg;
  char value[80];
  int64_t id = values[0] == NULL ? -1 : strtoll(values[0], NULL, 10);
  int64_t at = id - look->first;
  bool right = at >= 0 && at < ROWS && is_wanted(look, at) && values[1] != NULL;
  if (right && look->children) {
    right = strtoll(values[1], NULL, 10) == id;
  } else if (right) {
    value_of(id, look->load, value);
    double price = values[2] == NULL ? -1 : strtod(values[2], NULL);
    right = strcmp(values[1], value) == 0 && price >= price_of(id) && price <= price_of(id);
  }
  look->rows++;
  look->wrong += !right;
  if (right) {
    look->seen[at]++;
  }
  return SL_OK;
}

static void add_difference(struct sl_selftest_found *out, int64_t wanted, int64_t found) {
  out->lost += wanted > found ? wanted - found : 0;
  out->doubled += found > wanted ? found - wanted : 0;
}

static int64_t children_before(int64_t id) {
  return (id + EACH_WITH_CHILD - 1) / EACH_WITH_CHILD;
}

/* The rows of the last load one by one, those of earlier ones (`total` less those) by their
 * number. */
static void judge(const struct look *look, enum sl_selftest_kind kind, int64_t total,
                  struct sl_selftest_found *out) {
  int64_t oldest = first_id(kind, 1);
  int64_t earlier = look->first - oldest;
  if (look->children) {
    earlier = children_before(look->first) - children_before(oldest);
  }
  for (int64_t at = 0; at < ROWS; at++) {
    add_difference(out, is_wanted(look, at), look->seen[at]);
  }
  out->doubled += look->wrong;
  add_difference(out, earlier, total - look->rows);
}

static void put_column(const struct sl_target *t, const char *of, const char *name,
                       struct sl_buffer *sql) {
  sl_buffer_text(sql, of);
  sl_sql_identifier(&t->sql, name, sql);
}

/* FROM appended p, or FROM appended__kids k JOIN appended p ON …; the load's rows. */
static void put_rows(const struct sl_target *t, enum sl_selftest_kind kind, const struct look *look,
                     struct sl_buffer *sql) {
  struct sl_table_name root = { .dataset = t->dataset, .table = kinds[kind].table };
  struct sl_table_name children = { .dataset = t->dataset, .table = kinds[kind].children };
  put_column(t, "SELECT p.", "id", sql);
  put_column(t, look->children ? ", k." : ", p.", look->children ? "parent" : "v", sql);
  if (look->children) {
    sl_buffer_text(sql, " FROM ");
    sl_sql_table(&t->sql, &children, sql);
    sl_buffer_text(sql, " k JOIN ");
  } else {
    put_column(t, ", p.", "price", sql);
    sl_buffer_text(sql, " FROM ");
  }
  sl_sql_table(&t->sql, &root, sql);
  sl_buffer_text(sql, " p");
  if (look->children) {
    put_column(t, " ON k.", "_dlt_parent_id", sql);
    put_column(t, " = p.", "_dlt_id", sql);
  }
  put_column(t, " WHERE p.", "load", sql);
  sl_buffer_printf(sql, " = %" PRId64, look->load);
}

static sl_status compare(struct sl_target *t, enum sl_selftest_kind kind, struct look *look,
                         struct sl_selftest_found *out, struct sl_error *err) {
  struct sl_table_name name = { .dataset = t->dataset,
                                .table =
                                    look->children ? kinds[kind].children : kinds[kind].table };
  struct sl_buffer sql = { 0 };
  struct sl_buffer total = { 0 };
  bool found = false;
  put_rows(t, kind, look, &sql);
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = sl_query_rows(t->destination, sql.data, on_row, look, err);
  }
  sl_buffer_reset(&sql);
  if (rc == SL_OK) {
    rc = sl_sql_count_rows(&t->sql, &name, NULL, NULL, &sql, err);
  }
  if (rc == SL_OK) {
    rc = sl_query_text(t->destination, sql.data, &total, &found, err);
  }
  if (rc == SL_OK) {
    judge(look, kind, found ? strtoll(total.data, NULL, 10) : 0, out);
  }
  sl_buffer_release(&sql);
  sl_buffer_release(&total);
  return rc;
}

/* ---- a folder ---- */

/* NULL = the destination is none, or no local one. */
static const char *folder_of(const struct sl_destination_ops *ops, const char *destination,
                             const char *rest) {
  char scheme[32];
  sl_location_scheme(destination, rest, scheme);
  bool local = scheme[0] == '\0' || strcmp(scheme, "file") == 0;
  return ops->query == NULL && ops->stage != NULL && local ? rest : NULL;
}

sl_status sl_selftest_check(const char *destination, bool *folder, struct sl_error *err) {
  const struct sl_destination_ops *ops;
  const char *rest;
  sl_status rc = sl_destination_find(destination, &ops, &rest, err);
  *folder = rc == SL_OK && folder_of(ops, destination, rest) != NULL;
  if (rc == SL_OK && ops->query == NULL && !*folder) {
    rc =
        sl_fail(err, SL_EUNSUPPORTED,
                "%s answers no queries, so a selftest cannot see what is there; name a database or "
                "a local folder",
                destination);
  }
  return rc;
}

/* Path of the dataset's folder, when it is one; *path is empty else. */
static sl_status find_folder(const char *destination, const char *dataset, struct sl_buffer *path,
                             struct sl_error *err) {
  const struct sl_destination_ops *ops;
  const char *rest;
  sl_status rc = sl_destination_find(destination, &ops, &rest, err);
  const char *folder = rc == SL_OK ? folder_of(ops, destination, rest) : NULL;
  if (folder != NULL) {
    sl_buffer_printf(path, "%s/%s", folder, dataset);
    rc = sl_buffer_check(path, err);
  }
  return rc;
}

/* The files of a folder, whose own name is no pattern. */
static void put_pattern(const char *folder, struct sl_buffer *out) {
  for (const char *c = folder; *c != '\0'; c++) {
    sl_buffer_printf(out, strchr("*?[", *c) != NULL ? "[%c]" : "%c", *c);
  }
  sl_buffer_text(out, "/*.parquet");
}

/* A view of all files of a table, or of no row when there are none. */
static sl_status put_view(const struct sl_target *t, const char *path, const char *table,
                          struct sl_statements *out, struct sl_error *err) {
  struct sl_table_name name = { .dataset = t->dataset, .table = table };
  struct sl_buffer folder = { 0 };
  struct sl_buffer pattern = { 0 };
  struct sl_buffer sql = { 0 };
  char **files = NULL;
  size_t n = 0;
  sl_buffer_printf(&folder, "%s/%s", path, table);
  sl_status rc = sl_buffer_check(&folder, err);
  rc = rc == SL_OK ? sl_folder_list(folder.data, SL_FILES, &files, &n, err) : rc;
  sl_buffer_text(&sql, "CREATE VIEW ");
  sl_sql_table(&t->sql, &name, &sql);
  sl_buffer_text(&sql, " AS SELECT * FROM ");
  if (n == 0) {
    sl_buffer_text(&sql,
                   "(SELECT 0 AS id, '' AS v, 0.0 AS price, 0 AS load, 0 AS parent, "
                   "'' AS _dlt_id, '' AS _dlt_parent_id) WHERE false");
  } else {
    sl_buffer_text(&sql, "read_parquet(");
    put_pattern(folder.data, &pattern);
    sl_sql_text_literal(&t->sql, pattern.data == NULL ? "" : pattern.data, pattern.length, &sql);
    sl_buffer_text(&sql, ", union_by_name = true)");
  }
  rc = rc == SL_OK ? sl_buffer_check(&pattern, err) : rc;
  rc = rc == SL_OK ? sl_statements_add(out, &sql, err) : rc;
  for (size_t i = 0; i < n; i++) {
    free(files[i]);
  }
  free(files);
  sl_buffer_release(&folder);
  sl_buffer_release(&pattern);
  sl_buffer_release(&sql);
  return rc;
}

/* DuckDB in memory, in which the files look like tables. */
static sl_status open_folder(struct sl_target *t, const char *path, enum sl_selftest_kind kind,
                             struct sl_error *err) {
  struct sl_statements sql = { 0 };
  sl_status rc = sl_target_open(t, "duckdb::memory:", false, err);
  rc = rc == SL_OK ? sl_sql_create_dataset(&t->sql, t->dataset, &sql, err) : rc;
  rc = rc == SL_OK ? put_view(t, path, kinds[kind].table, &sql, err) : rc;
  rc = rc == SL_OK ? put_view(t, path, kinds[kind].children, &sql, err) : rc;
  rc = rc == SL_OK ? sl_target_execute(t, &sql, err) : rc;
  sl_statements_release(&sql);
  return rc;
}

sl_status sl_selftest_compare(const char *destination, const char *dataset,
                              enum sl_selftest_kind kind, int64_t load,
                              struct sl_selftest_found *out, struct sl_error *err) {
  struct sl_target t = { .dataset = dataset };
  struct sl_buffer folder = { 0 };
  sl_status rc = find_folder(destination, dataset, &folder, err);
  if (rc == SL_OK) {
    rc = folder.length > 0 ? open_folder(&t, folder.data, kind, err)
                           : sl_target_open(&t, destination, true, err);
  }
  for (int children = 0; rc == SL_OK && children < 2; children++) {
    struct look look = { .first = first_id(kind, load), .load = load, .children = children == 1 };
    rc = compare(&t, kind, &look, out, err);
  }
  sl_target_close(&t);
  sl_buffer_release(&folder);
  return rc;
}

/* ---- the end ---- */

static sl_status put_drops(const struct sl_target *t, struct sl_statements *out,
                           struct sl_error *err) {
  static const char *const system[] = { "_dlt_version", "_dlt_loads", "_dlt_pipeline_state",
                                        "_sluice_chunks" };
  struct sl_table_name name = { .dataset = t->dataset };
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < SL_SELFTEST_KINDS; i++) {
    name.table = kinds[i].children;
    rc = sl_sql_drop_table(&t->sql, &name, out, err);
    name.table = kinds[i].table;
    rc = rc == SL_OK ? sl_sql_drop_table(&t->sql, &name, out, err) : rc;
  }
  for (size_t i = 0; rc == SL_OK && i < sizeof system / sizeof system[0]; i++) {
    name.table = system[i];
    rc = sl_sql_drop_table(&t->sql, &name, out, err);
  }
  return rc;
}

static sl_status drop_all(struct sl_target *t, const struct sl_statements *tables,
                          const struct sl_statements *dataset, struct sl_error *err) {
  sl_status rc = sl_target_begin(t, err);
  if (rc == SL_OK) {
    rc = sl_target_execute(t, tables, err);
  }
  if (rc == SL_OK) {
    rc = t->ops->commit(t->destination, err);
  }
  return rc == SL_OK ? sl_target_execute(t, dataset, err) : rc;
}

static sl_status drop_dataset(const char *destination, const char *dataset, struct sl_error *err) {
  struct sl_target t = { .dataset = dataset };
  struct sl_statements tables = { 0 };
  struct sl_statements whole = { 0 };
  sl_status rc = sl_target_open(&t, destination, false, err);
  if (rc == SL_OK) {
    rc = sl_sql_drop_dataset(&t.sql, dataset, &whole, err);
  }
  if (rc == SL_OK && whole.count == 0) {
    rc = put_drops(&t, &tables, err);
  }
  if (rc == SL_OK) {
    rc = drop_all(&t, &tables, &whole, err);
  }
  sl_target_close(&t);
  sl_statements_release(&tables);
  sl_statements_release(&whole);
  return rc;
}

sl_status sl_selftest_drop(const char *destination, const char *dataset, struct sl_error *err) {
  struct sl_buffer folder = { 0 };
  sl_status rc = find_folder(destination, dataset, &folder, err);
  if (rc == SL_OK) {
    rc = folder.length > 0 ? sl_folder_delete(folder.data, err)
                           : drop_dataset(destination, dataset, err);
  }
  sl_buffer_release(&folder);
  return rc == SL_OK ? rc : sl_error_add_context(err, "dropping dataset %s", dataset);
}
