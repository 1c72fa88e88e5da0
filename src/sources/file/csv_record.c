/* csv_record.c - one CSV record, character by character: the plain reading of csv_split.h. */
#include <string.h>

#include "csv_split.h"

enum { PADDING = 16 };

static bool is_delimiter(const struct csv_dialect *d, const char *data, size_t size, size_t at) {
  return data[at] == d->delimiter[0] && d->delimiter_length > 0 &&
         (d->delimiter_length == 1 || (size - at >= d->delimiter_length &&
                                       memcmp(data + at, d->delimiter, d->delimiter_length) == 0));
}

/* Where the quote of a quoted field stands, or SIZE_MAX. */
static size_t opening(const struct csv_dialect *d, const char *data, size_t size, size_t at) {
  while (d->spaces && at < size && data[at] == ' ') {
    at++;
  }
  return d->quote != 0 && at < size && data[at] == d->quote ? at : SIZE_MAX;
}

/* The closing quote of the text that begins at `at`; SIZE_MAX: there is none up to size. */
static size_t closing(const struct csv_dialect *d, const char *data, size_t size, size_t at,
                      bool *escaped) {
  *escaped = false;
  for (; at < size; at++) {
    if (d->escape != 0 && data[at] == d->escape && d->escape != d->quote) {
      *escaped = true;
      at++;
    } else if (data[at] == d->quote) {
      if (at + 1 >= size || data[at + 1] != d->quote) {
        return at;
      }
      *escaped = true;
      at++;
    }
  }
  return SIZE_MAX;
}

static void add_field(struct csv_record *r, uint32_t start, uint32_t end) {
  if (r->n < r->capacity) {
    r->fields[r->n] = (struct csv_field){ start, end };
  }
  r->n++;
}

bool csv_line_end(const struct csv_dialect *d, const char *data, size_t size, size_t at,
                  size_t *end, size_t *next) {
  const char *newline = memchr(data + at, d->newline, size - at);
  *end = newline == NULL ? size : (size_t)(newline - data);
  *next = newline == NULL ? size : *end + 1;
  *end -= d->newline == '\n' && *end > at && data[*end - 1] == '\r';
  return newline != NULL;
}

/* The record is its first line. */
static bool broken(const struct csv_dialect *d, const char *data, size_t size, bool last, size_t at,
                   struct csv_record *out) {
  out->problem = CSV_BAD_QUOTES;
  return csv_line_end(d, data, size, at, &out->end, &out->next) || last;
}

enum after { AFTER_FIELD, AFTER_RECORD, AFTER_NOTHING };

/* What stands at `*at`, after a field: a delimiter, the end of the record, or something else. */
static enum after take_separator(const struct csv_dialect *d, const char *data, size_t size,
                                 size_t *at, struct csv_record *out) {
  size_t i = *at;
  if (i < size && is_delimiter(d, data, size, i)) {
    *at = i + d->delimiter_length;
    return AFTER_FIELD;
  }
  i += d->newline == '\n' && i < size && data[i] == '\r' && (i + 1 == size || data[i + 1] == '\n');
  if (i < size && data[i] != d->newline) {
    return AFTER_NOTHING;
  }
  out->end = *at;
  out->next = i < size ? i + 1 : size;
  return AFTER_RECORD;
}

bool csv_record_read(const struct csv_dialect *d, const char *data, size_t size, bool last,
                     size_t at, struct csv_record *out) {
  size_t begin = at;
  enum after after = AFTER_FIELD;
  out->n = 0;
  out->problem = CSV_GOOD;
  while (after == AFTER_FIELD) {
    size_t quote = opening(d, data, size, at);
    if (quote != SIZE_MAX) {
      bool escaped;
      size_t end = closing(d, data, size, quote + 1, &escaped);
      if (end == SIZE_MAX) {
        return last && broken(d, data, size, last, begin, out);
      }
      add_field(out, (uint32_t)(quote + 1) | CSV_QUOTED,
                (uint32_t)end | (escaped ? CSV_ESCAPED : 0));
      at = end + 1;
      while (d->spaces && at < size && data[at] == ' ') {
        at++;
      }
      if (size - at < CSV_LONGEST_DELIMITER && !last) {
        return false; /* what follows decides */
      }
      after = take_separator(d, data, size, &at, out);
      if (after == AFTER_NOTHING) {
        return broken(d, data, size, last, begin, out);
      }
      continue;
    }
    size_t start = at;
    while ((after = take_separator(d, data, size, &at, out)) == AFTER_NOTHING) {
      at++;
    }
    size_t end = after == AFTER_RECORD ? out->end : at - d->delimiter_length;
    add_field(out, (uint32_t)start, (uint32_t)end);
  }
  return last || out->next < size || (out->next == size && data[size - 1] == d->newline);
}

bool csv_record_blank(const struct csv_record *r) {
  return r->problem == CSV_GOOD && r->n == 1 && r->fields[0].start == r->fields[0].end;
}

void csv_unescape(const struct csv_dialect *d, const char *data, struct csv_field f,
                  struct sl_buffer *out) {
  size_t at = csv_start(f);
  size_t end = at + csv_length(f);
  if ((f.end & CSV_ESCAPED) == 0) {
    sl_buffer_append(out, data + at, end - at);
    at = end;
  }
  while (at < end) {
    bool escape = data[at] == d->quote || (d->escape != 0 && data[at] == d->escape);
    bool counts = escape && at + 1 < end &&
                  (data[at + 1] == d->quote || (d->escape != 0 && data[at + 1] == d->escape));
    at += counts; /* before anything else the escape is itself: "C:\new" */
    sl_buffer_char(out, data[at++]);
  }
  sl_buffer_reserve(out, PADDING); /* number parsers overrun */
}
