/* convert.h - SQLite's texts and numbers as dates, times and decimals. No allocation,
 * no locale; any thread. May include base/. */
#ifndef SL_SQLITE_CONVERT_H
#define SL_SQLITE_CONVERT_H

#include <stddef.h>
#include <stdint.h>

#include "sqlite/types.h"

enum sqlite_number_times { NUMBERS_KEEP, NUMBERS_SECONDS, NUMBERS_MILLISECONDS, NUMBERS_JULIAN };

/* Texts as SQLite's own date functions and Python's adapters write them. False: another form, out
 * of the years 1 to 9999, or more than six digits of a second; nothing is guessed or cut.
 *
 * DATE: 2024-05-31, also with a time of 00:00. Days since 1970.
 * TIMESTAMP: 2024-05-31, a space or T, 10:20[:30[.123456]], Z or an offset (the instant counts
 * then). Microseconds since 1970.
 * TIME: 10:20[:30[.123456]]. Microseconds since midnight. */
bool sqlite_parse_time(enum sqlite_kind kind, const char *text, size_t length, int64_t *out);

/* Numbers as times, as --number-times says. False: it says to keep numbers, out of range, or (DATE)
 * not at midnight. */
bool sqlite_number_time(enum sqlite_kind kind, enum sqlite_number_times how, double value,
                        int64_t *out);

/* value * 10^scale, when that is what SQLite prints for the value (%.15g) and fits; the fast way
 * for nearly all numbers that people write. False: not known, look at the printed text. */
bool sqlite_real_decimal(double value, int scale, int64_t *out);

#endif
