/* s3.c - Amazon's S3, and what speaks its protocol (Google's XML API, MinIO, R2, …); see bucket.h.
 */
#include "s3.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/sha256.h"
#include "base/time.h"

struct s3_bucket {
  struct bucket base;
  struct s3_credentials credentials;
  char host[256];
  char path[256]; /* before keys: "/bucket" or "" */
  bool tls;
};

struct s3_call { /* one request on its way to be signed */
  struct s3_bucket *bucket;
  const char *method;
  struct sl_buffer path, query;
  const char *copy_source; /* as in struct s3_request */
  char payload_hash[65];
};

static struct s3_bucket *s3_of(struct bucket *b) {
  return (struct s3_bucket *)b;
}

static sl_status sign(void *arg, struct sl_buffer *headers, struct sl_error *err) {
  struct s3_call *c = arg;
  struct s3_request request = { .method = c->method,
                                .host = c->bucket->host,
                                .path = c->path.data,
                                .query = c->query.data == NULL ? "" : c->query.data,
                                .payload_hash = c->payload_hash,
                                .copy_source = c->copy_source,
                                .now_micros = sl_now_micros() };
  s3_sign(&c->bucket->credentials, &request, headers);
  return sl_buffer_check(headers, err);
}

/* Sends a call with method, hash and copy source; frees what it is made of. */
static sl_status send_call(struct s3_call *c, const char *key, const char *query, const void *data,
                           size_t length, struct sl_http_answer *answer, struct sl_error *err) {
  struct s3_bucket *s = c->bucket;
  struct sl_buffer url = { 0 };
  sl_buffer_printf(&c->path, "%s/", s->path);
  sl_http_encode(&c->path, key, true);
  bucket_query(query, &c->query);
  sl_buffer_printf(&url, "%s://%s%s%s%s", s->tls ? "https" : "http", s->host, c->path.data,
                   c->query.length > 0 ? "?" : "", c->query.length > 0 ? c->query.data : "");
  sl_status rc = sl_buffer_check(&c->path, err);
  rc = rc == SL_OK ? sl_buffer_check(&c->query, err) : rc;
  rc = rc == SL_OK ? sl_buffer_check(&url, err) : rc;
  if (rc == SL_OK) {
    struct sl_http_request request = {
      .method = c->method, .url = url.data, .body = data, .length = length, .sign = sign, .arg = c
    };
    rc = sl_http_send(s->base.http, &request, answer, err);
  }
  sl_buffer_release(&url);
  sl_buffer_release(&c->path);
  sl_buffer_release(&c->query);
  return rc;
}

static void hash_payload(struct s3_call *c, const void *data, size_t length) {
  uint8_t digest[SL_SHA256_BYTES];
  sl_sha256(length > 0 ? data : "", length, digest);
  sl_sha256_hex(digest, c->payload_hash);
}

/* Parts over TLS go unsigned: TLS keeps them whole already. */
static sl_status s3_send(struct bucket *b, const char *method, const char *key, const char *query,
                         const void *data, size_t length, struct sl_http_answer *answer,
                         struct sl_error *err) {
  struct s3_call c = { .bucket = s3_of(b), .method = method };
  enum { HASHED = 1 << 20 };
  if (c.bucket->tls && length > HASHED) {
    snprintf(c.payload_hash, sizeof c.payload_hash, "UNSIGNED-PAYLOAD");
  } else {
    hash_payload(&c, data, length);
  }
  return send_call(&c, key, query, data, length, answer, err);
}

static void s3_list_query(struct sl_buffer *out, const char *prefix, const char *token) {
  if (token[0] != '\0') {
    sl_buffer_printf(out, "continuation-token=%s\n", token);
  }
  sl_buffer_printf(out, "list-type=2\nprefix=%s", prefix);
}

static sl_status s3_upload(struct bucket *b, const char *key, struct sl_buffer *id,
                           struct sl_error *err) {
  struct sl_http_answer answer = { 0 };
  sl_status rc = s3_send(b, "POST", key, "uploads=", NULL, 0, &answer, err);
  const char *at = answer.body.data;
  if (rc == SL_OK && (answer.status != 200 || !bucket_xml(&at, "UploadId", id))) {
    rc = bucket_fail(b, "beginning", key, &answer, err);
  }
  sl_http_answer_release(&answer);
  return rc;
}

