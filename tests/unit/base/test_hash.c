/* test_hash.c - SHA3-256 and SHAKE-128 (FIPS 202 examples, and hashlib for the block edges),
 * base64. */
#include "base/hash.h"

#include "unit/test.h"

#define LONG_MESSAGE "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"

/* The message is `text`, or where that is NULL the bytes i mod 251. */
static const struct {
  const char *label, *text;
  size_t length;
  const char *sha3_256, *shake128;
} digests[] = {
  { "empty", "", 0, "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a",
    "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26" },
  { "abc", "abc", 3, "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
    "5881092dd818bf5cf8a3ddb793fbcba74097d5c526a6d35f97b83351940f2cc8" },
  { "448 bits", LONG_MESSAGE, 56,
    "41c0dba2a9d6240849100376a8235e2c82e1b9998a999e21db32dd97496d3376",
    "1a96182b50fb8c7e74e0a707788f55e98209b8d91fade8f32f8dd5cff7bf21f5" },
  { "7 bytes", NULL, 7, "59b1add388b7d625d2797894a4d88c7554a796a5a3d8ae232bf5f86bd72d5756",
    "4652c0aed60f33ef1b6dd719770cffc99756d6865d74e8f27da5118b29236561" },
  { "8 bytes", NULL, 8, "eb4d0f2add0f6d0b26f0c65dbe71fe617cc6b43fb403649e82cc8bab41195f4e",
    "2ea7a0601b9c5cb41e469f854077c1e33aac94d39ce46163429abcacfa992bbc" },
  { "135 bytes", NULL, 135, "fded8fd9d6551c601eeb3b7c6bc5e5cfd8aad1d015b7e9aaa9c9b9475231d5e2",
    "d11fafa27f42a8162b8ae013535771de81722c0abc8aa2bca01825462e2f8971" },
  { "136 bytes", NULL, 136, "cf3ccff92480a29160c2d38317c430e14749bfee1788106957dfe73f8c4930e5",
    "30bdfd69382cab028173fba7c6d53878ec18081358e52c955dc6f5d52b60b029" },
  { "137 bytes", NULL, 137, "ce9d7dc90913ee5d92745019479a5352c6d6279bef18ed07dc0a83ee8084daca",
    "047a94427406b3ac81270fe1c3aafe1594f121bdca236dcb2c01cd977b41ee02" },
  { "167 bytes", NULL, 167, "cac5458d48e6163cc843d5f18e263e3ce03290cbd5a866bd3b7d02dff2da413e",
    "1e552791cc4e93a0d4a8dc47ae49228c2faa869e40e628f6ace477aec3f1ca7a" },
  { "168 bytes", NULL, 168, "369a33badfa618d58d16aaddeaff98d66b30a70c2deee42fc809b9721dc1c524",
    "f15277eb61c4908d44a2853f3cde071ae2ed7a23461fbe162a1a98cf6875059c" },
  { "169 bytes", NULL, 169, "6d9ef22b871f8518d91fe5fd48baf514f1165eca0a145f8975eb4b40898dab7c",
    "015be3338c986d9846affa0f94b4afc2a76bc289c709e1a596ec9eccf090a773" },
  { "1000 bytes", NULL, 1000, "48e66a01861d0eadaacdb7a6ae7db6b9ac79242ecced4154a9fbb33c4e3cc571",
    "a72440f7f5aa7c14c8e0187420611da7e2ba62f5bb2e88a91b9c9448cac30078" },
};

static void to_hex(const uint8_t *bytes, size_t n, char *out) {
  for (size_t i = 0; i < n; i++) {
    snprintf(out + 2 * i, 3, "%02x", bytes[i]);
  }
}

static const char *message(size_t at, char space[1000]) {
  if (digests[at].text != NULL) return digests[at].text;
  for (size_t i = 0; i < digests[at].length; i++) {
    space[i] = (char)(i % 251);
  }
  return space;
}

