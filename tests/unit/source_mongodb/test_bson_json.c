/* test_bson_json.c - each BSON type as typed JSON; damaged BSON is refused without reading past it.
 */
#include <stdlib.h>

#include "sources/mongodb/bson_json.h"
#include "unit/test.h"

#define DECIMAL   "\xEF\x80\xA6"
#define TIMESTAMP "\xEF\x80\xA7"
#define UUID      "\xEF\x80\xA9"
#define HEX       "\xEF\x80\xAA"
#define BASE64    "\xEF\x80\xAB"
#define TEXT      "\xEF\x80\xAE"

static const struct {
  const char *label, *element, *want; /* element: type, key "a", value, in hexadecimal */
} values[] = {
  { "double", "0161000000000000000440", "2.5" },
  { "integral double", "0161000000000000000840", "3.0" },
  { "NaN", "016100000000000000f87f", "NaN" },
  { "infinity", "016100000000000000f07f", "Infinity" },
  { "-infinity", "016100000000000000f0ff", "-Infinity" },
  { "-0", "0161000000000000000080", "-0.0" },
  { "1e300", "0161009c7500883ce4377e", "1e300" },
  { "denormal", "0161000100000000000000", "5e-324" },
  { "int32", "106100fbffffff", "-5" },
  { "int64", "1261000000000000000080", "-9223372036854775808" },
  { "text", "0261000800000078225c0a01c3bc00", "\"x\\\"\\\\\\n\\u0001\xC3\xBC\"" },
  { "empty text", "0261000100000000", "\"\"" },
  { "text with zero byte", "0261000400000061006200", "\"a\\u0000b\"" },
  { "text that begins with a mark", "02610005000000ef80a63100", "\"" TEXT DECIMAL "1\"" },
  { "text that is not UTF-8", "02610002000000ff00", "\"" BASE64 "/w==\"" },
  { "ObjectId", "07610065a1b2c3d4e5f60718293a4b", "\"65a1b2c3d4e5f60718293a4b\"" },
  { "date", "0961002edb20c88c010000", "\"" TIMESTAMP "2024-01-02T03:04:05.678000+00:00\"" },
  { "date before 1970", "096100ffffffffffffffff",
    "\"" TIMESTAMP "1969-12-31T23:59:59.999000+00:00\"" },
  { "year 10000", "09610000dc1fd277e60000", "\"" TIMESTAMP "@253402300800000000\"" },
  { "the last date", "096100ffffffffffffff7f",
    "\"" TIMESTAMP "+292278994-08-17T07:12:55.807000+00:00\"" },
  { "the first date", "0961000000000000000080",
    "\"" TIMESTAMP "-292275055-05-16T16:47:04.192000+00:00\"" },
  { "Decimal128", "13610096000000000000000000000000003c30", "\"" DECIMAL "1.50\"" },
  { "-1E+37", "13610001000000000000000000000000008ab0",
    "\"" DECIMAL "-10000000000000000000000000000000000000\"" },
  { "1E-40", "1361000100000000000000000000000000f02f", "\"" DECIMAL "1E-40\"" },
  { "10E-39", "1361000a00000000000000000000000000f22f",
    "\"" DECIMAL "0.00000000000000000000000000000000000001\"" },
  { "NaN", "1361000000000000000000000000000000007c", "\"" DECIMAL "NaN\"" },
  { "-Infinity", "136100000000000000000000000000000000f8", "\"" DECIMAL "-Infinity\"" },
  { "the largest", "136100ffffffff638e8d37c087adbe09edff5f",
    "\"" DECIMAL "9.999999999999999999999999999999999E+6144\"" },
  { "0E-6176", "13610000000000000000000000000000000000",
    "\"" DECIMAL "0.00000000000000000000000000000000000000\"" },
  { "binary", "05610002000000006869", "\"" BASE64 "aGk=\"" },
  { "empty binary", "0561000000000000", "\"" HEX "0x\"" },
  { "old binary", "0561000600000002020000006869", "\"" BASE64 "aGk=\"" },
  { "UUID", "05610010000000040123456789abcdef0123456789abcdef",
    "\"" UUID "01234567-89ab-cdef-0123-456789abcdef\"" },
  { "UUID of unknown order", "0561001000000003000102030405060708090a0b0c0d0e0f",
    "\"" BASE64 "AAECAwQFBgcICQoLDA0ODw==\"" },
  { "own subtype", "05610002000000806869", "\"" BASE64 "aGk=\"" },
  { "regular expression", "0b6100612f6200696d00", "\"/a/b/im\"" },
  { "code", "0d61000400000066282900", "\"f()\"" },
  { "symbol",
    "0e61000200000078"
    "00",
    "\"x\"" },
  { "code with scope", "0f61001800000004000000662829000c0000001078000100000000",
    "{\"code\":\"f()\",\"scope\":{\"x\":1}}" },
  { "DBPointer",
    "0c6100020000006300"
    "65a1b2c3d4e5f60718293a4b",
    "{\"$ref\":\"c\",\"$id\":\"65a1b2c3d4e5f60718293a4b\"}" },
  { "timestamp", "11610007000000257d9365",
    "{\"t\":\"" TIMESTAMP "2024-01-02T03:04:05+00:00\",\"i\":7}" },
  { "MinKey", "ff6100", "\"MinKey\"" },
  { "MaxKey", "7f6100", "\"MaxKey\"" },
  { "null", "0a6100", "null" },
  { "undefined", "066100", "null" },
  { "true", "08610001", "true" },
  { "false", "08610000", "false" },
  { "nested",
    "0361002b000000036200230000000463001b000000103000010000000431000c0000001030000200000000000000",
    "{\"b\":{\"c\":[1,[2]]}}" },
};

