/* migrate.h - stored schemas of older engine versions (dlt: common/schema/migrations.py). Private to stored_read.c. */
#ifndef SL_SCHEMA_MIGRATE_H
#define SL_SCHEMA_MIGRATE_H

#include <yyjson.h>

#include "schema/schema.h"

/* Engine 1 and 2 kept hints and preferred types at the top, as bare patterns. */
sl_status sl_migrate_old_settings(struct sl_schema *schema, yyjson_val *root, struct sl_error *err);
/* Everything from `engine` to the current version, on the schema in memory. */
sl_status sl_migrate(struct sl_schema *schema, int engine, struct sl_error *err);

#endif
