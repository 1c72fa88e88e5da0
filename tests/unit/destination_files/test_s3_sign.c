/* test_s3_sign.c - the worked examples of Amazon's documentation ("Signature Calculations for the
 * Authorization Header", S3 API reference: Get Bucket Lifecycle, List Objects). */
#include "destinations/files/s3.h"
#include "unit/test.h"

static char key_id[] = "AKIAIOSFODNN7EXAMPLE";
static char secret[] = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
static char region[] = "us-east-1";
static char token[] = "a token";

static const struct s3_request example = {
  .method = "GET",
  .host = "examplebucket.s3.amazonaws.com",
  .path = "/",
  .payload_hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  .now_micros = INT64_C(1369353600999999), /* 2013-05-24 00:00:00.999999 */
};

TEST(signatures) {
  static const struct {
    const char *query, *signature;
  } cases[] = {
    { "lifecycle=", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543" },
    { "max-keys=2&prefix=J", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7" },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct s3_credentials credentials = { .key_id = key_id, .secret = secret, .region = region };
    struct s3_request request = example;
    struct sl_buffer headers = { 0 };
    request.query = cases[i].query;
    s3_sign(&credentials, &request, &headers);
    const char *at = strstr(headers.data, "Signature=");
    if (CHECK(at != NULL)) {
      CHECK_MEM(cases[i].query, at + 10, 64, cases[i].signature, 64);
    }
    CHECK(strstr(headers.data, "x-amz-date: 20130524T000000Z\n") != NULL);
    CHECK(strstr(headers.data, secret) == NULL);
    sl_buffer_release(&headers);
  }
}

TEST(session_tokens_are_signed_too) {
  struct s3_credentials credentials = {
    .key_id = key_id, .secret = secret, .region = region, .token = token
  };
  struct s3_request request = example;
  struct sl_buffer headers = { 0 };
  request.query = "";
  s3_sign(&credentials, &request, &headers);
  CHECK(strstr(headers.data, "x-amz-security-token: a token\n") != NULL);
  CHECK(strstr(headers.data, "x-amz-date;x-amz-security-token,") != NULL);
  sl_buffer_release(&headers);
}

TEST(the_source_of_a_copy_is_signed_too) {
  struct s3_credentials credentials = { .key_id = key_id, .secret = secret, .region = region };
  struct s3_request request = example;
  struct sl_buffer headers = { 0 };
  request.query = "";
  request.copy_source = "/bucket/a%20key";
  s3_sign(&credentials, &request, &headers);
  CHECK(strstr(headers.data, "x-amz-copy-source: /bucket/a%20key\n") != NULL);
  CHECK(strstr(headers.data,
               "SignedHeaders=host;x-amz-content-sha256;x-amz-copy-source;x-amz-date,") != NULL);
  sl_buffer_release(&headers);
}
