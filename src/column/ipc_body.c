/* ipc_body.c - see ipc_body.h. */
#include "column/ipc_body.h"

#include <stdlib.h>

#include "base/memory.h"
#include "column/bits.h"

enum { ALIGNMENT = 64 };

/* Bytes of one value; 0 = bits, -1 = offsets and bytes, -2 = no buffers, -3 = not ours. */
static int width_of(const char *format) {
  switch (format[0]) {
    case 'n': return -2;
    case 'b': return 0;
    case 'c':
    case 'C': return 1;
    case 's':
    case 'S': return 2;
    case 'i':
    case 'I':
    case 'f': return 4;
    case 'l':
    case 'L':
    case 'g': return 8;
    case 'u':
    case 'z': return -1;
    case 'd': {
      const char *scale = strchr(format, ',');
      const char *bits = scale == NULL ? NULL : strchr(scale + 1, ',');
      return bits == NULL || strcmp(bits, ",128") == 0 ? 16 : -3;
    }
    case 't':
      if (format[1] == 'd') {
        return format[2] == 'D' ? 4 : 8;
      }
      if (format[1] == 't') {
        return format[2] == 's' || format[2] == 'm' ? 4 : 8;
      }
      return format[1] == 's' ? 8 : -3;
    default: return -3;
  }
}

bool sl_ipc_can(const char *format) {
  return width_of(format) != -3;
}

static int64_t count_nulls(const struct ArrowArray *column, int64_t from, int64_t rows) {
  const uint8_t *validity = column->n_buffers > 0 ? column->buffers[0] : NULL;
  return validity == NULL || column->null_count == 0 ? 0 : sl_bits_zeros(validity, from, rows);
}

static void add_buffer(struct sl_ipc_layout *layout, int64_t length) {
  layout->buffers[layout->n_buffers++] = (struct sl_ipc_buffer){ layout->body_length, length };
  layout->body_length += (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static void measure_column(struct sl_ipc_layout *layout, int width, const struct ArrowArray *column,
                           int64_t from, int64_t rows) {
  int64_t bits = (rows + 7) / 8;
  int64_t nulls = width == -2 ? rows : count_nulls(column, from, rows);
  layout->nodes[layout->n_nodes++] = (struct sl_ipc_node){ rows, nulls };
  if (width == -2) {
    return;
  }
  add_buffer(layout, nulls > 0 ? bits : 0);
  if (width >= 0) {
    add_buffer(layout, width == 0 ? bits : rows * width);
    return;
  }
  const int32_t *offsets = column->buffers[1];
  add_buffer(layout, (rows + 1) * 4);
  add_buffer(layout, rows == 0 ? 0 : offsets[from + rows] - offsets[from]);
}

sl_status sl_ipc_measure(struct sl_ipc_layout *layout, const struct ArrowSchema *schema,
                         const struct ArrowArray *array, int64_t from, int64_t to,
                         struct sl_error *err) {
  size_t n = (size_t)schema->n_children;
  layout->nodes = sl_alloc_array(n, sizeof *layout->nodes);
  layout->buffers = sl_alloc_array(3 * n, sizeof *layout->buffers);
  if (layout->nodes == NULL || layout->buffers == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for %zu columns", n);
  }
  for (size_t i = 0; i < n; i++) {
    const struct ArrowArray *column = array->children[i];
    measure_column(layout, width_of(schema->children[i]->format), column,
                   from + array->offset + column->offset, to - from);
  }
  return SL_OK;
}

void sl_ipc_layout_release(struct sl_ipc_layout *layout) {
  free(layout->nodes);
  free(layout->buffers);
  *layout = (struct sl_ipc_layout){ 0 };
}

/* The offsets begin with 0 in a body. */
static void copy_offsets(char *to, const int32_t *offsets, int64_t rows) {
  for (int64_t i = 0; i <= rows; i++) {
    int32_t moved = rows == 0 ? 0 : offsets[i] - offsets[0];
    memcpy(to + i * 4, &moved, sizeof moved);
  }
}

static void write_column(char *body, const struct sl_ipc_buffer *buffers, bool nulls, int width,
                         const struct ArrowArray *column, int64_t from, int64_t rows) {
  if (nulls) {
    sl_bits_copy(body + buffers[0].offset, column->buffers[0], from, rows);
  }
  if (rows == 0 && width >= 0) {
    return;
  }
  if (width == 0) {
    sl_bits_copy(body + buffers[1].offset, column->buffers[1], from, rows);
  } else if (width > 0) {
    memcpy(body + buffers[1].offset, (const char *)column->buffers[1] + from * width,
           (size_t)buffers[1].length);
  } else {
    const int32_t *offsets = column->buffers[1];
    offsets = rows == 0 ? offsets : offsets + from;
    copy_offsets(body + buffers[1].offset, offsets, rows);
    if (buffers[2].length > 0) {
      memcpy(body + buffers[2].offset, (const char *)column->buffers[2] + offsets[0],
             (size_t)buffers[2].length);
    }
  }
}

sl_status sl_ipc_write_body(const struct sl_ipc_layout *layout, const struct ArrowSchema *schema,
                            const struct ArrowArray *array, int64_t from, int64_t to,
                            struct sl_buffer *out, struct sl_error *err) {
  size_t buffer = 0;
  if (!sl_buffer_reserve(out, (size_t)layout->body_length)) {
    return sl_buffer_check(out, err);
  }
  char *body = out->data + out->length;
  memset(body, 0, (size_t)layout->body_length + 1);
  for (int64_t i = 0; i < schema->n_children; i++) {
    const struct ArrowArray *column = array->children[i];
    int width = width_of(schema->children[i]->format);
    if (width == -2) {
      continue;
    }
    write_column(body, layout->buffers + buffer, layout->nodes[i].null_count > 0, width, column,
                 from + array->offset + column->offset, to - from);
    buffer += width >= 0 ? 2 : 3;
  }
  out->length += (size_t)layout->body_length;
  return SL_OK;
}
