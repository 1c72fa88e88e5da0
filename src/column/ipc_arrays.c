/* ipc_arrays.c - a record batch of an Arrow stream as arrays over its bytes. What readers of an
 * array rely on is checked here: that buffers are long enough, offsets rise, indices and unions
 * point at something, texts are UTF-8. */
#include <stdlib.h>

#include "column/batch.h"
#include "column/bits.h"
#include "column/ipc_parts.h"
#include "column/read.h"

enum { ALIGNMENT = 8, NODE_BYTES = 16 };

struct vector { /* of the table RecordBatch, read from the front */
  size_t at, left;
};

struct reading {
  struct sl_ipc_parts *parts;
  struct sl_flat_view *v;
  struct vector nodes, buffers, counts;
  const char *body;
  size_t body_size;
};

struct buffer {
  const void *data;
  int64_t size;
};

static int64_t next_count(struct reading *r) {
  if (r->counts.left == 0) {
    r->v->damaged = true;
    return 0;
  }
  int64_t count = sl_flat_number_at(r->v, r->counts.at, 8);
  r->counts.at += 8;
  r->counts.left--;
  return count;
}

/* Two numbers of the next node or buffer. False: there is none. */
static bool next_pair(struct reading *r, struct vector *from, int64_t pair[2]) {
  if (from->left == 0) {
    return false;
  }
  pair[0] = sl_flat_number_at(r->v, from->at, 8);
  pair[1] = sl_flat_number_at(r->v, from->at + 8, 8);
  from->at += NODE_BYTES;
  from->left--;
  return pair[0] >= 0 && pair[1] >= 0;
}

/* The next buffer, of at least `least` bytes. */
static sl_status next_buffer(struct reading *r, int64_t least, struct buffer *out,
                             struct sl_error *err) {
  int64_t place[2];
  *out = (struct buffer){ 0 };
  if (!next_pair(r, &r->buffers, place) || (uint64_t)place[0] > r->body_size ||
      (uint64_t)place[1] > r->body_size - (uint64_t)place[0] || place[1] < least) {
    return sl_ipc_damaged(err, "a buffer outside of its batch");
  }
  *out = (struct buffer){ r->body + place[0], place[1] };
  if ((uintptr_t)out->data % ALIGNMENT != 0) {
    return sl_ipc_damaged(err, "a buffer at an odd place");
  }
  return SL_OK;
}

/* ---- checks ---- */

static bool offsets_rise(const void *offsets, bool large, int64_t n, int64_t limit) {
  int64_t before = 0;
  bool rise = true;
  for (int64_t i = 0; i <= n; i++) {
    int64_t offset = large ? ((const int64_t *)offsets)[i] : ((const int32_t *)offsets)[i];
    rise = rise && offset >= before;
    before = offset;
  }
  return rise && before <= limit;
}

/* All values at once, and that none begins within a character. */
static bool texts_are_good(const struct ArrowArray *array, bool large) {
  const char *bytes = array->buffers[2];
  const void *offsets = array->buffers[1];
  int64_t first = large ? ((const int64_t *)offsets)[0] : ((const int32_t *)offsets)[0];
  int64_t n = array->length;
  int64_t last = large ? ((const int64_t *)offsets)[n] : ((const int32_t *)offsets)[n];
  if (!sl_utf8_valid(bytes + first, (size_t)(last - first))) {
    return false;
  }
  for (int64_t i = 0; i < n; i++) {
    int64_t at = large ? ((const int64_t *)offsets)[i] : ((const int32_t *)offsets)[i];
    if (at < last && ((unsigned char)bytes[at] & 0xC0) == 0x80) {
      return false;
    }
  }
  return true;
}

