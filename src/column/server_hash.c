/* server_hash.c - see server_hash.h. The hash of PostgreSQL is src/common/hashfn.c of its source:
 * Bob Jenkins' lookup3, little-endian. */
#include "column/server_hash.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/decimal.h"
#include "base/hash.h"
#include "column/read.h"

/* From 1970 to 2000, where PostgreSQL's moments begin, in microseconds. */
static const int64_t POSTGRES_EPOCH = INT64_C(946684800) * 1000000;

struct lookup3 {
  uint32_t a, b, c;
};

static inline uint32_t rotate(uint32_t v, int by) {
  return v << by | v >> (32 - by);
}

static struct lookup3 begin(size_t length) {
  uint32_t start = UINT32_C(0x9e3779b9) + (uint32_t)length + 3923095;
  return (struct lookup3){ start, start, start };
}

static void mix(struct lookup3 *h) {
  h->a = (h->a - h->c) ^ rotate(h->c, 4), h->c += h->b;
  h->b = (h->b - h->a) ^ rotate(h->a, 6), h->a += h->c;
  h->c = (h->c - h->b) ^ rotate(h->b, 8), h->b += h->a;
  h->a = (h->a - h->c) ^ rotate(h->c, 16), h->c += h->b;
  h->b = (h->b - h->a) ^ rotate(h->a, 19), h->a += h->c;
  h->c = (h->c - h->b) ^ rotate(h->b, 4), h->b += h->a;
}

static uint64_t end(struct lookup3 h) {
  h.c = (h.c ^ h.b) - rotate(h.b, 14);
  h.a = (h.a ^ h.c) - rotate(h.c, 11);
  h.b = (h.b ^ h.a) - rotate(h.a, 25);
  h.c = (h.c ^ h.b) - rotate(h.b, 16);
  h.a = (h.a ^ h.c) - rotate(h.c, 4);
  h.b = (h.b ^ h.a) - rotate(h.a, 14);
  h.c = (h.c ^ h.b) - rotate(h.b, 24);
  return (uint64_t)h.b << 32 | h.c;
}

uint64_t sl_postgres_hash(const void *data, size_t length) {
  const char *at = data;
  struct lookup3 h = begin(length);
  for (; length >= 12; length -= 12, at += 12) {
    uint32_t words[3];
    memcpy(words, at, sizeof words);
    h.a += words[0];
    h.b += words[1];
    h.c += words[2];
    mix(&h);
  }
  uint32_t last[3] = { 0 };
  memcpy(last, at, length < 8 ? length : 8);
  for (size_t i = 8; i < length; i++) { /* the lowest byte of c is the length's */
    last[2] |= (uint32_t)(unsigned char)at[i] << (8 * (i - 7));
  }
  h.a += last[0];
  h.b += last[1];
  h.c += last[2];
  return end(h);
}

/* hashint8extended: integers that are equal have one hash, whatever their width. */
static uint64_t postgres_integer(int64_t v) {
  struct lookup3 h = begin(sizeof(uint32_t));
  uint32_t high = (uint32_t)((uint64_t)v >> 32);
  h.a += (uint32_t)v ^ (v >= 0 ? high : ~high);
  return end(h);
}

static uint64_t hash_bytes(enum sl_sum_hash hash, const char *data, size_t length) {
  switch (hash) {
    case SL_SUM_POSTGRES: return sl_postgres_hash(data, length);
    case SL_SUM_CRC32: return sl_crc32(data, length);
    default: return (uint32_t)sl_hash64(data, length);
  }
}

static uint64_t hash_integer(enum sl_sum_hash hash, int64_t v) {
  char text[24];
  if (hash == SL_SUM_POSTGRES) {
    return postgres_integer(v);
  }
  if (hash == SL_SUM_XXH3) {
    return hash_bytes(hash, (const char *)&v, sizeof v);
  }
  int n = snprintf(text, sizeof text, "%" PRId64, v);
  return hash_bytes(hash, text, (size_t)n);
}

static uint64_t hash_real(enum sl_sum_hash hash, double v) {
  if (v == 0 && hash == SL_SUM_POSTGRES) {
    return 0; /* the seed: -0 and 0 are equal */
  }
  v = isnan(v) ? (double)NAN : v;
  return hash_bytes(hash, (const char *)&v, sizeof v);
}

