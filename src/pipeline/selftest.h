/* selftest.h - what `sluice selftest` loads, and how it finds out what the destination made of it.
 *
 * Three tables are loaded again and again, one by append, one by replace, one by merge. Each load
 * has SL_SELFTEST_ROWS rows that are known by their ids, and every third one has a child row, so
 * that each row that is lost, doubled or changed can be told. A folder of Parquet files is read by
 * DuckDB, every file that is there; it has no merges and no certificates. */
#ifndef SL_PIPELINE_SELFTEST_H
#define SL_PIPELINE_SELFTEST_H

#include "base/text.h"

enum { SL_SELFTEST_ROWS = 1500 };

enum sl_selftest_kind {
  SL_SELFTEST_APPEND,
  SL_SELFTEST_REPLACE,
  SL_SELFTEST_MERGE,
  SL_SELFTEST_KINDS
};

struct sl_selftest_found { /* root rows and child rows; a changed row counts in both */
  int64_t lost, doubled;
};

const char *sl_selftest_table(enum sl_selftest_kind kind);
const char *sl_selftest_disposition(enum sl_selftest_kind kind);
/* Writes the rows of the n-th load (from 1 on) as JSON lines. */
sl_status sl_selftest_write(enum sl_selftest_kind kind, int64_t load, const char *path,
                            struct sl_error *err);
/* SL_EUNSUPPORTED where no query can tell what is there. Opens nothing. *folder: the destination is
 * one. */
sl_status sl_selftest_check(const char *destination, bool *folder, struct sl_error *err);
/* Adds what is wrong with the table after its loads 1 to `load`. */
sl_status sl_selftest_compare(const char *destination, const char *dataset,
                              enum sl_selftest_kind kind, int64_t load,
                              struct sl_selftest_found *out, struct sl_error *err);
/* Drops the tables of the test and the dataset. One that is not there is fine. */
sl_status sl_selftest_drop(const char *destination, const char *dataset, struct sl_error *err);

#endif