/* Texts that are in the view itself, or in one of the buffers behind it. */
static bool views_are_good(const struct ArrowArray *array, const int64_t *sizes, int64_t n_sizes,
                           bool text) {
  for (int64_t row = 0; row < array->length; row++) {
    const char *view = (const char *)array->buffers[1] + row * 16;
    int32_t length;
    int32_t place[2];
    memcpy(&length, view, sizeof length);
    memcpy(place, view + 8, sizeof place);
    const char *bytes = view + 4;
    if (sl_array_is_null(array, row)) {
      continue;
    }
    if (length < 0) {
      return false;
    }
    if (length > 12) {
      if (place[0] < 0 || place[0] >= n_sizes || place[1] < 0 ||
          (int64_t)place[1] + length > sizes[place[0]]) {
        return false;
      }
      bytes = (const char *)array->buffers[2 + place[0]] + place[1];
    }
    if (text && !sl_utf8_valid(bytes, (size_t)length)) {
      return false;
    }
  }
  return true;
}

static bool indices_are_good(const struct ArrowSchema *schema, const struct ArrowArray *array,
                             int64_t n_values) {
  struct ArrowSchema plain = { .format = schema->format };
  for (int64_t row = 0; row < array->length; row++) {
    struct sl_read_value v = sl_array_read(&plain, array, row);
    if ((v.kind == SL_READ_INT64 && (v.as.integer < 0 || v.as.integer >= n_values)) ||
        (v.kind == SL_READ_UINT64 && v.as.natural >= (uint64_t)n_values)) {
      return false;
    }
  }
  return true;
}

static bool unions_are_good(const struct ArrowSchema *schema, const struct ArrowArray *array) {
  for (int64_t row = 0; row < array->length; row++) {
    int64_t at;
    int64_t child = sl_array_union_child(schema, array, row, &at);
    if (child < 0 || at < 0 || at >= array->children[child]->length) {
      return false;
    }
  }
  return true;
}

/* ---- arrays ---- */

static void release_nothing(struct ArrowArray *array) {
  array->release = NULL; /* the root has the memory */
}

static sl_status read_validity(struct reading *r, struct ArrowArray *out, struct sl_error *err) {
  struct buffer bits;
  sl_status rc = next_buffer(r, out->null_count > 0 ? (out->length + 7) / 8 : 0, &bits, err);
  if (rc == SL_OK && out->null_count > 0 &&
      sl_bits_zeros(bits.data, 0, out->length) != out->null_count) {
    return sl_ipc_damaged(err, "a count of nulls");
  }
  out->buffers[0] = out->null_count > 0 ? bits.data : NULL;
  return rc;
}

static sl_status read_offsets(struct reading *r, bool large, struct ArrowArray *out,
                              struct sl_error *err) {
  static const int64_t none = 0; /* the offsets of no values may be missing */
  struct buffer offsets;
  int64_t n = out->length == 0 ? 0 : out->length + 1;
  sl_status rc = next_buffer(r, n * (large ? 8 : 4), &offsets, err);
  out->buffers[1] = n == 0 ? &none : offsets.data;
  return rc;
}

static sl_status read_texts(struct reading *r, const char *format, struct ArrowArray *out,
                            struct sl_error *err) {
  bool large = strchr("UZ", format[0]) != NULL;
  struct buffer bytes;
  sl_status rc = read_offsets(r, large, out, err);
  rc = rc == SL_OK ? next_buffer(r, 0, &bytes, err) : rc;
  if (rc != SL_OK) {
    return rc;
  }
  out->buffers[2] = bytes.data;
  out->n_buffers = 3;
  if (!offsets_rise(out->buffers[1], large, out->length, bytes.size)) {
    return sl_ipc_damaged(err, "the offsets of texts");
  }
  bool text = strchr("uU", format[0]) != NULL;
  return text && !texts_are_good(out, large) ? sl_ipc_damaged(err, "texts that are not UTF-8")
                                             : SL_OK;
}

