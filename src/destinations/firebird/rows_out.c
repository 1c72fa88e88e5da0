/* rows_out.c - the result of a query as Arrow batches, row by row. */
#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "firebird_internal.h"

enum { BATCH_BYTES = 64 << 20 };

struct query {
  struct sl_result result; /* first: the stream releases the whole */
  struct fb_destination *destination;
  isc_tr_handle transaction;
  struct fb_statement statement;
  struct sl_buffer blob;
  bool has_row; /* fetched, not given out yet */
};

static int type_of(const XSQLVAR *v) {
  return v->sqltype & ~1;
}

static void format_of(const XSQLVAR *v, char out[32]) {
  const char *format = "u";
  switch (type_of(v)) {
    case SQL_SHORT:
    case SQL_LONG:
    case SQL_INT64: format = "l"; break;
    case SQL_FLOAT:
    case SQL_DOUBLE:
    case SQL_D_FLOAT: format = "g"; break;
    case SQL_BOOLEAN: format = "b"; break;
    case SQL_TYPE_DATE: format = "tdD"; break;
    case SQL_TYPE_TIME: format = "ttu"; break;
    case SQL_TIMESTAMP: format = "tsu:"; break;
    case SQL_BLOB: format = v->sqlsubtype == isc_blob_text ? "u" : "z"; break;
    case SQL_TEXT:
    case SQL_VARYING: format = v->sqlsubtype == FB_OCTETS ? "z" : "u"; break;
    default: break;
  }
  if (format[0] == 'l' && v->sqlscale < 0) {
    snprintf(out, 32, "d:18,%d", -v->sqlscale);
  } else {
    snprintf(out, 32, "%s", format);
  }
}

static sl_status read_blob(struct query *q, const XSQLVAR *v, struct sl_error *err) {
  ISC_STATUS_ARRAY status;
  ISC_QUAD id;
  isc_blob_handle blob = 0;
  char segment[32768];
  unsigned short n = 0;
  memcpy(&id, v->sqldata, sizeof id);
  sl_buffer_reset(&q->blob);
  if (FB(open_blob2)(status, &q->destination->database, &q->transaction, &blob, &id, 0, NULL) !=
      0) {
    return fb_fail(q->destination, status, "reading a value", err);
  }
  ISC_STATUS code = 0;
  while (code == 0 || code == isc_segment) {
    code = FB(get_segment)(status, &blob, &n, sizeof segment, segment);
    if (code == 0 || code == isc_segment) {
      sl_buffer_append(&q->blob, segment, n);
    }
  }
  sl_status rc = code == isc_segstr_eof ? sl_buffer_check(&q->blob, err)
                                        : fb_fail(q->destination, status, "reading a value", err);
  (void)FB(close_blob)(status, &blob);
  return rc;
}

static sl_status append_bytes(struct sl_result_column *c, const char *data, size_t length,
                              struct sl_error *err) {
  bool good = c->format[0] == 'z' || sl_utf8_valid(data, length);
  return good ? sl_builder_append_bytes(&c->values, data, length, err)
              : sl_result_not_shown(c, "(no UTF-8)", err);
}

static int64_t integer_of(const XSQLVAR *v) {
  int16_t small;
  int32_t middle;
  int64_t large;
  switch (type_of(v)) {
    case SQL_SHORT: memcpy(&small, v->sqldata, sizeof small); return small;
    case SQL_LONG: memcpy(&middle, v->sqldata, sizeof middle); return middle;
    default: memcpy(&large, v->sqldata, sizeof large); return large;
  }
}

static double real_of(const XSQLVAR *v) {
  float small;
  double large;
  if (type_of(v) == SQL_FLOAT) {
    memcpy(&small, v->sqldata, sizeof small);
    return (double)small;
  }
  memcpy(&large, v->sqldata, sizeof large);
  return large;
}

static sl_status append_moment(struct sl_result_column *c, const XSQLVAR *v, struct sl_error *err) {
  ISC_DATE day = FB_EPOCH_DAYS;
  ISC_TIME time = 0;
  bool timestamp = type_of(v) == SQL_TIMESTAMP;
  if (timestamp || type_of(v) == SQL_TYPE_DATE) {
    memcpy(&day, v->sqldata, sizeof day);
  }
  if (timestamp || type_of(v) == SQL_TYPE_TIME) {
    memcpy(&time, v->sqldata + (timestamp ? sizeof day : 0), sizeof time);
  }
  int64_t days = (int64_t)day - FB_EPOCH_DAYS;
  return c->format[1] == 'd'
             ? sl_builder_append_int32(&c->values, (int32_t)days, err)
             : sl_builder_append_int64(
                   &c->values, days * SL_MICROS_PER_DAY + (int64_t)time * FB_TIME_UNIT, err);
}

static sl_status append_value(struct query *q, struct sl_result_column *c, const XSQLVAR *v,
                              struct sl_error *err) {
  sl_status rc;
  unsigned short length;
  switch (type_of(v)) {
    case SQL_TEXT: return append_bytes(c, v->sqldata, (size_t)v->sqllen, err);
    case SQL_VARYING:
      memcpy(&length, v->sqldata, sizeof length);
      return append_bytes(c, v->sqldata + sizeof length, length, err);
    case SQL_BLOB:
      rc = read_blob(q, v, err);
      return rc == SL_OK
                 ? append_bytes(c, q->blob.data == NULL ? "" : q->blob.data, q->blob.length, err)
                 : rc;
    case SQL_BOOLEAN: return sl_builder_append_bool(&c->values, v->sqldata[0] != 0, err);
    case SQL_FLOAT:
    case SQL_DOUBLE:
    case SQL_D_FLOAT: return sl_builder_append_double(&c->values, real_of(v), err);
    case SQL_SHORT:
    case SQL_LONG:
    case SQL_INT64:
      return c->format[0] == 'd' ? sl_builder_append_decimal(&c->values, integer_of(v), err)
                                 : sl_builder_append_int64(&c->values, integer_of(v), err);
    case SQL_TYPE_DATE:
    case SQL_TYPE_TIME:
    case SQL_TIMESTAMP: return append_moment(c, v, err);
    default: return sl_result_not_shown(c, "of a type that Sluice does not know", err);
  }
}

