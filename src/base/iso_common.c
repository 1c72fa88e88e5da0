/* iso_common.c - the common formats beside ISO 8601: "2024/01/15 7:58:30", "2024:01:15", digits of
 * any script. */
#include "base/iso_parts.h"
#include "base/unicode.h"

/* Reads at least one and at most `most` digits of any script; *count of them. */
static bool any_digits(struct sl_iso_scan *s, int most, unsigned *out, int *count) {
  unsigned value = 0;
  *count = 0;
  while (*count < most && s->at < s->end) {
    const char *next = s->at;
    int digit = *next - '0';
    if (is_digit(*next)) {
      next++;
    } else if ((digit = sl_unicode_digit(sl_utf8_next(&next, s->end))) < 0) {
      break;
    }
    value = value * 10 + (unsigned)digit;
    s->at = next;
    *count += 1;
  }
  *out = value;
  return *count > 0;
}

static bool exact_digits(struct sl_iso_scan *s, int n, unsigned *out) {
  int count = 0;
  return any_digits(s, n, out, &count) && count == n;
}

/* The end of the common formats: nothing after a date, or " 7:58:30.5" up to the end of the text.
 */
static bool common_time(struct sl_iso_scan s, struct sl_iso_parts *p) {
  int count = 0;
  if (at_end(&s)) {
    return p->has_date;
  }
  take(&s, ' ');
  p->has_time = true;
  if (!any_digits(&s, 2, &p->hour, &count) || !take(&s, ':')) {
    return false;
  }
  if (!any_digits(&s, 2, &p->minute, &count)) {
    p->minute = 60; /* the pattern allows "7:", its reader fails */
  }
  if (take(&s, ':') && !any_digits(&s, 2, &p->second, &count)) {
    return false;
  }
  if (take(&s, '.') || take(&s, '|') || take(&s, ',')) {
    if (!any_digits(&s, 9, &p->micros, &count)) {
      return false;
    }
    for (; count < 6; count++) {
      p->micros *= 10;
    }
    for (; count > 6; count--) {
      p->micros /= 10;
    }
  }
  return at_end(&s);
}

/* [/:]MM[/:]DD and what follows. */
static bool common_month_day(struct sl_iso_scan s, struct sl_iso_parts *p) {
  if (!take(&s, '/')) {
    take(&s, ':');
  }
  if (!exact_digits(&s, 2, &p->month)) {
    return false;
  }
  if (!take(&s, '/')) {
    take(&s, ':');
  }
  return exact_digits(&s, 2, &p->day) && common_time(s, p);
}

bool sl_iso_match_common(struct sl_text text, struct sl_iso_parts *p) {
  struct sl_iso_scan s = { text.data, text.data + text.length };
  *p = (struct sl_iso_parts){ .month = 1, .day = 1 };
  if (!exact_digits(&s, 4, &p->year)) {
    s.at = text.data;
    return common_time(s, p);
  }
  p->has_date = true;
  if (common_month_day(s, p)) {
    return true;
  }
  *p = (struct sl_iso_parts){ .has_date = true, .year = p->year, .month = 1, .day = 1 };
  return common_time(s, p);
}
