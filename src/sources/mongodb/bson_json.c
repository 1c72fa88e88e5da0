/* bson_json.c - see bson_json.h. BSON is little-endian: a document is its length, elements of type,
 * key and value, and a zero byte. */
#include "sources/mongodb/bson_json.h"
#include "schema/typed_mark.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/hash.h"
#include "base/time.h"

enum { /* types as BSON numbers them */
       BSON_DOUBLE = 0x01,
       BSON_TEXT,
       BSON_OBJECT,
       BSON_LIST,
       BSON_BYTES,
       BSON_NOTHING,
       BSON_OBJECT_ID,
       BSON_TRUTH,
       BSON_DATE,
       BSON_NIL,
       BSON_PATTERN,
       BSON_POINTER,
       BSON_SCRIPT,
       BSON_NAME,
       BSON_SCOPED,
       BSON_SMALL,
       BSON_CLOCK,
       BSON_LARGE,
       BSON_DECIMAL,
       BSON_HIGHEST = 0x7F,
       BSON_LOWEST = 0xFF
};

#define MARK_DECIMAL   "\"" SL_MARK_DECIMAL
#define MARK_TIMESTAMP "\"" SL_MARK_TIMESTAMP
#define MARK_UUID      "\"" SL_MARK_UUID
#define MARK_HEX       "\"" SL_MARK_HEX
#define MARK_BASE64    "\"" SL_MARK_BASE64

struct input { /* bytes not yet read */
  const uint8_t *at, *end;
};

static int32_t get32(const uint8_t *p) {
  uint32_t v = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
  return (int32_t)v;
}

static uint64_t get64(const uint8_t *p) {
  return (uint64_t)(uint32_t)get32(p) | (uint64_t)(uint32_t)get32(p + 4) << 32;
}

static sl_status damaged(const struct mongo_writer *w, struct sl_error *err) {
  return sl_fail(err, SL_EDATA, "collection %s: a document is damaged at member %s: no valid BSON",
                 w->table, w->depth == 0 ? "(none)" : w->path[w->depth - 1]);
}

/* sl_buffer_append for pieces of a few bytes, without a call while there is room. */
static inline void add(struct sl_buffer *out, const void *bytes, size_t length) {
  if (__builtin_expect(out->capacity - out->length <= length, 0)) {
    sl_buffer_append(out, bytes, length);
    return;
  }
  memcpy(out->data + out->length, bytes, length);
  out->length += length;
}

static inline void add_char(struct sl_buffer *out, char c) {
  add(out, &c, 1);
}

static inline void put(struct mongo_writer *w, const char *text) {
  add(&w->out, text, strlen(text));
}

/* ---- text ---- */

#define ONES  UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

/* Nonzero when one of 8 bytes is below 0x20, a quote or a backslash (or, rarely, follows one). */
static inline uint64_t special_bytes(uint64_t v) {
  uint64_t quote = v ^ ONES * '"';
  uint64_t slash = v ^ ONES * '\\';
  return ((v - ONES * 0x20) | ((quote - ONES) & ~quote) | ((slash - ONES) & ~slash)) & HIGHS &
         ~(v & HIGHS);
}

static bool is_ascii(const char *text, size_t length) {
  uint64_t any = 0;
  uint64_t v;
  size_t i = 0;
  for (; i + 8 <= length; i += 8) {
    memcpy(&v, text + i, 8);
    any |= v;
  }
  for (; i < length; i++) {
    any |= (uint64_t)(unsigned char)text[i];
  }
  return (any & HIGHS) == 0 && (any & 0x80) == 0;
}

static size_t plain_run(const char *text, size_t length) {
  uint64_t v;
  size_t i = 0;
  for (; i + 8 <= length; i += 8) {
    memcpy(&v, text + i, 8);
    if (special_bytes(v) != 0) {
      break;
    }
  }
  while (i < length && (unsigned char)text[i] >= 0x20 && text[i] != '"' && text[i] != '\\') {
    i++;
  }
  return i;
}

static void put_escape(struct sl_buffer *out, char c) {
  static const char hex[] = "0123456789abcdef";
  char escape[6] = { '\\', 'u', '0', '0', hex[(c >> 4) & 15], hex[c & 15] };
  char pair[2] = { '\\', c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't' : c };
  bool is_pair = pair[1] != c || c == '"' || c == '\\';
  add(out, is_pair ? pair : escape, is_pair ? 2 : 6);
}

