/* written_rows.c - the tables and rows that destinations are given: every type, with its extremes.
 */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "column/batch.h"
#include "contract/writing.h"
#include "schema/arrow_format.h"

/* ---- tables ---- */

static const struct column_case {
  const char *name; /* names that must be quoted, too */
  enum sl_type type;
  int32_t precision, scale;
  int8_t timezone;
} every_type[] = {
  { "id", SL_TYPE_BIGINT, -1, -1, -1 },
  { "text", SL_TYPE_TEXT, -1, -1, -1 },
  { "a double", SL_TYPE_DOUBLE, -1, -1, -1 },
  { "bool", SL_TYPE_BOOL, -1, -1, -1 },
  { "timestamp", SL_TYPE_TIMESTAMP, -1, -1, -1 },
  { "naive \"timestamp\"", SL_TYPE_TIMESTAMP, -1, -1, 0 },
  { "bigint", SL_TYPE_BIGINT, -1, -1, -1 },
  { "int16", SL_TYPE_BIGINT, 16, -1, -1 },
  { "int32", SL_TYPE_BIGINT, 32, -1, -1 },
  { "binary", SL_TYPE_BINARY, -1, -1, -1 },
  { "json", SL_TYPE_JSON, -1, -1, -1 },
  { "decimal", SL_TYPE_DECIMAL, -1, -1, -1 },
  { "decimal_4_1", SL_TYPE_DECIMAL, 4, 1, -1 },
  { "decimal_9_9", SL_TYPE_DECIMAL, 9, 9, -1 },
  { "decimal_18_4", SL_TYPE_DECIMAL, 18, 4, -1 },
  { "wei", SL_TYPE_WEI, -1, -1, -1 },
  { "date", SL_TYPE_DATE, -1, -1, -1 },
  { "time", SL_TYPE_TIME, -1, -1, -1 },
  { "select", SL_TYPE_TEXT, -1, -1, -1 },
  { "gr\xC3\xB6\xC3\x9F"
    "e",
    SL_TYPE_DOUBLE, -1, -1, -1 },
};

static const struct column_case few[] = {
  { "id", SL_TYPE_BIGINT, -1, -1, -1 },
  { "name", SL_TYPE_TEXT, -1, -1, -1 },
  { "amount", SL_TYPE_DECIMAL, 18, 4, -1 },
};

static void add_table(struct sl_schema *schema, const char *name, const struct column_case *cases,
                      size_t n) {
  struct sl_error err;
  struct sl_table *table;
  if (sl_schema_add_table(schema, name, &table, &err) != SL_OK) {
    abort(); /* only without memory */
  }
  for (size_t i = 0; i < n; i++) {
    struct sl_column *column;
    if (sl_table_add_column(table, cases[i].name, &column, &err) != SL_OK) {
      abort();
    }
    column->type = cases[i].type;
    column->precision = cases[i].precision;
    column->scale = cases[i].scale;
    column->timezone = cases[i].timezone;
    column->nullable = i > 0;
    column->nullable_stated = true;
  }
}

struct sl_schema *writing_schema(void) {
  struct sl_schema *schema;
  struct sl_error err;
  if (sl_schema_new(&schema, "contract", &err) != SL_OK) {
    abort();
  }
  add_table(schema, "every type", every_type, sizeof every_type / sizeof every_type[0]);
  add_table(schema, "few", few, sizeof few / sizeof few[0]);
  return schema;
}

struct sl_table_name writing_name(const struct sl_table *table) {
  return (struct sl_table_name){ .dataset = CONTRACT_DATASET, .table = table->name };
}

/* ---- values ---- */

static const int64_t integers[] = { 0, 1, -1, 255, -256, INT64_MAX, INT64_MIN, INT64_MIN + 1 };
static const double doubles[] = { 0.0,      -0.0,          1.5,      -1e-300, DBL_MAX,
                                  -DBL_MAX, DBL_MIN,       5e-324,   0.1,     1.0 / 3,
                                  1e22,     123456789.125, INFINITY, NAN,     -INFINITY };
enum { FINITE_DOUBLES = 12 };
static const int32_t days[] = { 0, -1, 19000, -719162 /* 0001-01-01 */, 2932896 /* 9999-12-31 */ };
static const int64_t times[] = { 0, 1, 43200000000, 86399999999, 59999999 };
static const int64_t moments[] = { 0,
                                   -1,
                                   1700000000123456,
                                   INT64_C(-719162) * 86400000000,
                                   INT64_C(2932897) * 86400000000 - 1,
                                   -62135596799999999 };
