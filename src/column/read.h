/* read.h - reading Arrow arrays of foreign make: one value at a time, or a whole column recast.
 *
 * For batches whose types are not ours (int32, float, large text, seconds, lists, …) and for
 * showing results. May include base/. */
#ifndef SL_COLUMN_READ_H
#define SL_COLUMN_READ_H

#include <sluice/arrow.h>

#include "base/decimal.h"
#include "base/text.h"

enum sl_read_kind {
  SL_READ_NULL,
  SL_READ_BOOL,
  SL_READ_INT64,
  SL_READ_UINT64,
  SL_READ_DOUBLE,
  SL_READ_TEXT,
  SL_READ_BINARY,
  SL_READ_DECIMAL,
  SL_READ_DATE,
  SL_READ_TIME,
  SL_READ_TIMESTAMP,
  SL_READ_NESTED
};

struct sl_read_value {
  enum sl_read_kind kind;
  union {
    bool boolean;
    int64_t integer; /* INT64; DATE: days; TIME, TIMESTAMP: microseconds */
    uint64_t natural;
    double real;
    struct sl_text text; /* TEXT, BINARY: borrowed from the array */
    struct sl_decimal decimal;
  } as;
  bool zoned; /* TIMESTAMP: the column has a time zone (values are UTC) */
};

/* What the values of a column with this Arrow format are. NESTED: lists, structs, maps and the
 * rest. */
enum sl_read_kind sl_read_kind_of(const char *format);
bool sl_read_is_number(const char *format); /* integers, doubles, decimals */
/* Of a union ("+us:…", "+ud:…"): the child that has the row's value, and the row within it; -1 =
 * no union. */
int64_t sl_array_union_child(const struct ArrowSchema *schema, const struct ArrowArray *array,
                             int64_t row, int64_t *child_row);
/* The value that an index of a dictionary stands for: array and row become those of the values,
 * unless the row is null. */
void sl_array_decode(const struct ArrowSchema **schema, const struct ArrowArray **array,
                     int64_t *row);
/* SL_EUNSUPPORTED: the values of the column, or of something inside it, cannot be read. */
sl_status sl_read_check(const struct ArrowSchema *column, struct sl_error *err);
/* One value, of a union the chosen one, of a dictionary what the index stands for; SL_READ_NULL for
 * null. Nanoseconds are cut to microseconds.
 */
struct sl_read_value sl_array_read(const struct ArrowSchema *schema, const struct ArrowArray *array,
                                   int64_t row);
/* Not of unions, which have no nulls of their own. */
bool sl_array_is_null(const struct ArrowArray *array, int64_t row);

#endif
