/* fuzz_bson.c - any bytes as a BSON document: it becomes one line of JSON, or is refused and leaves
 * nothing behind. */
#include <stdlib.h>

#include "sources/mongodb/bson_json.h"

#define REQUIRE(condition)     \
  do {                         \
    if (!(condition)) abort(); \
  } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 1) {
    return 0;
  }
  struct sl_error err;
  struct mongo_writer w = { .table = "c",
                            .special = (enum mongo_special)(data[0] % 3),
                            .uuid = (enum mongo_uuid)(data[0] / 4 % 4),
                            .include = (data[0] & 0x20) != 0 ? "a*,b" : NULL,
                            .exclude = (data[0] & 0x40) != 0 ? "a.b,c" : NULL };
  uint8_t *bytes = malloc(size); /* its own block, so that a byte too far is seen */
  REQUIRE(bytes != NULL);
  memcpy(bytes, data + 1, size - 1);
  if (size >= 5) { /* the length is right most often, else nothing else would be read */
    uint32_t length = (uint32_t)(size - 1);
    for (int i = 0; (data[0] & 0x80) == 0 && i < 4; i++) {
      bytes[i] = (uint8_t)(length >> (8 * i));
    }
  }
  sl_status rc = mongo_write_document(&w, bytes, size - 1, &err);
  REQUIRE(rc == SL_OK || rc == SL_EDATA);
  if (rc == SL_OK) {
    REQUIRE(w.out.length > 2 && w.out.data[0] == '{' && w.out.data[w.out.length - 1] == '\n');
    REQUIRE(memchr(w.out.data, '\n', w.out.length - 1) == NULL);
  } else {
    REQUIRE(w.out.length == 0);
  }
  sl_buffer_release(&w.out);
  free(bytes);
  return 0;
}
