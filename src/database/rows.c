/* rows.c - rows of a block: counting, hashing and leaving some out, for the borders of a window. */
#include <inttypes.h>
#include <stdlib.h>

#include <yyjson.h>

#include "base/hash.h"
#include "base/memory.h"
#include "column/batch.h"
#include "column/read.h"
#include "database/window.h"
#include "schema/coerce.h"
#include "schema/json_text.h"

/* Documents: the next line that is not blank, [*at, *end). False at the end of the block. */
static bool next_line(const struct sl_block *block, size_t *at, size_t *end) {
  while (*at < block->size && (block->data[*at] == '\n' || block->data[*at] == ' ')) {
    *at += 1;
  }
  const char *newline =
      *at < block->size ? memchr(block->data + *at, '\n', block->size - *at) : NULL;
  *end = newline == NULL ? block->size : (size_t)(newline - block->data) + 1;
  return *at < block->size;
}

int64_t sl_db_block_rows(const struct sl_block *block) {
  if (block->kind == SL_BLOCK_BATCH) {
    return block->array.length;
  }
  int64_t rows = 0;
  size_t end;
  for (size_t at = 0; next_line(block, &at, &end); at = end) {
    rows++;
  }
  return rows;
}

static sl_status append_value(const struct ArrowSchema *schema, const struct ArrowArray *array,
                              int64_t row, struct sl_builder *b, struct sl_error *err) {
  struct sl_read_value v = sl_array_read(schema, array, row);
  switch (b->layout) {
    case SL_LAYOUT_BOOL: return sl_builder_append_bool(b, v.as.boolean, err);
    case SL_LAYOUT_DOUBLE: return sl_builder_append_double(b, v.as.real, err);
    case SL_LAYOUT_DECIMAL: return sl_builder_append_decimal(b, v.as.decimal.coefficient, err);
    case SL_LAYOUT_INT32: return sl_builder_append_int32(b, (int32_t)v.as.integer, err);
    case SL_LAYOUT_BYTES: return sl_builder_append_bytes(b, v.as.text.data, v.as.text.length, err);
    default: return sl_builder_append_int64(b, v.as.integer, err);
  }
}

static sl_status keep_column(const struct ArrowSchema *schema, struct ArrowArray *array,
                             const bool *keep, struct sl_error *err);

/* A union of ours: the ids move up, each child is cut like a column. */
static sl_status keep_union(const struct ArrowSchema *schema, struct ArrowArray *array,
                            const bool *keep, struct sl_error *err) {
  int8_t *ids = (int8_t *)(uintptr_t)array->buffers[0];
  sl_status rc = SL_OK;
  int64_t rows = 0;
  for (int64_t row = 0; row < array->length; row++) {
    if (keep[row]) {
      ids[rows++] = ids[row];
    }
  }
  array->length = rows;
  for (int64_t i = 0; rc == SL_OK && i < array->n_children; i++) {
    rc = keep_column(schema->children[i], array->children[i], keep, err);
  }
  return rc;
}

static sl_status keep_column(const struct ArrowSchema *schema, struct ArrowArray *array,
                             const bool *keep, struct sl_error *err) {
  if (schema->format[0] == '+') {
    return keep_union(schema, array, keep, err);
  }
  struct sl_builder b = { .layout = sl_layout_of(schema->format) };
  struct ArrowArray kept;
  int64_t rows = 0;
  sl_status rc = SL_OK;
  for (int64_t row = 0; rc == SL_OK && row < array->length; row++) {
    if (!keep[row]) {
      continue;
    }
    if (!sl_array_is_null(array, row)) {
      rc = sl_builder_pad(&b, rows, err);
      if (rc == SL_OK) {
        rc = append_value(schema, array, row, &b, err);
      }
    }
    rows++;
  }
  if (rc == SL_OK) {
    rc = sl_builder_finish(&b, rows, &kept, err);
  }
  if (rc == SL_OK) {
    array->release(array);
    *array = kept;
  }
  sl_builder_release(&b);
  return rc;
}

static void keep_lines(struct sl_block *block, const bool *keep) {
  size_t to = 0;
  size_t end;
  int64_t row = 0;
  for (size_t at = 0; next_line(block, &at, &end); at = end) {
    if (keep[row++]) {
      memmove(block->data + to, block->data + at, end - at);
      to += end - at;
    }
  }
  block->size = to;
  memset(block->data + to, 0, SL_BLOCK_PADDING);
}

sl_status sl_db_block_keep(struct sl_block *block, const bool *keep, struct sl_error *err) {
  if (block->kind == SL_BLOCK_DOCUMENTS) {
    keep_lines(block, keep);
    return SL_OK;
  }
  sl_status rc = SL_OK;
  int64_t rows = 0;
  for (int64_t row = 0; row < block->array.length; row++) {
    rows += keep[row];
  }
  for (int64_t i = 0; rc == SL_OK && i < block->array.n_children; i++) {
    rc = keep_column(block->schema.children[i], block->array.children[i], keep, err);
  }
  block->array.length = rows;
  return rc;
}

