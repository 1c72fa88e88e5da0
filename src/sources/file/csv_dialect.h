/* csv_dialect.h - how a CSV file is written: given by options, else detected. Private to this
 * folder.
 *
 * Detection reads the first 64 KB (500 records at most) once with each delimiter that occurs in it:
 * tab | ; , ^ ~ and the control characters US and SOH, with the quotes " and ', with and without
 * backslashes before quotes, with and without blanks around quoted fields. For each reading the
 * most usual number of fields is looked at, and the share of records that have it and no broken
 * quotes. The largest share wins; among equals
 *   - of two delimiters the rarer one (in the order above: 1,5;2,5 is two numbers), unless the
 * other one gives at least two more fields;
 *   - of two ways of quoting the one that finds more quoted fields; the ' needs at least one in
 *     every other record, and no field in ".
 * A delimiter must occur in the first record; without one a line is one field, whatever is in it.
 *
 * The first record is a header when a column of it is a word over numbers, dates or times; else not
 * if any of it is a number, date, time or truth value or begins like a number; else when its fields
 * are all different and none is empty. */
#ifndef SL_SOURCES_CSV_DIALECT_H
#define SL_SOURCES_CSV_DIALECT_H

#include "csv_split.h"

struct csv_options { /* as the user wrote them; NULL = detect */
  const char *delimiter, *quote, *escape, *header;
  bool tab; /* the files are called .tsv */
};

/* SL_EUSAGE: an option that cannot be. */
sl_status csv_options_check(const struct csv_options *options, struct sl_error *err);
/* `sample`: the beginning of a file, without byte order mark; `last`: all of it. SL_EDATA: a title
 * stands before the table. */
sl_status csv_dialect_detect(const struct csv_options *options, const char *sample, size_t size,
                             bool last, struct csv_dialect *out, struct sl_error *err);
struct csv_head { /* a record as texts: names, if it is a header */
  struct sl_text *texts;
  size_t n;
  size_t next; /* where the next record begins */
  bool broken; /* its quotes; n = 0 then */
  struct sl_buffer bytes;
};
/* The first record from `at` on that is no blank line; n = 0: there is none, or it is broken. */
sl_status csv_head_read(const struct csv_dialect *dialect, const char *data, size_t size, size_t at,
                        struct csv_head *out, struct sl_error *err);
void csv_head_release(struct csv_head *head);
/* Whether the first record from `at` on is a header; `strict`: only a word over other values makes
 * one. */
sl_status csv_head_is_header(const struct csv_dialect *dialect, const char *data, size_t size,
                             bool last, size_t at, bool strict, bool *out, struct sl_error *err);

/* "delimiter ';', header" */
void csv_dialect_describe(const struct csv_dialect *dialect, struct sl_buffer *out);

#endif
