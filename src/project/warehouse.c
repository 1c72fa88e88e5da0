/* warehouse.c - see warehouse.h. */
#include "project/warehouse.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <sluice/registry.h>

#include "base/time.h"
#include "column/read.h"
#include "pipeline/workdir.h"

sl_status sl_warehouse_open(const struct sl_project *project, enum sl_warehouse_use use,
                            int64_t memory_bytes, struct sl_warehouse *out, struct sl_error *err) {
  const struct sl_destination_ops *ops = NULL;
  const char *location = NULL;
  char scheme[32];
  *out = (struct sl_warehouse){ 0 };
  sl_status rc = sl_destination_find(project->destination, &ops, &location, err);
  if (rc == SL_OK && ops->query == NULL) {
    rc = sl_fail(err, SL_EUNSUPPORTED, "%s answers no queries: it is no database", ops->name);
  }
  if (rc == SL_OK) {
    out->settings = sl_calloc_array(1, ops->settings_bytes + 1);
    rc = out->settings == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for settings")
                               : sl_options_set_defaults(ops->options, out->settings, err);
  }
  if (rc == SL_OK) {
    sl_location_scheme(project->destination, location, scheme);
    struct sl_destination_config config = { .location = location,
                                            .scheme = scheme,
                                            .settings = out->settings,
                                            .memory_bytes = memory_bytes,
                                            .read_only = use == SL_WAREHOUSE_READ,
                                            .shared = use == SL_WAREHOUSE_SHARED };
    rc = ops->open(&out->destination, &config, err);
  }
  if (rc != SL_OK) {
    sl_warehouse_close(out);
  }
  return rc;
}

void sl_warehouse_close(struct sl_warehouse *warehouse) {
  if (warehouse->destination != NULL) {
    warehouse->destination->ops->close(warehouse->destination);
  }
  free(warehouse->settings);
  *warehouse = (struct sl_warehouse){ 0 };
}

/* Appends a value and a NUL; false = null. */
static bool print_value(const struct ArrowSchema *schema, const struct ArrowArray *array,
                        int64_t row, struct sl_buffer *out) {
  struct sl_read_value v = sl_array_read(schema, array, row);
  char text[64];
  switch (v.kind) {
    case SL_READ_TEXT:
    case SL_READ_BINARY: sl_buffer_append(out, v.as.text.data, v.as.text.length); break;
    case SL_READ_BOOL: sl_buffer_text(out, v.as.boolean ? "true" : "false"); break;
    case SL_READ_INT64: sl_buffer_printf(out, "%" PRId64, v.as.integer); break;
    case SL_READ_UINT64: sl_buffer_printf(out, "%" PRIu64, v.as.natural); break;
    case SL_READ_DOUBLE: sl_buffer_printf(out, "%.17g", v.as.real); break;
    case SL_READ_TIMESTAMP:
      sl_timestamp_print(text, v.as.integer, v.zoned);
      sl_buffer_text(out, text);
      break;
    case SL_READ_DECIMAL: {
      char digits[48];
      sl_decimal_print(digits, v.as.decimal);
      sl_buffer_text(out, digits);
      break;
    }
    default: return false;
  }
  sl_buffer_char(out, '\0');
  return true;
}

enum { MOST_COLUMNS = 64 };

static sl_status give_row(const struct ArrowSchema *schema, const struct ArrowArray *array,
                          int64_t row, struct sl_buffer *text, sl_warehouse_row_fn fn, void *arg,
                          struct sl_error *err) {
  size_t starts[MOST_COLUMNS];
  const char *texts[MOST_COLUMNS];
  size_t n = (size_t)schema->n_children;
  sl_buffer_reset(text);
  for (size_t c = 0; c < n; c++) {
    starts[c] = text->length;
    if (!print_value(schema->children[c], array->children[c], row, text)) {
      starts[c] = SIZE_MAX;
    }
  }
  for (size_t c = 0; c < n; c++) {
    texts[c] = starts[c] == SIZE_MAX || text->data == NULL ? NULL : text->data + starts[c];
  }
  return text->failed ? sl_fail(err, SL_ENOMEM, "out of memory for a row") : fn(arg, texts, n, err);
}