static sl_status take_row(struct query *q, int64_t row, size_t *bytes, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < q->result.n; i++) {
    struct sl_result_column *c = &q->result.columns[i];
    if (q->statement.nulls[i] != -1) {
      size_t before = c->values.bytes_length;
      rc = sl_builder_pad(&c->values, row, err);
      rc = rc == SL_OK ? append_value(q, c, &q->statement.row->sqlvar[i], err) : rc;
      *bytes += c->values.bytes_length - before;
    }
  }
  return rc;
}

static sl_status fetch(struct query *q, struct sl_error *err) {
  enum { END = 100 };
  ISC_STATUS_ARRAY status;
  ISC_STATUS code =
      FB(dsql_fetch)(status, &q->statement.handle, SQL_DIALECT_CURRENT, q->statement.row);
  q->has_row = code == 0;
  return code == 0 || code == END ? SL_OK : fb_fail(q->destination, status, "running a query", err);
}

static sl_status fill(struct sl_result *result, int64_t most, int64_t *rows, struct sl_error *err) {
  struct query *q = (struct query *)result;
  size_t bytes = 0;
  sl_status rc = SL_OK;
  while (rc == SL_OK && q->has_row && *rows < most && bytes < BATCH_BYTES) {
    rc = take_row(q, (*rows)++, &bytes, err);
    rc = rc == SL_OK ? fetch(q, err) : rc;
  }
  return rc;
}

static void end(struct sl_result *result) {
  struct query *q = (struct query *)result;
  fb_statement_release(&q->statement);
  (void)fb_leave(q->destination, &q->transaction, SL_OK, NULL); /* nothing was written */
  sl_buffer_release(&q->blob);
}

static sl_status describe_columns(struct query *q, struct sl_error *err) {
  const XSQLDA *row = q->statement.row;
  sl_status rc = sl_result_reserve(&q->result, (size_t)row->sqld, err);
  for (int i = 0; rc == SL_OK && i < row->sqld; i++) {
    const XSQLVAR *v = &row->sqlvar[i];
    struct sl_result_column *column;
    char name[sizeof v->aliasname + 1];
    char format[32];
    snprintf(name, sizeof name, "%.*s", (int)v->aliasname_length, v->aliasname);
    format_of(v, format);
    rc = sl_result_add(&q->result, name, &column, err);
    if (rc == SL_OK) {
      sl_result_set_format(column, format);
    }
  }
  return rc;
}

/* fresh: in a transaction of its own although one is open. */
static sl_status ask(struct fb_destination *d, const char *sql, bool fresh,
                     struct ArrowArrayStream *out, struct sl_error *err) {
  static const char doing[] = "running a query";
  ISC_STATUS_ARRAY status;
  struct query *q = calloc(1, sizeof *q);
  if (q == NULL) {
    sl_fail(err, SL_ENOMEM, "out of memory for a query");
    return SL_ENOMEM;
  }
  q->destination = d;
  q->result.fill = fill;
  q->result.end = end;
  sl_result_stream(&q->result, out);
  sl_status rc = fresh ? fb_start(d, &q->transaction, err) : fb_enter(d, &q->transaction, err);
  if (rc == SL_OK) {
    rc = fb_prepare(d, &q->transaction, sql, doing, &q->statement, err);
  }
  if (rc == SL_OK && FB(dsql_execute)(status, &q->transaction, &q->statement.handle,
                                      SQL_DIALECT_CURRENT, NULL) != 0) {
    rc = fb_fail(d, status, doing, err);
  }
  if (rc == SL_OK) {
    rc = describe_columns(q, err);
  }
  if (rc == SL_OK && q->statement.row->sqld > 0) { /* here a long query takes its time */
    rc = fetch(q, err);
  }
  if (rc != SL_OK) {
    out->release(out);
  }
  return rc;
}

sl_status fb_dest_query(struct sl_destination *base, const char *sql, struct ArrowArrayStream *out,
                        struct sl_error *err) {
  return ask((struct fb_destination *)base, sql, false, out, err);
}

sl_status fb_each_row(struct fb_destination *d, const char *sql, fb_take take, void *arg,
                      struct sl_error *err) {
  struct ArrowArrayStream stream = { 0 };
  struct ArrowSchema schema = { 0 };
  struct ArrowArray array = { 0 };
  sl_status rc = ask(d, sql, true, &stream, err);
  if (rc != SL_OK) {
    return rc;
  }
  bool good = stream.get_schema(&stream, &schema) == 0;
  while (good && rc == SL_OK && (good = stream.get_next(&stream, &array) == 0) &&
         array.release != NULL) {
    for (int64_t row = 0; rc == SL_OK && row < array.length; row++) {
      rc = take(arg, &schema, &array, row, err);
    }
    array.release(&array);
  }
  if (!good) {
    rc = sl_fail(err, SL_EDEST, "%s", stream.get_last_error(&stream));
  }
  if (schema.release != NULL) {
    schema.release(&schema);
  }
  stream.release(&stream);
  return rc;
}
