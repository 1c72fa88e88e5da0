/* normalize.c - the normalizer, its workers, and one block from bytes to batches. */
#include "normalize/normalize.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/hash.h"
#include "normalize/typed.h"
#include "normalize/worker.h"

/* What the schema says for all of its tables (dlt: root_key of a source), or for this one: it was
 * merged once, so its child tables have the column and want it filled in other loads, too. */
static bool propagates_root(const struct sl_schema *schema, const char *table) {
  const char *json = schema->propagation_json;
  yyjson_doc *doc = json == NULL ? NULL : yyjson_read(json, strlen(json), 0);
  yyjson_val *said = yyjson_doc_get_root(doc);
  yyjson_val *all = yyjson_obj_get(said, "root");
  yyjson_val *own = yyjson_obj_get(yyjson_obj_get(said, "tables"), table);
  bool found = yyjson_equals_str(yyjson_obj_get(all, "_dlt_id"), "_dlt_root_id") ||
               yyjson_equals_str(yyjson_obj_get(own, "_dlt_id"), "_dlt_root_id");
  yyjson_doc_free(doc);
  return found;
}

/* Key hash, row hash or random: dlt.md 2.3. */
static void choose_ids(struct sl_normalizer *n) {
  const struct sl_schema *schema = n->schema;
  n->id_kind = NZ_ID_RANDOM;
  n->propagate_root = propagates_root(schema, n->root->name);
  if (sl_table_disposition(schema, n->root) != SL_MERGE) {
    return;
  }
  enum sl_merge_strategy strategy = sl_table_merge_strategy(schema, n->root);
  n->propagate_root = n->propagate_root || strategy != SL_MERGE_SCD2;
  bool has_key = false;
  bool versioned = false;
  for (size_t i = 0; i < n->root->n_columns; i++) {
    const struct sl_column *c = n->root->columns[i];
    has_key = has_key || (c->hints & SL_HINT_PRIMARY_KEY) != 0;
    versioned = versioned || (strcmp(c->name, n->id_name) == 0 &&
                              sl_properties_get(&c->extra, "x-row-version") != NULL);
  }
  if (strategy == SL_MERGE_SCD2) {
    n->id_kind = versioned ? NZ_ID_ROW_HASH : NZ_ID_RANDOM;
  } else if (strategy != SL_MERGE_DELETE_INSERT && has_key) {
    n->id_kind = NZ_ID_KEY_HASH;
  }
}

bool sl_normalize_numbers_roots(const struct sl_schema *schema, const struct sl_table *root) {
  if (sl_table_disposition(schema, root) != SL_MERGE) {
    return false;
  }
  enum sl_merge_strategy strategy = sl_table_merge_strategy(schema, root);
  return strategy == SL_MERGE_UPSERT || strategy == SL_MERGE_INSERT_ONLY ||
         strategy == SL_MERGE_CDC;
}

static sl_status name_columns(struct sl_normalizer *n, struct sl_error *err) {
  const struct {
    const char *source;
    char **target;
  } names[] = {
    { "_dlt_id", &n->id_name },
    { "_dlt_load_id", &n->load_id_name },
    { "_dlt_parent_id", &n->parent_id_name },
    { "_dlt_list_idx", &n->list_idx_name },
    { "_dlt_root_id", &n->root_id_name },
    { "value", &n->value_name },
    { "list", &n->list_name },
  };
  struct sl_buffer name = { 0 };
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < sizeof names / sizeof names[0]; i++) {
    rc = sl_naming_identifier(&n->options.naming, sl_text_of(names[i].source), &name, err);
    if (rc == SL_OK && (*names[i].target = strdup(name.data)) == NULL) {
      rc = sl_fail(err, SL_ENOMEM, "out of memory for a name");
    }
  }
  sl_buffer_release(&name);
  return rc;
}

static int32_t nesting_of(const struct sl_normalizer *n) {
  if (n->options.max_nesting >= 0) {
    return n->options.max_nesting;
  }
  if (n->root->max_nesting >= 0) {
    return n->root->max_nesting;
  }
  return n->schema->max_nesting >= 0 ? n->schema->max_nesting : 1000;
}

sl_status sl_normalizer_new(struct sl_normalizer **out, struct sl_schema *schema,
                            const struct sl_normalize_options *options, struct sl_error *err) {
  *out = NULL;
  struct sl_normalizer *n = calloc(1, sizeof *n);
  if (n == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a normalizer");
  }
  pthread_mutex_init(&n->lock, NULL);
  n->schema = schema;
  n->options = *options;
  if (options->contract != NULL) {
    n->override = *options->contract;
  }
  n->root = sl_schema_table(schema, options->root_table);
  sl_status rc = n->root == NULL ? sl_fail(err, SL_EINTERNAL, "table %s is not in the schema",
                                           options->root_table)
                                 : sl_name_rules_new(&n->rules, schema, err);
  if (rc == SL_OK) {
    rc = name_columns(n, err);
  }
  if (rc != SL_OK) {
    sl_normalizer_free(n);
    return rc;
  }
  n->max_nesting = nesting_of(n);
  choose_ids(n);
  n->number_roots = options->number_roots || sl_normalize_numbers_roots(schema, n->root);
  *out = n;
  return SL_OK;
}

