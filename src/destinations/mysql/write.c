/* write.c - rows on their way: they wait as they came, in columns, until a table has enough of
 * them, so that small batches of many tables are not a statement each. */
#include <stdlib.h>

#include "base/memory.h"
#include "column/batch.h"
#include "column/match.h"
#include "mysql_internal.h"

/* Of Arrow columns that wait. While a table's are sent, as many again should come in: the queue
 * before us holds a 64th of --memory, and the server should not wait for it. */
enum { TABLE_BYTES = 4 << 20, ALL_BYTES = 64 << 20 };

void my_target_drop_waiting(struct my_destination *d, struct my_target *target) {
  for (size_t i = 0; i < target->n_waiting; i++) {
    target->waiting[i].release(&target->waiting[i]);
  }
  d->waiting_bytes -= target->bytes;
  target->n_waiting = 0;
  target->bytes = 0;
  target->rows = 0;
}

static bool take_field(void *arg, int64_t i, const struct ArrowSchema *child, const void *column) {
  const struct my_column *c = column;
  struct my_field *field = (struct my_field *)arg + i;
  *field = (struct my_field){ .column = c,
                              .write = my_field_writer(c->kind, child->format),
                              .kind = child->format[0],
                              .scale = sl_decimal_format_scale(child->format) };
  return field->write != NULL;
}

static sl_status match_columns(const struct my_target *target, const struct ArrowSchema *schema,
                               struct my_field *out, struct sl_error *err) {
  const struct sl_column_match match = { .table = target->qualified,
                                         .columns = target->columns,
                                         .count = target->n_columns,
                                         .size = sizeof *target->columns,
                                         .take = take_field,
                                         .arg = out };
  return sl_column_match(&match, schema, err);
}

static bool same_fields(const struct my_target *t, const struct my_field *fields, size_t n) {
  bool same = t->n_fields == n;
  for (size_t i = 0; same && i < n; i++) {
    same = t->fields[i].column == fields[i].column && t->fields[i].write == fields[i].write &&
           t->fields[i].scale == fields[i].scale;
  }
  return same;
}

static sl_status flush(struct my_destination *d, struct my_target *target, struct sl_error *err) {
  bool refused = !d->load_data;
  sl_status rc = SL_OK;
  if (target->rows > 0 && !refused) {
    rc = my_load_data(d, target, &refused, err);
    d->load_data = !refused;
  }
  if (target->rows > 0 && refused) {
    rc = my_insert(d, target, err);
  }
  my_target_drop_waiting(d, target);
  return rc;
}

sl_status my_dest_flush(struct sl_destination *base, struct sl_error *err) {
  struct my_destination *d = (struct my_destination *)base;
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < d->n_targets; i++) {
    rc = flush(d, d->targets[i], err);
  }
  return rc;
}

/* Takes the rows in; the fields are the table's from now on. */
static sl_status keep(struct my_destination *d, struct my_target *target,
                      const struct ArrowSchema *schema, struct ArrowArray *array,
                      struct sl_error *err) {
  sl_status rc = sl_grow(&target->waiting, &target->waiting_capacity, target->n_waiting + 1,
                         sizeof *target->waiting, err);
  if (rc == SL_OK) {
    int64_t bytes = sl_array_bytes(schema, array);
    target->waiting[target->n_waiting++] = *array;
    target->bytes += bytes;
    target->rows += array->length;
    d->waiting_bytes += bytes;
    array->release = NULL;
  }
  return rc;
}

sl_status my_dest_append(struct sl_destination *base, const struct sl_table_name *name,
                         const struct ArrowSchema *schema, struct ArrowArray *array,
                         struct sl_error *err) {
  struct my_destination *d = (struct my_destination *)base;
  struct my_target *target = NULL;
  size_t n = (size_t)schema->n_children;
  struct my_field *fields = sl_calloc_array(n, sizeof *fields);
  sl_status rc = fields == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for %zu columns", n)
                                : my_target_get(d, name, &target, err);
  if (rc == SL_OK) {
    rc = match_columns(target, schema, fields, err);
  }
  if (rc == SL_OK && !same_fields(target, fields, n)) {
    rc = flush(d, target, err);
    if (rc == SL_OK) {
      free(target->fields);
      target->fields = fields;
      target->n_fields = n;
      fields = NULL;
    }
  }
  free(fields);
  if (rc == SL_OK && array->length == 0) {
    array->release(array);
  } else if (rc == SL_OK) {
    rc = keep(d, target, schema, array, err);
  }
  if (rc == SL_OK && target->bytes >= TABLE_BYTES) {
    rc = flush(d, target, err);
  }
  return rc == SL_OK && d->waiting_bytes >= ALL_BYTES ? my_dest_flush(base, err) : rc;
}
