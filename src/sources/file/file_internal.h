/* file_internal.h - the file source while it reads. Private to this folder. */
#ifndef SL_SOURCES_FILE_INTERNAL_H
#define SL_SOURCES_FILE_INTERNAL_H

#include <pthread.h>

#include <sluice/builder.h>
#include <sluice/source.h>

#include "byte_stream.h"
#include "file_list.h"
#include "json_split.h"

struct file_settings { /* options of the command line, see file_source.c */
  const char *format, *records_path;
  const char *delimiter, *quote, *escape, *header, *nulls, *column_types;
  int64_t skip_lines;
  bool incremental_files, file_columns;
};

enum { FILE_SPARES = 8 };
struct file_spares { /* buffers to be used again, any thread; see blocks.c */
  pthread_mutex_t lock;
  struct file_block *items[FILE_SPARES];
  size_t count, largest; /* larger ones go back to the system */
};

struct tabular; /* Parquet files being read by DuckDB */
struct csv;     /* CSV files being read, see csv.h */

struct file_source {
  struct sl_source base;
  struct file_settings settings;
  struct file_list listed; /* all files of the location */
  struct file_list files;  /* those to be read now; the paths are those of `listed` */
  char *location, *table;
  int threads;
  int64_t block_bytes, memory_bytes;
  int64_t opened_micros; /* UTC */
  atomic_bool cancelled;
  bool keep_rejects;
  bool started;     /* once at least */
  char *state_json; /* from last time */

  /* the file being claimed from */
  size_t at; /* index; files.count = done */
  bool open;
  int64_t offset; /* JSON lines: next byte range */
  struct byte_stream *stream;
  char *carry; /* bytes after the last complete line or record */
  size_t carry_length, carry_capacity;
  int64_t plain_offset; /* plain bytes given out so far */
  int64_t reported;     /* stored bytes reported for progress */
  bool stream_ended;
  struct json_split split;
  int64_t scanned;
  int64_t skip_to; /* plain bytes of the file that an earlier load has read */
  struct tabular *tabular;
  struct csv *csv;
  struct file_spares spares;
};

struct file_block { /* private_data of a block; its data may begin further on */
  struct file_spares *spares;
  size_t capacity;
  char data[]; /* capacity and padding */
};

/* blocks.c: buffers of blocks. */
void file_spares_init(struct file_spares *spares, size_t largest);
void file_spares_release(struct file_spares *spares); /* when all blocks were released */
/* A block with a data buffer of `capacity` bytes and padding. */
sl_status file_block_new(struct file_spares *spares, const char *origin, struct sl_block *out,
                         size_t capacity, struct sl_error *err);
/* Makes room for `capacity` bytes from block->data on, which may move. */
sl_status file_block_grow(struct sl_block *block, size_t capacity, struct sl_error *err);

/* ranges.c: plain JSON lines by byte ranges; claim only notes the range. */
sl_status file_claim_range(struct file_source *s, struct sl_block *out, bool *end,
                           struct sl_error *err);
sl_status file_fill_range(struct file_source *s, struct sl_block *block, struct sl_error *err);
/* Such a file is read by ranges of its bytes. */
static inline bool file_is_range(const struct file_item *item) {
  return item->format != FILE_JSON && item->packing == FILE_PLAIN && item->size >= 0;
}
/* streamed.c: packed or unseekable JSON lines, and JSON arrays: read and cut while claiming. */
/* True: the block was read by an earlier load as a whole, and is released; of a part its rest is
 * left. */
bool file_skip_known(const struct file_source *s, struct sl_block *block);
sl_status file_claim_lines(struct file_source *s, struct sl_block *out, bool *end,
                           struct sl_error *err);
sl_status file_claim_records(struct file_source *s, struct sl_block *out, bool *end,
                             struct sl_error *err);
/* csv_reader.c, csv_fill.c: CSV files. All use s->csv, which csv_open makes. */
sl_status csv_open(struct file_source *s, struct sl_error *err);
sl_status csv_discover(struct file_source *s, struct sl_source_table *out, struct sl_error *err);
/* Before the first claim; known: as in struct sl_source_table. */
sl_status csv_begin(struct file_source *s, const char *known, struct sl_error *err);
sl_status csv_claim(struct file_source *s, struct sl_block *out, bool *end, struct sl_error *err);
sl_status csv_fill(struct file_source *s, struct sl_block *block, struct sl_error *err);
void csv_close(struct csv *csv); /* NULL is fine */
/* tabular.c: Parquet through DuckDB, all files of the list at once. */
sl_status tabular_open(struct file_source *s, struct sl_error *err);
sl_status tabular_claim(struct file_source *s, struct sl_block *out, bool *end,
                        struct sl_error *err);
sl_status tabular_discover(struct file_source *s, struct sl_source_table *out,
                           struct sl_error *err);
void tabular_close(struct tabular *t);
/* kept_input.c: a copy of standard input while it is loaded. */
sl_status file_keep_input(struct file_source *s, const char *folder, struct sl_error *err);
void file_forget_input(struct file_source *s); /* deletes the copy */
/* Completes the copy and gives it up to the caller; NULL when there is none. */
sl_status file_kept_input(struct file_source *s, char **out_path, struct sl_error *err);
/* default_name.c: SL_EUSAGE when the location has no part that could be a name. */
sl_status file_default_name(const char *location, char out[256], struct sl_error *err);
/* The next rows are those behind the first `rows`. */
sl_status tabular_skip(struct file_source *s, int64_t rows, struct sl_error *err);
int64_t tabular_rows(const struct file_source *s); /* given out so far */
/* The next record is the one at a plain byte of a file. */
sl_status csv_skip(struct file_source *s, size_t at, int64_t offset, struct sl_error *err);
void csv_position(const struct file_source *s, size_t *at, int64_t *offset);
/* position.c: where a load stands, and going on there. */
struct file_place { /* of a load that was interrupted */
  size_t at;        /* files before this one are done */
  int64_t offset;   /* plain bytes of it, or rows of all files (Parquet) */
};
/* *out_json NULL: something is read that can be read only once. */
sl_status file_position(const struct file_source *s, const struct file_place *place,
                        char **out_json, struct sl_error *err);
/* *changed: the files that were read are not as they were. */
sl_status file_place_read(const struct file_source *s, const char *json, struct file_place *out,
                          bool *changed, struct sl_error *err);
/* file_columns.c: the columns of --file-columns. */
enum { FILE_COLUMNS = 4 };
/* For the rows of a batch: fields and arrays have room for FILE_COLUMNS more. */
sl_status file_columns_build(const struct file_source *s, const char *origin, int64_t rows,
                             struct sl_field *fields, struct ArrowArray *arrays,
                             struct sl_error *err);
/* Members of each object in a block of JSON. */
sl_status file_columns_add(struct file_source *s, struct sl_block *block, struct sl_error *err);
/* What is selected of Parquet files whose reader gives the path as _dango_filename. */
void file_columns_sql(const struct file_source *s, struct sl_buffer *out);
void file_quote_sql(struct sl_buffer *out, const char *text);
/* incremental.c: which files are new or changed since the state of last time. */
sl_status file_skip_unchanged(struct file_source *s, struct sl_error *err);
sl_status file_state(struct file_source *s, char **out_json, struct sl_error *err);

#endif
