/* test_rows.c - rows of blocks: left out, and hashed as dlt hashes them. The hashes are those of
 * dlt 1.31 (dlt.extract.utils.digest_dedup_value). */
#include "database/window.h"

#include "base/time.h"
#include "unit/database/blocks.h"

static void add_text(struct sl_db_batch *b, size_t column, const char *text) {
  struct sl_error err;
  CHECK_OK(sl_builder_append_bytes(sl_db_batch_builder(b, column), text, strlen(text), &err), &err);
}

static const struct sl_db_settings settings = { .special_values = "variant" };

/* One row of every kind of value. */
static void make_block(struct sl_block *block, struct sl_db_table *table) {
  struct sl_error err;
  struct sl_db_batch *b;
  make_table(table, "n:d:10,2;t:tsu:,day:tdD,clock:ttu,bytes:z");
  CHECK_OK(sl_db_batch_new(&b, table, &settings, &err), &err);
  CHECK_OK(sl_builder_append_decimal(sl_db_batch_builder(b, 0), 1250, &err), &err);
  CHECK_OK(sl_builder_append_int64(sl_db_batch_builder(b, 1), INT64_C(1717150830123456), &err),
           &err);
  CHECK_OK(sl_builder_append_int32(sl_db_batch_builder(b, 2), 19874, &err), &err);
  CHECK_OK(sl_builder_append_int64(sl_db_batch_builder(b, 3), 37230 * SL_MICROS_PER_SECOND, &err),
           &err);
  CHECK_OK(sl_builder_append_bytes(sl_db_batch_builder(b, 4), "\0\xff", 2, &err), &err);
  CHECK_OK(sl_db_batch_end_row(b, &err), &err);
  CHECK_OK(sl_db_batch_finish(b, 0, block, &err), &err);
  sl_db_batch_free(b);
}

static void check_hash(const char *label, const struct sl_block *block, char **key, size_t n_key,
                       bool alone, const char *want) {
  struct sl_error err;
  struct sl_db_hash hash[4];
  CHECK_OK(sl_db_block_hash(block, key, n_key, alone, hash, &err), &err);
  CHECK_STR(label, hash[0].text, want);
}

TEST(rows_hash_as_in_dlt) {
  struct sl_db_table table;
  struct sl_block block;
  make_block(&block, &table);
  check_hash("decimal, timestamp, date, time, bytes", &block, NULL, 0, false, "uy9yoTWo/gd4");
  block.release(&block);
  sl_db_table_release(&table);
}

TEST(whole_rows_are_sorted_by_name) {
  struct sl_db_table table;
  struct sl_block block;
  struct sl_error err;
  struct sl_db_batch *b;
  make_table(&table, "b:l,a:u,c:u,d:g,e:b");
  CHECK_OK(sl_db_batch_new(&b, &table, &settings, &err), &err);
  CHECK_OK(sl_builder_append_int64(sl_db_batch_builder(b, 0), 1, &err), &err);
  add_text(b, 1, "x");
  CHECK_OK(sl_builder_append_double(sl_db_batch_builder(b, 3), 1.5, &err), &err);
  CHECK_OK(sl_builder_append_bool(sl_db_batch_builder(b, 4), true, &err), &err);
  CHECK_OK(sl_db_batch_end_row(b, &err), &err);
  CHECK_OK(sl_db_batch_finish(b, 0, &block, &err), &err);
  check_hash("a row", &block, NULL, 0, false, "7IESMB6AT6XL");
  block.release(&block);
  sl_db_batch_free(b);
  sl_db_table_release(&table);
}

TEST(keys_hash_as_lists_or_alone) {
  static char id[] = "id";
  static char first[] = "first";
  static char second[] = "second";
  char *one[] = { id };
  char *two[] = { first, second };
  struct sl_db_table table;
  struct sl_block block;
  struct sl_error err;
  struct sl_db_batch *b;
  make_table(&table, "second:u,id:l,first:u");
  CHECK_OK(sl_db_batch_new(&b, &table, &settings, &err), &err);
  add_text(b, 0, "ü\n\"");
  CHECK_OK(sl_builder_append_int64(sl_db_batch_builder(b, 1), 5, &err), &err);
  add_text(b, 2, "a");
  CHECK_OK(sl_db_batch_end_row(b, &err), &err);
  CHECK_OK(sl_db_batch_finish(b, 0, &block, &err), &err);
  check_hash("a list of one", &block, one, 1, false, "mSlPEiqP9O6/");
  check_hash("alone", &block, one, 1, true, "tIXXf9wiHssy");
  check_hash("in the key's order", &block, two, 2, true, "KA4P/Rj33rIk");
  block.release(&block);
  sl_db_batch_free(b);
  sl_db_table_release(&table);
}

