/* test_normalize.c - documents into batches: shapes, types, variants, order of blocks, rejects. */
#include "unit/comma_locale.h"
#include "unit/normalize/bench.h"

static const struct {
  const char *label, *text, *table, *want;
} shapes[] = {
  { "scalars", "{\"a\":1,\"b\":2.5,\"c\":\"x\",\"d\":true,\"e\":null}", "t",
    "a:bigint b:double c:text d:bool" },
  { "nested objects come after scalars, last first", "{\"o\":{\"p\":1},\"q\":{\"r\":2},\"z\":3}",
    "t", "z:bigint q__r:bigint o__p:bigint" },
  { "list of scalars", "{\"l\":[1,2]}", "t__l", "value:bigint" },
  { "list of lists", "{\"l\":[[1]]}", "t__l__list", "value:bigint" },
  { "timestamp is detected", "{\"a\":\"2024-01-01T00:00:00Z\"}", "t", "a:timestamp" },
  { "date stays text", "{\"a\":\"2024-01-01\"}", "t", "a:text" },
  { "variants", "{\"a\":1}\n{\"a\":\"x\"}\n{\"a\":2.5}", "t",
    "a:bigint a__v_text:text a__v_double:double" },
  { "integral double fits bigint", "{\"a\":1}\n{\"a\":2.0}", "t", "a:bigint" },
  { "beyond 64 bits", "{\"a\":18446744073709551616}", "t", "a:wei" },
  { "more digits than a double", "{\"a\":0.1234567890123456789}", "t", "a:decimal" },
  { "keys of one name", "{\"a-b\":1,\"a_b\":2}", "t", "a_b__5rx3kw:bigint a_b:bigint" },
  { "a scalar as document", "5", "t", "value:bigint" },
};

TEST(shapes_and_types) {
  struct sl_buffer got = { 0 };
  for (size_t i = 0; i < COUNT(shapes); i++) {
    struct bench b;
    struct sl_normalized out = { 0 };
    bench_init(&b, false, -1);
    normalize_one(&b, shapes[i].text, &out);
    shape_of(&b, shapes[i].table, &got);
    if (strstr(shapes[i].want, "__5rx3kw") == NULL) {
      CHECK_STR(shapes[i].label, got.data, shapes[i].want);
    } else { /* the tag is a hash: only its place matters */
      CHECK_CASE(shapes[i].label,
                 strncmp(got.data, "a_b", 3) == 0 && strstr(got.data, "a_b__") != NULL);
    }
    sl_normalized_release(&out);
    bench_release(&b);
  }
  sl_buffer_release(&got);
}

TEST(numbers_do_not_follow_the_locale) {
  struct bench b;
  struct sl_normalized out = { 0 };
  bench_init(&b, false, -1);
  if (comma_locale_set()) {
    normalize_one(&b, "{\"a\":2.5}", &out);
    comma_locale_unset();
    CHECK_DOUBLE("a", ((const double *)out.batches[0].array.children[0]->buffers[1])[0], 2.5);
  }
  sl_normalized_release(&out);
  bench_release(&b);
}

TEST(nesting_limit_keeps_json) {
  struct bench b;
  struct sl_buffer got = { 0 };
  struct sl_normalized out = { 0 };
  bench_init(&b, false, 1);
  normalize_one(&b, "{\"o\":{\"p\":{\"q\":1}},\"l\":[{\"m\":[1]}]}", &out);
  shape_of(&b, "t", &got);
  CHECK_STR("root", got.data, "o__p:json");
  shape_of(&b, "t__l", &got);
  CHECK_STR("child", got.data, "m:json");
  sl_buffer_release(&got);
  sl_normalized_release(&out);
  bench_release(&b);
}

/* Two workers; the second block is normalized first, but the first one decides. */
TEST(blocks_out_of_order_give_what_one_run_gives) {
  struct bench b;
  struct sl_error err;
  struct sl_buffer got = { 0 };
  struct sl_normalize_worker *w[2];
  struct sl_normalized out[2] = { { 0 }, { 0 } };
  struct sl_block blocks[2] = { block_of("{\"a\":1}\n"),
                                block_of("{\"a\":2.5,\"b\":1}\n{\"a\":3}\n") };
  bench_init(&b, false, -1);
  for (size_t i = 2; i-- > 0;) {
    CHECK_OK(sl_normalize_worker_new(&w[i], b.normalizer, &err), &err);
    CHECK_OK(sl_normalize_block(w[i], &blocks[i], (int64_t)i, &out[i], &err), &err);
  }
  for (size_t i = 0; i < 2; i++) {
    CHECK_OK(sl_normalize_commit(w[i], &blocks[i], (int64_t)i, 1, &out[i], &err), &err);
  }
  shape_of(&b, "t", &got);
  CHECK_STR("columns", got.data, "a:bigint a__v_double:double b:bigint");
  CHECK_INT("rows of the second block", out[1].batches[0].array.length, 2);
  for (size_t i = 0; i < 2; i++) {
    sl_normalized_release(&out[i]);
    sl_normalize_worker_free(w[i]);
    free(blocks[i].data);
  }
  sl_buffer_release(&got);
  bench_release(&b);
}

TEST(bad_rows_are_set_aside_with_their_place) {
  struct bench b;
  struct sl_normalized out = { 0 };
  bench_init(&b, true, -1);
  normalize_one(&b, "{\"a\":1}\n\n{\"a\":\n{\"a\":2,\"k\":[1]}\n", &out);
  CHECK_INT("documents", out.documents, 3);
  CHECK_INT("rejects", out.n_rejects, 1);
  CHECK_INT("line", out.rejects[0].line, 3);
  CHECK_INT("byte", out.rejects[0].byte_offset, 9);
  CHECK_INT("rows", out.rows, 3);
  sl_normalized_release(&out);
  bench_release(&b);
}

TEST(a_required_column_rejects_rows_without_it) {
  struct bench b;
  struct sl_error err;
  struct sl_column *column;
  struct sl_normalized out = { 0 };
  bench_init(&b, true, -1);
  CHECK_OK(sl_table_add_column(b.root, "id", &column, &err), &err);
  column->nullable = false;
  normalize_one(&b, "{\"id\":1}\n{\"x\":1,\"k\":[1]}\n{\"id\":2}\n", &out);
  CHECK_INT("rejects", out.n_rejects, 1);
  CHECK_CASE("says which", strstr(out.rejects[0].reason, "column id") != NULL);
  CHECK_INT("no table of the rejected row", out.n_batches, 1);
  sl_normalized_release(&out);
  bench_release(&b);
}
