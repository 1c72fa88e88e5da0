/* batch.c - one batch put together from the frames that hold its rows. */
#include <stdio.h>
#include <stdlib.h>

#include <sluice/builder.h>

#include "base/hash.h"
#include "column/batch.h"
#include "column/bits.h"
#include "column/read.h"
#include "outbox/outbox_internal.h"

struct part { /* rows of one column of one frame */
  const struct sl_frame *frame;
  const struct sl_frame_column *column;
  int64_t from, rows;
};

static const void *buffer_of(const struct part *p, int which) {
  return (const char *)p->frame->head + p->column->at[which];
}

static bool is_null(const struct part *p, int64_t row) {
  const uint8_t *validity = buffer_of(p, 0);
  int64_t at = p->from + row;
  return p->column->nulls > 0 && (validity[at >> 3] >> (at & 7) & 1) == 0;
}

static sl_status copy_bytes(struct sl_builder *b, const struct part *p, struct sl_error *err) {
  const int32_t *offsets = (const int32_t *)buffer_of(p, 1) + p->from;
  int32_t first = ((const int32_t *)buffer_of(p, 1))[0]; /* which stands at the buffer's begin */
  size_t length = (size_t)(offsets[p->rows] - offsets[0]);
  int64_t row = b->length;
  sl_status rc = sl_builder_reserve_bytes(b, length + 1, err);
  if (rc == SL_OK) {
    rc = sl_builder_extend(b, p->rows, err);
  }
  if (rc != SL_OK) {
    return rc;
  }
  int32_t *to = (int32_t *)b->values + row;
  int32_t moved = (int32_t)b->bytes_length - offsets[0];
  for (int64_t i = 1; i <= p->rows; i++) {
    to[i] = offsets[i] + moved;
  }
  if (length > 0) {
    memcpy(b->bytes + b->bytes_length, (const char *)buffer_of(p, 2) + (offsets[0] - first),
           length);
  }
  b->bytes_length += length;
  return SL_OK;
}

static void widen(int64_t *to, const void *values, char format, int64_t rows) {
  for (int64_t i = 0; i < rows; i++) {
    to[i] = format == 'i' ? ((const int32_t *)values)[i] : ((const int16_t *)values)[i];
  }
}

static sl_status copy_fixed(struct sl_builder *b, const struct part *p, struct sl_error *err) {
  int64_t row = b->length;
  int width = sl_frame_width(p->column->format);
  sl_status rc = sl_builder_extend(b, p->rows, err);
  if (rc != SL_OK) {
    return rc;
  }
  const char *from = (const char *)buffer_of(p, 1) + p->from * width;
  if (b->layout == SL_LAYOUT_INT64 && width < 8) {
    widen((int64_t *)b->values + row, from, p->column->format[0], p->rows);
  } else {
    memcpy((char *)b->values + row * width, from, (size_t)(p->rows * width));
  }
  return SL_OK;
}

static sl_status copy_bools(struct sl_builder *b, const struct part *p, struct sl_error *err) {
  const uint8_t *bits = buffer_of(p, 1);
  sl_status rc = SL_OK;
  for (int64_t i = 0; rc == SL_OK && i < p->rows; i++) {
    int64_t at = p->from + i;
    rc = sl_builder_append_bool(b, (bits[at >> 3] >> (at & 7) & 1) != 0, err);
  }
  return rc;
}

/* The values lie there as the batch wants them. Null rows got what was in their place: set_null
 * asks for zeros, and for offsets without a text. */
static sl_status copy_alike(struct sl_builder *b, const struct part *p, struct sl_error *err) {
  int64_t row = b->length;
  sl_status rc = b->layout == SL_LAYOUT_BYTES  ? copy_bytes(b, p, err)
                 : b->layout == SL_LAYOUT_BOOL ? copy_bools(b, p, err)
                                               : copy_fixed(b, p, err);
  for (int64_t i = 0; p->column->nulls > 0 && rc == SL_OK && i < p->rows; i++) {
    if (is_null(p, i)) {
      rc = sl_builder_set_null(b, row + i, err);
    }
  }
  return rc;
}

/* The type was widened after these rows were written: numbers become larger numbers or texts. */
static sl_status convert(struct sl_builder *b, const struct part *p, const char *format,
                         struct sl_error *err) {
  const void *buffers[] = { p->column->nulls > 0 ? buffer_of(p, 0) : NULL, buffer_of(p, 1),
                            buffer_of(p, 2) };
  struct ArrowSchema schema = { .format = p->column->format, .name = "" };
  struct ArrowArray array = { .length = p->frame->head->rows, .n_buffers = 3, .buffers = buffers };
  sl_status rc = SL_OK;
  for (int64_t i = 0; rc == SL_OK && i < p->rows; i++) {
    struct sl_read_value v = sl_array_read(&schema, &array, p->from + i);
    struct sl_decimal d = { v.kind == SL_READ_INT64 ? v.as.integer : 0, 0 };
    struct sl_buffer text = { 0 };
    if (v.kind == SL_READ_NULL) {
      rc = sl_builder_pad(b, b->length + 1, err);
    } else if (b->layout == SL_LAYOUT_BYTES) {
      sl_array_print(&schema, &array, p->from + i, &text);
      rc = sl_buffer_check(&text, err);
      rc = rc == SL_OK ? sl_builder_append_bytes(b, text.data, text.length, err) : rc;
    } else if (b->layout == SL_LAYOUT_DOUBLE && v.kind == SL_READ_INT64) {
      rc = sl_builder_append_double(b, (double)v.as.integer, err);
    } else if (b->layout == SL_LAYOUT_DOUBLE && v.kind == SL_READ_DECIMAL) {
      rc = sl_builder_append_double(b, sl_decimal_to_double(v.as.decimal), err);
    } else if (b->layout == SL_LAYOUT_DECIMAL &&
               (v.kind == SL_READ_INT64 || v.kind == SL_READ_DECIMAL)) {
      d = v.kind == SL_READ_DECIMAL ? v.as.decimal : d;
      rc = sl_decimal_rescale(&d, sl_decimal_format_scale(format))
               ? sl_builder_append_decimal(b, d.coefficient, err)
               : sl_fail(err, SL_EDATA, "a number does not fit into %s", format);
    } else {
      rc = sl_fail(err, SL_EUNSUPPORTED, "values of type '%s' cannot become '%s'",
                   p->column->format, format);
    }
    sl_buffer_release(&text);
  }
  return rc;
}

