/* json_lines.h - rows of Arrow batches as JSON objects, one after the other.
 *
 * Every column is written, null as null. Integers and decimals are exact; decimals are texts
 * ("12.50", as dlt writes them) unless numbers are asked for. Dates and times are ISO 8601 as
 * Python prints them, binary is base64, columns marked as JSON (builder.h) are embedded as they
 * are, NaN and infinities are null. Bytes that are no UTF-8 become U+FFFD, so what comes out is
 * always valid.
 */
#ifndef SL_COLUMN_JSON_LINES_H
#define SL_COLUMN_JSON_LINES_H

#include <sluice/arrow.h>

#include "base/text.h"

struct sl_json_style {
  char after;           /* follows each row: '\n' for lines, ',' for an array; never NUL */
  bool omit_nulls;      /* null values are left out */
  bool decimal_numbers; /* 12.50 and not "12.50" */
};

struct sl_json_rows; /* prepared for one schema; used by one thread at a time */

/* schema: a struct, copied as far as it is needed except column types that Sluice itself does not
 * make (lists, float, …), for which it is borrowed. */
sl_status sl_json_rows_new(struct sl_json_rows **out, const struct ArrowSchema *schema,
                           const struct sl_json_style *style, struct sl_error *err);
/* Appends rows [from, to) of an array of that schema. */
sl_status sl_json_rows_write(struct sl_json_rows *rows, const struct ArrowArray *array,
                             int64_t from, int64_t to, struct sl_buffer *out, struct sl_error *err);
void sl_json_rows_free(struct sl_json_rows *rows); /* NULL is fine */

#endif
