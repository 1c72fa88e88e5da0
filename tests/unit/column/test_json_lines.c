/* Rows of every type as JSON lines. */
#include "column/batch.h"
#include "column/json_lines.h"
#include "column/json_text.h"

#include <stdlib.h>

#include "unit/comma_locale.h"

/* One column of `rows` values (buffers: validity, values, bytes), written from row `from` on. */
static void write_column(const char *format, int64_t n_buffers, const void **buffers, int64_t rows,
                         int64_t offset, const struct sl_json_style *style, struct sl_buffer *out) {
  struct ArrowSchema child = { .format = format, .name = "x", .flags = ARROW_FLAG_NULLABLE };
  struct ArrowSchema *schemas[] = { &child };
  struct ArrowSchema schema = { .format = "+s", .n_children = 1, .children = schemas };
  struct ArrowArray values = { .length = rows + offset,
                               .n_buffers = n_buffers,
                               .buffers = buffers };
  struct ArrowArray *arrays[] = { &values };
  struct ArrowArray array = {
    .length = rows, .offset = offset, .n_children = 1, .children = arrays
  };
  struct sl_error err = { 0 };
  struct sl_json_rows *writer = NULL;
  if (CHECK_OK(sl_json_rows_new(&writer, &schema, style, &err), &err)) {
    CHECK_OK(sl_json_rows_write(writer, &array, 0, rows, out, &err), &err);
  }
  sl_json_rows_free(writer);
}

static const struct sl_json_style lines = { .after = '\n' };

TEST(every_type) {
  static const uint8_t one_null[] = { 0x5 }; /* the second of three */
  static const int64_t longs[] = { INT64_MIN, 0, INT64_MAX };
  static const int32_t ints[] = { -7, 0, 2147483647 };
  static const int16_t shorts[] = { -32768, 0, 99 };
  static const double doubles[] = { 0.1, 0, 1e300 };
  static const double odd[] = { (double)NAN, -0.0, (double)INFINITY };
  static const uint8_t bools[] = { 0x4 };
  static const sl_int128 decimals[] = { -1250, 0, (sl_int128)5 };
  static const int32_t days[] = { 0, 0, 19724 };
  static const int64_t times[] = { 0, 0, 86399999999 };
  static const int64_t stamps[] = { 1704164645000006, 0, -1 };
  static const int32_t offsets[] = { 0, 3, 3, 6 };
  static const int64_t large[] = { 0, 3, 3, 6 };
  static const struct {
    const char *format;
    const void *values, *bytes, *validity;
    const char *want;
  } cases[] = {
    { "l", longs, NULL, one_null,
      "{\"x\":-9223372036854775808}\n{\"x\":null}\n{\"x\":9223372036854775807}\n" },
    { "i", ints, NULL, NULL, "{\"x\":-7}\n{\"x\":0}\n{\"x\":2147483647}\n" },
    { "s", shorts, NULL, one_null, "{\"x\":-32768}\n{\"x\":null}\n{\"x\":99}\n" },
    { "g", doubles, NULL, NULL, "{\"x\":0.1}\n{\"x\":0.0}\n{\"x\":1e300}\n" },
    { "g", odd, NULL, NULL, "{\"x\":null}\n{\"x\":-0.0}\n{\"x\":null}\n" },
    { "b", bools, NULL, one_null, "{\"x\":false}\n{\"x\":null}\n{\"x\":true}\n" },
    { "d:10,2", decimals, NULL, NULL, "{\"x\":\"-12.50\"}\n{\"x\":\"0.00\"}\n{\"x\":\"0.05\"}\n" },
    { "tdD", days, NULL, one_null,
      "{\"x\":\"1970-01-01\"}\n{\"x\":null}\n{\"x\":\"2024-01-02\"}\n" },
    { "ttu", times, NULL, one_null,
      "{\"x\":\"00:00:00\"}\n{\"x\":null}\n{\"x\":\"23:59:59.999999\"}\n" },
    { "tsu:", stamps, NULL, one_null,
      "{\"x\":\"2024-01-02T03:04:05.000006\"}\n{\"x\":null}\n"
      "{\"x\":\"1969-12-31T23:59:59.999999\"}\n" },
    { "tsu:UTC", stamps, NULL, one_null,
      "{\"x\":\"2024-01-02T03:04:05.000006+00:00\"}\n{\"x\":null}\n"
      "{\"x\":\"1969-12-31T23:59:59.999999+00:00\"}\n" },
    { "u", offsets, "a\"b\xC3\xA9\n", NULL,
      "{\"x\":\"a\\\"b\"}\n{\"x\":\"\"}\n{\"x\":\"\xC3\xA9\\n\"}\n" },
    { "U", large, "abcdef", one_null, "{\"x\":\"abc\"}\n{\"x\":null}\n{\"x\":\"def\"}\n" },
    { "z", offsets, "\xFF\x01zABC", NULL, "{\"x\":\"/wF6\"}\n{\"x\":\"\"}\n{\"x\":\"QUJD\"}\n" },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    const void *buffers[] = { cases[i].validity, cases[i].values, cases[i].bytes };
    struct sl_buffer out = { 0 };
    write_column(cases[i].format, cases[i].bytes == NULL ? 2 : 3, buffers, 3, 0, &lines, &out);
    CHECK_STR(cases[i].format, out.data, cases[i].want);
    sl_buffer_release(&out);
  }
}

