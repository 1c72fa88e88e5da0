/* walk.c - dlt's relational algorithm (dlt.md 2.2), from a parsed document into builders.
 *
 * The order in which columns are met is dlt's: the keys of an object, then its nested objects from
 * the last to the first, then the columns of the row's identity; the lists of a row come after the
 * row. */
#include "normalize/walk.h"

#include <stdlib.h>

#include "base/hash.h"
#include "schema/json_text.h"

enum { MOST_ID = 63 };

struct row_place { /* where a row belongs */
  const char *parent_id;
  size_t parent_id_length;
  int64_t list_idx;
};

static sl_status write_lists(struct nz_walk *w, size_t first, const char *id, size_t id_length,
                             struct sl_error *err);

/* ---- identity of rows ---- */

/* 14 characters of base64 alphabet: 10 random bytes as dlt's ids. */
void nz_random_id(struct nz_walk *w, char out[16]) {
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  uint64_t a = sl_random_next(&w->random);
  uint64_t b = sl_random_next(&w->random);
  for (int i = 0; i < 10; i++) {
    out[i] = alphabet[a & 63];
    a >>= 6;
  }
  for (int i = 10; i < 13; i++) {
    out[i] = alphabet[b & 63];
    b >>= 6;
  }
  out[13] = alphabet[(b & 3) << 4]; /* the last of 80 bits */
  out[14] = '\0';
}

void nz_digest_id(const char *data, size_t length, char out[16]) {
  uint8_t digest[10];
  sl_shake128(data, length, digest, sizeof digest);
  sl_base64_encode(out, digest, sizeof digest, 0);
}

/* b64(shake128(parent_table_idx)) */
static sl_status nested_id(struct nz_walk *w, const struct nz_table *table,
                           const struct row_place *place, char out[16], struct sl_error *err) {
  struct sl_buffer *b = &w->scratch.json;
  sl_buffer_reset(b);
  sl_buffer_append(b, place->parent_id, place->parent_id_length);
  sl_buffer_char(b, '_');
  sl_buffer_text(b, table->name);
  char digits[24]; /* never negative; printf would take a third of the time of a row */
  size_t at = sizeof digits;
  int64_t left = place->list_idx;
  do {
    digits[--at] = (char)('0' + left % 10);
    left /= 10;
  } while (left > 0);
  digits[--at] = '_';
  sl_buffer_append(b, digits + at, sizeof digits - at);
  if (!b->failed) {
    nz_digest_id(b->data, b->length, out);
  }
  return sl_buffer_check(b, err);
}

/* {"key": value, …} sorted by key, of the primary key's columns. */
static sl_status key_hash(struct nz_walk *w, const struct nz_table *table, char out[16],
                          struct sl_error *err) {
  const struct sl_table *root = w->plan.normalizer->root;
  struct sl_buffer *b = &w->scratch.json;
  const char *last = "";
  sl_buffer_reset(b);
  sl_buffer_char(b, '{');
  for (;;) { /* the next name in order; keys are few */
    const struct sl_column *next = NULL;
    for (size_t i = 0; i < root->n_columns; i++) {
      const struct sl_column *c = root->columns[i];
      if ((c->hints & SL_HINT_PRIMARY_KEY) != 0 && strcmp(c->name, last) > 0 &&
          (next == NULL || strcmp(c->name, next->name) < 0)) {
        next = c;
      }
    }
    if (next == NULL) {
      break;
    }
    int32_t at = sl_map_get(&table->slot_index, next->name, strlen(next->name));
    const struct nz_slot *slot = at < 0 ? NULL : table->slots[at];
    if (slot == NULL || slot->key_value == NULL ||
        sl_builder_is_null(&slot->builder, table->rows)) {
      return sl_fail(err, SL_EDATA, "table %s: the primary key column %s is missing in a row",
                     table->name, next->name);
    }
    sl_buffer_text(b, b->length > 1 ? "," : "");
    sl_json_string(b, next->name, strlen(next->name));
    sl_buffer_char(b, ':');
    sl_json_canonical_value(slot->key_value, NULL, b);
    last = next->name;
  }
  sl_buffer_char(b, '}');
  nz_digest_id(b->data, b->length, out);
  return sl_buffer_check(b, err);
}

