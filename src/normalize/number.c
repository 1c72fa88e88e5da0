/* number.c - see number.h. Untyped JSON does not say whether a fraction is a double or a decimal:
 * one with more digits than a double keeps is a decimal. */
#include "normalize/number.h"

#include <math.h>

#include <yyjson.h>

#include "base/real.h"

static bool is_integer_text(const char *text, size_t length) {
  for (size_t i = 0; i < length; i++) {
    if (text[i] == '.' || text[i] == 'e' || text[i] == 'E') {
      return false;
    }
  }
  return true;
}

/* NaN, Infinity, -Infinity: what yyjson lets through in typed JSON. */
static bool is_named(const char *text) {
  char c = text[text[0] == '-'];
  return c < '0' || c > '9';
}

/* Significant digits of a number's mantissa, without leading and trailing zeros. */
static int significant_digits(const char *text, size_t length) {
  int count = 0;
  int zeros = 0;
  for (size_t i = 0; i < length && text[i] != 'e' && text[i] != 'E'; i++) {
    if (text[i] >= '1' && text[i] <= '9') {
      count += 1 + (count > 0 ? zeros : 0);
      zeros = 0;
    } else if (text[i] == '0') {
      zeros++;
    }
  }
  return count;
}

/* A double prints back as a number of the same value: nothing is lost by storing it as one. */
static bool double_is_exact(struct sl_text text, double value) {
  struct sl_decimal written;
  struct sl_decimal read;
  struct sl_buffer shortest = { 0 };
  sl_print_double(value, &shortest);
  bool same = !shortest.failed && sl_decimal_parse(text, &written) &&
              sl_decimal_parse((struct sl_text){ shortest.data, shortest.length }, &read) &&
              sl_decimal_rescale(&written, 38 < written.scale ? 38 : written.scale);
  if (same) {
    int32_t scale = written.scale > read.scale ? written.scale : read.scale;
    same = sl_decimal_rescale(&written, scale) && sl_decimal_rescale(&read, scale) &&
           written.coefficient == read.coefficient;
  }
  sl_buffer_release(&shortest);
  return same;
}

bool nz_is_double(const char *text, size_t length, bool typed, double *out) {
  enum { SURE_DIGITS = 15 };
  yyjson_val number;
  if (is_named(text)) {
    *out = sl_real_parse(text, NULL);
    return true;
  }
  if (is_integer_text(text, length) ||
      (!typed && length > SURE_DIGITS && significant_digits(text, length) > SURE_DIGITS) ||
      yyjson_read_number(text, &number, YYJSON_READ_NOFLAG, NULL, NULL) == NULL ||
      !yyjson_is_real(&number)) {
    return false;
  }
  *out = unsafe_yyjson_get_real(&number);
  return true;
}

static void read_integer(struct sl_text text, struct sl_value *out) {
  struct sl_decimal d;
  if (!sl_decimal_parse(text, &d)) {
    out->type = SL_TYPE_TEXT;
    out->as.text = text;
  } else if (d.coefficient <= INT64_MAX && d.coefficient >= INT64_MIN) {
    out->type = SL_TYPE_BIGINT;
    out->as.integer = (int64_t)d.coefficient;
  } else {
    out->type = SL_TYPE_WEI;
    out->as.decimal = d;
  }
}

void nz_read_number(const char *text, size_t length, bool typed, struct sl_value *out) {
  struct sl_text all = { text, length };
  struct sl_decimal d;
  if (nz_small_integer(text, length, &out->as.integer)) {
    out->type = SL_TYPE_BIGINT;
    return;
  }
  if (!is_named(text) && is_integer_text(text, length)) {
    read_integer(all, out);
    return;
  }
  double value = sl_real_parse(text, NULL); /* yyjson ends raw numbers with NUL */
  int digits = significant_digits(text, length);
  if (typed || (isfinite(value) && (digits <= 15 || (digits == 17 && double_is_exact(all, value)) ||
                                    (digits == 16 && double_is_exact(all, value))))) {
    out->type = SL_TYPE_DOUBLE;
    out->as.real = value;
  } else if (isfinite(value) && sl_decimal_parse(all, &d) && d.scale < 38) {
    out->type = SL_TYPE_DECIMAL;
    out->as.decimal = d;
  } else if (isfinite(value) && digits <= 17) {
    out->type = SL_TYPE_DOUBLE; /* 1.2345678901234567e300: a decimal cannot hold it */
    out->as.real = value;
  } else {
    out->type = SL_TYPE_TEXT;
    out->as.text = all;
  }
}
