/* batch_text.c - texts that are none: bytes that are no UTF-8, as old or damaged databases have
 * them, never leave a batch as text; see sl_db_batch_tell in database.h. */
#include <stdio.h>
#include <string.h>

#include "database/batch_internal.h"

static bool is_ascii(const char *bytes, size_t length) {
  uint64_t seen = 0;
  uint64_t word;
  size_t at = 0;
  for (; at + sizeof word <= length; at += sizeof word) {
    memcpy(&word, bytes + at, sizeof word);
    seen |= word;
  }
  for (; at < length; at++) {
    seen |= (unsigned char)bytes[at];
  }
  return (seen & UINT64_C(0x8080808080808080)) == 0;
}

/* The value of a row; length 0 and data of nothing for NULL. */
static struct sl_text value_at(const struct sl_builder *b, int64_t row) {
  const int32_t *offsets = b->values;
  return (struct sl_text){ b->bytes + offsets[row], (size_t)(offsets[row + 1] - offsets[row]) };
}

static bool all_valid(const struct sl_builder *b) {
  if (b->length == 0 || is_ascii(b->bytes, b->bytes_length)) {
    return true;
  }
  for (int64_t row = 0; row < b->length; row++) {
    struct sl_text value = value_at(b, row);
    if (!sl_utf8_valid(value.data, value.length)) {
      return false;
    }
  }
  return true;
}

static sl_status refuse(struct sl_db_batch *b, const struct sl_db_batch_column *c,
                        struct sl_text value, struct sl_error *err) {
  enum { SHOWN = 16 };
  if (b->keep_rejects) {
    return sl_db_batch_reject(b, c, value.data, value.length, "the value is no text in UTF-8", err);
  }
  char hex[2 * SHOWN + 1] = "";
  for (size_t i = 0; i < value.length && i < SHOWN; i++) {
    snprintf(hex + 2 * i, 3, "%02x", (unsigned char)value.data[i]);
  }
  return sl_fail(err, SL_EDATA,
                 "table %s, column %s (%s): a value is no text in UTF-8 (hexadecimal %s%s); mend "
                 "it, leave the column out (--exclude-columns %s), or choose --special-values "
                 "variant (keeps the bytes in a column of their own) or null",
                 b->table->name, c->declared->name, c->declared->type_name, hex,
                 value.length > SHOWN ? "…" : "", c->declared->name);
}

static void tell(const struct sl_db_batch *b, struct sl_db_batch_column *c) {
  char message[512];
  bool null = strcmp(b->special_values, "null") == 0;
  if (b->warn == NULL || c->told || b->keep_rejects) {
    return;
  }
  c->told = true;
  snprintf(message, sizeof message,
           "table %s, column %s: values that are no text in UTF-8 %s; --special-values error stops "
           "at the first",
           b->table->name, c->declared->name,
           null ? "become NULL" : "are kept as bytes, in a column __v_binary of their own");
  b->warn(b->warn_arg, message);
}

/* The column's valid values in a new builder, the others where --special-values has them. */
static sl_status set_aside(struct sl_db_batch *b, size_t column, struct sl_error *err) {
  struct sl_db_batch_column *c = &b->columns[column];
  struct sl_builder texts = { .layout = SL_LAYOUT_BYTES };
  int64_t rows = b->rows;
  sl_status rc = SL_OK;
  tell(b, c);
  for (int64_t row = 0; rc == SL_OK && row < c->builder.length; row++) {
    struct sl_text value = value_at(&c->builder, row);
    if (sl_builder_is_null(&c->builder, row)) {
      continue;
    }
    if (sl_utf8_valid(value.data, value.length)) {
      rc = sl_builder_pad(&texts, row, err);
      rc = rc == SL_OK ? sl_builder_append_bytes(&texts, value.data, value.length, err) : rc;
    } else if (strcmp(b->special_values, "error") == 0) {
      b->rows = row; /* which row the value is of */
      rc = refuse(b, c, value, err);
    } else {
      struct sl_db_other bytes = { .type = SL_DB_BINARY,
                                   .bytes = value.data,
                                   .length = value.length };
      b->rows = row;
      rc = sl_db_batch_append_other(b, column, &bytes, err);
    }
  }
  b->rows = rows;
  if (rc != SL_OK) {
    sl_builder_release(&texts);
    return rc;
  }
  sl_builder_release(&c->builder);
  c->builder = texts;
  return SL_OK;
}

sl_status sl_db_batch_check_texts(struct sl_db_batch *b, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < b->table->n_columns; i++) {
    const struct sl_db_batch_column *c = &b->columns[i];
    bool text =
        c->builder.layout == SL_LAYOUT_BYTES && strchr("zn", c->declared->format[0]) == NULL;
    if (text && !all_valid(&c->builder)) {
      rc = set_aside(b, i, err);
    }
  }
  return rc;
}

void sl_db_batch_tell(struct sl_db_batch *b, const struct sl_db_config *config) {
  b->warn = config->warn;
  b->warn_arg = config->warn_arg;
  b->keep_rejects = config->keep_rejects && strcmp(b->special_values, "error") == 0;
}
