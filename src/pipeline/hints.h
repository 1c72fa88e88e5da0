/* hints.h - what the user said about the root table, written into the schema before data flows.
 *
 * The same effects as dlt's resource hints (dlt.md 1.2; keys of the stored schema 3.1). */
#ifndef SL_PIPELINE_HINTS_H
#define SL_PIPELINE_HINTS_H

#include <sluice/engine.h>

#include "schema/naming.h"
#include "schema/schema.h"

/* Finds or adds the root table and applies the settings. `table` is already normalised. */
sl_status sl_hints_apply(struct sl_schema *schema, const struct sl_naming *naming,
                         const struct sl_load_settings *settings, const char *table,
                         struct sl_table **out, struct sl_error *err);
/* Columns that the source declares (a struct schema), added to `table` with type, precision and
 * nullability. Names that already have a type keep it; a table that is not new is left alone under
 * a contract other than evolve, which decides when rows come. */
sl_status sl_hints_declare(struct sl_schema *schema, const struct sl_naming *naming,
                           const struct sl_load_settings *settings,
                           const struct ArrowSchema *columns, struct sl_table *table,
                           struct sl_error *err);
/* Settings that concern the whole schema: naming, detections, preferred types. */
sl_status sl_hints_apply_schema(struct sl_schema *schema, const struct sl_load_settings *settings,
                                struct sl_error *err);

/* Another naming convention; refused when tables have data under the old one (dlt:
 * TableIdentifiersFrozen). */
sl_status sl_hints_change_naming(struct sl_schema *schema, const char *naming,
                                 struct sl_error *err);

#endif
