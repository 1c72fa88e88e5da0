/* merge_scd2.c - slowly changing dimension, type 2: rows get a validity; changed ones are retired
 * and added anew. */
#include <stdlib.h>

#include "base/time.h"
#include "schema/detect.h"
#include "sql/merge.h"

struct scd2 {
  struct merge *m;
  const struct sl_column *from, *to, *hash;
  struct sl_buffer boundary; /* literals */
  struct sl_buffer active;   /* "NULL" or a timestamp */
  bool active_is_null;
};

static const struct sl_column *marked(const struct sl_table *table, const char *mark) {
  for (size_t i = 0; i < table->n_columns; i++) {
    if (sl_properties_get(&table->columns[i]->extra, mark) != NULL) {
      return table->columns[i];
    }
  }
  return NULL;
}

/* A property that holds a timestamp as an SQL literal. *found = false: absent or null. */
static sl_status timestamp_literal(struct scd2 *s, const struct sl_properties *p, const char *key,
                                   struct sl_buffer *out, bool *found) {
  char *text = sl_properties_text(p, key);
  struct sl_value given = { .type = SL_TYPE_TEXT };
  struct sl_value moment;
  sl_status rc = SL_OK;
  *found = text != NULL;
  if (text != NULL) {
    given.as.text = sl_text_of(text);
    if (sl_coerce(&given, SL_TYPE_TIMESTAMP, &moment, NULL)) {
      moment.zoned = s->to->timezone != 0; /* as the columns that it is for */
      sl_sql_literal(s->m->sql, &moment, out);
    } else {
      rc = sl_fail(s->m->err, SL_EUSAGE, "table %s: '%s' is not a timestamp",
                   s->m->plan->root->name, text);
    }
  }
  free(text);
  return rc;
}

const struct sl_column *merge_row_version(const struct sl_table *root) {
  return marked(root, "x-row-version");
}

static sl_status prepare(struct scd2 *s) {
  const struct sl_table *root = s->m->plan->root;
  bool found = false;
  s->from = marked(root, "x-valid-from");
  s->to = marked(root, "x-valid-to");
  s->hash = merge_row_version(root);
  if (s->from == NULL || s->to == NULL || s->hash == NULL) {
    return sl_fail(s->m->err, SL_EUSAGE,
                   "table %s lacks the columns of scd2: load it with --strategy scd2", root->name);
  }
  sl_status rc = timestamp_literal(s, &root->extra, "x-boundary-timestamp", &s->boundary, &found);
  if (rc == SL_OK && !found) {
    struct sl_value now = { .type = SL_TYPE_TIMESTAMP,
                            .as.integer = s->m->plan->boundary,
                            .zoned = s->to->timezone != 0 };
    sl_sql_literal(s->m->sql, &now, &s->boundary);
  }
  if (rc == SL_OK) {
    rc = timestamp_literal(s, &s->to->extra, "x-active-record-timestamp", &s->active, &found);
    s->active_is_null = !found;
    if (!found) {
      sl_buffer_text(&s->active, "NULL");
    }
  }
  return rc;
}

static void is_active(const struct scd2 *s, const char *prefix, struct sl_buffer *out) {
  merge_column(s->m, prefix, s->to->name, out);
  sl_buffer_printf(out, s->active_is_null ? " IS %s" : " = %s", s->active.data);
}

