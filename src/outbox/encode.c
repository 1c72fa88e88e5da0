/* encode.c - see encode.h. */
#include "outbox/encode.h"

#include <string.h>

#include "column/ipc.h"
#include "column/json_lines.h"

enum sl_encoding sl_encoding_of(const struct sl_sink_settings *settings) {
  const char *format = settings->format == NULL ? "jsonl" : settings->format;
  return strcmp(format, "arrow") == 0  ? SL_ENCODE_ARROW
         : strcmp(format, "json") == 0 ? SL_ENCODE_JSON_ARRAY
                                       : SL_ENCODE_JSON_LINES;
}

sl_status sl_encode_json(const struct ArrowSchema *schema, const struct ArrowArray *array,
                         bool lines, bool omit_nulls, bool decimal_numbers, struct sl_buffer *out,
                         struct sl_error *err) {
  struct sl_json_style style = { lines ? '\n' : ',', omit_nulls, decimal_numbers };
  struct sl_json_rows *rows = NULL;
  sl_status rc = sl_json_rows_new(&rows, schema, &style, err);
  if (rc == SL_OK && !lines) {
    sl_buffer_char(out, '[');
  }
  if (rc == SL_OK) {
    rc = sl_json_rows_write(rows, array, 0, array->length, out, err);
  }
  if (rc == SL_OK && !lines) {
    out->length -= array->length > 0; /* the comma behind the last row */
    sl_buffer_char(out, ']');
    rc = sl_buffer_check(out, err);
  }
  sl_json_rows_free(rows);
  return rc;
}

sl_status sl_encode_begin(const struct sl_outbox_load *load, const struct sl_outbox_table *table,
                          struct sl_buffer *out, struct sl_error *err) {
  const struct sl_ipc_pair metadata[] = {
    { "sluice.table", table->name },
    { "sluice.load_id", load->load_id },
    { "sluice.write_disposition", table->disposition },
    { "sluice.primary_key", table->primary_key == NULL ? "" : table->primary_key },
  };
  return sl_ipc_schema(&table->schema, metadata, sizeof metadata / sizeof metadata[0], out, err);
}

sl_status sl_encode_rows(const struct sl_sink_settings *settings,
                         const struct sl_outbox_batch *batch, struct sl_buffer *out,
                         struct sl_error *err) {
  enum sl_encoding encoding = sl_encoding_of(settings);
  if (encoding == SL_ENCODE_ARROW) {
    return sl_ipc_batch(&batch->table->schema, &batch->array, 0, batch->array.length, out, err);
  }
  bool numbers = settings->decimals != NULL && strcmp(settings->decimals, "number") == 0;
  return sl_encode_json(&batch->table->schema, &batch->array, encoding == SL_ENCODE_JSON_LINES,
                        settings->omit_nulls, numbers, out, err);
}

sl_status sl_encode_batch(const struct sl_sink_settings *settings,
                          const struct sl_outbox_batch *batch, struct sl_buffer *out,
                          struct sl_error *err) {
  bool arrow = sl_encoding_of(settings) == SL_ENCODE_ARROW;
  sl_status rc = arrow ? sl_encode_begin(batch->load, batch->table, out, err) : SL_OK;
  if (rc == SL_OK) {
    rc = sl_encode_rows(settings, batch, out, err);
  }
  if (rc == SL_OK && arrow) {
    sl_ipc_end(out);
    rc = sl_buffer_check(out, err);
  }
  return rc;
}
