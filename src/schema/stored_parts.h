/* stored_parts.h - reading parts of a stored schema. Private to stored_*.c.
 *
 * Messages say what is wrong; the callers put before it where. */
#ifndef SL_SCHEMA_STORED_PARTS_H
#define SL_SCHEMA_STORED_PARTS_H

#include <yyjson.h>

#include "schema/schema.h"

/* Keeps the value's compact JSON under `name`. */
sl_status sl_stored_carry(struct sl_properties *p, const char *name, yyjson_val *value,
                          struct sl_error *err);
/* Replaces *out by a copy; SL_EDATA when the value is not a text without NUL. */
sl_status sl_stored_text(char **out, const char *name, yyjson_val *value, struct sl_error *err);
/* "evolve", …; UNSET for anything else and NULL. */
enum sl_contract_mode sl_stored_mode(const char *name);
/* A contract, also carried in p as "schema_contract" so that its form is kept. */
sl_status sl_stored_contract(struct sl_contract *out, bool *stated, struct sl_properties *p,
                             yyjson_val *value, struct sl_error *err);
sl_status sl_stored_settings(struct sl_schema *s, yyjson_val *settings, struct sl_error *err);
sl_status sl_stored_normalizers(struct sl_schema *s, yyjson_val *normalizers, struct sl_error *err);

/* The bits of a list of detections; names that we do not know say nothing. */
uint32_t sl_stored_detections(yyjson_val *list);

/* Adds _dlt_version and _dlt_loads as a new schema has them, where they are missing. */
sl_status sl_schema_add_version_tables(struct sl_schema *schema, struct sl_error *err);

#endif
