/* test_typed.c - typed JSON: marked strings become exact values of their types. */
#include "column/read.h"
#include "unit/normalize/bench.h"

#define DECIMAL   "\xEF\x80\xA6"
#define TIMESTAMP "\xEF\x80\xA7"
#define DATE      "\xEF\x80\xA8"
#define UUID      "\xEF\x80\xA9"
#define HEX       "\xEF\x80\xAA"
#define BASE64    "\xEF\x80\xAB"
#define WEI       "\xEF\x80\xAC"
#define TIME      "\xEF\x80\xAD"
#define TEXT      "\xEF\x80\xAE"

/* "name=value name=value" of a row of the first batch, without _dlt columns. */
static void row_of(const struct sl_normalized *n, int64_t row, struct sl_buffer *out) {
  const struct sl_batch *b = &n->batches[0];
  sl_buffer_reset(out);
  sl_buffer_append(out, "", 0);
  for (int64_t i = 0; i < b->schema.n_children; i++) {
    const char *name = b->schema.children[i]->name;
    if (strncmp(name, "_dlt", 4) != 0 && !sl_array_is_null(b->array.children[i], row)) {
      sl_buffer_printf(out, "%s%s=", out->length > 0 ? " " : "", name);
      sl_array_print(b->schema.children[i], b->array.children[i], row, out);
    }
  }
}

static const struct {
  const char *label, *text, *shape, *last_row;
} cases[] = {
  { "decimal", "{\"a\":\"" DECIMAL "12.50\"}", "a:decimal", "a=12.500000000" },
  { "decimal of 38 digits", "{\"a\":\"" DECIMAL "-99999999999999999999999999999999999999\"}",
    "a:decimal", "a=-99999999999999999999999999999999999999" },
  { "a decimal column grows", "{\"a\":\"" DECIMAL "1.5\"}\n{\"a\":\"" DECIMAL "0.123456789012\"}",
    "a:decimal", "a=0.123456789012" },
  { "what grows keeps its values",
    "{\"a\":\"" DECIMAL "0.123456789012\"}\n{\"a\":\"" DECIMAL "7E+25\"}\n{\"a\":\"" DECIMAL
    "-1.5\"}",
    "a:decimal", "a=-1.500000000000" },
  { "no room for all digits", "{\"a\":\"" DECIMAL "1E+37\"}\n{\"a\":\"" DECIMAL "1E-37\"}",
    "a:decimal a__v_decimal:decimal", "a__v_decimal=0.0000000000000000000000000000000000001" },
  { "no room in the variant either",
    "{\"a\":\"" DECIMAL "1E+37\"}\n{\"a\":\"" DECIMAL "1E-37\"}\n{\"a\":\"" DECIMAL
    "12345678901.5\"}",
    "a:decimal a__v_decimal:decimal a__v_text:text", "a__v_text=12345678901.5" },
  { "NaN is no decimal of ours", "{\"a\":\"" DECIMAL "NaN\"}\n{\"a\":\"" DECIMAL "1\"}",
    "a:decimal a__v_text:text", "a=1.000000000" },
  { "NaN fits a double", "{\"a\":1.5}\n{\"a\":\"" DECIMAL "NaN\"}", "a:double", "a=nan" },
  { "infinity fits a double", "{\"a\":1.5}\n{\"a\":\"" DECIMAL "-Infinity\"}", "a:double",
    "a=-inf" },
  { "huge fits no double", "{\"a\":1.5}\n{\"a\":\"" DECIMAL "1E+400\"}", "a:double a__v_text:text",
    "a__v_text=1E+400" },
  { "decimal into text", "{\"a\":\"x\"}\n{\"a\":\"" DECIMAL "1.50\"}", "a:text", "a=1.50" },
  { "timestamp", "{\"a\":\"" TIMESTAMP "2024-01-02T03:04:05.678000+00:00\"}", "a:timestamp",
    "a=2024-01-02T03:04:05.678000+00:00" },
  { "naive timestamp", "{\"a\":\"" TIMESTAMP "2024-01-02T03:04:05\"}", "a:timestamp",
    "a=2024-01-02T03:04:05+00:00" },
  { "microseconds", "{\"a\":\"" TIMESTAMP "@-1\"}", "a:timestamp",
    "a=1969-12-31T23:59:59.999999+00:00" },
  { "timestamp out of range", "{\"a\":\"" TIMESTAMP "+292278994-08-17T07:12:55.807Z\"}",
    "a__v_text:text", "a__v_text=+292278994-08-17T07:12:55.807Z" },
  { "timestamp into text", "{\"a\":\"x\"}\n{\"a\":\"" TIMESTAMP "2024-01-02T03:04:05+00:00\"}",
    "a:text", "a=2024-01-02T03:04:05+00:00" },
  { "date", "{\"a\":\"" DATE "2024-01-02\"}", "a:date", "a=2024-01-02" },
  { "time", "{\"a\":\"" TIME "03:04:05.5\"}", "a:time", "a=03:04:05.500000" },
  { "uuid", "{\"a\":\"" UUID "01234567-89ab-cdef-0123-456789abcdef\"}", "a:text",
    "a=01234567-89ab-cdef-0123-456789abcdef" },
  { "hex", "{\"a\":\"" HEX "0x0a0B\"}\n{\"a\":\"" HEX "6869\"}", "a:binary", "a=aGk=" },
  { "base64", "{\"a\":\"" BASE64 "aGk=\"}", "a:binary", "a=aGk=" },
  { "bad base64", "{\"a\":\"" BASE64 "a\"}", "a__v_text:text", "a__v_text=a" },
  { "wei", "{\"a\":\"" WEI "170141183460469231731687303715884105\"}", "a:wei",
    "a=170141183460469231731687303715884105" },
  { "too large a wei", "{\"a\":\"" WEI "123456789012345678901234567890123456789012\"}",
    "a__v_text:text", "a__v_text=123456789012345678901234567890123456789012" },
  { "text that begins with a mark", "{\"a\":\"" TEXT DECIMAL "1\"}", "a:text", "a=" DECIMAL "1" },
  { "a mark alone", "{\"a\":\"" DECIMAL "\"}", "a:text", "a=" DECIMAL },
  { "doubles", "{\"a\":3.0,\"b\":0.12345678901234567,\"c\":1e300}", "a:double b:double c:double",
    "a=3.0 b=0.12345678901234566 c=1e+300" },
  { "named doubles", "{\"a\":NaN,\"b\":Infinity,\"c\":-Infinity}", "a:double b:double c:double",
    "a=nan b=inf c=-inf" },
  { "integers", "{\"a\":-9223372036854775808}", "a:bigint", "a=-9223372036854775808" },
};