TEST(digests_are_the_published_ones) {
  for (size_t i = 0; i < COUNT(digests); i++) {
    char space[1000];
    char hex[65];
    uint8_t digest[32];
    struct sl_sha3 h;
    const char *text = message(i, space);
    sl_sha3_init(&h);
    sl_sha3_update(&h, text, digests[i].length);
    sl_sha3_final(&h, digest);
    to_hex(digest, 32, hex);
    CHECK_STR(digests[i].label, hex, digests[i].sha3_256);
    sl_shake128(text, digests[i].length, digest, 32);
    to_hex(digest, 32, hex);
    CHECK_STR(digests[i].label, hex, digests[i].shake128);
  }
}

TEST(pieces_of_any_size_give_the_same_digest) {
  char space[1000];
  size_t last = COUNT(digests) - 1;
  const char *text = message(last, space);
  for (size_t piece = 1; piece < 300; piece += 7) {
    char hex[65];
    uint8_t digest[32];
    struct sl_sha3 h;
    sl_sha3_init(&h);
    for (size_t at = 0; at < digests[last].length; at += piece) {
      size_t left = digests[last].length - at;
      sl_sha3_update(&h, text + at, left < piece ? left : piece);
    }
    sl_sha3_final(&h, digest);
    to_hex(digest, 32, hex);
    CHECK_STR("pieces", hex, digests[last].sha3_256);
  }
}

TEST(short_digests_are_the_beginning_of_long_ones) {
  uint8_t whole[168];
  uint8_t part[168];
  sl_shake128("abc", 3, whole, sizeof whole);
  for (size_t n = 0; n <= sizeof part; n++) {
    sl_shake128("abc", 3, part, n);
    CHECK_MEM("prefix", part, n, whole, n);
  }
}

static const struct {
  const char *bytes, *text, *unpadded;
} base64[] = {
  /* RFC 4648 section 10 */
  { "", "", "" },
  { "f", "Zg==", "Zg" },
  { "fo", "Zm8=", "Zm8" },
  { "foo", "Zm9v", "Zm9v" },
  { "foob", "Zm9vYg==", "Zm9vYg" },
  { "fooba", "Zm9vYmE=", "Zm9vYmE" },
  { "foobar", "Zm9vYmFy", "Zm9vYmFy" },
  { "\xff\xef\xbe", "/+++", "/+++" },
};

TEST(base64_goes_both_ways) {
  for (size_t i = 0; i < COUNT(base64); i++) {
    const char *bytes = base64[i].bytes;
    size_t n = strlen(bytes);
    char text[16];
    uint8_t back[16];
    CHECK_INT(bytes, sl_base64_encode(text, (const uint8_t *)bytes, n, 1), strlen(base64[i].text));
    CHECK_STR(bytes, text, base64[i].text);
    sl_base64_encode(text, (const uint8_t *)bytes, n, 0);
    CHECK_STR(bytes, text, base64[i].unpadded);
    long length = sl_base64_decode(back, base64[i].text, strlen(base64[i].text));
    CHECK_INT(bytes, length, n);
    CHECK_MEM(bytes, back, (size_t)length, bytes, n);
  }
}

TEST(base64_is_strict) {
  static const char *const wrong[] = { "Zg",   "Zg=",  "Z===", "====", "Zg==Zg==", "Zm9v\n",
                                       "Zm 9", "Zm9-", "Zm9_", "=Zm9", "Z=9v",     "Zm8=Zm8=" };
  for (size_t i = 0; i < COUNT(wrong); i++) {
    uint8_t out[16];
    CHECK_INT(wrong[i], sl_base64_decode(out, wrong[i], strlen(wrong[i])), -1);
  }
}

TEST(random_numbers_follow_their_seed) {
  uint64_t a = 1;
  uint64_t b = 1;
  uint64_t c = 2;
  uint64_t first = sl_random_next(&a);
  CHECK(first == sl_random_next(&b));
  CHECK(first != sl_random_next(&c));
  CHECK(sl_random_next(&a) != first);
  CHECK(sl_random_seed() != sl_random_seed());
}

TEST(hash64_depends_on_every_byte) {
  char text[64] = { 0 };
  uint64_t zero = sl_hash64(text, sizeof text);
  CHECK(zero == sl_hash64(text, sizeof text));
  CHECK(zero != sl_hash64(text, sizeof text - 1));
  for (size_t i = 0; i < sizeof text; i++) {
    text[i] = 1;
    CHECK(sl_hash64(text, sizeof text) != zero);
    text[i] = 0;
  }
}
