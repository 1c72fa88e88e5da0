/* batch_mixed.c - columns with values of several types: a builder for each type, a union at the
 * end; see database.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/real.h"
#include "database/batch_internal.h"

sl_status sl_db_batch_refuse(struct sl_db_batch *b, const struct sl_db_batch_column *c,
                             const char *text, size_t length, struct sl_error *err) {
  char reason[320];
  if (b->keep_rejects) {
    snprintf(reason, sizeof reason, "no column of type %.200s can hold the value",
             c->declared->type_name);
    return sl_db_batch_reject(b, c, text, length, reason, err);
  }
  return sl_fail(err, SL_EDATA,
                 "table %s, column %s (%s): no column of that type can hold the value %.*s; choose "
                 "--special-values variant (keeps it in a column of its own) or null",
                 b->table->name, c->declared->name, c->declared->type_name,
                 (int)(length < 60 ? length : 60), text);
}

static sl_status refuse_other(struct sl_db_batch *b, const struct sl_db_batch_column *c,
                              const struct sl_db_other *v, struct sl_error *err) {
  char text[SL_REAL_CHARS];
  switch (v->type) {
    case SL_DB_INTEGER: snprintf(text, sizeof text, "%" PRId64, v->integer); break;
    case SL_DB_DOUBLE: sl_real_print(text, v->real); break;
    case SL_DB_TEXT: return sl_db_batch_refuse(b, c, v->bytes, v->length, err);
    case SL_DB_BINARY:
      if (b->keep_rejects) {
        return sl_db_batch_refuse(b, c, v->bytes, v->length, err);
      }
      snprintf(text, sizeof text, "(%zu bytes)", v->length);
      break;
  }
  return sl_db_batch_refuse(b, c, text, strlen(text), err);
}

static sl_status make_others(struct sl_db_batch_column *c, struct sl_error *err) {
  static const enum sl_layout layouts[SL_DB_OTHER_TYPES] = {
    [SL_DB_INTEGER] = SL_LAYOUT_INT64,
    [SL_DB_DOUBLE] = SL_LAYOUT_DOUBLE,
    [SL_DB_TEXT] = SL_LAYOUT_BYTES,
    [SL_DB_BINARY] = SL_LAYOUT_BYTES,
  };
  c->others = sl_calloc_array(SL_DB_OTHER_TYPES, sizeof *c->others);
  for (int k = 0; c->others != NULL && k < SL_DB_OTHER_TYPES; k++) {
    c->others[k].layout = layouts[k];
  }
  return c->others == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a batch") : SL_OK;
}

sl_status sl_db_batch_append_other(struct sl_db_batch *b, size_t column,
                                   const struct sl_db_other *v, struct sl_error *err) {
  struct sl_db_batch_column *c = &b->columns[column];
  if (strcmp(b->special_values, "null") == 0) {
    return SL_OK;
  }
  if (strcmp(b->special_values, "error") == 0) {
    return refuse_other(b, c, v, err);
  }
  sl_status rc = c->others == NULL ? make_others(c, err) : SL_OK;
  if (rc == SL_OK) {
    rc = sl_builder_pad(&c->others[v->type], b->rows, err);
  }
  if (rc != SL_OK) {
    return rc;
  }
  switch (v->type) {
    case SL_DB_INTEGER: return sl_builder_append_int64(&c->others[v->type], v->integer, err);
    case SL_DB_DOUBLE: return sl_builder_append_double(&c->others[v->type], v->real, err);
    default: return sl_builder_append_bytes(&c->others[v->type], v->bytes, v->length, err);
  }
}

static bool is_mixed(const struct sl_db_batch_column *c) {
  for (int k = 0; c->others != NULL && k < SL_DB_OTHER_TYPES; k++) {
    if (c->others[k].length > 0) {
      return true;
    }
  }
  return false;
}

static sl_status build_union(struct sl_db_batch_column *c, int64_t rows, struct ArrowSchema *schema,
                             struct ArrowArray *array, struct sl_error *err) {
  static const char *const formats[SL_DB_OTHER_TYPES] = { "l", "g", "u", "z" };
  struct sl_field fields[SL_DB_OTHER_TYPES + 1] = { { c->declared->name, schema->format, true } };
  struct ArrowArray children[SL_DB_OTHER_TYPES + 1] = { *array };
  bool json = sl_schema_is_json(schema);
  struct ArrowSchema mixed = { 0 };
  size_t n = 1;
  int8_t *ids = calloc((size_t)rows, 1);
  sl_status rc = ids == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a batch") : SL_OK;
  array->release = NULL;
  for (int k = 0; rc == SL_OK && k < SL_DB_OTHER_TYPES; k++) {
    struct sl_builder *other = &c->others[k];
    for (int64_t row = 0; row < other->length; row++) {
      if (!sl_builder_is_null(other, row)) {
        ids[row] = (int8_t)n;
      }
    }
    if (other->length > 0) {
      fields[n] = (struct sl_field){ c->declared->name, formats[k], true };
      rc = sl_builder_finish(other, rows, &children[n], err);
      n += rc == SL_OK;
    }
  }
  if (rc == SL_OK) {
    rc = sl_schema_union(&mixed, c->declared->name, fields, n, err);
  }
  if (rc == SL_OK) {
    if (json) {
      sl_schema_mark_json(mixed.children[0]);
    }
    schema->release(schema);
    *schema = mixed;
    rc = sl_array_union(array, children, n, ids, rows, err);
    ids = rc == SL_OK ? NULL : ids;
  }
  for (size_t i = 0; rc != SL_OK && i < n; i++) {
    if (children[i].release != NULL) {
      children[i].release(&children[i]);
    }
  }
  free(ids);
  return rc;
}

sl_status sl_db_batch_mix(struct sl_db_batch *b, struct ArrowSchema *schema,
                          struct ArrowArray *arrays, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < b->table->n_columns; i++) {
    if (is_mixed(&b->columns[i])) {
      rc = build_union(&b->columns[i], b->rows, schema->children[i], &arrays[i], err);
    }
  }
  return rc;
}
