/* csv_fill.c - a claimed block of CSV text becomes a batch: rows are found and parsed a few hundred
 * at a time, column by column, so that they stay in the cache. */
#include <stdlib.h>

#include "csv.h"
#include "csv_parse.h"

struct filling {
  struct file_source *source;
  struct sl_block *block;
  const struct csv_layout *layout;
  struct csv_index index;
  struct csv_chunk chunk;
  struct csv_built *columns;
  int64_t rows;
  size_t rejects_capacity;
};

static void filling_release(struct filling *f) {
  for (size_t i = 0; f->columns != NULL && i < f->layout->n; i++) {
    csv_built_release(&f->columns[i]);
  }
  free(f->columns);
  free(f->chunk.bad);
  free(f->chunk.bad_columns);
  sl_buffer_release(&f->chunk.text);
  sl_buffer_release(&f->chunk.scratch);
  csv_index_release(&f->index);
}

static sl_status filling_init(struct filling *f, struct sl_error *err) {
  enum { FIELDS = 16384, MOST_ROWS = 2048 }; /* of a chunk: 128 KB of index */
  const struct csv *csv = f->source->csv;
  size_t n = f->layout->n;
  size_t rows = n >= FIELDS ? 1 : FIELDS / n < MOST_ROWS ? FIELDS / n : MOST_ROWS;
  sl_status rc = csv_index_init(&f->index, n, rows, err);
  f->columns = sl_calloc_array(n, sizeof *f->columns);
  f->chunk = (struct csv_chunk){
    .data = f->block->data,
    .dialect = &csv->dialect,
    .index = &f->index,
    .bad = sl_calloc_array(rows, 1),
    .bad_columns = sl_calloc_array(rows, sizeof(size_t)),
  };
  if (rc == SL_OK && (f->columns == NULL || f->chunk.bad == NULL || f->chunk.bad_columns == NULL)) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for %zu columns", n);
  }
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    f->columns[i].kind = f->layout->columns[i]->kind;
    f->columns[i].main.layout = csv_layout_of(f->columns[i].kind.type);
  }
  return rc;
}

/* ---- bad rows ---- */

static int64_t count_lines(const char *from, const char *to, char newline) {
  int64_t lines = 0;
  while ((from = memchr(from, newline, (size_t)(to - from))) != NULL) {
    lines++;
    from++;
  }
  return lines;
}

/* The line [start, end) of the block is no row; `row`: rows of the batch before it. */
static sl_status add_reject(struct filling *f, size_t start, size_t end, int64_t row,
                            const char *column, const char *reason, struct sl_error *err) {
  enum { MOST_RAW = 65536 };
  struct sl_block *block = f->block;
  sl_status rc = sl_grow(&block->rejects, &f->rejects_capacity, block->n_rejects + 1,
                         sizeof *block->rejects, err);
  if (rc != SL_OK) {
    return rc;
  }
  size_t length = end - start < MOST_RAW ? end - start : MOST_RAW;
  struct sl_source_reject *r = &block->rejects[block->n_rejects++];
  *r = (struct sl_source_reject){
    .origin = strdup(block->origin),
    .column = column == NULL ? NULL : strdup(column),
    .raw = malloc(length + 1),
    .raw_length = length,
    .reason = strdup(reason),
    .line = 1 + count_lines(block->data, block->data + start, f->chunk.dialect->newline),
    .byte_offset = block->byte_offset + (int64_t)start,
    .row = row,
  };
  if (r->origin == NULL || r->raw == NULL || r->reason == NULL ||
      (column != NULL && r->column == NULL)) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a rejected row");
  }
  memcpy(r->raw, block->data + start, length);
  r->raw[length] = '\0';
  return SL_OK;
}

static void explain_bytes(const struct filling *f, const struct csv_bad *bad,
                          struct sl_buffer *out) {
  const char *at = f->block->data + bad->start;
  const char *end = f->block->data + bad->end;
  while (at < end && *at != '\0') {
    const char *here = at;
    if (sl_utf8_next(&at, end) < 0) {
      sl_buffer_printf(out,
                       "byte %zu of the row is not UTF-8; files in another encoding can be "
                       "converted with `iconv`",
                       (size_t)(here - f->block->data) - bad->start + 1);
      return;
    }
  }
  sl_buffer_printf(out, "byte %zu of the row is NUL",
                   (size_t)(at - f->block->data) - bad->start + 1);
}

/* What the index set aside. */
static sl_status reject_line(struct filling *f, const struct csv_bad *bad, struct sl_error *err) {
  struct sl_buffer reason = { 0 };
  if (bad->problem == CSV_BAD_QUOTES) {
    sl_buffer_text(&reason,
                   "a quoted text does not end as it should: there is no closing quote, or "
                   "text after it");
  } else if (bad->problem == CSV_BAD_BYTES) {
    explain_bytes(f, bad, &reason);
  } else {
    sl_buffer_printf(&reason, "the row has %zu field%s, %s %zu", bad->fields,
                     bad->fields == 1 ? "" : "s",
                     f->source->csv->dialect.header ? "the header" : "the first one", f->layout->n);
  }
  sl_status rc = sl_buffer_check(&reason, err);
  if (rc == SL_OK) {
    rc = add_reject(f, bad->start, bad->end, f->rows + (int64_t)bad->row, NULL, reason.data, err);
  }
  sl_buffer_release(&reason);
  return rc;
}

