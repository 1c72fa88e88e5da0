/* plan.c - tables, slots and nodes: made when a key is met for the first time. */
#include "normalize/plan.h"

#include <pthread.h>
#include <stdlib.h>

enum sl_layout nz_layout(enum sl_type type) {
  switch (type) {
    case SL_TYPE_BIGINT:
    case SL_TYPE_TIMESTAMP:
    case SL_TYPE_TIME: return SL_LAYOUT_INT64;
    case SL_TYPE_DOUBLE: return SL_LAYOUT_DOUBLE;
    case SL_TYPE_BOOL: return SL_LAYOUT_BOOL;
    case SL_TYPE_DATE: return SL_LAYOUT_INT32;
    case SL_TYPE_DECIMAL:
    case SL_TYPE_WEI: return SL_LAYOUT_DECIMAL;
    default: return SL_LAYOUT_BYTES;
  }
}

void nz_slot_layout(struct nz_slot *slot) {
  enum sl_layout layout = nz_layout(slot->type);
  if (slot->builder.layout != layout) {
    sl_builder_release(&slot->builder); /* its memory was measured for other values */
    slot->builder.layout = layout;
  }
}

void nz_slot_adopt(struct nz_slot *slot, struct sl_column *column,
                   const struct sl_normalize_options *options) {
  slot->column = column;
  slot->type = column->type;
  slot->naive = column->timezone == 0;
  slot->variant = (column->hints & SL_HINT_VARIANT) != 0;
  nz_slot_layout(slot);
  if (column->type == SL_TYPE_WEI) {
    slot->precision = 38;
    slot->scale = 0;
  } else {
    slot->precision = column->precision >= 0 ? column->precision : options->decimal_precision;
    slot->scale = column->precision < 0 ? options->decimal_scale
                  : column->scale >= 0  ? column->scale
                                        : 0;
  }
}

static bool is_dlt_name(const char *name) {
  return strncmp(name, "_dlt", 4) == 0;
}

/* Freeze is decided at commit, when it is known whether an earlier block added the column. As in
 * dlt, the contract of columns spares the first row of a new table (and all rows of a new root
 * table, see evolve_columns_once), the contract of types does not. */
void nz_slot_judge(struct sl_normalizer *n, struct nz_slot *slot) {
  const struct nz_table *table = slot->table;
  slot->discard = NZ_KEEP;
  slot->allowed = is_dlt_name(slot->name);
  if (slot->allowed) {
    return;
  }
  const struct sl_table *said_by = table->in_schema != NULL ? table->in_schema : n->root;
  struct sl_contract contract = sl_contract_of(n->schema, said_by, &n->override);
  bool evolves = table->may_evolve || (table->is_new && table->rows == 0);
  enum sl_contract_mode mode = slot->variant ? contract.data_type
                               : evolves     ? SL_EVOLVE
                                             : contract.columns;
  slot->allowed = mode == SL_EVOLVE;
  slot->discard = mode == SL_DISCARD_ROW     ? NZ_DISCARD_ROW
                  : mode == SL_DISCARD_VALUE ? NZ_DISCARD_VALUE
                                             : NZ_KEEP;
}

static sl_status new_slot(struct nz_plan *plan, struct nz_table *table, struct sl_text name,
                          bool variant, struct nz_slot **out, struct sl_error *err) {
  sl_status rc =
      sl_grow(&table->slots, &table->slots_capacity, table->n_slots + 1, sizeof *table->slots, err);
  struct nz_slot *slot = rc == SL_OK ? sl_arena_alloc(&plan->arena, sizeof *slot) : NULL;
  char *copy = slot == NULL ? NULL : sl_arena_copy(&plan->arena, name.data, name.length);
  if (rc == SL_OK && copy == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a column");
  }
  if (rc == SL_OK) {
    rc = sl_map_set(&table->slot_index, copy, name.length, (int32_t)table->n_slots, err);
  }
  if (rc != SL_OK) {
    return rc;
  }
  *slot = (struct nz_slot){ .name = copy, .table = table, .variant = variant };
  table->slots[table->n_slots++] = slot;
  struct sl_normalizer *n = plan->normalizer;
  pthread_mutex_lock(&n->lock);
  struct sl_column *column =
      table->in_schema == NULL ? NULL : sl_table_column(table->in_schema, copy);
  if (column != NULL && column->type != SL_TYPE_NONE) {
    nz_slot_adopt(slot, column, &n->options);
  } else {
    nz_slot_judge(n, slot);
  }
  slot->required = column != NULL && !column->nullable && !is_dlt_name(copy);
  pthread_mutex_unlock(&n->lock);
  *out = slot;
  return SL_OK;
}

