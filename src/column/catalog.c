/* catalog.c - releasing what a source has listed and what it has handed out. */
#include <stdlib.h>

#include <sluice/source.h>

void sl_catalog_release(struct sl_catalog *catalog) {
  for (size_t i = 0; i < catalog->n_tables; i++) {
    struct sl_source_table *table = &catalog->tables[i];
    if (table->schema.release != NULL) {
      table->schema.release(&table->schema);
    }
    free(table->name);
    free(table->primary_key);
    free(table->description);
    free(table->target);
  }
  free(catalog->tables);
  *catalog = (struct sl_catalog){ 0 };
}

void sl_block_release_batch(struct sl_block *block) {
  if (block->array.release != NULL) {
    block->array.release(&block->array);
  }
  if (block->schema.release != NULL) {
    block->schema.release(&block->schema);
  }
  block->release = NULL;
}
