/* temporal.h - dates and times as drivers print them, exactly.
 *
 * Stricter than base/time.h (only what SQL prints, no week dates) and finer: all digits of a
 * fraction are seen, so that nobody cuts them unnoticed. Does not read past the end. */
#ifndef SL_SOURCES_ODBC_TEMPORAL_H
#define SL_SOURCES_ODBC_TEMPORAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "odbc/api.h"

struct odbc_moment {
  int64_t micros; /* since the epoch, in UTC where a zone is written; of a time: since midnight */
  bool finer;     /* digits below a microsecond that are not 0 were cut */
  bool has_zone;
};

/* "2024-01-31"; years 1 to 9999. */
bool odbc_parse_date(const char *text, size_t length, int32_t *days);
/* "23:59:59" with up to 9 digits of fraction. */
bool odbc_parse_time(const char *text, size_t length, struct odbc_moment *out);
/* "2024-01-31 23:59:59.123" with blank or T, and "Z", "UTC", "+02", "+02:00", "+0200" after it,
 * with or without a blank. A date alone is its midnight. */
bool odbc_parse_timestamp(const char *text, size_t length, struct odbc_moment *out);

/* The driver's structures; false: no such date (0000-00-00, 31st of February, year 0). */
bool odbc_date_days(const SQL_DATE_STRUCT *date, int32_t *days);
bool odbc_timestamp_micros(const SQL_TIMESTAMP_STRUCT *t, struct odbc_moment *out);

#endif
