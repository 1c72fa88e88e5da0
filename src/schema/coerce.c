/* coerce.c - dlt's coercion table (dlt.md 2.6): one function per target type. */
#include "schema/coerce.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <strings.h>

#include <yyjson.h>

#include "base/hash.h"
#include "base/time.h"
#include "schema/detect.h"

static void append_base64(struct sl_text bytes, struct sl_buffer *out) {
  if (bytes.length < SIZE_MAX / 4 && sl_buffer_reserve(out, (bytes.length + 2) / 3 * 4)) {
    out->length +=
        sl_base64_encode(out->data + out->length, (const uint8_t *)bytes.data, bytes.length, 1);
  } else {
    out->failed = true;
  }
}

static void append_hex(struct sl_text bytes, struct sl_buffer *out) {
  sl_buffer_text(out, "0x");
  for (size_t i = 0; i < bytes.length; i++) {
    sl_buffer_printf(out, "%02x", (unsigned)(unsigned char)bytes.data[i]);
  }
}

static bool to_text(const struct sl_value *in, struct sl_value *out, struct sl_buffer *scratch) {
  size_t from = scratch->length;
  char text[48];
  switch (in->type) {
    case SL_TYPE_JSON: /* is text already */
      out->type = SL_TYPE_TEXT;
      out->as.text = in->as.text;
      return true;
    case SL_TYPE_BIGINT: sl_buffer_printf(scratch, "%" PRId64, in->as.integer); break;
    case SL_TYPE_DOUBLE: sl_print_double(in->as.real, scratch); break;
    case SL_TYPE_WEI:
    case SL_TYPE_DECIMAL: sl_print_decimal(in->as.decimal, scratch); break;
    case SL_TYPE_BOOL: sl_buffer_text(scratch, in->as.boolean ? "True" : "False"); break;
    case SL_TYPE_BINARY: (in->hex ? append_hex : append_base64)(in->as.text, scratch); break;
    case SL_TYPE_TIMESTAMP:
      sl_buffer_append(scratch, text, sl_timestamp_print(text, in->as.integer, in->zoned));
      break;
    case SL_TYPE_DATE:
      sl_buffer_append(scratch, text, sl_date_print(text, (int32_t)in->as.integer));
      break;
    case SL_TYPE_TIME: sl_buffer_append(scratch, text, sl_time_print(text, in->as.integer)); break;
    default: return false;
  }
  if (scratch->failed) {
    return false;
  }
  out->type = SL_TYPE_TEXT;
  out->as.text = (struct sl_text){ scratch->data + from, scratch->length - from };
  return true;
}

static bool to_bigint(const struct sl_value *in, struct sl_value *out, struct sl_buffer *scratch) {
  out->type = SL_TYPE_BIGINT;
  switch (in->type) {
    case SL_TYPE_TEXT: return sl_text_to_bigint(in->as.text, &out->as.integer, scratch);
    case SL_TYPE_WEI:
    case SL_TYPE_DECIMAL: return sl_decimal_to_int64(in->as.decimal, &out->as.integer);
    case SL_TYPE_DOUBLE:
      if (!(in->as.real >= -0x1p63 && in->as.real < 0x1p63) || in->as.real != floor(in->as.real)) {
        return false;
      }
      out->as.integer = (int64_t)in->as.real;
      return true;
    default: return false;
  }
}

static bool to_double(const struct sl_value *in, struct sl_value *out, struct sl_buffer *scratch) {
  out->type = SL_TYPE_DOUBLE;
  switch (in->type) {
    case SL_TYPE_TEXT: return sl_text_to_double(in->as.text, &out->as.real, scratch);
    case SL_TYPE_BIGINT: out->as.real = (double)in->as.integer; return true;
    case SL_TYPE_WEI:
    case SL_TYPE_DECIMAL: out->as.real = sl_decimal_to_double(in->as.decimal); return true;
    default: return false;
  }
}

/* A double becomes the decimal that is its shortest text. */
static bool double_to_decimal(double value, struct sl_decimal *out) {
  struct sl_buffer text = { 0 };
  sl_print_double(value, &text);
  bool ok = !text.failed && sl_decimal_parse((struct sl_text){ text.data, text.length }, out);
  sl_buffer_release(&text);
  return ok;
}

