/* sqlite_source.h - SQLite files as a source: sqlite:path, sqlite:///path. */
#ifndef SL_SOURCES_SQLITE_SOURCE_H
#define SL_SOURCES_SQLITE_SOURCE_H

#include <sluice/source.h>

extern const struct sl_source_ops sl_sqlite_source;

#endif
