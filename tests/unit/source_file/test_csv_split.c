/* test_csv_split.c - records and fields, by the plain reading, the fast one and the scan. */
#include "unit/test.h"

#include "csv_text.h"

#define COMMA .delimiter = ",", .delimiter_length = 1, .newline = '\n'
static const struct csv_dialect plain = { COMMA, .quote = '"' };
static const struct csv_dialect backslash = { COMMA, .quote = '"', .escape = '\\' };
static const struct csv_dialect blanks = { COMMA, .quote = '"', .spaces = true };
static const struct csv_dialect no_quotes = { COMMA };
static const struct csv_dialect old_mac = {
  .delimiter = ";", .delimiter_length = 1, .newline = '\r', .quote = '"'
};
static const struct csv_dialect bars = {
  .delimiter = "||", .delimiter_length = 2, .newline = '\n', .quote = '"'
};
static const struct csv_dialect lines = { .newline = '\n', .quote = '"' };

static const struct {
  const char *label;
  const struct csv_dialect *dialect;
  const char *text, *want;
} cases[] = {
  { "plain", &plain, "a,b\n1,2\n", "a|b / 1|2" },
  { "no newline at the end", &plain, "a,b\n1,2", "a|b / 1|2" },
  { "carriage returns", &plain, "a,b\r\n1,2\r\n3,4\r", "a|b / 1|2 / 3|4" },
  { "carriage return within", &plain, "a\rb,c\r\r\n", "a\rb|c\r" },
  { "empty fields", &plain, ",\n,,\n\"\",\n", "| / || / <>|" },
  { "blank lines", &plain, "\n\na\n", " /  / a" },
  { "quoted", &plain, "\"a,b\",\"c\nd\"\n\"\",x\n", "<a,b>|<c\nd> / <>|x" },
  { "doubled quotes", &plain, "\"a\"\"b\",\"\"\"\"\n", "<a\"b>|<\">" },
  { "quoted then end", &plain, "1,\"x\"", "1|<x>" },
  { "quoted then return", &plain, "1,\"x\"\r\n\"y\"\r", "1|<x> / <y>" },
  { "quote within", &plain, "5\" pipe,z\"q\"\n", "5\" pipe|z\"q\"" },
  { "blank before a quote", &plain, "1, \"x\"\n", "1| \"x\"" },
  { "text after a quote", &plain, "1,\"x\"y\n2,z\n", "{1,\"x\"y} / 2|z" },
  { "text after a quote of two lines", &plain, "1,\"x\ny\"z\n2,w\n", "{1,\"x} / y\"z / 2|w" },
  { "unclosed", &plain, "1,\"x\n2,y\n3,z\n", "{1,\"x} / 2|y / 3|z" },
  { "unclosed at the end", &plain, "1,2\n3,\"x", "1|2 / {3,\"x}" },
  { "unclosed, then good quotes", &plain, "1,\"x\n\"y\",2\n\"z\",3\n", "{1,\"x} / <y>|2 / <z>|3" },
  { "return after a quote is text", &plain, "\"x\"\ry\n1\n", "{\"x\"\ry} / 1" },
  { "backslashes", &backslash, "\"a\\\"b\",\"c\\\\\",d\\\n", "<a\"b>|<c\\>|d\\" },
  { "backslash before other letters", &backslash, "\"C:\\new\",\"x\"\"y\"\n", "<C:\\new>|<x\"y>" },
  { "backslash at the end", &backslash, "\"a\\", "{\"a\\}" },
  { "blanks around quotes", &blanks, "1, \"x, y\" , z\n  \"q\"\n", "1|<x, y>| z / <q>" },
  { "blanks, not quoted", &blanks, " a , b \"c\" \n", " a | b \"c\" " },
  { "no quotes", &no_quotes, "\"a,b\"\n", "\"a|b\"" },
  { "carriage returns alone", &old_mac, "a;b\r\"x\ny\";\"z\rw\"\r1;2",
    "a|b / <x\ny>|<z\rw> / 1|2" },
  { "long delimiter", &bars, "a||\"b||c\"||d|e\nx|||\"y\"\n", "a|<b||c>|d|e / x||\"y\"" },
  { "no delimiter", &lines, "a,b;c\n\"d\ne\"\n", "a,b;c / <d\ne>" },
  { "window borders", &plain,
    "0123456789012345678901234567890123456789012345678901234567890,\"x\"\"\",\"y\"\n1,2,3\n",
    "0123456789012345678901234567890123456789012345678901234567890|<x\">|<y> / 1|2|3" },
};

TEST(records_by_the_plain_reading) {
  for (size_t i = 0; i < COUNT(cases); i++) {
    size_t size = strlen(cases[i].text);
    char *data = padded(cases[i].text, size);
    struct sl_buffer out = { 0 };
    show_records(cases[i].dialect, data, size, &out);
    CHECK_STR(cases[i].label, out.data, cases[i].want);
    sl_buffer_release(&out);
    free(data);
  }
}

/* A cut text is incomplete or gives the same first record as the whole. */
TEST(incomplete_records_are_seen) {
  for (size_t i = 0; i < COUNT(cases); i++) {
    size_t size = strlen(cases[i].text);
    char *data = padded(cases[i].text, size);
    struct csv_record whole = { 0 };
    csv_record_read(cases[i].dialect, data, size, true, 0, &whole);
    for (size_t cut = 1; cut < size; cut++) {
      struct csv_record r = { 0 };
      if (csv_record_read(cases[i].dialect, data, cut, false, 0, &r)) {
        CHECK_INT(cases[i].label, r.next, whole.next);
        CHECK_INT(cases[i].label, r.n, whole.n);
        CHECK_INT(cases[i].label, r.problem, whole.problem);
      }
    }
    free(data);
  }
}