/* The inside of a JSON string. */
static void put_escaped(struct sl_buffer *out, const char *text, size_t length) {
  while (length > 0) {
    size_t plain = plain_run(text, length);
    add(out, text, plain);
    text += plain;
    length -= plain;
    if (length > 0) {
      put_escape(out, *text++);
      length--;
    }
  }
}

/* What is no UTF-8 in a key becomes U+FFFD: names must be text. */
static void put_key(struct mongo_writer *w, const char *key, size_t length) {
  struct sl_buffer *out = &w->out;
  add_char(out, '"');
  if (is_ascii(key, length) || sl_utf8_valid(key, length)) {
    put_escaped(out, key, length);
  } else {
    for (const char *at = key, *end = key + length; at < end;) {
      const char *from = at;
      if (sl_utf8_next(&at, end) >= 0) {
        put_escaped(out, from, (size_t)(at - from));
      } else {
        put(w, "\xEF\xBF\xBD");
      }
    }
  }
  add(out, "\":", 2);
}

static void put_base64(struct mongo_writer *w, const uint8_t *bytes, size_t length) {
  struct sl_buffer *out = &w->out;
  if (length == 0) { /* a mark alone would be a text */
    put(w, MARK_HEX "0x\"");
    return;
  }
  put(w, MARK_BASE64);
  if (sl_buffer_reserve(out, (length + 2) / 3 * 4 + 1)) {
    out->length += sl_base64_encode(out->data + out->length, bytes, length, 1);
  }
  add_char(out, '"');
}

/* Values that no column holds. Returns true when `variant` is wanted: the caller writes it. */
static bool wants_special(struct mongo_writer *w, const char *what, sl_status *rc,
                          struct sl_error *err) {
  struct sl_buffer path = { 0 };
  if (w->special == MONGO_SPECIAL_NULL) {
    put(w, "null");
  } else if (w->special == MONGO_SPECIAL_ERROR) {
    for (size_t i = 0; i < w->depth; i++) {
      sl_buffer_printf(&path, "%s%s", i == 0 ? "" : ".", w->path[i]);
    }
    *rc =
        sl_fail(err, SL_EDATA,
                "collection %s, member %s: no column can hold %s; choose --special-values variant "
                "(keeps it in a variant column) or null",
                w->table, path.data == NULL ? "" : path.data, what);
    snprintf(w->refused, sizeof w->refused, "%s", path.data == NULL ? "" : path.data);
    sl_buffer_release(&path);
  }
  return w->special == MONGO_SPECIAL_VARIANT;
}

static sl_status put_text(struct mongo_writer *w, const char *text, size_t length,
                          struct sl_error *err) {
  struct sl_buffer *out = &w->out;
  sl_status rc = SL_OK;
  if (!is_ascii(text, length)) {
    if (!sl_utf8_valid(text, length)) {
      if (wants_special(w, "text that is not UTF-8", &rc, err)) {
        put_base64(w, (const uint8_t *)text, length);
      }
      return rc;
    }
    add_char(out, '"');
    const unsigned char *t = (const unsigned char *)text;
    if (length >= 3 && t[0] == 0xEF && t[1] == 0x80 && t[2] >= 0xA6 && t[2] <= 0xAE) {
      put(w, SL_MARK_TEXT);
    }
  } else {
    add_char(out, '"');
  }
  put_escaped(out, text, length);
  add_char(out, '"');
  return rc;
}

/* ---- values ---- */

static void put_hex(struct sl_buffer *out, const uint8_t *bytes, size_t n) {
  static const char hex[] = "0123456789abcdef";
  char text[32];
  for (size_t i = 0; i < n; i++) {
    text[2 * i] = hex[bytes[i] >> 4];
    text[2 * i + 1] = hex[bytes[i] & 15];
  }
  add(out, text, 2 * n);
}

static void put_object_id(struct mongo_writer *w, const uint8_t *bytes) {
  add_char(&w->out, '"');
  put_hex(&w->out, bytes, 12);
  add_char(&w->out, '"');
}

static void put_integer(struct mongo_writer *w, int64_t value) {
  char digits[24];
  char *end = digits + sizeof digits;
  char *at = end;
  uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
  do {
    *--at = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest > 0);
  if (value < 0) {
    *--at = '-';
  }
  add(&w->out, at, (size_t)(end - at));
}

