/* cursor_value.h - values of a cursor column as text: made alike, compared, moved back by a lag,
 * written into the state as dlt does. Private to src/database/.
 *
 * raw: the database compares values as they are stored (SQLite's texts), so they keep their form.
 */
#ifndef SL_DATABASE_CURSOR_VALUE_H
#define SL_DATABASE_CURSOR_VALUE_H

#include "database/database.h"

/* The one way to write a value: ISO for dates and times, UTC. raw: as it is. malloc'ed. */
char *sl_cursor_canonical(const struct sl_db_column *column, const char *value, bool raw);
/* < 0, 0, > 0. Texts that are no values of the column compare as texts. */
int sl_cursor_compare(const struct sl_db_column *column, const char *a, const char *b);
/* value - lag, as dlt has it (dlt.md 1.5 "Lag"): numbers; seconds for times, days for dates. Texts
 * are dates or times by their form, and keep it; a time counts days when `initial` (may be NULL) is
 * a date, and begins with the day then. malloc'ed. SL_EUSAGE. */
sl_status sl_cursor_lag(const struct sl_db_column *column, const char *value, const char *lag,
                        const char *initial, bool raw, char **out, struct sl_error *err);
bool sl_cursor_lag_is_number(const char *lag);
/* NULL for a lag of nothing, as for none. */
const char *sl_cursor_lag_given(const char *lag);
/* The value as a JSON text for the state: numbers bare, decimals, dates and times with the mark
 * that dlt's typed JSON gives them. */
void sl_cursor_to_json(const struct sl_db_column *column, const char *value, struct sl_buffer *out);
/* Text of a JSON string without dlt's mark. */
const char *sl_cursor_unmark(const char *text);

/* What a column is to a cursor. */
bool sl_cursor_is_date(const struct sl_db_column *column);
bool sl_cursor_is_timestamp(const struct sl_db_column *column);
bool sl_cursor_is_number(const struct sl_db_column *column);

#endif