/* A document around elements; malloc'ed, so that reading past its end is seen. */
static uint8_t *document_of(const char *hex, size_t *size) {
  size_t n = strlen(hex) / 2;
  *size = n + 5;
  uint8_t *bytes = calloc(1, *size);
  bytes[0] = (uint8_t)*size;
  bytes[1] = (uint8_t)(*size >> 8);
  for (size_t i = 0; i < n; i++) {
    char digits[3] = { hex[2 * i], hex[2 * i + 1], '\0' };
    bytes[4 + i] = (uint8_t)strtoul(digits, NULL, 16);
  }
  return bytes;
}

static sl_status write_one(struct mongo_writer *w, const char *hex, struct sl_error *err) {
  size_t size;
  uint8_t *bytes = document_of(hex, &size);
  sl_status rc = mongo_write_document(w, bytes, size, err);
  free(bytes);
  return rc;
}

TEST(each_type_has_its_json) {
  char want[256];
  for (size_t i = 0; i < COUNT(values); i++) {
    struct sl_error err;
    struct mongo_writer w = { .table = "c" };
    CHECK_OK(write_one(&w, values[i].element, &err), &err);
    snprintf(want, sizeof want, "{\"a\":%s}\n", values[i].want);
    sl_buffer_char(&w.out, '\0');
    CHECK_STR(values[i].label, w.out.data, want);
    sl_buffer_release(&w.out);
  }
}

TEST(special_values_as_the_user_wants) {
  static const char *const specials[] = { "02610002000000ff00", "096100ffffffffffffff7f",
                                          "1361000000000000000000000000000000007c" };
  for (size_t i = 0; i < COUNT(specials); i++) {
    struct sl_error err;
    struct mongo_writer w = { .table = "c", .special = MONGO_SPECIAL_NULL };
    CHECK_OK(write_one(&w, specials[i], &err), &err);
    CHECK_CASE("null", strncmp(w.out.data, "{\"a\":null}\n", 11) == 0);
    w.special = MONGO_SPECIAL_ERROR;
    size_t before = w.out.length;
    CHECK_INT("error", write_one(&w, specials[i], &err), SL_EDATA);
    CHECK_CASE("says where", strstr(err.message, "collection c, member a:") != NULL);
    CHECK_INT("nothing is left behind", w.out.length, before);
    w.exclude = "a";
    CHECK_OK(write_one(&w, specials[i], &err), &err);
    sl_buffer_release(&w.out);
  }
}

