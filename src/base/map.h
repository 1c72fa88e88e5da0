/* map.h - text to number: open addressing, insertion only.
 *
 * Keys are copied into the map's arena. Used for table and column names. One writer, or many
 * readers and no writer. */
#ifndef SL_BASE_MAP_H
#define SL_BASE_MAP_H

#include "base/memory.h"
#include "base/text.h"

struct sl_map_slot {
  const char *key; /* NULL = free */
  uint32_t length, hash;
  int32_t value;
};

struct sl_map { /* all-zero is empty */
  struct sl_map_slot *slots;
  size_t capacity, count; /* capacity is a power of two */
  struct sl_arena keys;
};

/* The value of `key`, or -1. */
int32_t sl_map_get(const struct sl_map *map, const char *key, size_t length);
/* Adds or overwrites; value >= 0. */
sl_status sl_map_set(struct sl_map *map, const char *key, size_t length, int32_t value,
                     struct sl_error *err);
void sl_map_release(struct sl_map *map);

#endif