static sl_status get_slot(struct nz_plan *plan, struct nz_table *table, struct sl_text name,
                          bool variant, struct nz_slot **out, struct sl_error *err) {
  int32_t at = sl_map_get(&table->slot_index, name.data, name.length);
  if (at >= 0) {
    *out = table->slots[at];
    return SL_OK;
  }
  return new_slot(plan, table, name, variant, out, err);
}

sl_status nz_slot_get(struct nz_plan *plan, struct nz_table *table, struct sl_text name,
                      struct nz_slot **out, struct sl_error *err) {
  return get_slot(plan, table, name, false, out, err);
}

sl_status nz_variant_get(struct nz_plan *plan, struct nz_slot *slot, enum sl_type type,
                         struct nz_slot **out, struct sl_error *err) {
  *out = slot->variants[type];
  if (*out != NULL) {
    return SL_OK;
  }
  char suffix[24];
  snprintf(suffix, sizeof suffix, "v_%s", sl_type_name(type));
  struct sl_text fragments[2] = { sl_text_of(slot->name), sl_text_of(suffix) };
  sl_status rc =
      sl_naming_fragments(&plan->normalizer->options.naming, fragments, 2, &plan->name, err);
  if (rc == SL_OK) {
    rc = get_slot(plan, slot->table, (struct sl_text){ plan->name.data, plan->name.length }, true,
                  out, err);
  }
  if (rc == SL_OK) {
    slot->variants[type] = *out;
    (*out)->variant_of = slot;
  }
  return rc;
}

sl_status nz_collision_get(struct nz_plan *plan, struct nz_slot *slot, const struct nz_entry *loser,
                           struct nz_slot **out, struct sl_error *err) {
  char tag[SL_NAMING_TAG + 1];
  sl_naming_tag((struct sl_text){ loser->key, loser->length }, tag);
  struct sl_text fragments[2] = { sl_text_of(slot->name), sl_text_of(tag) };
  sl_status rc =
      sl_naming_fragments(&plan->normalizer->options.naming, fragments, 2, &plan->name, err);
  return rc != SL_OK
             ? rc
             : nz_slot_get(plan, slot->table,
                           (struct sl_text){ plan->name.data, plan->name.length }, out, err);
}

/* Copies names into the arena: `base` and then one more. */
static struct sl_text *extend_path(struct nz_plan *plan, const struct sl_text *base, size_t n,
                                   const struct sl_text *more, size_t m) {
  struct sl_text *path = sl_arena_alloc(&plan->arena, (n + m + 1) * sizeof *path);
  if (path == NULL) {
    return NULL;
  }
  for (size_t i = 0; i < n; i++) {
    path[i] = base[i];
  }
  for (size_t i = 0; i < m; i++) {
    path[n + i] = (struct sl_text){ sl_arena_copy(&plan->arena, more[i].data, more[i].length),
                                    more[i].length };
    if (path[n + i].data == NULL) {
      return NULL;
    }
  }
  return path;
}

/* A hint named the table before there were rows: they say what it is nested in. */
static sl_status correct_parent(struct sl_table *known, const struct nz_table *parent,
                                struct sl_error *err) {
  if (known == NULL || parent == NULL || known->parent == NULL || known->seen_data ||
      strcmp(known->parent, parent->name) == 0) {
    return SL_OK;
  }
  char *name = strdup(parent->name);
  if (name == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a name");
  }
  free(known->parent);
  known->parent = name;
  return SL_OK;
}

