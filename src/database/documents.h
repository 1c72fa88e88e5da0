/* documents.h - rows with JSON columns as documents, so that the normalizer makes columns and child
 * tables of what is in them (--max-nesting). Private to src/database/. */
#ifndef SL_DATABASE_DOCUMENTS_H
#define SL_DATABASE_DOCUMENTS_H

#include "database/database.h"

/* Turns a batch of the table into typed documents (see sl_block.typed), one a row; every value
 * stays exact, and a text in a JSON column that is no JSON stays text. */
sl_status sl_db_block_to_documents(const struct sl_db_table *table, struct sl_block *block,
                                   struct sl_error *err);

#endif
