/* test_batch.c - rows into blocks: NULLs, special values, columns of several types, decimals whose
 * scale grows, and what --special-values makes of them. */
#include <stdlib.h>

#include "unit/database/blocks.h"

struct filling {
  struct sl_db_table table;
  struct sl_db_settings settings;
  struct sl_db_batch *batch;
};

static void begin(struct filling *f, const char *columns, const char *special_values) {
  struct sl_error err;
  f->settings = (struct sl_db_settings){ .special_values = special_values };
  make_table(&f->table, columns);
  CHECK_OK(sl_db_batch_new(&f->batch, &f->table, &f->settings, &err), &err);
}

static void end_row(struct filling *f) {
  struct sl_error err;
  CHECK_OK(sl_db_batch_end_row(f->batch, &err), &err);
}

static void add_integer(struct filling *f, size_t column, int64_t value) {
  struct sl_error err;
  CHECK_OK(sl_builder_append_int64(sl_db_batch_builder(f->batch, column), value, &err), &err);
}

static void add_special(struct filling *f, size_t column, const char *text) {
  struct sl_error err;
  CHECK_OK(sl_db_batch_append_special(f->batch, column, text, strlen(text), &err), &err);
}

static void add_decimal(struct filling *f, const char *text) {
  struct sl_error err;
  CHECK_OK(sl_db_batch_append_decimal_text(f->batch, 0, text, strlen(text), &err), &err);
  end_row(f);
}

/* The block's rows, and the formats of its columns before them. */
static void check_block(const char *label, struct filling *f, const char *formats,
                        const char *rows) {
  struct sl_block block;
  struct sl_error err;
  struct sl_buffer text = { 0 };
  CHECK_OK(sl_db_batch_finish(f->batch, 7, &block, &err), &err);
  for (int64_t i = 0; i < block.schema.n_children; i++) {
    sl_buffer_printf(&text, "%s%s", i == 0 ? "" : " ", block.schema.children[i]->format);
  }
  char *got = print_rows(&block);
  CHECK_STR(label, text.data, formats);
  CHECK_STR(label, got, rows);
  CHECK_INT(label, block.source_bytes, 7);
  free(got);
  sl_buffer_release(&text);
  block.release(&block);
}

static void add_bytes(struct filling *f, size_t column, const char *bytes, size_t length) {
  struct sl_error err;
  CHECK_OK(sl_builder_append_bytes(sl_db_batch_builder(f->batch, column), bytes, length, &err),
           &err);
}

static void finish(struct filling *f) {
  sl_db_batch_free(f->batch);
  sl_db_table_release(&f->table);
}

TEST(what_is_not_appended_is_null) {
  struct filling f;
  begin(&f, "a:l,b:u,c:b,d:tdD,e:i,f:s", "variant");
  end_row(&f);
  add_integer(&f, 0, 5);
  add_integer(&f, 4, 6);
  add_integer(&f, 5, 7);
  end_row(&f);
  end_row(&f);
  CHECK_INT("rows", sl_db_batch_rows(f.batch), 3);
  check_block(
      "sizes of integers are l", &f, "l u b tdD l l",
      "NULL|NULL|NULL|NULL|NULL|NULL\n5|NULL|NULL|NULL|6|7\nNULL|NULL|NULL|NULL|NULL|NULL\n");
  CHECK_INT("anew", sl_db_batch_rows(f.batch), 0);
  add_integer(&f, 0, 8);
  end_row(&f);
  check_block("the next block", &f, "l u b tdD l l", "8|NULL|NULL|NULL|NULL|NULL\n");
  finish(&f);
}

TEST(an_empty_block_has_its_columns) {
  struct filling f;
  begin(&f, "a:l,b:json", "variant");
  check_block("no rows", &f, "l u", "");
  finish(&f);
}

TEST(special_values_make_the_column_text) {
  struct filling f;
  begin(&f, "a:l,b:tsu:,c:d:10,2", "variant");
  add_integer(&f, 0, 1);
  add_integer(&f, 1, INT64_C(1717150830123456));
  end_row(&f);
  end_row(&f);
  add_special(&f, 0, "NaN");
  add_special(&f, 1, "infinity");
  CHECK(sl_db_batch_is_text(f.batch, 0));
  CHECK(!sl_db_batch_is_text(f.batch, 2));
  end_row(&f);
  end_row(&f);
  add_special(&f, 0, "5"); /* later values come as text too */
  end_row(&f);
  check_block("printed", &f, "u u d:10,2",
              "1|2024-05-31T10:20:30.123456|NULL\nNULL|NULL|NULL\nNaN|infinity|NULL\n"
              "NULL|NULL|NULL\n5|NULL|NULL\n");
  CHECK(!sl_db_batch_is_text(f.batch, 0)); /* the next block has the declared types again */
  add_integer(&f, 0, 2);
  end_row(&f);
  check_block("typed again", &f, "l tsu: d:10,2", "2|NULL|NULL\n");
  finish(&f);
}

