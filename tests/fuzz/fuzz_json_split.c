/* fuzz_json_split.c - the record splitter on any bytes, whole and in two pieces: both find the same
 * records. */
#include <stdint.h>
#include <stdlib.h>

#include "sources/file/json_split.h"

struct found {
  int64_t sum;
  size_t count;
};

static sl_status add(void *arg, int64_t start, int64_t end, struct sl_error *err) {
  struct found *f = arg;
  (void)err;
  if (start < 0 || end <= start) {
    abort();
  }
  f->sum += start * 31 + end;
  f->count++;
  return SL_OK;
}

static struct found split(const char *data, size_t size, size_t cut, const char *path,
                          sl_status *rc) {
  struct json_split s;
  struct found f = { 0, 0 };
  struct sl_error err;
  *rc = json_split_init(&s, path, &err);
  if (*rc == SL_OK) {
    *rc = json_split_scan(&s, data, 0, 0, (int64_t)cut, add, &f, &err);
  }
  if (*rc == SL_OK && json_split_keep(&s, (int64_t)cut) > (int64_t)cut) {
    abort();
  }
  if (*rc == SL_OK) {
    *rc = json_split_scan(&s, data, 0, (int64_t)cut, (int64_t)size, add, &f, &err);
  }
  if (*rc == SL_OK) {
    *rc = json_split_end(&s, (int64_t)size, add, &f, &err);
  }
  return f;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const paths[] = { NULL, "a", "a.b" };
  for (size_t i = 0; i < 3; i++) {
    sl_status whole_rc;
    sl_status cut_rc;
    struct found whole = split((const char *)data, size, size, paths[i], &whole_rc);
    struct found cut = split((const char *)data, size, size / 2, paths[i], &cut_rc);
    if (whole_rc != cut_rc ||
        (whole_rc == SL_OK && (whole.count != cut.count || whole.sum != cut.sum))) {
      abort();
    }
  }
  return 0;
}
