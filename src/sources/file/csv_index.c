/* csv_index.c - the rows of a block: where each field begins and ends.
 *
 * Delimiters, newlines and quotes are found 64 bytes at a time; only they are looked at one by one.
 */
#include "csv_window.h"

#include <stdlib.h>

sl_status csv_index_init(struct csv_index *index, size_t columns, size_t most_rows,
                         struct sl_error *err) {
  *index = (struct csv_index){ .columns = columns, .most_rows = most_rows };
  index->fields = sl_alloc_array(columns * most_rows, sizeof *index->fields);
  index->starts = sl_alloc_array(most_rows + 1, sizeof *index->starts);
  return index->fields == NULL || index->starts == NULL
             ? sl_fail(err, SL_ENOMEM, "out of memory for %zu rows of %zu columns", most_rows,
                       columns)
             : SL_OK;
}

void csv_index_release(struct csv_index *index) {
  free(index->fields);
  free(index->starts);
  free(index->bad);
  *index = (struct csv_index){ 0 };
}

struct indexing { /* the row under way */
  const struct csv_dialect *d;
  struct csv_needles needles;
  struct csv_window w;
  struct csv_index *out;
  struct csv_field *fields; /* of the row, out->columns of them */
  size_t n;                 /* fields so far */
  size_t row, field;        /* where the row and the field begin */
  struct csv_field last;    /* the field that was added last */
};

static sl_status add_bad(struct csv_index *index, struct csv_bad bad, struct sl_error *err) {
  sl_status rc =
      sl_grow(&index->bad, &index->bad_capacity, index->n_bad + 1, sizeof *index->bad, err);
  if (rc == SL_OK) {
    index->bad[index->n_bad++] = bad;
  }
  return rc;
}

static inline void add_field(struct indexing *x, size_t start, size_t end) {
  struct csv_field field = { (uint32_t)start, (uint32_t)end };
  if (__builtin_expect(x->n < x->out->columns, 1)) {
    x->fields[x->n] = field;
  }
  x->last = field;
  x->n++;
}

static bool good_bytes(const char *text, size_t length) {
  return memchr(text, '\0', length) == NULL && sl_utf8_valid(text, length);
}

/* A row whose number of fields is not that of the columns: a blank line, one empty field too many,
 * or a bad row. */
static bool odd_row_counts(const struct indexing *x, enum csv_problem *problem) {
  bool empty = x->last.start == x->last.end;
  if (x->n == 1 && empty) {
    return false; /* blank */
  }
  if (x->n != x->out->columns + 1 || !empty) {
    *problem = CSV_BAD_COUNT;
  }
  return true;
}

/* The row ends before byte `end`; the next one begins at `next`. */
static inline sl_status end_row(struct indexing *x, size_t end, size_t next, struct sl_error *err) {
  struct csv_index *out = x->out;
  enum csv_problem problem = CSV_GOOD;
  bool counts = x->n == out->columns || odd_row_counts(x, &problem);
  if (problem == CSV_GOOD && counts && csv_window_odd_end(&x->w, end) > x->row &&
      !good_bytes(x->w.data + x->row, end - x->row)) {
    problem = CSV_BAD_BYTES;
  }
  sl_status rc = SL_OK;
  if (__builtin_expect(problem != CSV_GOOD, 0)) {
    rc = add_bad(out, (struct csv_bad){ x->row, end, out->rows, x->n, problem }, err);
  } else if (counts) {
    out->starts[out->rows++] = (uint32_t)x->row;
    x->fields += out->columns;
  }
  x->n = 0;
  x->row = x->field = next;
  return rc;
}

/* The quotes of the row are broken: it is its first line. */
static sl_status break_row(struct indexing *x, struct sl_error *err) {
  const char *data = x->w.data;
  size_t size = x->w.size;
  struct csv_bad bad = {
    .start = x->row, .row = x->out->rows, .fields = x->n, .problem = CSV_BAD_QUOTES
  };
  csv_line_end(x->d, data, size, x->row, &bad.end, &x->field);
  x->n = 0;
  x->row = x->field;
  csv_window_begin(&x->w, &x->needles, data, size, x->row);
  return add_bad(x->out, bad, err);
}

/* The closing quote of the text that begins at `at`, or SIZE_MAX. */
static inline size_t find_closing(struct indexing *x, size_t at, uint32_t *escaped) {
  struct csv_window *w = &x->w;
  *escaped = 0;
  csv_window_seek(w, &x->needles, at);
  for (;;) {
    uint64_t bits = w->quote & w->left;
    if (bits == 0) {
      if (!csv_window_next(w, &x->needles)) {
        return SIZE_MAX;
      }
      continue;
    }
    size_t p = w->base + (size_t)__builtin_ctzll(bits);
    if (p >= w->size) {
      return SIZE_MAX;
    }
    if (w->data[p] == x->d->quote && (p + 1 >= w->size || w->data[p + 1] != x->d->quote)) {
      return p;
    }
    *escaped = CSV_ESCAPED;
    csv_window_seek(w, &x->needles, p + 2);
  }
}