/* The C data interface has the sizes of the buffers behind the last one. */
static sl_status read_views(struct reading *r, const char *format, struct ArrowArray *out,
                            struct sl_error *err) {
  struct sl_arena *arena = &r->parts->memory->arena;
  int64_t n = next_count(r);
  struct buffer views;
  sl_status rc = next_buffer(r, out->length * 16, &views, err);
  if (rc == SL_OK && (n < 0 || (uint64_t)n > r->buffers.left)) {
    rc = sl_ipc_damaged(err, "a count of buffers");
  }
  if (rc != SL_OK) {
    return rc;
  }
  const void **buffers = sl_arena_alloc(arena, (size_t)(n + 3) * sizeof *buffers);
  int64_t *sizes = sl_arena_alloc(arena, (size_t)(n + 1) * sizeof *sizes);
  if (buffers == NULL || sizes == NULL) {
    return sl_ipc_no_memory(err);
  }
  buffers[0] = out->buffers[0];
  buffers[1] = views.data;
  buffers[2 + n] = sizes;
  for (int64_t i = 0; rc == SL_OK && i < n; i++) {
    struct buffer bytes;
    rc = next_buffer(r, 0, &bytes, err);
    buffers[2 + i] = bytes.data;
    sizes[i] = bytes.size;
  }
  out->buffers = buffers;
  out->n_buffers = 3 + n;
  return rc == SL_OK && !views_are_good(out, sizes, n, format[1] == 'u')
             ? sl_ipc_damaged(err, "the views of texts")
             : rc;
}

static sl_status read_array(struct reading *r, const struct ArrowSchema *schema,
                            struct ArrowArray *out, struct sl_error *err);

static sl_status read_children(struct reading *r, const struct ArrowSchema *schema, int64_t least,
                               struct ArrowArray *out, struct sl_error *err) {
  size_t n = (size_t)schema->n_children;
  out->children = sl_arena_alloc(&r->parts->memory->arena, (n + 1) * sizeof *out->children);
  struct ArrowArray *children =
      sl_arena_alloc(&r->parts->memory->arena, (n + 1) * sizeof *children);
  if (out->children == NULL || children == NULL) {
    return sl_ipc_no_memory(err);
  }
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    out->children[i] = &children[i];
    rc = read_array(r, schema->children[i], &children[i], err);
    if (rc == SL_OK && children[i].length < least) {
      rc = sl_ipc_damaged(err, "a column of too few rows");
    }
  }
  out->n_children = (int64_t)n;
  return rc;
}

static sl_status read_list(struct reading *r, const struct ArrowSchema *schema,
                           struct ArrowArray *out, struct sl_error *err) {
  bool large = schema->format[1] == 'L';
  out->n_buffers = 2;
  sl_status rc = read_offsets(r, large, out, err);
  rc = rc == SL_OK ? read_children(r, schema, 0, out, err) : rc;
  return rc == SL_OK && !offsets_rise(out->buffers[1], large, out->length, out->children[0]->length)
             ? sl_ipc_damaged(err, "the offsets of lists")
             : rc;
}

static sl_status read_union(struct reading *r, const struct ArrowSchema *schema,
                            struct ArrowArray *out, struct sl_error *err) {
  bool dense = schema->format[2] == 'd';
  struct buffer ids;
  struct buffer offsets = { 0 };
  sl_status rc = next_buffer(r, out->length, &ids, err);
  if (rc == SL_OK && dense) {
    rc = next_buffer(r, out->length * 4, &offsets, err);
  }
  if (rc != SL_OK) {
    return rc;
  }
  out->buffers[0] = ids.data;
  out->buffers[1] = offsets.data;
  out->n_buffers = dense ? 2 : 1;
  out->null_count = 0;
  rc = read_children(r, schema, 0, out, err);
  return rc == SL_OK && !unions_are_good(schema, out) ? sl_ipc_damaged(err, "a union") : rc;
}

static sl_status read_nested(struct reading *r, const struct ArrowSchema *schema,
                             struct ArrowArray *out, struct sl_error *err) {
  const char *format = schema->format;
  switch (format[1]) {
    case 's': return read_children(r, schema, out->length, out, err);
    case 'w':
      return read_children(r, schema, out->length * strtoll(format + 3, NULL, 10), out, err);
    default: return read_list(r, schema, out, err);
  }
}

