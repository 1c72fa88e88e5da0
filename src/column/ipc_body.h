/* ipc_body.h - the body of a record batch: where its buffers go, and their bytes. Private to
 * src/column/ipc*.c. */
#ifndef SL_COLUMN_IPC_BODY_H
#define SL_COLUMN_IPC_BODY_H

#include <sluice/arrow.h>

#include "base/text.h"

struct sl_ipc_node {
  int64_t length, null_count;
};
struct sl_ipc_buffer {
  int64_t offset, length;
};

struct sl_ipc_layout { /* all-zero is released */
  struct sl_ipc_node *nodes;
  struct sl_ipc_buffer *buffers;
  size_t n_nodes, n_buffers;
  int64_t body_length;
};

bool sl_ipc_can(const char *format);
sl_status sl_ipc_measure(struct sl_ipc_layout *layout, const struct ArrowSchema *schema,
                         const struct ArrowArray *array, int64_t from, int64_t to,
                         struct sl_error *err);
sl_status sl_ipc_write_body(const struct sl_ipc_layout *layout, const struct ArrowSchema *schema,
                            const struct ArrowArray *array, int64_t from, int64_t to,
                            struct sl_buffer *out, struct sl_error *err);
void sl_ipc_layout_release(struct sl_ipc_layout *layout);

#endif