TEST(legacy_uuids_by_the_order_that_is_told) {
  static const struct {
    enum mongo_uuid order;
    const char *want;
  } orders[] = {
    { MONGO_UUID_PYTHON, "00010203-0405-0607-0809-0a0b0c0d0e0f" },
    { MONGO_UUID_JAVA, "07060504-0302-0100-0f0e-0d0c0b0a0908" },
    { MONGO_UUID_CSHARP, "03020100-0504-0706-0809-0a0b0c0d0e0f" },
  };
  for (size_t i = 0; i < COUNT(orders); i++) {
    struct sl_error err;
    struct mongo_writer w = { .table = "c", .uuid = orders[i].order };
    CHECK_OK(write_one(&w, "0561001000000003000102030405060708090a0b0c0d0e0f", &err), &err);
    CHECK_CASE(orders[i].want, strncmp(w.out.data + 9, orders[i].want, 36) == 0);
    sl_buffer_release(&w.out);
  }
}

TEST(members_are_chosen_at_the_top) {
  static const struct {
    const char *include, *exclude, *want;
  } cases[] = {
    { NULL, NULL, "{\"a\":{\"a\":1},\"b\":2,\"_id\":3}\n" },
    { "b", NULL, "{\"b\":2,\"_id\":3}\n" },
    { "a*", NULL, "{\"a\":{\"a\":1},\"_id\":3}\n" },
    { NULL, "a,_id", "{\"b\":2}\n" },
    { "a,b", "_id,b", "{\"a\":{\"a\":1}}\n" },
    { "x", "_id", "{}\n" },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct sl_error err;
    struct mongo_writer w = { .table = "c",
                              .include = cases[i].include,
                              .exclude = cases[i].exclude };
    CHECK_OK(write_one(&w,
                       "0361000c00000010610001000000"
                       "00"
                       "10620002000000"
                       "105f69640003000000",
                       &err),
             &err);
    sl_buffer_char(&w.out, '\0');
    CHECK_STR("members", w.out.data, cases[i].want);
    sl_buffer_release(&w.out);
  }
}

TEST(keys_are_text) {
  struct sl_error err;
  struct mongo_writer w = { .table = "c" };
  CHECK_OK(write_one(&w,
                     "0a22ff6100"
                     "0a00",
                     &err),
           &err);
  CHECK_CASE("keys", strncmp(w.out.data,
                             "{\"\\\"\xEF\xBF\xBD"
                             "a\":null,\"\":null}\n",
                             24) == 0);
  sl_buffer_release(&w.out);
}

/* Every document cut at every byte, and every byte of it set to 255: refused or written, but never
 * read past its end (the sanitizers watch). */
TEST(damaged_documents_are_refused) {
  for (size_t i = 0; i < COUNT(values); i++) {
    struct sl_error err;
    struct mongo_writer w = { .table = "c" };
    size_t size;
    uint8_t *bytes = document_of(values[i].element, &size);
    for (size_t n = 0; n < size; n++) {
      uint8_t *part = malloc(n + 1);
      memcpy(part, bytes, n);
      CHECK_INT(values[i].label, mongo_write_document(&w, part, n, &err), SL_EDATA);
      free(part);
      uint8_t kept = bytes[n];
      bytes[n] = 0xFF;
      (void)mongo_write_document(&w, bytes, size, &err);
      bytes[n] = kept;
    }
    free(bytes);
    sl_buffer_release(&w.out);
  }
}

TEST(depth_is_bounded) {
  enum { LEVELS = 400, SIZE = LEVELS * 8 + 5 };
  struct sl_error err;
  struct mongo_writer w = { .table = "c" };
  uint8_t *bytes = calloc(1, SIZE);
  for (int i = 0; i <= LEVELS; i++) { /* {a: {a: …}} from the outside to the inside */
    uint8_t *at = bytes + i * 7;
    int size = SIZE - i * 8;
    at[0] = (uint8_t)size;
    at[1] = (uint8_t)(size >> 8);
    if (i < LEVELS) {
      at[4] = 3;
      at[5] = 'a';
    }
  }
  CHECK_INT("too deep", mongo_write_document(&w, bytes, SIZE, &err), SL_EDATA);
  CHECK_CASE("says so", strstr(err.message, "nested deeper") != NULL);
  free(bytes);
  sl_buffer_release(&w.out);
}