/* However the text comes in, the scan's record ends are record ends of the plain reading. */
TEST(scan_finds_the_same_ends) {
  for (size_t i = 0; i < COUNT(cases); i++) {
    size_t size = strlen(cases[i].text);
    char *data = padded(cases[i].text, size);
    for (size_t step = 1; step <= size; step++) {
      struct csv_scan scan = { 0 };
      size_t at = 0;
      for (size_t to = step; to - step < size; to += step) {
        csv_scan(cases[i].dialect, &scan, data, to < size ? to : size);
        struct csv_record r = { 0 };
        while (at < scan.complete) {
          csv_record_read(cases[i].dialect, data, size, true, at, &r);
          at = r.next;
        }
        CHECK_INT(cases[i].label, scan.complete, at);
      }
    }
    free(data);
  }
}

static void show_index(const struct csv_dialect *d, const char *data, size_t size, size_t columns,
                       size_t most_rows, struct sl_buffer *out) {
  struct csv_index index;
  struct sl_error err;
  CHECK_OK(csv_index_init(&index, columns, most_rows, &err), &err);
  for (size_t at = 0; at < size;) {
    CHECK_OK(csv_index_rows(d, data, size, &at, &index, &err), &err);
    size_t bad = 0;
    for (size_t row = 0; row <= index.rows; row++) {
      for (; bad < index.n_bad && index.bad[bad].row == row; bad++) {
        struct csv_bad b = index.bad[bad];
        sl_buffer_printf(out, "%s{%d %.*s}", out->length == 0 ? "" : " / ", (int)b.problem,
                         (int)(b.end - b.start), data + b.start);
      }
      if (row < index.rows) {
        sl_buffer_text(out, out->length == 0 ? "" : " / ");
        show_fields(d, data, index.fields + row * columns, columns, out);
      }
    }
  }
  csv_index_release(&index);
}

static const struct {
  const char *label;
  const struct csv_dialect *dialect;
  size_t columns;
  const char *text, *want; /* problems: 1 quotes, 2 count, 3 bytes */
} rows[] = {
  { "plain", &plain, 2, "a,b\r\n1,2\n3,4", "a|b / 1|2 / 3|4" },
  { "too few, too many", &plain, 2, "1,2\n3\n4,5,6\n7,8\n", "1|2 / {2 3} / {2 4,5,6} / 7|8" },
  { "one empty field too many", &plain, 2, "1,2,\n3,4,\"\"\n5,6,,\n",
    "1|2 / {2 3,4,\"\"} / {2 5,6,,}" },
  { "blank lines are no rows", &plain, 2, "\n1,2\n\r\n\n3,4\n\n", "1|2 / 3|4" },
  { "except in one column", &plain, 1, "1\n\n2\n", "1 /  / 2" },
  { "quotes", &plain, 2, "\"a\nb\",\"c\"\"d\"\n\"x\"y,1\n2,3\n",
    "<a\nb>|<c\"d> / {1 \"x\"y,1} / 2|3" },
  { "unclosed", &plain, 2, "1,2\n\"3,4\n5,6\n", "1|2 / {1 \"3,4} / 5|6" },
  { "bytes that are no UTF-8", &plain, 2, "\xC3\xA4,1\n\xFF,2\n3,\xE2\x82\n\xE2\x82\xAC,4\n",
    "\xC3\xA4|1 / {3 \xFF,2} / {3 3,\xE2\x82} / \xE2\x82\xAC|4" },
  { "quoted last field over the window", &plain, 2,
    "1,\"0123456789012345678901234567890123456789012345678901234567890123456789\xC3\xA4\"\n2,3\n",
    "1|<0123456789012345678901234567890123456789012345678901234567890123456789\xC3\xA4> / 2|3" },
  { "bad byte far from the end of its row", &plain, 2,
    "\xFF,01234567890123456789012345678901234567890123456789012345678901234567890123456789\n2,3\n",
    "{3 \xFF,01234567890123456789012345678901234567890123456789012345678901234567890123456789} / "
    "2|3" },
  { "long delimiter", &bars, 3, "a||b|c||d\n||||\n", "a|b|c|d / ||" },
};

TEST(rows_by_the_index) {
  for (size_t i = 0; i < COUNT(rows); i++) {
    size_t size = strlen(rows[i].text);
    char *data = padded(rows[i].text, size);
    for (size_t most = 1; most <= 4; most++) {
      struct sl_buffer out = { 0 };
      show_index(rows[i].dialect, data, size, rows[i].columns, most, &out);
      CHECK_STR(rows[i].label, out.data, rows[i].want);
      sl_buffer_release(&out);
    }
    free(data);
  }
}

TEST(nul_bytes_make_a_bad_row) {
  static const char text[] = "1,a\0b\n2,c\n";
  char *data = padded(text, sizeof text - 1);
  struct csv_index index;
  struct sl_error err;
  size_t at = 0;
  CHECK_OK(csv_index_init(&index, 2, 10, &err), &err);
  CHECK_OK(csv_index_rows(&plain, data, sizeof text - 1, &at, &index, &err), &err);
  CHECK_INT("rows", index.rows, 1);
  CHECK_INT("bad rows", index.n_bad, 1);
  CHECK_INT("problem", index.bad[0].problem, CSV_BAD_BYTES);
  csv_index_release(&index);
  free(data);
}
