/* rows_out.c - the result of a query as Arrow batches, row by row from the server.
 *
 * Values that have a type of ours get it; everything else (a decimal of more than 38 digits too) is
 * the text that the server prints, so no digit is lost. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/memory.h"
#include "base/real.h"
#include "base/time.h"
#include "column/batch.h"
#include "mysql_internal.h"

enum { BATCH_ROWS = 2048 };

struct query {
  struct my_destination *destination;
  MYSQL_RES *result;
  MYSQL_ROW row; /* fetched and not given out yet; NULL = ended */
  struct sl_field *fields;
  char **names;
  char (*formats)[32];
  struct sl_builder *builders;
  int n;
  char error[1024];
};

static sl_status not_shown(const char *text, const char *name, struct sl_error *err) {
  return sl_fail(err, SL_EDEST,
                 "column %s: the value %.60s has no place in a result of its type; "
                 "cast the column to text",
                 name, text);
}

static sl_status append_time(struct sl_builder *b, const struct sl_field *field, const char *text,
                             size_t length, struct sl_error *err) {
  struct sl_iso iso;
  bool read = sl_iso_parse((struct sl_text){ text, length }, &iso);
  if (read && iso.kind == SL_ISO_DATE && b->layout == SL_LAYOUT_INT32) {
    return sl_builder_append_int32(b, iso.days, err);
  }
  bool time = strcmp(field->format, "ttu") == 0;
  return read && iso.kind == (time ? SL_ISO_TIME : SL_ISO_TIMESTAMP)
             ? sl_builder_append_int64(b, iso.micros, err)
             : not_shown(text, field->name, err);
}

static sl_status append_decimal(struct sl_builder *b, const struct sl_field *field,
                                const char *text, size_t length, struct sl_error *err) {
  struct sl_decimal value;
  int32_t scale = (int32_t)strtol(strchr(field->format, ',') + 1, NULL, 10);
  bool read = sl_decimal_parse((struct sl_text){ text, length }, &value);
  while (read && value.scale > scale && value.coefficient % 10 == 0) {
    value.coefficient /= 10;
    value.scale--;
  }
  return read && sl_decimal_rescale(&value, scale)
             ? sl_builder_append_decimal(b, value.coefficient, err)
             : not_shown(text, field->name, err);
}

static sl_status append(struct sl_builder *b, const struct sl_field *field, const char *text,
                        size_t length, struct sl_error *err) {
  switch (field->format[0]) {
    case 'l': return sl_builder_append_int64(b, strtoll(text, NULL, 10), err);
    case 'g': return sl_builder_append_double(b, sl_real_parse(text, NULL), err);
    case 't': return append_time(b, field, text, length, err);
    case 'd': return append_decimal(b, field, text, length, err);
    default: return sl_builder_append_bytes(b, text, length, err);
  }
}

static int fail(struct query *q, const struct sl_error *err) {
  snprintf(q->error, sizeof q->error, "%s", err->message);
  return EIO;
}

/* The next row, or the end. */
static sl_status fetch(struct query *q, struct sl_error *err) {
  struct my_destination *d = q->destination;
  q->row = SL_MYSQL(fetch_row)(q->result);
  if (q->row == NULL) {
    atomic_store(&d->busy, false);
    return SL_MYSQL(errno)(d->mysql) == 0 ? SL_OK : my_fail(d, "reading a result", err);
  }
  return SL_OK;
}

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out) {
  struct query *q = stream->private_data;
  return sl_schema_struct(out, q->fields, (size_t)q->n, NULL) == SL_OK ? 0 : ENOMEM;
}

