/* arrays.h - a result as one JSON object for programs that draw it: exact texts, columns once. */
#ifndef SL_CLI_ARRAYS_H
#define SL_CLI_ARRAYS_H

#include <stdio.h>

#include <sluice/arrow.h>
#include <sluice/error.h>

/* {"columns": [{"name", "number"}], "rows": [[text or null, …]], "more": bool}. Reads at most
 * most_rows rows (0 = all) and releases the stream. */
sl_status sl_cli_print_arrays(FILE *out, struct ArrowArrayStream *stream, int64_t most_rows,
                              struct sl_error *err);

#endif
