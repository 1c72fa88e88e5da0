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

static void free_rejects(struct sl_block *block) {
  for (size_t i = 0; i < block->n_rejects; i++) {
    struct sl_source_reject *r = &block->rejects[i];
    free(r->origin);
    free(r->column);
    free(r->raw);
    free(r->reason);
  }
  free(block->rejects);
  block->rejects = NULL;
  block->n_rejects = 0;
}

void sl_block_release_documents(struct sl_block *block) {
  free_rejects(block);
  free(block->data);
  free(block->spans);
  block->release = NULL;
}

void sl_block_release_batch(struct sl_block *block) {
  free_rejects(block);
  if (block->array.release != NULL) {
    block->array.release(&block->array);
  }
  if (block->schema.release != NULL) {
    block->schema.release(&block->schema);
  }
  block->release = NULL;
}