TEST(json_columns_hash_by_their_values) {
  struct sl_db_table table;
  struct sl_block block;
  struct sl_error err;
  struct sl_db_batch *b;
  make_table(&table, "j:json");
  CHECK_OK(sl_db_batch_new(&b, &table, &settings, &err), &err);
  add_text(b, 0, "{ \"z\": [1, 2], \"a\": null }");
  CHECK_OK(sl_db_batch_end_row(b, &err), &err);
  CHECK_OK(sl_db_batch_finish(b, 0, &block, &err), &err);
  check_hash("sorted, without blanks", &block, NULL, 0, false, "s+JIw01YuJw3");
  block.release(&block);
  sl_db_batch_free(b);
  sl_db_table_release(&table);
}

/* Ten rows: numbers, texts with NULLs, bits, and a column of several types. */
static void make_ten(struct sl_block *block, struct sl_db_table *table) {
  struct sl_error err;
  struct sl_db_batch *b;
  make_table(table, "id:l,text:u,bit:b,mixed:l,price:d:10,2;day:tdD");
  CHECK_OK(sl_db_batch_new(&b, table, &settings, &err), &err);
  for (int i = 0; i < 10; i++) {
    char text[20];
    snprintf(text, sizeof text, "row %d", i);
    struct sl_db_other other = { .type = SL_DB_TEXT, .bytes = text, .length = strlen(text) };
    CHECK_OK(sl_builder_append_int64(sl_db_batch_builder(b, 0), i, &err), &err);
    if (i % 3 != 0) add_text(b, 1, text);
    CHECK_OK(sl_builder_append_bool(sl_db_batch_builder(b, 2), i % 2 == 0, &err), &err);
    if (i % 4 == 1) CHECK_OK(sl_db_batch_append_other(b, 3, &other, &err), &err);
    if (i % 4 == 2) CHECK_OK(sl_builder_append_int64(sl_db_batch_builder(b, 3), -i, &err), &err);
    CHECK_OK(sl_builder_append_decimal(sl_db_batch_builder(b, 4), i * 100, &err), &err);
    CHECK_OK(sl_builder_append_int32(sl_db_batch_builder(b, 5), i, &err), &err);
    CHECK_OK(sl_db_batch_end_row(b, &err), &err);
  }
  CHECK_OK(sl_db_batch_finish(b, 0, block, &err), &err);
  sl_db_batch_free(b);
}

TEST(rows_are_left_out_of_every_column) {
  static const bool keep[10] = { false, true, true, false, false, true, false, false, false, true };
  struct sl_db_table table;
  struct sl_block block;
  struct sl_error err;
  make_ten(&block, &table);
  CHECK_INT("rows", sl_db_block_rows(&block), 10);
  CHECK_OK(sl_db_block_keep(&block, keep, &err), &err);
  CHECK_INT("rows", sl_db_block_rows(&block), 4);
  char *rows = print_rows(&block);
  CHECK_STR("rows", rows,
            "1|row 1|false|row 1|1.00|1970-01-02\n"
            "2|row 2|true|-2|2.00|1970-01-03\n"
            "5|row 5|false|row 5|5.00|1970-01-06\n"
            "9|NULL|false|row 9|9.00|1970-01-10\n");
  free(rows);
  block.release(&block);
  sl_db_table_release(&table);
}

TEST(no_row_may_be_left) {
  static const bool keep[10] = { false };
  struct sl_db_table table;
  struct sl_block block;
  struct sl_error err;
  make_ten(&block, &table);
  CHECK_OK(sl_db_block_keep(&block, keep, &err), &err);
  CHECK_INT("rows", sl_db_block_rows(&block), 0);
  for (int64_t i = 0; i < block.array.n_children; i++) {
    CHECK_INT("child", block.array.children[i]->length, 0);
  }
  block.release(&block);
  sl_db_table_release(&table);
}

static void release_lines(struct sl_block *block) {
  free(block->data);
}

TEST(lines_are_counted_and_left_out) {
  static const char text[] = "{\"a\":1}\n\n  \n{\"a\":2}\n{\"a\":3}";
  static const bool keep[] = { true, false, true };
  struct sl_error err;
  struct sl_block block = { .kind = SL_BLOCK_DOCUMENTS,
                            .data = calloc(1, sizeof text + SL_BLOCK_PADDING),
                            .size = sizeof text - 1,
                            .release = release_lines };
  memcpy(block.data, text, sizeof text);
  CHECK_INT("rows", sl_db_block_rows(&block), 3);
  CHECK_OK(sl_db_block_keep(&block, keep, &err), &err);
  CHECK_STR("left", block.data, "{\"a\":1}\n{\"a\":3}");
  CHECK_INT("size", block.size, strlen(block.data));
  block.release(&block);
}