static sl_status new_table(struct nz_plan *plan, const char *name, struct nz_table *parent,
                           struct sl_text *fragments, size_t n, struct nz_table **out,
                           struct sl_error *err) {
  sl_status rc =
      sl_grow(&plan->tables, &plan->tables_capacity, plan->n_tables + 1, sizeof *plan->tables, err);
  struct nz_table *table = rc == SL_OK ? sl_arena_alloc(&plan->arena, sizeof *table) : NULL;
  if (rc == SL_OK && table == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for table %s", name);
  }
  if (rc == SL_OK) {
    rc = sl_map_set(&plan->table_index, name, strlen(name), (int32_t)plan->n_tables, err);
  }
  if (rc != SL_OK) {
    return rc;
  }
  *table = (struct nz_table){ .name = sl_arena_copy(&plan->arena, name, strlen(name)),
                              .parent = parent,
                              .fragments = fragments,
                              .n_fragments = n,
                              .order = plan->next_order++ };
  plan->tables[plan->n_tables++] = table;
  struct sl_normalizer *normalizer = plan->normalizer;
  pthread_mutex_lock(&normalizer->lock);
  table->in_schema = sl_schema_table(normalizer->schema, name);
  rc = correct_parent(table->in_schema, parent, err);
  table->is_new = table->in_schema == NULL || sl_table_is_new(table->in_schema);
  table->may_evolve = table->in_schema != NULL && table->in_schema->evolve_columns_once;
  const struct sl_table *said_by = table->in_schema != NULL ? table->in_schema : normalizer->root;
  struct sl_contract contract = sl_contract_of(normalizer->schema, said_by, &normalizer->override);
  table->forbidden =
      table->is_new && (contract.tables == SL_DISCARD_ROW || contract.tables == SL_DISCARD_VALUE);
  pthread_mutex_unlock(&normalizer->lock);
  *out = table;
  return table->name == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for table %s", name) : rc;
}

static sl_status get_table(struct nz_plan *plan, struct nz_table *parent, struct sl_text *fragments,
                           size_t n, struct nz_table **out, struct sl_error *err) {
  sl_status rc =
      sl_naming_fragments(&plan->normalizer->options.naming, fragments, n, &plan->name, err);
  if (rc != SL_OK) {
    return rc;
  }
  int32_t at = sl_map_get(&plan->table_index, plan->name.data, plan->name.length);
  if (at >= 0) {
    *out = plan->tables[at];
    return SL_OK;
  }
  char *name = sl_arena_copy(&plan->arena, plan->name.data, plan->name.length);
  return name == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a table name")
                      : new_table(plan, name, parent, fragments, n, out, err);
}

static struct nz_node *new_node(struct nz_plan *plan, struct nz_table *table, struct sl_text *path,
                                size_t n, int32_t level) {
  struct nz_node *node = sl_arena_alloc(&plan->arena, sizeof *node);
  if (node != NULL) {
    *node = (struct nz_node){ .table = table, .path = path, .n_path = n, .level = level };
  }
  return node;
}

static void node_release(struct nz_node *node) {
  free(node->entries);
  sl_map_release(&node->index);
}

sl_status nz_entry_get(struct nz_plan *plan, struct nz_node *node, const char *key, size_t length,
                       struct nz_entry **out, struct sl_error *err) {
  int32_t at = sl_map_get(&node->index, key, length);
  if (at >= 0) {
    *out = node->entries[at];
    return SL_OK;
  }
  struct nz_entry *entry = sl_arena_alloc(&plan->arena, sizeof *entry);
  char *copy = entry == NULL ? NULL : sl_arena_copy(&plan->arena, key, length);
  if (copy == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a key");
  }
  *entry = (struct nz_entry){ .key = copy, .length = (uint32_t)length, .node = node };
  sl_status rc = sl_grow(&node->entries, &node->entries_capacity, node->n_entries + 1,
                         sizeof *node->entries, err);
  if (rc == SL_OK) {
    rc = sl_grow(&plan->all_entries, &plan->all_capacity, plan->n_all + 1,
                 sizeof *plan->all_entries, err);
  }
  if (rc == SL_OK) {
    rc = sl_map_set(&node->index, copy, length, (int32_t)node->n_entries, err);
  }
  if (rc == SL_OK) {
    node->entries[node->n_entries++] = entry;
    plan->all_entries[plan->n_all++] = entry;
    *out = entry;
  }
  return rc;
}

/* The normalised name of a key; "" and blanks are "_empty" as in dlt. */
static sl_status key_name(struct nz_plan *plan, const struct nz_entry *entry, struct sl_buffer *out,
                          struct sl_error *err) {
  const struct sl_normalizer *n = plan->normalizer;
  const char *broken =
      sl_properties_get(&n->schema->normalizers_extra, "use_break_path_on_normalize");
  struct sl_text key = { entry->key, entry->length };
  sl_status rc = broken != NULL && strcmp(broken, "false") == 0
                     ? sl_naming_identifier(&n->options.naming, key, out, NULL)
                     : sl_naming_path(&n->options.naming, key, out, err);
  if (rc == SL_EDATA || (rc == SL_OK && out->length == 0)) {
    sl_buffer_reset(out);
    sl_buffer_text(out, "_empty");
    rc = sl_buffer_check(out, err);
  }
  return rc;
}

