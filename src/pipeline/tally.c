/* tally.c - see tally.h. */
#include "pipeline/tally.h"

#include <stdlib.h>

#include "base/memory.h"

struct sl_batch_sums {
  int64_t n_columns, rows;
  struct sl_checksum *sums; /* one a column */
  uint64_t row_sum;
};

/* Not a column of the destination, see normalize.h. */
static bool is_root_row(const char *name) {
  return strcmp(name, SL_ROOT_ROW) == 0;
}

static sl_status sum_batch(struct sl_batch_sums *out, const struct sl_batch *batch,
                           struct sl_error *err) {
  const struct ArrowSchema *schema = &batch->schema;
  int64_t n = batch->array.n_children;
  uint64_t *rows = sl_calloc_array((size_t)batch->array.length, sizeof *rows);
  *out = (struct sl_batch_sums){ .n_columns = n,
                                 .rows = batch->array.length,
                                 .sums = sl_calloc_array((size_t)n, sizeof *out->sums) };
  if (rows == NULL || out->sums == NULL) {
    free(rows);
    return sl_fail(err, SL_ENOMEM, "out of memory for checksums");
  }
  for (int64_t i = 0; i < n; i++) {
    const struct sl_checksum_reading reading = { .json = sl_schema_is_json(schema->children[i]) };
    if (!is_root_row(schema->children[i]->name)) {
      sl_checksum_add(&out->sums[i], schema->children[i], batch->array.children[i], &reading, rows);
    }
  }
  out->row_sum = sl_checksum_of_rows(rows, out->rows);
  free(rows);
  return SL_OK;
}

sl_status sl_sums_make(struct sl_sums *out, const struct sl_normalized *normalized,
                       struct sl_error *err) {
  *out =
      (struct sl_sums){ .batches = sl_calloc_array(normalized->n_batches, sizeof *out->batches) };
  if (out->batches == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for checksums");
  }
  sl_status rc = SL_OK;
  while (rc == SL_OK && out->n_batches < normalized->n_batches) {
    rc = sum_batch(&out->batches[out->n_batches], &normalized->batches[out->n_batches], err);
    out->n_batches++;
  }
  return rc;
}

void sl_sums_release(struct sl_sums *sums) {
  for (size_t i = 0; i < sums->n_batches; i++) {
    free(sums->batches[i].sums);
  }
  free(sums->batches);
  *sums = (struct sl_sums){ 0 };
}

struct sl_tally_column *sl_tally_column(const struct sl_tally *tally, const char *name) {
  for (size_t i = 0; i < tally->n_columns; i++) {
    if (strcmp(tally->columns[i].name, name) == 0) {
      return &tally->columns[i];
    }
  }
  return NULL;
}

sl_status sl_tally_add_column(struct sl_tally *tally, const char *name,
                              const struct sl_checksum *sum, struct sl_error *err) {
  struct sl_tally_column *column = sl_tally_column(tally, name);
  if (column == NULL) {
    char *copy = strdup(name);
    sl_status rc = copy == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for checksums")
                                : sl_grow(&tally->columns, &tally->capacity, tally->n_columns + 1,
                                          sizeof *tally->columns, err);
    if (rc != SL_OK) {
      free(copy);
      return rc;
    }
    column = &tally->columns[tally->n_columns++];
    *column = (struct sl_tally_column){ .name = copy };
  }
  column->sum.values += sum->values;
  column->sum.sum += sum->sum;
  return SL_OK;
}

static sl_status add_batch(struct sl_tally *tally, const struct sl_batch_sums *s,
                           const struct sl_batch *batch, struct sl_error *err) {
  sl_status rc = SL_OK;
  tally->rows += s->rows;
  tally->row_sum += s->row_sum;
  for (int64_t c = 0; rc == SL_OK && c < s->n_columns; c++) {
    const char *name = batch->schema.children[c]->name;
    if (!is_root_row(name)) {
      rc = sl_tally_add_column(tally, name, &s->sums[c], err);
    }
  }
  return rc;
}

static struct sl_tally *find(const struct sl_tallies *tallies, const char *table) {
  for (size_t i = 0; i < tallies->n; i++) {
    if (strcmp(tallies->items[i].table, table) == 0) {
      return &tallies->items[i];
    }
  }
  return NULL;
}

const struct sl_tally *sl_tallies_find(const struct sl_tallies *tallies, const char *table) {
  return find(tallies, table);
}

sl_status sl_tallies_entry(struct sl_tallies *tallies, const char *table, struct sl_tally **out,
                           struct sl_error *err) {
  *out = find(tallies, table);
  if (*out != NULL) {
    return SL_OK;
  }
  char *copy = strdup(table);
  sl_status rc = copy == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for checksums")
                              : sl_grow(&tallies->items, &tallies->capacity, tallies->n + 1,
                                        sizeof *tallies->items, err);
  if (rc != SL_OK) {
    free(copy);
    return rc;
  }
  *out = &tallies->items[tallies->n++];
  **out = (struct sl_tally){ .table = copy };
  return SL_OK;
}

sl_status sl_tallies_count(struct sl_tallies *tallies, const char *table, int64_t source_rows,
                           struct sl_error *err) {
  struct sl_tally *tally;
  sl_status rc = sl_tallies_entry(tallies, table, &tally, err);
  if (rc == SL_OK) {
    tally->counted = true;
    tally->source_rows += source_rows;
  }
  return rc;
}

sl_status sl_tallies_add(struct sl_tallies *tallies, const struct sl_sums *sums,
                         const struct sl_normalized *normalized, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < sums->n_batches; i++) {
    struct sl_tally *tally;
    rc = sl_tallies_entry(tallies, normalized->batches[i].table, &tally, err);
    if (rc == SL_OK) {
      rc = add_batch(tally, &sums->batches[i], &normalized->batches[i], err);
    }
  }
  return rc;
}

void sl_tally_release(struct sl_tally *tally) {
  for (size_t i = 0; i < tally->n_columns; i++) {
    free(tally->columns[i].name);
  }
  free(tally->columns);
  free(tally->table);
  *tally = (struct sl_tally){ 0 };
}

void sl_tallies_forget(struct sl_tallies *tallies, const char *table) {
  struct sl_tally *tally = find(tallies, table);
  if (tally != NULL) {
    sl_tally_release(tally);
    *tally = tallies->items[--tallies->n];
  }
}

void sl_tallies_release(struct sl_tallies *tallies) {
  for (size_t i = 0; i < tallies->n; i++) {
    sl_tally_release(&tallies->items[i]);
  }
  free(tallies->items);
  *tallies = (struct sl_tallies){ 0 };
}
