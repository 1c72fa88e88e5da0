/* writer.c - one file of rows in any format; see writer.h. */
#include "writer.h"

#include <stdlib.h>

#include "base/memory.h"
#include "column/json_lines.h"

enum { ROWS_AT_ONCE = 1024 };

struct files_writer {
  enum files_format format;
  const struct ArrowSchema *columns;
  struct files_parquet *parquet;
  struct files_packer *packer;
  struct sl_buffer text; /* rows on their way to the packer */
  int32_t *sources;      /* CSV: see files_csv_rows */
};

const char *files_extension(const struct files_kind *kind) {
  static const char *const names[][3] = { [FILES_PARQUET] = { "parquet", "parquet", "parquet" },
                                          [FILES_JSONL] = { "jsonl", "jsonl.gz", "jsonl.zst" },
                                          [FILES_CSV] = { "csv", "csv.gz", "csv.zst" } };
  return names[kind->format][kind->packing == FILES_SNAPPY ? 0 : kind->packing];
}

static void free_writer(struct files_writer *w) {
  sl_buffer_release(&w->text);
  free(w->sources);
  free(w);
}

static sl_status hand_over(struct files_writer *w, struct sl_error *err) {
  sl_status rc = sl_buffer_check(&w->text, err);
  if (rc == SL_OK) {
    rc = files_packer_write(w->packer, w->text.data == NULL ? "" : w->text.data, w->text.length,
                            err);
  }
  sl_buffer_reset(&w->text);
  return rc;
}

sl_status files_writer_open(struct files_writer **out, struct files_kind *kind, const char *path,
                            const struct ArrowSchema *columns, const char *table,
                            struct sl_error *err) {
  struct files_writer *w = calloc(1, sizeof *w);
  if (w == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for %s", path);
  }
  w->format = kind->format;
  w->columns = columns;
  w->sources = sl_alloc_array((size_t)columns->n_children, sizeof *w->sources);
  sl_status rc = w->sources == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for %s", path) : SL_OK;
  if (rc == SL_OK && kind->format == FILES_PARQUET) {
    rc = files_parquet_open(&w->parquet, kind, path, columns, table, err);
  } else if (rc == SL_OK) {
    rc = files_packer_open(&w->packer, kind->packing, path, err);
  }
  if (rc == SL_OK && kind->format == FILES_CSV) {
    files_csv_header(columns, &w->text);
    rc = hand_over(w, err);
  }
  if (rc != SL_OK) {
    files_writer_abandon(w);
    return rc;
  }
  *out = w;
  return SL_OK;
}

static sl_status write_json(struct files_writer *w, const struct ArrowSchema *schema,
                            const struct ArrowArray *array, struct sl_error *err) {
  static const struct sl_json_style style = { .after = '\n', .omit_nulls = true };
  struct sl_json_rows *rows = NULL;
  sl_status rc = sl_json_rows_new(&rows, schema, &style, err);
  for (int64_t at = 0; rc == SL_OK && at < array->length; at += ROWS_AT_ONCE) {
    int64_t end = at + ROWS_AT_ONCE < array->length ? at + ROWS_AT_ONCE : array->length;
    rc = sl_json_rows_write(rows, array, at, end, &w->text, err);
    if (rc == SL_OK) {
      rc = hand_over(w, err);
    }
  }
  sl_json_rows_free(rows);
  return rc;
}

static sl_status write_csv(struct files_writer *w, const struct ArrowSchema *schema,
                           const struct ArrowArray *array, struct sl_error *err) {
  int64_t n = w->columns->n_children;
  sl_status rc = SL_OK;
  for (int64_t c = 0; c < n; c++) {
    w->sources[c] = -1;
    for (int64_t i = 0; i < schema->n_children; i++) {
      if (strcmp(schema->children[i]->name, w->columns->children[c]->name) == 0) {
        w->sources[c] = (int32_t)i;
      }
    }
  }
  for (int64_t at = 0; rc == SL_OK && at < array->length; at += ROWS_AT_ONCE) {
    int64_t end = at + ROWS_AT_ONCE < array->length ? at + ROWS_AT_ONCE : array->length;
    files_csv_rows(schema, array, w->sources, n, at, end, &w->text);
    rc = hand_over(w, err);
  }
  return rc;
}

sl_status files_writer_write(struct files_writer *w, const struct ArrowSchema *schema,
                             struct ArrowArray *array, struct sl_error *err) {
  if (w->format == FILES_PARQUET) {
    return files_parquet_write(w->parquet, schema, array, err);
  }
  sl_status rc =
      w->format == FILES_CSV ? write_csv(w, schema, array, err) : write_json(w, schema, array, err);
  if (rc == SL_OK) {
    array->release(array);
  }
  return rc;
}

int64_t files_writer_bytes(const struct files_writer *w) {
  return w->format == FILES_PARQUET ? files_parquet_bytes(w->parquet)
                                    : files_packer_bytes(w->packer);
}

sl_status files_writer_close(struct files_writer *w, struct sl_error *err) {
  sl_status rc = w->format == FILES_PARQUET ? files_parquet_close(w->parquet, err)
                                            : files_packer_close(w->packer, false, err);
  free_writer(w);
  return rc;
}

void files_writer_abandon(struct files_writer *w) {
  if (w == NULL) {
    return;
  }
  if (w->parquet != NULL) {
    files_parquet_abandon(w->parquet);
  }
  if (w->packer != NULL) {
    sl_status rc = files_packer_close(w->packer, true, NULL); /* nobody wants the file */
    (void)rc;
  }
  free_writer(w);
}