static sl_status upload_query(const char *id, int number, struct sl_buffer *out,
                              struct sl_error *err) {
  if (number > 0) {
    sl_buffer_printf(out, "partNumber=%d\n", number);
  }
  sl_buffer_printf(out, "uploadId=%s", id);
  return sl_buffer_check(out, err);
}

static sl_status s3_part(struct bucket *b, const char *key, const char *id, int number,
                         const char *data, size_t length, struct sl_buffer *tag,
                         struct sl_error *err) {
  struct sl_http_answer answer = { 0 };
  struct sl_buffer query = { 0 };
  struct sl_buffer etag = { 0 };
  sl_status rc = upload_query(id, number, &query, err);
  rc = rc == SL_OK ? s3_send(b, "PUT", key, query.data, data, length, &answer, err) : rc;
  if (rc == SL_OK && (answer.status != 200 || !sl_http_header(&answer, "etag", &etag))) {
    rc = bucket_fail(b, "writing", key, &answer, err);
  }
  for (size_t i = 0; rc == SL_OK && i < etag.length; i++) {
    if (etag.data[i] != '"') {
      sl_buffer_char(tag, etag.data[i]);
    }
  }
  sl_buffer_release(&etag);
  sl_buffer_release(&query);
  sl_http_answer_release(&answer);
  return rc == SL_OK ? sl_buffer_check(tag, err) : rc;
}

static sl_status is_there(struct bucket *b, const char *key, bool *there, struct sl_error *err) {
  struct sl_http_answer answer = { 0 };
  sl_status rc = s3_send(b, "HEAD", key, "", NULL, 0, &answer, err);
  *there = rc == SL_OK && answer.status == 200;
  sl_http_answer_release(&answer);
  return rc;
}

/* Objects of up to 5 GB; ours are of --file-size. */
static sl_status s3_copy(struct bucket *b, const char *from, const char *to, struct sl_error *err) {
  struct s3_call c = { .bucket = s3_of(b), .method = "PUT" };
  struct sl_http_answer answer = { 0 };
  struct sl_buffer source = { 0 };
  struct sl_buffer code = { 0 };
  bool there = false;
  sl_buffer_printf(&source, "/%s/", strstr(b->shown.data, "://") + 3);
  sl_http_encode(&source, from, true);
  sl_status rc = sl_buffer_check(&source, err);
  c.copy_source = source.data;
  hash_payload(&c, "", 0);
  rc = rc == SL_OK ? send_call(&c, to, "", NULL, 0, &answer, err) : rc;
  const char *at = answer.body.data; /* an error may come with status 200 */
  bool refused =
      rc == SL_OK && (answer.status != 200 || (at != NULL && strstr(at, "<Error>") != NULL));
  bool gone = refused && bucket_xml(&at, "Code", &code) && strcmp(code.data, "NoSuchKey") == 0;
  if (gone) {
    rc = is_there(b, to, &there, err);
  }
  if (rc == SL_OK && gone && !there) {
    rc = sl_fail(err, SL_ENOTFOUND, "%s/%s is not there any more", b->shown.data, from);
  } else if (rc == SL_OK && refused && !there) {
    rc = bucket_fail(b, "copying", from, &answer, err);
  }
  sl_buffer_release(&code);
  sl_buffer_release(&source);
  sl_http_answer_release(&answer);
  return rc;
}

