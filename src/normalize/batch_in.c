/* batch_in.c - Arrow batches (CSV, Parquet, own rows) into a table: names normalised, columns of
 * our own types handed through without a copy, all others value by value over the same road as
 * JSON. */
#include <stdlib.h>

#include "base/hash.h"
#include "column/read.h"
#include "normalize/batch_in.h"
#include "schema/contract.h"
#include "schema/json_text.h"

sl_status nz_holder_new(struct nz_holder **out, struct sl_block *block, struct sl_error *err) {
  struct nz_holder *holder = malloc(sizeof *holder);
  if (holder == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a batch");
  }
  *holder = (struct nz_holder){ .references = 1, .array = block->array };
  block->array.release = NULL;
  *out = holder;
  return SL_OK;
}

void nz_holder_drop(struct nz_holder *holder) {
  if (holder != NULL && atomic_fetch_sub(&holder->references, 1) == 1) {
    if (holder->array.release != NULL) {
      holder->array.release(&holder->array);
    }
    free(holder);
  }
}

static void lent_release(struct ArrowArray *array) {
  nz_holder_drop(array->private_data);
  array->release = NULL;
}

/* The same buffers under another owner. */
static struct ArrowArray lend(struct nz_holder *holder, const struct ArrowArray *child,
                              int64_t length) {
  struct ArrowArray lent = *child;
  atomic_fetch_add(&holder->references, 1);
  lent.length = length;
  lent.private_data = holder;
  lent.release = lent_release;
  return lent;
}

static enum sl_type type_of_kind(enum sl_read_kind kind) {
  switch (kind) {
    case SL_READ_BOOL: return SL_TYPE_BOOL;
    case SL_READ_INT64:
    case SL_READ_UINT64: return SL_TYPE_BIGINT;
    case SL_READ_DOUBLE: return SL_TYPE_DOUBLE;
    case SL_READ_TEXT: return SL_TYPE_TEXT;
    case SL_READ_BINARY: return SL_TYPE_BINARY;
    case SL_READ_DECIMAL: return SL_TYPE_DECIMAL;
    case SL_READ_DATE: return SL_TYPE_DATE;
    case SL_READ_TIME: return SL_TYPE_TIME;
    case SL_READ_TIMESTAMP: return SL_TYPE_TIMESTAMP;
    case SL_READ_NESTED: return SL_TYPE_JSON;
    default: return SL_TYPE_NONE;
  }
}

static void read_value(const struct ArrowSchema *schema, const struct ArrowArray *array,
                       int64_t row, struct sl_buffer *json, struct sl_value *out) {
  struct sl_read_value v = sl_array_read(schema, array, row);
  *out = (struct sl_value){ .type = type_of_kind(v.kind), .zoned = v.zoned };
  if (v.kind == SL_READ_TEXT &&
      sl_schema_is_json(schema->dictionary == NULL ? schema : schema->dictionary)) {
    out->type = SL_TYPE_JSON;
  }
  switch (v.kind) {
    case SL_READ_BOOL: out->as.boolean = v.as.boolean; break;
    case SL_READ_UINT64:
      if (v.as.natural > INT64_MAX) {
        out->type = SL_TYPE_WEI;
        out->as.decimal = (struct sl_decimal){ (sl_int128)v.as.natural, 0 };
      } else {
        out->as.integer = (int64_t)v.as.natural;
      }
      break;
    case SL_READ_DOUBLE: out->as.real = v.as.real; break;
    case SL_READ_TEXT:
    case SL_READ_BINARY: out->as.text = v.as.text; break;
    case SL_READ_DECIMAL: out->as.decimal = v.as.decimal; break;
    case SL_READ_NESTED:
      sl_buffer_reset(json);
      sl_array_print_json(schema, array, row, json);
      out->as.text = (struct sl_text){ json->data, json->length };
      break;
    default: out->as.integer = v.as.integer; break;
  }
}

