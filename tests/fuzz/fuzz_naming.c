/* fuzz_naming.c - any bytes as a name: no convention breaks, and what it makes is a fine name.
 *
 * Byte 0 chooses the convention, byte 1 the limit; the rest is the name. */
#include <stdlib.h>

#include "base/unicode.h"
#include "schema/naming.h"

#define REQUIRE(condition)     \
  do {                         \
    if (!(condition)) abort(); \
  } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_name(const struct sl_naming *naming, uint32_t limit, const struct sl_buffer *b) {
  REQUIRE(b->data != NULL && b->data[b->length] == '\0');
  REQUIRE(memchr(b->data, '\0', b->length) == NULL);
  REQUIRE(sl_utf8_valid(b->data, b->length));
  REQUIRE(limit == 0 || sl_utf8_count(b->data, b->length) <= limit);
  for (size_t i = 0; i < b->length && !sl_naming_case_sensitive(naming); i++) {
    REQUIRE(b->data[i] < 'A' || b->data[i] > 'Z');
  }
}

/* A name that was normalised stays as it is, except where dlt's own rules do not settle: trailing
 * underscores of snake_case become x once, and a cut name may end anywhere. */
static void check_settled(const struct sl_naming *naming, const struct sl_buffer *b) {
  struct sl_buffer again = { 0 };
  struct sl_text text = { b->data, b->length };
  struct sl_error err;
  if (sl_text_strip(text).length == b->length && b->length > 0) {
    REQUIRE(sl_naming_identifier(naming, text, &again, &err) == SL_OK);
    REQUIRE(sl_text_equal(text, (struct sl_text){ again.data, again.length }));
  }
  sl_buffer_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const names[] = { "snake_case", "direct", "duck_case", "sql_cs_v1",
                                       "sql_ci_v1" };
  if (size < 2) {
    return 0;
  }
  uint32_t limit = data[1] % 80 < 6 ? 0 : data[1] % 80;
  struct sl_text in = { (const char *)data + 2, size - 2 };
  struct sl_text fragments[2] = { { in.data, in.length / 2 },
                                  { in.data + in.length / 2, in.length - in.length / 2 } };
  struct sl_naming naming;
  struct sl_error err;
  struct sl_buffer out = { 0 };
  REQUIRE(sl_naming_init(&naming, names[data[0] % 5], limit, &err) == SL_OK);
  sl_status rc = sl_naming_identifier(&naming, in, &out, &err);
  REQUIRE((rc == SL_EDATA) == (sl_text_strip(in).length == 0));
  if (rc == SL_OK) {
    check_name(&naming, limit, &out);
    if (limit == 0) {
      check_settled(&naming, &out);
    }
  }
  REQUIRE(sl_naming_path(&naming, in, &out, &err) == SL_OK);
  check_name(&naming, limit, &out);
  REQUIRE(sl_naming_fragments(&naming, fragments, 2, &out, &err) == SL_OK);
  sl_buffer_release(&out);
  return 0;
}