static sl_status row_hash(struct nz_walk *w, yyjson_val *document, char out[16],
                          struct sl_error *err) {
  struct sl_buffer *b = &w->scratch.json;
  sl_buffer_reset(b);
  sl_json_canonical_value(document, "_dlt", b);
  nz_digest_id(b->data == NULL ? "" : b->data, b->length, out);
  return sl_buffer_check(b, err);
}

/* ---- the end of a row ---- */

static sl_status put_text(struct nz_walk *w, struct nz_slot *slot, const char *text, size_t length,
                          struct sl_error *err) {
  struct sl_builder *b = &slot->builder;
  int64_t row = slot->table->rows;
  if (slot->type != SL_TYPE_TEXT) {
    struct sl_value v = { .type = SL_TYPE_TEXT, .as.text = { text, length } };
    enum nz_outcome outcome;
    return nz_append_value(&w->plan, &w->scratch, slot, &v, &outcome, err);
  }
  if (b->length > row) {
    sl_builder_pop(b);
  }
  sl_status rc = sl_builder_pad(b, row, err);
  return rc == SL_OK ? sl_builder_append_bytes(b, text, length, err) : rc;
}

static sl_status put_number(struct nz_walk *w, struct nz_table *table, const char *name,
                            struct nz_slot **slot, int64_t number, struct sl_error *err) {
  sl_status rc = nz_system_slot(&w->plan, table, name, SL_TYPE_BIGINT, slot, err);
  if (rc != SL_OK) {
    return rc;
  }
  struct sl_builder *b = &(*slot)->builder;
  if (b->length > table->rows) {
    sl_builder_pop(b);
  }
  rc = sl_builder_pad(b, table->rows, err);
  return rc == SL_OK ? sl_builder_append_int64(b, number, err) : rc;
}

/* The number of the document, for each of its rows. */
static sl_status put_root_row(struct nz_walk *w, struct nz_table *table, struct sl_error *err) {
  if (!w->plan.normalizer->number_roots) {
    return SL_OK;
  }
  sl_status rc = put_number(w, table, SL_ROOT_ROW, &table->root_row, w->root_row, err);
  if (rc == SL_OK) {
    table->root_row->hidden = true;
  }
  return rc;
}

/* The id that the data brought along, if any. */
static bool own_id(const struct nz_table *table, char *out, size_t *length) {
  struct sl_value v = { 0 };
  if (table->id != NULL) {
    nz_slot_read(table->id, table->rows, &v);
  }
  if (v.type != SL_TYPE_TEXT || v.as.text.length == 0 || v.as.text.length > MOST_ID) {
    return false;
  }
  memcpy(out, v.as.text.data, v.as.text.length);
  *length = v.as.text.length;
  return true;
}

static sl_status finish_root(struct nz_walk *w, struct nz_table *table, yyjson_val *document,
                             char *id, size_t *id_length, struct sl_error *err) {
  const struct sl_normalizer *n = w->plan.normalizer;
  w->root_row++;
  sl_status rc = put_root_row(w, table, err);
  if (rc == SL_OK && n->options.add_dlt_load_id) {
    rc = nz_system_slot(&w->plan, table, n->load_id_name, SL_TYPE_TEXT, &table->load_id, err);
    if (rc == SL_OK) {
      rc = put_text(w, table->load_id, n->options.load_id, strlen(n->options.load_id), err);
    }
  }
  if (rc == SL_OK && n->options.add_dlt_id) {
    rc = nz_system_slot(&w->plan, table, n->id_name, SL_TYPE_TEXT, &table->id, err);
  }
  if (rc != SL_OK || own_id(table, id, id_length)) {
    return rc;
  }
  *id_length = 14;
  if (n->id_kind == NZ_ID_KEY_HASH) {
    rc = key_hash(w, table, id, err);
  } else if (n->id_kind == NZ_ID_ROW_HASH) {
    rc = row_hash(w, document, id, err);
  } else {
    nz_random_id(w, id);
  }
  return rc == SL_OK && n->options.add_dlt_id ? put_text(w, table->id, id, *id_length, err) : rc;
}