void sl_normalizer_free(struct sl_normalizer *n) {
  if (n == NULL) {
    return;
  }
  sl_name_rules_free(n->rules);
  free(n->id_name);
  free(n->load_id_name);
  free(n->parent_id_name);
  free(n->list_idx_name);
  free(n->root_id_name);
  free(n->value_name);
  free(n->list_name);
  sl_map_release(&n->null_columns);
  pthread_mutex_destroy(&n->lock);
  free(n);
}

sl_status sl_normalize_worker_new(struct sl_normalize_worker **out, struct sl_normalizer *n,
                                  struct sl_error *err) {
  *out = NULL;
  struct sl_normalize_worker *w = calloc(1, sizeof *w);
  if (w == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a worker");
  }
  w->allocator = yyjson_alc_dyn_new();
  sl_status rc = w->allocator == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a parser")
                                      : nz_plan_init(&w->walk.plan, n, err);
  if (rc != SL_OK) {
    sl_normalize_worker_free(w);
    return rc;
  }
  *out = w;
  return SL_OK;
}

/* Keys that were null in every document, for the warning at the end. */
static void remember_nulls(struct nz_plan *plan) {
  struct sl_normalizer *n = plan->normalizer;
  struct sl_buffer name = { 0 };
  pthread_mutex_lock(&n->lock);
  for (size_t i = 0; i < plan->n_all; i++) {
    struct nz_entry *entry = plan->all_entries[i];
    if (!entry->null_seen || entry->object != NULL || entry->list != NULL) {
      continue;
    }
    pthread_mutex_unlock(&n->lock);
    sl_status rc = entry->slot == NULL ? nz_entry_slot(plan, entry, NULL) : SL_OK;
    pthread_mutex_lock(&n->lock);
    sl_buffer_reset(&name);
    if (rc == SL_OK && entry->slot->type == SL_TYPE_NONE) {
      sl_buffer_printf(&name, "%s%c%s", entry->node->table->name, '\0', entry->slot->name);
      if (name.failed || sl_map_set(&n->null_columns, name.data, name.length, 1, NULL) != SL_OK) {
        break; /* no memory: a lost warning is no failure */
      }
    }
  }
  pthread_mutex_unlock(&n->lock);
  sl_buffer_release(&name);
}

void sl_normalize_worker_free(struct sl_normalize_worker *w) {
  if (w == NULL) {
    return;
  }
  if (w->walk.plan.root != NULL) {
    remember_nulls(&w->walk.plan);
  }
  nz_walk_release(&w->walk);
  if (w->allocator != NULL) {
    yyjson_alc_dyn_free(w->allocator);
  }
  free(w);
}

sl_status sl_normalizer_null_columns(struct sl_normalizer *n, struct sl_buffer *out,
                                     struct sl_error *err) {
  pthread_mutex_lock(&n->lock);
  for (size_t i = 0; i < n->null_columns.capacity; i++) {
    const char *key = n->null_columns.slots[i].key;
    if (key == NULL) {
      continue;
    }
    const char *column_name = key + strlen(key) + 1;
    const struct sl_table *table = sl_schema_table(n->schema, key);
    const struct sl_column *column = table == NULL ? NULL : sl_table_column(table, column_name);
    if (column == NULL || column->type == SL_TYPE_NONE) {
      sl_buffer_printf(out, "%s%s.%s", out->length > 0 ? "\n" : "", key, column_name);
    }
  }
  pthread_mutex_unlock(&n->lock);
  return sl_buffer_check(out, err);
}

static void reject_release(struct sl_reject *r) {
  free(r->table);
  free(r->column);
  free(r->origin);
  free(r->raw);
  free(r->reason);
}

void sl_normalized_release(struct sl_normalized *n) {
  for (size_t i = 0; i < n->n_batches; i++) {
    sl_batch_release(&n->batches[i]);
  }
  for (size_t i = 0; i < n->n_rejects; i++) {
    reject_release(&n->rejects[i]);
  }
  free(n->batches);
  free(n->changes);
  free(n->rejects);
  nz_holder_drop(n->private_data);
  *n = (struct sl_normalized){ 0 };
}

/* ---- documents ---- */

