/* flat.c - see flat.h. */
#include "column/flat.h"

static const size_t sizes[] = { 0, 1, 2, 4, 8, 4 };

void sl_flat_align(struct sl_flat *f, size_t alignment, size_t behind) {
  while (!f->out->failed && (f->out->length - f->base + behind) % alignment != 0) {
    sl_buffer_char(f->out, '\0');
  }
}

static void put_u16(struct sl_flat *f, size_t value) {
  uint16_t small = (uint16_t)value;
  sl_buffer_append(f->out, &small, sizeof small);
}

static void put_u32(struct sl_flat *f, size_t value) {
  uint32_t small = (uint32_t)value;
  sl_buffer_append(f->out, &small, sizeof small);
}

size_t sl_flat_begin(struct sl_flat *f, struct sl_buffer *out) {
  *f = (struct sl_flat){ .out = out, .base = out->length };
  put_u32(f, 0);
  return f->base;
}

void sl_flat_link(struct sl_flat *f, size_t at, size_t to) {
  uint32_t offset = (uint32_t)(to - at);
  if (!f->out->failed) {
    memcpy(f->out->data + at, &offset, sizeof offset);
  }
}

/* The fields follow the table's first word, the widest ones first: with that word at 4 of 8 bytes,
 * each is aligned. */
size_t sl_flat_table(struct sl_flat *f, struct sl_flat_field *fields, size_t n) {
  size_t places[16] = { 0 };
  size_t size = 4;
  for (size_t width = 8; width > 0; width /= 2) {
    for (size_t i = 0; i < n; i++) {
      if (sizes[fields[i].kind] == width) {
        places[i] = size;
        size += width;
      }
    }
  }
  sl_flat_align(f, 8, 4 + 2 * n + 4); /* so that the table begins 4 behind a multiple of 8 */
  size_t vtable = f->out->length;
  put_u16(f, 4 + 2 * n);
  put_u16(f, size);
  for (size_t i = 0; i < n; i++) {
    put_u16(f, places[i]);
  }
  size_t table = f->out->length;
  put_u32(f, table - vtable);
  sl_buffer_reserve(f->out, size);
  for (size_t width = 8; width > 0; width /= 2) {
    for (size_t i = 0; i < n; i++) {
      if (sizes[fields[i].kind] == width) {
        fields[i].at = table + places[i];
        sl_buffer_append(f->out, &fields[i].value, width); /* little endian */
      }
    }
  }
  return table;
}

size_t sl_flat_string(struct sl_flat *f, const char *text, size_t length) {
  sl_flat_align(f, 4, 0);
  size_t at = f->out->length;
  put_u32(f, length);
  sl_buffer_append(f->out, text, length);
  sl_buffer_char(f->out, '\0');
  return at;
}

size_t sl_flat_links(struct sl_flat *f, size_t n) {
  sl_flat_align(f, 4, 0);
  size_t at = f->out->length;
  put_u32(f, n);
  for (size_t i = 0; i < n; i++) {
    put_u32(f, 0);
  }
  return at;
}

size_t sl_flat_structs(struct sl_flat *f, const void *items, size_t n, size_t size) {
  sl_flat_align(f, 8, 4);
  size_t at = f->out->length;
  put_u32(f, n);
  sl_buffer_append(f->out, items, n * size);
  return at;
}
