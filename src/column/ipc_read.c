/* ipc_read.c - messages of ipc_read.h. Field ids and numbers are those of Arrow's Message.fbs.
 */
#include "column/ipc_read.h"

#include <stdlib.h>

#include "column/ipc_parts.h"

enum { VERSION_5 = 4, HEADER_SCHEMA = 1, HEADER_DICTIONARY, HEADER_RECORD_BATCH };
enum { CONTINUES = -1, PREFIX_BYTES = 8, ALIGNMENT = 8 };

sl_status sl_ipc_damaged(struct sl_error *err, const char *what) {
  return sl_fail(err, SL_EDATA, "an Arrow stream cannot be read: %s", what);
}

sl_status sl_ipc_no_memory(struct sl_error *err) {
  return sl_fail(err, SL_ENOMEM, "out of memory for an Arrow stream");
}

/* ---- memory ---- */

static void drop(struct sl_ipc_memory *memory) {
  if (atomic_fetch_sub(&memory->holders, 1) == 1) {
    sl_arena_release(&memory->arena);
    free(memory->bytes);
    free(memory);
  }
}

static void schema_release(struct ArrowSchema *schema) {
  drop(schema->private_data);
  schema->release = NULL;
}

static void array_release(struct ArrowArray *array) {
  drop(array->private_data);
  array->release = NULL;
}

/* ---- messages ---- */

/* Takes the next message off the stream. *kind = 0: its end. */
static sl_status next_message(const char *bytes, size_t size, size_t *at, int64_t *kind,
                              struct sl_ipc_message *out, struct sl_error *err) {
  int32_t prefix[2];
  size_t left = size - *at;
  if (left < PREFIX_BYTES) {
    return sl_ipc_damaged(err, "it ends in the middle");
  }
  memcpy(prefix, bytes + *at, PREFIX_BYTES);
  left -= PREFIX_BYTES;
  *kind = 0;
  if (prefix[0] == CONTINUES && prefix[1] == 0) {
    return SL_OK;
  }
  size_t length = (size_t)(uint32_t)prefix[1];
  if (prefix[0] != CONTINUES || length % ALIGNMENT != 0) {
    return sl_ipc_damaged(err, "a message without its beginning");
  }
  if (length > left) {
    return sl_ipc_damaged(err, "it ends in the middle");
  }
  *out = (struct sl_ipc_message){ .meta = { bytes + *at + PREFIX_BYTES, length, false } };
  size_t root = sl_flat_root(&out->meta);
  int64_t body_size = sl_flat_number(&out->meta, root, 3, 8, 0);
  out->header = sl_flat_table_of(&out->meta, root, 2);
  *kind = sl_flat_number(&out->meta, root, 1, 1, 0);
  if (out->meta.damaged || out->header == 0 ||
      sl_flat_number(&out->meta, root, 0, 2, 0) != VERSION_5) {
    return sl_ipc_damaged(err, "a message that is damaged, or not of Arrow's fifth version");
  }
  if (body_size < 0 || (uint64_t)body_size > left - length || body_size % ALIGNMENT != 0) {
    return sl_ipc_damaged(err, "it ends in the middle");
  }
  out->body = out->meta.data + length;
  out->body_size = (size_t)body_size;
  *at += PREFIX_BYTES + length + out->body_size;
  return SL_OK;
}

/* The values of one dictionary, for all fields that have it. */
static sl_status read_dictionary(struct sl_ipc_parts *parts, struct sl_ipc_message *message,
                                 struct sl_error *err) {
  struct sl_flat_view *v = &message->meta;
  int64_t id = sl_flat_number(v, message->header, 0, 8, 0);
  size_t batch = sl_flat_table_of(v, message->header, 1);
  if (sl_flat_number(v, message->header, 2, 1, 0) != 0) {
    return sl_ipc_damaged(err, "a dictionary in parts");
  }
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < parts->n_dictionaries; i++) {
    struct sl_ipc_dictionary *d = &parts->dictionaries[i];
    if (d->id == id) {
      struct ArrowSchema *column[] = { d->field->dictionary };
      const struct ArrowSchema root = { .format = "+s", .n_children = 1, .children = column };
      struct ArrowArray *values = NULL;
      rc = sl_ipc_read_batch(parts, message, batch, &root, &values, err);
      d->values = rc == SL_OK ? values->children[0] : NULL;
    }
  }
  return rc;
}

static sl_status read_message(struct sl_ipc_parts *parts, int64_t kind,
                              struct sl_ipc_message *message, struct ArrowArray **batch,
                              struct sl_error *err) {
  if ((kind == HEADER_SCHEMA) != (parts->schema == NULL) || *batch != NULL) {
    return sl_ipc_damaged(err, "messages out of order");
  }
  switch (kind) {
    case HEADER_SCHEMA: return sl_ipc_read_schema(parts, message, err);
    case HEADER_DICTIONARY: return read_dictionary(parts, message, err);
    case HEADER_RECORD_BATCH:
      return sl_ipc_read_batch(parts, message, message->header, parts->schema, batch, err);
    default: return sl_ipc_damaged(err, "a message of an unknown kind");
  }
}

sl_status sl_ipc_read(char *bytes, size_t size, struct ArrowSchema *schema,
                      struct ArrowArray *array, struct sl_error *err) {
  struct sl_ipc_parts parts = { .memory = calloc(1, sizeof *parts.memory) };
  struct ArrowArray *batch = NULL;
  size_t at = 0;
  int64_t kind = -1;
  if (parts.memory == NULL) {
    free(bytes);
    return sl_ipc_no_memory(err);
  }
  atomic_init(&parts.memory->holders, 1);
  parts.memory->bytes = bytes;
  sl_status rc = SL_OK;
  while (rc == SL_OK && kind != 0) {
    struct sl_ipc_message message;
    rc = next_message(bytes, size, &at, &kind, &message, err);
    if (rc == SL_OK && kind != 0) {
      rc = read_message(&parts, kind, &message, &batch, err);
    }
  }
  if (rc == SL_OK && batch == NULL) {
    rc = sl_ipc_damaged(err, "it has no batch");
  }
  if (rc == SL_OK) {
    atomic_fetch_add(&parts.memory->holders, 2);
    *schema = *parts.schema;
    schema->release = schema_release;
    schema->private_data = parts.memory;
    *array = *batch;
    array->release = array_release;
    array->private_data = parts.memory;
  }
  free(parts.dictionaries);
  drop(parts.memory);
  return rc;
}