static sl_status s3_finish(struct bucket *b, const char *key, const char *id, const char *tags,
                           struct sl_error *err) {
  struct sl_http_answer answer = { 0 };
  struct sl_buffer query = { 0 };
  struct sl_buffer xml = { 0 };
  struct sl_buffer code = { 0 };
  bool there = false;
  sl_buffer_text(&xml, "<CompleteMultipartUpload>");
  for (int number = 1; *tags != '\0'; number++) {
    size_t n = strcspn(tags, ",");
    sl_buffer_printf(&xml, "<Part><PartNumber>%d</PartNumber><ETag>\"%.*s\"</ETag></Part>", number,
                     (int)n, tags);
    tags += n + (tags[n] == ',');
  }
  sl_buffer_text(&xml, "</CompleteMultipartUpload>");
  sl_status rc = upload_query(id, 0, &query, err);
  rc = rc == SL_OK ? sl_buffer_check(&xml, err) : rc;
  rc = rc == SL_OK ? s3_send(b, "POST", key, query.data, xml.data, xml.length, &answer, err) : rc;
  const char *at = answer.body.data; /* an error may come with status 200 */
  bool refused =
      rc == SL_OK && (answer.status != 200 || (at != NULL && strstr(at, "<Error>") != NULL));
  if (refused && bucket_xml(&at, "Code", &code) && strcmp(code.data, "NoSuchUpload") == 0) {
    rc = is_there(b, key, &there, err); /* it was ended before */
  }
  if (rc == SL_OK && refused && !there) {
    rc = bucket_fail(b, "ending", key, &answer, err);
  }
  sl_buffer_release(&code);
  sl_buffer_release(&xml);
  sl_buffer_release(&query);
  sl_http_answer_release(&answer);
  return rc;
}

static sl_status s3_abandon(struct bucket *b, const char *key, const char *id,
                            struct sl_error *err) {
  struct sl_buffer query = { 0 };
  sl_status rc = upload_query(id, 0, &query, err);
  rc = rc == SL_OK ? bucket_call(b, "DELETE", key, query.data, NULL, 0, "abandoning", err) : rc;
  sl_buffer_release(&query);
  return rc;
}

/* One page of uploads; the marks say where the next one begins. */
static sl_status sweep_page(struct bucket *b, const struct sl_http_answer *answer, const char *mark,
                            struct sl_error *err) {
  struct sl_buffer key = { 0 };
  struct sl_buffer id = { 0 };
  const char *at = answer->body.data;
  sl_status rc = SL_OK;
  while (rc == SL_OK && at != NULL && (at = strstr(at, "<Upload>")) != NULL) {
    const char *inside = at;
    if (bucket_xml(&inside, "Key", &key)) {
      inside = at;
      if (bucket_xml(&inside, "UploadId", &id) && strstr(key.data, mark) != NULL) {
        rc = s3_abandon(b, key.data, id.data, err);
      }
    }
    at += 8;
  }
  sl_buffer_release(&key);
  sl_buffer_release(&id);
  return rc;
}

static sl_status s3_sweep(struct bucket *b, const char *prefix, const char *mark,
                          struct sl_error *err) {
  struct sl_buffer key = { 0 };
  struct sl_buffer id = { 0 };
  sl_status rc = SL_OK;
  for (bool more = true; rc == SL_OK && more;) {
    struct sl_http_answer answer = { 0 };
    struct sl_buffer query = { 0 };
    if (key.length > 0) {
      sl_buffer_printf(&query, "key-marker=%s\n", key.data);
    }
    sl_buffer_printf(&query, "prefix=%s\n", prefix);
    if (id.length > 0) {
      sl_buffer_printf(&query, "upload-id-marker=%s\n", id.data);
    }
    sl_buffer_text(&query, "uploads=");
    rc = sl_buffer_check(&query, err);
    rc = rc == SL_OK ? s3_send(b, "GET", "", query.data, NULL, 0, &answer, err) : rc;
    if (rc == SL_OK && answer.status != 200) {
      rc = bucket_fail(b, "listing uploads below", prefix, &answer, err);
    }
    if (rc == SL_OK) {
      rc = sweep_page(b, &answer, mark, err);
    }
    const char *at = answer.body.data;
    more = rc == SL_OK && bucket_xml(&at, "NextKeyMarker", &key) && key.length > 0 &&
           strstr(answer.body.data, "<IsTruncated>true") != NULL;
    at = answer.body.data;
    if (!bucket_xml(&at, "NextUploadIdMarker", &id)) {
      sl_buffer_reset(&id);
    }
    sl_http_answer_release(&answer);
    sl_buffer_release(&query);
  }
  sl_buffer_release(&key);
  sl_buffer_release(&id);
  return rc;
}