static uint64_t hash_hex(enum sl_sum_hash hash, struct sl_text bytes) {
  static const char digits[] = "0123456789abcdef";
  struct sl_buffer text = { 0 };
  for (size_t i = 0; i < bytes.length; i++) {
    unsigned char byte = (unsigned char)bytes.data[i];
    sl_buffer_char(&text, digits[byte >> 4]);
    sl_buffer_char(&text, digits[byte & 15]);
  }
  uint64_t result = hash_bytes(hash, text.data == NULL ? "" : text.data, text.length);
  sl_buffer_release(&text);
  return result;
}

static bool take_decimal(const struct sl_read_value *v, struct sl_decimal *out) {
  switch (v->kind) {
    case SL_READ_DECIMAL: *out = v->as.decimal; return true;
    case SL_READ_INT64: *out = (struct sl_decimal){ .coefficient = v->as.integer }; return true;
    case SL_READ_UINT64:
      *out = (struct sl_decimal){ .coefficient = (sl_int128)v->as.natural };
      return true;
    case SL_READ_TEXT: return sl_decimal_parse(v->as.text, out);
    default: return false;
  }
}

static bool hash_decimal(const struct sl_read_value *v, enum sl_sum_hash hash, int32_t scale,
                         uint64_t *out) {
  char text[48];
  struct sl_decimal d;
  if (!take_decimal(v, &d)) {
    return false;
  }
  sl_decimal_trim(&d);
  if (scale > d.scale && !sl_decimal_rescale(&d, scale)) {
    return false;
  }
  *out = hash_bytes(hash, text, sl_decimal_print(text, d));
  return true;
}

static bool take_integer(const struct sl_read_value *v, int64_t *out) {
  struct sl_decimal d;
  if (v->kind == SL_READ_BOOL) {
    *out = v->as.boolean;
    return true;
  }
  return take_decimal(v, &d) && sl_decimal_to_int64(d, out);
}

/* False: of another kind. */
static bool hash_value(const struct sl_read_value *v, enum sl_sum_hash hash,
                       const struct sl_source_sum *how, uint64_t *out) {
  static const enum sl_read_kind times[] = {
    [SL_SUM_DATE] = SL_READ_DATE, [SL_SUM_TIME] = SL_READ_TIME, [SL_SUM_MOMENT] = SL_READ_TIMESTAMP
  };
  bool bytes = v->kind == SL_READ_TEXT || v->kind == SL_READ_BINARY;
  int64_t integer = 0;
  switch (how->form) {
    case SL_SUM_INTEGER:
      if (!take_integer(v, &integer)) {
        return false;
      }
      *out = hash_integer(hash, integer);
      return true;
    case SL_SUM_DATE:
    case SL_SUM_TIME:
    case SL_SUM_MOMENT:
      integer = v->as.integer -
                (how->form == SL_SUM_MOMENT && hash == SL_SUM_POSTGRES ? POSTGRES_EPOCH : 0);
      *out = hash_integer(hash, integer);
      return v->kind == times[how->form];
    case SL_SUM_REAL: *out = hash_real(hash, v->as.real); return v->kind == SL_READ_DOUBLE;
    case SL_SUM_DECIMAL: return hash_decimal(v, hash, how->scale, out);
    case SL_SUM_TEXT:
      *out = bytes ? hash_bytes(hash, v->as.text.data, v->as.text.length) : 0;
      return bytes;
    case SL_SUM_HEX: *out = bytes ? hash_hex(hash, v->as.text) : 0; return bytes;
    default: return false;
  }
}

bool sl_server_hash_add(struct sl_checksum *sum, enum sl_sum_hash hash,
                        const struct sl_source_sum *how, const struct ArrowSchema *schema,
                        const struct ArrowArray *array) {
  for (int64_t row = 0; row < array->length; row++) {
    struct sl_read_value v = sl_array_read(schema, array, row);
    uint64_t h = 0;
    if (v.kind == SL_READ_NULL) {
      continue;
    }
    if (!hash_value(&v, hash, how, &h)) {
      return false;
    }
    sum->values++;
    sum->sum += h;
  }
  return true;
}
