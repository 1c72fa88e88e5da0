/* ipc_parts.h - what the parts of a stream that is read share. Private to src/column/ipc_*.c. */
#ifndef SL_COLUMN_IPC_PARTS_H
#define SL_COLUMN_IPC_PARTS_H

#include <stdatomic.h>

#include <sluice/arrow.h>

#include "base/memory.h"
#include "column/flat_read.h"

struct sl_ipc_memory { /* the bytes and all structures over them */
  atomic_int holders;
  char *bytes;
  struct sl_arena arena;
};

struct sl_ipc_dictionary { /* of one field: what its indices stand for */
  const struct ArrowSchema *field;
  int64_t id;
  struct ArrowArray *values; /* NULL = not read yet */
};

struct sl_ipc_parts {
  struct sl_ipc_memory *memory;
  struct ArrowSchema *schema; /* NULL = not read yet */
  size_t n_fields;
  struct sl_ipc_dictionary *dictionaries;
  size_t n_dictionaries, capacity;
};

struct sl_ipc_message {
  struct sl_flat_view meta;
  size_t header; /* the table of its kind */
  const char *body;
  size_t body_size;
};

sl_status sl_ipc_damaged(struct sl_error *err, const char *what);
sl_status sl_ipc_no_memory(struct sl_error *err);

/* The schema of a schema message. */
sl_status sl_ipc_read_schema(struct sl_ipc_parts *parts, struct sl_ipc_message *message,
                             struct sl_error *err);
/* The table RecordBatch of a message, as a struct array whose children are those of `schema`. */
sl_status sl_ipc_read_batch(struct sl_ipc_parts *parts, struct sl_ipc_message *message,
                            size_t batch, const struct ArrowSchema *schema, struct ArrowArray **out,
                            struct sl_error *err);

#endif