/* ---- hashes ---- */

/* A value as dlt's JSON for hashes has it: an instant is its microseconds. */
static void print_value(const struct ArrowSchema *schema, const struct ArrowArray *array,
                        int64_t row, struct sl_buffer *out) {
  struct sl_read_value v = sl_array_read(schema, array, row);
  struct sl_buffer text = { 0 };
  yyjson_doc *doc = NULL;
  switch (v.kind) {
    case SL_READ_NULL: sl_buffer_text(out, "null"); return;
    case SL_READ_TIMESTAMP: sl_buffer_printf(out, "%" PRId64, v.as.integer); return;
    case SL_READ_DOUBLE: sl_json_double(out, v.as.real); return;
    case SL_READ_DECIMAL: sl_print_decimal(v.as.decimal, &text); break;
    case SL_READ_TEXT:
      doc = sl_schema_is_json(schema) ? yyjson_read(v.as.text.data, v.as.text.length, 0) : NULL;
      if (doc != NULL) {
        sl_json_canonical_value(yyjson_doc_get_root(doc), NULL, out);
        yyjson_doc_free(doc);
        return;
      }
      sl_json_string(out, v.as.text.data, v.as.text.length);
      return;
    default: sl_array_print_json(schema, array, row, out); return;
  }
  sl_json_string(out, text.data == NULL ? "" : text.data, text.length);
  sl_buffer_release_part(&text, out);
}

static struct sl_db_hash digest(const char *text, size_t length) {
  enum { BYTES = 9 };
  uint8_t bytes[BYTES];
  struct sl_db_hash out;
  sl_shake128(text, length, bytes, BYTES);
  sl_base64_encode(out.text, bytes, BYTES, 0);
  return out;
}

/* Columns of a hash, in the order in which they are printed. */
struct hashed {
  int64_t *columns;
  size_t n;
};

static int64_t find_column(const struct sl_block *block, const char *name) {
  for (int64_t i = 0; i < block->schema.n_children; i++) {
    if (strcmp(block->schema.children[i]->name, name) == 0) {
      return i;
    }
  }
  return -1;
}

/* The key's columns in the key's order, or all columns by name. */
static sl_status choose_columns(const struct sl_block *block, char **key, size_t n_key,
                                struct hashed *out, struct sl_error *err) {
  size_t most = n_key > 0 ? n_key : (size_t)block->schema.n_children;
  out->n = 0;
  out->columns = sl_calloc_array(most, sizeof *out->columns);
  if (out->columns == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for row hashes");
  }
  for (size_t i = 0; i < n_key; i++) {
    int64_t column = find_column(block, key[i]);
    if (column >= 0) {
      out->columns[out->n++] = column;
    }
  }
  for (int64_t i = 0; n_key == 0 && i < block->schema.n_children; i++) {
    size_t at = out->n++;
    const char *name = block->schema.children[i]->name;
    for (; at > 0 && strcmp(block->schema.children[out->columns[at - 1]]->name, name) > 0; at--) {
      out->columns[at] = out->columns[at - 1];
    }
    out->columns[at] = i;
  }
  return SL_OK;
}

static void print_row(const struct sl_block *block, const struct hashed *h, bool keyed, bool alone,
                      int64_t row, struct sl_buffer *out) {
  const char *brackets = alone ? "" : keyed ? "[]" : "{}";
  sl_buffer_append(out, brackets, alone ? 0 : 1);
  for (size_t i = 0; i < h->n; i++) {
    const struct ArrowSchema *schema = block->schema.children[h->columns[i]];
    sl_buffer_text(out, i == 0 ? "" : ",");
    if (!keyed) {
      sl_json_string(out, schema->name, strlen(schema->name));
      sl_buffer_char(out, ':');
    }
    print_value(schema, block->array.children[h->columns[i]], row, out);
  }
  sl_buffer_append(out, brackets + (alone ? 0 : 1), alone ? 0 : 1);
}

sl_status sl_db_block_hash(const struct sl_block *block, char **key, size_t n_key, bool alone,
                           struct sl_db_hash *out, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  struct hashed h;
  size_t end;
  int64_t row = 0;
  if (block->kind == SL_BLOCK_DOCUMENTS) {
    for (size_t at = 0; next_line(block, &at, &end); at = end) {
      out[row++] = digest(block->data + at, end - at);
    }
    return SL_OK;
  }
  sl_status rc = choose_columns(block, key, n_key, &h, err);
  for (row = 0; rc == SL_OK && row < block->array.length; row++) {
    sl_buffer_reset(&text);
    print_row(block, &h, n_key > 0, alone && n_key == 1, row, &text);
    rc = sl_buffer_check(&text, err);
    if (rc == SL_OK) {
      out[row] = digest(text.data == NULL ? "" : text.data, text.length);
    }
  }
  free(h.columns);
  sl_buffer_release(&text);
  return rc;
}
