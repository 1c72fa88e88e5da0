/* bucket_calls.c - the requests to an object store that are the same everywhere; see bucket.h. */
#include "bucket.h"

sl_status bucket_call(struct bucket *b, const char *method, const char *key, const char *query,
                      const char *data, size_t length, const char *doing, struct sl_error *err) {
  struct sl_http_answer answer = { 0 };
  sl_status rc = b->ops->call(b, method, key, query, data, length, &answer, err);
  bool gone = answer.status == 404 && strcmp(method, "DELETE") == 0;
  if (rc == SL_OK && answer.status / 100 != 2 && !gone) {
    rc = bucket_fail(b, doing, key, &answer, err);
  }
  sl_http_answer_release(&answer);
  return rc;
}

sl_status bucket_read(struct bucket *b, const char *key, struct sl_buffer *out, bool *found,
                      struct sl_error *err) {
  struct sl_http_answer answer = { 0 };
  struct sl_buffer code = { 0 };
  sl_status rc = b->ops->call(b, "GET", key, "", NULL, 0, &answer, err);
  *found = rc == SL_OK && answer.status == 200;
  if (rc == SL_OK && answer.status == 404) {
    bucket_code(&answer, &code);
  }
  if (*found) {
    sl_buffer_append(out, answer.body.data, answer.body.length);
    rc = sl_buffer_check(out, err);
  } else if (rc == SL_OK && (code.data == NULL || strcmp(code.data, b->ops->no_such_key) != 0)) {
    rc = bucket_fail(b, "reading", key, &answer, err);
  }
  sl_buffer_release(&code);
  sl_http_answer_release(&answer);
  return rc;
}

/* Collects the names of one page, and the token of the next. */
static sl_status take_names(struct bucket *b, const struct sl_http_answer *answer,
                            struct files_names *out, struct sl_buffer *token,
                            struct sl_error *err) {
  struct sl_buffer name = { 0 };
  const char *at = answer->body.data;
  sl_status rc = SL_OK;
  while (rc == SL_OK && bucket_xml(&at, b->ops->list_name, &name)) {
    rc = files_names_add(out, name.data, name.length, err);
  }
  at = answer->body.data;
  if (!bucket_xml(&at, b->ops->list_token, token)) {
    sl_buffer_reset(token);
  }
  sl_buffer_release(&name);
  return rc;
}

sl_status bucket_names(struct bucket *b, const char *prefix, struct files_names *out,
                       struct sl_error *err) {
  struct sl_buffer token = { 0 };
  sl_status rc = SL_OK;
  do {
    struct sl_http_answer answer = { 0 };
    struct sl_buffer query = { 0 };
    b->ops->list_query(&query, prefix, token.length > 0 ? token.data : "");
    rc = sl_buffer_check(&query, err);
    rc = rc == SL_OK ? b->ops->call(b, "GET", "", query.data, NULL, 0, &answer, err) : rc;
    if (rc == SL_OK && answer.status != 200) {
      rc = bucket_fail(b, "listing", prefix, &answer, err);
    }
    rc = rc == SL_OK ? take_names(b, &answer, out, &token, err) : rc;
    sl_http_answer_release(&answer);
    sl_buffer_release(&query);
  } while (rc == SL_OK && token.length > 0);
  sl_buffer_release(&token);
  return rc;
}