/* Row r of the chunk has a value that is not of its column's declared type. */
static sl_status reject_row(struct filling *f, size_t r, struct sl_error *err) {
  size_t i = f->chunk.bad_columns[r];
  const struct csv_column *column = f->layout->columns[i];
  struct csv_field field = f->index.fields[r * f->layout->n + i];
  struct sl_buffer reason = { 0 };
  size_t shown = csv_length(field) < 60 ? csv_length(field) : 60;
  sl_buffer_printf(&reason, "column %s: '%.*s%s' is not ", column->name, (int)shown,
                   f->block->data + csv_start(field), shown < csv_length(field) ? "…" : "");
  if (column->kind.type == CSV_DECIMAL) {
    sl_buffer_printf(&reason, "decimal(%d,%d)", (int)column->kind.precision,
                     (int)column->kind.scale);
  } else {
    sl_buffer_text(&reason, csv_type_name(column->kind.type));
  }
  size_t start = f->index.starts[r];
  struct csv_record record = { .end = start };
  csv_record_read(f->chunk.dialect, f->block->data, f->block->size, true, start, &record);
  sl_status rc = sl_buffer_check(&reason, err);
  if (rc == SL_OK) {
    rc = add_reject(f, start, record.end, f->rows + (int64_t)r, column->name, reason.data, err);
  }
  sl_buffer_release(&reason);
  return rc;
}

/* Takes the bad rows out of the chunk; what was set aside before them moves up. */
static sl_status remove_bad_rows(struct filling *f, size_t first_reject, struct sl_error *err) {
  struct csv_index *index = &f->index;
  size_t n = index->columns;
  size_t kept = 0;
  sl_status rc = SL_OK;
  for (size_t r = 0; rc == SL_OK && r < index->rows; r++) {
    if (f->chunk.bad[r]) {
      rc = reject_row(f, r, err);
      f->chunk.bad[r] = 0;
    } else {
      memmove(index->fields + kept * n, index->fields + r * n, n * sizeof *index->fields);
      kept++;
    }
  }
  /* Rows of the batch before each reject: without the bad ones among them. */
  for (size_t i = first_reject; i < f->block->n_rejects; i++) {
    struct sl_source_reject *r = &f->block->rejects[i];
    int64_t removed_before = 0;
    for (size_t j = first_reject; j < f->block->n_rejects; j++) {
      const struct sl_source_reject *other = &f->block->rejects[j];
      removed_before += other->column != NULL && other->byte_offset < r->byte_offset;
    }
    r->row -= removed_before;
  }
  index->rows = kept;
  f->chunk.n_bad = 0;
  return rc;
}

/* ---- chunks ---- */

static sl_status parse_columns(struct filling *f, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < f->layout->n; i++) {
    rc = csv_parse_column(&f->chunk, i, &f->columns[i], err);
  }
  return rc;
}

static sl_status parse_chunk(struct filling *f, struct sl_error *err) {
  const struct csv *csv = f->source->csv;
  size_t first_reject = f->block->n_rejects;
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < f->index.n_bad; i++) {
    rc = reject_line(f, &f->index.bad[i], err);
  }
  if (rc == SL_OK && csv->columns.nulls.data != NULL) {
    csv_apply_nulls(&f->chunk, csv->columns.nulls);
  }
  if (rc == SL_OK) {
    rc = parse_columns(f, err);
  }
  if (rc == SL_OK && f->chunk.n_bad > 0) {
    rc = remove_bad_rows(f, first_reject, err);
    for (size_t i = 0; rc == SL_OK && i < f->layout->n; i++) {
      csv_built_truncate(&f->columns[i], f->rows);
    }
    if (rc == SL_OK) {
      rc = parse_columns(f, err);
    }
  }
  f->rows += (int64_t)f->index.rows;
  return rc;
}

static int compare_rejects(const void *a, const void *b) {
  int64_t x = ((const struct sl_source_reject *)a)->byte_offset;
  int64_t y = ((const struct sl_source_reject *)b)->byte_offset;
  return (x > y) - (x < y);
}

/* All rows of the block; without keep_rejects up to the first bad one. */
static sl_status parse_block(struct filling *f, struct sl_error *err) {
  struct sl_block *block = f->block;
  sl_status rc = SL_OK;
  for (size_t at = 0; rc == SL_OK && at < block->size;) {
    if (atomic_load(&f->source->cancelled)) {
      return sl_fail(err, SL_ECANCELLED, "reading %s was stopped", block->origin);
    }
    rc = csv_index_rows(f->chunk.dialect, block->data, block->size, &at, &f->index, err);
    if (rc == SL_OK) {
      rc = parse_chunk(f, err);
    }
    if (block->n_rejects > 0 && !f->source->keep_rejects) {
      break;
    }
  }
  if (rc == SL_OK && block->n_rejects > 1) {
    qsort(block->rejects, block->n_rejects, sizeof *block->rejects, compare_rejects);
  }
  return rc;
}

