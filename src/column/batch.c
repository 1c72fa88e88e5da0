/* batch.c - struct schemas, struct arrays, and a stream over arrays that are already there. */
#include "column/batch.h"

#include <errno.h>
#include <stdlib.h>

enum sl_layout sl_layout_of(const char *format) {
  switch (format[0]) {
    case 'l':
    case 's':
    case 'i': return SL_LAYOUT_INT64;
    case 'g': return SL_LAYOUT_DOUBLE;
    case 'b': return SL_LAYOUT_BOOL;
    case 'd': return SL_LAYOUT_DECIMAL;
    case 't': return strcmp(format, "tdD") == 0 ? SL_LAYOUT_INT32 : SL_LAYOUT_INT64;
    default: return SL_LAYOUT_BYTES;
  }
}

void sl_batch_release(struct sl_batch *batch) {
  free(batch->table);
  if (batch->schema.release != NULL) {
    batch->schema.release(&batch->schema);
  }
  if (batch->array.release != NULL) {
    batch->array.release(&batch->array);
  }
  *batch = (struct sl_batch){ 0 };
}

/* A schema made by us is one allocation for the structs and one per text. */
static void schema_release(struct ArrowSchema *schema) {
  for (int64_t i = 0; i < schema->n_children; i++) {
    struct ArrowSchema *child = schema->children[i];
    if (child != NULL) {
      if (child->release != NULL) {
        child->release(child);
      }
      free(child);
    }
  }
  free(schema->children);
  free((void *)(uintptr_t)schema->format);
  free((void *)(uintptr_t)schema->name);
  schema->release = NULL;
}

static sl_status schema_init(struct ArrowSchema *out, const struct sl_field *field,
                             struct sl_error *err) {
  *out = (struct ArrowSchema){ .format = strdup(field->format),
                               .name = strdup(field->name),
                               .flags = field->nullable ? ARROW_FLAG_NULLABLE : 0,
                               .release = schema_release };
  if (out->format == NULL || out->name == NULL) {
    out->release(out);
    return sl_fail(err, SL_ENOMEM, "out of memory for column %s", field->name);
  }
  return SL_OK;
}

sl_status sl_schema_struct(struct ArrowSchema *out, const struct sl_field *fields, size_t n,
                           struct sl_error *err) {
  struct sl_field root = { .name = "", .format = "+s" };
  sl_status rc = schema_init(out, &root, err);
  if (rc != SL_OK) {
    return rc;
  }
  out->children = sl_calloc_array(n, sizeof *out->children);
  if (out->children == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for %zu columns", n);
  }
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    struct ArrowSchema *child = malloc(sizeof *child);
    rc = child == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for %zu columns", n)
                       : schema_init(child, &fields[i], err);
    if (rc == SL_OK) {
      out->children[i] = child;
      out->n_children = (int64_t)i + 1;
    } else {
      free(child);
    }
  }
  if (rc != SL_OK) {
    out->release(out);
  }
  return rc;
}

sl_status sl_schema_union(struct ArrowSchema *out, const char *name, const struct sl_field *fields,
                          size_t n, struct sl_error *err) {
  struct sl_buffer format = { 0 };
  for (size_t i = 0; i < n; i++) {
    sl_buffer_printf(&format, "%s%zu", i == 0 ? "+us:" : ",", i);
  }
  sl_status rc = sl_schema_struct(out, fields, n, err);
  char *own_format = sl_buffer_take(&format);
  char *own_name = strdup(name);
  if (rc != SL_OK || own_format == NULL || own_name == NULL) {
    free(own_format);
    free(own_name);
    if (rc == SL_OK) {
      out->release(out);
      rc = sl_fail(err, SL_ENOMEM, "out of memory for column %s", name);
    }
    return rc;
  }
  free((void *)(uintptr_t)out->format);
  free((void *)(uintptr_t)out->name);
  out->format = own_format;
  out->name = own_name;
  out->flags = ARROW_FLAG_NULLABLE;
  return SL_OK;
}

/* One key and one value, as the C Data Interface lays metadata out. */
static const struct {
  int32_t pairs, key_bytes;
  char key[20];
  int32_t value_bytes;
  char value[12];
} json_mark = { 1, 20, "ARROW:extension:name", 10, "arrow.json" };

void sl_schema_mark_json(struct ArrowSchema *column) {
  column->metadata = (const char *)&json_mark;
}

bool sl_schema_is_json(const struct ArrowSchema *column) {
  const char *at = column->metadata;
  int32_t pairs = 0;
  if (at == NULL) {
    return false;
  }
  memcpy(&pairs, at, sizeof pairs);
  at += sizeof pairs;
  for (; pairs > 0; pairs--) {
    int32_t key = 0;
    int32_t value = 0;
    memcpy(&key, at, sizeof key);
    const char *key_text = at + sizeof key;
    memcpy(&value, key_text + key, sizeof value);
    const char *value_text = key_text + key + sizeof value;
    if (key == json_mark.key_bytes && memcmp(key_text, json_mark.key, (size_t)key) == 0) {
      return value == json_mark.value_bytes &&
             memcmp(value_text, json_mark.value, (size_t)value) == 0;
    }
    at = value_text + value;
  }
  return false;
}

