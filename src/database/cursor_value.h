/* cursor_value.h - values of a cursor column as text: made alike, compared, moved back by a lag,
 * written into the state as dlt does. Private to src/database/. */
#ifndef SL_DATABASE_CURSOR_VALUE_H
#define SL_DATABASE_CURSOR_VALUE_H

#include "database/database.h"

/* The one way to write a value: ISO for dates and times, UTC. raw: as it is. malloc'ed. */
char *sl_cursor_canonical(const struct sl_db_column *column, const char *value, bool raw);
/* < 0, 0, > 0. Texts that are no values of the column compare as texts. */
int sl_cursor_compare(const struct sl_db_column *column, const char *a, const char *b);
/* value - lag: numbers; seconds for times; days for dates (dlt.md 1.5 "Lag"). malloc'ed. */
sl_status sl_cursor_lag(const struct sl_db_column *column, const char *value, const char *lag,
                        char **out, struct sl_error *err);
/* The value as a JSON text for the state: numbers bare, decimals, dates and times with the mark
 * that dlt's typed JSON gives them. */
void sl_cursor_to_json(const struct sl_db_column *column, const char *value, struct sl_buffer *out);
/* Text of a JSON string without dlt's mark. */
const char *sl_cursor_unmark(const char *text);

#endif