static void put_double(struct mongo_writer *w, double value) {
  char text[40];
  add(&w->out, text, mongo_print_double(text, value));
}

static sl_status put_date(struct mongo_writer *w, int64_t millis, struct sl_error *err) {
  static const int64_t first = INT64_C(-62135596800000); /* year 1 */
  static const int64_t last = INT64_C(253402300800000);  /* year 10000 */
  char text[48];
  int64_t micros;
  sl_status rc = SL_OK;
  size_t length = mongo_print_date(text, millis);
  if (millis < first || millis >= last) {
    if (__builtin_mul_overflow(millis, 1000, &micros)) {
      if (!wants_special(w, text, &rc, err)) {
        return rc;
      }
    } else {
      length = (size_t)snprintf(text, sizeof text, "@%" PRId64, micros);
    }
  }
  add(&w->out, MARK_TIMESTAMP, 4);
  add(&w->out, text, length);
  add_char(&w->out, '"');
  return rc;
}

static sl_status put_decimal(struct mongo_writer *w, const uint8_t *bytes, struct sl_error *err) {
  char text[64];
  sl_status rc = SL_OK;
  uint64_t low = get64(bytes);
  uint64_t high = get64(bytes + 8);
  if (!mongo_print_decimal(text, high, low)) {
    mongo_print_any_decimal(text, high, low);
    if (!wants_special(w, text, &rc, err)) {
      return rc;
    }
  }
  put(w, MARK_DECIMAL);
  put(w, text);
  add_char(&w->out, '"');
  return rc;
}

static void put_uuid(struct mongo_writer *w, const uint8_t *b, enum mongo_uuid order) {
  static const uint8_t orders[][16] = {
    [MONGO_UUID_PYTHON] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
    [MONGO_UUID_JAVA] = { 7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8 },
    [MONGO_UUID_CSHARP] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 },
  };
  uint8_t bytes[16];
  for (size_t i = 0; i < 16; i++) {
    bytes[i] = b[orders[order][i]];
  }
  put(w, MARK_UUID);
  put_hex(&w->out, bytes, 4);
  for (size_t i = 4; i < 10; i += 2) {
    add_char(&w->out, '-');
    put_hex(&w->out, bytes + i, 2);
  }
  add_char(&w->out, '-');
  put_hex(&w->out, bytes + 10, 6);
  add_char(&w->out, '"');
}

static void put_binary(struct mongo_writer *w, uint8_t subtype, const uint8_t *bytes, size_t n) {
  if (subtype == 4 && n == 16) {
    put_uuid(w, bytes, MONGO_UUID_PYTHON);
  } else if (subtype == 3 && n == 16 && w->uuid != MONGO_UUID_BYTES) {
    put_uuid(w, bytes, w->uuid);
  } else if (subtype == 2 && n >= 4 && (size_t)get32(bytes) == n - 4) {
    put_base64(w, bytes + 4, n - 4); /* the old form has the length twice */
  } else {
    put_base64(w, bytes, n);
  }
}

static void put_clock(struct mongo_writer *w, const uint8_t *bytes) {
  char text[48];
  uint64_t value = get64(bytes);
  size_t length = mongo_print_date(text, (int64_t)(value >> 32) * 1000);
  put(w, "{\"t\":" MARK_TIMESTAMP);
  add(&w->out, text, length);
  put(w, "\",\"i\":");
  put_integer(w, (int64_t)(value & 0xFFFFFFFF));
  add_char(&w->out, '}');
}

/* ---- elements ---- */

/* A string: length with its final zero byte, bytes, zero. */
static bool take_text(struct input *in, const char **text, size_t *length) {
  if (in->end - in->at < 5) {
    return false;
  }
  int32_t n = get32(in->at);
  if (n < 1 || n > in->end - in->at - 4 || in->at[4 + n - 1] != 0) {
    return false;
  }
  *text = (const char *)in->at + 4;
  *length = (size_t)n - 1;
  in->at += 4 + n;
  return true;
}

static bool take_name(struct input *in, const char **name, size_t *length) {
  const uint8_t *zero = memchr(in->at, 0, (size_t)(in->end - in->at));
  if (zero == NULL) {
    return false;
  }
  *name = (const char *)in->at;
  *length = (size_t)(zero - in->at);
  in->at = zero + 1;
  return true;
}

