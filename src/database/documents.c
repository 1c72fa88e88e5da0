/* documents.c - see documents.h. */
#include "database/documents.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <yyjson.h>

#include "base/decimal.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/real.h"
#include "base/time.h"
#include "column/batch.h"
#include "column/read.h"
#include "database/rejects.h"
#include "schema/json_text.h"
#include "schema/typed_mark.h"

static void marked(struct sl_buffer *out, const char *mark, const char *text, size_t length) {
  sl_buffer_char(out, '"');
  sl_buffer_text(out, mark);
  sl_buffer_append(out, text, length);
  sl_buffer_char(out, '"');
}

/* A text that begins like a mark says that it is text. */
static void print_text(struct sl_buffer *out, const char *text, size_t length) {
  bool like_mark = length >= 3 && memcmp(text, "\xEF\x80", 2) == 0 &&
                   (unsigned char)text[2] >= 0xA6 && (unsigned char)text[2] <= 0xAE;
  size_t at = out->length + 1;
  sl_json_string(out, text, length);
  if (like_mark && !out->failed && sl_buffer_reserve(out, 3)) {
    memmove(out->data + at + 3, out->data + at, out->length - at);
    memcpy(out->data + at, SL_MARK_TEXT, 3);
    out->length += 3;
  }
}

/* ---- JSON values ---- */

/* A fraction whose digits a double does not hold is written as a decimal. */
static void print_number(struct sl_buffer *out, const char *text, size_t length) {
  struct sl_decimal written, read;
  char shortest[SL_REAL_CHARS];
  bool whole = memchr(text, '.', length) == NULL && memchr(text, 'e', length) == NULL &&
               memchr(text, 'E', length) == NULL;
  if (whole || length < 16 || !sl_decimal_parse((struct sl_text){ text, length }, &written)) {
    sl_buffer_append(out, text, length);
    return;
  }
  char copy[512];
  snprintf(copy, sizeof copy, "%.*s", (int)length, text);
  sl_real_print(shortest, sl_real_parse(copy, NULL));
  bool same = sl_decimal_parse(sl_text_of(shortest), &read);
  if (same) {
    int32_t scale = written.scale > read.scale ? written.scale : read.scale;
    same = sl_decimal_rescale(&written, scale) && sl_decimal_rescale(&read, scale) &&
           written.coefficient == read.coefficient;
  }
  if (same) {
    sl_buffer_append(out, text, length);
  } else {
    marked(out, SL_MARK_DECIMAL, text, length);
  }
}

enum { MOST_DEPTH = 1000 };

static void print_value(struct sl_buffer *out, yyjson_val *value);

static void print_object(struct sl_buffer *out, yyjson_val *object) {
  yyjson_obj_iter iter = yyjson_obj_iter_with(object);
  yyjson_val *key;
  const char *separator = "";
  sl_buffer_char(out, '{');
  while ((key = yyjson_obj_iter_next(&iter)) != NULL) {
    sl_buffer_text(out, separator);
    sl_json_string(out, yyjson_get_str(key), yyjson_get_len(key));
    sl_buffer_char(out, ':');
    print_value(out, yyjson_obj_iter_get_val(key));
    separator = ",";
  }
  sl_buffer_char(out, '}');
}

static void print_list(struct sl_buffer *out, yyjson_val *list) {
  yyjson_arr_iter iter = yyjson_arr_iter_with(list);
  yyjson_val *item;
  const char *separator = "";
  sl_buffer_char(out, '[');
  while ((item = yyjson_arr_iter_next(&iter)) != NULL) {
    sl_buffer_text(out, separator);
    print_value(out, item);
    separator = ",";
  }
  sl_buffer_char(out, ']');
}

static void print_value(struct sl_buffer *out, yyjson_val *value) {
  switch (yyjson_get_type(value)) {
    case YYJSON_TYPE_RAW: print_number(out, yyjson_get_raw(value), yyjson_get_len(value)); break;
    case YYJSON_TYPE_STR: print_text(out, yyjson_get_str(value), yyjson_get_len(value)); break;
    case YYJSON_TYPE_BOOL: sl_buffer_text(out, yyjson_get_bool(value) ? "true" : "false"); break;
    case YYJSON_TYPE_OBJ: print_object(out, value); break;
    case YYJSON_TYPE_ARR: print_list(out, value); break;
    default: sl_buffer_text(out, "null"); break;
  }
}

/* What is not JSON (or far too deep) stays the text that it is. */
static void print_json(struct sl_buffer *out, struct sl_text text) {
  yyjson_doc *doc = sl_json_too_deep(text.data, text.length, MOST_DEPTH)
                        ? NULL
                        : yyjson_read_opts((char *)(uintptr_t)text.data, text.length,
                                           YYJSON_READ_NUMBER_AS_RAW, NULL, NULL);
  if (doc == NULL) {
    print_text(out, text.data, text.length);
  } else {
    print_value(out, yyjson_doc_get_root(doc));
  }
  yyjson_doc_free(doc);
}

