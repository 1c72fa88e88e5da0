/* test_builder.c - builders against a plain model: values, gaps, cuts. */
#include "unit/test.h"

#include "column/batch.h"
#include "column/read.h"

TEST(gaps_become_nulls_and_cuts_take_back) {
  struct sl_builder b = { .layout = SL_LAYOUT_INT64 };
  struct sl_error err;
  struct ArrowArray array;
  CHECK_OK(sl_builder_append_int64(&b, 7, &err), &err);
  CHECK_OK(sl_builder_pad(&b, 300, &err), &err);
  CHECK_OK(sl_builder_append_int64(&b, 8, &err), &err);
  CHECK_OK(sl_builder_append_int64(&b, 9, &err), &err);
  sl_builder_truncate(&b, 301);
  CHECK_OK(sl_builder_finish(&b, 310, &array, &err), &err);
  CHECK_INT("rows", array.length, 310);
  CHECK_INT("nulls", array.null_count, 308);
  CHECK(!sl_array_is_null(&array, 0) && sl_array_is_null(&array, 1) &&
        !sl_array_is_null(&array, 300));
  CHECK_INT("value", ((const int64_t *)array.buffers[1])[300], 8);
  array.release(&array);
}

TEST(texts_keep_their_bytes) {
  struct sl_builder b = { .layout = SL_LAYOUT_BYTES };
  struct sl_error err;
  struct ArrowArray array;
  struct ArrowSchema schema;
  struct sl_field field = { .name = "t", .format = "u", .nullable = true };
  CHECK_OK(sl_builder_append_bytes(&b, "", 0, &err), &err);
  CHECK_OK(sl_builder_append_bytes(&b, "a\0b", 3, &err), &err);
  CHECK_OK(sl_builder_append_bytes(&b, "gone", 4, &err), &err);
  sl_builder_pop(&b);
  CHECK_OK(sl_builder_append_bytes(&b, "stays", 5, &err), &err);
  CHECK_OK(sl_builder_finish(&b, 4, &array, &err), &err);
  CHECK_OK(sl_schema_struct(&schema, &field, 1, &err), &err);
  struct sl_text got = sl_array_read(schema.children[0], &array, 1).as.text;
  CHECK_MEM("with NUL", got.data, got.length, "a\0b", 3);
  got = sl_array_read(schema.children[0], &array, 2).as.text;
  CHECK_MEM("after a pop", got.data, got.length, "stays", 5);
  CHECK_INT("null", sl_array_read(schema.children[0], &array, 3).kind, SL_READ_NULL);
  schema.release(&schema);
  array.release(&array);
}

TEST(bits_and_decimals) {
  struct sl_builder bits = { .layout = SL_LAYOUT_BOOL };
  struct sl_builder decimals = { .layout = SL_LAYOUT_DECIMAL };
  struct sl_error err;
  struct ArrowArray a;
  struct ArrowArray d;
  for (int i = 0; i < 200; i++) {
    CHECK_OK(sl_builder_append_bool(&bits, i % 3 == 0, &err), &err);
    CHECK_OK(sl_builder_append_decimal(&decimals, -i, &err), &err);
  }
  CHECK_OK(sl_builder_finish(&bits, 200, &a, &err), &err);
  CHECK_OK(sl_builder_finish(&decimals, 200, &d, &err), &err);
  struct ArrowSchema b_schema = { .format = "b" };
  struct ArrowSchema d_schema = { .format = "d:38,2" };
  for (int i = 0; i < 200; i++) {
    CHECK(sl_array_read(&b_schema, &a, i).as.boolean == (i % 3 == 0));
    CHECK(sl_array_read(&d_schema, &d, i).as.decimal.coefficient == -i);
  }
  a.release(&a);
  d.release(&d);
}

TEST(json_columns_are_marked) {
  static const struct sl_field fields[] = { { "t", "u", true }, { "j", "u", true } };
  static const struct { /* {"a": "b", "ARROW:extension:name": "arrow.json"}, as others write it */
    int32_t pairs, key1;
    char a[1], value1[4], b[1], key2[4];
    char name[20], value2[4], json[10];
  } __attribute__((packed)) foreign = { 2,
                                        1,
                                        { 'a' },
                                        { 1, 0, 0, 0 },
                                        { 'b' },
                                        { 20, 0, 0, 0 },
                                        "ARROW:extension:name",
                                        { 10, 0, 0, 0 },
                                        "arrow.json" };
  struct sl_error err;
  struct ArrowSchema schema;
  if (!CHECK_OK(sl_schema_struct(&schema, fields, 2, &err), &err)) return;
  sl_schema_mark_json(schema.children[1]);
  CHECK(!sl_schema_is_json(schema.children[0]));
  CHECK(sl_schema_is_json(schema.children[1]));
  schema.release(&schema);
  struct ArrowSchema other = { .format = "u", .metadata = (const char *)&foreign };
  CHECK(sl_schema_is_json(&other));
}

/* Values at every distance from each other, so that runs of nulls begin and end at every bit. */
TEST(gaps_of_every_width) {
  struct sl_error err;
  for (int64_t gap = 1; gap < 40; gap++) {
    struct sl_builder b = { .layout = SL_LAYOUT_BOOL };
    struct ArrowArray array;
    for (int64_t row = gap % 9; row < 400; row += gap) {
      CHECK_OK(sl_builder_pad(&b, row, &err), &err);
      CHECK_OK(sl_builder_append_bool(&b, row % 3 == 0, &err), &err);
    }
    CHECK_OK(sl_builder_finish(&b, 410, &array, &err), &err);
    const uint8_t *valid = array.buffers[0];
    const uint8_t *values = array.buffers[1];
    int64_t wrong = 0;
    for (int64_t row = 0; row < 410; row++) {
      bool is_value = row >= gap % 9 && row < 400 && (row - gap % 9) % gap == 0;
      wrong += (valid[row >> 3] >> (row & 7) & 1) != is_value;
      wrong += (values[row >> 3] >> (row & 7) & 1) != (is_value && row % 3 == 0);
    }
    CHECK_INT("bits", wrong, 0);
    array.release(&array);
  }
}

TEST(next_batch_begins_with_the_memory_of_the_last) {
  struct sl_error err;
  struct sl_builder b = { .layout = SL_LAYOUT_BYTES };
  struct ArrowArray array;
  for (int64_t row = 0; row < 1000; row++) {
    CHECK_OK(sl_builder_append_bytes(&b, "some text", 9, &err), &err);
  }
  CHECK_OK(sl_builder_finish(&b, 1000, &array, &err), &err);
  array.release(&array);
  CHECK_INT("capacity", b.capacity, 0);
  CHECK_OK(sl_builder_append_bytes(&b, "x", 1, &err), &err);
  CHECK(b.capacity >= 1000 && b.capacity < 2000);
  CHECK(b.bytes_capacity >= 9000 && b.bytes_capacity < 18000);
  sl_builder_release(&b);
}