static void struct_release(struct ArrowArray *array) {
  for (int64_t i = 0; i < array->n_children; i++) {
    struct ArrowArray *child = array->children[i];
    if (child->release != NULL) {
      child->release(child);
    }
  }
  if (array->n_children > 0) {
    free(array->children[0]); /* the children are one allocation */
  }
  free(array->children);
  free((void *)(uintptr_t)array->buffers[0]); /* the ids of a union; a struct of ours has none */
  free(array->buffers);
  array->release = NULL;
}

sl_status sl_array_union(struct ArrowArray *out, struct ArrowArray *children, size_t n, int8_t *ids,
                         int64_t rows, struct sl_error *err) {
  sl_status rc = sl_array_struct(out, children, n, rows, err);
  if (rc == SL_OK) {
    out->buffers[0] = ids;
  }
  return rc;
}

sl_status sl_array_struct(struct ArrowArray *out, struct ArrowArray *children, size_t n,
                          int64_t rows, struct sl_error *err) {
  struct ArrowArray *copies = sl_calloc_array(n, sizeof *copies);
  struct ArrowArray **pointers = sl_calloc_array(n, sizeof *pointers);
  const void **buffers = calloc(1, sizeof *buffers);
  if (copies == NULL || pointers == NULL || buffers == NULL) {
    free(copies);
    free(pointers);
    free(buffers);
    return sl_fail(err, SL_ENOMEM, "out of memory for %zu columns", n);
  }
  for (size_t i = 0; i < n; i++) {
    copies[i] = children[i];
    children[i].release = NULL;
    pointers[i] = &copies[i];
  }
  if (n == 0) {
    free(copies);
  }
  *out = (struct ArrowArray){ .length = rows,
                              .n_buffers = 1,
                              .n_children = (int64_t)n,
                              .buffers = buffers,
                              .children = pointers,
                              .release = struct_release };
  return SL_OK;
}

struct array_stream {
  struct ArrowSchema schema;
  struct ArrowArray *arrays;
  size_t n, at;
};

static sl_status copy_schema(const struct ArrowSchema *from, struct ArrowSchema *out) {
  struct sl_field *fields = sl_calloc_array((size_t)from->n_children, sizeof *fields);
  if (fields == NULL) {
    return SL_ENOMEM;
  }
  for (int64_t i = 0; i < from->n_children; i++) {
    fields[i] = (struct sl_field){ from->children[i]->name, from->children[i]->format,
                                   (from->children[i]->flags & ARROW_FLAG_NULLABLE) != 0 };
  }
  sl_status rc = sl_schema_struct(out, fields, (size_t)from->n_children, NULL);
  for (int64_t i = 0; rc == SL_OK && i < from->n_children; i++) {
    if (sl_schema_is_json(from->children[i])) {
      sl_schema_mark_json(out->children[i]);
    }
  }
  free(fields);
  return rc;
}

static int stream_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out) {
  struct array_stream *s = stream->private_data;
  return copy_schema(&s->schema, out) == SL_OK ? 0 : ENOMEM;
}

static int stream_next(struct ArrowArrayStream *stream, struct ArrowArray *out) {
  struct array_stream *s = stream->private_data;
  if (s->at == s->n) {
    *out = (struct ArrowArray){ 0 };
    return 0;
  }
  *out = s->arrays[s->at];
  s->arrays[s->at++].release = NULL;
  return 0;
}

static const char *stream_error(struct ArrowArrayStream *stream) {
  (void)stream;
  return "out of memory";
}

static void stream_release(struct ArrowArrayStream *stream) {
  struct array_stream *s = stream->private_data;
  for (; s->at < s->n; s->at++) {
    s->arrays[s->at].release(&s->arrays[s->at]);
  }
  s->schema.release(&s->schema);
  free(s->arrays);
  free(s);
  stream->release = NULL;
}

sl_status sl_stream_of(struct ArrowArrayStream *out, struct ArrowSchema *schema,
                       struct ArrowArray *arrays, size_t n, struct sl_error *err) {
  struct array_stream *s = calloc(1, sizeof *s);
  struct ArrowArray *copies = sl_calloc_array(n, sizeof *copies);
  if (s == NULL || copies == NULL) {
    free(s);
    free(copies);
    return sl_fail(err, SL_ENOMEM, "out of memory for a stream");
  }
  for (size_t i = 0; i < n; i++) {
    copies[i] = arrays[i];
    arrays[i].release = NULL;
  }
  *s = (struct array_stream){ .schema = *schema, .arrays = copies, .n = n };
  schema->release = NULL;
  *out = (struct ArrowArrayStream){ .get_schema = stream_schema,
                                    .get_next = stream_next,
                                    .get_last_error = stream_error,
                                    .release = stream_release,
                                    .private_data = s };
  return SL_OK;
}
