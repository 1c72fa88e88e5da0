/* tally_json.c - the sums of what a load has sent so far, in the ledger of a checkpoint; see
 * tally.h.
 *
 * [{"table", "rows", "row_sum", "source_rows": null where the source was not asked,
 *   "columns": [{"name", "values", "sum"}]}] */
#include <inttypes.h>

#include <yyjson.h>

#include "pipeline/tally.h"
#include "schema/json_text.h"

static void print_columns(const struct sl_tally *t, struct sl_buffer *out) {
  for (size_t i = 0; i < t->n_columns; i++) {
    const struct sl_tally_column *c = &t->columns[i];
    sl_buffer_text(out, i == 0 ? "{\"name\":" : ",{\"name\":");
    sl_json_string(out, c->name, strlen(c->name));
    sl_buffer_printf(out, ",\"values\":%" PRId64 ",\"sum\":%" PRIu64 "}", c->sum.values,
                     c->sum.sum);
  }
}

void sl_tallies_print(const struct sl_tallies *tallies, struct sl_buffer *out) {
  sl_buffer_char(out, '[');
  for (size_t i = 0; i < tallies->n; i++) {
    const struct sl_tally *t = &tallies->items[i];
    sl_buffer_text(out, i == 0 ? "{\"table\":" : ",{\"table\":");
    sl_json_string(out, t->table, strlen(t->table));
    sl_buffer_printf(out, ",\"rows\":%" PRId64 ",\"row_sum\":%" PRIu64 ",\"source_rows\":", t->rows,
                     t->row_sum);
    if (t->counted) {
      sl_buffer_printf(out, "%" PRId64, t->source_rows);
    } else {
      sl_buffer_text(out, "null");
    }
    sl_buffer_text(out, ",\"columns\":[");
    print_columns(t, out);
    sl_buffer_text(out, "]}");
  }
  sl_buffer_char(out, ']');
}

static const char *name_of(yyjson_val *object, const char *member, sl_status *rc,
                           struct sl_error *err) {
  const char *name = yyjson_get_str(yyjson_obj_get(object, member));
  if (name == NULL) {
    *rc = sl_fail(err, SL_EDEST, "the checksums of a checkpoint are damaged; --fresh begins again");
  }
  return name;
}

static sl_status read_tally(struct sl_tallies *tallies, yyjson_val *item, struct sl_error *err) {
  struct sl_tally *t = NULL;
  sl_status rc = SL_OK;
  const char *table = name_of(item, "table", &rc, err);
  if (rc == SL_OK) {
    rc = sl_tallies_entry(tallies, table, &t, err);
  }
  if (rc != SL_OK) {
    return rc;
  }
  yyjson_val *source_rows = yyjson_obj_get(item, "source_rows");
  t->rows = yyjson_get_sint(yyjson_obj_get(item, "rows"));
  t->row_sum = yyjson_get_uint(yyjson_obj_get(item, "row_sum"));
  t->counted = yyjson_is_int(source_rows);
  t->source_rows = yyjson_get_sint(source_rows);
  size_t i;
  size_t n;
  yyjson_val *column;
  yyjson_arr_foreach(yyjson_obj_get(item, "columns"), i, n, column) {
    const struct sl_checksum sum = { .values = yyjson_get_sint(yyjson_obj_get(column, "values")),
                                     .sum = yyjson_get_uint(yyjson_obj_get(column, "sum")) };
    const char *name = rc == SL_OK ? name_of(column, "name", &rc, err) : NULL;
    rc = rc == SL_OK ? sl_tally_add_column(t, name, &sum, err) : rc;
  }
  return rc;
}

sl_status sl_tallies_read(struct sl_tallies *tallies, struct yyjson_val *list,
                          struct sl_error *err) {
  size_t i;
  size_t n;
  yyjson_val *item;
  sl_status rc = SL_OK;
  yyjson_arr_foreach(list, i, n, item) {
    rc = rc == SL_OK ? read_tally(tallies, item, err) : rc;
  }
  return rc;
}
