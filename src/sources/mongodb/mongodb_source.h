/* mongodb_source.h - MongoDB as a source.
 *
 *   mongodb://user:password@host:27017/shop     all collections of the database shop
 *   mongodb+srv://user:password@cluster/shop    hosts by DNS
 *
 * See docs/sources/mongodb.md. */
#ifndef SL_SOURCES_MONGODB_SOURCE_H
#define SL_SOURCES_MONGODB_SOURCE_H

#include <sluice/source.h>

extern const struct sl_source_ops sl_mongodb_source;

#endif