/* A new column takes its type from the batch: no detection, the source knows. */
static void type_from_batch(struct nz_plan *plan, struct nz_slot *slot,
                            const struct ArrowSchema *schema) {
  const struct sl_normalize_options *o = &plan->normalizer->options;
  const char *format = schema->format;
  enum sl_type preferred = sl_name_rules_type(plan->normalizer->rules, slot->name);
  slot->type = preferred != SL_TYPE_NONE ? preferred : type_of_kind(sl_read_kind_of(format));
  if (slot->type == SL_TYPE_TEXT && preferred == SL_TYPE_NONE && sl_schema_is_json(schema)) {
    slot->type = SL_TYPE_JSON;
  }
  slot->precision = slot->type == SL_TYPE_WEI ? 38 : o->decimal_precision;
  slot->scale = slot->type == SL_TYPE_WEI ? 0 : o->decimal_scale;
  if (slot->type == SL_TYPE_DECIMAL && format[0] == 'd') {
    char *end;
    slot->precision = (int32_t)strtol(format + 2, &end, 10);
    slot->scale = (int32_t)strtol(end + 1, NULL, 10);
    slot->states_precision = true;
  }
  if (slot->type == SL_TYPE_TIMESTAMP && format[0] == 't') {
    slot->naive = format[3] == ':' && format[4] == '\0';
  }
  nz_slot_layout(slot);
  slot->order = plan->next_order++;
}

/* True when the array already has the layout that the column is built in. */
static bool passes(const struct nz_slot *slot, const struct ArrowSchema *schema,
                   const struct ArrowArray *array) {
  const char *f = schema->format;
  if (array->offset != 0 || array->dictionary != NULL) {
    return false;
  }
  switch (slot->type) {
    case SL_TYPE_TEXT: return strcmp(f, "u") == 0 && !sl_schema_is_json(schema);
    case SL_TYPE_JSON: return strcmp(f, "u") == 0 && sl_schema_is_json(schema);
    case SL_TYPE_BINARY: return strcmp(f, "z") == 0;
    case SL_TYPE_BIGINT: return strcmp(f, "l") == 0;
    case SL_TYPE_DOUBLE: return strcmp(f, "g") == 0;
    case SL_TYPE_BOOL: return strcmp(f, "b") == 0;
    case SL_TYPE_DATE: return strcmp(f, "tdD") == 0;
    case SL_TYPE_TIME: return strcmp(f, "ttu") == 0;
    case SL_TYPE_TIMESTAMP: return strncmp(f, "tsu:", 4) == 0 && (f[4] == '\0') == slot->naive;
    case SL_TYPE_DECIMAL:
    case SL_TYPE_WEI: {
      char wanted[32];
      int n = snprintf(wanted, sizeof wanted, "d:%d,%d", slot->precision, slot->scale);
      /* DuckDB says the width, too, although 128 bits is what it is without. */
      return strncmp(f, wanted, (size_t)n) == 0 && (f[n] == '\0' || strcmp(f + n, ",128") == 0);
    }
    default: return false;
  }
}

static sl_status widen_integers(struct nz_slot *slot, const struct ArrowSchema *schema,
                                const struct ArrowArray *array, int64_t rows,
                                struct sl_error *err) {
  struct sl_builder *b = &slot->builder;
  sl_status rc = sl_builder_reserve(b, rows, err);
  for (int64_t row = 0; rc == SL_OK && row < rows; row++) {
    if (!sl_array_is_null(array, row)) {
      rc = b->length < row ? sl_builder_pad(b, row, err) : SL_OK;
      if (rc == SL_OK) {
        rc = sl_builder_append_int64(b, sl_array_read(schema, array, row).as.integer, err);
      }
    }
  }
  return rc;
}