/* The flattened name of the entry's column into plan->name. */
static sl_status column_name(struct nz_plan *plan, const struct nz_entry *entry,
                             struct sl_error *err) {
  struct sl_buffer key = { 0 };
  sl_status rc = key_name(plan, entry, &key, err);
  const struct nz_node *node = entry->node;
  if (rc == SL_OK && node->n_path == 0) {
    sl_buffer_reset(&plan->name);
    sl_buffer_append(&plan->name, key.data, key.length);
    rc = sl_buffer_check(&plan->name, err);
  } else if (rc == SL_OK) {
    struct sl_text *path = sl_alloc_array(node->n_path + 1, sizeof *path);
    if (path == NULL) {
      rc = sl_fail(err, SL_ENOMEM, "out of memory for a name");
    } else {
      memcpy(path, node->path, node->n_path * sizeof *path);
      path[node->n_path] = (struct sl_text){ key.data, key.length };
      rc = sl_naming_fragments(&plan->normalizer->options.naming, path, node->n_path + 1,
                               &plan->name, err);
    }
    free(path);
  }
  sl_buffer_release(&key);
  return rc;
}

sl_status nz_entry_slot(struct nz_plan *plan, struct nz_entry *entry, struct sl_error *err) {
  sl_status rc = column_name(plan, entry, err);
  return rc != SL_OK ? rc
                     : nz_slot_get(plan, entry->node->table,
                                   (struct sl_text){ plan->name.data, plan->name.length },
                                   &entry->slot, err);
}

/* Objects and lists stay JSON when the levels are used up, or the column is (or should be) json. */
static sl_status stays_json(struct nz_plan *plan, struct nz_entry *entry, bool *json,
                            struct sl_error *err) {
  struct sl_normalizer *n = plan->normalizer;
  *json = entry->node->level <= 0;
  if (*json) {
    return SL_OK;
  }
  sl_status rc = column_name(plan, entry, err);
  if (rc == SL_OK) {
    const struct nz_table *table = entry->node->table;
    pthread_mutex_lock(&n->lock);
    const struct sl_column *column =
        table->in_schema == NULL ? NULL : sl_table_column(table->in_schema, plan->name.data);
    *json = column != NULL && column->type != SL_TYPE_NONE
                ? column->type == SL_TYPE_JSON
                : sl_name_rules_type(n->rules, plan->name.data) == SL_TYPE_JSON;
    pthread_mutex_unlock(&n->lock);
  }
  return rc;
}

sl_status nz_entry_object(struct nz_plan *plan, struct nz_entry *entry, struct nz_node **out,
                          struct sl_error *err) {
  bool json = false;
  *out = entry->object;
  if (*out != NULL) {
    return SL_OK;
  }
  sl_status rc = stays_json(plan, entry, &json, err);
  if (rc != SL_OK || json) {
    return rc;
  }
  struct sl_buffer key = { 0 };
  rc = key_name(plan, entry, &key, err);
  if (rc == SL_OK) {
    struct nz_node *node = entry->node;
    struct sl_text name = { key.data, key.length };
    struct sl_text *path = extend_path(plan, node->path, node->n_path, &name, 1);
    entry->object =
        path == NULL ? NULL : new_node(plan, node->table, path, node->n_path + 1, node->level - 1);
    *out = entry->object;
    rc = *out == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a nested object") : SL_OK;
  }
  sl_buffer_release(&key);
  return rc;
}

static sl_status new_list(struct nz_plan *plan, struct nz_table *parent, const struct sl_text *path,
                          size_t n_path, struct sl_text name, int32_t level, struct nz_list **out,
                          struct sl_error *err) {
  struct nz_list *list = sl_arena_alloc(&plan->arena, sizeof *list);
  struct sl_text *inside = extend_path(plan, path, n_path, &name, 1);
  struct sl_text *fragments = inside == NULL ? NULL
                                             : extend_path(plan, parent->fragments,
                                                           parent->n_fragments, inside, n_path + 1);
  if (list == NULL || fragments == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a list");
  }
  *list = (struct nz_list){ .level = level };
  sl_status rc =
      get_table(plan, parent, fragments, parent->n_fragments + n_path + 1, &list->table, err);
  *out = rc == SL_OK ? list : NULL;
  return rc;
}