static struct sl_block typed_block(const char *text) {
  struct sl_block block = block_of(text);
  block.typed = true;
  return block;
}

TEST(marked_strings_are_values) {
  struct sl_buffer got = { 0 };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct bench b;
    struct sl_normalized out = { 0 };
    bench_init(&b, false, -1);
    normalize_block(&b, typed_block(cases[i].text), &out);
    shape_of(&b, "t", &got);
    CHECK_STR(cases[i].label, got.data, cases[i].shape);
    row_of(&out, out.batches[0].array.length - 1, &got);
    CHECK_STR(cases[i].label, got.data, cases[i].last_row);
    sl_normalized_release(&out);
    bench_release(&b);
  }
  sl_buffer_release(&got);
}

TEST(without_the_flag_a_mark_is_a_character) {
  struct bench b;
  struct sl_buffer got = { 0 };
  struct sl_normalized out = { 0 };
  bench_init(&b, false, -1);
  normalize_one(&b, "{\"a\":\"" DECIMAL "1\"}", &out);
  row_of(&out, 0, &got);
  CHECK_STR("text", got.data, "a=" DECIMAL "1");
  sl_normalized_release(&out);
  sl_buffer_release(&got);
  bench_release(&b);
}

TEST(json_columns_have_no_marks) {
  struct bench b;
  struct sl_buffer got = { 0 };
  struct sl_normalized out = { 0 };
  bench_init(&b, false, 0);
  normalize_block(&b,
                  typed_block("{\"o\":{\"d\":\"" DECIMAL "1.50\",\"l\":[\"" DATE
                              "2024-01-02\",NaN,1.0,\"" TEXT DECIMAL "x\"]}}"),
                  &out);
  row_of(&out, 0, &got);
  CHECK_STR("json", got.data,
            "o={\"d\":\"1.50\",\"l\":[\"2024-01-02\",\"NaN\",1.0,\"" DECIMAL "x\"]}");
  sl_normalized_release(&out);
  sl_buffer_release(&got);
  bench_release(&b);
}

TEST(rejected_rows_are_shown_without_marks) {
  struct bench b;
  struct sl_error err;
  struct sl_column *column;
  struct sl_normalized out = { 0 };
  bench_init(&b, true, -1);
  CHECK_OK(sl_table_add_column(b.root, "id", &column, &err), &err);
  column->nullable = false;
  normalize_block(&b, typed_block("{\"a\":\"" DECIMAL "1.5\"}"), &out);
  CHECK_INT("rejects", out.n_rejects, 1);
  CHECK_INT("length", out.rejects[0].raw_length, 11);
  CHECK_CASE("raw", memcmp(out.rejects[0].raw, "{\"a\":\"1.5\"}", 11) == 0);
  sl_normalized_release(&out);
  bench_release(&b);
}

TEST(a_contract_on_types_keeps_decimals_from_growing) {
  struct bench b;
  struct sl_normalized out = { 0 };
  struct sl_contract contract = { .data_type = SL_DISCARD_VALUE };
  bench_init(&b, false, -1);
  sl_normalizer_free(b.normalizer);
  b.options.contract = &contract;
  struct sl_error err;
  CHECK_OK(sl_normalizer_new(&b.normalizer, b.schema, &b.options, &err), &err);
  normalize_one(&b, "{\"a\":1}", &out); /* the table is known from here on */
  sl_normalized_release(&out);
  normalize_block(&b, typed_block("{\"d\":\"" DECIMAL "1.5\"}\n{\"d\":\"" DECIMAL "1E-12\"}"),
                  &out);
  CHECK_INT("discarded", out.discarded_values, 1);
  sl_normalized_release(&out);
  bench_release(&b);
}
