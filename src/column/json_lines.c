/* json_lines.c - see json_lines.h.
 *
 * JSON goes row by row and columns lie one beside the other, so each cell costs one switch; what
 * can be known before (names with their punctuation, widths, scales) is, and the room of all cells
 * of a row but texts is reserved at once. */
#include "column/json_lines.h"

#include <math.h>
#include <stdlib.h>

#include <yyjson.h>

#include "base/hash.h"
#include "base/time.h"
#include "column/batch.h"
#include "column/json_text.h"

enum { CELL_ROOM = 64 }; /* no value but texts takes more: a decimal has up to 41 characters */

enum cell_kind {
  CELL_INT64,
  CELL_INT32,
  CELL_INT16,
  CELL_DOUBLE,
  CELL_BOOL,
  CELL_TEXT,
  CELL_JSON,
  CELL_BINARY,
  CELL_DECIMAL,
  CELL_DATE,
  CELL_TIME,
  CELL_TIMESTAMP,
  CELL_TIMESTAMP_ZONE,
  CELL_FOREIGN /* whatever else Arrow has: by the reader of all types */
};

struct json_column {
  char *name; /* "key": */
  size_t name_length;
  enum cell_kind kind;
  int32_t scale;
  const struct ArrowSchema *schema; /* FOREIGN */
};

struct json_view { /* one column of the array being written */
  const uint8_t *validity;
  const void *values;
  const char *bytes;
  const struct ArrowArray *array;
  int64_t offset;
};

struct sl_json_rows {
  struct sl_json_style style;
  struct json_column *columns;
  struct json_view *views;
  int64_t n;
  size_t row_room;
  yyjson_alc *allocator; /* of the checks of JSON values */
};

static enum cell_kind kind_of(const struct ArrowSchema *schema) {
  static const struct {
    const char *format;
    enum cell_kind kind;
  } exact[] = {
    { "l", CELL_INT64 },  { "i", CELL_INT32 },        { "s", CELL_INT16 },  { "g", CELL_DOUBLE },
    { "b", CELL_BOOL },   { "u", CELL_TEXT },         { "z", CELL_BINARY }, { "tdD", CELL_DATE },
    { "ttu", CELL_TIME }, { "tsu:", CELL_TIMESTAMP },
  };
  const char *format = schema->format;
  if (schema->dictionary != NULL) {
    return CELL_FOREIGN;
  }
  for (size_t i = 0; i < sizeof exact / sizeof exact[0]; i++) {
    if (strcmp(format, exact[i].format) == 0) {
      return exact[i].kind == CELL_TEXT && sl_schema_is_json(schema) ? CELL_JSON : exact[i].kind;
    }
  }
  if (strncmp(format, "tsu:", 4) == 0) {
    return CELL_TIMESTAMP_ZONE;
  }
  const char *scale = strchr(format, ',');
  bool plain = strncmp(format, "d:", 2) == 0 && scale != NULL && scale[1] != '-' &&
               strchr(scale + 1, ',') == NULL && strtol(scale + 1, NULL, 10) <= 38;
  return plain ? CELL_DECIMAL : CELL_FOREIGN;
}

static sl_status prepare_column(struct json_column *column, const struct ArrowSchema *schema,
                                struct sl_error *err) {
  struct sl_buffer name = { 0 };
  sl_put_json_text(&name, schema->name, strlen(schema->name));
  sl_buffer_char(&name, ':');
  column->name_length = name.length;
  column->name = sl_buffer_take(&name);
  column->kind = kind_of(schema);
  column->schema = schema;
  if (column->kind == CELL_DECIMAL) {
    column->scale = sl_decimal_format_scale(schema->format);
  }
  return column->name == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a column") : SL_OK;
}

