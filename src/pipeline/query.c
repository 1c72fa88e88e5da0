/* query.c - see query.h. */
#include "pipeline/query.h"

#include "column/batch.h"

void sl_query_columns(const struct sl_sql_context *sql, const struct sl_table_name *name,
                      const char *const *columns, size_t n, struct sl_buffer *out) {
  sl_buffer_text(out, "SELECT ");
  for (size_t i = 0; i < n; i++) {
    sl_buffer_text(out, i == 0 ? "" : ", ");
    sl_sql_identifier(sql, columns[i], out);
  }
  sl_buffer_text(out, " FROM ");
  sl_sql_table(sql, name, out);
}

enum { MOST_COLUMNS = 16 };

static sl_status hand_over(const struct ArrowSchema *schema, const struct ArrowArray *array,
                           struct sl_buffer texts[MOST_COLUMNS], sl_query_row row, void *arg,
                           struct sl_error *err) {
  const char *values[MOST_COLUMNS] = { NULL };
  sl_status rc = SL_OK;
  for (int64_t r = 0; rc == SL_OK && r < array->length; r++) {
    for (int64_t c = 0; rc == SL_OK && c < array->n_children; c++) {
      sl_buffer_reset(&texts[c]);
      sl_buffer_text(&texts[c], "");
      bool given = sl_array_print(schema->children[c], array->children[c], r, &texts[c]);
      rc = sl_buffer_check(&texts[c], err);
      values[c] = given ? texts[c].data : NULL;
    }
    rc = rc == SL_OK ? row(arg, values, err) : rc;
  }
  return rc;
}

sl_status sl_query_rows(struct sl_destination *d, const char *sql, sl_query_row row, void *arg,
                        struct sl_error *err) {
  struct ArrowArrayStream stream = { 0 };
  struct ArrowSchema schema = { 0 };
  struct sl_buffer texts[MOST_COLUMNS] = { { 0 } };
  sl_status rc = d->ops->query(d, sql, &stream, err);
  if (rc != SL_OK) {
    return rc;
  }
  if (stream.get_schema(&stream, &schema) != 0) {
    rc = sl_fail(err, SL_EDEST, "%s", stream.get_last_error(&stream));
  } else if (schema.n_children > MOST_COLUMNS) {
    rc = sl_fail(err, SL_EINTERNAL, "a query of more than %d columns", MOST_COLUMNS);
  }
  while (rc == SL_OK) {
    struct ArrowArray array = { 0 };
    if (stream.get_next(&stream, &array) != 0) {
      rc = sl_fail(err, SL_EDEST, "%s", stream.get_last_error(&stream));
      break;
    }
    if (array.release == NULL) {
      break;
    }
    rc = hand_over(&schema, &array, texts, row, arg, err);
    array.release(&array);
  }
  if (schema.release != NULL) {
    schema.release(&schema);
  }
  stream.release(&stream);
  for (size_t i = 0; i < MOST_COLUMNS; i++) {
    sl_buffer_release(&texts[i]);
  }
  return rc;
}

struct first { /* of the first row, its first value */
  struct sl_buffer *out;
  bool seen, found;
};

static sl_status take_first(void *arg, const char *const *values, struct sl_error *err) {
  struct first *first = arg;
  (void)err;
  if (!first->seen && values[0] != NULL) {
    sl_buffer_text(first->out, values[0]);
    first->found = true;
  }
  first->seen = true;
  return SL_OK;
}

sl_status sl_query_text(struct sl_destination *d, const char *sql, struct sl_buffer *out,
                        bool *found, struct sl_error *err) {
  struct first first = { .out = out };
  sl_status rc = sl_query_rows(d, sql, take_first, &first, err);
  *found = first.found;
  return rc == SL_OK ? sl_buffer_check(out, err) : rc;
}

sl_status sl_query_exists(struct sl_destination *d, const struct sl_table_name *name, bool *exists,
                          struct sl_error *err) {
  struct ArrowSchema stored = { 0 };
  sl_status rc = d->ops->describe(d, name, &stored, err);
  *exists = rc == SL_OK && stored.release != NULL;
  if (stored.release != NULL) {
    stored.release(&stored);
  }
  return rc;
}