#define TEXT(s) \
  { s, sizeof(s) - 1 }
static const struct sl_text texts[] = {
  TEXT(""),
  TEXT("twelve bytes"),
  TEXT("thirteen char"),
  TEXT("it's \"quoted\" `all` ways; -- /* no comment */"),
  TEXT("back\\slash \\n \\0 %s {} ?"),
  TEXT("lines\r\nand\ttabs "),
  TEXT("\xF0\x9F\x90\x9A \xE4\xB8\xAD\xE6\x96\x87 \xC3\xA9 e\xCC\x81"),
  TEXT("NULL"),
  TEXT("\\N"),
  TEXT("nul \0 inside"), /* last: left out where texts hold none */
};
enum { TEXTS = sizeof texts / sizeof texts[0] };
static const char *const jsons[] = { "{\"a\":[1,2.5,null,{\"b\":\"\xC3\xA9'\\\"\"}]}", "[]", "null",
                                     "\"text\"", "12345678901234567890123" };

static void must(sl_status rc) {
  if (rc != SL_OK) {
    abort(); /* builders fail only without memory */
  }
}

static sl_int128 power_of_ten(int32_t n) {
  sl_int128 p = 1;
  while (n-- > 0) {
    p *= 10;
  }
  return p;
}

static void add_decimal(struct sl_builder *b, const char *format, size_t i) {
  struct sl_error err;
  sl_int128 most = power_of_ten((int32_t)strtol(format + 2, NULL, 10)) - 1;
  const sl_int128 values[] = { 0, most, -most, 1, -1, most / 3 };
  must(sl_builder_append_decimal(b, values[i % 6], &err));
}

static void add_text(struct sl_builder *b, const struct destination_place *place, size_t i) {
  struct sl_error err;
  static char long_text[70000]; /* more than fits into one page of anything */
  memset(long_text, 'x', sizeof long_text);
  size_t n = TEXTS - (place->no_nul ? 1 : 0);
  if (i % 500 == 499) {
    must(sl_builder_append_bytes(b, long_text, sizeof long_text, &err));
  } else {
    must(sl_builder_append_bytes(b, texts[i % n].data, texts[i % n].length, &err));
  }
}

static void add_binary(struct sl_builder *b, size_t i) {
  struct sl_error err;
  char bytes[256];
  for (size_t k = 0; k < sizeof bytes; k++) {
    bytes[k] = (char)(k + i);
  }
  must(sl_builder_append_bytes(b, bytes, i % sizeof bytes, &err));
}

static void add_integer(struct sl_builder *b, const struct sl_column *column, size_t i) {
  struct sl_error err;
  int64_t value = integers[i % 8];
  if (column->precision == 16) {
    value = i % 3 == 0 ? INT16_MIN : i % 3 == 1 ? INT16_MAX : (int16_t)i;
  } else if (column->precision == 32) {
    value = i % 3 == 0 ? INT32_MIN : i % 3 == 1 ? INT32_MAX : (int32_t)i;
  }
  must(sl_builder_append_int64(b, value, &err));
}

/* Fractions of seconds that the database does not keep are not asked of it. */
static int64_t at_precision(int64_t micros, const struct sl_capabilities *caps) {
  int64_t unit = 1;
  for (int p = caps->timestamp_precision; p < 6; p++) {
    unit *= 10;
  }
  return micros - ((micros % unit) + unit) % unit;
}

static void add_value(struct sl_builder *b, const struct opened_destination *o,
                      const struct sl_column *column, const char *format, size_t i) {
  struct sl_error err;
  const struct sl_capabilities *caps = o->sql.capabilities;
  switch (column->type) {
    case SL_TYPE_TEXT: add_text(b, o->place, i); break;
    case SL_TYPE_DOUBLE: {
      size_t n = o->place->no_infinity ? FINITE_DOUBLES : sizeof doubles / sizeof doubles[0];
      double value = doubles[i % n];
      /* -0.0 + 0.0 is 0.0 */
      must(sl_builder_append_double(b, o->place->no_negative_zero ? value + 0.0 : value, &err));
      break;
    }
    case SL_TYPE_BOOL: must(sl_builder_append_bool(b, i % 2 == 0, &err)); break;
    case SL_TYPE_TIMESTAMP:
      must(sl_builder_append_int64(b, at_precision(moments[i % 6], caps), &err));
      break;
    case SL_TYPE_BIGINT: add_integer(b, column, i); break;
    case SL_TYPE_BINARY: add_binary(b, i); break;
    case SL_TYPE_JSON:
      must(sl_builder_append_bytes(b, jsons[i % 5], strlen(jsons[i % 5]), &err));
      break;
    case SL_TYPE_DATE: must(sl_builder_append_int32(b, days[i % 5], &err)); break;
    case SL_TYPE_TIME:
      must(sl_builder_append_int64(b, at_precision(times[i % 5], caps), &err));
      break;
    default: add_decimal(b, format, i); break;
  }
}