/* Decimals of another scale have the same layout and are other numbers. */
static bool alike(const struct sl_builder *b, const char *have, const char *want) {
  if (b->layout == SL_LAYOUT_DECIMAL && have[0] == 'd') {
    return strcmp(strchr(have, ','), strchr(want, ',')) == 0;
  }
  return sl_layout_of(have) == b->layout && (have[0] == 't') == (want[0] == 't');
}

static const struct sl_frame_column *find_column(const struct sl_frame *frame, int32_t column) {
  for (uint32_t i = 0; i < frame->head->n_columns; i++) {
    if (frame->columns[i].column == column) {
      return &frame->columns[i];
    }
  }
  return NULL;
}

static sl_status read_column(const struct sl_outbox_table *table, int32_t column, int64_t from,
                             int64_t rows, struct ArrowArray *out, struct sl_error *err) {
  const char *format = table->schema.children[column]->format;
  struct sl_builder b = { .layout = sl_layout_of(format) };
  sl_status rc = sl_builder_reserve(&b, rows, err);
  for (size_t f = sl_frames_find(&table->frames, from);
       rc == SL_OK && f < table->frames.count && table->frames.frames[f].first_row < from + rows;
       f++) {
    const struct sl_frame *frame = &table->frames.frames[f];
    int64_t skip = from > frame->first_row ? from - frame->first_row : 0;
    int64_t end = from + rows - frame->first_row;
    end = end > frame->head->rows ? frame->head->rows : end;
    struct part p = { frame, find_column(frame, column), skip, end - skip };
    if (p.column == NULL) {
      rc = sl_builder_pad(&b, b.length + p.rows, err);
    } else if (alike(&b, p.column->format, format)) {
      rc = copy_alike(&b, &p, err);
    } else {
      rc = convert(&b, &p, format, err);
    }
  }
  if (rc == SL_OK) {
    rc = sl_builder_finish(&b, rows, out, err);
  }
  sl_builder_release(&b);
  return rc == SL_OK ? rc
                     : sl_error_add_context(err, "table %s, column %s", table->name,
                                            table->columns[column].name);
}

/* A UUID (version 8: of our own making) of what names the batch. */
static void make_key(struct sl_outbox_batch *batch) {
  struct sl_buffer text = { 0 };
  uint8_t d[16] = { 0 };
  sl_buffer_printf(&text, "%s\n%s\n%s\n%s\n%lld\n%lld", batch->load->pipeline, batch->load->dataset,
                   batch->load->load_id, batch->table->name, (long long)batch->load->batch_rows,
                   (long long)batch->number);
  if (!text.failed) { /* without memory the rows cannot be read either */
    sl_shake128(text.data, text.length, d, sizeof d);
  }
  sl_buffer_release(&text);
  d[6] = (uint8_t)((d[6] & 0x0F) | 0x80);
  d[8] = (uint8_t)((d[8] & 0x3F) | 0x80);
  snprintf(batch->key, sizeof batch->key,
           "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", d[0], d[1], d[2],
           d[3], d[4], d[5], d[6], d[7], d[8], d[9], d[10], d[11], d[12], d[13], d[14], d[15]);
}

void sl_outbox_batch_name(const struct sl_outbox_load *load, size_t table, int64_t number,
                          struct sl_outbox_batch *out) {
  *out = (struct sl_outbox_batch){ .load = load, .table = &load->tables[table], .number = number };
  int64_t left = out->table->rows - number * load->batch_rows;
  out->first_row = number * load->batch_rows;
  out->array.length = left < load->batch_rows ? left : load->batch_rows;
  make_key(out);
}

sl_status sl_outbox_read(const struct sl_outbox_load *load, size_t table, int64_t number,
                         struct sl_outbox_batch *out, struct sl_error *err) {
  sl_outbox_batch_name(load, table, number, out);
  const struct sl_outbox_table *t = out->table;
  int64_t rows = out->array.length;
  struct ArrowArray *children = sl_calloc_array(t->n_columns, sizeof *children);
  sl_status rc = children == NULL ? sl_outbox_no_memory(err) : SL_OK;
  for (size_t i = 0; rc == SL_OK && i < t->n_columns; i++) {
    rc = read_column(t, (int32_t)i, out->first_row, rows, &children[i], err);
  }
  if (rc == SL_OK) {
    rc = sl_array_struct(&out->array, children, t->n_columns, rows, err);
  }
  for (size_t i = 0; children != NULL && i < t->n_columns; i++) {
    if (children[i].release != NULL) {
      children[i].release(&children[i]);
    }
  }
  free(children);
  size_t last = sl_frames_find(&t->frames, out->first_row + rows - 1);
  if (rc == SL_OK && last > 0 && t->frames.frames[last].first_row >= out->first_row) {
    sl_frames_forget(&t->frames, last - 1);
  }
  return rc;
}

void sl_outbox_batch_release(struct sl_outbox_batch *batch) {
  if (batch->array.release != NULL) {
    batch->array.release(&batch->array);
  }
  *batch = (struct sl_outbox_batch){ 0 };
}