static sl_status copy_values(struct nz_walk *w, struct nz_slot *slot,
                             const struct ArrowSchema *schema, const struct ArrowArray *array,
                             struct nz_drops *drops, struct sl_error *err) {
  struct sl_buffer json = { 0 };
  struct nz_table *table = slot->table;
  sl_status rc = SL_OK;
  for (table->rows = 0; rc == SL_OK && table->rows < drops->n_rows; table->rows++) {
    struct sl_value v;
    enum nz_outcome outcome = NZ_STORED;
    int64_t child_row;
    int64_t child = sl_array_union_child(schema, array, table->rows, &child_row);
    if (child < 0) {
      read_value(schema, array, table->rows, &json, &v);
    } else {
      read_value(schema->children[child], array->children[child], child_row, &json, &v);
    }
    if (v.type != SL_TYPE_NONE) {
      rc = (child > 0 ? nz_append_other : nz_append_value)(&w->plan, &w->scratch, slot, &v,
                                                           &outcome, err);
    }
    if (rc == SL_OK && outcome == NZ_ROW_DISCARDED) {
      rc = nz_drop_row(drops, table->rows, err);
    }
  }
  table->rows = 0;
  sl_buffer_release(&json);
  return rc;
}

/* A batch may state more digits than its column has (a numeric of a database without a scale, a
 * table that was altered): the column grows, since every digit counts. Under a contract that guards
 * types nothing grows; what does not fit becomes a variant, or what the contract says. */
static void grow_decimal(const struct nz_plan *plan, struct nz_slot *slot, const char *format) {
  const struct sl_normalizer *n = plan->normalizer;
  char *end;
  int32_t precision = (int32_t)strtol(format + 2, &end, 10);
  int32_t scale = (int32_t)strtol(end + 1, NULL, 10);
  int32_t whole = slot->precision - slot->scale;
  struct sl_contract contract = sl_contract_of(
      n->schema, slot->table->in_schema == NULL ? n->root : slot->table->in_schema, &n->override);
  if (contract.data_type != SL_EVOLVE || (scale <= slot->scale && precision - scale <= whole)) {
    return;
  }
  whole = precision - scale > whole ? precision - scale : whole;
  slot->scale = scale > slot->scale ? scale : slot->scale;
  slot->precision = whole + slot->scale < 38 ? whole + slot->scale : 38;
}

/* A column that the contract keeps out, as dlt does it for Arrow tables: its values go, or the rows
 * that have one. */
static sl_status discard_column(struct nz_walk *w, enum nz_discard how,
                                const struct ArrowSchema *schema, const struct ArrowArray *array,
                                struct nz_drops *drops, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (int64_t row = 0; rc == SL_OK && row < drops->n_rows; row++) {
    if (sl_array_read(schema, array, row).kind == SL_READ_NULL) {
      continue;
    }
    if (how == NZ_DISCARD_ROW) {
      rc = nz_drop_row(drops, row, err);
    } else {
      w->scratch.discarded_values++;
    }
  }
  return rc;
}

static sl_status take_column(struct nz_walk *w, struct nz_entry *entry,
                             const struct ArrowSchema *schema, const struct ArrowArray *array,
                             struct nz_holder *holder, struct nz_drops *drops,
                             struct sl_error *err) {
  int64_t rows = drops->n_rows;
  sl_status rc = entry->slot == NULL ? nz_entry_slot(&w->plan, entry, err) : SL_OK;
  if (rc != SL_OK) {
    return rc;
  }
  struct nz_slot *slot = entry->slot;
  const struct ArrowSchema *type = schema->dictionary == NULL ? schema : schema->dictionary;
  rc = sl_read_check(schema, err);
  if (rc != SL_OK) {
    return rc;
  }
  enum sl_read_kind kind = sl_read_kind_of(type->format);
  if (kind == SL_READ_NULL || (array->null_count == array->length && rows > 0)) {
    entry->null_seen = true;
    return SL_OK;
  }
  if (slot->discard != NZ_KEEP && slot->column == NULL) {
    return discard_column(w, slot->discard, schema, array, drops, err);
  }
  if (slot->builder.length > 0 || slot->passed.release != NULL) {
    return sl_fail(
        err, SL_EDATA,
        "two columns of the file have the name %s after normalisation: rename one, or use "
        "--naming direct",
        slot->name);
  }
  if (slot->type == SL_TYPE_NONE) { /* of a union: what the column is meant to be */
    bool mixed = strncmp(type->format, "+u", 2) == 0 && type->n_children > 0;
    type_from_batch(&w->plan, slot, mixed ? type->children[0] : type);
  }
  if (kind == SL_READ_DECIMAL && slot->type == SL_TYPE_DECIMAL && slot->column != NULL) {
    grow_decimal(&w->plan, slot, type->format);
  }
  if (passes(slot, schema, array)) {
    slot->passed = lend(holder, array, rows);
    return SL_OK;
  }
  return kind == SL_READ_INT64 && slot->type == SL_TYPE_BIGINT
             ? widen_integers(slot, schema, array, rows, err)
             : copy_values(w, slot, schema, array, drops, err);
}

