/* commit.c - a block takes its turn: what it found becomes part of the schema, or, when an earlier
 * block decided otherwise, the block is normalized again against what is now known. */
#include <inttypes.h>
#include <stdlib.h>

#include "normalize/worker.h"
#include "schema/arrow_format.h"

static bool has_values(const struct nz_slot *slot) {
  return slot->passed.release != NULL || slot->builder.length > slot->builder.null_count;
}

static struct sl_column *stored_column(const struct nz_slot *slot) {
  return slot->table->in_schema == NULL ? NULL
                                        : sl_table_column(slot->table->in_schema, slot->name);
}

/* The schema column can take what the slot holds without any change. */
static bool agrees(const struct sl_normalizer *n, const struct nz_slot *slot,
                   struct sl_column *column) {
  struct nz_slot other = { .builder.layout = SL_LAYOUT_INT64 };
  nz_slot_adopt(&other, column, &n->options);
  bool decimal = slot->type == SL_TYPE_DECIMAL;
  return other.type == slot->type && other.naive == slot->naive &&
         (!decimal || (other.precision == slot->precision && other.scale == slot->scale));
}

/* The column's values and the slot's fit into the slot's type. */
static bool is_wider(const struct sl_normalizer *n, const struct nz_slot *slot,
                     struct sl_column *column) {
  struct nz_slot other = { .builder.layout = SL_LAYOUT_INT64 };
  if (slot->type != SL_TYPE_DECIMAL || column->type == SL_TYPE_BIGINT) {
    return slot->type == SL_TYPE_DECIMAL;
  }
  nz_slot_adopt(&other, column, &n->options);
  return other.type == SL_TYPE_DECIMAL && slot->precision >= other.precision &&
         slot->scale >= other.scale;
}

/* Another block has brought the first row of a table that was new for this one: then its own first
 * row is none. True when a contract makes that a difference. */
static bool was_first(struct sl_normalizer *n, struct nz_table *table) {
  if (table->in_schema == NULL) {
    table->in_schema = sl_schema_table(n->schema, table->name);
  }
  if (!table->is_new || table->in_schema == NULL || sl_table_is_new(table->in_schema)) {
    return false;
  }
  table->is_new = false;
  bool matters = false;
  for (size_t i = 0; i < table->n_slots; i++) {
    struct nz_slot *slot = table->slots[i];
    if (slot->column == NULL && stored_column(slot) == NULL) {
      bool allowed = slot->allowed;
      nz_slot_judge(n, slot);
      matters = matters || slot->allowed != allowed;
    }
  }
  return matters;
}

/* True when an earlier block gave a column another type than this one, or another first row to a
 * table. */
static bool has_conflict(struct nz_plan *plan) {
  struct sl_normalizer *n = plan->normalizer;
  bool conflict = false;
  for (size_t i = 0; i < plan->n_tables; i++) {
    struct nz_table *table = plan->tables[i];
    conflict = was_first(n, table) || conflict;
    for (size_t j = 0; j < table->n_slots; j++) {
      struct nz_slot *slot = table->slots[j];
      struct sl_column *column = slot->column != NULL ? slot->column : stored_column(slot);
      if (!has_values(slot) || column == NULL || column->type == SL_TYPE_NONE) {
        continue;
      }
      bool widened = slot->column != NULL && is_wider(n, slot, column);
      conflict = conflict || (!agrees(n, slot, column) && !widened);
    }
  }
  return conflict;
}

/* Slots take over what the schema knows by now; those that nothing is known of forget their guess.
 */
static void refresh(struct nz_plan *plan) {
  const struct sl_normalizer *n = plan->normalizer;
  for (size_t i = 0; i < plan->n_tables; i++) {
    struct nz_table *table = plan->tables[i];
    for (size_t j = 0; j < table->n_slots; j++) {
      struct nz_slot *slot = table->slots[j];
      struct sl_column *column = stored_column(slot);
      if (column != NULL && column->type != SL_TYPE_NONE) {
        nz_slot_adopt(slot, column, &n->options);
      } else {
        slot->type = SL_TYPE_NONE;
      }
    }
  }
}