static enum sl_layout layout_of(const char *format) {
  switch (format[0]) {
    case 'u':
    case 'z': return SL_LAYOUT_BYTES;
    case 'g': return SL_LAYOUT_DOUBLE;
    case 'b': return SL_LAYOUT_BOOL;
    case 'd': return SL_LAYOUT_DECIMAL;
    default: return strcmp(format, "tdD") == 0 ? SL_LAYOUT_INT32 : SL_LAYOUT_INT64;
  }
}

static void make_column(struct written *out, size_t c, const struct opened_destination *o,
                        const char *format, int64_t first) {
  struct sl_error err;
  struct sl_builder b = { .layout = layout_of(format) };
  for (int64_t row = 0; row < out->rows; row++) {
    if (c == 0) {
      must(sl_builder_append_int64(&b, first + row, &err));
    } else if ((row + (int64_t)c) % 11 != 0) { /* every eleventh value is NULL */
      must(sl_builder_pad(&b, row, &err));
      add_value(&b, o, out->table->columns[c], format, (size_t)row + c);
    }
  }
  must(sl_builder_finish(&b, out->rows, &out->columns[c], &err));
}

void written_make(struct written *out, const struct opened_destination *o,
                  const struct sl_table *table, int64_t first, int64_t rows) {
  const struct sl_capabilities *caps = o->sql.capabilities;
  size_t n = table->n_columns;
  char formats[64][32];
  struct sl_field fields[64];
  struct sl_error err;
  *out = (struct written){ .table = table, .rows = rows };
  out->columns = sl_calloc_array(n, sizeof *out->columns);
  for (size_t c = 0; c < n; c++) {
    sl_arrow_format(table->columns[c], caps->decimal_precision, caps->decimal_scale, formats[c]);
    fields[c] = (struct sl_field){ table->columns[c]->name, formats[c], c > 0 };
    make_column(out, c, o, formats[c], first);
  }
  must(sl_schema_struct(&out->schema, fields, n, &err));
}

void written_release(struct written *w) {
  for (size_t c = 0; w->columns != NULL && c < w->table->n_columns; c++) {
    w->columns[c].release(&w->columns[c]);
  }
  free(w->columns);
  if (w->schema.release != NULL) {
    w->schema.release(&w->schema);
  }
  *w = (struct written){ 0 };
}

/* ---- append ---- */

static void nothing_to_free(struct ArrowArray *array) {
  array->release = NULL;
}

sl_status written_append(struct opened_destination *o, const struct written *w, int64_t from,
                         int64_t count, uint64_t without, bool reverse, struct sl_error *err) {
  struct ArrowSchema *schema_children[64];
  struct ArrowArray children[64];
  size_t n = 0;
  for (size_t i = 0; i < w->table->n_columns; i++) {
    size_t c = reverse ? w->table->n_columns - 1 - i : i;
    if ((without >> c & 1) == 0) {
      schema_children[n] = w->schema.children[c];
      children[n] = w->columns[c];
      children[n].offset = from;
      children[n].length = count;
      children[n].null_count = w->columns[c].null_count == 0 ? 0 : -1;
      children[n++].release = nothing_to_free;
    }
  }
  struct ArrowSchema schema = w->schema; /* borrowed: the destination copies what it keeps */
  schema.children = schema_children;
  schema.n_children = (int64_t)n;
  struct ArrowArray array;
  struct sl_table_name name = writing_name(w->table);
  must(sl_array_struct(&array, children, n, count, err));
  sl_status rc = o->ops->append(o->d, &name, &schema, &array, err);
  if (rc == SL_OK && array.release != NULL) {
    rc = sl_fail(err, SL_EINTERNAL, "append took the rows and did not move the array");
  }
  if (array.release != NULL) {
    array.release(&array);
  }
  return rc;
}
