/* map.c - see map.h. */
#include "base/map.h"

#include <stdlib.h>

#include "base/hash.h"

static struct sl_map_slot *find_slot(const struct sl_map *map, const char *key, size_t length,
                                     uint32_t hash) {
  size_t at = hash & (map->capacity - 1);
  for (;;) {
    struct sl_map_slot *slot = &map->slots[at];
    if (slot->key == NULL ||
        (slot->hash == hash && slot->length == length && memcmp(slot->key, key, length) == 0)) {
      return slot;
    }
    at = (at + 1) & (map->capacity - 1);
  }
}

int32_t sl_map_get(const struct sl_map *map, const char *key, size_t length) {
  if (map->count == 0) {
    return -1;
  }
  const struct sl_map_slot *slot = find_slot(map, key, length, (uint32_t)sl_hash64(key, length));
  return slot->key == NULL ? -1 : slot->value;
}

static sl_status map_grow(struct sl_map *map, struct sl_error *err) {
  struct sl_map bigger = *map;
  bigger.capacity = map->capacity == 0 ? 16 : map->capacity * 2;
  bigger.slots = sl_calloc_array(bigger.capacity, sizeof *bigger.slots);
  if (bigger.slots == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for %zu names", bigger.capacity);
  }
  for (size_t i = 0; i < map->capacity; i++) {
    const struct sl_map_slot *old = &map->slots[i];
    if (old->key != NULL) {
      *find_slot(&bigger, old->key, old->length, old->hash) = *old;
    }
  }
  free(map->slots);
  *map = bigger;
  return SL_OK;
}

sl_status sl_map_set(struct sl_map *map, const char *key, size_t length, int32_t value,
                     struct sl_error *err) {
  if (map->count * 2 >= map->capacity) {
    sl_status rc = map_grow(map, err);
    if (rc != SL_OK) {
      return rc;
    }
  }
  uint32_t hash = (uint32_t)sl_hash64(key, length);
  struct sl_map_slot *slot = find_slot(map, key, length, hash);
  if (slot->key == NULL) {
    char *copy = sl_arena_copy(&map->keys, key, length);
    if (copy == NULL) {
      return sl_fail(err, SL_ENOMEM, "out of memory for a name");
    }
    *slot = (struct sl_map_slot){ copy, (uint32_t)length, hash, 0 };
    map->count++;
  }
  slot->value = value;
  return SL_OK;
}

void sl_map_release(struct sl_map *map) {
  free(map->slots);
  sl_arena_release(&map->keys);
  *map = (struct sl_map){ 0 };
}