TEST(special_values_as_first_values) {
  struct filling f;
  begin(&f, "a:g,b:u", "variant");
  add_special(&f, 0, "");
  end_row(&f);
  check_block("an empty text", &f, "u u", "|NULL\n");
  finish(&f);
}

TEST(json_marks_survive_unless_the_column_is_text) {
  struct filling f;
  struct sl_block block;
  struct sl_error err;
  begin(&f, "a:json", "variant");
  CHECK_OK(sl_builder_append_bytes(sl_db_batch_builder(f.batch, 0), "[1]", 3, &err), &err);
  end_row(&f);
  CHECK_OK(sl_db_batch_finish(f.batch, 0, &block, &err), &err);
  CHECK(sl_schema_is_json(block.schema.children[0]));
  block.release(&block);
  add_special(&f, 0, "no json");
  end_row(&f);
  CHECK_OK(sl_db_batch_finish(f.batch, 0, &block, &err), &err);
  CHECK(!sl_schema_is_json(block.schema.children[0]));
  block.release(&block);
  finish(&f);
}

TEST(special_values_may_be_null_or_refused) {
  struct filling f;
  struct sl_error err;
  struct sl_db_other number = { .type = SL_DB_DOUBLE, .real = 2.5 };
  begin(&f, "a:l,b:l", "null");
  add_special(&f, 0, "NaN");
  CHECK_OK(sl_db_batch_append_other(f.batch, 1, &number, &err), &err);
  end_row(&f);
  check_block("null", &f, "l l", "NULL|NULL\n");
  finish(&f);
  begin(&f, "a:l", "error");
  CHECK_FAILS(sl_db_batch_append_special(f.batch, 0, "NaN", 3, &err), SL_EDATA, &err);
  CHECK_STR("text", err.message,
            "table t, column a (l): no column of that type can hold the value NaN; choose "
            "--special-values variant (keeps it in a column of its own) or null");
  CHECK_FAILS(sl_db_batch_append_other(f.batch, 0, &number, &err), SL_EDATA, &err);
  CHECK(strstr(err.message, "the value 2.5;") != NULL);
  finish(&f);
}

static void add_other(struct filling *f, size_t column, struct sl_db_other value) {
  struct sl_error err;
  CHECK_OK(sl_db_batch_append_other(f->batch, column, &value, &err), &err);
}

TEST(values_of_other_types_stay_what_they_are) {
  struct filling f;
  struct sl_block block;
  struct sl_error err;
  begin(&f, "a:l,b:l", "variant");
  add_integer(&f, 0, 1);
  add_integer(&f, 1, 10);
  end_row(&f);
  add_other(&f, 0, (struct sl_db_other){ .type = SL_DB_TEXT, .bytes = "text", .length = 4 });
  end_row(&f);
  add_other(&f, 0, (struct sl_db_other){ .type = SL_DB_DOUBLE, .real = 2.5 });
  add_integer(&f, 1, 11);
  end_row(&f);
  end_row(&f);
  add_other(&f, 0, (struct sl_db_other){ .type = SL_DB_BINARY, .bytes = "\0\xff", .length = 2 });
  end_row(&f);
  add_other(&f, 0, (struct sl_db_other){ .type = SL_DB_INTEGER, .integer = -3 });
  end_row(&f);
  CHECK(!sl_db_batch_is_text(f.batch, 0));
  CHECK_OK(sl_db_batch_finish(f.batch, 0, &block, &err), &err);
  CHECK_STR("a union of what came", block.schema.children[0]->format, "+us:0,1,2,3,4");
  CHECK_STR("the other column", block.schema.children[1]->format, "l");
  CHECK_STR("its name", block.schema.children[0]->name, "a");
  char *rows = print_rows(&block);
  CHECK_STR("rows", rows, "1|10\ntext|NULL\n2.5|11\nNULL|NULL\nAP8=|NULL\n-3|NULL\n");
  int64_t child_row;
  CHECK_INT("the column's own",
            sl_array_union_child(block.schema.children[0], block.array.children[0], 0, &child_row),
            0);
  CHECK_INT("null is the column's own",
            sl_array_union_child(block.schema.children[0], block.array.children[0], 3, &child_row),
            0);
  CHECK(sl_array_union_child(block.schema.children[0], block.array.children[0], 5, &child_row) > 0);
  CHECK_INT("no union",
            sl_array_union_child(block.schema.children[1], block.array.children[1], 0, &child_row),
            -1);
  free(rows);
  block.release(&block);
  add_integer(&f, 0, 2);
  end_row(&f);
  check_block("the next block is plain again", &f, "l l", "2|NULL\n");
  finish(&f);
}

static void add_texts(struct filling *f) {
  add_bytes(f, 0,
            "gr\xc3\xbc\xc3\x9f"
            "e",
            7);
  add_bytes(f, 1, "\xff", 1); /* bytes of a column for bytes are no matter of ours */
  end_row(f);
  add_bytes(f, 0,
            "gr\xfc\xdf"
            "e",
            5);
  end_row(f);
  end_row(f);
  add_bytes(f, 0, "", 0);
  end_row(f);
  add_bytes(f, 0, "a\xc3", 2); /* two halves of a character in two values */
  end_row(f);
  add_bytes(f, 0,
            "\xbc"
            "b",
            2);
  end_row(f);
  add_bytes(f, 0, "end", 3);
  end_row(f);
}

