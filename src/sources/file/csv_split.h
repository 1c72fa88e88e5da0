/* csv_split.h - the bytes of a CSV text into records and fields. Private to this folder.
 *
 * The rules: a field that begins with the quote ends with the next quote that is neither doubled
 * nor escaped; after it comes a delimiter, the end of the line or the end of the text. Quotes
 * within a field that does not begin with one are ordinary characters. A record with broken quotes
 * is its first line alone: the next record begins after that line, so that one bad quote costs one
 * line and all readers agree on what follows.
 *
 * Three functions follow these rules: csv_record_read is the plain one (headers, samples),
 * csv_index_rows the fast one, csv_scan only finds where records end. tests/fuzz/fuzz_csv.c checks
 * that they agree. All texts have SL_BLOCK_PADDING readable bytes after their end. Thread-safe. */
#ifndef SL_SOURCES_CSV_SPLIT_H
#define SL_SOURCES_CSV_SPLIT_H

#include "base/memory.h"
#include "base/text.h"

enum { CSV_LONGEST_DELIMITER = 8 };

struct csv_dialect {
  char delimiter[CSV_LONGEST_DELIMITER];
  uint8_t delimiter_length; /* 0 = none: each line is one field */
  char quote;               /* 0 = none */
  char escape;              /* before a quote within quotes, beside doubling; 0 = only doubling */
  char newline;             /* '\n' (a '\r' before it belongs to it), or '\r' */
  bool spaces;              /* blanks may stand around a quoted field */
  bool header;
  size_t columns; /* of most records of the sample */
};

/* Bit 31 tells more, so a text has less than 2 GB. An empty field without quotes has start == end.
 */
struct csv_field {
  uint32_t start; /* | CSV_QUOTED: the field stood in quotes, which are outside [start, end) */
  uint32_t end;   /* | CSV_ESCAPED: doubled or escaped characters within */
};
#define CSV_QUOTED  0x80000000U
#define CSV_ESCAPED 0x80000000U

static inline size_t csv_start(struct csv_field f) {
  return f.start & ~CSV_QUOTED;
}

static inline size_t csv_length(struct csv_field f) {
  return (f.end & ~CSV_ESCAPED) - (f.start & ~CSV_QUOTED);
}

enum csv_problem { CSV_GOOD, CSV_BAD_QUOTES, CSV_BAD_COUNT, CSV_BAD_BYTES };

struct csv_record {
  struct csv_field *fields; /* of the caller, `capacity` of them */
  size_t capacity;
  size_t n;    /* fields of the record, also those beyond capacity */
  size_t end;  /* of its last line, without the line's end */
  size_t next; /* where the next record begins */
  enum csv_problem problem;
};

/* Reads the record that begins at `at` < size. `last`: nothing comes after `size`. False: the text
 * ends before the record does (never when `last`). */
bool csv_record_read(const struct csv_dialect *d, const char *data, size_t size, bool last,
                     size_t at, struct csv_record *out);
/* Where the line that begins at `at` ends, without its end, and the next one begins. False: it has
 * no end up to size, which both are then. */
bool csv_line_end(const struct csv_dialect *d, const char *data, size_t size, size_t at,
                  size_t *end, size_t *next);
/* A line without anything in it. */
bool csv_record_blank(const struct csv_record *r);

/* The text of a field as it was meant, appended to `out`; some bytes behind it are readable. */
void csv_unescape(const struct csv_dialect *d, const char *data, struct csv_field f,
                  struct sl_buffer *out);

struct csv_scan {  /* all-zero at the beginning of a record */
  size_t at;       /* looked at so far */
  size_t complete; /* end of the last complete record */
  bool quoted;     /* `at` is within quotes */
  bool bad;        /* broken quotes in the record under way: it ends with its line */
};
/* Goes on to `size`, or stops a little before where the next bytes decide. */
void csv_scan(const struct csv_dialect *d, struct csv_scan *scan, const char *data, size_t size);
/* Takes the quotes of the record under way for broken ones: it ends with its first line. */
void csv_scan_break(const struct csv_dialect *d, struct csv_scan *scan, const char *data,
                    size_t size);

struct csv_bad { /* a line that is no row */
  size_t start, end;
  size_t row;    /* rows before it */
  size_t fields; /* CSV_BAD_COUNT: how many it has */
  enum csv_problem problem;
};

struct csv_index { /* rows of equal length; release with csv_index_release */
  size_t columns;
  size_t rows, most_rows; /* most_rows: how many csv_index_rows may find at once */
  struct csv_field *fields;
  uint32_t *starts; /* of each row, and the end of the last one */
  struct csv_bad *bad;
  size_t n_bad, bad_capacity;
};

sl_status csv_index_init(struct csv_index *index, size_t columns, size_t most_rows,
                         struct sl_error *err);
void csv_index_release(struct csv_index *index);
/* Finds the next rows from *at on, at most most_rows, and moves *at behind them. The text ends at
 * `size`. Blank lines are left out (with one column they are a row); an empty field after the last
 * column is ignored; records with another number of fields, broken quotes, NUL bytes or invalid
 * UTF-8 go to `bad`. What was in the index before is forgotten. */
sl_status csv_index_rows(const struct csv_dialect *d, const char *data, size_t size, size_t *at,
                         struct csv_index *index, struct sl_error *err);

#endif
