/* coerce_binary.c - coercion to bytes. */
#include "base/hash.h"
#include "schema/coerce.h"

/* Little-endian, as few bytes as it takes: none for 0. */
static bool append_integer(int64_t value, struct sl_buffer *out) {
  if (value < 0) {
    return false;
  }
  for (uint64_t rest = (uint64_t)value; rest > 0; rest >>= 8) {
    sl_buffer_char(out, (char)(rest & 0xFF));
  }
  return true;
}

/* Python's bytes.fromhex(): pairs, with white space between them. */
static bool append_hex(const char *at, const char *end, struct sl_buffer *out) {
  while (at < end) {
    if (*at == ' ' || (*at >= 9 && *at <= 13)) {
      at++;
      continue;
    }
    int high = sl_hex_digit(*at);
    int low = end - at >= 2 ? sl_hex_digit(at[1]) : -1;
    if (high < 0 || low < 0) {
      return false;
    }
    sl_buffer_char(out, (char)(high << 4 | low));
    at += 2;
  }
  return true;
}

static bool append_base64(struct sl_text text, struct sl_buffer *out) {
  if (!sl_buffer_reserve(out, text.length)) {
    return false;
  }
  long n = sl_base64_decode((uint8_t *)out->data + out->length, text.data, text.length);
  out->length += n < 0 ? 0 : (size_t)n;
  return n >= 0;
}

bool sl_to_binary(const struct sl_value *in, struct sl_value *out, struct sl_buffer *scratch) {
  size_t from = scratch->length;
  struct sl_text t = in->as.text;
  bool ok = false;
  if (in->type == SL_TYPE_BIGINT) {
    ok = append_integer(in->as.integer, scratch);
  } else if (in->type == SL_TYPE_TEXT) {
    ok = t.length >= 2 && t.data[0] == '0' && t.data[1] == 'x'
             ? append_hex(t.data + 2, t.data + t.length, scratch)
             : append_base64(t, scratch);
  }
  sl_buffer_append(scratch, "", 0);
  if (!ok || scratch->failed) {
    return false;
  }
  out->type = SL_TYPE_BINARY;
  out->as.text = (struct sl_text){ scratch->data + from, scratch->length - from };
  return true;
}
