/* target.c - the columns of the tables that are written, as the database has them. */
#include <stdlib.h>

#include "base/memory.h"
#include "column/batch.h"
#include "postgres_internal.h"
#include "types.h"

void pg_quote(const char *name, struct sl_buffer *out) {
  sl_buffer_char(out, '"');
  for (const char *c = name; *c != '\0'; c++) {
    sl_buffer_text(out, *c == '"' ? "\"" : "");
    sl_buffer_char(out, *c);
  }
  sl_buffer_char(out, '"');
}

void pg_qualified(const struct sl_table_name *name, struct sl_buffer *out) {
  if (name->temporary) {
    sl_buffer_text(out, "pg_temp");
  } else {
    pg_quote(name->dataset, out);
  }
  sl_buffer_char(out, '.');
  pg_quote(name->table, out);
}

static void release(struct pg_target *t) {
  for (size_t i = 0; i < t->n_columns; i++) {
    free(t->columns[i].name);
  }
  free(t->columns);
  free(t->qualified);
  *t = (struct pg_target){ 0 };
}

void pg_targets_forget(struct pg_destination *d) {
  for (size_t i = 0; i < d->n_targets; i++) {
    release(&d->targets[i]);
  }
  d->n_targets = 0;
}

static sl_status read_columns(struct pg_destination *d, struct pg_target *t, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  PGresult *result = NULL;
  sl_buffer_printf(&sql, "SELECT * FROM %s LIMIT 0", t->qualified);
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = pg_dest_run(d, sql.data, "looking at a table", &result, err);
  }
  int n = rc == SL_OK ? PG(nfields)(result) : 0;
  if (rc == SL_OK) {
    t->columns = sl_calloc_array((size_t)n, sizeof *t->columns);
    rc = t->columns == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for %d columns", n) : SL_OK;
  }
  for (int i = 0; rc == SL_OK && i < n; i++) {
    struct pg_column *c = &t->columns[t->n_columns++];
    *c = (struct pg_column){ .name = strdup(PG(fname)(result, i)),
                             .type = PG(ftype)(result, i),
                             .modifier = PG(fmod)(result, i) };
    rc = c->name == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a column") : SL_OK;
  }
  if (result != NULL) {
    PG(clear)(result);
  }
  sl_buffer_release(&sql);
  return rc;
}

sl_status pg_target_get(struct pg_destination *d, const struct sl_table_name *name,
                        struct pg_target **out, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  pg_qualified(name, &text);
  char *qualified = sl_buffer_take(&text);
  if (qualified == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for the name of table %s", name->table);
  }
  for (size_t i = 0; i < d->n_targets; i++) {
    if (strcmp(d->targets[i].qualified, qualified) == 0) {
      free(qualified);
      *out = &d->targets[i];
      return SL_OK;
    }
  }
  struct pg_target target = { .qualified = qualified };
  sl_status rc =
      sl_grow(&d->targets, &d->targets_capacity, d->n_targets + 1, sizeof *d->targets, err);
  if (rc == SL_OK) {
    rc = read_columns(d, &target, err);
  }
  if (rc != SL_OK) {
    release(&target);
    return rc;
  }
  d->targets[d->n_targets] = target;
  *out = &d->targets[d->n_targets++];
  return SL_OK;
}

void pg_format_of(Oid type, int modifier, char out[32]) {
  static const struct {
    Oid type;
    const char *format;
  } formats[] = {
    { PG_BOOL, "b" },
    { PG_BYTEA, "z" },
    { PG_INT8, "l" },
    { PG_INT4, "l" },
    { PG_INT2, "l" },
    { PG_FLOAT4, "g" },
    { PG_FLOAT8, "g" },
    { PG_DATE, "tdD" },
    { PG_TIME, "ttu" },
    { PG_TIMESTAMP, "tsu:" },
    { PG_TIMESTAMPTZ, "tsu:UTC" },
  };
  snprintf(out, 32, "u");
  for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
    if (formats[i].type == type) {
      snprintf(out, 32, "%s", formats[i].format);
    }
  }
  if (type == PG_NUMERIC && modifier >= 4) { /* the modifier packs precision and scale */
    int precision = (modifier - 4) >> 16 & 0xffff;
    int scale = (modifier - 4) & 0x7ff;
    bool wei = precision > 38; /* numeric(156,78), as dlt makes it */
    snprintf(out, 32, "d:%d,%d", wei ? 38 : precision, wei || scale > 38 ? 0 : scale);
  }
}

static const char columns_of[] =
    "SELECT a.attname, a.atttypid, a.atttypmod, a.attnotnull FROM pg_attribute a "
    "WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";

static sl_status build_schema(const PGresult *result, struct ArrowSchema *out,
                              struct sl_error *err) {
  int n = PG(ntuples)(result);
  struct sl_field *fields = sl_calloc_array((size_t)n, sizeof *fields);
  char(*formats)[32] = sl_calloc_array((size_t)n, sizeof *formats);
  sl_status rc = fields == NULL || formats == NULL
                     ? sl_fail(err, SL_ENOMEM, "out of memory for %d columns", n)
                     : SL_OK;
  for (int i = 0; rc == SL_OK && i < n; i++) {
    Oid type = (Oid)strtoul(PG(getvalue)(result, i, 1), NULL, 10);
    pg_format_of(type, (int)strtol(PG(getvalue)(result, i, 2), NULL, 10), formats[i]);
    fields[i] = (struct sl_field){ .name = PG(getvalue)(result, i, 0),
                                   .format = formats[i],
                                   .nullable = PG(getvalue)(result, i, 3)[0] != 't' };
  }
  if (rc == SL_OK) {
    rc = sl_schema_struct(out, fields, (size_t)n, err);
  }
  for (int i = 0; rc == SL_OK && i < n; i++) {
    unsigned long type = strtoul(PG(getvalue)(result, i, 1), NULL, 10);
    if (type == PG_JSON || type == PG_JSONB) {
      sl_schema_mark_json(out->children[i]);
    }
  }
  free(fields);
  free(formats);
  return rc;
}

sl_status pg_dest_describe(struct sl_destination *base, const struct sl_table_name *name,
                           struct ArrowSchema *out, struct sl_error *err) {
  struct pg_destination *d = (struct pg_destination *)base;
  struct sl_buffer text = { 0 };
  *out = (struct ArrowSchema){ 0 };
  pg_qualified(name, &text);
  sl_status rc = sl_buffer_check(&text, err);
  if (rc == SL_OK) {
    rc = pg_copy_end(d, NULL, err);
  }
  if (rc != SL_OK) {
    sl_buffer_release(&text);
    return rc;
  }
  const char *const values[] = { text.data };
  PGresult *result = PG(execParams)(d->conn, columns_of, 1, NULL, values, NULL, NULL, 0);
  if (PG(resultStatus)(result) != PGRES_TUPLES_OK) {
    rc = pg_dest_fail(d, result, "looking at a table", err);
  } else {
    rc = PG(ntuples)(result) > 0 ? build_schema(result, out, err) : SL_OK;
    PG(clear)(result);
  }
  sl_buffer_release(&text);
  return rc;
}
