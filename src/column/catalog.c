/* catalog.c - releasing what a source's discover has listed. */
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