/* Retires what the extract no longer has (within its partitions, when there is a merge key). */
static sl_status retire(struct scd2 *s) {
  struct merge *m = s->m;
  struct sl_buffer b = { 0 };
  sl_buffer_text(&b, "UPDATE ");
  merge_target(m, &b);
  sl_buffer_text(&b, " SET ");
  merge_column(m, NULL, s->to->name, &b);
  sl_buffer_printf(&b, " = %s WHERE ", s->boundary.data);
  is_active(s, m->target, &b);
  sl_buffer_text(&b, " AND ");
  struct merge_keys hash = { .key = s->hash->name, .outer = m->target, .inner = "s" };
  merge_in_staged(m, &hash, true, &b);
  if (m->has_merge_key) {
    struct merge_keys keys = { .hint = SL_HINT_MERGE_KEY, .outer = m->target, .inner = "p" };
    sl_buffer_text(&b, " AND ");
    merge_in_staged(m, &keys, false, &b);
  }
  if (m->destination_scope != NULL) {
    sl_buffer_printf(&b, " AND (%s)", m->destination_scope);
  }
  sl_status rc = merge_add(m, &b);
  sl_buffer_release(&b);
  return rc;
}

static sl_status insert_new(struct scd2 *s) {
  struct merge *m = s->m;
  const struct sl_table *root = m->plan->root;
  struct sl_buffer b = { 0 };
  struct sl_buffer active = { 0 };
  struct sl_buffer unknown = { 0 };
  is_active(s, "d", &active);
  sl_status rc = sl_buffer_check(&active, m->err);
  if (rc == SL_OK) {
    rc = merge_unknown(m, root, s->hash, active.data, &unknown);
  }
  sl_buffer_text(&b, "INSERT INTO ");
  merge_table(m, merge_final(m, root), &b);
  sl_buffer_text(&b, " (");
  merge_column(m, NULL, s->from->name, &b);
  sl_buffer_text(&b, ", ");
  merge_column(m, NULL, s->to->name, &b);
  sl_buffer_text(&b, ", ");
  merge_columns(m, NULL, root, s->from, s->to, &b);
  sl_buffer_printf(&b, ") SELECT %s, %s, ", s->boundary.data, s->active.data);
  merge_columns(m, "s", root, s->from, s->to, &b);
  sl_buffer_text(&b, " FROM ");
  merge_source(m, "s", &b);
  sl_buffer_printf(&b, " WHERE %s", unknown.data == NULL ? "" : unknown.data);
  rc = rc == SL_OK ? sl_buffer_check(&unknown, m->err) : rc;
  rc = rc == SL_OK ? merge_add(m, &b) : rc;
  sl_buffer_release(&active);
  sl_buffer_release(&unknown);
  sl_buffer_release(&b);
  return rc;
}

static sl_status insert_child(struct scd2 *s, const struct sl_table *table) {
  struct merge *m = s->m;
  const struct sl_column *key = merge_hinted(table, SL_HINT_ROW_KEY);
  struct sl_buffer b = { 0 };
  if (key == NULL) {
    return sl_fail(m->err, SL_EDATA, "table %s has no row key, so it cannot be merged",
                   table->name);
  }
  sl_buffer_text(&b, "INSERT INTO ");
  merge_table(m, merge_final(m, table), &b);
  sl_buffer_text(&b, " (");
  merge_columns(m, NULL, table, NULL, NULL, &b);
  sl_buffer_text(&b, ") SELECT ");
  merge_columns(m, "s", table, NULL, NULL, &b);
  sl_buffer_text(&b, " FROM ");
  merge_table(m, merge_staged(m, table), &b);
  sl_buffer_printf(&b, "%ss WHERE ", merge_as(m));
  sl_status rc = merge_unknown(m, table, key, NULL, &b);
  rc = rc == SL_OK ? merge_add(m, &b) : rc;
  sl_buffer_release(&b);
  return rc;
}

sl_status merge_scd2(struct merge *m) {
  struct scd2 s = { .m = m };
  sl_status rc = prepare(&s);
  if (rc == SL_OK) {
    rc = retire(&s);
  }
  if (rc == SL_OK) {
    rc = insert_new(&s);
  }
  for (size_t i = 0; rc == SL_OK && i < m->plan->n_chain; i++) {
    if (m->plan->chain[i] != m->plan->root) {
      rc = insert_child(&s, m->plan->chain[i]);
    }
  }
  sl_buffer_release(&s.boundary);
  sl_buffer_release(&s.active);
  return rc;
}
