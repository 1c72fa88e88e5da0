/* rows_in.c - a batch into a table: one prepared INSERT, executed for each row, its parameters
 * bound from Arrow's buffers.
 *
 * Firebird would make a number of a text and round what does not fit, so a value goes only into a
 * column of its own kind. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/time.h"
#include "column/read.h"
#include "firebird_internal.h"

enum { LONGEST_INLINE = 32000, LONGEST_SEGMENT = 65535 };

union value { /* of a parameter that is not bytes */
  int64_t integer;
  double real;
  ISC_DATE date;
  ISC_TIME time;
  ISC_TIMESTAMP timestamp;
  ISC_QUAD blob;
  char boolean;
  char text[48];
};

struct appending {
  struct fb_destination *d;
  const struct sl_table_name *name;
  const struct ArrowSchema *schema;
  const struct ArrowArray *array;
  isc_tr_handle transaction;
  struct fb_statement insert;
  XSQLVAR *targets; /* the columns as the table has them */
  union value *values;
  short *nulls;
  char doing[160];
};

/* ---- what fits where ---- */

static sl_status refuse_kind(const struct appending *a, int i, struct sl_error *err) {
  const struct ArrowSchema *column = a->schema->children[i];
  return sl_fail(err, SL_EDEST,
                 "column %s of table %s is of another type now, and values of the kind '%s' would "
                 "not stay the same in it; was it altered by hand?",
                 column->name, a->name->table, column->format);
}

static bool is_text(const XSQLVAR *target) {
  int type = target->sqltype & ~1;
  return type == SQL_BLOB
             ? target->sqlsubtype == isc_blob_text
             : (type == SQL_TEXT || type == SQL_VARYING) && target->sqlsubtype != FB_OCTETS;
}

static bool takes(const XSQLVAR *target, enum sl_read_kind kind) {
  int type = target->sqltype & ~1;
  bool whole = type == SQL_SHORT || type == SQL_LONG || type == SQL_INT64;
  switch (kind) {
    case SL_READ_BOOL: return type == SQL_BOOLEAN;
    case SL_READ_INT64: return whole;
    case SL_READ_DECIMAL: return whole || is_text(target); /* texts: of those that are too long */
    case SL_READ_DOUBLE: return type == SQL_DOUBLE || type == SQL_D_FLOAT;
    case SL_READ_TEXT: return is_text(target);
    case SL_READ_BINARY:
      return !is_text(target) && (type == SQL_BLOB || type == SQL_TEXT || type == SQL_VARYING);
    case SL_READ_DATE: return type == SQL_TYPE_DATE;
    case SL_READ_TIME: return type == SQL_TYPE_TIME;
    case SL_READ_TIMESTAMP: return type == SQL_TIMESTAMP;
    default: return false;
  }
}

/* ---- values ---- */

static void bind(XSQLVAR *p, int type, short length, void *data) {
  p->sqltype = (ISC_SHORT)(type | 1);
  p->sqlscale = 0;
  p->sqllen = length;
  p->sqldata = data;
}

static sl_status write_blob(struct appending *a, struct sl_text bytes, ISC_QUAD *id,
                            struct sl_error *err) {
  ISC_STATUS_ARRAY status;
  isc_blob_handle blob = 0;
  ISC_STATUS code = FB(create_blob2)(status, &a->d->database, &a->transaction, &blob, id, 0, NULL);
  for (size_t at = 0; code == 0 && at < bytes.length;) {
    size_t n = bytes.length - at < LONGEST_SEGMENT ? bytes.length - at : LONGEST_SEGMENT;
    code = FB(put_segment)(status, &blob, (unsigned short)n, bytes.data + at);
    at += n;
  }
  if (code == 0) {
    code = FB(close_blob)(status, &blob);
  }
  if (code == 0) {
    return SL_OK;
  }
  sl_status rc = fb_fail(a->d, status, a->doing, err);
  if (blob != 0) {
    (void)FB(cancel_blob)(status, &blob);
  }
  return rc;
}