static void count_warning(void *arg, const char *message) {
  CHECK(strstr(message, "column a: values that are no text in UTF-8") != NULL);
  ++*(int *)arg;
}

TEST(bytes_that_are_no_text_are_kept_as_bytes) {
  struct filling f;
  int warnings = 0;
  struct sl_db_config config = { .warn = count_warning, .warn_arg = &warnings };
  begin(&f, "a:u,b:z", "variant");
  sl_db_batch_tell(f.batch, &config);
  for (int i = 0; i < 2; i++) {
    add_texts(&f);
    check_block("set aside", &f, "+us:0,1 z",
                "gr\xc3\xbc\xc3\x9f"
                "e|/w==\nZ3L832U=|NULL\nNULL|NULL\n|NULL\nYcM=|NULL\nvGI=|NULL\n"
                "end|NULL\n");
  }
  CHECK_INT("one warning for a column", warnings, 1);
  add_bytes(&f, 0, "text", 4);
  end_row(&f);
  check_block("plain again", &f, "u z", "text|NULL\n");
  finish(&f);
}

TEST(bytes_that_are_no_text_may_be_null_or_refused) {
  struct filling f;
  struct sl_block block;
  struct sl_error err;
  begin(&f, "a:u,b:z", "null");
  add_texts(&f);
  check_block("null", &f, "u z",
              "gr\xc3\xbc\xc3\x9f"
              "e|/w==\nNULL|NULL\nNULL|NULL\n|NULL\nNULL|NULL\nNULL|NULL\nend|NULL\n");
  finish(&f);
  begin(&f, "a:u,b:z", "error");
  add_texts(&f);
  sl_status rc = sl_db_batch_finish(f.batch, 0, &block, &err);
  CHECK_INT("refused", rc, SL_EDATA);
  CHECK(strstr(err.message, "column a (") != NULL);
  CHECK(strstr(err.message, "is no text in UTF-8 (hexadecimal 6772fcdf65); mend it") != NULL);
  finish(&f);
}

TEST(unbounded_decimals_take_the_largest_scale) {
  struct filling f;
  begin(&f, "a:d:38,0", "variant");
  f.table.columns[0].unbounded = true;
  add_decimal(&f, "5");
  add_decimal(&f, "-2.50");
  end_row(&f);
  add_decimal(&f, "0.125");
  add_decimal(&f, "1e3");
  check_block("grown", &f, "d:38,3", "5.000\n-2.500\nNULL\n0.125\n1000.000\n");
  add_decimal(&f, "7.5");
  check_block("from the beginning", &f, "d:38,1", "7.5\n");
  add_decimal(&f, "12345678901234567890123456789012345678");
  add_decimal(&f, "-1");
  check_block("38 digits", &f, "d:38,0", "12345678901234567890123456789012345678\n-1\n");
  finish(&f);
}

TEST(unbounded_decimals_that_find_no_room_become_text) {
  struct filling f;
  begin(&f, "a:d:38,0", "variant");
  f.table.columns[0].unbounded = true;
  add_decimal(&f, "12345678901234567890123456789012345678");
  add_decimal(&f, "0.5");
  add_decimal(&f, "2.25");
  check_block("the fraction has no room", &f, "u",
              "12345678901234567890123456789012345678\n0.5\n2.25\n");
  add_decimal(&f, "1.5");
  add_decimal(&f, "NaN");
  add_decimal(&f, "123456789012345678901234567890123456789");
  check_block("no decimal, 39 digits", &f, "u",
              "1.5\nNaN\n123456789012345678901234567890123456789\n");
  finish(&f);
}

TEST(bounded_decimals_keep_their_scale) {
  struct filling f;
  begin(&f, "a:d:10,2", "variant");
  add_decimal(&f, "5");
  add_decimal(&f, "2.5");
  check_block("scaled", &f, "d:10,2", "5.00\n2.50\n");
  add_decimal(&f, "1.00");
  add_decimal(&f, "0.125");
  check_block("too many decimals", &f, "u", "1.00\n0.125\n");
  finish(&f);
}

TEST(bytes_are_about_what_the_rows_take) {
  struct filling f;
  struct sl_error err;
  char text[1000] = "";
  begin(&f, "a:l,b:u", "variant");
  for (int i = 0; i < 10; i++) {
    add_integer(&f, 0, i);
    CHECK_OK(sl_builder_append_bytes(sl_db_batch_builder(f.batch, 1), text, sizeof text, &err),
             &err);
    end_row(&f);
  }
  int64_t bytes = sl_db_batch_bytes(f.batch);
  CHECK(bytes >= 10080 && bytes < 10400);
  add_other(&f, 0, (struct sl_db_other){ .type = SL_DB_BINARY, .bytes = text, .length = 1000 });
  CHECK(sl_db_batch_bytes(f.batch) >= bytes + 1000);
  finish(&f);
}
