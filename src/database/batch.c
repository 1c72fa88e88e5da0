/* batch.c - rows of a database into one block; see database.h. */
#include <stdio.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/memory.h"
#include "column/batch.h"
#include "column/read.h"
#include "database/batch_internal.h"

static void begin(struct sl_db_batch_column *c) {
  c->text = false;
  c->scale = 0;
  c->builder.layout = sl_layout_of(c->declared->format);
}

sl_status sl_db_batch_new(struct sl_db_batch **out, const struct sl_db_table *table,
                          const struct sl_db_settings *settings, struct sl_error *err) {
  struct sl_db_batch *b = calloc(1, sizeof *b);
  *out = b;
  if (b == NULL || (b->columns = sl_calloc_array(table->n_columns, sizeof *b->columns)) == NULL) {
    sl_db_batch_free(b);
    *out = NULL;
    return sl_fail(err, SL_ENOMEM, "out of memory for a batch of table %s", table->name);
  }
  b->table = table;
  b->special_values = settings->special_values;
  for (size_t i = 0; i < table->n_columns; i++) {
    b->columns[i].declared = &table->columns[i];
    begin(&b->columns[i]);
  }
  return SL_OK;
}

void sl_db_batch_free(struct sl_db_batch *b) {
  for (size_t i = 0; b != NULL && b->columns != NULL && b->table != NULL && i < b->table->n_columns;
       i++) {
    sl_builder_release(&b->columns[i].builder);
    for (int k = 0; b->columns[i].others != NULL && k < SL_DB_OTHER_TYPES; k++) {
      sl_builder_release(&b->columns[i].others[k]);
    }
    free(b->columns[i].others);
  }
  if (b != NULL) {
    free(b->columns);
    sl_db_rejects_release(&b->rejects);
  }
  free(b);
}

struct sl_builder *sl_db_batch_builder(struct sl_db_batch *b, size_t column) {
  return &b->columns[column].builder;
}

bool sl_db_batch_is_text(const struct sl_db_batch *b, size_t column) {
  return b->columns[column].text;
}

/* The format of the values as they are now in the builder. */
static void format_now(const struct sl_db_batch_column *c, char out[32]) {
  const char *declared = c->declared->format; /* "n": no value was in sight, all are NULL */
  if (c->text || declared[0] == 'n') {
    snprintf(out, 32, "u");
  } else if (c->builder.layout == SL_LAYOUT_INT64 && strchr("si", declared[0]) != NULL) {
    snprintf(out, 32, "l");
  } else if (c->declared->unbounded && c->scale > 0) {
    snprintf(out, 32, "d:38,%d", c->scale);
  } else {
    snprintf(out, 32, "%s", declared);
  }
}

int32_t sl_db_batch_scale(const struct sl_db_batch *b, size_t column) {
  const struct sl_db_batch_column *c = &b->columns[column];
  return c->scale > 0 ? c->scale : sl_decimal_format_scale(c->declared->format);
}

static sl_status print_into(const struct ArrowSchema *schema, const struct ArrowArray *array,
                            struct sl_builder *text, struct sl_error *err) {
  struct sl_buffer value = { 0 };
  sl_status rc = SL_OK;
  for (int64_t row = 0; rc == SL_OK && row < array->length; row++) {
    sl_buffer_reset(&value);
    if (sl_array_print(schema, array, row, &value)) {
      rc = text->length < row ? sl_builder_pad(text, row, err) : SL_OK;
      if (rc == SL_OK) {
        rc = sl_builder_append_bytes(text, value.data == NULL ? "" : value.data, value.length, err);
      }
    }
  }
  sl_buffer_release(&value);
  return rc;
}

/* The values so far, printed. */
static sl_status become_text(struct sl_db_batch_column *c, struct sl_error *err) {
  char format[32];
  struct sl_field field = { .name = c->declared->name, .format = format, .nullable = true };
  struct ArrowSchema schema = { 0 };
  struct ArrowArray array = { 0 };
  struct sl_builder text = { .layout = SL_LAYOUT_BYTES };
  format_now(c, format);
  sl_status rc = sl_schema_struct(&schema, &field, 1, err);
  if (rc == SL_OK) {
    rc = sl_builder_finish(&c->builder, c->builder.length, &array, err);
  }
  if (rc == SL_OK) {
    rc = print_into(schema.children[0], &array, &text, err);
  }
  if (array.release != NULL) {
    array.release(&array);
  }
  if (schema.release != NULL) {
    schema.release(&schema);
  }
  if (rc != SL_OK) {
    sl_builder_release(&text);
    return rc;
  }
  c->builder = text;
  c->text = true;
  return SL_OK;
}

sl_status sl_db_batch_append_special(struct sl_db_batch *b, size_t column, const char *text,
                                     size_t length, struct sl_error *err) {
  struct sl_db_batch_column *c = &b->columns[column];
  if (!c->text && strcmp(b->special_values, "null") == 0) {
    return SL_OK; /* the end of the row makes it NULL */
  }
  if (!c->text && strcmp(b->special_values, "error") == 0) {
    return sl_db_batch_refuse(b, c, text, length, err);
  }
  sl_status rc = c->text ? SL_OK : become_text(c, err);
  if (rc == SL_OK && c->builder.length < b->rows) {
    rc = sl_builder_pad(&c->builder, b->rows, err);
  }
  return rc == SL_OK ? sl_builder_append_bytes(&c->builder, text, length, err) : rc;
}

