/* encode.h - a batch as the bytes that go on the wire. */
#ifndef SL_OUTBOX_ENCODE_H
#define SL_OUTBOX_ENCODE_H

#include "outbox/sink.h"

enum sl_encoding { SL_ENCODE_JSON_LINES, SL_ENCODE_JSON_ARRAY, SL_ENCODE_ARROW };

/* Of the option --sink-format: "jsonl", "json", "arrow". */
enum sl_encoding sl_encoding_of(const struct sl_sink_settings *settings);
/* Appends the rows of a batch. ARROW: the record batch alone, between sl_encode_begin and
 * sl_ipc_end. */
sl_status sl_encode_rows(const struct sl_sink_settings *settings,
                         const struct sl_outbox_batch *batch, struct sl_buffer *out,
                         struct sl_error *err);
/* ARROW: the schema of the batch's table, with the names of table and load as its metadata. */
sl_status sl_encode_begin(const struct sl_outbox_load *load, const struct sl_outbox_table *table,
                          struct sl_buffer *out, struct sl_error *err);
/* A whole body: rows, or a complete Arrow stream. */
sl_status sl_encode_batch(const struct sl_sink_settings *settings,
                          const struct sl_outbox_batch *batch, struct sl_buffer *out,
                          struct sl_error *err);
/* Rows [0, n) as JSON. */
sl_status sl_encode_json(const struct ArrowSchema *schema, const struct ArrowArray *array,
                         bool lines, bool omit_nulls, bool decimal_numbers, struct sl_buffer *out,
                         struct sl_error *err);

#endif