void nz_reset(struct nz_plan *plan) {
  for (size_t i = 0; i < plan->n_tables; i++) {
    struct nz_table *table = plan->tables[i];
    table->rows = 0;
    table->mark = 0;
    for (size_t j = 0; j < table->n_slots; j++) {
      struct nz_slot *slot = table->slots[j];
      if (slot->passed.release != NULL) {
        slot->passed.release(&slot->passed);
      }
      sl_builder_truncate(&slot->builder, 0);
      slot->writer = NULL;
      if (slot->column == NULL) {
        slot->type = SL_TYPE_NONE;
      }
    }
  }
}

static sl_status check_contract(const struct sl_normalizer *n, const struct nz_slot *slot,
                                struct sl_error *err) {
  const struct nz_table *table = slot->table;
  if (strncmp(slot->name, "_dlt", 4) == 0) {
    return SL_OK;
  }
  struct sl_contract contract = sl_contract_of(
      n->schema, table->in_schema == NULL ? n->root : table->in_schema, &n->override);
  const char *found = sl_type_name(slot->type);
  if (slot->variant && contract.data_type == SL_FREEZE) {
    return sl_contract_fail(err, SL_ENTITY_DATA_TYPE, n->schema->name, table->name, slot->name,
                            found);
  }
  if (!slot->variant && !slot->allowed && contract.columns == SL_FREEZE) {
    return sl_contract_fail(err, SL_ENTITY_COLUMNS, n->schema->name, table->name, slot->name,
                            found);
  }
  return SL_OK;
}

static sl_status add_change(struct sl_normalized *out, struct sl_schema_change change,
                            struct sl_error *err) {
  struct sl_schema_change *grown =
      realloc(out->changes, (out->n_changes + 1) * sizeof *out->changes);
  if (grown == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a schema change");
  }
  out->changes = grown;
  out->changes[out->n_changes++] = change;
  return SL_OK;
}

static sl_status add_table(struct sl_normalizer *n, struct nz_table *table, struct sl_error *err) {
  struct sl_contract contract = sl_contract_of(n->schema, n->root, &n->override);
  if (contract.tables == SL_FREEZE) {
    return sl_contract_fail(err, SL_ENTITY_TABLES, n->schema->name, table->name, NULL, "rows");
  }
  sl_status rc = sl_schema_add_table(n->schema, table->name, &table->in_schema, err);
  if (rc == SL_OK && table->parent != NULL) {
    table->in_schema->parent = strdup(table->parent->name);
    rc = table->in_schema->parent == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a name")
                                          : SL_OK;
  }
  return rc;
}

/* What dlt writes into the schema for a column it infers. */
static sl_status describe_column(struct sl_normalizer *n, const struct nz_slot *slot,
                                 struct sl_column *column, struct sl_error *err) {
  bool not_null;
  uint32_t hints = sl_name_rules_hints(n->rules, slot->name, &not_null);
  bool states_keys = sl_properties_get(&column->extra, "row_key") != NULL;
  column->type = slot->type;
  column->nullable = column->nullable && !not_null;
  column->nullable_stated = true;
  column->hints |= states_keys ? hints & ~(uint32_t)(SL_HINT_ROW_KEY | SL_HINT_UNIQUE) : hints;
  if (slot->states_precision && column->precision < 0) {
    column->precision = slot->precision;
    column->scale = slot->scale;
  }
  if (slot->naive) {
    column->timezone = 0;
  }
  if (slot->variant) {
    column->hints |= SL_HINT_VARIANT;
    struct sl_buffer text = { 0 };
    sl_buffer_printf(&text, "Variant of column %s generated by dlt", slot->name);
    free(column->description);
    column->description = sl_buffer_take(&text);
    if (column->description == NULL) {
      return sl_fail(err, SL_ENOMEM, "out of memory for column %s", slot->name);
    }
  }
  return SL_OK;
}

static sl_status add_column(struct sl_normalizer *n, struct nz_slot *slot,
                            struct sl_normalized *out, struct sl_error *err) {
  struct sl_table *table = slot->table->in_schema;
  struct sl_column *column = sl_table_column(table, slot->name);
  sl_status rc = check_contract(n, slot, err);
  if (rc == SL_OK && column == NULL) {
    rc = sl_table_add_column(table, slot->name, &column, err);
  } else if (rc == SL_OK) {
    rc = sl_table_move_last(table, column, err); /* an incomplete one takes its place now */
  }
  if (rc == SL_OK) {
    rc = describe_column(n, slot, column, err);
  }
  if (rc == SL_OK) {
    slot->column = column;
    rc = add_change(out, (struct sl_schema_change){ .table = table, .column = column }, err);
  }
  return rc;
}

