/* iso_parts.h - what the two halves of sl_iso_parse share; private to src/base/iso*.c. */
#ifndef SL_BASE_ISO_PARTS_H
#define SL_BASE_ISO_PARTS_H

#include "base/time.h"

struct sl_iso_scan { /* a position in the text */
  const char *at, *end;
};

struct sl_iso_parts { /* what was written; not checked yet */
  bool has_date, has_time, has_zone, extended, is_day_number;
  unsigned year, month, day, hour, minute, second, micros;
  int64_t days; /* is_day_number: from a week or ordinal date */
  int32_t offset_seconds;
};

static inline bool is_digit(char c) {
  return (unsigned char)(c - '0') <= 9;
}

static inline bool at_end(const struct sl_iso_scan *s) {
  return s->at == s->end;
}

static inline bool next_is(const struct sl_iso_scan *s, char c) {
  return s->at < s->end && *s->at == c;
}

static inline bool take(struct sl_iso_scan *s, char c) {
  if (!next_is(s, c)) {
    return false;
  }
  s->at++;
  return true;
}

/* pendulum's pattern of common formats over the whole text; fills *p. */
bool sl_iso_match_common(struct sl_text text, struct sl_iso_parts *p);

#endif
