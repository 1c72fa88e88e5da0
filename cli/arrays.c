/* arrays.c - see arrays.h. */
#include "arrays.h"

#include "base/text.h"
#include "column/batch.h"
#include "column/read.h"
#include "schema/json_text.h"

static void put_columns(struct sl_buffer *out, const struct ArrowSchema *schema) {
  sl_buffer_text(out, "{\"columns\": [");
  for (int64_t c = 0; c < schema->n_children; c++) {
    const char *name = schema->children[c]->name;
    sl_buffer_text(out, c == 0 ? "{\"name\": " : ", {\"name\": ");
    sl_json_string(out, name, strlen(name));
    sl_buffer_printf(out, ", \"number\": %s}",
                     sl_read_is_number(schema->children[c]->format) ? "true" : "false");
  }
  sl_buffer_text(out, "],\n\"rows\": [");
}

static void put_row(struct sl_buffer *out, const struct ArrowSchema *schema,
                    const struct ArrowArray *array, int64_t row) {
  struct sl_buffer text = { 0 };
  for (int64_t c = 0; c < schema->n_children; c++) {
    sl_buffer_text(out, c == 0 ? "[" : ", ");
    sl_buffer_reset(&text);
    if (sl_array_print(schema->children[c], array->children[c], row, &text)) {
      sl_json_string(out, text.data == NULL ? "" : text.data, text.length);
    } else {
      sl_buffer_text(out, "null");
    }
  }
  sl_buffer_char(out, ']');
  sl_buffer_release(&text);
}

static void print_buffer(FILE *out, struct sl_buffer *text) {
  fwrite(text->data == NULL ? "" : text->data, 1, text->length, out);
  sl_buffer_reset(text);
}

static sl_status print_rows(FILE *out, struct ArrowArrayStream *stream,
                            const struct ArrowSchema *schema, int64_t most_rows,
                            struct sl_error *err) {
  struct sl_buffer text = { 0 };
  int64_t rows = 0;
  bool more = false;
  sl_status rc = SL_OK;
  put_columns(&text, schema);
  while (rc == SL_OK && !more) {
    struct ArrowArray array = { 0 };
    if (stream->get_next(stream, &array) != 0) {
      rc = sl_fail(err, SL_EDEST, "%s", stream->get_last_error(stream));
    }
    if (rc != SL_OK || array.release == NULL) {
      break;
    }
    for (int64_t row = 0; row < array.length && !more; row++) {
      more = most_rows > 0 && rows == most_rows;
      if (!more) {
        sl_buffer_text(&text, rows++ == 0 ? "\n" : ",\n");
        put_row(&text, schema, &array, row);
      }
    }
    array.release(&array);
    print_buffer(out, &text);
  }
  if (rc == SL_OK) {
    sl_buffer_printf(&text, "\n], \"more\": %s}\n", more ? "true" : "false");
    rc = sl_buffer_check(&text, err);
    print_buffer(out, &text);
  }
  sl_buffer_release(&text);
  return rc;
}

sl_status sl_cli_print_arrays(FILE *out, struct ArrowArrayStream *stream, int64_t most_rows,
                              struct sl_error *err) {
  struct ArrowSchema schema = { 0 };
  sl_status rc = stream->get_schema(stream, &schema) == 0
                     ? print_rows(out, stream, &schema, most_rows, err)
                     : sl_fail(err, SL_EDEST, "%s", stream->get_last_error(stream));
  if (schema.release != NULL) {
    schema.release(&schema);
  }
  stream->release(stream);
  return rc;
}
