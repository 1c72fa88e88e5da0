/* file_source.h - files as a source: JSON lines, JSON, CSV, TSV, Parquet; globs, folders, stdin;
 * gzip, zstd. */
#ifndef SL_SOURCES_FILE_SOURCE_H
#define SL_SOURCES_FILE_SOURCE_H

#include <sluice/source.h>

extern const struct sl_source_ops sl_file_source;

#endif