sl_status sl_warehouse_query(struct sl_warehouse *warehouse, const char *sql,
                             sl_warehouse_row_fn fn, void *arg, struct sl_error *err) {
  struct ArrowArrayStream stream = { 0 };
  struct ArrowSchema schema = { 0 };
  struct sl_buffer text = { 0 };
  struct sl_destination *d = warehouse->destination;
  sl_status rc = d->ops->query(d, sql, &stream, err);
  if (rc != SL_OK) {
    return rc;
  }
  bool more = stream.get_schema(&stream, &schema) == 0 && schema.n_children <= MOST_COLUMNS;
  if (!more) {
    rc = sl_fail(err, SL_EDEST, "the answer cannot be read: %s", stream.get_last_error(&stream));
  }
  while (rc == SL_OK && more) {
    struct ArrowArray array = { 0 };
    if (stream.get_next(&stream, &array) != 0) {
      rc = sl_fail(err, SL_EDEST, "%s", stream.get_last_error(&stream));
      break;
    }
    more = array.release != NULL;
    for (int64_t row = 0; more && rc == SL_OK && row < array.length; row++) {
      rc = give_row(&schema, &array, row, &text, fn, arg, err);
    }
    if (more) {
      array.release(&array);
    }
  }
  if (schema.release != NULL) {
    schema.release(&schema);
  }
  stream.release(&stream);
  sl_buffer_release(&text);
  return rc;
}

static sl_status take_count(void *arg, const char *const *texts, size_t n, struct sl_error *err) {
  (void)n;
  (void)err;
  *(int64_t *)arg = texts[0] == NULL ? -1 : strtoll(texts[0], NULL, 10);
  return SL_OK;
}

int64_t sl_warehouse_count(struct sl_warehouse *warehouse, const char *dataset, const char *table) {
  struct sl_buffer sql = { 0 };
  int64_t count = -1;
  const char *dialect = warehouse->destination->ops->capabilities.dialect;
  char quote = dialect != NULL && strcmp(dialect, "mysql") == 0 ? '`' : '"';
  sl_buffer_printf(&sql, "SELECT count(*) FROM %c%s%c.%c%s%c", quote, dataset, quote, quote, table,
                   quote);
  if (sql.failed || sl_warehouse_query(warehouse, sql.data, take_count, &count, NULL) != SL_OK) {
    count = -1;
  }
  sl_buffer_release(&sql);
  return count;
}

struct names {
  char **items;
  size_t n, capacity;
};

static sl_status take_name(void *arg, const char *const *texts, size_t n, struct sl_error *err) {
  struct names *names = arg;
  (void)n;
  sl_status rc = sl_grow(&names->items, &names->capacity, names->n + 1, sizeof *names->items, err);
  if (rc == SL_OK && texts[0] != NULL && strncmp(texts[0], "_dlt_", 5) != 0) {
    names->items[names->n] = strdup(texts[0]);
    rc =
        names->items[names->n] == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for names") : SL_OK;
    names->n += rc == SL_OK;
  }
  return rc;
}

sl_status sl_warehouse_tables(struct sl_warehouse *warehouse, const char *dataset, char ***out,
                              size_t *n, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  struct names names = { 0 };
  sl_buffer_printf(&sql,
                   "SELECT table_name FROM information_schema.tables WHERE table_schema = '%s' "
                   "ORDER BY table_name",
                   dataset);
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = sl_warehouse_query(warehouse, sql.data, take_name, &names, err);
  }
  sl_buffer_release(&sql);
  if (rc != SL_OK) {
    sl_names_free(names.items, names.n);
    names = (struct names){ 0 };
  }
  *out = names.items;
  *n = names.n;
  return rc;
}

int64_t sl_warehouse_count_all(struct sl_warehouse *warehouse, const char *dataset) {
  char **names = NULL;
  size_t n = 0;
  int64_t sum = 0;
  if (sl_warehouse_tables(warehouse, dataset, &names, &n, NULL) != SL_OK) {
    return -1;
  }
  for (size_t i = 0; i < n && sum >= 0; i++) {
    int64_t rows = sl_warehouse_count(warehouse, dataset, names[i]);
    sum = rows < 0 ? -1 : sum + rows;
  }
  sl_names_free(names, n);
  return sum;
}
