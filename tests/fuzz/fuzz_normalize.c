/* fuzz_normalize.c - any bytes as JSON lines, typed or not, through the normalizer; rejects are
 * kept, nothing else may fail. */
#include <stdint.h>
#include <stdlib.h>

#include "normalize/normalize.h"
#include "schema/schema.h"

static void run(struct sl_normalizer *n, const uint8_t *data, size_t size) {
  struct sl_error err;
  struct sl_normalize_worker *w = NULL;
  struct sl_normalized out = { 0 };
  struct sl_block block = { .kind = SL_BLOCK_DOCUMENTS,
                            .origin = "fuzz",
                            .size = size,
                            .typed = size > 0 && data[0] % 2 == 1 };
  block.data = calloc(1, size + SL_BLOCK_PADDING);
  if (block.data == NULL || sl_normalize_worker_new(&w, n, &err) != SL_OK) {
    abort();
  }
  memcpy(block.data, data, size);
  if (sl_normalize_block(w, &block, 0, &out, &err) != SL_OK ||
      sl_normalize_commit(w, &block, 0, 1, &out, &err) != SL_OK) {
    abort();
  }
  sl_normalized_release(&out);
  sl_normalize_worker_free(w);
  free(block.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct sl_error err;
  struct sl_schema *schema = NULL;
  struct sl_table *table = NULL;
  struct sl_normalizer *n = NULL;
  struct sl_normalize_options options = { .root_table = "t",
                                          .load_id = "1",
                                          .max_nesting = size > 0 ? data[0] % 5 : 3,
                                          .keep_rejects = true,
                                          .add_dlt_id = true,
                                          .add_dlt_load_id = true,
                                          .decimal_precision = 38,
                                          .decimal_scale = 9 };
  if (sl_schema_new(&schema, "fuzz", &err) != SL_OK ||
      sl_schema_add_table(schema, "t", &table, &err) != SL_OK ||
      sl_naming_init(&options.naming, "snake_case", 40, &err) != SL_OK) {
    abort();
  }
  table->disposition = SL_APPEND;
  if (sl_normalizer_new(&n, schema, &options, &err) != SL_OK) {
    abort();
  }
  run(n, data, size);
  sl_normalizer_free(n);
  sl_schema_free(schema);
  return 0;
}
