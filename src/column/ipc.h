/* ipc.h - Arrow's IPC streaming format: a schema, record batches, an end. May include base/.
 *
 * Written without compression and dictionaries, little endian, metadata version 5; buffers are
 * aligned to 64 bytes within a message. Columns are flat: numbers, booleans, texts, binary,
 * decimals, dates and times; SL_EUNSUPPORTED for others. Thread-safe. */
#ifndef SL_COLUMN_IPC_H
#define SL_COLUMN_IPC_H

#include <sluice/arrow.h>

#include "base/text.h"

struct sl_ipc_pair { /* metadata of the schema */
  const char *key, *value;
};

/* Appends the schema's message; field metadata (extension types) goes with it. */
sl_status sl_ipc_schema(const struct ArrowSchema *schema, const struct sl_ipc_pair *metadata,
                        size_t n_metadata, struct sl_buffer *out, struct sl_error *err);
/* Appends rows [from, to) of a batch of that schema. */
sl_status sl_ipc_batch(const struct ArrowSchema *schema, const struct ArrowArray *array,
                       int64_t from, int64_t to, struct sl_buffer *out, struct sl_error *err);
void sl_ipc_end(struct sl_buffer *out);

#endif
