/* target.c - see target.h. */
#include "pipeline/target.h"

#include <stdlib.h>

#include "base/memory.h"

sl_status sl_target_open(struct sl_target *t, const char *location, bool read_only,
                         struct sl_error *err) {
  const char *rest;
  sl_status rc = sl_destination_find(location, &t->ops, &rest, err);
  t->settings = rc == SL_OK ? sl_calloc_array(1, t->ops->settings_bytes) : NULL;
  if (rc == SL_OK && t->settings == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for settings");
  }
  if (rc == SL_OK) {
    rc = sl_options_set_defaults(t->ops->options, t->settings, err);
  }
  if (rc == SL_OK) {
    char scheme[32];
    sl_location_scheme(location, rest, scheme);
    struct sl_destination_config config = {
      .location = rest, .scheme = scheme, .settings = t->settings, .read_only = read_only
    };
    rc = t->ops->open(&t->destination, &config, err);
  }
  return rc == SL_OK ? sl_sql_context_of(&t->sql, t->destination, err) : rc;
}

void sl_target_close(struct sl_target *t) {
  if (t->destination != NULL) {
    t->ops->close(t->destination);
    t->destination = NULL;
  }
  free(t->settings);
  t->settings = NULL;
}

sl_status sl_target_begin(struct sl_target *t, struct sl_error *err) {
  struct sl_store_load load = {
    .dataset = t->dataset, .pipeline = t->pipeline, .schema = t->schema, .load_id = "0"
  };
  return t->ops->store == NULL ? t->ops->begin(t->destination, err)
                               : t->ops->store->begin(t->destination, &load, err);
}

struct sl_store_place sl_target_place(const struct sl_target *t) {
  return (struct sl_store_place){ .destination = t->destination,
                                  .sql = &t->sql,
                                  .dataset = t->dataset };
}

sl_status sl_target_schema(struct sl_target *t, struct sl_schema **out, struct sl_error *err) {
  struct sl_store_place place = sl_target_place(t);
  return sl_store_schema(&place, t->schema, out, err);
}

sl_status sl_target_execute(struct sl_target *t, const struct sl_statements *statements,
                            struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < statements->count; i++) {
    rc = t->ops->execute(t->destination, statements->items[i], NULL, err);
  }
  return rc;
}
