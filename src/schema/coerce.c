/* coerce.c - dlt's coercion table (dlt.md 2.6): one function per target type. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <yyjson.h>

#include "base/hash.h"
#include "base/time.h"
#include "base/unicode.h"
#include "schema/detect.h"

static bool finish_text(struct sl_value *out, struct sl_buffer *scratch, size_t from) {
  out->type = SL_TYPE_TEXT;
  out->as.text = (struct sl_text){ scratch->data + from, scratch->length - from };
  return !scratch->failed;
}

/* Python's repr(float): shortest digits that read back the same; exponents from 1e16 and below 1e-4. */
void sl_print_double(double value, struct sl_buffer *out) {
  if (isnan(value) || isinf(value)) {
    sl_buffer_text(out, isnan(value) ? "nan" : value < 0 ? "-inf" : "inf");
    return;
  }
  char digits[40];
  int precision = 1;
  do {
    snprintf(digits, sizeof digits, "%.*e", precision - 1, value);
  } while (precision++ < 17 && strtod(digits, NULL) != value);
  char *e = strchr(digits, 'e');
  int exponent = (int)strtol(e + 1, NULL, 10);
  char mantissa[24];
  int n = 0;
  for (const char *c = digits; c < e; c++) {
    if (*c >= '0' && *c <= '9') {
      mantissa[n++] = *c;
    }
  }
  mantissa[n] = '\0';
  if (digits[0] == '-') {
    sl_buffer_char(out, '-');
  }
  if (exponent >= 16 || exponent < -4) {
    sl_buffer_char(out, mantissa[0]);
    if (n > 1) {
      sl_buffer_printf(out, ".%s", mantissa + 1);
    }
    sl_buffer_printf(out, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
  } else if (exponent < 0) {
    sl_buffer_printf(out, "0.%.*s%s", -exponent - 1, "000", mantissa);
  } else if (n <= exponent + 1) {
    sl_buffer_printf(out, "%s%.*s.0", mantissa, exponent + 1 - n, "0000000000000000");
  } else {
    sl_buffer_printf(out, "%.*s.%s", exponent + 1, mantissa, mantissa + exponent + 1);
  }
}

static bool to_text(const struct sl_value *in, struct sl_value *out, struct sl_buffer *scratch) {
  size_t from = scratch->length;
  char text[64];
  switch (in->type) {
    case SL_TYPE_JSON:
      sl_buffer_append(scratch, in->as.text.data, in->as.text.length);
      break;
    case SL_TYPE_BIGINT: sl_buffer_printf(scratch, "%lld", (long long)in->as.integer); break;
    case SL_TYPE_DOUBLE: sl_print_double(in->as.real, scratch); break;
    case SL_TYPE_WEI:
    case SL_TYPE_DECIMAL:
      sl_buffer_append(scratch, text, sl_decimal_print(text, in->as.decimal));
      break;
    case SL_TYPE_BOOL: sl_buffer_text(scratch, in->as.boolean ? "True" : "False"); break;
    case SL_TYPE_BINARY: {
      size_t n = in->as.text.length;
      if (sl_buffer_reserve(scratch, (n + 2) / 3 * 4 + 1)) {
        scratch->length += sl_base64_encode(scratch->data + scratch->length,
                                            (const uint8_t *)in->as.text.data, n, 1);
      }
      break;
    }
    case SL_TYPE_TIMESTAMP:
      sl_buffer_append(scratch, text, sl_timestamp_print(text, in->as.integer, true));
      break;
    case SL_TYPE_DATE:
      sl_buffer_append(scratch, text, sl_date_print(text, (int32_t)in->as.integer));
      break;
    case SL_TYPE_TIME: sl_buffer_append(scratch, text, sl_time_print(text, in->as.integer)); break;
    default: return false;
  }
  return finish_text(out, scratch, from);
}

/* Digits with single underscores between them, as Python's int() and float() take them; copies
 * the rest. False when an underscore stands elsewhere or the text does not fit. */
static bool without_underscores(struct sl_text in, char *out, size_t size) {
  size_t n = 0;
  for (size_t i = 0; i < in.length; i++) {
    char c = in.data[i];
    if (c == '_') {
      bool between = i > 0 && i + 1 < in.length && in.data[i - 1] >= '0' && in.data[i - 1] <= '9' &&
                     in.data[i + 1] >= '0' && in.data[i + 1] <= '9';
      if (!between) {
        return false;
      }
      continue;
    }
    if (c == '\0' || n + 1 >= size) {
      return false;
    }
    out[n++] = c;
  }
  out[n] = '\0';
  return n > 0;
}

static bool hex_integer(struct sl_text t, sl_uint128 *out) {
  sl_uint128 value = 0;
  if (t.length < 3 || t.data[0] != '0' || t.data[1] != 'x' || t.length > 2 + 31) {
    return false;
  }
  for (size_t i = 2; i < t.length; i++) {
    char c = t.data[i];
    int digit = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
    if (digit < 0) {
      return false;
    }
    value = value * 16 + (unsigned)digit;
  }
  *out = value;
  return true;
}

static bool starts_hex(struct sl_text t) {
  return t.length >= 2 && t.data[0] == '0' && t.data[1] == 'x';
}

/* Python's int(text) within 38 digits. */
static bool text_to_integer(struct sl_text text, struct sl_decimal *out) {
  struct sl_text t = sl_text_strip(text);
  if (starts_hex(t)) {
    sl_uint128 value;
    out->scale = 0;
    if (!hex_integer(t, &value)) {
      return false;
    }
    out->coefficient = (sl_int128)value;
    return true;
  }
  char plain[64];
  if (!without_underscores(t, plain, sizeof plain) || strpbrk(plain, ".eE") != NULL) {
    return false;
  }
  return sl_decimal_parse(sl_text_of(plain), out);
}

static bool to_bigint(const struct sl_value *in, struct sl_value *out) {
  struct sl_decimal d = { 0, 0 };
  out->type = SL_TYPE_BIGINT;
  switch (in->type) {
    case SL_TYPE_TEXT:
      return text_to_integer(in->as.text, &d) && sl_decimal_to_int64(d, &out->as.integer);
    case SL_TYPE_WEI:
    case SL_TYPE_DECIMAL: return sl_decimal_to_int64(in->as.decimal, &out->as.integer);
    case SL_TYPE_DOUBLE:
      if (in->as.real != floor(in->as.real) || fabs(in->as.real) >= 9223372036854775808.0) {
        return false;
      }
      out->as.integer = (int64_t)in->as.real;
      return true;
    default: return false;
  }
}

/* Python's float(text): no hexadecimal floats, no trailing characters. */
static bool text_to_double(struct sl_text text, double *out) {
  struct sl_text t = sl_text_strip(text);
  if (starts_hex(t)) {
    sl_uint128 value;
    if (!hex_integer(t, &value)) {
      return false;
    }
    *out = (double)value;
    return true;
  }
  char plain[512];
  if (!without_underscores(t, plain, sizeof plain) || strpbrk(plain, "xXpP(") != NULL) {
    return false;
  }
  char *end = NULL;
  *out = strtod(plain, &end);
  return end != plain && *end == '\0';
}

static bool to_double(const struct sl_value *in, struct sl_value *out) {
  out->type = SL_TYPE_DOUBLE;
  switch (in->type) {
    case SL_TYPE_TEXT: return text_to_double(in->as.text, &out->as.real);
    case SL_TYPE_BIGINT: out->as.real = (double)in->as.integer; return true;
    case SL_TYPE_WEI:
    case SL_TYPE_DECIMAL: out->as.real = sl_decimal_to_double(in->as.decimal); return true;
    default: return false;
  }
}

static bool to_decimal(const struct sl_value *in, enum sl_type to, struct sl_value *out) {
  out->type = to;
  out->as.decimal = (struct sl_decimal){ 0, 0 };
  switch (in->type) {
    case SL_TYPE_TEXT: {
      struct sl_text t = sl_text_strip(in->as.text);
      sl_uint128 value;
      if (starts_hex(t)) {
        bool ok = hex_integer(t, &value);
        out->as.decimal.coefficient = ok ? (sl_int128)value : 0;
        return ok;
      }
      char plain[128];
      return without_underscores(t, plain, sizeof plain) &&
             sl_decimal_parse(sl_text_of(plain), &out->as.decimal);
    }
    case SL_TYPE_BIGINT: out->as.decimal.coefficient = in->as.integer; return true;
    case SL_TYPE_DOUBLE: {
      struct sl_buffer text = { 0 };
      sl_print_double(in->as.real, &text);
      bool ok = !text.failed &&
                sl_decimal_parse((struct sl_text){ text.data, text.length }, &out->as.decimal);
      sl_buffer_release(&text);
      return ok;
    }
    case SL_TYPE_WEI:
    case SL_TYPE_DECIMAL: out->as.decimal = in->as.decimal; return true;
    default: return false;
  }
}

static bool text_to_bool(struct sl_text text, bool *out) {
  static const char *const yes[] = { "yes", "true", "t", "y", "1" };
  static const char *const no[] = { "no", "false", "f", "n", "0" };
  for (size_t i = 0; i < 5; i++) {
    if (strlen(yes[i]) == text.length && strncasecmp(yes[i], text.data, text.length) == 0) {
      *out = true;
      return true;
    }
    if (strlen(no[i]) == text.length && strncasecmp(no[i], text.data, text.length) == 0) {
      *out = false;
      return true;
    }
  }
  return false;
}

static bool to_bool(const struct sl_value *in, struct sl_value *out) {
  out->type = SL_TYPE_BOOL;
  switch (in->type) {
    case SL_TYPE_TEXT: return text_to_bool(in->as.text, &out->as.boolean);
    case SL_TYPE_BIGINT: out->as.boolean = in->as.integer != 0; return true;
    case SL_TYPE_DOUBLE: out->as.boolean = in->as.real != 0; return true;
    case SL_TYPE_WEI:
    case SL_TYPE_DECIMAL: out->as.boolean = in->as.decimal.coefficient != 0; return true;
    default: return false;
  }
}

/* 0001-01-01 to 9999-12-31, what Python and the destinations can hold. */
static bool epoch_to_micros(double seconds, int64_t *out) {
  if (!(seconds >= -62135596800.0 && seconds < 253402300800.0)) {
    return false;
  }
  *out = (int64_t)floor(seconds) * SL_MICROS_PER_SECOND +
         (int64_t)nearbyint((seconds - floor(seconds)) * 1e6);
  return true;
}

static bool text_to_timestamp(struct sl_text text, int64_t *micros, bool *zoned) {
  struct sl_iso iso;
  double seconds;
  if (sl_iso_parse(text, &iso) && iso.kind != SL_ISO_TIME && text.length > 4) {
    *zoned = iso.has_zone;
    *micros = iso.kind == SL_ISO_DATE ? (int64_t)iso.days * SL_MICROS_PER_DAY : iso.micros;
    return true;
  }
  return text_to_double(text, &seconds) && epoch_to_micros(seconds, micros);
}

static int64_t floor_days(int64_t micros) {
  int64_t days = micros / SL_MICROS_PER_DAY;
  return micros % SL_MICROS_PER_DAY < 0 ? days - 1 : days;
}

static bool to_timestamp(const struct sl_value *in, struct sl_value *out) {
  out->type = SL_TYPE_TIMESTAMP;
  out->zoned = false;
  switch (in->type) {
    case SL_TYPE_TEXT: return text_to_timestamp(in->as.text, &out->as.integer, &out->zoned);
    case SL_TYPE_BIGINT: return epoch_to_micros((double)in->as.integer, &out->as.integer);
    case SL_TYPE_DOUBLE: return epoch_to_micros(in->as.real, &out->as.integer);
    case SL_TYPE_DATE: out->as.integer = in->as.integer * SL_MICROS_PER_DAY; return true;
    default: return false;
  }
}

static bool to_date(const struct sl_value *in, struct sl_value *out) {
  struct sl_value moment;
  struct sl_iso iso;
  out->type = SL_TYPE_DATE;
  if (in->type == SL_TYPE_TIMESTAMP) {
    out->as.integer = floor_days(in->as.integer);
    return true;
  }
  if (in->type == SL_TYPE_TEXT && sl_iso_parse(in->as.text, &iso) && iso.kind == SL_ISO_TIMESTAMP) {
    /* The calendar day as written, whatever the offset. */
    out->as.integer =
        floor_days(iso.micros + (int64_t)iso.offset_seconds * SL_MICROS_PER_SECOND);
    return true;
  }
  if (in->type == SL_TYPE_DATE || !to_timestamp(in, &moment)) {
    return false;
  }
  out->as.integer = floor_days(moment.as.integer);
  return true;
}

static bool to_time(const struct sl_value *in, struct sl_value *out) {
  struct sl_iso iso;
  out->type = SL_TYPE_TIME;
  if (in->type != SL_TYPE_TEXT || !sl_iso_parse(in->as.text, &iso) || iso.kind == SL_ISO_DATE) {
    return false;
  }
  int64_t micros = iso.micros % SL_MICROS_PER_DAY;
  out->as.integer = micros < 0 ? micros + SL_MICROS_PER_DAY : micros;
  return true;
}

static bool to_binary(const struct sl_value *in, struct sl_value *out, struct sl_buffer *scratch) {
  size_t from = scratch->length;
  out->type = SL_TYPE_BINARY;
  if (in->type == SL_TYPE_BIGINT && in->as.integer >= 0) {
    for (uint64_t rest = (uint64_t)in->as.integer; rest > 0; rest >>= 8) {
      sl_buffer_char(scratch, (char)(rest & 0xFF));
    }
  } else if (in->type == SL_TYPE_TEXT && starts_hex(in->as.text)) {
    struct sl_text t = in->as.text;
    for (size_t i = 2; i < t.length; i += 2) {
      char pair[5] = { '0', 'x', t.data[i], i + 1 < t.length ? t.data[i + 1] : 'z', '\0' };
      sl_uint128 byte;
      if (!hex_integer((struct sl_text){ pair, 4 }, &byte)) {
        return false;
      }
      sl_buffer_char(scratch, (char)byte);
    }
  } else if (in->type == SL_TYPE_TEXT) {
    if (!sl_buffer_reserve(scratch, in->as.text.length)) {
      return false;
    }
    long n = sl_base64_decode((uint8_t *)scratch->data + from, in->as.text.data,
                              in->as.text.length);
    if (n < 0) {
      return false;
    }
    scratch->length += (size_t)n;
  } else {
    return false;
  }
  sl_buffer_append(scratch, "", 0);
  out->as.text = (struct sl_text){ scratch->data + from, scratch->length - from };
  return !scratch->failed;
}

/* Text that parses as JSON; kept compact. */
static bool to_json(const struct sl_value *in, struct sl_value *out, struct sl_buffer *scratch) {
  if (in->type != SL_TYPE_TEXT) {
    return false;
  }
  yyjson_doc *doc = yyjson_read(in->as.text.data, in->as.text.length, YYJSON_READ_NUMBER_AS_RAW);
  size_t length = 0;
  char *text = doc == NULL ? NULL : yyjson_write(doc, 0, &length);
  bool ok = text != NULL;
  if (ok) {
    size_t from = scratch->length;
    sl_buffer_append(scratch, text, length);
    ok = finish_text(out, scratch, from);
    out->type = SL_TYPE_JSON;
  }
  free(text);
  yyjson_doc_free(doc);
  return ok;
}

bool sl_coerce(const struct sl_value *in, enum sl_type to, struct sl_value *out,
               struct sl_buffer *scratch) {
  out->zoned = false;
  if (in->type == to) {
    *out = *in;
    return true;
  }
  switch (to) {
    case SL_TYPE_TEXT: return to_text(in, out, scratch);
    case SL_TYPE_BIGINT: return to_bigint(in, out);
    case SL_TYPE_DOUBLE: return to_double(in, out);
    case SL_TYPE_DECIMAL:
    case SL_TYPE_WEI: return to_decimal(in, to, out);
    case SL_TYPE_BOOL: return to_bool(in, out);
    case SL_TYPE_TIMESTAMP: return to_timestamp(in, out);
    case SL_TYPE_DATE: return to_date(in, out);
    case SL_TYPE_TIME: return to_time(in, out);
    case SL_TYPE_BINARY: return to_binary(in, out, scratch);
    case SL_TYPE_JSON: return to_json(in, out, scratch);
    default: return false;
  }
}