/* ---- the batch ---- */

static bool is_mixed(const struct csv_built *built) {
  bool any = false;
  for (size_t t = 0; built->others != NULL && t < CSV_TYPES; t++) {
    any = any || built->others[t].length > 0;
  }
  return any;
}

/* Values of several types become a union: the first child is what the column is. */
static sl_status build_union(const char *name, struct csv_built *built, int64_t rows,
                             struct ArrowSchema *schema, struct ArrowArray *array,
                             struct sl_error *err) {
  struct sl_field fields[CSV_TYPES + 1];
  struct ArrowArray children[CSV_TYPES + 1] = { *array };
  char formats[CSV_TYPES + 1][32];
  int8_t *ids = sl_calloc_array((size_t)rows, sizeof *ids);
  sl_status rc = ids == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a column") : SL_OK;
  size_t n = 1;
  array->release = NULL;
  csv_kind_format(built->kind, formats[0]);
  fields[0] = (struct sl_field){ name, formats[0], true };
  for (size_t t = 0; rc == SL_OK && t < CSV_TYPES; t++) {
    struct sl_builder *other = &built->others[t];
    for (int64_t row = 0; row < other->length; row++) {
      ids[row] = sl_builder_is_null(other, row) ? ids[row] : (int8_t)n;
    }
    if (other->length > 0) {
      csv_kind_format(csv_other_kind((enum csv_type)t), formats[n]);
      fields[n] = (struct sl_field){ name, formats[n], true };
      rc = sl_builder_finish(other, rows, &children[n], err);
      n += rc == SL_OK;
    }
  }
  struct ArrowSchema mixed = { 0 };
  if (rc == SL_OK) {
    rc = sl_schema_union(&mixed, name, fields, n, err);
  }
  if (rc == SL_OK) {
    schema->release(schema);
    *schema = mixed;
    rc = sl_array_union(array, children, n, ids, rows, err);
  }
  for (size_t i = 0; rc != SL_OK && i < n; i++) {
    if (children[i].release != NULL) {
      children[i].release(&children[i]);
    }
  }
  free(rc == SL_OK ? NULL : ids);
  return rc;
}

static sl_status build_columns(struct filling *f, struct sl_field *fields, char (*formats)[32],
                               struct ArrowArray *arrays, struct sl_error *err) {
  size_t n = f->layout->n;
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    csv_kind_format(f->columns[i].kind, formats[i]);
    fields[i] = (struct sl_field){ f->layout->columns[i]->name, formats[i], true };
    rc = sl_builder_finish(&f->columns[i].main, f->rows, &arrays[i], err);
  }
  size_t all = n;
  if (rc == SL_OK && f->source->settings.file_columns) {
    rc = file_columns_build(f->source, f->block->origin, f->rows, &fields[n], &arrays[n], err);
    all += FILE_COLUMNS;
  }
  if (rc == SL_OK) {
    rc = sl_schema_struct(&f->block->schema, fields, all, err);
  }
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    if (is_mixed(&f->columns[i])) {
      rc = build_union(f->layout->columns[i]->name, &f->columns[i], f->rows,
                       f->block->schema.children[i], &arrays[i], err);
    }
  }
  return rc == SL_OK ? sl_array_struct(&f->block->array, arrays, all, f->rows, err) : rc;
}

static sl_status make_batch(struct filling *f, struct sl_error *err) {
  size_t n = f->layout->n + FILE_COLUMNS;
  struct sl_field *fields = sl_calloc_array(n, sizeof *fields);
  struct ArrowArray *arrays = sl_calloc_array(n, sizeof *arrays);
  char(*formats)[32] = sl_calloc_array(n, sizeof *formats);
  sl_status rc = fields == NULL || arrays == NULL || formats == NULL
                     ? sl_fail(err, SL_ENOMEM, "out of memory for %zu columns", n)
                     : build_columns(f, fields, formats, arrays, err);
  for (size_t i = 0; arrays != NULL && i < n; i++) {
    if (arrays[i].release != NULL) {
      arrays[i].release(&arrays[i]);
    }
  }
  free(fields);
  free(arrays);
  free(formats);
  return rc;
}

sl_status csv_fill(struct file_source *s, struct sl_block *block, struct sl_error *err) {
  struct csv_block *private_data = block->private_data;
  struct filling f = { .source = s, .block = block, .layout = private_data->layout };
  sl_status rc = filling_init(&f, err);
  if (rc == SL_OK) {
    rc = parse_block(&f, err);
  }
  if (rc == SL_OK) {
    rc = make_batch(&f, err);
  }
  block->lines = count_lines(block->data, block->data + block->size, f.chunk.dialect->newline);
  filling_release(&f);
  free(private_data->base); /* the batch has its own copies */
  private_data->base = block->data = NULL;
  block->size = 0;
  return rc;
}