TEST(offsets_styles_and_locales) {
  static const uint8_t validity[] = { 0x2 };
  static const sl_int128 decimals[] = { 1, 1250, 1 };
  const void *buffers[] = { validity, decimals };
  const struct sl_json_style sparse = { ',', true, true };
  struct sl_buffer out = { 0 };
  comma_locale_set();
  write_column("d:38,3", 2, buffers, 2, 1, &sparse, &out);
  comma_locale_unset();
  CHECK_STR("", out.data, "{\"x\":1.250},{},");
  sl_buffer_release(&out);
}

TEST(json_columns_are_embedded_on_one_line) {
  static const char text[] = "{\"a\":\r\n[1.000000000000000000001]}{oops";
  const int32_t offsets[] = { 0, (int32_t)strlen(text) - 5, (int32_t)strlen(text),
                              (int32_t)strlen(text) };
  const void *buffers[] = { NULL, offsets, text };
  const struct sl_field field = { "j", "u", true };
  struct ArrowSchema schema = { 0 };
  struct ArrowArray values = { .length = 3, .n_buffers = 3, .buffers = buffers };
  struct ArrowArray *arrays[] = { &values };
  struct ArrowArray array = { .length = 3, .n_children = 1, .children = arrays };
  struct sl_error err = { 0 };
  struct sl_buffer out = { 0 };
  struct sl_json_rows *writer = NULL;
  if (!CHECK_OK(sl_schema_struct(&schema, &field, 1, &err), &err)) {
    return;
  }
  sl_schema_mark_json(schema.children[0]);
  if (CHECK_OK(sl_json_rows_new(&writer, &schema, &lines, &err), &err)) {
    CHECK_OK(sl_json_rows_write(writer, &array, 0, 3, &out, &err), &err);
    CHECK_STR("", out.data,
              "{\"j\":{\"a\":  [1.000000000000000000001]}}\n{\"j\":\"{oops\"}\n{\"j\":\"\"}\n");
  }
  sl_json_rows_free(writer);
  sl_buffer_release(&out);
  schema.release(&schema);
}

TEST(texts_are_escaped_and_always_utf8) {
  static const struct {
    const char *text, *want;
  } cases[] = {
    { "", "\"\"" },
    { "plain text of more than eight", "\"plain text of more than eight\"" },
    { "1234567\"", "\"1234567\\\"\"" },
    { "\b\t\n\f\r\x01\x1f\x7f", "\"\\b\\t\\n\\f\\r\\u0001\\u001f\x7f\"" },
    { "back\\slash/", "\"back\\\\slash/\"" },
    { "gr\xC3\xBC\xC3\x9F"
      "e \xF0\x9F\x8C\xB2",
      "\"gr\xC3\xBC\xC3\x9F"
      "e \xF0\x9F\x8C\xB2\"" },
    { "bad\xFF\xC3\"end", "\"bad\xEF\xBF\xBD\xEF\xBF\xBD\\\"end\"" },
    { "\xED\xA0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"" },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct sl_buffer out = { 0 };
    sl_put_json_text(&out, cases[i].text, strlen(cases[i].text));
    CHECK_STR(cases[i].want, out.data, cases[i].want);
    sl_buffer_release(&out);
  }
}

TEST(a_quote_at_each_place_of_a_word) {
  for (size_t length = 1; length < 20; length++) {
    for (size_t at = 0; at < length; at++) {
      char text[20];
      struct sl_buffer out = { 0 };
      memset(text, '!', length);
      text[at] = '"';
      sl_put_json_text(&out, text, length);
      CHECK_INT("length", out.length, length + 3);
      CHECK(out.data[at + 1] == '\\' && out.data[at + 2] == '"');
      sl_buffer_release(&out);
    }
  }
}

TEST(integers) {
  for (uint64_t value = 1; value != 0 && value < UINT64_MAX / 7; value = value * 7 + 3) {
    char got[SL_INT64_CHARS + 1];
    char want[32];
    got[sl_put_int64(got, -(int64_t)(value >> 1))] = '\0';
    snprintf(want, sizeof want, "%" PRId64, -(int64_t)(value >> 1));
    CHECK_STR("", got, want);
    got[sl_put_int64(got, (int64_t)(value >> 1))] = '\0';
    snprintf(want, sizeof want, "%" PRId64, (int64_t)(value >> 1));
    CHECK_STR("", got, want);
  }
}
