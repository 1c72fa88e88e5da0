/* naming.c - the conventions, and what they share: paths, fragments, shortening. */
#include "schema/naming.h"

#include "base/hash.h"
#include "base/unicode.h"
#include "schema/naming_rules.h"

static const struct sl_naming_convention conventions[] = {
  { .name = "snake_case", .separator = "__", .normalize = sl_normalize_snake_case },
  { .name = "direct",
    .separator = "\xe2\x96\xb6",
    .case_sensitive = true,
    .normalize = sl_normalize_direct },
  { .name = "duck_case",
    .separator = "__",
    .case_sensitive = true,
    .normalize = sl_normalize_duck_case },
  { .name = "sql_cs_v1",
    .separator = "__",
    .case_sensitive = true,
    .normalize = sl_normalize_sql_cs },
  { .name = "sql_ci_v1", .separator = "__", .normalize = sl_normalize_sql_ci },
};

/* The last component of "dlt.common.normalizers.naming.snake_case" or
 * "….snake_case.NamingConvention". */
static struct sl_text short_name(const char *name) {
  static const char class_name[] = ".NamingConvention";
  struct sl_text text = sl_text_of(name);
  size_t width = sizeof class_name - 1;
  if (text.length > width && strcmp(name + text.length - width, class_name) == 0) {
    text.length -= width;
  }
  const char *dot = memrchr(text.data, '.', text.length);
  return dot == NULL ? text
                     : (struct sl_text){ dot + 1, (size_t)(text.data + text.length - dot - 1) };
}

sl_status sl_naming_init(struct sl_naming *out, const char *name, uint32_t max_length,
                         struct sl_error *err) {
  struct sl_text wanted = short_name(name);
  for (size_t i = 0; i < sizeof conventions / sizeof conventions[0]; i++) {
    if (sl_text_equal(sl_text_of(conventions[i].name), wanted)) {
      *out = (struct sl_naming){ .convention = &conventions[i], .max_length = max_length };
      return SL_OK;
    }
  }
  return sl_fail(
      err, SL_EUSAGE,
      "unknown naming convention '%s'; there are snake_case, direct, duck_case, sql_cs_v1, "
      "sql_ci_v1",
      name);
}

const char *sl_naming_name(const struct sl_naming *naming) {
  return naming->convention->name;
}

const char *sl_naming_separator(const struct sl_naming *naming) {
  return naming->convention->separator;
}

bool sl_naming_case_sensitive(const struct sl_naming *naming) {
  return naming->convention->case_sensitive;
}

/* dlt: 4 bytes of SHAKE-128, base64 without padding, / and + replaced, lower case. */
void sl_naming_tag(struct sl_text original, char out[SL_NAMING_TAG + 1]) {
  uint8_t digest[4];
  sl_shake128(original.data, original.length, digest, sizeof digest);
  char text[16];
  sl_base64_encode(text, digest, sizeof digest, 0);
  for (size_t i = 0; i < SL_NAMING_TAG; i++) {
    char c = text[i];
    c = c == '/' ? 'a' : c == '+' ? 'b' : c;
    out[i] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
  }
  out[SL_NAMING_TAG] = '\0';
}

/* Bytes of the first n code points. */
static size_t prefix_bytes(const char *text, size_t length, size_t n) {
  size_t i = 0;
  while (i < length && n > 0) {
    i++;
    while (i < length && ((unsigned char)text[i] & 0xC0U) == 0x80U) {
      i++;
    }
    n--;
  }
  return i;
}