static bool take_bytes(struct input *in, size_t n, const uint8_t **bytes) {
  *bytes = in->at;
  bool enough = (size_t)(in->end - in->at) >= n;
  in->at += enough ? n : 0;
  return enough;
}

/* The whole of a document, which begins with its length. */
static bool take_document(struct input *in, struct input *out) {
  if (in->end - in->at < 5) {
    return false;
  }
  int32_t n = get32(in->at);
  if (n < 5 || n > in->end - in->at || in->at[n - 1] != 0) {
    return false;
  }
  *out = (struct input){ in->at + 4, in->at + n - 1 };
  in->at += n;
  return true;
}

static sl_status put_elements(struct mongo_writer *w, struct input in, bool list,
                              struct sl_error *err);

static sl_status put_nested(struct mongo_writer *w, struct input *in, bool list,
                            struct sl_error *err) {
  struct input inside;
  return take_document(in, &inside) ? put_elements(w, inside, list, err) : damaged(w, err);
}

static sl_status put_scoped(struct mongo_writer *w, struct input *in, struct sl_error *err) {
  const char *code;
  size_t length;
  if (in->end - in->at < 4) {
    return damaged(w, err);
  }
  in->at += 4; /* the length of the whole */
  if (!take_text(in, &code, &length)) {
    return damaged(w, err);
  }
  put(w, "{\"code\":");
  sl_status rc = put_text(w, code, length, err);
  if (rc == SL_OK) {
    put(w, ",\"scope\":");
    rc = put_nested(w, in, false, err);
  }
  add_char(&w->out, '}');
  return rc;
}

static sl_status put_pointer(struct mongo_writer *w, struct input *in, struct sl_error *err) {
  const char *name;
  const uint8_t *id;
  size_t length;
  if (!take_text(in, &name, &length) || !take_bytes(in, 12, &id)) {
    return damaged(w, err);
  }
  put(w, "{\"$ref\":");
  sl_status rc = put_text(w, name, length, err);
  put(w, ",\"$id\":");
  put_object_id(w, id);
  add_char(&w->out, '}');
  return rc;
}

static sl_status put_pattern(struct mongo_writer *w, struct input *in, struct sl_error *err) {
  const char *pattern;
  const char *options;
  size_t n;
  size_t m;
  struct sl_buffer text = { 0 };
  if (!take_name(in, &pattern, &n) || !take_name(in, &options, &m)) {
    return damaged(w, err);
  }
  add_char(&text, '/');
  add(&text, pattern, n);
  add_char(&text, '/');
  add(&text, options, m);
  sl_status rc = sl_buffer_check(&text, err);
  if (rc == SL_OK) {
    rc = put_text(w, text.data, text.length, err);
  }
  sl_buffer_release(&text);
  return rc;
}

static sl_status put_bytes(struct mongo_writer *w, struct input *in, struct sl_error *err) {
  const uint8_t *head;
  const uint8_t *bytes;
  if (!take_bytes(in, 5, &head) || get32(head) < 0 ||
      !take_bytes(in, (size_t)get32(head), &bytes)) {
    return damaged(w, err);
  }
  put_binary(w, head[4], bytes, (size_t)get32(head));
  return SL_OK;
}

/* Values of a fixed size. */
static sl_status put_fixed(struct mongo_writer *w, uint8_t type, const uint8_t *bytes,
                           struct sl_error *err) {
  uint64_t bits;
  double real;
  switch (type) {
    case BSON_DOUBLE:
      bits = get64(bytes);
      memcpy(&real, &bits, 8);
      put_double(w, real);
      return SL_OK;
    case BSON_OBJECT_ID: put_object_id(w, bytes); return SL_OK;
    case BSON_TRUTH: put(w, bytes[0] != 0 ? "true" : "false"); return SL_OK;
    case BSON_DATE: return put_date(w, (int64_t)get64(bytes), err);
    case BSON_SMALL: put_integer(w, get32(bytes)); return SL_OK;
    case BSON_CLOCK: put_clock(w, bytes); return SL_OK;
    case BSON_LARGE: put_integer(w, (int64_t)get64(bytes)); return SL_OK;
    case BSON_DECIMAL: return put_decimal(w, bytes, err);
    case BSON_LOWEST: put(w, "\"MinKey\""); return SL_OK;
    case BSON_HIGHEST: put(w, "\"MaxKey\""); return SL_OK;
    default: put(w, "null"); return SL_OK;
  }
}