static sl_status widen_column(struct nz_slot *slot, struct sl_normalized *out,
                              struct sl_error *err) {
  slot->column->type = slot->type;
  slot->column->precision = slot->precision;
  slot->column->scale = slot->scale;
  return add_change(out,
                    (struct sl_schema_change){
                        .table = slot->table->in_schema, .column = slot->column, .retyped = true },
                    err);
}

static int compare_order(const void *a, const void *b) {
  const struct nz_slot *x = *(struct nz_slot *const *)a;
  const struct nz_slot *y = *(struct nz_slot *const *)b;
  return (x->order > y->order) - (x->order < y->order);
}

/* New columns of one table, in the order in which the data showed them. */
static sl_status merge_table(struct sl_normalizer *n, struct nz_table *table,
                             struct sl_normalized *out, struct sl_error *err) {
  struct nz_slot **fresh = sl_alloc_array(table->n_slots, sizeof *fresh);
  size_t n_fresh = 0;
  sl_status rc = fresh == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for columns") : SL_OK;
  for (size_t i = 0; rc == SL_OK && i < table->n_slots; i++) {
    struct nz_slot *slot = table->slots[i];
    if (!has_values(slot) || slot->hidden) {
      continue;
    }
    struct sl_column *column = stored_column(slot);
    if (column == NULL || column->type == SL_TYPE_NONE) {
      fresh[n_fresh++] = slot;
    } else if (slot->column == NULL) {
      slot->column = column;
    } else if (column->type != slot->type || !agrees(n, slot, column)) {
      rc = widen_column(slot, out, err);
    }
  }
  if (n_fresh > 0) {
    qsort(fresh, n_fresh, sizeof *fresh, compare_order);
  }
  for (size_t i = 0; rc == SL_OK && i < n_fresh; i++) {
    rc = add_column(n, fresh[i], out, err);
  }
  free(fresh);
  return rc;
}

/* Tables stand in the order of their discovery. */
static sl_status merge_schema(struct nz_plan *plan, struct sl_normalized *out,
                              struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < plan->n_tables; i++) {
    struct nz_table *table = plan->tables[i];
    if (table->rows == 0) {
      continue;
    }
    if (table->in_schema == NULL) {
      rc = add_table(plan->normalizer, table, err);
    }
    if (rc == SL_OK) {
      rc = merge_table(plan->normalizer, table, out, err);
    }
    table->is_new = false;
  }
  return rc;
}

/* ---- batches ---- */

static sl_status finish_slot(const struct sl_normalizer *n, struct nz_slot *slot, int64_t rows,
                             struct sl_field *field, char format[32], struct ArrowArray *out,
                             struct sl_error *err) {
  if (slot->hidden) {
    snprintf(format, 32, "l");
    *field = (struct sl_field){ .name = slot->name, .format = format, .nullable = true };
    return sl_builder_finish(&slot->builder, rows, out, err);
  }
  sl_arrow_format(slot->column, n->options.decimal_precision, n->options.decimal_scale, format);
  *field = (struct sl_field){ .name = slot->name, .format = format, .nullable = true };
  if (slot->passed.release != NULL) {
    *out = slot->passed;
    slot->passed.release = NULL;
    return SL_OK;
  }
  return sl_builder_finish(&slot->builder, rows, out, err);
}

/* JSON columns are told apart from other texts. */
static void mark_json(const struct nz_table *table, struct ArrowSchema *schema) {
  int64_t at = 0;
  for (size_t i = 0; i < table->n_slots && at < schema->n_children; i++) {
    const struct nz_slot *slot = table->slots[i];
    if (strcmp(schema->children[at]->name, slot->name) == 0) {
      if (!slot->hidden && slot->column->type == SL_TYPE_JSON) {
        sl_schema_mark_json(schema->children[at]);
      }
      at++;
    }
  }
}