/* Cuts the name in `out` to the limit: beginning + tag of `original` + end. */
static void shorten(const struct sl_naming *naming, struct sl_text original,
                    struct sl_buffer *out) {
  size_t points = out->data == NULL ? 0 : sl_utf8_count(out->data, out->length);
  size_t length = naming->in_bytes ? out->length : points;
  if (naming->max_length == 0 || length <= naming->max_length) {
    return;
  }
  char tag[SL_NAMING_TAG + 1];
  sl_naming_tag(original, tag);
  size_t keep = naming->max_length > SL_NAMING_TAG ? naming->max_length - SL_NAMING_TAG : 0;
  size_t head = (keep + 1) / 2;
  size_t tail = length - keep / 2;
  if (naming->in_bytes) { /* at the borders of characters */
    head = sl_utf8_cut(out->data, out->length, head);
    while (tail < out->length && sl_utf8_cut(out->data, out->length, tail) < tail) {
      tail++;
    }
  } else {
    head = prefix_bytes(out->data, out->length, head);
    tail = prefix_bytes(out->data, out->length, tail);
  }
  struct sl_buffer cut = { 0 };
  sl_buffer_append(&cut, out->data, head);
  sl_buffer_append(&cut, tag, SL_NAMING_TAG);
  sl_buffer_append(&cut, out->data + tail, out->length - tail);
  cut.failed = cut.failed || out->failed;
  sl_buffer_release(out);
  *out = cut;
}

static bool is_blank(struct sl_text text) {
  return sl_text_strip(text).length == 0;
}

/* Makes *out a string, even an empty one, and cuts it to the limit. */
static sl_status finish(const struct sl_naming *naming, struct sl_text original,
                        struct sl_buffer *out, struct sl_error *err) {
  sl_buffer_append(out, "", 0);
  if (!out->failed) {
    shorten(naming, original, out);
  }
  return sl_buffer_check(out, err);
}

sl_status sl_naming_identifier(const struct sl_naming *naming, struct sl_text in,
                               struct sl_buffer *out, struct sl_error *err) {
  sl_buffer_reset(out);
  if (is_blank(in)) {
    return sl_fail(err, SL_EDATA, "a name must not be empty");
  }
  naming->convention->normalize(in, out);
  return finish(naming, sl_text_strip(in), out, err);
}

/* Adds one normalised part of a path; blank ones leave no trace. */
static void join(struct sl_buffer *path, struct sl_text part, const char *separator) {
  if (is_blank(part)) {
    return;
  }
  if (path->length > 0) {
    sl_buffer_text(path, separator);
  }
  sl_buffer_append(path, part.data, part.length);
}

sl_status sl_naming_path(const struct sl_naming *naming, struct sl_text in, struct sl_buffer *out,
                         struct sl_error *err) {
  const char *separator = naming->convention->separator;
  size_t width = strlen(separator);
  struct sl_buffer part = { 0 };
  sl_status rc = SL_OK;
  sl_buffer_reset(out);
  for (size_t at = 0; rc == SL_OK && at <= in.length;) {
    const char *found =
        in.length - at < width ? NULL : memmem(in.data + at, in.length - at, separator, width);
    size_t end = found == NULL ? in.length : (size_t)(found - in.data);
    struct sl_text piece = { in.data + at, end - at };
    if (!is_blank(piece)) {
      rc = sl_naming_identifier(naming, piece, &part, err);
      if (rc == SL_OK) {
        join(out, (struct sl_text){ part.data, part.length }, separator);
      }
    }
    at = end + width;
  }
  rc = rc == SL_OK ? finish(naming, in, out, err) : rc;
  sl_buffer_release(&part);
  return rc;
}

sl_status sl_naming_fragments(const struct sl_naming *naming, const struct sl_text *fragments,
                              size_t n, struct sl_buffer *out, struct sl_error *err) {
  struct sl_buffer joined = { 0 };
  sl_buffer_reset(out);
  for (size_t i = 0; i < n; i++) {
    join(&joined, fragments[i], naming->convention->separator);
  }
  sl_buffer_append(out, joined.data, joined.length);
  out->failed = out->failed || joined.failed;
  sl_status rc = finish(naming, (struct sl_text){ joined.data, joined.length }, out, err);
  sl_buffer_release(&joined);
  return rc;
}
