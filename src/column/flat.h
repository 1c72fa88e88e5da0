/* flat.h - as much of the FlatBuffers format as Arrow's IPC metadata needs, written front to back.
 *
 * A table is laid down behind its vtable; what it points to is written later and linked then, since
 * offsets point forward. Positions are offsets in the buffer; alignment counts from `base`. May
 * include base/text.h. */
#ifndef SL_COLUMN_FLAT_H
#define SL_COLUMN_FLAT_H

#include "base/text.h"

struct sl_flat {
  struct sl_buffer *out;
  size_t base; /* where the FlatBuffer begins */
};

enum sl_flat_kind {
  SL_FLAT_ABSENT,
  SL_FLAT_BYTE,
  SL_FLAT_SHORT,
  SL_FLAT_INT,
  SL_FLAT_LONG,
  SL_FLAT_LINK
};

struct sl_flat_field { /* in the order of the schema's field ids */
  enum sl_flat_kind kind;
  int64_t value;
  size_t at; /* set by sl_flat_table: where the field is, to link it */
};

/* Begins a FlatBuffer at the end of `out`; returns the place of the link to its root table. */
size_t sl_flat_begin(struct sl_flat *f, struct sl_buffer *out);
size_t sl_flat_table(struct sl_flat *f, struct sl_flat_field *fields, size_t n);
size_t sl_flat_string(struct sl_flat *f, const char *text, size_t length);
/* A vector of links, each to be linked at the place returned + 4 + 4 * i. */
size_t sl_flat_links(struct sl_flat *f, size_t n);
/* A vector of structures, as bytes that are aligned to 8. */
size_t sl_flat_structs(struct sl_flat *f, const void *items, size_t n, size_t size);
/* Makes the link at `at` point to `to`. */
void sl_flat_link(struct sl_flat *f, size_t at, size_t to);

/* Zeros until the length from `base` is a multiple of `alignment`, `behind` bytes later. */
void sl_flat_align(struct sl_flat *f, size_t alignment, size_t behind);

#endif
