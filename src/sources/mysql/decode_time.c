/* decode_time.c - dates and times of the binary protocol.
 *
 * Parts at the end that are zero are not sent: a datetime has 0, 4, 7 or 11 bytes. MySQL knows days
 * that are none (0000-00-00, 2024-00-10, 2024-02-31) and times beyond a day (-838:59:59); they have
 * no place in a date or time column and go the way of special values, as the client prints them. */
#include <stdio.h>

#include "base/time.h"
#include "sources/mysql/decode.h"

enum { MOST_DAYS = 100 }; /* of a time: it has up to 838 hours */

struct moment {
  unsigned year, month, day, hour, minute, second, micros;
};

static unsigned part(const unsigned char *bytes, int n) {
  unsigned value = 0;
  for (int i = n - 1; i >= 0; i--) {
    value = value << 8 | bytes[i];
  }
  return value;
}

static bool read_moment(struct sl_text bytes, struct moment *out) {
  const unsigned char *b = (const unsigned char *)bytes.data;
  *out = (struct moment){ 0 };
  if (bytes.length != 0 && bytes.length != 4 && bytes.length != 7 && bytes.length != 11) {
    return false;
  }
  if (bytes.length >= 4) {
    out->year = part(b, 2);
    out->month = b[2];
    out->day = b[3];
  }
  if (bytes.length >= 7) {
    out->hour = b[4];
    out->minute = b[5];
    out->second = b[6];
  }
  if (bytes.length == 11) {
    out->micros = part(b + 7, 4);
  }
  return out->hour < 24 && out->minute < 60 && out->second < 60 && out->micros < 1000000;
}

/* A day that the calendar has, in the years 1 to 9999. */
static bool is_day(const struct moment *m) {
  static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
  if (m->year < 1 || m->year > 9999 || m->month < 1 || m->month > 12 || m->day < 1) {
    return false;
  }
  bool leap = (m->year % 4 == 0 && m->year % 100 != 0) || m->year % 400 == 0;
  return m->day <= (m->month == 2 && leap ? 29U : days[m->month - 1]);
}

/* ".123" of 123000 microseconds where the column has three digits. */
static void print_fraction(char *out, size_t size, unsigned micros, int decimals) {
  if (decimals < 1 || decimals > 6) {
    out[0] = '\0';
    if (micros != 0) {
      snprintf(out, size, ".%06u", micros);
    }
    return;
  }
  snprintf(out, size, ".%06u", micros);
  out[decimals + 1] = '\0';
}

static sl_status malformed(struct sl_error *err) {
  return sl_fail(err, SL_ESOURCE, "the server sent a date or time of an unknown form");
}

static sl_status put_date(struct maria_decoder *d, size_t i, const struct moment *m,
                          struct sl_error *err) {
  struct sl_builder *b = sl_db_batch_builder(d->batch, i);
  if (d->columns[i].text || !is_day(m)) {
    char text[40];
    int n = snprintf(text, sizeof text, "%04u-%02u-%02u", m->year, m->month, m->day);
    return maria_put_special(d, i, text, (size_t)n, err);
  }
  sl_status rc = maria_pad(d, b, err);
  int64_t days = sl_days_from_civil(m->year, m->month, m->day);
  return rc == SL_OK ? sl_builder_append_int32(b, (int32_t)days, err) : rc;
}

static sl_status put_datetime(struct maria_decoder *d, size_t i, const struct moment *m,
                              struct sl_error *err) {
  struct sl_builder *b = sl_db_batch_builder(d->batch, i);
  bool valid = is_day(m);
  if (d->columns[i].text || !valid) {
    char text[60];
    char fraction[16];
    const char *zone = valid && d->table->columns[i].format[4] != '\0' ? "+00:00" : "";
    print_fraction(fraction, sizeof fraction, m->micros, d->columns[i].decimals);
    int n = snprintf(text, sizeof text, "%04u-%02u-%02u %02u:%02u:%02u%s%s", m->year, m->month,
                     m->day, m->hour, m->minute, m->second, fraction, zone);
    return maria_put_special(d, i, text, (size_t)n, err);
  }
  sl_status rc = maria_pad(d, b, err);
  int64_t days = sl_days_from_civil(m->year, m->month, m->day);
  int64_t seconds = (int64_t)m->hour * 3600 + (int64_t)m->minute * 60 + m->second;
  return rc == SL_OK
             ? sl_builder_append_int64(
                   b, days * SL_MICROS_PER_DAY + seconds * SL_MICROS_PER_SECOND + m->micros, err)
             : rc;
}

/* A sign, days and the time of day: -34 22:59:59 is -838:59:59. */
static sl_status put_time(struct maria_decoder *d, size_t i, struct sl_text bytes,
                          struct sl_error *err) {
  const unsigned char *b = (const unsigned char *)bytes.data;
  struct sl_builder *builder = sl_db_batch_builder(d->batch, i);
  if (bytes.length != 0 && bytes.length != 8 && bytes.length != 12) {
    return malformed(err);
  }
  bool some = bytes.length >= 8;
  if (some && (part(b + 1, 4) > MOST_DAYS || b[5] > 23 || b[6] > 59 || b[7] > 59)) {
    return malformed(err);
  }
  bool negative = some && b[0] != 0;
  unsigned hours = some ? part(b + 1, 4) * 24 + b[5] : 0;
  unsigned minutes = some ? b[6] : 0;
  unsigned seconds = some ? b[7] : 0;
  unsigned micros = bytes.length == 12 ? part(b + 8, 4) : 0;
  int64_t value =
      ((int64_t)hours * 3600 + (int64_t)minutes * 60 + seconds) * SL_MICROS_PER_SECOND + micros;
  if (d->columns[i].text || negative || value >= SL_MICROS_PER_DAY) {
    char text[60];
    char fraction[16];
    print_fraction(fraction, sizeof fraction, micros, d->columns[i].decimals);
    int n = snprintf(text, sizeof text, "%s%02u:%02u:%02u%s", negative ? "-" : "", hours, minutes,
                     seconds, fraction);
    return maria_put_special(d, i, text, (size_t)n, err);
  }
  sl_status rc = maria_pad(d, builder, err);
  return rc == SL_OK ? sl_builder_append_int64(builder, value, err) : rc;
}

sl_status maria_put_time(struct maria_decoder *d, size_t i, struct sl_text bytes,
                         struct sl_error *err) {
  struct moment m;
  if (d->columns[i].decode == MARIA_TIME) {
    return put_time(d, i, bytes, err);
  }
  if (!read_moment(bytes, &m)) {
    return malformed(err);
  }
  return d->columns[i].decode == MARIA_DATE ? put_date(d, i, &m, err) : put_datetime(d, i, &m, err);
}