static void s3_describe(const struct bucket *b, struct sl_copy_store *out) {
  const struct s3_credentials *c = &((const struct s3_bucket *)b)->credentials;
  *out = (struct sl_copy_store){ .scheme = strncmp(b->shown.data, "gs:", 3) == 0 ? "gs" : "s3",
                                 .endpoint = c->endpoint,
                                 .region = c->region,
                                 .key_id = c->key_id,
                                 .secret = c->secret,
                                 .token = c->token };
}

static void s3_close(struct bucket *b) {
  struct s3_bucket *s = s3_of(b);
  s3_credentials_release(&s->credentials);
  free(s);
}

static const struct bucket_ops s3_ops = {
  .call = s3_send,
  .no_such_key = "NoSuchKey",
  .list_query = s3_list_query,
  .list_name = "Key",
  .list_token = "NextContinuationToken",
  .upload = s3_upload,
  .part = s3_part,
  .finish = s3_finish,
  .abandon = s3_abandon,
  .sweep = s3_sweep,
  .copy = s3_copy,
  .describe = s3_describe,
  .close = s3_close,
};

/* Host and path of the bucket: "bucket.host" on Amazon, "host/bucket" elsewhere. */
static sl_status locate(struct s3_bucket *s, const char *bucket, bool path_style,
                        struct sl_error *err) {
  const char *endpoint = s->credentials.endpoint;
  if (endpoint == NULL && (path_style || strchr(bucket, '.') != NULL)) {
    snprintf(s->host, sizeof s->host, "s3.%s.amazonaws.com", s->credentials.region);
    snprintf(s->path, sizeof s->path, "/%s", bucket);
  } else if (endpoint == NULL) {
    snprintf(s->host, sizeof s->host, "%s.s3.%s.amazonaws.com", bucket, s->credentials.region);
  } else {
    s->tls = strncmp(endpoint, "https://", 8) == 0;
    if (!s->tls && strncmp(endpoint, "http://", 7) != 0) {
      return sl_fail(err, SL_EUSAGE, "the endpoint must be an http or https URL");
    }
    const char *host = endpoint + (s->tls ? 8 : 7);
    size_t n = strcspn(host, "/");
    size_t path = strlen(host + n);
    while (path > 0 && host[n + path - 1] == '/') {
      path--;
    }
    snprintf(s->host, sizeof s->host, "%.*s", (int)n, host);
    snprintf(s->path, sizeof s->path, "%.*s/%s", (int)path, host + n, bucket);
    return SL_OK;
  }
  s->tls = true;
  return SL_OK;
}

sl_status files_s3_open(struct files_place **out, const char *scheme, const char *location,
                        const struct files_settings *settings, struct sl_error *err) {
  struct sl_buffer prefix = { 0 };
  char bucket[128];
  sl_status rc = bucket_split(scheme, location, bucket, &prefix, err);
  struct s3_bucket *s = rc == SL_OK ? calloc(1, sizeof *s) : NULL;
  if (rc == SL_OK && s == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for %s", bucket);
  }
  if (s == NULL) {
    sl_buffer_release(&prefix);
    return rc;
  }
  s->base.ops = &s3_ops;
  rc = s3_credentials_find(&s->credentials, scheme, settings, err);
  if (rc == SL_OK) {
    rc = locate(s, bucket, settings->path_style, err);
  }
  if (rc == SL_OK) {
    sl_buffer_printf(&s->base.root, "%s://%s%s", s->tls ? "https" : "http", s->host, s->path);
    sl_buffer_printf(&s->base.shown, "%s://%s", scheme, bucket);
    rc = sl_buffer_check(&s->base.shown, err);
  }
  if (rc == SL_OK) {
    rc = bucket_http_new(&s->base, settings, err);
  }
  if (rc == SL_OK) {
    rc = files_bucket_open(out, &s->base, prefix.data == NULL ? "" : prefix.data, settings, err);
  } else {
    sl_buffer_release(&s->base.root);
    sl_buffer_release(&s->base.shown);
    s3_close(&s->base);
  }
  sl_buffer_release(&prefix);
  return rc;
}
