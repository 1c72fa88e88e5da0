/* decode.c - rows of the binary protocol, straight from the packet into columns.
 *
 * A packet is a zero byte, a bitmap of NULLs that begins at its third bit, and the values in order:
 * numbers in little-endian of fixed width, everything else with its length before it. */
#include <stdio.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/memory.h"
#include "base/time.h"
#include "sources/mysql/decode.h"

sl_status maria_decoder_new(struct maria_decoder **out, const struct sl_db_table *table,
                            const struct sl_db_settings *settings, struct sl_error *err) {
  struct maria_decoder *d = calloc(1, sizeof *d);
  *out = NULL;
  if (d == NULL || (d->columns = sl_calloc_array(table->n_columns, sizeof *d->columns)) == NULL) {
    maria_decoder_free(d);
    return sl_fail(err, SL_ENOMEM, "out of memory for a batch of table %s", table->name);
  }
  d->table = table;
  d->n_columns = table->n_columns;
  for (size_t i = 0; i < table->n_columns; i++) {
    const struct sl_db_column *declared = &table->columns[i];
    struct maria_column *c = &d->columns[i];
    c->decode = (enum maria_decode)declared->type;
    c->layout = declared->format[0];
    c->is_unsigned = (declared->detail & MARIA_UNSIGNED_FLAG) != 0;
    c->decimals = (int)(declared->detail & 0xFF);
    c->scale = sl_decimal_format_scale(declared->format);
    d->fixed_bytes += c->layout == 'd' ? 16 : 8;
  }
  sl_status rc = sl_db_batch_new(&d->batch, table, settings, err);
  if (rc != SL_OK) {
    maria_decoder_free(d);
    return rc;
  }
  *out = d;
  return SL_OK;
}

void maria_decoder_free(struct maria_decoder *d) {
  if (d == NULL) {
    return;
  }
  sl_db_batch_free(d->batch);
  free(d->columns);
  free(d);
}

int64_t maria_decoder_rows(const struct maria_decoder *d) {
  return sl_db_batch_rows(d->batch);
}

int64_t maria_decoder_bytes(const struct maria_decoder *d) {
  return d->wire_bytes + sl_db_batch_rows(d->batch) * d->fixed_bytes;
}

sl_status maria_decoder_finish(struct maria_decoder *d, struct sl_block *out,
                               struct sl_error *err) {
  int64_t bytes = d->wire_bytes;
  d->wire_bytes = 0;
  for (size_t i = 0; i < d->n_columns; i++) {
    d->columns[i].text = false;
  }
  return sl_db_batch_finish(d->batch, bytes, out, err);
}

/* ---- the parts of a packet ---- */

struct packet {
  const unsigned char *at, *end;
};

static sl_status malformed(struct sl_error *err) {
  return sl_fail(err, SL_ESOURCE,
                 "the server sent a row that is cut short: is there something between Sluice and "
                 "the server that changes packets?");
}

/* The next n bytes; NULL = the packet ends before. */
static const unsigned char *take(struct packet *p, size_t n) {
  if ((size_t)(p->end - p->at) < n) {
    return NULL;
  }
  const unsigned char *start = p->at;
  p->at += n;
  return start;
}

static uint64_t little(const unsigned char *bytes, int n) {
  uint64_t value = 0;
  for (int i = n - 1; i >= 0; i--) {
    value = value << 8 | bytes[i];
  }
  return value;
}

/* Bytes with their length before them. */
static bool take_bytes(struct packet *p, struct sl_text *out) {
  const unsigned char *first = take(p, 1);
  if (first == NULL) {
    return false;
  }
  size_t length = *first;
  if (length > 250) {
    int width = length == 252 ? 2 : length == 253 ? 3 : length == 254 ? 8 : 0;
    const unsigned char *bytes = width == 0 ? NULL : take(p, (size_t)width);
    if (bytes == NULL) {
      return false;
    }
    length = (size_t)little(bytes, width);
  }
  out->data = (const char *)take(p, length);
  out->length = length;
  return out->data != NULL;
}

static int64_t signed_of(uint64_t value, int bytes) {
  int shift = 64 - 8 * bytes;
  return (int64_t)(value << shift) >> shift;
}

/* ---- values ---- */

static sl_status put_integer(struct maria_decoder *d, size_t i, int64_t value,
                             struct sl_error *err) {
  struct sl_builder *b = sl_db_batch_builder(d->batch, i);
  if (d->columns[i].text) {
    char text[24];
    int n = snprintf(text, sizeof text, "%lld", (long long)value);
    return maria_put_text(d, i, text, (size_t)n, err);
  }
  sl_status rc = maria_pad(d, b, err);
  return rc == SL_OK ? sl_builder_append_int64(b, value, err) : rc;
}

