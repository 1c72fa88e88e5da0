/* schema_copy.c - a copy of an Arrow schema: each block owns one. */
#include <stdlib.h>
#include <string.h>

#include "native.h"

static void schema_release(struct ArrowSchema *schema) {
  for (int64_t i = 0; i < schema->n_children; i++) {
    if (schema->children[i]->release != NULL) {
      schema->children[i]->release(schema->children[i]);
    }
    free(schema->children[i]);
  }
  if (schema->dictionary != NULL) {
    if (schema->dictionary->release != NULL) {
      schema->dictionary->release(schema->dictionary);
    }
    free(schema->dictionary);
  }
  free(schema->children);
  free((void *)schema->format);
  free((void *)schema->name);
  free((void *)schema->metadata);
  schema->release = NULL;
}

/* Bytes of metadata: a count, then pairs of length and bytes, all 32 bits. */
static size_t metadata_size(const char *metadata) {
  int32_t n;
  memcpy(&n, metadata, sizeof n);
  size_t at = sizeof n;
  for (int32_t i = 0; i < 2 * n; i++) {
    int32_t length;
    memcpy(&length, metadata + at, sizeof length);
    at += sizeof length + (size_t)length;
  }
  return at;
}

static bool copy_metadata(const struct ArrowSchema *from, struct ArrowSchema *to) {
  if (from->metadata == NULL) {
    return true;
  }
  size_t size = metadata_size(from->metadata);
  char *copy = malloc(size);
  if (copy != NULL) {
    memcpy(copy, from->metadata, size);
  }
  to->metadata = copy;
  return copy != NULL;
}

static bool copy_dictionary(const struct ArrowSchema *from, struct ArrowSchema *to) {
  if (from->dictionary == NULL) {
    return true;
  }
  to->dictionary = calloc(1, sizeof *to->dictionary);
  return to->dictionary != NULL && native_copy_schema(from->dictionary, to->dictionary);
}

bool native_copy_schema(const struct ArrowSchema *from, struct ArrowSchema *to) {
  *to = (struct ArrowSchema){ .flags = from->flags, .release = schema_release };
  to->format = strdup(from->format);
  to->name = strdup(from->name == NULL ? "" : from->name);
  to->children = calloc((size_t)from->n_children + 1, sizeof *to->children);
  bool ok = to->format != NULL && to->name != NULL && to->children != NULL &&
            copy_metadata(from, to) && copy_dictionary(from, to);
  for (int64_t i = 0; ok && i < from->n_children; i++) {
    struct ArrowSchema *child = calloc(1, sizeof *child);
    ok = child != NULL;
    if (ok) {
      to->children[to->n_children++] = child;
      ok = native_copy_schema(from->children[i], child);
    }
  }
  if (!ok) {
    schema_release(to);
  }
  return ok;
}