static sl_status finish_child(struct nz_walk *w, struct nz_table *table,
                              const struct row_place *place, char *id, size_t *id_length,
                              struct sl_error *err) {
  const struct sl_normalizer *n = w->plan.normalizer;
  sl_status rc = put_root_row(w, table, err);
  if (rc == SL_OK && n->propagate_root) {
    rc = nz_system_slot(&w->plan, table, n->root_id_name, SL_TYPE_TEXT, &table->root_id, err);
    if (rc == SL_OK) {
      rc = put_text(w, table->root_id, w->root_id, w->root_id_length, err);
    }
  }
  if (rc == SL_OK) {
    rc = nz_system_slot(&w->plan, table, n->parent_id_name, SL_TYPE_TEXT, &table->parent_id, err);
  }
  if (rc == SL_OK) {
    rc = put_text(w, table->parent_id, place->parent_id, place->parent_id_length, err);
  }
  if (rc == SL_OK) {
    rc = put_number(w, table, n->list_idx_name, &table->list_idx, place->list_idx, err);
  }
  if (rc == SL_OK) {
    rc = nz_system_slot(&w->plan, table, n->id_name, SL_TYPE_TEXT, &table->id, err);
  }
  if (rc != SL_OK || own_id(table, id, id_length)) {
    return rc;
  }
  rc = nested_id(w, table, place, id, err);
  *id_length = 14;
  return rc != SL_OK ? rc : put_text(w, table->id, id, *id_length, err);
}

static sl_status check_required(const struct nz_table *table, struct sl_error *err) {
  for (size_t i = 0; table->parent == NULL && i < table->n_slots; i++) {
    const struct nz_slot *slot = table->slots[i];
    if (slot->required && sl_builder_is_null(&slot->builder, table->rows)) {
      return sl_fail(err, SL_EDATA,
                     "table %s: column %s must not be null, but the row has no value", table->name,
                     slot->name);
    }
  }
  return SL_OK;
}

/* Takes back what the row under way has written. */
static void drop_row(struct nz_table *table) {
  for (size_t i = 0; i < table->n_slots; i++) {
    struct nz_slot *slot = table->slots[i];
    if (slot->builder.length > table->rows) {
      sl_builder_truncate(&slot->builder, table->rows);
    }
    if (slot->column == NULL && slot->builder.length == slot->builder.null_count) {
      slot->type = SL_TYPE_NONE; /* only the dropped row gave it its type */
    }
    slot->writer = NULL;
  }
}

/* ---- keys ---- */

/* The key came twice in one object: what the first one wrote is taken back, as in a Python dict. */
static void undo_entry(struct nz_walk *w, struct nz_entry *entry, size_t objects, size_t lists) {
  struct nz_slot *slot = entry->slot;
  if (slot != NULL && slot->writer == entry) {
    struct nz_table *table = slot->table;
    for (int t = -1; t < SL_TYPE_COUNT; t++) {
      struct nz_slot *s = t < 0 ? slot : slot->variants[t];
      if (s != NULL && s->builder.length > table->rows) {
        sl_builder_pop(&s->builder);
      }
    }
    slot->writer = NULL;
  }
  for (size_t i = objects; i < w->n_objects; i++) {
    if (w->objects[i].entry == entry) {
      w->objects[i].value = NULL;
    }
  }
  for (size_t i = lists; i < w->n_lists; i++) {
    if (w->lists[i].entry == entry) {
      w->lists[i].value = NULL;
    }
  }
}

/* Two keys of one name in one row: the later one keeps the column as in dlt, the earlier value
 * moves to a column of its own instead of being lost. */
static sl_status move_loser(struct nz_walk *w, struct nz_slot *slot, enum nz_outcome *outcome,
                            struct sl_error *err) {
  struct nz_slot *other;
  struct sl_value v;
  struct sl_buffer text = { 0 };
  sl_status rc = nz_collision_get(&w->plan, slot, slot->writer, &other, err);
  nz_slot_read(slot, slot->table->rows, &v);
  if (rc != SL_OK || v.type == SL_TYPE_NONE) {
    return rc;
  }
  if (slot->builder.layout == SL_LAYOUT_BYTES) { /* outlives the builder's row */
    sl_buffer_append(&text, v.as.text.data, v.as.text.length);
    v.as.text.data = text.data;
  }
  sl_builder_pop(&slot->builder);
  rc = sl_buffer_check(&text, err);
  if (rc == SL_OK) {
    rc = nz_append_value(&w->plan, &w->scratch, other, &v, outcome, err);
  }
  sl_buffer_release(&text);
  return rc;
}