static bool is_delimiter(const struct csv_dialect *d, const char *data, size_t size, size_t at) {
  return d->delimiter_length > 0 && size - at >= d->delimiter_length &&
         memcmp(data + at, d->delimiter, d->delimiter_length) == 0;
}

/* A quoted field: its text begins at `at`. */
static sl_status quoted_field(struct indexing *x, size_t at, struct sl_error *err) {
  const struct csv_dialect *d = x->d;
  const char *data = x->w.data;
  size_t size = x->w.size;
  uint32_t escaped;
  size_t close = find_closing(x, at, &escaped);
  if (close == SIZE_MAX) {
    return break_row(x, err);
  }
  size_t after = close + 1;
  while (d->spaces && after < size && data[after] == ' ') {
    after++;
  }
  struct csv_field field = { (uint32_t)at | CSV_QUOTED, (uint32_t)close | escaped };
  if (after < size && is_delimiter(d, data, size, after)) {
    add_field(x, field.start, field.end);
    x->field = after + d->delimiter_length;
    csv_window_seek(&x->w, &x->needles, x->field);
    return SL_OK;
  }
  size_t end = after;
  after += d->newline == '\n' && after < size && data[after] == '\r' &&
           (after + 1 == size || data[after + 1] == '\n');
  if (after < size && data[after] != d->newline) {
    return break_row(x, err);
  }
  add_field(x, field.start, field.end);
  size_t next = after < size ? after + 1 : size;
  csv_window_seek(&x->w, &x->needles, next);
  return end_row(x, end, next, err);
}

/* The end of the row at byte p (a newline, or the end of the text) after an unquoted field. */
static inline sl_status plain_end(struct indexing *x, size_t p, size_t next, struct sl_error *err) {
  bool carriage_return = x->d->newline == '\n' && p > x->field && x->w.data[p - 1] == '\r';
  size_t end = p - carriage_return;
  add_field(x, x->field, end);
  return end_row(x, end, next, err);
}

/* A quote begins a field when only blanks (where the dialect has them) stand before it. */
static bool opens(const struct indexing *x, size_t p) {
  while (x->d->spaces && p > x->field && x->w.data[p - 1] == ' ') {
    p--;
  }
  return p == x->field;
}

/* Deals with the byte at p, which is one of the needles. */
static inline sl_status take(struct indexing *x, size_t p, uint64_t bit, struct sl_error *err) {
  struct csv_window *w = &x->w;
  const struct csv_dialect *d = x->d;
  if (w->delimiter & bit) {
    if (d->delimiter_length == 1) {
      add_field(x, x->field, p);
      x->field = p + 1;
    } else if (is_delimiter(d, w->data, w->size, p)) {
      add_field(x, x->field, p);
      x->field = p + d->delimiter_length;
      csv_window_seek(w, &x->needles, x->field);
    }
    return SL_OK;
  }
  if (w->newline & bit) {
    return plain_end(x, p, p + 1, err);
  }
  return w->data[p] == d->quote && opens(x, p) ? quoted_field(x, p + 1, err) : SL_OK;
}

sl_status csv_index_rows(const struct csv_dialect *d, const char *data, size_t size, size_t *at,
                         struct csv_index *index, struct sl_error *err) {
  struct indexing x = { .d = d, .needles = csv_needles_of(d), .out = index };
  sl_status rc = SL_OK;
  index->rows = 0;
  index->n_bad = 0;
  x.fields = index->fields;
  x.row = x.field = *at;
  csv_window_begin(&x.w, &x.needles, data, size, *at);
  while (rc == SL_OK && index->rows < index->most_rows && x.row < size) {
    struct csv_window *w = &x.w;
    uint64_t bits = (w->delimiter | w->newline | w->quote) & w->left;
    if (bits == 0 && csv_window_next(w, &x.needles)) {
      continue;
    }
    size_t p = bits == 0 ? size : w->base + (size_t)__builtin_ctzll(bits);
    if (p >= size) {
      rc = plain_end(&x, size, size, err);
      break;
    }
    uint64_t bit = bits & -bits;
    w->left &= ~(bit | (bit - 1));
    rc = take(&x, p, bit, err);
  }
  index->starts[index->rows] = (uint32_t)x.row;
  *at = x.row;
  return rc;
}
