/* table.h - results as aligned tables, CSV or JSON. */
#ifndef SL_CLI_TABLE_H
#define SL_CLI_TABLE_H

#include <stdio.h>

#include <sluice/arrow.h>
#include <sluice/error.h>

enum sl_cli_format { SL_CLI_TABLE, SL_CLI_CSV, SL_CLI_JSON };

/* Prints and releases the stream. A table shows at most `most_rows` rows (0 = all) and says how
 * many there are. */
sl_status sl_cli_print_stream(FILE *out, struct ArrowArrayStream *stream, enum sl_cli_format format,
                              int64_t most_rows, struct sl_error *err);
/* Columns that text takes on a terminal; wide characters take two. */
size_t sl_cli_width(const char *text, size_t length);

#endif
