/* blocks.h - small blocks for tests of src/database/, made by a batch and read back as text. */
#ifndef SL_TESTS_UNIT_DATABASE_BLOCKS_H
#define SL_TESTS_UNIT_DATABASE_BLOCKS_H

#include <stdlib.h>

#include "column/batch.h"
#include "column/read.h"
#include "database/database.h"
#include "unit/test.h"

/* A table of columns "name:format,…" (a format with a comma ends with ';' instead). */
__attribute__((unused)) static void make_table(struct sl_db_table *table, const char *columns) {
  struct sl_error err;
  *table = (struct sl_db_table){ .name = strdup("t"), .rows = -1, .bytes = -1 };
  for (const char *at = columns; *at != '\0';) {
    char name[64];
    char format[24];
    size_t colon = strcspn(at, ":");
    size_t end = strcspn(at, at[colon + 1] == 'd' ? ";" : ",");
    snprintf(name, sizeof name, "%.*s", (int)colon, at);
    snprintf(format, sizeof format, "%.*s", (int)(end - colon - 1), at + colon + 1);
    struct sl_db_column *column;
    bool json = strcmp(format, "json") == 0;
    CHECK_OK(sl_db_table_add_column(table, name, format, json ? "u" : format, true, &column, &err),
             &err);
    column->json = json;
    at += end + (at[end] != '\0');
  }
}

/* "1|NULL|text" of a row; a "name=" before each value on request. */
__attribute__((unused)) static char *print_row_of(const struct sl_block *block, int64_t row) {
  struct sl_buffer out = { 0 };
  for (int64_t i = 0; i < block->array.n_children; i++) {
    sl_buffer_text(&out, i == 0 ? "" : "|");
    if (!sl_array_print(block->schema.children[i], block->array.children[i], row, &out)) {
      sl_buffer_text(&out, "NULL");
    }
  }
  return sl_buffer_take(&out);
}

/* All rows, a line each. */
__attribute__((unused)) static char *print_rows(const struct sl_block *block) {
  struct sl_buffer out = { 0 };
  for (int64_t row = 0; row < block->array.length; row++) {
    char *text = print_row_of(block, row);
    sl_buffer_printf(&out, "%s\n", text);
    free(text);
  }
  sl_buffer_text(&out, "");
  char *text = sl_buffer_take(&out);
  return text == NULL ? strdup("") : text;
}

#endif
