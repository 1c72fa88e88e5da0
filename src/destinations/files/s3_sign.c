/* s3_sign.c - AWS Signature Version 4 (docs.aws.amazon.com: "Create a signed AWS API request").
 *
 * Our own and not libcurl's CURLOPT_AWS_SIGV4: that of Debian 12 (7.88) neither sorts the query nor
 * leaves encoded paths alone. */
#include <stdio.h>

#include "base/sha256.h"
#include "base/time.h"
#include "s3.h"

static void hash_hex(const struct sl_buffer *text, char out[65]) {
  uint8_t digest[SL_SHA256_BYTES];
  sl_sha256(text->data == NULL ? "" : text->data, text->length, digest);
  sl_sha256_hex(digest, out);
}

static void chain(uint8_t key[SL_SHA256_BYTES], const char *text) {
  uint8_t next[SL_SHA256_BYTES];
  sl_hmac_sha256(key, SL_SHA256_BYTES, text, strlen(text), next);
  memcpy(key, next, sizeof next);
}

void s3_sign(const struct s3_credentials *c, const struct s3_request *r,
             struct sl_buffer *headers) {
  struct sl_buffer text = { 0 };
  struct sl_buffer secret = { 0 };
  uint8_t key[SL_SHA256_BYTES];
  char hash[65];
  char when[24]; /* 20240102T030405Z */
  char stamp[40];
  sl_timestamp_print(stamp, r->now_micros / SL_MICROS_PER_SECOND * SL_MICROS_PER_SECOND, true);
  snprintf(when, sizeof when, "%.4s%.2s%.2sT%.2s%.2s%.2sZ", stamp, stamp + 5, stamp + 8, stamp + 11,
           stamp + 14, stamp + 17);
  bool token = c->token != NULL;
  bool copies = r->copy_source != NULL;
  char names[96];
  snprintf(names, sizeof names, "host;x-amz-content-sha256;%sx-amz-date%s",
           copies ? "x-amz-copy-source;" : "", token ? ";x-amz-security-token" : "");
  sl_buffer_printf(&text, "%s\n%s\n%s\nhost:%s\nx-amz-content-sha256:%s\n", r->method, r->path,
                   r->query, r->host, r->payload_hash);
  if (copies) {
    sl_buffer_printf(&text, "x-amz-copy-source:%s\n", r->copy_source);
    sl_buffer_printf(headers, "x-amz-copy-source: %s\n", r->copy_source);
  }
  sl_buffer_printf(&text, "x-amz-date:%s\n", when);
  if (token) {
    sl_buffer_printf(&text, "x-amz-security-token:%s\n", c->token);
  }
  sl_buffer_printf(&text, "\n%s\n%s", names, r->payload_hash);
  hash_hex(&text, hash);
  sl_buffer_reset(&text);
  sl_buffer_printf(&text, "AWS4-HMAC-SHA256\n%s\n%.8s/%s/s3/aws4_request\n%s", when, when,
                   c->region, hash);
  char day[9];
  snprintf(day, sizeof day, "%.8s", when);
  sl_buffer_printf(&secret, "AWS4%s", c->secret);
  if (!text.failed && !secret.failed) {
    sl_hmac_sha256(secret.data, secret.length, day, 8, key);
    chain(key, c->region);
    chain(key, "s3");
    chain(key, "aws4_request");
    chain(key, text.data);
    sl_sha256_hex(key, hash);
    sl_buffer_printf(headers,
                     "x-amz-date: %s\nx-amz-content-sha256: %s\nAuthorization: AWS4-HMAC-SHA256 "
                     "Credential=%s/%s/%s/s3/aws4_request,SignedHeaders=%s,Signature=%s\n",
                     when, r->payload_hash, c->key_id, day, c->region, names, hash);
    if (token) {
      sl_buffer_printf(headers, "x-amz-security-token: %s\n", c->token);
    }
  } else {
    headers->failed = true;
  }
  sl_buffer_release(&text);
  sl_buffer_release(&secret);
}
