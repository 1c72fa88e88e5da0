/* state_json.c - see state_json.h. */
#include "pipeline/state_json.h"

#include <stdlib.h>

#include "base/hash.h"
#include "schema/json_text.h"
#include "schema/stored.h"

enum { MOST_DEPTH = 500 }; /* copying a document recurses: deeper input could exhaust the stack */

sl_status sl_json_read_mut(yyjson_mut_doc **out, const char *json, size_t length, const char *what,
                           struct sl_error *err) {
  yyjson_read_err problem;
  *out = NULL;
  if (sl_json_too_deep(json, length, MOST_DEPTH)) {
    return sl_fail(err, SL_EDATA, "%s: nested more than %d deep", what, MOST_DEPTH);
  }
  /* yyjson does not write to its input without the INSITU flag. */
  yyjson_doc *doc =
      yyjson_read_opts((char *)(uintptr_t)json, length, YYJSON_READ_BIGNUM_AS_RAW, NULL, &problem);
  if (doc == NULL) {
    return sl_fail(err, SL_EDATA, "%s: JSON is broken at byte %zu: %s", what, problem.pos,
                   problem.msg);
  }
  *out = yyjson_doc_mut_copy(doc, NULL);
  yyjson_doc_free(doc);
  return *out != NULL ? SL_OK : sl_fail(err, SL_ENOMEM, "out of memory for %s", what);
}

sl_status sl_json_write_mut(const yyjson_mut_doc *doc, const char *const *left_out, size_t n,
                            struct sl_buffer *out, struct sl_error *err) {
  yyjson_mut_doc *copy = yyjson_mut_doc_mut_copy((yyjson_mut_doc *)(uintptr_t)doc, NULL);
  size_t length = 0;
  for (size_t i = 0; copy != NULL && i < n; i++) {
    yyjson_mut_obj_remove_key(yyjson_mut_doc_get_root(copy), left_out[i]);
  }
  char *json = copy == NULL ? NULL : yyjson_mut_write(copy, 0, &length);
  if (json != NULL) {
    sl_buffer_append(out, json, length);
  }
  yyjson_mut_doc_free(copy);
  sl_status rc = json == NULL ? sl_fail(err, SL_ENOMEM, "out of memory writing JSON")
                              : sl_buffer_check(out, err);
  free(json);
  return rc;
}

sl_status sl_state_json_hash(const yyjson_mut_doc *doc, char out[48], struct sl_error *err) {
  static const char *const left_out[] = { "_state_version", "_state_engine_version",
                                          "_version_hash", "_local" };
  struct sl_buffer json = { 0 };
  struct sl_buffer canonical = { 0 };
  sl_status rc = sl_json_write_mut(doc, left_out, 4, &json, err);
  if (rc == SL_OK) {
    rc = sl_json_canonical(json.data, json.length, &canonical, err);
  }
  if (rc == SL_OK) {
    struct sl_sha3 h;
    uint8_t digest[32];
    sl_sha3_init(&h);
    sl_sha3_update(&h, canonical.data, canonical.length);
    sl_sha3_final(&h, digest);
    sl_base64_encode(out, digest, sizeof digest, 1);
  }
  sl_buffer_release(&json);
  sl_buffer_release(&canonical);
  return rc;
}
