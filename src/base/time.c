/* time.c - calendar, printing and clocks of time.h; parsing is in iso.c. */
#include "base/time.h"

#include <stdio.h>
#include <time.h>

/* Howard Hinnant's civil calendar, with years from March. */
int64_t sl_days_from_civil(int64_t year, unsigned month, unsigned day) {
  year -= month <= 2;
  int64_t era = (year >= 0 ? year : year - 399) / 400;
  unsigned year_of_era = (unsigned)(year - era * 400);
  unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + (int64_t)day_of_era - 719468;
}

void sl_civil_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day) {
  days += 719468;
  int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  unsigned day_of_era = (unsigned)(days - era * 146097);
  unsigned year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  unsigned shifted = (5 * day_of_year + 2) / 153;
  *day = day_of_year - (153 * shifted + 2) / 5 + 1;
  *month = shifted < 10 ? shifted + 3 : shifted - 9;
  *year = (int64_t)year_of_era + era * 400 + (*month <= 2);
}

static char *put2(char *to, unsigned value) {
  to[0] = (char)('0' + value / 10);
  to[1] = (char)('0' + value % 10);
  return to + 2;
}

size_t sl_date_print(char out[16], int32_t days) {
  int64_t year;
  unsigned month;
  unsigned day;
  sl_civil_from_days(days, &year, &month, &day);
  char *to = out;
  if (year >= 0 && year <= 9999) {
    to = put2(put2(to, (unsigned)year / 100), (unsigned)year % 100);
  } else { /* at most 8 characters, by the range of `days` */
    to += snprintf(to, 9, "%d", (int)year);
  }
  *to++ = '-';
  to = put2(to, month);
  *to++ = '-';
  to = put2(to, day);
  *to = '\0';
  return (size_t)(to - out);
}

size_t sl_time_print(char out[20], int64_t micros) {
  micros %= SL_MICROS_PER_DAY;
  uint64_t rest = (uint64_t)(micros < 0 ? micros + SL_MICROS_PER_DAY : micros);
  unsigned seconds = (unsigned)(rest / 1000000);
  unsigned fraction = (unsigned)(rest % 1000000);
  char *to = put2(out, seconds / 3600);
  *to++ = ':';
  to = put2(to, seconds / 60 % 60);
  *to++ = ':';
  to = put2(to, seconds % 60);
  if (fraction != 0) {
    *to++ = '.';
    to = put2(put2(put2(to, fraction / 10000), fraction / 100 % 100), fraction % 100);
  }
  *to = '\0';
  return (size_t)(to - out);
}

size_t sl_timestamp_print(char out[40], int64_t micros, bool zone) {
  int64_t days = micros / SL_MICROS_PER_DAY;
  if (micros % SL_MICROS_PER_DAY < 0) {
    days--;
  }
  size_t n = sl_date_print(out, (int32_t)days);
  out[n++] = 'T';
  n += sl_time_print(out + n, micros); /* takes the rest of the day */
  if (zone) {
    memcpy(out + n, "+00:00", 7);
    n += 6;
  }
  return n;
}

size_t sl_time_print_sorted(char out[20], int64_t micros) {
  size_t n = sl_time_print(out, micros);
  if (n == 8) {
    memcpy(out + n, ".000000", 8);
    n += 7;
  }
  return n;
}

size_t sl_timestamp_print_sorted(char out[40], int64_t micros, bool zone) {
  int64_t days = micros / SL_MICROS_PER_DAY - (micros % SL_MICROS_PER_DAY < 0);
  size_t n = sl_date_print(out, (int32_t)days);
  out[n++] = ' ';
  n += sl_time_print_sorted(out + n, micros);
  if (zone) {
    memcpy(out + n, "+00:00", 7);
    n += 6;
  }
  return n;
}

int64_t sl_now_micros(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * SL_MICROS_PER_SECOND + now.tv_nsec / 1000;
}

int64_t sl_monotonic_nanos(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}
