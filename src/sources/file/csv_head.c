/* csv_head.c - the first record of a CSV file: is it a header, and which names has it? */
#include "csv_dialect.h"

#include <stdlib.h>

#include "csv_value.h"

static sl_status read_fields(const struct csv_dialect *d, const char *data, size_t size, size_t at,
                             struct csv_record *r, struct sl_error *err) {
  for (;;) {
    struct csv_field first = { 0 };
    *r = (struct csv_record){ .fields = &first, .capacity = 1 };
    if (at >= size || !csv_record_read(d, data, size, true, at, r)) {
      *r = (struct csv_record){ .next = size };
      return SL_OK;
    }
    if (!csv_record_blank(r)) {
      break;
    }
    at = r->next;
  }
  size_t n = r->problem == CSV_GOOD ? r->n : 0;
  *r = (struct csv_record){ .fields = sl_alloc_array(n, sizeof *r->fields),
                            .capacity = n,
                            .next = r->next,
                            .problem = r->problem };
  if (r->fields == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a record of %zu fields", n);
  }
  if (n > 0) {
    csv_record_read(d, data, size, true, at, r);
  }
  return SL_OK;
}

sl_status csv_head_read(const struct csv_dialect *d, const char *data, size_t size, size_t at,
                        struct csv_head *out, struct sl_error *err) {
  struct csv_record record;
  *out = (struct csv_head){ 0 };
  sl_status rc = read_fields(d, data, size, at, &record, err);
  if (rc != SL_OK) {
    return rc;
  }
  size_t *ends = sl_alloc_array(record.n, sizeof *ends);
  out->texts = sl_alloc_array(record.n, sizeof *out->texts);
  sl_buffer_append(&out->bytes, "", 0);
  for (size_t i = 0; ends != NULL && i < record.n; i++) {
    csv_unescape(d, data, record.fields[i], &out->bytes);
    ends[i] = out->bytes.length;
  }
  if (ends == NULL || out->texts == NULL || out->bytes.failed) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for a record of %zu fields", record.n);
  }
  for (size_t i = 0; rc == SL_OK && i < record.n; i++) {
    size_t start = i == 0 ? 0 : ends[i - 1];
    out->texts[i] = (struct sl_text){ out->bytes.data + start, ends[i] - start };
  }
  out->n = rc == SL_OK ? record.n : 0;
  out->next = record.next;
  out->broken = record.problem != CSV_GOOD;
  free(ends);
  free(record.fields);
  return rc;
}

void csv_head_release(struct csv_head *head) {
  free(head->texts);
  sl_buffer_release(&head->bytes);
  *head = (struct csv_head){ 0 };
}

/* A word that stands where a value is missing says nothing about a header. */
static bool is_missing(struct sl_text text) {
  static const char *const words[] = { "",     "NA",   "N/A", "n/a", "null",
                                       "NULL", "None", "\\N", "-",   "?" };
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    if (sl_text_equal(text, sl_text_of(words[i]))) {
      return true;
    }
  }
  return false;
}

/* No name: a number, date, …, or at least something that begins like one (1,5 or 01/02/2024). */
static bool is_value(struct sl_text text, const struct csv_value *v) {
  char first = text.length > 0 ? text.data[0] : 0;
  char second = text.length > 1 ? text.data[1] : 0;
  bool sign = first == '+' || first == '-' || first == '.' || first == '$';
  return v->type != CSV_TEXT || (first >= '0' && first <= '9') ||
         (sign && second >= '0' && second <= '9');
}

static bool all_different(const struct csv_head *h) {
  enum { COMPARED = 2000 }; /* columns: the comparison is quadratic */
  for (size_t i = 0; i < h->n; i++) {
    if (h->texts[i].length == 0) {
      return false;
    }
    for (size_t j = 0; h->n < COMPARED && j < i; j++) {
      if (sl_text_equal(h->texts[i], h->texts[j])) {
        return false;
      }
    }
  }
  return h->n > 0;
}

/* What the records after the head say about its columns. */
static sl_status guess_columns(const struct csv_dialect *d, const char *data, size_t size,
                               bool last, const struct csv_head *head, struct csv_guess *guesses,
                               struct sl_error *err) {
  enum { MOST_RECORDS = 500 };
  struct csv_record record = { .fields = sl_alloc_array(head->n, sizeof *record.fields),
                               .capacity = head->n,
                               .next = head->next };
  struct sl_buffer text = { 0 };
  if (record.fields == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a record of %zu fields", head->n);
  }
  for (size_t n = 0; n < MOST_RECORDS && record.next < size &&
                     csv_record_read(d, data, size, last, record.next, &record);
       n++) {
    if (record.n != head->n || record.problem != CSV_GOOD) {
      continue;
    }
    for (size_t i = 0; i < record.n; i++) {
      if (csv_length(record.fields[i]) > 0) {
        sl_buffer_reset(&text);
        csv_unescape(d, data, record.fields[i], &text);
        csv_guess_add(&guesses[i], (struct sl_text){ text.data, text.length });
      }
    }
  }
  free(record.fields);
  sl_buffer_release(&text);
  return SL_OK;
}

sl_status csv_head_is_header(const struct csv_dialect *d, const char *data, size_t size, bool last,
                             size_t at, bool strict, bool *out, struct sl_error *err) {
  struct csv_head h = { 0 };
  sl_status rc = csv_head_read(d, data, size, at, &h, err);
  struct csv_guess *guesses = rc == SL_OK ? sl_calloc_array(h.n, sizeof *guesses) : NULL;
  if (rc == SL_OK && guesses == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for %zu columns", h.n);
  }
  if (rc == SL_OK) {
    rc = guess_columns(d, data, size, last, &h, guesses, err);
  }
  bool values = false;
  bool over = false;
  for (size_t i = 0; rc == SL_OK && i < h.n; i++) {
    struct csv_value v;
    csv_value_read(h.texts[i], &v);
    if (!is_missing(h.texts[i])) {
      enum csv_type below = csv_guess_kind(&guesses[i]).type;
      values = values || is_value(h.texts[i], &v);
      over = over || (v.type == CSV_TEXT && below != CSV_TEXT && below != CSV_NONE);
    }
  }
  *out = rc == SL_OK && (over || (!strict && !values && all_different(&h)));
  free(guesses);
  csv_head_release(&h);
  return rc;
}
