/* query.c - see query.h. */
#include "pipeline/query.h"

#include "column/batch.h"

static sl_status first_value(struct ArrowArrayStream *stream, struct sl_buffer *out, bool *found,
                             struct sl_error *err) {
  struct ArrowSchema schema = { 0 };
  struct ArrowArray array = { 0 };
  sl_status rc = SL_OK;
  if (stream->get_schema(stream, &schema) != 0) {
    return sl_fail(err, SL_EDEST, "%s", stream->get_last_error(stream));
  }
  for (;;) {
    if (stream->get_next(stream, &array) != 0) {
      rc = sl_fail(err, SL_EDEST, "%s", stream->get_last_error(stream));
      break;
    }
    if (array.release == NULL) {
      break;
    }
    if (array.length > 0) {
      *found = sl_array_print(schema.children[0], array.children[0], 0, out);
      break;
    }
    array.release(&array);
  }
  if (array.release != NULL) {
    array.release(&array);
  }
  schema.release(&schema);
  return rc;
}

sl_status sl_query_text(struct sl_destination *d, const char *sql, struct sl_buffer *out,
                        bool *found, struct sl_error *err) {
  struct ArrowArrayStream stream = { 0 };
  *found = false;
  sl_status rc = d->ops->query(d, sql, &stream, err);
  if (rc != SL_OK) {
    return rc;
  }
  rc = first_value(&stream, out, found, err);
  stream.release(&stream);
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
