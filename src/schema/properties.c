/* properties.c - ordered key -> JSON pairs for what dlt keeps and we only carry. */
#include <stdlib.h>

#include <yyjson.h>

#include "schema/schema.h"

const char *sl_properties_get(const struct sl_properties *p, const char *key) {
  for (size_t i = 0; i < p->count; i++) {
    if (strcmp(p->items[i].key, key) == 0) {
      return p->items[i].json;
    }
  }
  return NULL;
}

static void remove_at(struct sl_properties *p, size_t at) {
  free(p->items[at].key);
  free(p->items[at].json);
  p->count--;
  memmove(&p->items[at], &p->items[at + 1], (p->count - at) * sizeof *p->items);
}

sl_status sl_properties_set(struct sl_properties *p, const char *key, const char *json,
                            struct sl_error *err) {
  for (size_t i = 0; i < p->count; i++) {
    if (strcmp(p->items[i].key, key) != 0) {
      continue;
    }
    if (json == NULL) {
      remove_at(p, i);
      return SL_OK;
    }
    char *copy = strdup(json);
    if (copy == NULL) {
      return sl_fail(err, SL_ENOMEM, "out of memory for %s", key);
    }
    free(p->items[i].json);
    p->items[i].json = copy;
    return SL_OK;
  }
  if (json == NULL) {
    return SL_OK;
  }
  sl_status rc = sl_grow(&p->items, &p->capacity, p->count + 1, sizeof *p->items, err);
  if (rc != SL_OK) {
    return rc;
  }
  struct sl_property item = { strdup(key), strdup(json) };
  if (item.key == NULL || item.json == NULL) {
    free(item.key);
    free(item.json);
    return sl_fail(err, SL_ENOMEM, "out of memory for %s", key);
  }
  p->items[p->count++] = item;
  return SL_OK;
}

char *sl_properties_text(const struct sl_properties *p, const char *key) {
  const char *json = sl_properties_get(p, key);
  yyjson_doc *doc = json == NULL ? NULL : yyjson_read(json, strlen(json), 0);
  const char *text = yyjson_get_str(yyjson_doc_get_root(doc));
  char *copy = text == NULL ? NULL : strdup(text);
  yyjson_doc_free(doc);
  return copy;
}

void sl_properties_release(struct sl_properties *p) {
  while (p->count > 0) {
    remove_at(p, p->count - 1);
  }
  free(p->items);
  *p = (struct sl_properties){ 0 };
}
