/* test_map.c - names to numbers. */
#include "base/map.h"

#include "unit/test.h"

static int32_t get(const struct sl_map *map, const char *key) {
  return sl_map_get(map, key, strlen(key));
}

TEST(an_empty_map_has_nothing) {
  struct sl_map map = { 0 };
  CHECK_INT("a", get(&map, "a"), -1);
  CHECK_INT("empty key", get(&map, ""), -1);
  sl_map_release(&map);
}

TEST(many_keys_are_all_found) {
  struct sl_map map = { 0 };
  struct sl_error err;
  char key[32];
  for (int i = 0; i < 100000; i++) {
    snprintf(key, sizeof key, "key_%d", i);
    if (!CHECK_OK(sl_map_set(&map, key, strlen(key), i, &err), &err)) break;
  }
  CHECK_INT("count", map.count, 100000);
  for (int i = 0; i < 100000; i++) {
    snprintf(key, sizeof key, "key_%d", i);
    if (!CHECK_INT(key, get(&map, key), i)) break;
  }
  CHECK_INT("absent", get(&map, "key_100000"), -1);
  CHECK_INT("a prefix is another key", get(&map, "key_"), -1);
  sl_map_release(&map);
}

TEST(keys_are_bytes_and_copied) {
  struct sl_map map = { 0 };
  struct sl_error err;
  char key[] = "a\0b";
  CHECK_OK(sl_map_set(&map, key, 3, 1, &err), &err);
  CHECK_OK(sl_map_set(&map, key, 1, 2, &err), &err);
  CHECK_OK(sl_map_set(&map, "", 0, 3, &err), &err);
  key[0] = 'z';
  CHECK_INT("with NUL", sl_map_get(&map, "a\0b", 3), 1);
  CHECK_INT("without", sl_map_get(&map, "a", 1), 2);
  CHECK_INT("empty", sl_map_get(&map, "", 0), 3);
  CHECK_INT("changed outside", sl_map_get(&map, key, 3), -1);
  sl_map_release(&map);
}

TEST(setting_again_overwrites) {
  struct sl_map map = { 0 };
  struct sl_error err;
  CHECK_OK(sl_map_set(&map, "a", 1, 1, &err), &err);
  CHECK_OK(sl_map_set(&map, "a", 1, 7, &err), &err);
  CHECK_INT("value", get(&map, "a"), 7);
  CHECK_INT("count", map.count, 1);
  sl_map_release(&map);
  CHECK_INT("released", get(&map, "a"), -1);
}