sl_status sl_json_rows_new(struct sl_json_rows **out, const struct ArrowSchema *schema,
                           const struct sl_json_style *style, struct sl_error *err) {
  struct sl_json_rows *rows = sl_calloc_array(1, sizeof *rows);
  *out = NULL;
  if (rows == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a JSON writer");
  }
  rows->style = *style;
  rows->n = schema->n_children;
  rows->columns = sl_calloc_array((size_t)rows->n, sizeof *rows->columns);
  rows->views = sl_calloc_array((size_t)rows->n, sizeof *rows->views);
  rows->allocator = yyjson_alc_dyn_new();
  rows->row_room = 8;
  sl_status rc = rows->columns == NULL || rows->views == NULL || rows->allocator == NULL
                     ? sl_fail(err, SL_ENOMEM, "out of memory for a JSON writer")
                     : SL_OK;
  for (int64_t i = 0; rc == SL_OK && i < rows->n; i++) {
    rc = prepare_column(&rows->columns[i], schema->children[i], err);
    rows->row_room += rows->columns[i].name_length + CELL_ROOM;
  }
  if (rc != SL_OK) {
    sl_json_rows_free(rows);
    rows = NULL;
  }
  *out = rows;
  return rc;
}

void sl_json_rows_free(struct sl_json_rows *rows) {
  if (rows == NULL) {
    return;
  }
  for (int64_t i = 0; rows->columns != NULL && i < rows->n; i++) {
    free(rows->columns[i].name);
  }
  free(rows->columns);
  free(rows->views);
  yyjson_alc_dyn_free(rows->allocator);
  free(rows);
}

static struct sl_text bytes_at(const struct json_view *view, int64_t at) {
  const int32_t *offsets = view->values;
  return (struct sl_text){ view->bytes + offsets[at], (size_t)(offsets[at + 1] - offsets[at]) };
}

/* Shortest digits that read back the same. */
static void put_double(double value, struct sl_buffer *out) {
  char memory[512]; /* the writer takes all it needs from here */
  yyjson_alc pool;
  yyjson_val number = { 0 };
  size_t length = 0;
  if (!isfinite(value)) {
    sl_buffer_text(out, "null");
    return;
  }
  yyjson_set_real(&number, value);
  const char *text = yyjson_alc_pool_init(&pool, memory, sizeof memory)
                         ? yyjson_val_write_opts(&number, 0, &pool, &length, NULL)
                         : NULL;
  if (text == NULL) {
    out->failed = true;
    return;
  }
  sl_buffer_append(out, text, length);
}

/* A value that is no JSON after all becomes a text. Outside of strings a line break is only a
 * space, inside they are escaped: rows stay on one line. */
static void put_json(struct sl_json_rows *rows, struct sl_text text, struct sl_buffer *out) {
  yyjson_doc *doc = text.length == 0
                        ? NULL
                        : yyjson_read_opts((char *)(uintptr_t)text.data, text.length,
                                           YYJSON_READ_NUMBER_AS_RAW, rows->allocator, NULL);
  if (doc == NULL) {
    sl_put_json_text(out, text.data, text.length);
    return;
  }
  yyjson_doc_free(doc);
  size_t from = out->length;
  sl_buffer_append(out, text.data, text.length);
  if (!out->failed) {
    for (char *at = out->data + from, *end = out->data + out->length; at < end; at++) {
      *at = *at == '\n' || *at == '\r' ? ' ' : *at;
    }
  }
}

static void put_binary(struct sl_text bytes, struct sl_buffer *out) {
  if (sl_buffer_reserve(out, (bytes.length + 2) / 3 * 4 + 3)) {
    char *at = out->data + out->length;
    *at++ = '"';
    at += sl_base64_encode(at, (const uint8_t *)bytes.data, bytes.length, 1);
    *at++ = '"';
    out->length = (size_t)(at - out->data);
  }
}

static size_t put_decimal(char *at, const struct json_view *view, int64_t row, int32_t scale,
                          bool number) {
  struct sl_decimal d = { .scale = scale };
  memcpy(&d.coefficient, (const char *)view->values + row * 16, sizeof d.coefficient);
  if (number) {
    return sl_decimal_print(at, d);
  }
  at[0] = '"';
  size_t n = 1 + sl_decimal_print(at + 1, d);
  at[n++] = '"';
  return n;
}

static size_t put_quoted(char *at, enum cell_kind kind, const void *values, int64_t row) {
  at[0] = '"';
  size_t n = 1;
  if (kind == CELL_DATE) {
    n += sl_date_print(at + n, ((const int32_t *)values)[row]);
  } else if (kind == CELL_TIME) {
    n += sl_time_print(at + n, ((const int64_t *)values)[row]);
  } else {
    n += sl_timestamp_print(at + n, ((const int64_t *)values)[row], kind == CELL_TIMESTAMP_ZONE);
  }
  at[n++] = '"';
  return n;
}