/* Every value so far gets the larger scale. False when one has no room for it. */
static bool rescale(struct sl_db_batch_column *c, int32_t scale) {
  sl_int128 *values = c->builder.values;
  sl_int128 factor = 1;
  for (int32_t i = c->scale; i < scale; i++) {
    factor *= 10;
  }
  for (int64_t row = 0; row < c->builder.length; row++) {
    struct sl_decimal d = { values[row], c->scale };
    if (!sl_decimal_rescale(&d, scale)) {
      return false;
    }
  }
  for (int64_t row = 0; row < c->builder.length; row++) {
    values[row] *= factor;
  }
  c->scale = scale;
  return true;
}

sl_status sl_db_batch_append_decimal_text(struct sl_db_batch *b, size_t column, const char *text,
                                          size_t length, struct sl_error *err) {
  struct sl_db_batch_column *c = &b->columns[column];
  struct sl_decimal d;
  if (c->text || !sl_decimal_parse((struct sl_text){ text, length }, &d)) {
    return sl_db_batch_append_special(b, column, text, length, err);
  }
  if (c->scale == 0) {
    c->scale = sl_decimal_format_scale(c->declared->format);
  }
  bool fits = d.scale <= c->scale ? sl_decimal_rescale(&d, c->scale)
                                  : c->declared->unbounded && rescale(c, d.scale);
  if (!fits) {
    return sl_db_batch_append_special(b, column, text, length, err);
  }
  sl_status rc = c->builder.length < b->rows ? sl_builder_pad(&c->builder, b->rows, err) : SL_OK;
  return rc == SL_OK ? sl_builder_append_decimal(&c->builder, d.coefficient, err) : rc;
}

sl_status sl_db_batch_end_row(struct sl_db_batch *b, struct sl_error *err) {
  sl_status rc = SL_OK;
  b->rows++;
  for (size_t i = 0; rc == SL_OK && i < b->table->n_columns; i++) {
    if (b->columns[i].builder.length < b->rows) {
      rc = sl_builder_pad(&b->columns[i].builder, b->rows, err);
    }
  }
  return rc;
}

int64_t sl_db_batch_rows(const struct sl_db_batch *b) {
  return b->rows;
}

static int64_t builder_bytes(const struct sl_builder *b) {
  switch (b->layout) {
    case SL_LAYOUT_BYTES: return b->length * 4 + (int64_t)b->bytes_length;
    case SL_LAYOUT_DECIMAL: return b->length * 16;
    case SL_LAYOUT_INT32: return b->length * 4;
    case SL_LAYOUT_BOOL: return b->length / 8;
    default: return b->length * 8;
  }
}

int64_t sl_db_batch_bytes(const struct sl_db_batch *b) {
  int64_t bytes = 0;
  for (size_t i = 0; i < b->table->n_columns; i++) {
    const struct sl_db_batch_column *c = &b->columns[i];
    bytes += builder_bytes(&c->builder);
    for (int k = 0; c->others != NULL && k < SL_DB_OTHER_TYPES; k++) {
      bytes += builder_bytes(&c->others[k]);
    }
  }
  return bytes;
}

static sl_status finish_columns(struct sl_db_batch *b, struct sl_field *fields, char (*formats)[32],
                                struct ArrowArray *arrays, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < b->table->n_columns; i++) {
    struct sl_db_batch_column *c = &b->columns[i];
    format_now(c, formats[i]);
    fields[i] =
        (struct sl_field){ .name = c->declared->name, .format = formats[i], .nullable = true };
    rc = sl_builder_finish(&c->builder, b->rows, &arrays[i], err);
  }
  return rc;
}

sl_status sl_db_batch_finish(struct sl_db_batch *b, int64_t wire_bytes, struct sl_block *out,
                             struct sl_error *err) {
  size_t n = b->table->n_columns;
  struct sl_field *fields = sl_calloc_array(n, sizeof *fields);
  char(*formats)[32] = sl_calloc_array(n, sizeof *formats);
  struct ArrowArray *arrays = sl_calloc_array(n, sizeof *arrays);
  *out = (struct sl_block){ .kind = SL_BLOCK_BATCH,
                            .origin = b->table->name,
                            .first_record = -1,
                            .lines = b->rows, /* rejects are numbered by it */
                            .source_bytes = wire_bytes,
                            .release = sl_block_release_batch };
  sl_status rc = fields == NULL || formats == NULL || arrays == NULL
                     ? sl_fail(err, SL_ENOMEM, "out of memory for a batch")
                     : sl_db_batch_check_texts(b, err);
  if (rc == SL_OK) {
    rc = finish_columns(b, fields, formats, arrays, err);
  }
  if (rc == SL_OK) {
    rc = sl_schema_struct(&out->schema, fields, n, err);
  }
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    if (b->columns[i].declared->json && !b->columns[i].text) {
      sl_schema_mark_json(out->schema.children[i]);
    }
  }
  if (rc == SL_OK) {
    rc = sl_db_batch_mix(b, &out->schema, arrays, err);
  }
  if (rc == SL_OK) {
    rc = sl_array_struct(&out->array, arrays, n, b->rows, err);
  }
  if (rc == SL_OK) {
    rc = sl_db_batch_part(b, out, err);
  }
  for (size_t i = 0; arrays != NULL && i < n; i++) {
    if (arrays[i].release != NULL) {
      arrays[i].release(&arrays[i]);
    }
  }
  free(fields);
  free(formats);
  free(arrays);
  if (rc != SL_OK) {
    sl_block_release_batch(out);
  }
  sl_db_rejects_release(&b->rejects);
  b->rows = 0;
  for (size_t i = 0; i < n; i++) {
    begin(&b->columns[i]);
  }
  return rc;
}
