/* example_internal.h - the example source while it reads. Private to this folder. */
#ifndef SL_SOURCES_EXAMPLE_INTERNAL_H
#define SL_SOURCES_EXAMPLE_INTERNAL_H

#include <sluice/source.h>

#include "client.h"

struct example_settings { /* filled from the options of example_source.c */
  int64_t rows, block_rows, fail_at, wait_ms;
  const char *token;
  bool only_new;
};

/* location.c: "TABLE?name=value&name=value" into its parts; `location` is cut up in place and must
 * live as long as the settings, which borrow texts of it. *table is "" for all tables. */
sl_status example_read_location(const struct sl_option *options, char *location,
                                struct example_settings *settings, const char **table,
                                struct sl_error *err);

/* orders.c: the columnar table. */
sl_status example_orders_schema(struct ArrowSchema *out, struct sl_error *err);
/* A struct array of `count` orders. */
sl_status example_orders_array(const struct client_order *orders, size_t count,
                               struct ArrowArray *out, struct sl_error *err);

#endif
