/* rows_out.c - the result of a query as Arrow batches, row by row from the server.
 *
 * Values that have a type of ours get it; everything else (a numeric without precision too) is the
 * text that PostgreSQL prints, so no digit is lost. */
#include <errno.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/memory.h"
#include "base/real.h"
#include "base/time.h"
#include "column/batch.h"
#include "postgres_internal.h"
#include "types.h"

enum { BATCH_ROWS = 2048 };

struct query {
  struct pg_destination *destination;
  PGresult *row; /* fetched and not given out yet; NULL = ended */
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

/* "\\x0aff" */
static sl_status append_binary(struct sl_builder *b, const char *text, struct sl_error *err) {
  size_t length = 0;
  unsigned char *bytes = PG(unescapeBytea)((const unsigned char *)text, &length);
  sl_status rc = bytes == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a result")
                               : sl_builder_append_bytes(b, (const char *)bytes, length, err);
  PG(freemem)(bytes);
  return rc;
}

static sl_status append(struct sl_builder *b, const struct sl_field *field, const char *text,
                        size_t length, struct sl_error *err) {
  switch (field->format[0]) {
    case 'l': return sl_builder_append_int64(b, strtoll(text, NULL, 10), err);
    case 'g': return sl_builder_append_double(b, sl_real_parse(text, NULL), err);
    case 'b': return sl_builder_append_bool(b, text[0] == 't', err);
    case 't': return append_time(b, field, text, length, err);
    case 'd': return append_decimal(b, field, text, length, err);
    case 'z': return append_binary(b, text, err);
    default: return sl_builder_append_bytes(b, text, length, err);
  }
}

static int fail(struct query *q, const struct sl_error *err) {
  snprintf(q->error, sizeof q->error, "%s", err->message);
  return EIO;
}

/* The next row, or the end; errors come as a last result. */
static sl_status fetch(struct query *q, struct sl_error *err) {
  q->row = PG(getResult)(q->destination->conn);
  if (q->row == NULL) {
    return SL_OK;
  }
  ExecStatusType status = PG(resultStatus)(q->row);
  if (status == PGRES_SINGLE_TUPLE) {
    return SL_OK;
  }
  PGresult *last = q->row;
  q->row = NULL;
  sl_status rc = SL_OK;
  if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
    PG(clear)(last);
  } else {
    rc = pg_dest_fail(q->destination, last, "reading a result", err);
  }
  while ((last = PG(getResult)(q->destination->conn)) != NULL) {
    PG(clear)(last);
  }
  return rc;
}

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out) {
  struct query *q = stream->private_data;
  return sl_schema_struct(out, q->fields, (size_t)q->n, NULL) == SL_OK ? 0 : ENOMEM;
}

static sl_status take_row(struct query *q, int64_t row, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (int i = 0; rc == SL_OK && i < q->n; i++) {
    struct sl_builder *b = &q->builders[i];
    if (!PG(getisnull)(q->row, 0, i)) {
      rc = sl_builder_pad(b, row, err);
      if (rc == SL_OK) {
        rc = append(b, &q->fields[i], PG(getvalue)(q->row, 0, i),
                    (size_t)PG(getlength)(q->row, 0, i), err);
      }
    }
  }
  PG(clear)(q->row);
  q->row = NULL;
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
  bool unread = q->row != NULL;
  if (unread) {
    char ignored[256];
    PG(clear)(q->row);
    PG(cancel)(q->destination->cancel, ignored, sizeof ignored);
  }
  for (PGresult *r; unread && (r = PG(getResult)(q->destination->conn)) != NULL;) {
    PG(clear)(r);
  }
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

static sl_status describe_columns(struct query *q, const PGresult *result, struct sl_error *err) {
  int n = PG(nfields)(result);
  q->fields = sl_calloc_array((size_t)n, sizeof *q->fields);
  q->names = sl_calloc_array((size_t)n, sizeof *q->names);
  q->builders = sl_calloc_array((size_t)n, sizeof *q->builders);
  q->formats = sl_calloc_array((size_t)n, sizeof *q->formats);
  if (q->formats == NULL || q->fields == NULL || q->names == NULL || q->builders == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a result");
  }
  for (int i = 0; i < n; i++) {
    pg_format_of(PG(ftype)(result, i), PG(fmod)(result, i), q->formats[i]);
    q->names[i] = strdup(PG(fname)(result, i));
    q->builders[i].layout = sl_layout_of(q->formats[i]);
    q->n = i + 1;
    if (q->names[i] == NULL) {
      return sl_fail(err, SL_ENOMEM, "out of memory for a result");
    }
    q->fields[i] =
        (struct sl_field){ .name = q->names[i], .format = q->formats[i], .nullable = true };
  }
  return SL_OK;
}

/* What the first result says: its columns, and whether it is a row. */
static sl_status begin(struct query *q, const char *sql, struct sl_error *err) {
  struct pg_destination *d = q->destination;
  sl_status rc = pg_copy_end(d, NULL, err);
  if (rc != SL_OK) {
    return rc;
  }
  if (PG(sendQuery)(d->conn, sql) != 1 || PG(setSingleRowMode)(d->conn) != 1) {
    return pg_dest_fail(d, NULL, "sending a query", err);
  }
  PGresult *first = PG(getResult)(d->conn);
  ExecStatusType status = PG(resultStatus)(first);
  if (status != PGRES_SINGLE_TUPLE && status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    rc = pg_dest_fail(d, first, "running a query", err);
    for (PGresult *r; (r = PG(getResult)(d->conn)) != NULL;) {
      PG(clear)(r);
    }
    return rc;
  }
  rc = describe_columns(q, first, err);
  if (status == PGRES_SINGLE_TUPLE) {
    q->row = first;
  } else {
    PG(clear)(first);
    for (PGresult *r; (r = PG(getResult)(d->conn)) != NULL;) {
      PG(clear)(r);
    }
  }
  return rc;
}

sl_status pg_dest_query(struct sl_destination *base, const char *sql, struct ArrowArrayStream *out,
                        struct sl_error *err) {
  struct query *q = calloc(1, sizeof *q);
  if (q == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a query");
  }
  q->destination = (struct pg_destination *)base;
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