/* The columns that a row's hash is made of, sorted by name. */
struct hashed {
  const char *name;
  int64_t column;
};

static int compare_hashed(const void *a, const void *b) {
  return strcmp(((const struct hashed *)a)->name, ((const struct hashed *)b)->name);
}

static sl_status collect_hashed(struct nz_walk *w, const struct sl_block *block, struct hashed *out,
                                size_t *n, struct sl_error *err) {
  const struct sl_normalizer *normalizer = w->plan.normalizer;
  size_t keys = 0;
  *n = 0;
  for (int64_t i = 0; i < block->array.n_children; i++) {
    const char *source = block->schema.children[i]->name;
    struct nz_entry *entry;
    sl_status rc = nz_entry_get(&w->plan, w->plan.root, source, strlen(source), &entry, err);
    if (rc != SL_OK) {
      return rc;
    }
    const char *name = entry->slot == NULL ? source : entry->slot->name;
    const struct sl_column *column = sl_table_column(normalizer->root, name);
    bool key = column != NULL && (column->hints & SL_HINT_PRIMARY_KEY) != 0;
    keys += key;
    if (normalizer->id_kind == NZ_ID_ROW_HASH ? strncmp(source, "_dlt", 4) != 0 : key) {
      out[(*n)++] = (struct hashed){ normalizer->id_kind == NZ_ID_ROW_HASH ? source : name, i };
    }
  }
  size_t wanted = 0;
  for (size_t i = 0; i < normalizer->root->n_columns; i++) {
    wanted += (normalizer->root->columns[i]->hints & SL_HINT_PRIMARY_KEY) != 0;
  }
  if (normalizer->id_kind == NZ_ID_KEY_HASH && keys != wanted) {
    return sl_fail(err, SL_EDATA, "table %s: the file lacks a column of the primary key",
                   normalizer->root->name);
  }
  qsort(out, *n, sizeof *out, compare_hashed);
  return SL_OK;
}

/* The row as the canonical JSON that dlt hashes. */
static void hash_row(struct nz_walk *w, const struct sl_block *block, const struct hashed *columns,
                     size_t n, int64_t row, char out[16]) {
  struct sl_buffer *b = &w->scratch.json;
  sl_buffer_reset(b);
  sl_buffer_char(b, '{');
  for (size_t i = 0; i < n; i++) {
    const struct ArrowSchema *schema = block->schema.children[columns[i].column];
    const struct ArrowArray *array = block->array.children[columns[i].column];
    struct sl_read_value v = sl_array_read(schema, array, row);
    sl_buffer_text(b, i == 0 ? "" : ",");
    sl_json_string(b, columns[i].name, strlen(columns[i].name));
    sl_buffer_char(b, ':');
    if (v.kind == SL_READ_DOUBLE) {
      sl_json_double(b, v.as.real);
    } else if (v.kind == SL_READ_TEXT) {
      sl_json_string(b, v.as.text.data, v.as.text.length);
    } else {
      sl_array_print_json(schema, array, row, b);
    }
  }
  sl_buffer_char(b, '}');
  nz_digest_id(b->data, b->length, out);
}