static sl_status put_whole(struct maria_decoder *d, size_t i, struct packet *p, int bytes,
                           struct sl_error *err) {
  const unsigned char *data = take(p, (size_t)bytes);
  if (data == NULL) {
    return malformed(err);
  }
  uint64_t value = little(data, bytes);
  return put_integer(d, i, d->columns[i].is_unsigned ? (int64_t)value : signed_of(value, bytes),
                     err);
}

static sl_status put_unsigned(struct maria_decoder *d, size_t i, uint64_t value,
                              struct sl_error *err) {
  struct maria_column *c = &d->columns[i];
  struct sl_builder *b = sl_db_batch_builder(d->batch, i);
  if (c->text || (c->layout != 'd' && value > INT64_MAX)) {
    char text[24];
    int n = snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    return maria_put_special(d, i, text, (size_t)n, err);
  }
  sl_status rc = maria_pad(d, b, err);
  if (rc != SL_OK) {
    return rc;
  }
  return c->layout == 'd' ? sl_builder_append_decimal(b, (sl_int128)value, err)
                          : sl_builder_append_int64(b, (int64_t)value, err);
}

static sl_status put_bool(struct maria_decoder *d, size_t i, int64_t value, struct sl_error *err) {
  struct sl_builder *b = sl_db_batch_builder(d->batch, i);
  if (d->columns[i].text || (value != 0 && value != 1)) {
    char text[24];
    int n = value == 0 || value == 1
                ? snprintf(text, sizeof text, "%s", value == 1 ? "true" : "false")
                : snprintf(text, sizeof text, "%lld", (long long)value);
    return maria_put_special(d, i, text, (size_t)n, err);
  }
  sl_status rc = maria_pad(d, b, err);
  return rc == SL_OK ? sl_builder_append_bool(b, value == 1, err) : rc;
}

static sl_status put_real(struct maria_decoder *d, size_t i, struct packet *p, bool is_float,
                          struct sl_error *err) {
  struct sl_builder *b = sl_db_batch_builder(d->batch, i);
  const unsigned char *data = take(p, is_float ? 4 : 8);
  double value;
  if (data == NULL) {
    return malformed(err);
  }
  if (is_float) {
    uint32_t bits = (uint32_t)little(data, 4);
    float narrow;
    memcpy(&narrow, &bits, sizeof narrow);
    value = (double)narrow;
  } else {
    uint64_t bits = little(data, 8);
    memcpy(&value, &bits, sizeof value);
  }
  sl_status rc = maria_pad(d, b, err);
  return rc == SL_OK ? sl_builder_append_double(b, value, err) : rc;
}

/* Digits of a decimal whose fraction is as long as declared, into a number without its point. */
static bool read_decimal(struct sl_text text, int scale, sl_int128 *out) {
  const char *c = text.data;
  const char *end = text.data + text.length;
  bool negative = c < end && *c == '-';
  c += negative;
  const char *point = memchr(c, '.', (size_t)(end - c));
  long fraction = point == NULL ? 0 : end - point - 1;
  if (fraction != scale || c == end || c == point || end - c > 38 + 2) { /* "0." and 38 digits */
    return false;
  }
  sl_uint128 value = 0;
  int digits = 0;
  while (c < end) {
    uint64_t part = 0; /* 18 digits at a time fit into 64 bits */
    uint64_t factor = 1;
    for (int n = 0; n < 18 && c < end; c++) {
      if (c == point) {
        continue;
      }
      unsigned digit = (unsigned char)*c - (unsigned)'0';
      if (digit > 9) {
        return false;
      }
      part = part * 10 + digit;
      factor *= 10;
      digits += digits > 0 || digit > 0;
      n++;
    }
    value = value * factor + part;
  }
  *out = negative ? -(sl_int128)value : (sl_int128)value;
  return digits <= 38;
}

static sl_status put_decimal(struct maria_decoder *d, size_t i, struct packet *p,
                             struct sl_error *err) {
  struct maria_column *c = &d->columns[i];
  struct sl_text text;
  sl_int128 value;
  if (!take_bytes(p, &text)) {
    return malformed(err);
  }
  if (c->text) {
    return maria_put_special(d, i, text.data, text.length, err);
  }
  if (!read_decimal(text, c->scale, &value)) {
    sl_status rc = sl_db_batch_append_decimal_text(d->batch, i, text.data, text.length, err);
    c->text = sl_db_batch_is_text(d->batch, i);
    return rc;
  }
  struct sl_builder *b = sl_db_batch_builder(d->batch, i);
  sl_status rc = maria_pad(d, b, err);
  return rc == SL_OK ? sl_builder_append_decimal(b, value, err) : rc;
}