static sl_status read_fixed(struct reading *r, const char *format, struct ArrowArray *out,
                            struct sl_error *err) {
  struct buffer values;
  sl_status rc = next_buffer(r, (out->length * sl_value_bits(format) + 7) / 8, &values, err);
  out->buffers[1] = values.data;
  out->n_buffers = 2;
  return rc;
}

static sl_status take_dictionary(const struct reading *r, const struct ArrowSchema *schema,
                                 struct ArrowArray *out, struct sl_error *err) {
  const struct sl_ipc_parts *parts = r->parts;
  for (size_t i = 0; i < parts->n_dictionaries; i++) {
    struct ArrowArray *values = parts->dictionaries[i].values;
    if (parts->dictionaries[i].field == schema && values != NULL &&
        indices_are_good(schema, out, values->length)) {
      out->dictionary = values;
      return SL_OK;
    }
  }
  return sl_ipc_damaged(err, "the indices of a dictionary");
}

static sl_status read_array(struct reading *r, const struct ArrowSchema *schema,
                            struct ArrowArray *out, struct sl_error *err) {
  const char *format = schema->format;
  int64_t node[2];
  if (!next_pair(r, &r->nodes, node) || node[0] > INT32_MAX || node[1] > node[0]) {
    return sl_ipc_damaged(err, "the length of a column");
  }
  *out = (struct ArrowArray){ .length = node[0], .null_count = node[1], .n_buffers = 1 };
  out->release = release_nothing;
  out->buffers = sl_arena_alloc(&r->parts->memory->arena, 3 * sizeof *out->buffers);
  if (out->buffers == NULL) {
    return sl_ipc_no_memory(err);
  }
  memset(out->buffers, 0, 3 * sizeof *out->buffers);
  if (format[0] == 'n') {
    out->n_buffers = 0;
    out->null_count = out->length;
    return SL_OK;
  }
  if (strncmp(format, "+u", 2) == 0) {
    return read_union(r, schema, out, err);
  }
  sl_status rc = read_validity(r, out, err);
  if (rc != SL_OK) {
    return rc;
  }
  rc = format[0] == '+'                    ? read_nested(r, schema, out, err)
       : format[0] == 'v'                  ? read_views(r, format, out, err)
       : strchr("uzUZ", format[0]) != NULL ? read_texts(r, format, out, err)
                                           : read_fixed(r, format, out, err);
  return rc == SL_OK && schema->dictionary != NULL ? take_dictionary(r, schema, out, err) : rc;
}

sl_status sl_ipc_read_batch(struct sl_ipc_parts *parts, struct sl_ipc_message *message,
                            size_t batch, const struct ArrowSchema *schema, struct ArrowArray **out,
                            struct sl_error *err) {
  struct sl_flat_view *v = &message->meta;
  struct reading r = {
    .parts = parts, .v = v, .body = message->body, .body_size = message->body_size
  };
  int64_t rows = sl_flat_number(v, batch, 0, 8, 0);
  r.nodes.at = sl_flat_vector(v, batch, 1, NODE_BYTES, &r.nodes.left);
  r.buffers.at = sl_flat_vector(v, batch, 2, NODE_BYTES, &r.buffers.left);
  r.counts.at = sl_flat_vector(v, batch, 4, 8, &r.counts.left);
  *out = sl_arena_alloc(&parts->memory->arena, sizeof **out);
  if (*out == NULL) {
    return sl_ipc_no_memory(err);
  }
  **out = (struct ArrowArray){ .length = rows, .n_buffers = 1, .release = release_nothing };
  (*out)->buffers = sl_arena_alloc(&parts->memory->arena, sizeof *(*out)->buffers);
  if ((*out)->buffers == NULL) {
    return sl_ipc_no_memory(err);
  }
  (*out)->buffers[0] = NULL;
  if (batch == 0 || rows < 0 || rows > INT32_MAX || sl_flat_table_of(v, batch, 3) != 0) {
    return sl_ipc_damaged(err, "a batch that is compressed, or has no rows' number");
  }
  sl_status rc = read_children(&r, schema, rows, *out, err);
  return rc == SL_OK && v->damaged ? sl_ipc_damaged(err, "a batch") : rc;
}
