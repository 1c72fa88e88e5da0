/* csv_text.h - what the tests of the CSV reader share: padded texts, records in a readable form. */
#ifndef SLUICE_TESTS_CSV_TEXT_H
#define SLUICE_TESTS_CSV_TEXT_H

#include <stdlib.h>

#include <sluice/source.h>

#include "sources/file/csv_split.h"

/* A copy of exactly `size` bytes and their padding, so that a sanitizer sees an overrun. */
static inline char *padded(const char *text, size_t size) {
  char *copy = calloc(1, size + SL_BLOCK_PADDING);
  if (copy != NULL) {
    memcpy(copy, text, size);
  }
  return copy;
}

/* "a|b": fields of a record; quoted ones in <>. */
static inline void show_fields(const struct csv_dialect *d, const char *data,
                               const struct csv_field *fields, size_t n, struct sl_buffer *out) {
  for (size_t i = 0; i < n; i++) {
    bool quoted = (fields[i].start & CSV_QUOTED) != 0;
    sl_buffer_text(out, i == 0 ? "" : "|");
    sl_buffer_text(out, quoted ? "<" : "");
    csv_unescape(d, data, fields[i], out);
    sl_buffer_text(out, quoted ? ">" : "");
  }
}

/* All records by csv_record_read: "a|b / c|d"; bad ones as {first line}. */
static inline void show_records(const struct csv_dialect *d, const char *data, size_t size,
                                struct sl_buffer *out) {
  struct csv_field fields[64];
  struct csv_record r = { .fields = fields, .capacity = 64 };
  for (size_t at = 0; at < size && csv_record_read(d, data, size, true, at, &r); at = r.next) {
    sl_buffer_text(out, at == 0 ? "" : " / ");
    if (r.problem == CSV_GOOD) {
      show_fields(d, data, fields, r.n, out);
    } else {
      sl_buffer_char(out, '{');
      sl_buffer_append(out, data + at, r.end - at);
      sl_buffer_char(out, '}');
    }
  }
}

#endif
