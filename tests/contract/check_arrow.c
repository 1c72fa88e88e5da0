/* check_arrow.c - see check_arrow.h. */
#include "contract/check_arrow.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "column/read.h"

static void complain(struct sl_buffer *problem, const struct ArrowSchema *column,
                     const char *what) {
  if (problem->length == 0) {
    sl_buffer_printf(problem, "column %s (%s): %s",
                     column->name == NULL ? "(no name)" : column->name, column->format, what);
  }
}

static int64_t buffers_of(const char *format) {
  switch (sl_read_kind_of(format)) {
    case SL_READ_NULL: return 0;
    case SL_READ_TEXT:
    case SL_READ_BINARY: return format[0] == 'w' ? 2 : format[0] == 'v' ? -1 : 3;
    case SL_READ_NESTED: return -1;
    default: return 2;
  }
}

/* Offsets never fall and begin at or above zero. */
static bool offsets_good(const struct ArrowSchema *schema, const struct ArrowArray *array) {
  bool wide = schema->format[0] == 'U' || schema->format[0] == 'Z';
  int64_t before = 0;
  for (int64_t i = array->offset; i <= array->offset + array->length; i++) {
    int64_t at =
        wide ? ((const int64_t *)array->buffers[1])[i] : ((const int32_t *)array->buffers[1])[i];
    if (at < before) {
      return false;
    }
    before = at;
  }
  return true;
}

static const char *value_problem(const struct ArrowSchema *schema, const struct sl_read_value *v) {
  switch (v->kind) {
    case SL_READ_TEXT:
      return sl_utf8_valid(v->as.text.data, v->as.text.length) ? NULL : "text is not UTF-8";
    case SL_READ_DECIMAL: {
      long precision = strtol(schema->format + 2, NULL, 10);
      return sl_decimal_digits(v->as.decimal.coefficient) <= precision
                 ? NULL
                 : "a decimal has more digits than its type";
    }
    case SL_READ_TIME:
      return v->as.integer >= 0 && v->as.integer < INT64_C(86400000000)
                 ? NULL
                 : "a time is outside the day";
    default: return NULL;
  }
}

static void check_column(const struct ArrowSchema *schema, const struct ArrowArray *array,
                         int64_t rows, struct sl_buffer *problem) {
  int64_t buffers = buffers_of(schema->format);
  if (schema->name == NULL || schema->name[0] == '\0') {
    complain(problem, schema, "has no name");
  }
  if (array->length < rows) {
    complain(problem, schema, "has fewer rows than the batch");
  } else if (buffers >= 0 && array->n_buffers != buffers) {
    complain(problem, schema, "has not the number of buffers of its format");
  } else if (buffers == 3 && !offsets_good(schema, array)) {
    complain(problem, schema, "offsets fall");
  } else if (buffers != 0) {
    int64_t nulls = 0;
    for (int64_t row = 0; row < array->length; row++) {
      nulls += sl_array_is_null(array, row);
      struct sl_read_value v = sl_array_read(schema, array, row);
      const char *wrong = value_problem(schema, &v);
      if (wrong != NULL) {
        complain(problem, schema, wrong);
      }
    }
    if (array->null_count >= 0 && nulls != array->null_count) {
      complain(problem, schema, "null_count is not the number of nulls");
    }
    if (nulls > 0 && (schema->flags & ARROW_FLAG_NULLABLE) == 0) {
      complain(problem, schema, "is not nullable and has nulls");
    }
  }
}

void check_arrow(const struct ArrowSchema *schema, const struct ArrowArray *array,
                 struct sl_buffer *problem) {
  if (schema->release == NULL || array->release == NULL) {
    sl_buffer_text(problem, "a batch without schema or array");
  } else if (schema->format == NULL || strcmp(schema->format, "+s") != 0) {
    sl_buffer_text(problem, "a batch that is no struct");
  } else if (schema->n_children != array->n_children) {
    sl_buffer_printf(problem, "the schema has %" PRId64 " columns, the batch %" PRId64,
                     schema->n_children, array->n_children);
  } else {
    for (int64_t i = 0; i < schema->n_children; i++) {
      check_column(schema->children[i], array->children[i], array->length + array->offset, problem);
    }
  }
}
