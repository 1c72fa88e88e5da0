/* records.c - what manifests, plans and records are read with: lists of names, JSON at a key.
 * Declared in place.h and files_internal.h. */
#include <stdlib.h>

#include <yyjson.h>

#include "files_internal.h"

sl_status files_names_add(struct files_names *names, const char *name, size_t length,
                          struct sl_error *err) {
  sl_status rc =
      sl_grow(&names->items, &names->capacity, names->count + 1, sizeof *names->items, err);
  char *copy = rc == SL_OK ? strndup(name, length) : NULL;
  if (rc == SL_OK && copy == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for names of files");
  }
  if (rc == SL_OK) {
    names->items[names->count++] = copy;
  }
  return rc;
}

void files_names_release(struct files_names *names) {
  for (size_t i = 0; i < names->count; i++) {
    free(names->items[i]);
  }
  free(names->items);
  *names = (struct files_names){ 0 };
}

bool files_names_have(const struct files_names *names, const char *name) {
  for (size_t i = 0; i < names->count; i++) {
    if (strcmp(names->items[i], name) == 0) {
      return true;
    }
  }
  return false;
}

sl_status files_read_json(struct files_destination *d, const char *key, yyjson_doc **out,
                          struct sl_error *err) {
  struct sl_buffer json = { 0 };
  bool found = false;
  *out = NULL;
  sl_status rc = d->place->ops->get(d->place, key, &json, &found, err);
  if (rc == SL_OK && found) {
    *out = yyjson_read(json.data == NULL ? "" : json.data, json.length, 0);
    rc = *out != NULL ? SL_OK
                      : sl_fail(err, SL_EDATA, "%s is damaged: was it changed by hand?", key);
  }
  sl_buffer_release(&json);
  return rc;
}

const char *files_text_of(yyjson_val *object, const char *member) {
  const char *text = yyjson_get_str(yyjson_obj_get(object, member));
  return text == NULL ? "" : text;
}