static sl_status write_scalar(struct nz_walk *w, struct nz_entry *entry, yyjson_val *value,
                              enum nz_outcome *outcome, struct sl_error *err) {
  if (entry->slot == NULL) {
    sl_status rc = nz_entry_slot(&w->plan, entry, err);
    if (rc != SL_OK) {
      return rc;
    }
  }
  struct nz_slot *slot = entry->slot;
  if (slot->builder.length > slot->table->rows) {
    sl_status rc = move_loser(w, slot, outcome, err);
    if (rc != SL_OK) {
      return rc;
    }
  }
  slot->writer = entry;
  slot->key_value = value;
  return nz_append(&w->plan, &w->scratch, slot, value, outcome, err);
}

static sl_status push_object(struct nz_walk *w, struct nz_node *node, struct nz_entry *entry,
                             yyjson_val *value, struct sl_error *err) {
  if (w->n_objects == w->objects_capacity) {
    sl_status rc =
        sl_grow(&w->objects, &w->objects_capacity, w->n_objects + 1, sizeof *w->objects, err);
    if (rc != SL_OK) {
      return rc;
    }
  }
  w->objects[w->n_objects++] = (struct nz_object){ node, value, entry };
  return SL_OK;
}

static sl_status push_list(struct nz_walk *w, struct nz_list *list, struct nz_entry *entry,
                           yyjson_val *value, struct sl_error *err) {
  if (w->n_lists == w->lists_capacity) {
    sl_status rc = sl_grow(&w->lists, &w->lists_capacity, w->n_lists + 1, sizeof *w->lists, err);
    if (rc != SL_OK) {
      return rc;
    }
  }
  w->lists[w->n_lists++] = (struct nz_pending){ list, value, entry };
  return SL_OK;
}

static sl_status write_container(struct nz_walk *w, struct nz_entry *entry, yyjson_val *value,
                                 int32_t row_level, enum nz_outcome *outcome,
                                 struct sl_error *err) {
  sl_status rc;
  if (yyjson_is_obj(value)) {
    struct nz_node *node = entry->object;
    rc = node != NULL ? SL_OK : nz_entry_object(&w->plan, entry, &node, err);
    if (rc != SL_OK || node != NULL) {
      return rc == SL_OK ? push_object(w, node, entry, value, err) : rc;
    }
  } else {
    struct nz_list *list = entry->list;
    rc = list != NULL ? SL_OK : nz_entry_list(&w->plan, entry, row_level, &list, err);
    if (rc != SL_OK || list != NULL) {
      return rc == SL_OK ? push_list(w, list, entry, value, err) : rc;
    }
  }
  return write_scalar(w, entry, value, outcome, err); /* kept as JSON */
}

/* The entry of a key: most often the next one in the usual order. */
static inline sl_status find_entry(struct nz_walk *w, struct nz_node *node, size_t *expected,
                                   yyjson_val *key, struct nz_entry **out, struct sl_error *err) {
  const char *text = yyjson_get_str(key);
  size_t length = yyjson_get_len(key);
  if (*expected < node->n_entries) {
    struct nz_entry *guess = node->entries[*expected];
    if (guess->length == length && memcmp(guess->key, text, length) == 0) {
      *out = guess;
      *expected += 1;
      return SL_OK;
    }
  }
  int32_t at = sl_map_get(&node->index, text, length);
  if (at >= 0) {
    *out = node->entries[at];
    *expected = (size_t)at + 1;
    return SL_OK;
  }
  sl_status rc = nz_entry_get(&w->plan, node, text, length, out, err);
  *expected = node->n_entries;
  return rc;
}

