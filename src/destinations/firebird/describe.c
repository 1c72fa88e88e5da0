/* describe.c - the columns of a stored table, from Firebird's system tables. */
#include <stdio.h>
#include <stdlib.h>

#include "column/read.h"
#include "firebird_internal.h"

struct columns {
  struct sl_arena texts;
  struct sl_field *fields;
  size_t n, capacity;
};

enum answer { NAME, TYPE, SUBTYPE, PRECISION, SCALE, CHARSET, NOT_NULL };
static const char query[] =
    "SELECT TRIM(TRAILING FROM r.RDB$FIELD_NAME), f.RDB$FIELD_TYPE, "
    "COALESCE(f.RDB$FIELD_SUB_TYPE, 0), COALESCE(f.RDB$FIELD_PRECISION, 0), "
    "COALESCE(f.RDB$FIELD_SCALE, 0), COALESCE(f.RDB$CHARACTER_SET_ID, 0), "
    "COALESCE(r.RDB$NULL_FLAG, f.RDB$NULL_FLAG, 0) "
    "FROM RDB$RELATION_FIELDS r JOIN RDB$FIELDS f ON f.RDB$FIELD_NAME = r.RDB$FIELD_SOURCE "
    "WHERE r.RDB$RELATION_NAME = ";

/* What is not here is shown as text; rows for it are refused. */
static const struct {
  int64_t type; /* RDB$FIELD_TYPE */
  const char *format;
} formats[] = {
  { 7, "s" },  { 8, "i" },    { 16, "l" },   { 10, "f" },    { 27, "g" },
  { 23, "b" }, { 12, "tdD" }, { 13, "ttu" }, { 35, "tsu:" },
};
enum { BLOB = 261, BLOB_TEXT = 1, CHAR = 14, VARCHAR = 37, SHORT = 7, LONG = 8, INT64 = 16 };

static void format_of(const int64_t *is, char out[32]) {
  bool bytes = is[TYPE] == BLOB
                   ? is[SUBTYPE] != BLOB_TEXT
                   : (is[TYPE] == CHAR || is[TYPE] == VARCHAR) && is[CHARSET] == FB_OCTETS;
  bool whole = is[TYPE] == SHORT || is[TYPE] == LONG || is[TYPE] == INT64;
  snprintf(out, 32, "%s", bytes ? "z" : "u");
  for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
    if (is[TYPE] == formats[i].type) {
      snprintf(out, 32, "%s", formats[i].format);
    }
  }
  if (whole && (is[SUBTYPE] != 0 || is[SCALE] != 0)) { /* NUMERIC or DECIMAL */
    snprintf(out, 32, "d:%d,%d", is[PRECISION] == 0 ? 18 : (int)is[PRECISION], (int)-is[SCALE]);
  }
}

static sl_status add_column(void *arg, const struct ArrowSchema *schema,
                            const struct ArrowArray *array, int64_t row, struct sl_error *err) {
  struct columns *c = arg;
  int64_t is[NOT_NULL + 1] = { 0 };
  char format[32];
  for (int i = TYPE; i <= NOT_NULL; i++) {
    is[i] = sl_array_read(schema->children[i], array->children[i], row).as.integer;
  }
  struct sl_text name = sl_array_read(schema->children[NAME], array->children[NAME], row).as.text;
  format_of(is, format);
  sl_status rc = sl_grow(&c->fields, &c->capacity, c->n + 1, sizeof *c->fields, err);
  if (rc != SL_OK) {
    return rc;
  }
  struct sl_field field = { sl_arena_copy(&c->texts, name.data, name.length),
                            sl_arena_copy(&c->texts, format, strlen(format)), is[NOT_NULL] == 0 };
  if (field.name == NULL || field.format == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for columns");
  }
  c->fields[c->n++] = field;
  return SL_OK;
}

/* No such table is no error: out->release stays NULL. */
sl_status fb_dest_describe(struct sl_destination *base, const struct sl_table_name *name,
                           struct ArrowSchema *out, struct sl_error *err) {
  struct fb_destination *d = (struct fb_destination *)base;
  struct columns columns = { 0 };
  struct sl_buffer table = { 0 };
  struct sl_buffer sql = { 0 };
  *out = (struct ArrowSchema){ 0 };
  sl_sql_stored_table(&d->sql, name, &table);
  sl_status rc = sl_buffer_check(&table, err);
  if (rc == SL_OK) {
    sl_buffer_text(&sql, query);
    sl_sql_text_literal(&d->sql, table.data, table.length, &sql);
    sl_buffer_text(&sql, " ORDER BY r.RDB$FIELD_POSITION");
    rc = sl_buffer_check(&sql, err);
  }
  if (rc == SL_OK) {
    rc = fb_each_row(d, sql.data, add_column, &columns, err);
  }
  if (rc == SL_OK && columns.n > 0) {
    rc = sl_schema_struct(out, columns.fields, columns.n, err);
  }
  sl_buffer_release(&table);
  sl_buffer_release(&sql);
  free(columns.fields);
  sl_arena_release(&columns.texts);
  return rc;
}