static void mark_tables(struct nz_plan *plan) {
  for (size_t i = 0; i < plan->n_tables; i++) {
    plan->tables[i]->mark = plan->tables[i]->rows;
  }
}

/* Takes back all rows of the document under way. */
static void rewind_tables(struct nz_walk *walk, int64_t rows) {
  struct nz_plan *plan = &walk->plan;
  for (size_t i = 0; i < plan->n_tables; i++) {
    struct nz_table *table = plan->tables[i];
    int64_t mark = table->mark;
    table->rows = mark;
    for (size_t j = 0; j < table->n_slots; j++) {
      struct nz_slot *slot = table->slots[j];
      if (slot->builder.length > mark) {
        sl_builder_truncate(&slot->builder, mark);
      }
      if (slot->column == NULL && slot->builder.length == slot->builder.null_count) {
        slot->type = SL_TYPE_NONE;
      }
      slot->writer = NULL;
    }
  }
  walk->rows = rows;
}

/* Copies at most `most` bytes; of typed JSON without its marks, since people will read it. */
static size_t copy_raw(char *to, const char *text, size_t length, size_t most, bool typed) {
  size_t n = 0;
  for (size_t i = 0; i < length && n < most; i++) {
    bool marked = typed && i > 0 && text[i - 1] == '"' && nz_is_marked(text + i, length - i);
    i += marked ? NZ_MARK_BYTES : 0;
    to[n++] = text[i];
  }
  return n;
}

static sl_status add_reject(struct sl_normalized *out, const struct sl_block *block,
                            const char *text, size_t length, const char *table, const char *reason,
                            struct sl_error *err) {
  enum { MOST_RAW = 65536 };
  struct sl_reject *grown = realloc(out->rejects, (out->n_rejects + 1) * sizeof *out->rejects);
  if (grown == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a rejected row");
  }
  out->rejects = grown;
  size_t kept = length < MOST_RAW ? length : MOST_RAW;
  struct sl_reject *r = &out->rejects[out->n_rejects];
  *r = (struct sl_reject){ .table = table == NULL ? NULL : strdup(table),
                           .origin = strdup(block->origin),
                           .line =
                               out->lines + 1, /* within the block; commit adds what came before */
                           .byte_offset = block->byte_offset + (text - block->data),
                           .raw = malloc(kept + 1),
                           .reason = strdup(reason) };
  out->n_rejects++;
  if (r->raw == NULL || r->origin == NULL || r->reason == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a rejected row");
  }
  r->raw_length = copy_raw(r->raw, text, length, kept, block->typed);
  return SL_OK;
}

static sl_status normalize_document(struct sl_normalize_worker *w, const struct sl_block *block,
                                    const char *text, size_t length, struct sl_normalized *out,
                                    struct sl_error *err) {
  yyjson_read_err problem = { 0 };
  struct sl_error row_error = { 0 };
  const char *table = w->walk.plan.root->table->name;
  out->documents++;
  yyjson_read_flag flags =
      YYJSON_READ_NUMBER_AS_RAW | (block->typed ? YYJSON_READ_ALLOW_INF_AND_NAN : 0);
  yyjson_doc *doc =
      yyjson_read_opts((char *)(uintptr_t)text, length, flags, w->allocator, &problem);
  sl_status rc;
  if (doc != NULL) {
    int64_t rows = w->walk.rows;
    mark_tables(&w->walk.plan);
    rc = nz_walk_document(&w->walk, yyjson_doc_get_root(doc), &row_error);
    yyjson_doc_free(doc);
    if (rc == SL_OK) {
      return SL_OK;
    }
    rewind_tables(&w->walk, rows);
    if (rc != SL_EDATA) {
      if (err != NULL) {
        *err = row_error;
      }
      return rc;
    }
  } else if (problem.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION) {
    return sl_fail(err, SL_ENOMEM, "out of memory parsing a document of %zu bytes", length);
  } else {
    table = NULL;
    sl_fail(&row_error, SL_EDATA, "not valid JSON: %s at byte %zu of the record", problem.msg,
            problem.pos);
  }
  return add_reject(out, block, text, length, table, row_error.message, err);
}

static bool is_blank(const char *text, size_t length) {
  for (size_t i = 0; i < length; i++) {
    if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r' && text[i] != '\n') {
      return false;
    }
  }
  return true;
}

static sl_status normalize_lines(struct sl_normalize_worker *w, const struct sl_block *block,
                                 struct sl_normalized *out, struct sl_error *err) {
  const char *at = block->data;
  const char *end = block->data + block->size;
  sl_status rc = SL_OK;
  while (rc == SL_OK && at < end) {
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    const char *stop = newline == NULL ? end : newline;
    size_t length = (size_t)(stop - at);
    if (length > 0 && (at[0] == '{' || !is_blank(at, length))) {
      rc = normalize_document(w, block, at, length, out, err);
    }
    out->lines += newline != NULL;
    at = newline == NULL ? end : newline + 1;
  }
  return rc;
}