static sl_status build_batch(const struct sl_normalizer *n, struct nz_table *table,
                             struct sl_batch *out, struct sl_error *err) {
  size_t most = table->n_slots;
  struct sl_field *fields = sl_calloc_array(most, sizeof *fields);
  struct ArrowArray *arrays = sl_calloc_array(most, sizeof *arrays);
  char(*formats)[32] = sl_calloc_array(most, sizeof *formats);
  size_t count = 0;
  sl_status rc = fields == NULL || arrays == NULL || formats == NULL
                     ? sl_fail(err, SL_ENOMEM, "out of memory for a batch")
                     : SL_OK;
  for (size_t i = 0; rc == SL_OK && i < most; i++) {
    struct nz_slot *slot = table->slots[i];
    if (has_values(slot)) {
      rc = finish_slot(n, slot, table->rows, &fields[count], formats[count], &arrays[count], err);
      count += rc == SL_OK;
    } else {
      sl_builder_truncate(&slot->builder, 0);
    }
  }
  if (rc == SL_OK && (out->table = strdup(table->name)) == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for a batch");
  }
  if (rc == SL_OK) {
    rc = sl_schema_struct(&out->schema, fields, count, err);
  }
  if (rc == SL_OK) {
    mark_json(table, &out->schema);
    rc = sl_array_struct(&out->array, arrays, count, table->rows, err);
  }
  for (size_t i = 0; arrays != NULL && i < count; i++) {
    if (arrays[i].release != NULL) {
      arrays[i].release(&arrays[i]);
    }
  }
  if (rc != SL_OK) {
    free(out->table);
    if (out->schema.release != NULL) {
      out->schema.release(&out->schema);
    }
    *out = (struct sl_batch){ 0 };
  }
  free(fields);
  free(arrays);
  free(formats);
  return rc;
}

sl_status nz_build_batches(struct nz_plan *plan, struct sl_normalized *out, struct sl_error *err) {
  out->batches = sl_calloc_array(plan->n_tables, sizeof *out->batches);
  sl_status rc =
      out->batches == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for batches") : SL_OK;
  for (size_t i = 0; rc == SL_OK && i < plan->n_tables; i++) {
    struct nz_table *table = plan->tables[i];
    if (table->rows > 0) {
      rc = build_batch(plan->normalizer, table, &out->batches[out->n_batches], err);
      out->n_batches += rc == SL_OK;
    }
    table->rows = 0;
    table->mark = 0;
  }
  return rc;
}

/* ---- the turn ---- */

/* Everything that the first try counted or set aside. */
static void forget(struct sl_normalized *n) {
  struct nz_holder *holder = n->private_data;
  n->private_data = NULL;
  sl_normalized_release(n);
  n->private_data = holder;
}

static sl_status fail_on_reject(const struct sl_normalized *n, struct sl_error *err) {
  const struct sl_reject *r = &n->rejects[0];
  return sl_fail(err, SL_EDATA,
                 "%s, line %" PRId64 " (byte %" PRId64
                 "): %s; use --rejects table to set such rows aside",
                 r->origin, r->line, r->byte_offset, r->reason);
}

sl_status sl_normalize_commit(struct sl_normalize_worker *w, struct sl_block *block,
                              int64_t block_number, int64_t first_line, struct sl_normalized *inout,
                              struct sl_error *err) {
  struct nz_plan *plan = &w->walk.plan;
  struct sl_normalizer *n = plan->normalizer;
  pthread_mutex_lock(&n->lock);
  bool again = has_conflict(plan);
  pthread_mutex_unlock(&n->lock);
  sl_status rc = SL_OK;
  if (again) {
    nz_reset(plan);
    pthread_mutex_lock(&n->lock);
    refresh(plan);
    pthread_mutex_unlock(&n->lock);
    forget(inout);
    rc = nz_normalize(w, block, block_number, inout, err);
  }
  for (size_t i = 0; block->kind != SL_BLOCK_REJECTS && i < inout->n_rejects; i++) {
    inout->rejects[i].line += first_line - 1;
  }
  if (rc == SL_OK && inout->n_rejects > 0 && !n->options.keep_rejects) {
    rc = fail_on_reject(inout, err);
  }
  if (rc == SL_OK) {
    pthread_mutex_lock(&n->lock);
    rc = merge_schema(plan, inout, err);
    pthread_mutex_unlock(&n->lock);
  }
  return rc == SL_OK ? nz_build_batches(plan, inout, err) : rc;
}
