/* flat_read.h - as much of the FlatBuffers format as Arrow's IPC metadata needs, read from bytes
 * that may be damaged.
 *
 * Nothing outside of the view is read: what points there, or is not there, sets `damaged` or reads
 * as absent. A table at 0 is an absent one. May include base/text.h. */
#ifndef SL_COLUMN_FLAT_READ_H
#define SL_COLUMN_FLAT_READ_H

#include "base/text.h"

struct sl_flat_view {
  const char *data;
  size_t size;
  bool damaged;
};

size_t sl_flat_root(struct sl_flat_view *v);
/* A number of `width` bytes with its sign, or the fallback. */
int64_t sl_flat_number(struct sl_flat_view *v, size_t table, size_t id, size_t width,
                       int64_t fallback);
/* A number behind its place, for items of vectors. */
int64_t sl_flat_number_at(struct sl_flat_view *v, size_t at, size_t width);
size_t sl_flat_table_of(struct sl_flat_view *v, size_t table, size_t id);
/* The table that the link at a place of a vector points to. */
size_t sl_flat_table_at(struct sl_flat_view *v, size_t at);
/* data == NULL: absent. */
struct sl_text sl_flat_text(struct sl_flat_view *v, size_t table, size_t id);
/* The place of the first of *n items of `size` bytes each, all of them within the view. */
size_t sl_flat_vector(struct sl_flat_view *v, size_t table, size_t id, size_t size, size_t *n);

#endif
