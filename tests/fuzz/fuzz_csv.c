/* fuzz_csv.c - the three readings of CSV text agree on any bytes, cut anywhere; values mean what
 * their parsers say; detection survives everything. The first bytes choose dialect and cuts. */
#include <stdint.h>
#include <stdlib.h>

#include <sluice/source.h>

#include "sources/file/csv_dialect.h"
#include "sources/file/csv_value.h"

static const struct csv_dialect dialects[] = {
  { .delimiter = ",", .delimiter_length = 1, .newline = '\n', .quote = '"' },
  { .delimiter = ",", .delimiter_length = 1, .newline = '\n', .quote = '"', .escape = '\\' },
  { .delimiter = ",", .delimiter_length = 1, .newline = '\n', .quote = '"', .spaces = true },
  { .delimiter = ",", .delimiter_length = 1, .newline = '\n' },
  { .delimiter = ";", .delimiter_length = 1, .newline = '\r', .quote = '\'' },
  { .delimiter = ",,", .delimiter_length = 2, .newline = '\n', .quote = '"' },
  { .newline = '\n', .quote = '"' },
  { .delimiter = " ", .delimiter_length = 1, .newline = '\n', .quote = '"', .escape = ',' },
};

static void check(bool condition) {
  if (!condition) {
    abort();
  }
}

/* The scan, fed up to `cut` and then all, ends records where the plain reading does. */
static void check_scan(const struct csv_dialect *d, const char *data, size_t size, size_t cut) {
  struct csv_scan scan = { 0 };
  struct csv_record r = { 0 };
  size_t at = 0;
  for (int step = 0; step < 2; step++) {
    csv_scan(d, &scan, data, step == 0 ? cut : size);
    while (at < scan.complete) {
      check(csv_record_read(d, data, size, true, at, &r) && r.next > at);
      at = r.next;
    }
    check(at == scan.complete);
  }
}

static bool same_field(struct csv_field a, struct csv_field b) {
  return a.start == b.start && a.end == b.end;
}

static bool good_bytes(const char *text, size_t length) {
  return memchr(text, '\0', length) == NULL && sl_utf8_valid(text, length);
}

/* Rows of the index against the plain reading, `most` at a time. */
static void check_index(const struct csv_dialect *d, const char *data, size_t size, size_t columns,
                        size_t most) {
  struct csv_index index;
  struct csv_field fields[64];
  struct csv_record r = { .fields = fields, .capacity = 64 };
  size_t plain = 0;
  check(csv_index_init(&index, columns, most, NULL) == SL_OK);
  for (size_t at = 0; at < size;) {
    size_t row = 0;
    size_t bad = 0;
    check(csv_index_rows(d, data, size, &at, &index, NULL) == SL_OK);
    for (; plain < at; plain = r.next) {
      check(csv_record_read(d, data, size, true, plain, &r));
      bool empty = r.problem == CSV_GOOD && r.n == columns + 1 &&
                   fields[columns].start == fields[columns].end;
      if (csv_record_blank(&r) && columns != 1) {
        continue;
      }
      if (r.problem == CSV_GOOD && (r.n == columns || empty) &&
          good_bytes(data + plain, r.end - plain)) {
        check(row < index.rows && index.starts[row] == plain);
        for (size_t i = 0; i < columns; i++) {
          check(same_field(index.fields[row * columns + i], fields[i]));
        }
        row++;
      } else {
        check(bad < index.n_bad && index.bad[bad].start == plain && index.bad[bad].end == r.end);
        check(index.bad[bad].row == row);
        bad++;
      }
    }
    check(plain == at && row == index.rows && bad == index.n_bad);
  }
  csv_index_release(&index);
}

/* A parser takes a text only for the type that the text has by itself. */
static void check_value(const char *text, size_t length) {
  struct csv_value v;
  struct csv_guess guess = { 0 };
  int64_t integer;
  int32_t days;
  double real;
  bool boolean;
  csv_value_read((struct sl_text){ text, length }, &v);
  csv_guess_add(&guess, (struct sl_text){ text, length });
  check(csv_guess_kind(&guess).type != CSV_NONE);
  if (csv_parse_bigint(text, length, &integer)) {
    check(v.type == CSV_BIGINT && v.as.integer == integer);
  }
  if (csv_parse_double(text, length, &real)) {
    check(v.type == CSV_DOUBLE || v.type == CSV_BIGINT || v.type == CSV_DECIMAL);
    check(v.type != CSV_DOUBLE || memcmp(&real, &v.as.real, sizeof real) == 0);
  }
  check(!csv_parse_date(text, length, &days) || (v.type == CSV_DATE && v.as.integer == days));
  check(!csv_parse_time(text, length, &integer) || (v.type == CSV_TIME && v.as.integer == integer));
  check(!csv_parse_timestamp(text, length, false, &integer) ||
        (v.type == CSV_TIMESTAMP && v.as.integer == integer));
  check(!csv_parse_timestamp(text, length, true, &integer) ||
        (v.type == CSV_TIMESTAMPTZ && v.as.integer == integer));
  check(!csv_parse_bool(text, length, &boolean) || v.type == CSV_BOOL);
}

static void check_values(const struct csv_dialect *d, const char *data, size_t size) {
  struct csv_field fields[64];
  struct csv_record r = { .fields = fields, .capacity = 64 };
  struct sl_buffer text = { 0 };
  for (size_t at = 0; at < size && csv_record_read(d, data, size, true, at, &r); at = r.next) {
    for (size_t i = 0; r.problem == CSV_GOOD && i < r.n && i < 64; i++) {
      sl_buffer_reset(&text);
      csv_unescape(d, data, fields[i], &text);
      if (text.length > 0) {
        check_value(text.data, text.length);
      }
    }
  }
  sl_buffer_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size) {
  if (size < 3) {
    return 0;
  }
  const struct csv_dialect *d = &dialects[input[0] % (sizeof dialects / sizeof dialects[0])];
  size_t rest = size - 3;
  size_t cut = rest == 0 ? 0 : input[1] * rest / 255;
  char *data = calloc(1, rest + SL_BLOCK_PADDING);
  check(data != NULL);
  memcpy(data, input + 3, rest);
  struct csv_dialect detected;
  struct csv_options options = { 0 };
  sl_status rc = csv_dialect_detect(&options, data, rest, cut % 2 == 0, &detected, NULL);
  check(rc == SL_OK || rc == SL_EDATA);
  check_scan(d, data, rest, cut);
  check_index(d, data, rest, input[2] % 7 + 1, input[2] / 7 % 5 + 1);
  check_values(d, data, rest);
  if (rc == SL_OK) {
    check_scan(&detected, data, rest, cut);
    check_index(&detected, data, rest, detected.columns > 0 ? detected.columns % 60 + 1 : 1, 3);
  }
  free(data);
  return 0;
}
