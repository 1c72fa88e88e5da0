/* file_list.h - which files a location means, and what is in them. Private to this folder. */
#ifndef SL_SOURCES_FILE_LIST_H
#define SL_SOURCES_FILE_LIST_H

#include "base/memory.h"
#include "base/text.h"

enum file_format { FILE_UNKNOWN, FILE_JSONL, FILE_JSON, FILE_CSV, FILE_TSV, FILE_PARQUET };
enum file_packing { FILE_PLAIN, FILE_GZIP, FILE_ZSTD };

struct file_item {
  char *path;   /* "-" = standard input */
  int64_t size; /* as stored; -1 = not known (stdin, pipes) */
  int64_t mtime_nanos;
  enum file_format format;
  enum file_packing packing;
  char *keep; /* standard input: what is read is also written here; NULL = no */
};

struct file_list {
  struct file_item *items;
  size_t count, capacity;
};

const char *file_format_name(enum file_format format);
enum file_format file_format_from_name(const char *name); /* UNKNOWN when there is none */

/* Expands a path, glob, folder (recursively) or "-", sorted by path. Every file must be readable:
 * else the load fails before anything was loaded. `format`: for all files; UNKNOWN = by name, then
 * by content. */
sl_status file_list_expand(struct file_list *out, const char *location, enum file_format format,
                           struct sl_error *err);
void file_list_release(struct file_list *list);

#endif