/* ---- columns ---- */

static void print_double(struct sl_buffer *out, double value) {
  char text[SL_REAL_CHARS];
  if (isfinite(value)) {
    sl_real_print(text, value);
    sl_buffer_text(out, text);
    sl_buffer_text(out, strpbrk(text, ".e") == NULL ? ".0" : "");
  } else {
    sl_buffer_text(out, isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
  }
}

static void print_binary(struct sl_buffer *out, struct sl_text bytes) {
  if (bytes.length == 0) { /* a mark with nothing after it would be none */
    marked(out, SL_MARK_HEX, "0x", 2);
    return;
  }
  char *text = malloc(bytes.length / 3 * 4 + 8);
  if (text == NULL) {
    out->failed = true;
    return;
  }
  size_t n = sl_base64_encode(text, (const uint8_t *)bytes.data, bytes.length, 1);
  marked(out, SL_MARK_BASE64, text, n);
  free(text);
}

static void print_cell(struct sl_buffer *out, bool json, const struct sl_read_value *v) {
  char text[48];
  switch (v->kind) {
    case SL_READ_BOOL: sl_buffer_text(out, v->as.boolean ? "true" : "false"); break;
    case SL_READ_INT64: sl_buffer_printf(out, "%lld", (long long)v->as.integer); break;
    case SL_READ_DOUBLE: print_double(out, v->as.real); break;
    case SL_READ_DECIMAL:
      marked(out, SL_MARK_DECIMAL, text, sl_decimal_print(text, v->as.decimal));
      break;
    case SL_READ_DATE:
      marked(out, SL_MARK_DATE, text, sl_date_print(text, (int32_t)v->as.integer));
      break;
    case SL_READ_TIME: marked(out, SL_MARK_TIME, text, sl_time_print(text, v->as.integer)); break;
    case SL_READ_TIMESTAMP:
      marked(out, SL_MARK_TIMESTAMP, text, sl_timestamp_print(text, v->as.integer, v->zoned));
      break;
    case SL_READ_BINARY: print_binary(out, v->as.text); break;
    default:
      if (json) {
        print_json(out, v->as.text);
      } else {
        print_text(out, v->as.text.data, v->as.text.length);
      }
      break;
  }
}

static void print_row(struct sl_buffer *out, const struct sl_db_table *table,
                      const struct sl_block *block, int64_t row) {
  const char *separator = "";
  sl_buffer_char(out, '{');
  for (int64_t i = 0; i < block->array.n_children; i++) {
    const struct ArrowSchema *schema = block->schema.children[i];
    struct sl_read_value v = sl_array_read(schema, block->array.children[i], row);
    if (v.kind == SL_READ_NULL) {
      continue;
    }
    sl_buffer_text(out, separator);
    sl_json_string(out, schema->name, strlen(schema->name));
    sl_buffer_char(out, ':');
    print_cell(out, table->columns[i].json, &v);
    separator = ",";
  }
  sl_buffer_char(out, '}');
}

sl_status sl_db_block_to_documents(const struct sl_db_table *table, struct sl_block *block,
                                   struct sl_error *err) {
  int64_t rows = block->array.length;
  struct sl_buffer text = { 0 };
  struct sl_block documents = { .kind = SL_BLOCK_DOCUMENTS,
                                .origin = block->origin,
                                .first_record = -1,
                                .typed = true,
                                .source_bytes = block->source_bytes,
                                .spans = sl_alloc_array((size_t)rows + 1, sizeof *documents.spans),
                                .release = sl_block_release_documents };
  sl_status rc =
      documents.spans == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for documents") : SL_OK;
  for (int64_t row = 0; rc == SL_OK && row < rows; row++) {
    size_t start = text.length;
    print_row(&text, table, block, row);
    if (text.length > UINT32_MAX) {
      rc = sl_fail(err, SL_EDATA, "%s: documents of more than 4 GB; choose a smaller --batch-rows",
                   block->origin);
    }
    documents.spans[documents.n_spans++] =
        (struct sl_span){ (uint32_t)start, (uint32_t)(text.length - start) };
  }
  if (rc == SL_OK && sl_buffer_reserve(&text, SL_BLOCK_PADDING)) {
    memset(text.data + text.length, 0, SL_BLOCK_PADDING);
  }
  if (rc == SL_OK) {
    rc = sl_buffer_check(&text, err);
  }
  if (rc != SL_OK) {
    sl_buffer_release(&text);
    free(documents.spans);
    return rc;
  }
  documents.data = text.data;
  documents.size = text.length;
  documents.rejects = block->rejects;
  documents.n_rejects = block->n_rejects;
  block->rejects = NULL;
  block->n_rejects = 0;
  block->release(block);
  *block = documents;
  return SL_OK;
}
