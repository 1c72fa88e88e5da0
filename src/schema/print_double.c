/* print_double.c - numbers as Python's str() and as orjson print them.
 *
 * yyjson finds the shortest digits of a double that read back the same (Schubfach, some 30 ns);
 * where the point and the exponent go is their own. */
#include <math.h>
#include <stdlib.h>

#include <yyjson.h>

#include "schema/coerce.h"
#include "schema/detect.h"
#include "schema/json_text.h"

struct style {
  int lowest;          /* the smallest exponent that is written plainly */
  int exponent_digits; /* at least */
};
static const struct style python = { -4, 2 };
static const struct style orjson = { -5, 1 };

struct digits { /* 0.d1d2d3... * 10^point */
  char text[32];
  int count, point;
};

/* Takes "-123.45e-6" apart: digits without zeros at either end. */
static void take_apart(const char *number, size_t length, struct digits *d) {
  bool fraction = false;
  *d = (struct digits){ 0 };
  for (size_t i = 0; i < length; i++) {
    char c = number[i];
    if (c == 'e' || c == 'E') {
      d->point += (int)strtol(number + i + 1, NULL, 10);
      break;
    }
    if (c == '.') {
      fraction = true;
    } else if (c != '-') {
      bool leading = d->count == 0 && c == '0';
      if (!leading && d->count < (int)sizeof d->text) {
        d->text[d->count++] = c;
      }
      d->point += fraction ? -(int)leading : (int)!leading;
    }
  }
  while (d->count > 0 && d->text[d->count - 1] == '0') {
    d->count--;
  }
}

static void zeros(struct sl_buffer *out, int n) {
  for (; n > 0; n--) {
    sl_buffer_char(out, '0');
  }
}

/* Plain up to below 1e16, else with an exponent. */
static void print_digits(const struct digits *d, const struct style *style, struct sl_buffer *out) {
  int exponent = d->point - 1;
  if (exponent >= 16 || exponent < style->lowest) {
    sl_buffer_char(out, d->text[0]);
    if (d->count > 1) {
      sl_buffer_char(out, '.');
      sl_buffer_append(out, d->text + 1, (size_t)d->count - 1);
    }
    sl_buffer_printf(out, "e%c%0*d", exponent < 0 ? '-' : '+', style->exponent_digits,
                     abs(exponent));
  } else if (d->point <= 0) {
    sl_buffer_text(out, "0.");
    zeros(out, -d->point);
    sl_buffer_append(out, d->text, (size_t)d->count);
  } else {
    int whole = d->count < d->point ? d->count : d->point;
    sl_buffer_append(out, d->text, (size_t)whole);
    zeros(out, d->point - whole);
    sl_buffer_char(out, '.');
    sl_buffer_append(out, d->text + whole, (size_t)(d->count - whole));
    zeros(out, d->count == whole);
  }
}

static void print_finite(double value, const struct style *style, struct sl_buffer *out) {
  char memory[512]; /* the writer takes all it needs from here */
  yyjson_alc pool;
  yyjson_val number = { 0 };
  size_t length = 0;
  struct digits digits;
  if (signbit(value)) {
    sl_buffer_char(out, '-');
  }
  if (value == 0) {
    sl_buffer_text(out, "0.0");
    return;
  }
  yyjson_set_real(&number, fabs(value));
  const char *text = yyjson_alc_pool_init(&pool, memory, sizeof memory)
                         ? yyjson_val_write_opts(&number, 0, &pool, &length, NULL)
                         : NULL;
  if (text == NULL) {
    out->failed = true;
    return;
  }
  take_apart(text, length, &digits);
  print_digits(&digits, style, out);
}

void sl_print_double(double value, struct sl_buffer *out) {
  if (isfinite(value)) {
    print_finite(value, &python, out);
  } else {
    sl_buffer_text(out, isnan(value) ? "nan" : value < 0 ? "-inf" : "inf");
  }
}

void sl_json_double(struct sl_buffer *out, double value) {
  if (isfinite(value)) {
    print_finite(value, &orjson, out);
  } else {
    sl_buffer_text(out, "null");
  }
}

void sl_print_decimal(struct sl_decimal d, struct sl_buffer *out) {
  char text[48];
  int digits = sl_decimal_digits(d.coefficient);
  int exponent = digits - 1 - d.scale; /* of the first digit */
  if (exponent >= -6) {
    sl_buffer_append(out, text, sl_decimal_print(text, d));
    return;
  }
  size_t length = sl_decimal_print(text, (struct sl_decimal){ d.coefficient, digits - 1 });
  sl_buffer_append(out, text, length);
  sl_buffer_printf(out, "E%d", exponent);
}
