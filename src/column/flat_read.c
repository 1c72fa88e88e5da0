/* flat_read.c - see flat_read.h. */
#include "column/flat_read.h"

static bool has(struct sl_flat_view *v, size_t at, size_t bytes) {
  bool there = at <= v->size && bytes <= v->size - at;
  v->damaged = v->damaged || !there;
  return there;
}

int64_t sl_flat_number_at(struct sl_flat_view *v, size_t at, size_t width) {
  uint64_t bits = 0; /* little endian */
  if (!has(v, at, width)) {
    return 0;
  }
  memcpy(&bits, v->data + at, width);
  unsigned spare = 64 - 8 * (unsigned)width;
  return (int64_t)(bits << spare) >> spare;
}

static size_t count_at(struct sl_flat_view *v, size_t at) {
  return (size_t)(uint32_t)sl_flat_number_at(v, at, 4);
}

size_t sl_flat_table_at(struct sl_flat_view *v, size_t at) {
  size_t target = at + count_at(v, at);
  v->damaged = v->damaged || target == at;
  return !v->damaged && has(v, target, 4) ? target : 0;
}

size_t sl_flat_root(struct sl_flat_view *v) {
  return sl_flat_table_at(v, 0);
}

/* Where a field is; 0 = absent. A table begins with the distance back to its list of fields. */
static size_t field_of(struct sl_flat_view *v, size_t table, size_t id) {
  if (table == 0) {
    return 0;
  }
  int64_t list = (int64_t)table - sl_flat_number_at(v, table, 4);
  if (list < 0 || !has(v, (size_t)list, 4)) {
    v->damaged = true;
    return 0;
  }
  size_t length = (size_t)(uint16_t)sl_flat_number_at(v, (size_t)list, 2);
  size_t entry = 4 + 2 * id;
  if (entry + 2 > length) {
    return 0;
  }
  size_t distance = (size_t)(uint16_t)sl_flat_number_at(v, (size_t)list + entry, 2);
  return distance == 0 ? 0 : table + distance;
}

int64_t sl_flat_number(struct sl_flat_view *v, size_t table, size_t id, size_t width,
                       int64_t fallback) {
  size_t at = field_of(v, table, id);
  return at == 0 ? fallback : sl_flat_number_at(v, at, width);
}

size_t sl_flat_table_of(struct sl_flat_view *v, size_t table, size_t id) {
  size_t at = field_of(v, table, id);
  return at == 0 ? 0 : sl_flat_table_at(v, at);
}

struct sl_text sl_flat_text(struct sl_flat_view *v, size_t table, size_t id) {
  size_t at = sl_flat_table_of(v, table, id);
  size_t length = at == 0 ? 0 : count_at(v, at);
  return at != 0 && has(v, at + 4, length) ? (struct sl_text){ v->data + at + 4, length }
                                           : (struct sl_text){ NULL, 0 };
}

size_t sl_flat_vector(struct sl_flat_view *v, size_t table, size_t id, size_t size, size_t *n) {
  size_t at = sl_flat_table_of(v, table, id);
  *n = at == 0 ? 0 : count_at(v, at);
  if (!has(v, at + 4, *n * size)) {
    *n = 0;
  }
  return at + 4;
}