sl_status nz_entry_list(struct nz_plan *plan, struct nz_entry *entry, int32_t row_level,
                        struct nz_list **out, struct sl_error *err) {
  bool json = false;
  *out = entry->list;
  if (*out != NULL) {
    return SL_OK;
  }
  sl_status rc = stays_json(plan, entry, &json, err);
  if (rc != SL_OK || json) {
    return rc;
  }
  struct sl_buffer key = { 0 };
  rc = key_name(plan, entry, &key, err);
  if (rc == SL_OK) {
    const struct nz_node *node = entry->node;
    rc = new_list(plan, node->table, node->path, node->n_path,
                  (struct sl_text){ key.data, key.length }, row_level - 1, &entry->list, err);
    *out = entry->list;
  }
  sl_buffer_release(&key);
  return rc;
}

sl_status nz_list_element(struct nz_plan *plan, struct nz_list *list, struct sl_error *err) {
  const char *value = plan->normalizer->value_name;
  struct nz_node *element = new_node(plan, list->table, NULL, 0, list->level);
  struct nz_node *scalars =
      new_node(plan, list->table, NULL, 0, 0); /* lists in it stay as they are */
  if (element == NULL || scalars == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a list");
  }
  sl_status rc = nz_entry_get(plan, scalars, value, strlen(value), &list->value, err);
  if (rc != SL_OK) {
    node_release(scalars);
    return rc;
  }
  list->element = element;
  return SL_OK;
}

sl_status nz_list_inner(struct nz_plan *plan, struct nz_list *list, struct sl_error *err) {
  const char *name = plan->normalizer->list_name;
  list->inner_node = new_node(plan, list->table, NULL, 0, list->level - 1);
  if (list->inner_node == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a list");
  }
  return new_list(plan, list->table, NULL, 0, sl_text_of(name), list->level - 2, &list->inner, err);
}

sl_status nz_system_slot(struct nz_plan *plan, struct nz_table *table, const char *name,
                         enum sl_type type, struct nz_slot **slot, struct sl_error *err) {
  if (*slot == NULL) {
    sl_status rc = nz_slot_get(plan, table, sl_text_of(name), slot, err);
    if (rc != SL_OK) {
      return rc;
    }
  }
  if ((*slot)->type == SL_TYPE_NONE) {
    (*slot)->type = type;
    nz_slot_layout(*slot);
    (*slot)->order = plan->next_order++;
  }
  return SL_OK;
}

sl_status nz_plan_init(struct nz_plan *plan, struct sl_normalizer *normalizer,
                       struct sl_error *err) {
  *plan = (struct nz_plan){ .normalizer = normalizer };
  sl_arena_init(&plan->arena, 65536);
  const char *name = normalizer->options.root_table;
  struct sl_text fragment = sl_text_of(name);
  struct sl_text *fragments = extend_path(plan, NULL, 0, &fragment, 1);
  struct nz_table *table = NULL;
  sl_status rc = fragments == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for table %s", name)
                                   : new_table(plan, name, NULL, fragments, 1, &table, err);
  if (rc == SL_OK) {
    plan->root = new_node(plan, table, NULL, 0, normalizer->max_nesting);
    rc = plan->root == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for table %s", name) : SL_OK;
  }
  /* Columns that must not be null get their slot now, so that a row without them is noticed. */
  const struct sl_table *root = normalizer->root;
  for (size_t i = 0; rc == SL_OK && i < root->n_columns; i++) {
    struct nz_slot *slot;
    if (!root->columns[i]->nullable && !is_dlt_name(root->columns[i]->name)) {
      rc = nz_slot_get(plan, table, sl_text_of(root->columns[i]->name), &slot, err);
    }
  }
  return rc;
}

void nz_plan_release(struct nz_plan *plan) {
  for (size_t i = 0; i < plan->n_all; i++) {
    struct nz_entry *entry = plan->all_entries[i];
    if (entry->object != NULL) {
      node_release(entry->object);
    }
    for (struct nz_list *list = entry->list; list != NULL; list = list->inner) {
      if (list->element != NULL) {
        node_release(list->element);
        node_release(list->value->node);
      }
      if (list->inner_node != NULL) {
        node_release(list->inner_node);
      }
    }
  }
  if (plan->root != NULL) {
    node_release(plan->root);
  }
  for (size_t i = 0; i < plan->n_tables; i++) {
    struct nz_table *table = plan->tables[i];
    for (size_t j = 0; j < table->n_slots; j++) {
      sl_builder_release(&table->slots[j]->builder);
      if (table->slots[j]->passed.release != NULL) {
        table->slots[j]->passed.release(&table->slots[j]->passed);
      }
    }
    free(table->slots);
    sl_map_release(&table->slot_index);
  }
  free(plan->tables);
  free(plan->all_entries);
  sl_map_release(&plan->table_index);
  sl_buffer_release(&plan->name);
  sl_arena_release(&plan->arena);
}