static sl_status bind_bytes(struct appending *a, int i, struct sl_text bytes,
                            struct sl_error *err) {
  static char nothing[1];
  XSQLVAR *p = &a->insert.parameters->sqlvar[i];
  if (bytes.length > LONGEST_INLINE && (a->targets[i].sqltype & ~1) == SQL_BLOB) {
    bind(p, SQL_BLOB, sizeof(ISC_QUAD), &a->values[i].blob);
    p->sqlsubtype = a->targets[i].sqlsubtype;
    return write_blob(a, bytes, &a->values[i].blob, err);
  }
  if (bytes.length > INT16_MAX) {
    return sl_fail(err, SL_EDATA,
                   "table %s, column %s: a value of %zu bytes is longer than the "
                   "column allows",
                   a->name->table, a->schema->children[i]->name, bytes.length);
  }
  /* The client library only reads it. */
  bind(p, SQL_TEXT, (short)bytes.length,
       bytes.length == 0 ? nothing : (void *)(uintptr_t)bytes.data);
  return SL_OK;
}

static sl_status bind_decimal(struct appending *a, int i, struct sl_decimal value,
                              struct sl_error *err) {
  union value *v = &a->values[i];
  if (is_text(&a->targets[i])) {
    size_t length = sl_decimal_print(v->text, value);
    return bind_bytes(a, i, (struct sl_text){ v->text, length }, err);
  }
  struct sl_decimal scaled = value;
  int32_t scale = -a->targets[i].sqlscale;
  if (!sl_decimal_rescale(&scaled, scale) ||
      !sl_decimal_to_int64((struct sl_decimal){ scaled.coefficient, 0 }, &v->integer)) {
    char text[48];
    sl_decimal_print(text, value);
    return sl_fail(err, SL_EDATA, "table %s, column %s: %s does not fit its type", a->name->table,
                   a->schema->children[i]->name, text);
  }
  XSQLVAR *p = &a->insert.parameters->sqlvar[i];
  bind(p, SQL_INT64, sizeof v->integer, &v->integer);
  p->sqlscale = (ISC_SHORT)-scale;
  return SL_OK;
}

/* Firebird's times have four digits of a fraction. */
static void warn_fraction(struct appending *a, int i, int64_t micros) {
  if (micros % FB_TIME_UNIT != 0 && !a->d->warned_fractions && a->d->warn != NULL) {
    char text[256];
    snprintf(text, sizeof text,
             "table %.80s, column %.80s: Firebird keeps four digits of a second, the others are "
             "left away",
             a->name->table, a->schema->children[i]->name);
    a->d->warned_fractions = true;
    a->d->warn(a->d->warn_arg, text);
  }
}

static void bind_moment(struct appending *a, int i, const struct sl_read_value *value) {
  XSQLVAR *p = &a->insert.parameters->sqlvar[i];
  union value *v = &a->values[i];
  if (value->kind == SL_READ_DATE) {
    v->date = (ISC_DATE)(value->as.integer + FB_EPOCH_DAYS);
    bind(p, SQL_TYPE_DATE, sizeof v->date, &v->date);
    return;
  }
  int64_t micros = value->as.integer % SL_MICROS_PER_DAY;
  micros += micros < 0 ? SL_MICROS_PER_DAY : 0;
  ISC_TIME time = (ISC_TIME)(micros / FB_TIME_UNIT);
  warn_fraction(a, i, micros);
  if (value->kind == SL_READ_TIME) {
    v->time = time;
    bind(p, SQL_TYPE_TIME, sizeof v->time, &v->time);
  } else {
    int64_t day = (value->as.integer - micros) / SL_MICROS_PER_DAY;
    v->timestamp = (ISC_TIMESTAMP){ (ISC_DATE)(day + FB_EPOCH_DAYS), time };
    bind(p, SQL_TIMESTAMP, sizeof v->timestamp, &v->timestamp);
  }
}

