/* native.c - see native.h. */
#include "native.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sluice/registry.h>

enum { MEMORY_BYTES = 256 << 20, THREADS = 2 };

static void note_warning(void *arg, const char *message) {
  struct native *native = arg;
  pthread_mutex_lock(&native->lock);
  size_t before = native->warnings == NULL ? 0 : strlen(native->warnings);
  size_t length = strlen(message);
  char *grown = realloc(native->warnings, before + length + 2);
  if (grown != NULL) {
    memcpy(grown + before, message, length);
    grown[before + length] = '\n';
    grown[before + length + 1] = '\0';
    native->warnings = grown;
  }
  pthread_mutex_unlock(&native->lock);
}

char *native_take_warnings(struct native *native) {
  pthread_mutex_lock(&native->lock);
  char *taken = native->warnings;
  native->warnings = NULL;
  pthread_mutex_unlock(&native->lock);
  return taken;
}

sl_status native_init(struct native *native, const char *location, struct sl_error *err) {
  pthread_mutex_init(&native->lock, NULL);
  sl_status rc = sl_source_find(location, &native->ops, &native->rest, err);
  if (rc == SL_OK && (native->settings = calloc(1, native->ops->settings_bytes + 1)) == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for settings");
  }
  if (rc == SL_OK) {
    sl_location_scheme(location, native->rest, native->scheme);
    rc = sl_options_set_defaults(native->ops->options, native->settings, err);
  }
  return rc;
}

void native_close(struct native *native) {
  sl_catalog_release(&native->catalog);
  native->catalog = (struct sl_catalog){ 0 };
  if (native->source != NULL) {
    native->ops->close(native->source);
    native->source = NULL;
  }
}

void native_release(struct native *native) {
  native_close(native);
  free(native->settings);
  free(native->warnings);
  pthread_mutex_destroy(&native->lock);
}

sl_status native_open(struct native *native, struct sl_error *err) {
  if (native->source != NULL) {
    return SL_OK;
  }
  struct sl_source_config config = { .location = native->rest,
                                     .scheme = native->scheme,
                                     .settings = native->settings,
                                     .memory_bytes = MEMORY_BYTES,
                                     .threads = THREADS,
                                     .max_nesting = -1,
                                     .tables = native->tables,
                                     .write_disposition = native->write_disposition,
                                     .warn = note_warning,
                                     .warn_arg = native };
  sl_status rc = native->ops->open(&native->source, &config, err);
  if (rc == SL_OK) {
    rc = native->ops->discover(native->source, &native->catalog, err);
  }
  if (rc != SL_OK) {
    native_close(native);
  }
  return rc;
}

sl_status native_find(struct native *native, const char *name, struct sl_source_table **out,
                      struct sl_error *err) {
  struct sl_catalog *catalog = &native->catalog;
  if (name[0] == '\0' && catalog->n_tables == 1) {
    *out = &catalog->tables[0];
    return SL_OK;
  }
  char names[512] = "";
  size_t used = 0;
  for (size_t i = 0; i < catalog->n_tables; i++) {
    const struct sl_source_table *t = &catalog->tables[i]; /* target: orders of shop.orders */
    if (strcmp(t->name, name) == 0 || (t->target != NULL && strcmp(t->target, name) == 0)) {
      *out = &catalog->tables[i];
      return SL_OK;
    }
    if (used < sizeof names) {
      used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i == 0 ? "" : ", ",
                               catalog->tables[i].name);
    }
  }
  return sl_fail(err, SL_ENOTFOUND, "the source has no table '%s'; it has %s", name,
                 catalog->n_tables == 0 ? "none" : names);
}

static bool is_empty(const struct sl_block *block) {
  return block->kind == SL_BLOCK_DOCUMENTS
             ? block->size == 0
             : block->kind != SL_BLOCK_BATCH || block->array.length == 0;
}

sl_status native_next(struct native *native, struct sl_block *out, bool *end,
                      struct sl_error *err) {
  sl_status rc = SL_OK;
  *end = false;
  while (rc == SL_OK && !*end) {
    *out = (struct sl_block){ 0 };
    rc = native->ops->claim(native->source, out, end, err);
    if (rc == SL_OK && !*end && native->ops->fill != NULL) {
      rc = native->ops->fill(native->source, out, err); /* releases it when it fails */
    }
    if (rc != SL_OK || *end || !is_empty(out)) {
      break;
    }
    if (out->release != NULL) { /* nothing to hand on: the next one */
      out->release(out);
    }
  }
  return rc;
}
