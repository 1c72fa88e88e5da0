/* migrate.h - stored schemas of older engine versions (dlt: common/schema/migrations.py). Private
 * to stored_read.c. */
#ifndef SL_SCHEMA_MIGRATE_H
#define SL_SCHEMA_MIGRATE_H

#include <yyjson.h>

#include "schema/schema.h"

/* Brings a stored schema, an object with engine_version 1 to 11, to the current engine in place, by
 * the same steps on the same members as dlt. */
sl_status sl_migrate(yyjson_mut_doc *doc, struct sl_error *err);
/* True when there is something to do: an older engine, or columns that had seen only nulls. */
bool sl_migration_needed(yyjson_val *root);

#endif
