/* result.c - see result.h. */
#include "column/result.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/real.h"
#include "base/time.h"

enum { BATCH_ROWS = 2048 };

sl_status sl_result_reserve(struct sl_result *result, size_t n, struct sl_error *err) {
  result->columns = sl_calloc_array(n + 1, sizeof *result->columns);
  return result->columns == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a result") : SL_OK;
}

sl_status sl_result_add(struct sl_result *result, const char *name, struct sl_result_column **out,
                        struct sl_error *err) {
  struct sl_result_column *column = &result->columns[result->n];
  column->name = strdup(name);
  if (column->name == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a result");
  }
  result->n++;
  *out = column;
  return SL_OK;
}

void sl_result_set_format(struct sl_result_column *column, const char *format) {
  snprintf(column->format, sizeof column->format, "%s", format);
  column->values.layout = sl_layout_of(format);
}

sl_status sl_result_not_shown(const struct sl_result_column *column, const char *text,
                              struct sl_error *err) {
  return sl_fail(err, SL_EDEST,
                 "column %s: the value '%.60s' has no place in a result of its type; cast the "
                 "column to text in the query",
                 column->name, text);
}

static sl_status append_moment(struct sl_result_column *c, struct sl_text text,
                               struct sl_error *err) {
  struct sl_iso iso;
  bool read = sl_iso_parse(text, &iso);
  if (read && c->format[1] == 'd' && iso.kind != SL_ISO_TIME) { /* or midnight of the day */
    int32_t days = iso.kind == SL_ISO_DATE ? iso.days : (int32_t)(iso.micros / SL_MICROS_PER_DAY);
    return sl_builder_append_int32(&c->values, days, err);
  }
  enum sl_iso_kind wanted = c->format[1] == 't' ? SL_ISO_TIME : SL_ISO_TIMESTAMP;
  return read && iso.kind == wanted ? sl_builder_append_int64(&c->values, iso.micros, err)
                                    : sl_result_not_shown(c, text.data, err);
}

static sl_status append_decimal(struct sl_result_column *c, struct sl_text text,
                                struct sl_error *err) {
  struct sl_decimal value;
  bool read = sl_decimal_parse(text, &value);
  return read && sl_decimal_rescale(&value, sl_decimal_format_scale(c->format))
             ? sl_builder_append_decimal(&c->values, value.coefficient, err)
             : sl_result_not_shown(c, text.data, err);
}

sl_status sl_result_append(struct sl_result_column *c, int64_t row, struct sl_text text,
                           struct sl_error *err) {
  struct sl_builder *b = &c->values;
  sl_status rc = sl_builder_pad(b, row, err);
  if (rc != SL_OK) {
    return rc;
  }
  switch (c->format[0]) {
    case 'l': return sl_builder_append_int64(b, strtoll(text.data, NULL, 10), err);
    case 'g': return sl_builder_append_double(b, sl_real_parse(text.data, NULL), err);
    case 'b':
      return sl_builder_append_bool(b, text.length > 0 && strchr("1tTyY", text.data[0]) != NULL,
                                    err);
    case 't': return append_moment(c, text, err);
    case 'd': return append_decimal(c, text, err);
    default: return sl_builder_append_bytes(b, text.data, text.length, err);
  }
}

static int fail(struct sl_result *r, const struct sl_error *err) {
  snprintf(r->error, sizeof r->error, "%s", err->message);
  return EIO;
}

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out) {
  struct sl_result *r = stream->private_data;
  struct sl_error err = { 0 };
  struct sl_field *fields = sl_calloc_array(r->n + 1, sizeof *fields);
  for (size_t i = 0; fields != NULL && i < r->n; i++) {
    fields[i] = (struct sl_field){ r->columns[i].name, r->columns[i].format, true };
  }
  sl_status rc = fields == NULL ? sl_fail(&err, SL_ENOMEM, "out of memory for a result")
                                : sl_schema_struct(out, fields, r->n, &err);
  for (size_t i = 0; rc == SL_OK && i < r->n; i++) {
    if (r->columns[i].json) {
      sl_schema_mark_json(out->children[i]);
    }
  }
  free(fields);
  return rc == SL_OK ? 0 : fail(r, &err);
}

static sl_status finish_batch(struct sl_result *r, int64_t rows, struct ArrowArray *out,
                              struct sl_error *err) {
  struct ArrowArray *children = sl_calloc_array(r->n + 1, sizeof *children);
  sl_status rc = children == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a result") : SL_OK;
  for (size_t i = 0; rc == SL_OK && i < r->n; i++) {
    rc = sl_builder_finish(&r->columns[i].values, rows, &children[i], err);
  }
  if (rc == SL_OK) {
    rc = sl_array_struct(out, children, r->n, rows, err);
  }
  for (size_t i = 0; children != NULL && i < r->n; i++) {
    if (children[i].release != NULL) {
      children[i].release(&children[i]);
    }
  }
  free(children);
  return rc;
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *out) {
  struct sl_result *r = stream->private_data;
  struct sl_error err = { 0 };
  int64_t rows = 0;
  *out = (struct ArrowArray){ 0 };
  sl_status rc = r->fill(r, BATCH_ROWS, &rows, &err);
  if (rc == SL_OK && rows > 0) {
    rc = finish_batch(r, rows, out, &err);
  }
  return rc == SL_OK ? 0 : fail(r, &err);
}

static const char *get_error(struct ArrowArrayStream *stream) {
  return ((struct sl_result *)stream->private_data)->error;
}

static void release(struct ArrowArrayStream *stream) {
  struct sl_result *r = stream->private_data;
  r->end(r);
  for (size_t i = 0; i < r->n; i++) {
    sl_builder_release(&r->columns[i].values);
    free(r->columns[i].name);
  }
  free(r->columns);
  free(r);
  stream->release = NULL;
}

void sl_result_stream(struct sl_result *result, struct ArrowArrayStream *out) {
  *out = (struct ArrowArrayStream){ .get_schema = get_schema,
                                    .get_next = get_next,
                                    .get_last_error = get_error,
                                    .release = release,
                                    .private_data = result };
}