static sl_status add_hashed_ids(struct nz_walk *w, const struct sl_block *block,
                                struct nz_slot *slot, struct sl_error *err) {
  struct hashed *columns = sl_calloc_array((size_t)block->array.n_children, sizeof *columns);
  size_t n = 0;
  sl_status rc = columns == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for row ids")
                                 : collect_hashed(w, block, columns, &n, err);
  for (int64_t row = 0; rc == SL_OK && row < block->array.length; row++) {
    char id[16];
    hash_row(w, block, columns, n, row, id);
    rc = sl_buffer_check(&w->scratch.json, err);
    if (rc == SL_OK) {
      rc = sl_builder_append_bytes(&slot->builder, id, 14, err);
    }
  }
  free(columns);
  return rc;
}

/* Load id and row ids, unless the file brings its own. */
static sl_status add_identity(struct nz_walk *w, const struct sl_block *block,
                              struct nz_table *table, struct sl_error *err) {
  const struct sl_normalizer *n = w->plan.normalizer;
  int64_t rows = block->array.length;
  sl_status rc = SL_OK;
  if (n->options.add_dlt_load_id) {
    rc = nz_system_slot(&w->plan, table, n->load_id_name, SL_TYPE_TEXT, &table->load_id, err);
    size_t length = strlen(n->options.load_id);
    bool own = table->load_id->passed.release != NULL || table->load_id->builder.length > 0;
    for (int64_t i = 0; rc == SL_OK && !own && i < rows; i++) {
      rc = sl_builder_append_bytes(&table->load_id->builder, n->options.load_id, length, err);
    }
  }
  if (rc != SL_OK || !n->options.add_dlt_id) {
    return rc;
  }
  rc = nz_system_slot(&w->plan, table, n->id_name, SL_TYPE_TEXT, &table->id, err);
  if (rc != SL_OK || table->id->passed.release != NULL || table->id->builder.length > 0) {
    return rc;
  }
  if (n->id_kind != NZ_ID_RANDOM) {
    return add_hashed_ids(w, block, table->id, err);
  }
  for (int64_t i = 0; rc == SL_OK && i < rows; i++) {
    char id[16];
    nz_random_id(w, id);
    rc = sl_builder_append_bytes(&table->id->builder, id, 14, err);
  }
  return rc;
}

sl_status nz_take_batch(struct nz_walk *w, const struct sl_block *block, struct nz_holder *holder,
                        struct sl_error *err) {
  struct nz_node *root = w->plan.root;
  struct nz_drops drops = { .n_rows = block->array.length };
  sl_status rc = SL_OK;
  if (block->array.length == 0) {
    return SL_OK; /* nothing that a batch could be made of */
  }
  if (root->table->forbidden) {
    w->discarded_rows += block->array.length;
    return SL_OK;
  }
  for (int64_t i = 0; rc == SL_OK && i < block->array.n_children; i++) {
    const struct ArrowSchema *schema = block->schema.children[i];
    struct nz_entry *entry;
    rc = nz_entry_get(&w->plan, root, schema->name, strlen(schema->name), &entry, err);
    if (rc == SL_OK) {
      rc = take_column(w, entry, schema, block->array.children[i], holder, &drops, err);
    }
  }
  if (rc == SL_OK) {
    rc = add_identity(w, block, root->table, err);
  }
  if (rc == SL_OK) {
    rc = nz_drops_apply(&drops, root->table, err);
  }
  if (rc == SL_OK) {
    root->table->rows = block->array.length - drops.count;
    w->rows += root->table->rows;
    w->discarded_rows += drops.count;
  }
  free(drops.rows);
  return rc;
}