static sl_status put_bit(struct maria_decoder *d, size_t i, struct packet *p,
                         struct sl_error *err) {
  struct sl_text bytes;
  uint64_t value = 0;
  if (!take_bytes(p, &bytes) || bytes.length > 8) {
    return malformed(err);
  }
  for (size_t k = 0; k < bytes.length; k++) {
    value = value << 8 | (unsigned char)bytes.data[k];
  }
  return d->columns[i].layout == 'b' ? put_bool(d, i, (int64_t)value, err)
                                     : put_unsigned(d, i, value, err);
}

static sl_status put_string(struct maria_decoder *d, size_t i, struct packet *p,
                            struct sl_error *err) {
  struct sl_text text;
  if (!take_bytes(p, &text)) {
    return malformed(err);
  }
  return maria_put_text(d, i, text.data, text.length, err);
}

/* SRID (4 bytes) and WKB, as EWKB: PostGIS's and DuckDB's spatial extension read it. */
static sl_status put_geometry(struct maria_decoder *d, size_t i, struct packet *p,
                              struct sl_error *err) {
  enum { HEAD = 9, HAS_SRID = 0x20 };
  static const char digits[] = "0123456789ABCDEF";
  struct sl_text value;
  if (!take_bytes(p, &value)) {
    return malformed(err);
  }
  const unsigned char *in = (const unsigned char *)value.data;
  bool has_srid = value.length >= HEAD && little(in, 4) != 0;
  char *hex = malloc(2 * value.length + 2);
  size_t n = 0;
  if (hex == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a geometry");
  }
  for (size_t k = 4; k < value.length; k++) {
    /* The type's fourth byte says that the SRID follows; MySQL writes little-endian only. */
    unsigned byte = in[k] | (has_srid && k == HEAD - 1 ? HAS_SRID : 0U);
    hex[n++] = digits[byte >> 4];
    hex[n++] = digits[byte & 15];
    for (size_t j = 0; has_srid && k == HEAD - 1 && j < 4; j++) {
      hex[n++] = digits[in[j] >> 4];
      hex[n++] = digits[in[j] & 15];
    }
  }
  sl_status rc = maria_put_text(d, i, hex, n, err);
  free(hex);
  return rc;
}

/* ---- rows ---- */

static sl_status put_value(struct maria_decoder *d, size_t i, struct packet *p,
                           struct sl_error *err) {
  const unsigned char *data;
  struct sl_text bytes;
  switch (d->columns[i].decode) {
    case MARIA_TINY: return put_whole(d, i, p, 1, err);
    case MARIA_SHORT: return put_whole(d, i, p, 2, err);
    case MARIA_LONG: return put_whole(d, i, p, 4, err);
    case MARIA_LONGLONG: return put_whole(d, i, p, 8, err);
    case MARIA_UNSIGNED:
      data = take(p, 8);
      return data == NULL ? malformed(err) : put_unsigned(d, i, little(data, 8), err);
    case MARIA_TINY_BOOL:
      data = take(p, 1);
      return data == NULL ? malformed(err) : put_bool(d, i, (int8_t)*data, err);
    case MARIA_FLOAT: return put_real(d, i, p, true, err);
    case MARIA_DOUBLE: return put_real(d, i, p, false, err);
    case MARIA_DECIMAL: return put_decimal(d, i, p, err);
    case MARIA_BIT: return put_bit(d, i, p, err);
    case MARIA_DATE:
    case MARIA_DATETIME:
    case MARIA_TIME:
      return take_bytes(p, &bytes) ? maria_put_time(d, i, bytes, err) : malformed(err);
    case MARIA_TEXT:
    case MARIA_BINARY: return put_string(d, i, p, err);
    case MARIA_GEOMETRY: return put_geometry(d, i, p, err);
    case MARIA_NULL: break;
  }
  return take_bytes(p, &bytes) ? SL_OK : malformed(err);
}

sl_status maria_decode_row(struct maria_decoder *d, const unsigned char *packet, size_t length,
                           struct sl_error *err) {
  size_t nulls = (d->n_columns + 9) / 8;
  struct packet p = { packet, packet + length };
  const unsigned char *bitmap = packet + 1;
  if (take(&p, 1 + nulls) == NULL) {
    return malformed(err);
  }
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < d->n_columns; i++) {
    size_t bit = i + 2;
    if ((bitmap[bit >> 3] >> (bit & 7) & 1) == 0) {
      rc = put_value(d, i, &p, err);
    }
  }
  d->wire_bytes += (int64_t)length;
  return rc == SL_OK ? sl_db_batch_end_row(d->batch, err) : rc;
}