static sl_status take_row(struct query *q, int64_t row, struct sl_error *err) {
  sl_status rc = SL_OK;
  const unsigned long *lengths = SL_MYSQL(fetch_lengths)(q->result);
  for (int i = 0; rc == SL_OK && i < q->n; i++) {
    struct sl_builder *b = &q->builders[i];
    if (q->row[i] != NULL) {
      rc = sl_builder_pad(b, row, err);
      if (rc == SL_OK) {
        rc = append(b, &q->fields[i], q->row[i], lengths[i], err);
      }
    }
  }
  return rc == SL_OK ? fetch(q, err) : rc;
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *out) {
  struct query *q = stream->private_data;
  struct sl_error err = { 0 };
  int64_t rows = 0;
  sl_status rc = SL_OK;
  *out = (struct ArrowArray){ 0 };
  for (; rc == SL_OK && q->row != NULL && rows < BATCH_ROWS; rows++) {
    rc = take_row(q, rows, &err);
  }
  if (rc != SL_OK || rows == 0) {
    return rc == SL_OK ? 0 : fail(q, &err);
  }
  struct ArrowArray *children = sl_calloc_array((size_t)q->n, sizeof *children);
  rc = children == NULL ? sl_fail(&err, SL_ENOMEM, "out of memory for a result") : SL_OK;
  for (int i = 0; rc == SL_OK && i < q->n; i++) {
    rc = sl_builder_finish(&q->builders[i], rows, &children[i], &err);
  }
  if (rc == SL_OK) {
    rc = sl_array_struct(out, children, (size_t)q->n, rows, &err);
  }
  for (int i = 0; children != NULL && i < q->n; i++) {
    if (children[i].release != NULL) {
      children[i].release(&children[i]);
    }
  }
  free(children);
  return rc == SL_OK ? 0 : fail(q, &err);
}

static const char *get_error(struct ArrowArrayStream *stream) {
  return ((struct query *)stream->private_data)->error;
}

static void release(struct ArrowArrayStream *stream) {
  struct query *q = stream->private_data;
  if (q->row != NULL) { /* the library would read all that is left */
    (void)maria_kill_query(&q->destination->how, q->destination->mysql);
  }
  if (q->result != NULL) {
    SL_MYSQL(free_result)(q->result);
  }
  atomic_store(&q->destination->busy, false);
  for (int i = 0; i < q->n; i++) {
    sl_builder_release(&q->builders[i]);
    free(q->names[i]);
  }
  free(q->builders);
  free(q->names);
  free(q->formats);
  free(q->fields);
  free(q);
  stream->release = NULL;
}

static sl_status describe_columns(struct query *q, struct sl_error *err) {
  unsigned n = SL_MYSQL(num_fields)(q->result);
  const MYSQL_FIELD *from = SL_MYSQL(fetch_fields)(q->result);
  q->fields = sl_calloc_array(n, sizeof *q->fields);
  q->names = sl_calloc_array(n, sizeof *q->names);
  q->builders = sl_calloc_array(n, sizeof *q->builders);
  q->formats = sl_calloc_array(n, sizeof *q->formats);
  if (q->formats == NULL || q->fields == NULL || q->names == NULL || q->builders == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a result");
  }
  for (unsigned i = 0; i < n; i++) {
    my_format_of(&from[i], false, q->formats[i]);
    q->names[i] = strdup(from[i].name);
    q->builders[i].layout = sl_layout_of(q->formats[i]);
    q->n = (int)i + 1;
    if (q->names[i] == NULL) {
      return sl_fail(err, SL_ENOMEM, "out of memory for a result");
    }
    q->fields[i] =
        (struct sl_field){ .name = q->names[i], .format = q->formats[i], .nullable = true };
  }
  return SL_OK;
}

static sl_status begin(struct query *q, const char *sql, struct sl_error *err) {
  struct my_destination *d = q->destination;
  sl_status rc = my_dest_flush(&d->base, err);
  if (rc != SL_OK) {
    return rc;
  }
  atomic_store(&d->busy, true);
  if (SL_MYSQL(real_query)(d->mysql, sql, strlen(sql)) != 0) {
    return my_fail(d, "running a query", err);
  }
  q->result = SL_MYSQL(use_result)(d->mysql);
  if (q->result == NULL) {
    return SL_MYSQL(errno)(d->mysql) != 0
               ? my_fail(d, "running a query", err)
               : sl_fail(err, SL_EUSAGE, "the statement returns no rows, so it is no query");
  }
  rc = describe_columns(q, err);
  return rc == SL_OK ? fetch(q, err) : rc;
}

sl_status my_dest_query(struct sl_destination *base, const char *sql, struct ArrowArrayStream *out,
                        struct sl_error *err) {
  struct query *q = calloc(1, sizeof *q);
  if (q == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a query");
  }
  q->destination = (struct my_destination *)base;
  *out = (struct ArrowArrayStream){ .get_schema = get_schema,
                                    .get_next = get_next,
                                    .get_last_error = get_error,
                                    .release = release,
                                    .private_data = q };
  sl_status rc = begin(q, sql, err);
  if (rc != SL_OK) {
    release(out);
  }
  return rc;
}
