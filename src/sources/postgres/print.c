/* print.c - see print.h. None of this is on the way of an ordinary value, except inet. */
#include "sources/postgres/print.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/time.h"

void pg_print_float(char out[SL_REAL_CHARS], float value, int digits) {
  snprintf(out, SL_REAL_CHARS, "%.*e", digits - 1, (double)value);
  for (char *c = out; *c != '\0'; c++) { /* the locale of the process may have another point */
    *c = strchr("0123456789eE+-", *c) == NULL ? '.' : *c;
  }
}

static bool print_civil(struct sl_buffer *out, int64_t days) {
  int64_t year;
  unsigned month, day;
  sl_civil_from_days(days, &year, &month, &day);
  bool before = year <= 0; /* the year before 1 is 1 BC */
  sl_buffer_printf(out, "%04" PRId64 "-%02u-%02u", before ? 1 - year : year, month, day);
  return before;
}

void pg_print_date(struct sl_buffer *out, int64_t days) {
  sl_buffer_text(out, print_civil(out, days) ? " BC" : "");
}

void pg_print_time(struct sl_buffer *out, int64_t micros) {
  int64_t seconds = micros / SL_MICROS_PER_SECOND;
  int64_t fraction = micros % SL_MICROS_PER_SECOND;
  sl_buffer_printf(out, "%02" PRId64 ":%02" PRId64 ":%02" PRId64, seconds / 3600, seconds / 60 % 60,
                   seconds % 60);
  if (fraction != 0) {
    int digits = 6;
    for (; fraction % 10 == 0; fraction /= 10) {
      digits--;
    }
    sl_buffer_printf(out, ".%0*" PRId64, digits, fraction);
  }
}

void pg_print_timestamp(struct sl_buffer *out, int64_t micros, int64_t epoch, bool zone) {
  int64_t time = micros % SL_MICROS_PER_DAY;
  int64_t days = micros / SL_MICROS_PER_DAY - (time < 0);
  bool before = print_civil(out, days + epoch);
  sl_buffer_char(out, ' ');
  pg_print_time(out, time < 0 ? time + SL_MICROS_PER_DAY : time);
  sl_buffer_text(out, zone ? "+00" : "");
  sl_buffer_text(out, before ? " BC" : "");
}

/* ---- addresses ---- */

enum { FAMILY_4 = 2, FAMILY_6 = 3, WORDS = 8 };

static size_t print_4(char *out, const unsigned char *a) {
  return (size_t)snprintf(out, 16, "%d.%d.%d.%d", a[0], a[1], a[2], a[3]);
}

struct run { /* of words that are zero */
  int start, length;
};

static struct run longest_run(const unsigned *words) {
  struct run best = { -1, 1 };
  for (int i = 0; i < WORDS;) {
    int start = i;
    while (i < WORDS && words[i] == 0) {
      i++;
    }
    if (i - start > best.length) {
      best = (struct run){ start, i - start };
    }
    i += i == start;
  }
  return best;
}

/* ::1.2.3.4 and ::ffff:1.2.3.4 are written with their last part as of version 4. */
static bool ends_like_4(struct run run, const unsigned *words) {
  return run.start == 0 && (run.length == 6 || (run.length == 5 && words[5] == 0xFFFF));
}

static size_t print_6(char *out, const unsigned char *a) {
  unsigned words[WORDS];
  size_t n = 0;
  for (int i = 0; i < WORDS; i++) {
    words[i] = (unsigned)a[2 * i] << 8 | a[2 * i + 1];
  }
  struct run run = longest_run(words);
  for (int i = 0; i < WORDS; i++) {
    if (run.start >= 0 && i >= run.start && i < run.start + run.length) {
      n += i == run.start ? (size_t)snprintf(out + n, 2, ":") : 0;
      continue;
    }
    n += i != 0 ? (size_t)snprintf(out + n, 2, ":") : 0;
    if (i == 6 && ends_like_4(run, words)) {
      return n + print_4(out + n, a + 12);
    }
    n += (size_t)snprintf(out + n, 5, "%x", words[i]);
  }
  if (run.start >= 0 && run.start + run.length == WORDS) {
    n += (size_t)snprintf(out + n, 2, ":");
  }
  return n;
}

size_t pg_print_inet(char out[PG_INET_CHARS], const unsigned char *bytes, size_t length) {
  if (length < 4 || length != 4 + (size_t)bytes[3]) {
    return 0;
  }
  bool is_4 = bytes[0] == FAMILY_4 && bytes[3] == 4;
  if (!is_4 && (bytes[0] != FAMILY_6 || bytes[3] != 16)) {
    return 0;
  }
  size_t n = is_4 ? print_4(out, bytes + 4) : print_6(out, bytes + 4);
  int bits = bytes[1];
  bool network = bytes[2] != 0; /* cidr: its mask is always written */
  if (network || bits != (is_4 ? 32 : 128)) {
    n += (size_t)snprintf(out + n, 5, "/%d", bits);
  }
  return n;
}
