/* result.h - the rows of a query as a stream of Arrow batches.
 *
 * For client libraries that give one row after the other. A connector puts struct sl_result first
 * into its own struct, fills in the two functions and the columns, and streams it: batches, schema,
 * errors and the end are done here. One thread. May include base/. */
#ifndef SL_COLUMN_RESULT_H
#define SL_COLUMN_RESULT_H

#include "column/batch.h"

struct sl_result_column {
  char *name;
  char format[32]; /* Arrow's */
  bool json;       /* text that is JSON */
  struct sl_builder values;
};

struct sl_result {
  struct sl_result_column *columns;
  size_t n;
  /* Appends the next rows to the columns, at most `most` of them; *rows (0 at the call): how many
   * these were. None: the end. */
  sl_status (*fill)(struct sl_result *result, int64_t most, int64_t *rows, struct sl_error *err);
  /* Ends the query, read to its end or not, and frees what the connector added. */
  void (*end)(struct sl_result *result);
  char error[1024];
};

/* Makes *out the stream of a result (malloc'ed; it belongs to the stream from now on). */
void sl_result_stream(struct sl_result *result, struct ArrowArrayStream *out);
/* Room for n columns, still without name and format. */
sl_status sl_result_reserve(struct sl_result *result, size_t n, struct sl_error *err);
/* The next column, by its name (copied); its format is set by sl_result_set_format. */
sl_status sl_result_add(struct sl_result *result, const char *name, struct sl_result_column **out,
                        struct sl_error *err);
void sl_result_set_format(struct sl_result_column *column, const char *format);
/* Appends what a database prints of a value: a number, t/true/1/yes, ISO 8601, a decimal, or
 * bytes as they are. text.data ends with a NUL. */
sl_status sl_result_append(struct sl_result_column *column, int64_t row, struct sl_text text,
                           struct sl_error *err);
/* The error for a value that its column's type cannot hold: SL_EDEST. */
sl_status sl_result_not_shown(const struct sl_result_column *column, const char *text,
                              struct sl_error *err);

#endif
