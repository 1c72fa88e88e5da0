/* position.c - where a load of files stands, so that another one can go on there.
 *
 * {"files": <hash of path, size and time of the files up to the one being read>, "at": <its index>,
 * "offset": <plain bytes of it; of Parquet rows of all files>}. Files behind it may come or change:
 * nothing of them was read. */
#include <inttypes.h>
#include <stdio.h>

#include <yyjson.h>

#include "base/hash.h"
#include "file_internal.h"

static sl_status hash_files(const struct file_source *s, size_t n, char out[20],
                            struct sl_error *err) {
  struct sl_buffer text = { 0 };
  for (size_t i = 0; i < n; i++) {
    const struct file_item *item = &s->files.items[i];
    sl_buffer_printf(&text, "%s\n%" PRId64 " %" PRId64 "\n", item->path, item->size,
                     item->mtime_nanos);
  }
  sl_status rc = sl_buffer_check(&text, err);
  if (rc == SL_OK) {
    snprintf(out, 20, "%016" PRIx64, sl_hash64(text.data == NULL ? "" : text.data, text.length));
  }
  sl_buffer_release(&text);
  return rc;
}

static size_t begun(const struct file_source *s, size_t at) {
  return at < s->files.count ? at + 1 : s->files.count;
}

sl_status file_position(const struct file_source *s, const struct file_place *place,
                        char **out_json, struct sl_error *err) {
  struct sl_buffer json = { 0 };
  char hash[20];
  *out_json = NULL;
  for (size_t i = 0; i < s->files.count; i++) {
    if (s->files.items[i].size < 0) {
      return SL_OK;
    }
  }
  sl_status rc = hash_files(s, begun(s, place->at), hash, err);
  if (rc == SL_OK) {
    sl_buffer_printf(&json, "{\"files\":\"%s\",\"at\":%zu,\"offset\":%" PRId64 "}", hash, place->at,
                     place->offset);
    *out_json = sl_buffer_take(&json);
    rc = *out_json == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a position") : SL_OK;
  }
  return rc;
}

sl_status file_place_read(const struct file_source *s, const char *json, struct file_place *out,
                          bool *changed, struct sl_error *err) {
  yyjson_doc *doc = yyjson_read(json, strlen(json), 0);
  yyjson_val *root = yyjson_doc_get_root(doc);
  char hash[20] = "";
  *out = (struct file_place){ (size_t)yyjson_get_uint(yyjson_obj_get(root, "at")),
                              yyjson_get_sint(yyjson_obj_get(root, "offset")) };
  sl_status rc = hash_files(s, begun(s, out->at), hash, err);
  *changed = rc == SL_OK &&
             (out->at > s->files.count || !yyjson_equals_str(yyjson_obj_get(root, "files"), hash));
  yyjson_doc_free(doc);
  return rc;
}
