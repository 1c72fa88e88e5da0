/* contract.h - schema contracts: what may change while data flows (dlt.md 2.9). */
#ifndef SL_SCHEMA_CONTRACT_H
#define SL_SCHEMA_CONTRACT_H

#include "schema/schema.h"

enum sl_contract_entity { SL_ENTITY_TABLES, SL_ENTITY_COLUMNS, SL_ENTITY_DATA_TYPE };

/* "freeze" or "tables=evolve,columns=discard_row,data_type=freeze"; SL_EUSAGE with the choices. */
sl_status sl_contract_parse(struct sl_contract *out, const char *text, struct sl_error *err);
const char *sl_contract_mode_name(enum sl_contract_mode);

/* The contract that holds for a table, every entity set: the override of the run, else what is
 * stated by the table or the nearest of its parents, else by the schema's settings. The first of
 * them counts alone; what it leaves out is evolve, as in dlt. Tables of dlt itself always evolve. A
 * table that is not in the schema yet asks with its parent, or with NULL. */
struct sl_contract sl_contract_of(const struct sl_schema *, const struct sl_table *table,
                                  const struct sl_contract *override);

/* The error text of a frozen entity, with all that a user needs (table, column, what was found). */
sl_status sl_contract_fail(struct sl_error *err, enum sl_contract_entity entity, const char *schema,
                           const char *table, const char *column, const char *found);

#endif