/* Infinite, NaN and more than 38 digits stay outside: no destination's decimal holds them. */
static bool to_decimal(const struct sl_value *in, enum sl_type to, struct sl_value *out,
                       struct sl_buffer *scratch) {
  out->type = to;
  switch (in->type) {
    case SL_TYPE_TEXT: return sl_text_to_decimal(in->as.text, &out->as.decimal, scratch);
    case SL_TYPE_BIGINT: out->as.decimal = (struct sl_decimal){ in->as.integer, 0 }; return true;
    case SL_TYPE_DOUBLE: return double_to_decimal(in->as.real, &out->as.decimal);
    case SL_TYPE_WEI:
    case SL_TYPE_DECIMAL: out->as.decimal = in->as.decimal; return true;
    default: return false;
  }
}

static bool text_to_bool(struct sl_text text, bool *out) {
  static const char *const words[2][5] = { { "no", "false", "f", "n", "0" },
                                           { "yes", "true", "t", "y", "1" } };
  for (int truth = 0; truth < 2; truth++) {
    for (size_t i = 0; i < 5; i++) {
      if (strlen(words[truth][i]) == text.length &&
          strncasecmp(words[truth][i], text.data, text.length) == 0) {
        *out = truth == 1;
        return true;
      }
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

/* As dlt reads it: numbers must be in the range of doubles. */
static bool is_json(struct sl_text text, struct sl_buffer *scratch) {
  yyjson_read_err problem = { 0 };
  yyjson_doc *doc = yyjson_read_opts((char *)(uintptr_t)text.data, text.length, YYJSON_READ_NOFLAG,
                                     NULL, &problem); /* does not write without the INSITU flag */
  yyjson_doc_free(doc);
  scratch->failed =
      scratch->failed || (doc == NULL && problem.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION);
  return doc != NULL;
}

/* Kept compact, with numbers as they are written. */
static bool to_json(const struct sl_value *in, struct sl_value *out, struct sl_buffer *scratch) {
  if (in->type != SL_TYPE_TEXT || !is_json(in->as.text, scratch)) {
    return false;
  }
  size_t from = scratch->length;
  size_t length = 0;
  yyjson_doc *doc = yyjson_read(in->as.text.data, in->as.text.length, YYJSON_READ_NUMBER_AS_RAW);
  char *text = doc == NULL ? NULL : yyjson_write(doc, YYJSON_WRITE_NOFLAG, &length);
  bool ok = text != NULL;
  scratch->failed = scratch->failed || !ok; /* it is JSON: only memory can be short */
  if (ok) {
    sl_buffer_append(scratch, text, length);
    ok = !scratch->failed;
    out->type = SL_TYPE_JSON;
    out->as.text = (struct sl_text){ scratch->data + from, scratch->length - from };
  }
  free(text);
  yyjson_doc_free(doc);
  return ok;
}

bool sl_coerce(const struct sl_value *in, enum sl_type to, struct sl_value *out,
               struct sl_buffer *scratch) {
  struct sl_buffer none = { 0 }; /* of those who want no text and give no scratch */
  if (in->type == to) {
    *out = *in;
    return true;
  }
  scratch = scratch == NULL ? &none : scratch;
  *out = (struct sl_value){ 0 };
  switch (to) {
    case SL_TYPE_TEXT: return to_text(in, out, scratch);
    case SL_TYPE_BIGINT: return to_bigint(in, out, scratch);
    case SL_TYPE_DOUBLE: return to_double(in, out, scratch);
    case SL_TYPE_DECIMAL:
    case SL_TYPE_WEI: return to_decimal(in, to, out, scratch);
    case SL_TYPE_BOOL: return to_bool(in, out);
    case SL_TYPE_TIMESTAMP: return sl_to_timestamp(in, out, scratch);
    case SL_TYPE_DATE: return sl_to_date(in, out, scratch);
    case SL_TYPE_TIME: return sl_to_time(in, out);
    case SL_TYPE_BINARY: return sl_to_binary(in, out, scratch);
    case SL_TYPE_JSON: return to_json(in, out, scratch);
    default: return false;
  }
}
