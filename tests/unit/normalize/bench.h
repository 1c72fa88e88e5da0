/* bench.h - one root table and a normalizer over it, for the tests of src/normalize/. */
#ifndef SL_TESTS_UNIT_NORMALIZE_BENCH_H
#define SL_TESTS_UNIT_NORMALIZE_BENCH_H

#include <stdlib.h>

#include "normalize/normalize.h"
#include "schema/schema.h"
#include "unit/test.h"

struct bench { /* a schema with one root table, and a normalizer over it */
  struct sl_schema *schema;
  struct sl_table *root;
  struct sl_normalizer *normalizer;
  struct sl_normalize_options options;
};

static void bench_init(struct bench *b, bool keep_rejects, int32_t nesting) {
  struct sl_error err;
  *b = (struct bench){ .options = { .root_table = "t",
                                    .load_id = "17",
                                    .max_nesting = nesting,
                                    .keep_rejects = keep_rejects,
                                    .add_dlt_id = true,
                                    .add_dlt_load_id = true,
                                    .decimal_precision = 38,
                                    .decimal_scale = 9,
                                    .id_seed = 42 } };
  CHECK_OK(sl_schema_new(&b->schema, "s", &err), &err);
  CHECK_OK(sl_schema_add_table(b->schema, "t", &b->root, &err), &err);
  b->root->disposition = SL_APPEND;
  CHECK_OK(sl_naming_init(&b->options.naming, "snake_case", 0, &err), &err);
  CHECK_OK(sl_normalizer_new(&b->normalizer, b->schema, &b->options, &err), &err);
}

static void bench_release(struct bench *b) {
  sl_normalizer_free(b->normalizer);
  sl_schema_free(b->schema);
}

static struct sl_block block_of(const char *text) {
  size_t n = strlen(text);
  char *data = calloc(1, n + SL_BLOCK_PADDING);
  memcpy(data, text, n);
  return (struct sl_block){ .kind = SL_BLOCK_DOCUMENTS, .origin = "test", .data = data, .size = n };
}

/* "name:type name:type" of a table's columns without _dlt ones. */
static void shape_of(const struct bench *b, const char *table, struct sl_buffer *out) {
  const struct sl_table *t = sl_schema_table(b->schema, table);
  sl_buffer_reset(out);
  sl_buffer_append(out, "", 0);
  for (size_t i = 0; t != NULL && i < t->n_columns; i++) {
    if (strncmp(t->columns[i]->name, "_dlt", 4) != 0) {
      sl_buffer_printf(out, "%s%s:%s", out->length > 0 ? " " : "", t->columns[i]->name,
                       sl_type_name(t->columns[i]->type));
    }
  }
}

static void normalize_block(struct bench *b, struct sl_block block, struct sl_normalized *out) {
  struct sl_error err;
  struct sl_normalize_worker *w;
  CHECK_OK(sl_normalize_worker_new(&w, b->normalizer, &err), &err);
  CHECK_OK(sl_normalize_block(w, &block, 0, out, &err), &err);
  CHECK_OK(sl_normalize_commit(w, &block, 0, 1, out, &err), &err);
  sl_normalize_worker_free(w);
  free(block.data);
}

__attribute__((unused)) static void normalize_one(struct bench *b, const char *text,
                                                  struct sl_normalized *out) {
  normalize_block(b, block_of(text), out);
}

#endif
