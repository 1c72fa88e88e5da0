/* literals.c - rows by INSERT with literals, as many in one statement as it may hold: for drivers
 * that take no arrays of parameters. */
#include "column/read.h"
#include "odbc_writing.h"

enum { STATEMENT_BYTES = 1 << 20, STATEMENT_ROWS = 1000 /* SQL Server's limit */ };

static sl_status write_value(struct odbc_destination *d, const struct ArrowSchema *column,
                             const struct ArrowArray *array, int64_t row, bool json,
                             struct sl_buffer *out, struct sl_error *err) {
  static const enum sl_type types[] = {
    [SL_READ_NULL] = SL_TYPE_NONE,          [SL_READ_BOOL] = SL_TYPE_BOOL,
    [SL_READ_INT64] = SL_TYPE_BIGINT,       [SL_READ_UINT64] = SL_TYPE_BIGINT,
    [SL_READ_DOUBLE] = SL_TYPE_DOUBLE,      [SL_READ_TEXT] = SL_TYPE_TEXT,
    [SL_READ_BINARY] = SL_TYPE_BINARY,      [SL_READ_DECIMAL] = SL_TYPE_DECIMAL,
    [SL_READ_DATE] = SL_TYPE_DATE,          [SL_READ_TIME] = SL_TYPE_TIME,
    [SL_READ_TIMESTAMP] = SL_TYPE_TIMESTAMP
  };
  struct sl_read_value v = sl_array_read(column, array, row);
  if (v.kind == SL_READ_NESTED || v.kind == SL_READ_UINT64) {
    return sl_fail(err, SL_EUNSUPPORTED,
                   "column %s: values of the Arrow format '%s' cannot be written", column->name,
                   column->format);
  }
  struct sl_value value = { .type = types[v.kind], .zoned = v.zoned };
  switch (v.kind) {
    case SL_READ_BOOL: value.as.boolean = v.as.boolean; break;
    case SL_READ_DOUBLE: value.as.real = v.as.real; break;
    case SL_READ_DECIMAL: value.as.decimal = v.as.decimal; break;
    case SL_READ_TEXT:
      value.type = json ? SL_TYPE_JSON : SL_TYPE_TEXT;
      value.as.text = v.as.text;
      break;
    case SL_READ_BINARY: value.as.text = v.as.text; break;
    default: value.as.integer = v.as.integer; break;
  }
  sl_status rc = v.kind == SL_READ_TEXT ? odbc_out_check_nul(column, v.as.text, err) : SL_OK;
  sl_sql_literal(&d->sql, &value, out);
  return rc;
}

static sl_status write_row(struct odbc_destination *d, const struct sl_sql_target *targets,
                           const struct ArrowSchema *schema, const struct ArrowArray *array,
                           int64_t row, bool first, struct sl_buffer *out, struct sl_error *err) {
  sl_status rc = SL_OK;
  sl_sql_insert_row(&d->sql, first, out);
  for (int64_t c = 0; rc == SL_OK && c < schema->n_children; c++) {
    sl_buffer_text(out, c == 0 ? "" : ", ");
    rc = write_value(d, schema->children[c], array->children[c], row, targets[c].json, out, err);
  }
  sl_sql_insert_row_end(&d->sql, out);
  return rc;
}

sl_status odbc_out_append_literals(struct odbc_destination *d, const struct sl_table_name *name,
                                   const struct sl_sql_target *targets,
                                   const struct ArrowSchema *schema, const struct ArrowArray *array,
                                   struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  sl_status rc = SL_OK;
  int64_t limit = d->capabilities.max_query_length / 2;
  size_t most = limit > 0 && limit < STATEMENT_BYTES ? (size_t)limit : STATEMENT_BYTES;
  for (int64_t row = 0; rc == SL_OK && row < array->length;) {
    sl_buffer_reset(&sql);
    sl_sql_insert_begin(&d->sql, name, targets, (size_t)schema->n_children, &sql);
    for (int n = 0; rc == SL_OK && row < array->length && n < STATEMENT_ROWS && sql.length < most;
         n++, row++) {
      rc = write_row(d, targets, schema, array, row, n == 0, &sql, err);
    }
    if (rc == SL_OK) {
      rc = sl_buffer_check(&sql, err);
    }
    if (rc == SL_OK) {
      rc = odbc_out_run(d, sql.data, "writing rows", err);
      odbc_end(&d->link);
    }
  }
  sl_buffer_release(&sql);
  return rc;
}