static sl_status write_object(struct nz_walk *w, struct nz_node *node, yyjson_val *object,
                              int32_t row_level, size_t objects, size_t lists,
                              enum nz_outcome *outcome, struct sl_error *err) {
  size_t expected = 0;
  int64_t visit = ++node->visit;
  yyjson_obj_iter iter = yyjson_obj_iter_with(object);
  yyjson_val *key;
  while ((key = yyjson_obj_iter_next(&iter)) != NULL) {
    yyjson_val *value = yyjson_obj_iter_get_val(key);
    struct nz_entry *entry;
    sl_status rc = find_entry(w, node, &expected, key, &entry, err);
    if (rc != SL_OK) {
      return rc;
    }
    if (entry->visit == visit) {
      undo_entry(w, entry, objects, lists);
    }
    entry->visit = visit;
    if (yyjson_is_null(value)) {
      entry->null_seen = true;
    } else if (yyjson_is_ctn(value)) {
      rc = write_container(w, entry, value, row_level, outcome, err);
    } else {
      rc = write_scalar(w, entry, value, outcome, err);
    }
    if (rc != SL_OK || *outcome == NZ_ROW_DISCARDED) {
      return rc;
    }
  }
  return SL_OK;
}

/* ---- rows ---- */

/* One row and, after it, the rows of its lists. object: NULL for a row without data. */
static sl_status write_row(struct nz_walk *w, struct nz_node *node, yyjson_val *object,
                           const struct row_place *place, struct sl_error *err) {
  struct nz_table *table = node->table;
  size_t objects = w->n_objects;
  size_t lists = w->n_lists;
  enum nz_outcome outcome = NZ_STORED;
  if (table->forbidden) {
    w->discarded_rows++;
    return SL_OK;
  }
  sl_status rc = push_object(w, node, NULL, object, err);
  while (rc == SL_OK && outcome == NZ_STORED && w->n_objects > objects) {
    struct nz_object next = w->objects[--w->n_objects];
    if (next.value != NULL) {
      rc = write_object(w, next.node, next.value, node->level, objects, lists, &outcome, err);
    }
  }
  char id[MOST_ID + 1];
  size_t id_length = 0;
  if (rc == SL_OK && outcome == NZ_STORED) {
    rc = place == NULL ? finish_root(w, table, object, id, &id_length, err)
                       : finish_child(w, table, place, id, &id_length, err);
  }
  if (rc == SL_OK && outcome == NZ_STORED) {
    rc = check_required(table, err);
  }
  if (rc == SL_OK && outcome == NZ_STORED) {
    if (place == NULL) {
      memcpy(w->root_id, id, id_length);
      w->root_id_length = id_length;
    }
    table->rows++;
    w->rows++;
    rc = write_lists(w, lists, id, id_length, err);
  } else {
    w->discarded_rows += rc == SL_OK;
    drop_row(table);
  }
  w->n_objects = objects;
  w->n_lists = lists;
  return rc;
}

/* A list inside a list: a row without data, whose elements are rows of <table>__list. */
static sl_status write_inner_list(struct nz_walk *w, struct nz_list *list, yyjson_val *value,
                                  const struct row_place *place, struct sl_error *err) {
  sl_status rc = SL_OK;
  if (list->level - 1 <= 0) { /* no level left: {"list": […]} is kept as JSON */
    struct nz_entry *entry;
    if (list->inner_node == NULL) {
      rc = nz_list_inner(&w->plan, list, err);
    }
    const char *name = w->plan.normalizer->list_name;
    if (rc == SL_OK) {
      rc = nz_entry_get(&w->plan, list->inner_node, name, strlen(name), &entry, err);
    }
    enum nz_outcome outcome = NZ_STORED;
    if (rc == SL_OK) {
      rc = write_scalar(w, entry, value, &outcome, err);
    }
    return rc == SL_OK ? write_row(w, list->inner_node, NULL, place, err) : rc;
  }
  if (list->inner == NULL) {
    rc = nz_list_inner(&w->plan, list, err);
  }
  if (rc != SL_OK) {
    return rc;
  }
  size_t lists = w->n_lists;
  char id[MOST_ID + 1];
  size_t id_length = 0;
  struct nz_table *table = list->table;
  if (rc == SL_OK && !table->forbidden) {
    rc = finish_child(w, table, place, id, &id_length, err);
    if (rc == SL_OK) {
      table->rows++;
      w->rows++;
      rc = push_list(w, list->inner, NULL, value, err);
    }
    if (rc == SL_OK) {
      rc = write_lists(w, lists, id, id_length, err);
    }
  }
  w->n_lists = lists;
  return rc;
}

