/* discover.c - see discover.h. */
#include "project/discover.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <sluice/registry.h>

#include "base/memory.h"
#include "base/text.h"

static sl_status open_source(const struct sl_load_settings *load, void *settings,
                             const struct sl_source_ops *ops, const char *rest,
                             struct sl_source **out, struct sl_error *err) {
  char scheme[32];
  sl_status rc = sl_options_set_defaults(ops->options, settings, err);
  for (size_t i = 0; rc == SL_OK && i < load->n_source_options; i++) {
    rc = sl_options_set(ops->options, settings, load->source_options[i].name,
                        load->source_options[i].text, err);
  }
  sl_location_scheme(load->source, rest, scheme);
  struct sl_source_config config = { .location = rest,
                                     .scheme = scheme,
                                     .settings = settings,
                                     .memory_bytes = INT64_C(16) << 20,
                                     .threads = 1,
                                     .columns = load->columns,
                                     .max_nesting = load->max_nesting,
                                     .tables = load->table,
                                     .write_disposition = load->write_disposition,
                                     .primary_key = load->primary_key };
  return rc == SL_OK ? ops->open(out, &config, err) : rc;
}

sl_status sl_discover(const struct sl_load_settings *load, struct sl_catalog *out,
                      struct sl_error *err) {
  const struct sl_source_ops *ops = NULL;
  const char *rest = NULL;
  struct sl_source *source = NULL;
  *out = (struct sl_catalog){ 0 };
  sl_status rc = sl_source_find(load->source, &ops, &rest, err);
  void *settings = rc == SL_OK ? sl_calloc_array(1, ops->settings_bytes + 1) : NULL;
  if (rc == SL_OK && settings == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for settings");
  }
  if (rc == SL_OK) {
    rc = open_source(load, settings, ops, rest, &source, err);
  }
  if (rc == SL_OK) {
    rc = ops->discover(source, out, err);
    ops->close(source);
  }
  free(settings);
  return rc;
}

bool sl_discover_wants(const struct sl_load_settings *load, const struct sl_source_table *table) {
  const char *dot = strrchr(table->name, '.');
  return load->table == NULL || sl_text_glob_list(load->table, table->name) ||
         (dot != NULL && sl_text_glob_list(load->table, dot + 1)) ||
         (table->target != NULL && sl_text_glob_list(load->table, table->target));
}

sl_status sl_discover_format(const struct sl_load_settings *load, const char *column, char out[64],
                             struct sl_error *err) {
  struct sl_catalog catalog;
  sl_status rc = sl_discover(load, &catalog, err);
  bool found = false;
  for (size_t i = 0; rc == SL_OK && i < catalog.n_tables && !found; i++) {
    const struct sl_source_table *t = &catalog.tables[i];
    bool known = t->schema.release != NULL && sl_discover_wants(load, t);
    for (int64_t c = 0; known && c < t->schema.n_children && !found; c++) {
      found = strcasecmp(t->schema.children[c]->name, column) == 0;
      if (found) {
        snprintf(out, 64, "%s", t->schema.children[c]->format);
      }
    }
  }
  sl_catalog_release(&catalog);
  return rc != SL_OK || found ? rc
                              : sl_fail(err, SL_ENOTFOUND,
                                        "no table of the source has the cursor column %s", column);
}