/* Bytes of a value of a fixed size, -1 for all others. */
static int fixed_size(uint8_t type) {
  switch (type) {
    case BSON_DOUBLE:
    case BSON_DATE:
    case BSON_CLOCK:
    case BSON_LARGE: return 8;
    case BSON_OBJECT_ID: return 12;
    case BSON_TRUTH: return 1;
    case BSON_SMALL: return 4;
    case BSON_DECIMAL: return 16;
    case BSON_NOTHING:
    case BSON_NIL:
    case BSON_LOWEST:
    case BSON_HIGHEST: return 0;
    default: return -1;
  }
}

static sl_status put_value(struct mongo_writer *w, uint8_t type, struct input *in,
                           struct sl_error *err) {
  const uint8_t *bytes;
  const char *text;
  size_t length;
  int size = fixed_size(type);
  if (size >= 0) {
    return take_bytes(in, (size_t)size, &bytes) ? put_fixed(w, type, bytes, err) : damaged(w, err);
  }
  switch (type) {
    case BSON_TEXT:
    case BSON_SCRIPT:
    case BSON_NAME:
      return take_text(in, &text, &length) ? put_text(w, text, length, err) : damaged(w, err);
    case BSON_OBJECT: return put_nested(w, in, false, err);
    case BSON_LIST: return put_nested(w, in, true, err);
    case BSON_BYTES: return put_bytes(w, in, err);
    case BSON_PATTERN: return put_pattern(w, in, err);
    case BSON_POINTER: return put_pointer(w, in, err);
    case BSON_SCOPED: return put_scoped(w, in, err);
    default: return damaged(w, err);
  }
}

static bool is_wanted(const struct mongo_writer *w, const char *key) {
  if (w->exclude != NULL && sl_text_glob_list(w->exclude, key)) {
    return false;
  }
  return w->include == NULL || strcmp(key, "_id") == 0 || sl_text_glob_list(w->include, key);
}

static sl_status skip_value(struct mongo_writer *w, uint8_t type, struct input *in,
                            struct sl_error *err) {
  size_t before = w->out.length;
  enum mongo_special special = w->special;
  w->special = MONGO_SPECIAL_NULL;
  sl_status rc = put_value(w, type, in, err);
  w->special = special;
  w->out.length = before;
  return rc;
}

static sl_status put_elements(struct mongo_writer *w, struct input in, bool list,
                              struct sl_error *err) {
  bool chosen = w->depth == 0 && (w->include != NULL || w->exclude != NULL);
  bool first = true;
  sl_status rc = SL_OK;
  if (w->depth == MONGO_MOST_DEPTH) {
    return sl_fail(err, SL_EDATA, "collection %s: a document is nested deeper than %d levels",
                   w->table, MONGO_MOST_DEPTH);
  }
  w->depth++;
  add_char(&w->out, list ? '[' : '{');
  while (rc == SL_OK && in.at < in.end) {
    uint8_t type = *in.at++;
    const char *key;
    size_t length;
    if (!take_name(&in, &key, &length)) {
      rc = damaged(w, err);
      break;
    }
    w->path[w->depth - 1] = key;
    if (chosen && !is_wanted(w, key)) {
      rc = skip_value(w, type, &in, err);
      continue;
    }
    if (!first) {
      add_char(&w->out, ',');
    }
    first = false;
    if (!list) {
      put_key(w, key, length);
    }
    rc = put_value(w, type, &in, err);
  }
  w->depth--;
  add_char(&w->out, list ? ']' : '}');
  return rc;
}

sl_status mongo_write_document(struct mongo_writer *w, const uint8_t *bson, size_t size,
                               struct sl_error *err) {
  struct input in = { bson, bson + size };
  size_t before = w->out.length;
  w->depth = 0;
  sl_status rc = put_nested(w, &in, false, err);
  add_char(&w->out, '\n');
  if (rc == SL_OK) {
    rc = sl_buffer_check(&w->out, err);
  }
  if (rc != SL_OK) {
    w->out.length = before;
  }
  return rc;
}
