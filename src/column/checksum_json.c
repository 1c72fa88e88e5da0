/* checksum_json.c - the hash of a JSON value: databases write it with other spaces, another order
 * of members and other forms of numbers than it came in. */
#include <stdlib.h>

#include <yyjson.h>

#include "base/hash.h"
#include "base/memory.h"
#include "column/checksum.h"

enum { DEEPEST = 1000 };

static uint64_t combine(uint64_t a, uint64_t b) {
  uint64_t both[2] = { a, b };
  return sl_hash64(both, sizeof both);
}

static uint64_t hash_value(yyjson_val *value, int depth);

struct member {
  uint64_t name, value;
  size_t place;
};

static int by_name(const void *a, const void *b) {
  const struct member *x = a;
  const struct member *y = b;
  return x->name != y->name ? (x->name < y->name ? -1 : 1) : (x->place < y->place ? -1 : 1);
}

/* Of members with one name only the last is a value that readers see. */
static uint64_t hash_object(yyjson_val *object, int depth) {
  size_t n = yyjson_obj_size(object);
  struct member *members = sl_alloc_array(n, sizeof *members);
  yyjson_obj_iter at = yyjson_obj_iter_with(object);
  uint64_t hash = 1;
  for (size_t i = 0; members != NULL && i < n; i++) {
    yyjson_val *key = yyjson_obj_iter_next(&at);
    members[i] = (struct member){ sl_hash64(yyjson_get_str(key), yyjson_get_len(key)),
                                  hash_value(yyjson_obj_iter_get_val(key), depth + 1), i };
  }
  if (members != NULL) {
    qsort(members, n, sizeof *members, by_name);
  }
  for (size_t i = 0; members != NULL && i < n; i++) {
    if (i + 1 == n || members[i].name != members[i + 1].name) {
      hash = combine(combine(hash, members[i].name), members[i].value);
    }
  }
  free(members);
  return hash;
}

static uint64_t hash_list(yyjson_val *list, int depth) {
  yyjson_arr_iter items = yyjson_arr_iter_with(list);
  uint64_t hash = 4;
  for (yyjson_val *item; (item = yyjson_arr_iter_next(&items)) != NULL;) {
    hash = combine(hash, hash_value(item, depth + 1));
  }
  return hash;
}

static uint64_t hash_value(yyjson_val *value, int depth) {
  if (depth > DEEPEST) {
    return 5;
  }
  switch (yyjson_get_type(value)) {
    case YYJSON_TYPE_OBJ: return hash_object(value, depth);
    case YYJSON_TYPE_ARR: return hash_list(value, depth);
    case YYJSON_TYPE_RAW:
      return sl_checksum_number((struct sl_text){ yyjson_get_raw(value), yyjson_get_len(value) });
    case YYJSON_TYPE_STR:
      return combine(6, sl_hash64(yyjson_get_str(value), yyjson_get_len(value)));
    case YYJSON_TYPE_BOOL: return yyjson_get_bool(value) ? 7 : 8;
    default: return 9;
  }
}

uint64_t sl_checksum_json(struct sl_text text) {
  yyjson_doc *doc = yyjson_read_opts((char *)(uintptr_t)text.data, text.length,
                                     YYJSON_READ_NUMBER_AS_RAW, NULL, NULL);
  if (doc == NULL) {
    return sl_hash64(text.data, text.length);
  }
  uint64_t hash = hash_value(yyjson_doc_get_root(doc), 0);
  yyjson_doc_free(doc);
  return hash;
}
