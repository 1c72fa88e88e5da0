/* writer.h - rows of one table into one local file: JSON lines, CSV or Parquet. Private to this
 * folder.
 *
 * JSON lines and CSV have the form that dlt gives them; Parquet is written by DuckDB, from the
 * Arrow batches as they come. */
#ifndef SL_DESTINATIONS_FILES_WRITER_H
#define SL_DESTINATIONS_FILES_WRITER_H

#include <sluice/arrow.h>

#include "base/text.h"

enum files_format { FILES_PARQUET, FILES_JSONL, FILES_CSV };
enum files_packing { FILES_PLAIN, FILES_GZIP, FILES_ZSTD, FILES_SNAPPY };

struct files_duckdb; /* the instance that writes Parquet; opened at the first file */
struct files_kind {  /* what all files of a load have in common */
  enum files_format format;
  enum files_packing packing; /* of the whole file; PARQUET: of its pages */
  int threads;                /* that may write one Parquet file */
  int64_t memory;             /* bytes for all files together */
  int64_t row_group_rows;     /* PARQUET */
  struct files_duckdb *duckdb;
};
/* "parquet", "jsonl.gz", …; static. */
const char *files_extension(const struct files_kind *kind);

struct files_writer;
/* Begins a file of these columns (borrowed until the end). */
sl_status files_writer_open(struct files_writer **out, struct files_kind *kind, const char *path,
                            const struct ArrowSchema *columns, const char *table,
                            struct sl_error *err);
/* Rows of a batch whose columns are among the file's. The array is moved on success. */
sl_status files_writer_write(struct files_writer *w, const struct ArrowSchema *schema,
                             struct ArrowArray *array, struct sl_error *err);
/* Bytes so far, about: what is still in buffers is not counted. */
int64_t files_writer_bytes(const struct files_writer *w);
/* Ends the file and frees the writer, also after a failure. */
sl_status files_writer_close(struct files_writer *w, struct sl_error *err);
void files_writer_abandon(struct files_writer *w); /* NULL is fine */

/* parquet.c */
struct files_parquet;
sl_status files_parquet_open(struct files_parquet **out, struct files_kind *kind, const char *path,
                             const struct ArrowSchema *columns, const char *table,
                             struct sl_error *err);
sl_status files_parquet_write(struct files_parquet *p, const struct ArrowSchema *schema,
                              struct ArrowArray *array, struct sl_error *err);
int64_t files_parquet_bytes(const struct files_parquet *p);
sl_status files_parquet_close(struct files_parquet *p, struct sl_error *err);
void files_parquet_abandon(struct files_parquet *p);
void files_duckdb_close(struct files_duckdb *duckdb); /* NULL is fine */

/* csv.c */
void files_csv_header(const struct ArrowSchema *columns, struct sl_buffer *out);
/* Rows [from, to) of a batch; sources: which child of the batch is a column of the file, -1 = none.
 */
void files_csv_rows(const struct ArrowSchema *schema, const struct ArrowArray *array,
                    const int32_t *sources, int64_t n_columns, int64_t from, int64_t to,
                    struct sl_buffer *out);

/* packing.c: bytes into a file, compressed on the way. */
struct files_packer;
sl_status files_packer_open(struct files_packer **out, enum files_packing packing, const char *path,
                            struct sl_error *err);
sl_status files_packer_write(struct files_packer *p, const char *data, size_t length,
                             struct sl_error *err);
int64_t files_packer_bytes(const struct files_packer *p);
/* Ends the file and frees the packer; abandon: as it is. */
sl_status files_packer_close(struct files_packer *p, bool abandon, struct sl_error *err);

#endif
