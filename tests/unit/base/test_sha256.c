/* test_sha256.c - the vectors of FIPS 180-4 (NIST's examples) and of RFC 4231. */
#include "base/sha256.h"
#include "unit/test.h"

TEST(digests) {
  static const struct {
    const char *text, *want;
  } cases[] = {
    { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
    { "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmno"
      "pqr"
      "smnopqrstnopqrstu",
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    uint8_t digest[SL_SHA256_BYTES];
    char hex[65];
    sl_sha256(cases[i].text, strlen(cases[i].text), digest);
    sl_sha256_hex(digest, hex);
    CHECK_STR(cases[i].text, hex, cases[i].want);
  }
}

TEST(keyed) {
  static const struct {
    const char *key, *text, *want;
  } cases[] = {
    { "Jefe", "what do ya want for nothing?",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
    { "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b",
      "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    uint8_t digest[SL_SHA256_BYTES];
    char hex[65];
    sl_hmac_sha256(cases[i].key, strlen(cases[i].key), cases[i].text, strlen(cases[i].text),
                   digest);
    sl_sha256_hex(digest, hex);
    CHECK_STR(cases[i].text, hex, cases[i].want);
  }
  uint8_t digest[SL_SHA256_BYTES];
  char hex[65];
  char key[131];
  memset(key, 0xaa, sizeof key);
  sl_hmac_sha256(key, sizeof key, "Test Using Larger Than Block-Size Key - Hash Key First", 54,
                 digest);
  sl_sha256_hex(digest, hex);
  CHECK_STR("long key", hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}
