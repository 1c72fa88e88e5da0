/* test_csv_dialect.c - how a file is written, from its first lines. */
#include "unit/test.h"

#include "csv_text.h"
#include "sources/file/csv_dialect.h"

static const struct {
  const char *label, *text, *want;
} cases[] = {
  { "comma", "id,name\n1,x\n", "delimiter ',', header" },
  { "semicolon", "id;name\n1;x\n", "delimiter ';', header" },
  { "tab", "id\tname\n1\tx, y\n", "delimiter tab, header" },
  { "bar", "id|name\n1|x\n", "delimiter '|', header" },
  { "caret", "id^name\n1^x\n", "delimiter '^', header" },
  { "unit separator", "id\x1Fname\n1\x1Fx\n", "delimiter 0x1f, header" },
  { "decimal commas", "a;b;c\n1,5;2,5;3,5\n", "delimiter ';', header" },
  { "decimal commas without header", "1,5;2,5;3,5\n1,6;2,6;3,6\n", "delimiter ';', no header" },
  { "one semicolon in each row", "a,b,c,d\n1,2,3,x;y\n4,5,6,z;w\n", "delimiter ',', header" },
  { "commas in quotes", "name;n\n\"a,b\";1\n\"c,d\";2\n", "delimiter ';', header" },
  { "delimiters in quotes", "name,n\n\"a;b;c\",1\n\"d;e;f\",2\n", "delimiter ',', header" },
  { "new lines in quotes", "name,n\n\"a\nb\",1\n\"c\n\nd\",2\n", "delimiter ',', header" },
  { "one column", "name\nAnn\nBob\n", "one column, header" },
  { "one column of numbers", "5\n6\n", "one column, no header" },
  { "sentences", "text\nHello, you\nNo comma\nA, b, c\n", "one column, header" },
  { "names with commas", "name\nDoe, John\nRoe, Jane\nPoe, Ann\n", "one column, header" },
  { "ragged", "id,name\n1,a\n2,b\n3,c,d\n4,e\n", "delimiter ',', header" },
  { "rows longer than the header",
    "id,name\n1,a,x\n2,b,x\n3,c,x\n4,e,x\n5,f,y\n6,g,y\n7,h,y\n8,i,y\n9,j,y\n",
    "delimiter ',', header" },
  { "single quotes", "a,b\n1,'x,z'\n2,'y'\n", "delimiter ',', quote ''', header" },
  { "single quotes around all", "a,b\n1,'x'\n2,'y'\n", "delimiter ',', quote ''', header" },
  { "an apostrophe", "a,b\n1,'tis\n2,isn't\n3,x'\n", "delimiter ',', header" },
  { "a word in apostrophes", "a,b\n1,'x'\n2,y\n3,z\n4,w\n", "delimiter ',', header" },
  { "backslashes", "a,b\n1,\"x \\\" y\"\n2,\"z\"\n", "delimiter ',', escape '\\', header" },
  { "backslash before the closing quote", "a,b\n1,\"C:\\\"\n2,\"D:\\\"\n",
    "delimiter ',', header" },
  { "no header", "1,Ann\n2,Bob\n", "delimiter ',', no header" },
  { "words only", "id,name\nx,y\n", "delimiter ',', header" },
  { "words only, not different", "x,x\ny,z\n", "delimiter ',', no header" },
  { "header alone", "id,name\n", "delimiter ',', header" },
  { "one row of values", "1,Ann\n", "delimiter ',', no header" },
  { "empty name over the index", ",a,b\n0,1,2\n1,3,4\n", "delimiter ',', header" },
  { "missing value in the first row", "NA,5\n3,6\n", "delimiter ',', no header" },
  { "years as names", "id,2019,2020\n1,5,6\n", "delimiter ',', header" },
  { "quoted numbers", "\"id\",\"n\"\n\"1\",\"2\"\n", "delimiter ',', header" },
  { "carriage returns", "a,b\r1,x\r2,y\r", "delimiter ',', header" },
  { "blank lines first", "\n\na,b\n1,2\n", "delimiter ',', header" },
  { "empty", "", "one column, no header" },
};

static void detect(const struct csv_options *o, const char *text, const char *label,
                   const char *want) {
  size_t size = strlen(text);
  char *data = padded(text, size);
  struct csv_dialect d;
  struct sl_error err;
  struct sl_buffer out = { 0 };
  CHECK_OK(csv_dialect_detect(o, data, size, true, &d, &err), &err);
  csv_dialect_describe(&d, &out);
  CHECK_STR(label, out.data, want);
  sl_buffer_release(&out);
  free(data);
}

TEST(detected) {
  for (size_t i = 0; i < COUNT(cases); i++) {
    detect(&(struct csv_options){ 0 }, cases[i].text, cases[i].label, cases[i].want);
  }
}

TEST(options_win) {
  detect(&(struct csv_options){ .delimiter = "|" }, "a,b\n1,2\n", "delimiter",
         "delimiter '|', header");
  detect(&(struct csv_options){ .delimiter = "\\t" }, "a\n", "tab", "delimiter tab, header");
  detect(&(struct csv_options){ .delimiter = "none" }, "a,b\n1,2\n", "none", "one column, header");
  detect(&(struct csv_options){ .delimiter = "::" }, "a::b\n1::2\n", "long",
         "delimiter '::', header");
  detect(&(struct csv_options){ .tab = true }, "a,b\n1,2\n", "tsv", "delimiter tab, header");
  detect(&(struct csv_options){ .header = "no" }, "a,b\n1,2\n", "no header",
         "delimiter ',', no header");
  detect(&(struct csv_options){ .header = "yes" }, "1,2\n3,4\n", "header", "delimiter ',', header");
  detect(&(struct csv_options){ .quote = "" }, "a,b\n\"1\",2\n", "no quotes",
         "delimiter ',', no quotes, header");
  detect(&(struct csv_options){ .escape = "\\" }, "a,b\n1,2\n", "escape",
         "delimiter ',', escape '\\', header");
  detect(&(struct csv_options){ .escape = "\"" }, "a,b\n1,2\n", "doubling",
         "delimiter ',', header");
}

TEST(options_that_cannot_be) {
  static const struct csv_options bad[] = {
    { .delimiter = "" },
    { .delimiter = "\n" },
    { .delimiter = "123456789" },
    { .quote = "''" },
    { .quote = "\n" },
    { .escape = "ab" },
    { .delimiter = "\"", .quote = "\"" },
  };
  for (size_t i = 0; i < COUNT(bad); i++) {
    struct sl_error err;
    CHECK_FAILS(csv_options_check(&bad[i], &err), SL_EUSAGE, &err);
  }
}

TEST(a_title_is_no_header) {
  static const char text[] = "Report 2024\nid,name\n1,x\n2,y\n3,z\n";
  char *data = padded(text, sizeof text - 1);
  struct csv_dialect d;
  struct sl_error err;
  struct csv_options o = { 0 };
  CHECK_FAILS(csv_dialect_detect(&o, data, sizeof text - 1, true, &d, &err), SL_EDATA, &err);
  CHECK(strstr(err.message, "--skip-lines") != NULL);
  free(data);
}

/* A sample may end within a record, which says nothing then. */
TEST(cut_samples) {
  static const char text[] = "a,b\n1,2024-01-01\n2,2024-01-02\n3,2024-0";
  char *data = padded(text, sizeof text - 1);
  struct csv_dialect d;
  struct sl_error err;
  struct csv_options o = { 0 };
  CHECK_OK(csv_dialect_detect(&o, data, sizeof text - 1, false, &d, &err), &err);
  CHECK(d.header && d.delimiter[0] == ',');
  free(data);
}
