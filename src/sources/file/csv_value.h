/* csv_value.h - what one text of a CSV file says: its type and value. Private to this folder.
 *
 * A text is a number, date, time or truth value only when the value says everything that the text
 * says. So these stay text: 007 and +49 (a number would not keep the zero and the plus), 01/02/2024
 * (month or day first?), 12:34 (of the clock, or minutes and seconds?), yes, T, 0x1F, 1_000.
 *
 *   bool       true, false; also True, FALSE, …
 *   bigint     -?digits within 64 bits
 *   double     with a point or an exponent, when the double prints back with as many digits;
 *              nan, inf, -Infinity
 *   decimal    other numbers of up to 38 digits
 *   date       2024-01-31, 2024/01/31
 *   time       23:59:59, with a fraction of up to six digits
 *   timestamp  date, T or a blank, hh:mm[:ss[.ffffff]]; the zone (Z, +02, +0200, +02:00) makes it a
 *              zoned one
 *
 * Blanks around all but text do not count. The parse functions read up to 8 bytes beyond the text.
 * Thread-safe. */
#ifndef SL_SOURCES_CSV_VALUE_H
#define SL_SOURCES_CSV_VALUE_H

#include "base/decimal.h"
#include "base/text.h"

enum csv_type {
  CSV_NONE, /* nothing but NULLs */
  CSV_BOOL,
  CSV_BIGINT,
  CSV_DOUBLE,
  CSV_DECIMAL,
  CSV_DATE,
  CSV_TIME,
  CSV_TIMESTAMP,
  CSV_TIMESTAMPTZ,
  CSV_TEXT,
  CSV_TYPES
};

struct csv_value {
  enum csv_type type;
  bool word; /* DOUBLE: nan or inf */
  union {
    bool boolean;
    int64_t integer; /* BIGINT; DATE: days; TIME, TIMESTAMP(TZ): microseconds */
    double real;
    struct sl_decimal decimal;
  } as;
};

/* The type of a text by itself; TEXT when nothing else fits. The text is not empty. */
void csv_value_read(struct sl_text text, struct csv_value *out);

/* Exactly one type; false = not of this type (or of a rare form, which csv_value_read knows). */
bool csv_parse_bigint(const char *text, size_t length, int64_t *out);
bool csv_parse_double(const char *text, size_t length, double *out);
bool csv_parse_decimal(const char *text, size_t length, int32_t precision, int32_t scale,
                       sl_int128 *out);
bool csv_parse_bool(const char *text, size_t length, bool *out);
bool csv_parse_date(const char *text, size_t length, int32_t *days);
bool csv_parse_time(const char *text, size_t length, int64_t *micros);
bool csv_parse_timestamp(const char *text, size_t length, bool zoned, int64_t *micros);

/* The narrowest type of a number; false = no number. */
bool csv_read_number(struct sl_text text, struct csv_value *out);
/* The text's double, whatever digits are lost; false: not a number, or beyond the range. */
bool csv_parse_nearest_double(struct sl_text text, double *out);

/* ---- columns ---- */

struct csv_kind { /* type of a column */
  enum csv_type type;
  int32_t precision, scale; /* DECIMAL */
  bool declared;            /* by the user: another value makes a bad row */
  bool empty_is_null;       /* TEXT that is to become something else: "" is NULL */
};

struct csv_guess { /* what values of a column say together; all-zero at the beginning */
  uint32_t seen;   /* bit: csv_type */
  bool word, number;
  bool wide;            /* an integer that a double cannot hold */
  bool no_decimal;      /* a number that 38 digits cannot hold */
  int32_t whole, scale; /* digits before and after the point, at most */
};
/* Adds a value that is not NULL. */
void csv_guess_add(struct csv_guess *guess, struct sl_text text);
/* The type that holds all values added; nothing but a text column takes any value. */
struct csv_kind csv_guess_kind(const struct csv_guess *guess);

/* Arrow's format of a column, at most 31 characters. */
void csv_kind_format(struct csv_kind kind, char out[32]);
const char *csv_type_name(enum csv_type type); /* "bigint", … as in --columns */

#endif
