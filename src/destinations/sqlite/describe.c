/* describe.c - the columns of a stored table, by their declared types. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/memory.h"
#include "column/batch.h"
#include "sqlite_internal.h"

void sqlite_dest_type(const char *declared, enum sqlite_kind *kind, char format[24]) {
  bool sampled;
  sqlite_type_of(declared, kind, format, &sampled);
  if (*kind == SQLITE_KIND_TIMESTAMP && declared != NULL &&
      strcasecmp(declared, "TIMESTAMP") == 0) {
    snprintf(format, 24, "tsu:UTC");
  }
}

struct columns {
  struct sl_arena texts;
  struct sl_field *fields;
  bool *json;
  size_t n, capacity, json_capacity;
};

/* A row of PRAGMA table_xinfo: cid, name, type, notnull, dflt_value, pk, hidden. */
static sl_status add_column(struct columns *c, sqlite3_stmt *row, struct sl_error *err) {
  const char *name = (const char *)SL_SQLITE(column_text)(row, 1);
  const char *declared = (const char *)SL_SQLITE(column_text)(row, 2);
  enum sqlite_kind kind;
  char format[24];
  sqlite_dest_type(declared, &kind, format);
  if (kind == SQLITE_KIND_NONE) {
    snprintf(format, sizeof format, "u");
  }
  sl_status rc = sl_grow(&c->fields, &c->capacity, c->n + 1, sizeof *c->fields, err);
  if (rc == SL_OK) {
    rc = sl_grow(&c->json, &c->json_capacity, c->n + 1, sizeof *c->json, err);
  }
  char *kept_name = name == NULL ? NULL : sl_arena_copy(&c->texts, name, strlen(name));
  char *kept_format = sl_arena_copy(&c->texts, format, strlen(format));
  if (rc == SL_OK && (kept_name == NULL || kept_format == NULL)) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for columns");
  }
  if (rc == SL_OK) {
    c->json[c->n] = kind == SQLITE_KIND_JSON;
    c->fields[c->n++] = (struct sl_field){
      .name = kept_name,
      .format = kept_format,
      .nullable = SL_SQLITE(column_int64)(row, 3) == 0,
    };
  }
  return rc;
}

static sl_status read_columns(struct sqlite_destination *d, const char *sql, struct columns *c,
                              struct sl_error *err) {
  static const char doing[] = "looking at a table";
  sqlite3_stmt *statement;
  int code = SQLITE_DONE;
  sl_status rc = sqlite_dest_prepare(d, sql, doing, &statement, err);
  while (rc == SL_OK && (code = SL_SQLITE(step)(statement)) == SQLITE_ROW) {
    rc = add_column(c, statement, err);
  }
  if (rc == SL_OK && code != SQLITE_DONE) {
    rc = sqlite_dest_fail(d, code, doing, err);
  }
  SL_SQLITE(finalize)(statement);
  return rc;
}

sl_status sqlite_dest_describe(struct sl_destination *base, const struct sl_table_name *name,
                               struct ArrowSchema *out, struct sl_error *err) {
  struct sqlite_destination *d = (struct sqlite_destination *)base;
  struct columns columns = { 0 };
  struct sl_buffer sql = { 0 };
  bool found = true;
  *out = (struct ArrowSchema){ 0 };
  sl_status rc = name->temporary ? SL_OK : sqlite_dataset_use(d, name->dataset, &found, err);
  if (rc != SL_OK || !found) {
    return rc;
  }
  sl_buffer_text(&sql, "PRAGMA ");
  sl_sql_identifier(&d->sql, name->temporary ? "temp" : name->dataset, &sql);
  sl_buffer_text(&sql, ".table_xinfo(");
  sl_sql_identifier(&d->sql, name->table, &sql);
  sl_buffer_char(&sql, ')');
  rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = read_columns(d, sql.data, &columns, err);
  }
  if (rc == SL_OK && columns.n > 0) {
    rc = sl_schema_struct(out, columns.fields, columns.n, err);
  }
  for (size_t i = 0; rc == SL_OK && i < columns.n; i++) {
    if (columns.json[i]) {
      sl_schema_mark_json(out->children[i]);
    }
  }
  sl_buffer_release(&sql);
  free(columns.fields);
  free(columns.json);
  sl_arena_release(&columns.texts);
  return rc;
}
