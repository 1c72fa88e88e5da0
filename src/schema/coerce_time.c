/* coerce_time.c - coercion to timestamps, dates and times of day. */
#include <math.h>

#include "base/time.h"
#include "schema/coerce.h"

/* Epoch seconds as Python's fromtimestamp() takes them: micros rounded half to even, years 1 to
 * 9999. */
static bool epoch_to_micros(double seconds, int64_t *out) {
  double whole;
  double micros = nearbyint(modf(seconds, &whole) * 1e6);
  if (micros >= 1e6) {
    micros -= 1e6;
    whole += 1;
  } else if (micros < 0) {
    micros += 1e6;
    whole -= 1;
  }
  if (!(whole >= -62135596800.0 && whole < 253402300800.0)) {
    return false;
  }
  *out = (int64_t)whole * SL_MICROS_PER_SECOND + (int64_t)micros;
  return true;
}

static bool text_to_micros(struct sl_text text, int64_t *micros, bool *zoned,
                           struct sl_buffer *scratch) {
  struct sl_iso iso;
  double seconds;
  if (!sl_iso_parse(text, &iso)) {
    *zoned = true;
    return sl_text_to_float(text, &seconds, scratch) && epoch_to_micros(seconds, micros);
  }
  *zoned = iso.has_zone;
  *micros = iso.kind == SL_ISO_DATE ? (int64_t)iso.days * SL_MICROS_PER_DAY : iso.micros;
  return iso.kind != SL_ISO_TIME;
}

bool sl_to_timestamp(const struct sl_value *in, struct sl_value *out, struct sl_buffer *scratch) {
  out->type = SL_TYPE_TIMESTAMP;
  out->zoned = in->type != SL_TYPE_DATE; /* an epoch is in UTC */
  switch (in->type) {
    case SL_TYPE_TEXT: return text_to_micros(in->as.text, &out->as.integer, &out->zoned, scratch);
    case SL_TYPE_BIGINT: return epoch_to_micros((double)in->as.integer, &out->as.integer);
    case SL_TYPE_DOUBLE: return epoch_to_micros(in->as.real, &out->as.integer);
    case SL_TYPE_DATE:
      return !__builtin_mul_overflow(in->as.integer, SL_MICROS_PER_DAY, &out->as.integer);
    default: return false;
  }
}

/* The day in UTC, also of a text with another offset. (dlt asks date.fromisoformat first, which
 * takes the epoch "1612101234" for 1612-10-12; here it is a day of 2021.) */
bool sl_to_date(const struct sl_value *in, struct sl_value *out, struct sl_buffer *scratch) {
  struct sl_value moment = *in;
  if (in->type == SL_TYPE_DATE ||
      (in->type != SL_TYPE_TIMESTAMP && !sl_to_timestamp(in, &moment, scratch))) {
    return false;
  }
  int64_t days = moment.as.integer / SL_MICROS_PER_DAY;
  out->type = SL_TYPE_DATE;
  out->as.integer = moment.as.integer % SL_MICROS_PER_DAY < 0 ? days - 1 : days;
  return true;
}

bool sl_to_time(const struct sl_value *in, struct sl_value *out) {
  struct sl_iso iso;
  if (in->type != SL_TYPE_TEXT || !sl_iso_parse(in->as.text, &iso) || iso.kind != SL_ISO_TIME) {
    return false;
  }
  out->type = SL_TYPE_TIME;
  out->as.integer = iso.micros;
  return true;
}