static sl_status bind_value(struct appending *a, int i, int64_t row, struct sl_error *err) {
  XSQLVAR *p = &a->insert.parameters->sqlvar[i];
  union value *v = &a->values[i];
  struct sl_read_value value =
      sl_array_read(a->schema->children[i], a->array->children[i], row + a->array->offset);
  a->nulls[i] = value.kind == SL_READ_NULL ? -1 : 0;
  switch (value.kind) {
    case SL_READ_NULL: return SL_OK; /* as it is bound, which does not matter */
    case SL_READ_BOOL:
      v->boolean = (char)value.as.boolean;
      bind(p, SQL_BOOLEAN, 1, &v->boolean);
      return SL_OK;
    case SL_READ_INT64: return bind_decimal(a, i, (struct sl_decimal){ value.as.integer, 0 }, err);
    case SL_READ_DECIMAL: return bind_decimal(a, i, value.as.decimal, err);
    case SL_READ_DOUBLE:
      v->real = value.as.real;
      bind(p, SQL_DOUBLE, sizeof v->real, &v->real);
      return SL_OK;
    case SL_READ_TEXT:
    case SL_READ_BINARY: return bind_bytes(a, i, value.as.text, err);
    default: bind_moment(a, i, &value); return SL_OK;
  }
}

/* ---- the statement ---- */

static sl_status prepare(struct appending *a, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  int64_t n = a->schema->n_children;
  sl_buffer_text(&sql, "INSERT INTO ");
  sl_sql_table(&a->d->sql, a->name, &sql);
  for (int64_t i = 0; i < n; i++) {
    sl_buffer_text(&sql, i == 0 ? " (" : ", ");
    sl_sql_identifier(&a->d->sql, a->schema->children[i]->name, &sql);
  }
  sl_buffer_text(&sql, ") VALUES (?");
  for (int64_t i = 1; i < n; i++) {
    sl_buffer_text(&sql, ", ?");
  }
  sl_buffer_char(&sql, ')');
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = fb_prepare(a->d, &a->transaction, sql.data, a->doing, &a->insert, err);
  }
  sl_buffer_release(&sql);
  return rc;
}

/* Each parameter is a NULL of its column's type until a value is bound. */
static sl_status match_columns(struct appending *a, struct sl_error *err) {
  static char nothing[64];
  int n = (int)a->schema->n_children;
  a->targets = sl_calloc_array((size_t)n + 1, sizeof *a->targets);
  a->values = sl_calloc_array((size_t)n + 1, sizeof *a->values);
  a->nulls = sl_calloc_array((size_t)n + 1, sizeof *a->nulls);
  if (a->targets == NULL || a->values == NULL || a->nulls == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory %s", a->doing);
  }
  for (int i = 0; i < n; i++) {
    XSQLVAR *p = &a->insert.parameters->sqlvar[i];
    a->targets[i] = *p;
    if (!takes(p, sl_read_kind_of(a->schema->children[i]->format))) {
      return refuse_kind(a, i, err);
    }
    bind(p, SQL_TEXT, 0, nothing);
    p->sqlind = &a->nulls[i];
  }
  return SL_OK;
}

static sl_status write_rows(struct appending *a, struct sl_error *err) {
  ISC_STATUS_ARRAY status;
  sl_status rc = SL_OK;
  for (int64_t row = 0; rc == SL_OK && row < a->array->length; row++) {
    for (int i = 0; rc == SL_OK && i < (int)a->schema->n_children; i++) {
      rc = bind_value(a, i, row, err);
    }
    if (rc == SL_OK && FB(dsql_execute)(status, &a->transaction, &a->insert.handle,
                                        SQL_DIALECT_CURRENT, a->insert.parameters) != 0) {
      rc = fb_fail(a->d, status, a->doing, err);
    }
  }
  return rc;
}

sl_status fb_dest_append(struct sl_destination *base, const struct sl_table_name *name,
                         const struct ArrowSchema *schema, struct ArrowArray *array,
                         struct sl_error *err) {
  struct appending a = {
    .d = (struct fb_destination *)base, .name = name, .schema = schema, .array = array
  };
  snprintf(a.doing, sizeof a.doing, "writing table %.120s", name->table);
  sl_status rc = fb_enter(a.d, &a.transaction, err);
  if (rc == SL_OK) {
    rc = prepare(&a, err);
  }
  if (rc == SL_OK) {
    rc = match_columns(&a, err);
  }
  if (rc == SL_OK) {
    rc = write_rows(&a, err);
  }
  fb_statement_release(&a.insert);
  rc = fb_leave(a.d, &a.transaction, rc, err);
  free(a.targets);
  free(a.values);
  free(a.nulls);
  if (rc == SL_OK) {
    array->release(array);
  }
  return rc;
}