/* One value that is not null. There is room for CELL_ROOM bytes; texts make their own. */
static void put_value(struct sl_json_rows *rows, const struct json_column *column,
                      const struct json_view *view, int64_t row, struct sl_buffer *out) {
  char *at = out->data + out->length;
  int64_t i = row + view->offset;
  switch (column->kind) {
    case CELL_INT64: out->length += sl_put_int64(at, ((const int64_t *)view->values)[i]); break;
    case CELL_INT32: out->length += sl_put_int64(at, ((const int32_t *)view->values)[i]); break;
    case CELL_INT16: out->length += sl_put_int64(at, ((const int16_t *)view->values)[i]); break;
    case CELL_DOUBLE: put_double(((const double *)view->values)[i], out); break;
    case CELL_BOOL: {
      bool value = (((const uint8_t *)view->values)[i >> 3] >> (i & 7) & 1) != 0;
      memcpy(at, value ? "true" : "false", 5);
      out->length += value ? 4 : 5;
      break;
    }
    case CELL_TEXT: {
      struct sl_text text = bytes_at(view, i);
      sl_put_json_text(out, text.data, text.length);
      break;
    }
    case CELL_JSON: put_json(rows, bytes_at(view, i), out); break;
    case CELL_BINARY: put_binary(bytes_at(view, i), out); break;
    case CELL_DECIMAL:
      out->length += put_decimal(at, view, i, column->scale, rows->style.decimal_numbers);
      break;
    case CELL_DATE:
    case CELL_TIME:
    case CELL_TIMESTAMP:
    case CELL_TIMESTAMP_ZONE: out->length += put_quoted(at, column->kind, view->values, i); break;
    case CELL_FOREIGN: sl_array_print_json(column->schema, view->array, row, out); break;
  }
}

static bool is_null(const struct json_column *column, const struct json_view *view, int64_t row) {
  int64_t i = row + view->offset;
  return column->kind != CELL_FOREIGN && view->validity != NULL &&
         (view->validity[i >> 3] >> (i & 7) & 1) == 0;
}

/* Room for all that a row needs but its texts, and for the NUL. */
static bool make_room(const struct sl_json_rows *rows, struct sl_buffer *out) {
  return out->capacity - out->length > rows->row_room || sl_buffer_reserve(out, rows->row_room);
}

static void put_row(struct sl_json_rows *rows, int64_t row, struct sl_buffer *out) {
  if (!make_room(rows, out)) {
    return;
  }
  out->data[out->length++] = '{';
  for (int64_t c = 0; c < rows->n; c++) {
    const struct json_column *column = &rows->columns[c];
    const struct json_view *view = &rows->views[c];
    bool null = is_null(column, view, row);
    if (null && rows->style.omit_nulls) {
      continue;
    }
    memcpy(out->data + out->length, column->name, column->name_length);
    out->length += column->name_length;
    if (null) {
      memcpy(out->data + out->length, "null", 4);
      out->length += 4;
    } else {
      put_value(rows, column, view, row, out);
    }
    if (!make_room(rows, out)) {
      return;
    }
    out->data[out->length++] = ',';
  }
  out->length -= out->data[out->length - 1] == ',';
  out->data[out->length++] = '}';
  out->data[out->length++] = rows->style.after;
  out->data[out->length] = '\0';
}

sl_status sl_json_rows_write(struct sl_json_rows *rows, const struct ArrowArray *array,
                             int64_t from, int64_t to, struct sl_buffer *out,
                             struct sl_error *err) {
  if (array->n_children != rows->n) {
    return sl_fail(err, SL_EINTERNAL, "a batch of %lld columns, and its schema has %lld",
                   (long long)array->n_children, (long long)rows->n);
  }
  for (int64_t c = 0; c < rows->n; c++) {
    const struct ArrowArray *child = array->children[c];
    rows->views[c] = (struct json_view){
      .validity = child->n_buffers > 0 ? child->buffers[0] : NULL,
      .values = child->n_buffers > 1 ? child->buffers[1] : NULL,
      .bytes = child->n_buffers > 2 ? child->buffers[2] : NULL,
      .array = child,
      .offset = child->offset,
    };
  }
  for (int64_t row = from; row < to && !out->failed; row++) {
    put_row(rows, row + array->offset, out);
  }
  return sl_buffer_check(out, err);
}