static int64_t count_lines(const char *from, const char *to) {
  int64_t lines = 0;
  while ((from = memchr(from, '\n', (size_t)(to - from))) != NULL) {
    lines++;
    from++;
  }
  return lines;
}

static sl_status normalize_spans(struct sl_normalize_worker *w, const struct sl_block *block,
                                 struct sl_normalized *out, struct sl_error *err) {
  const char *counted = block->data;
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < block->n_spans; i++) {
    const char *text = block->data + block->spans[i].offset;
    out->lines += count_lines(counted, text);
    counted = text;
    rc = normalize_document(w, block, text, block->spans[i].length, out, err);
  }
  if (rc == SL_OK) {
    out->lines += count_lines(counted, block->data + block->size);
  }
  return rc;
}

/* Rows that the source set aside already. */
static sl_status take_rejects(const struct sl_block *block, struct sl_normalized *out,
                              struct sl_error *err) {
  size_t n = out->n_rejects + block->n_rejects;
  struct sl_reject *grown = realloc(out->rejects, n * sizeof *out->rejects);
  if (grown == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for rejected rows");
  }
  out->rejects = grown;
  const struct ArrowArray *batch = &block->array;
  bool cut = block->kind == SL_BLOCK_BATCH && batch->n_children > 0 &&
             batch->children[0]->length > batch->length;
  for (size_t i = 0; i < block->n_rejects; i++) {
    const struct sl_source_reject *from = &block->rejects[i];
    if (cut && from->row >= batch->length) {
      continue; /* behind the rows that --limit lets through */
    }
    const char *raw = from->raw == NULL ? "" : from->raw;
    size_t length = from->raw_length > 0 ? from->raw_length : strlen(raw);
    struct sl_reject *to = &out->rejects[out->n_rejects++];
    *to = (struct sl_reject){
      .column = from->column == NULL ? NULL : strdup(from->column),
      .origin = strdup(from->origin == NULL ? "-" : from->origin),
      .line = from->line,
      .byte_offset = from->byte_offset,
      .raw = malloc(length + 1),
      .raw_length = length,
      .reason = strdup(from->reason == NULL ? "unreadable row" : from->reason),
    };
    out->documents++;
    if (to->origin == NULL || to->raw == NULL || to->reason == NULL) {
      return sl_fail(err, SL_ENOMEM, "out of memory for a rejected row");
    }
    memcpy(to->raw, raw, length);
  }
  return SL_OK;
}

sl_status nz_normalize(struct sl_normalize_worker *w, struct sl_block *block, int64_t block_number,
                       struct sl_normalized *out, struct sl_error *err) {
  const struct sl_normalizer *n = w->walk.plan.normalizer;
  w->walk.random = n->options.id_seed ^ ((uint64_t)block_number * 0x9E3779B97F4A7C15ULL);
  w->walk.root_row = block_number << 32;
  w->walk.rows = 0;
  w->walk.discarded_rows = 0;
  w->walk.scratch.discarded_values = 0;
  w->walk.scratch.typed = block->kind == SL_BLOCK_DOCUMENTS && block->typed;
  sl_status rc = SL_OK;
  if (block->kind == SL_BLOCK_REJECTS) {
    rc = take_rejects(block, out, err);
  } else if (block->kind == SL_BLOCK_BATCH) {
    struct nz_holder *holder = out->private_data;
    if (holder == NULL) {
      rc = nz_holder_new(&holder, block, err);
      out->private_data = holder;
    }
    if (rc == SL_OK) {
      out->documents = block->array.length;
      out->lines = block->lines;
      rc = nz_take_batch(&w->walk, block, holder, err);
    }
  } else {
    rc = block->spans != NULL ? normalize_spans(w, block, out, err)
                              : normalize_lines(w, block, out, err);
  }
  if (rc == SL_OK && block->kind != SL_BLOCK_REJECTS && block->n_rejects > 0) {
    rc = take_rejects(block, out, err);
    out->lines += block->kind == SL_BLOCK_DOCUMENTS ? (int64_t)block->n_rejects : 0;
  }
  out->rows = w->walk.rows;
  out->discarded_rows = w->walk.discarded_rows;
  out->discarded_values = w->walk.scratch.discarded_values;
  return rc;
}

sl_status sl_normalize_block(struct sl_normalize_worker *w, struct sl_block *block,
                             int64_t block_number, struct sl_normalized *out,
                             struct sl_error *err) {
  return nz_normalize(w, block, block_number, out, err);
}