static sl_status write_element(struct nz_walk *w, struct nz_list *list, yyjson_val *value,
                               const struct row_place *place, struct sl_error *err) {
  if (list->element == NULL) {
    sl_status rc = nz_list_element(&w->plan, list, err);
    if (rc != SL_OK) {
      return rc;
    }
  }
  if (yyjson_is_obj(value)) {
    return write_row(w, list->element, value, place, err);
  }
  if (yyjson_is_arr(value)) {
    return write_inner_list(w, list, value, place, err);
  }
  enum nz_outcome outcome = NZ_STORED;
  sl_status rc = SL_OK;
  if (yyjson_is_null(value)) {
    list->value->null_seen = true;
  } else if (!list->table->forbidden) {
    rc = write_scalar(w, list->value, value, &outcome, err);
  }
  if (rc == SL_OK && outcome == NZ_ROW_DISCARDED) {
    w->discarded_rows++;
    drop_row(list->table);
    return SL_OK;
  }
  return rc == SL_OK ? write_row(w, list->element, NULL, place, err) : rc;
}

/* The lists that the row has pushed, from lists[first] on. */
static sl_status write_lists(struct nz_walk *w, size_t first, const char *id, size_t id_length,
                             struct sl_error *err) {
  size_t last = w->n_lists;
  for (size_t i = first; i < last; i++) {
    struct nz_pending pending = w->lists[i]; /* the array may move while elements are written */
    if (pending.value == NULL) {
      continue;
    }
    struct row_place place = { id, id_length, 0 };
    yyjson_arr_iter iter = yyjson_arr_iter_with(pending.value);
    yyjson_val *value;
    while ((value = yyjson_arr_iter_next(&iter)) != NULL) {
      sl_status rc = write_element(w, pending.list, value, &place, err);
      if (rc != SL_OK) {
        return rc;
      }
      place.list_idx++;
    }
  }
  return SL_OK;
}

sl_status nz_walk_document(struct nz_walk *w, yyjson_val *document, struct sl_error *err) {
  struct nz_plan *plan = &w->plan;
  w->n_objects = 0;
  w->n_lists = 0;
  if (yyjson_is_obj(document)) {
    return write_row(w, plan->root, document, NULL, err);
  }
  /* Not an object: dlt wraps it as {"value": document}. */
  const char *name = plan->normalizer->value_name;
  struct nz_entry *entry;
  enum nz_outcome outcome = NZ_STORED;
  sl_status rc = nz_entry_get(plan, plan->root, name, strlen(name), &entry, err);
  if (rc == SL_OK && yyjson_is_arr(document)) {
    struct nz_list *list;
    rc = nz_entry_list(plan, entry, plan->root->level, &list, err);
    if (rc == SL_OK && list != NULL) {
      rc = push_list(w, list, entry, document, err);
    } else if (rc == SL_OK) {
      rc = write_scalar(w, entry, document, &outcome, err);
    }
    struct nz_table *table = plan->root->table;
    char id[MOST_ID + 1];
    size_t id_length = 0;
    if (rc == SL_OK) {
      rc = finish_root(w, table, document, id, &id_length, err);
    }
    if (rc == SL_OK) {
      memcpy(w->root_id, id, id_length);
      w->root_id_length = id_length;
      table->rows++;
      w->rows++;
      rc = write_lists(w, 0, id, id_length, err);
    }
    w->n_lists = 0;
    return rc;
  }
  if (rc == SL_OK && !yyjson_is_null(document)) {
    rc = write_scalar(w, entry, document, &outcome, err);
  }
  return rc == SL_OK ? write_row(w, plan->root, NULL, NULL, err) : rc;
}

void nz_walk_release(struct nz_walk *w) {
  nz_plan_release(&w->plan);
  sl_buffer_release(&w->scratch.text);
  sl_buffer_release(&w->scratch.json);
  free(w->objects);
  free(w->lists);
}
