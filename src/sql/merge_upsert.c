/* merge_upsert.c - strategies that match by primary key: upsert, insert-only, cdc (snapshot diff).
 *
 * Row keys are hashes of the primary key here, so the children of a row keep their parent's key
 * over loads. */
#include "sql/merge.h"

static void merge_into(struct merge *m, struct sl_buffer *s) {
  sl_buffer_text(s, "MERGE INTO ");
  merge_table(m, merge_final(m, m->plan->root), s);
  const char *hint = m->sql->dialect->merge_hint;
  sl_buffer_printf(s, "%s%sd USING ", hint == NULL ? "" : hint, merge_as(m));
  merge_winners(m, "s", s);
  sl_buffer_text(s, " ON (");
  merge_key_equal(m, SL_HINT_PRIMARY_KEY, "d", "s", s);
  sl_buffer_char(s, ')');
}

static sl_status add_merge(struct merge *m, struct sl_buffer *s) {
  const char *end = m->sql->dialect->merge_end;
  sl_buffer_text(s, end == NULL ? "" : end);
  return merge_add(m, s);
}

static void not_matched(struct merge *m, bool guard, struct sl_buffer *s) {
  const struct sl_table *root = m->plan->root;
  bool guarded = guard && m->hard_delete != NULL;
  bool where = m->sql->dialect->merge_where;
  sl_buffer_text(s, " WHEN NOT MATCHED");
  if (guarded && !where) {
    sl_buffer_text(s, " AND ");
    merge_deleted(m, "s", true, s);
  }
  sl_buffer_text(s, " THEN INSERT (");
  merge_columns(m, NULL, root, NULL, NULL, s);
  sl_buffer_text(s, ") VALUES (");
  merge_columns(m, "s", root, NULL, NULL, s);
  sl_buffer_char(s, ')');
  if (guarded && where) {
    sl_buffer_text(s, " WHERE ");
    merge_deleted(m, "s", true, s);
  }
}

void merge_assignments(const struct merge *m, bool keep_keys, struct sl_buffer *s) {
  const struct sl_table *root = m->plan->root;
  const char *separator = "";
  for (size_t i = 0; i < root->n_columns; i++) {
    const struct sl_column *c = root->columns[i];
    if (c->type != SL_TYPE_NONE && !(keep_keys && (c->hints & SL_HINT_PRIMARY_KEY) != 0)) {
      sl_buffer_text(s, separator);
      merge_column(m, NULL, c->name, s);
      sl_buffer_text(s, " = ");
      merge_column(m, "s", c->name, s);
      separator = ", ";
    }
  }
}

/* WHEN MATCHED THEN UPDATE of all columns that may be assigned to. */
static void update_columns(struct merge *m, struct sl_buffer *s) {
  size_t before = s->length;
  sl_buffer_text(s, " WHEN MATCHED THEN UPDATE SET ");
  size_t empty = s->length;
  merge_assignments(m, m->sql->dialect->merge_where, s);
  if (s->length == empty && !s->failed) { /* keys only: nothing to assign */
    s->length = before;
    s->data[before] = '\0';
  }
}

static sl_status upsert_root(struct merge *m, bool guard) {
  struct sl_buffer s = { 0 };
  bool where = m->sql->dialect->merge_where;
  if (m->sql->dialect->no_merge) {
    return merge_match_root(m, true, guard);
  }
  merge_into(m, &s);
  if (m->hard_delete != NULL && !where) {
    sl_buffer_text(&s, " WHEN MATCHED AND ");
    merge_deleted(m, "s", false, &s);
    sl_buffer_text(&s, " THEN DELETE");
  }
  update_columns(m, &s);
  if (m->hard_delete != NULL && where) {
    sl_buffer_text(&s, " DELETE WHERE ");
    merge_deleted(m, "s", false, &s);
  }
  not_matched(m, guard, &s);
  sl_status rc = add_merge(m, &s);
  sl_buffer_release(&s);
  return rc;
}

/* Children of all staged rows go: new ones come, and those of deleted rows must not stay. */
static sl_status delete_children(struct merge *m, const struct sl_table *table,
                                 const struct sl_column *root_key) {
  struct sl_buffer s = { 0 };
  sl_buffer_text(&s, "DELETE FROM ");
  merge_table(m, merge_final(m, table), &s);
  sl_buffer_text(&s, " WHERE ");
  merge_column(m, NULL, root_key->name, &s);
  sl_buffer_text(&s, " IN (SELECT ");
  merge_column(m, "s", m->row_key->name, &s);
  sl_buffer_text(&s, " FROM ");
  merge_source(m, "s", &s);
  sl_buffer_char(&s, ')');
  sl_status rc = merge_add(m, &s);
  sl_buffer_release(&s);
  return rc;
}

/* The rows of the winners: of rows with one key, those of the root row that was taken. Hard-deleted
 * roots (guard) have none. */
static void of_winners(struct merge *m, const struct sl_column *root_key, bool guard,
                       struct sl_buffer *s) {
  bool numbered = m->plan->root_row != NULL;
  merge_column(m, "t", numbered ? m->plan->root_row : root_key->name, s);
  sl_buffer_text(s, " IN (SELECT ");
  merge_column(m, "s", numbered ? m->plan->root_row : m->row_key->name, s);
  sl_buffer_text(s, " FROM ");
  merge_winners(m, "s", s);
  if (guard) {
    sl_buffer_text(s, " WHERE ");
    merge_deleted(m, "s", true, s);
  }
  sl_buffer_char(s, ')');
}

/* One row for each row key, should the data bring keys of its own that repeat: the last one wins.
 * new_only: not those that the destination has. */
static sl_status insert_children(struct merge *m, const struct sl_table *table,
                                 const struct sl_column *root_key, bool new_only, bool guard) {
  const struct sl_column *key = merge_hinted(table, SL_HINT_ROW_KEY);
  struct sl_buffer s = { 0 };
  if (key == NULL) {
    return sl_fail(m->err, SL_EDATA, "table %s has no row key, so it cannot be merged",
                   table->name);
  }
  merge_insert(m, table, NULL, &s);
  sl_buffer_text(&s, " FROM (SELECT t.*, ROW_NUMBER() OVER (PARTITION BY ");
  merge_column(m, "t", key->name, &s);
  sl_buffer_text(&s, " ORDER BY ");
  merge_newest(m, "t.", &s);
  sl_buffer_text(&s, ") AS ");
  merge_column(m, NULL, "_dlt_dedup_rn", &s);
  sl_buffer_text(&s, " FROM ");
  merge_table(m, merge_staged(m, table), &s);
  sl_buffer_printf(&s, "%st WHERE ", merge_as(m));
  of_winners(m, root_key, guard, &s);
  sl_buffer_printf(&s, ")%sc WHERE ", merge_as(m));
  merge_column(m, "c", "_dlt_dedup_rn", &s);
  sl_buffer_text(&s, " = 1");
  if (new_only) {
    struct merge_keys keys = { .key = key->name, .outer = "c", .inner = "d" };
    sl_buffer_text(&s, " AND ");
    merge_in_final(m, &keys, true, table, NULL, &s);
  }
  sl_status rc = merge_add(m, &s);
  sl_buffer_release(&s);
  return rc;
}

/* fn over the child tables with their root key. */
static sl_status children(struct merge *m, bool replace, bool guard) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < m->plan->n_chain; i++) {
    const struct sl_table *table = m->plan->chain[i];
    const struct sl_column *key = merge_hinted(table, SL_HINT_ROOT_KEY);
    if (table == m->plan->root || key == NULL || m->row_key == NULL) {
      continue;
    }
    rc = replace ? delete_children(m, table, key) : SL_OK;
    if (rc == SL_OK) {
      rc = insert_children(m, table, key, !replace, guard);
    }
  }
  return rc;
}

sl_status merge_upsert(struct merge *m) {
  sl_status rc = upsert_root(m, false);
  return rc == SL_OK ? children(m, true, true) : rc;
}

static sl_status insert_only_root(struct merge *m) {
  struct sl_buffer s = { 0 };
  if (m->sql->dialect->no_merge) {
    return merge_match_root(m, false, true);
  }
  merge_into(m, &s);
  not_matched(m, true, &s);
  sl_status rc = add_merge(m, &s);
  sl_buffer_release(&s);
  return rc;
}

sl_status merge_insert_only(struct merge *m) {
  sl_status rc = insert_only_root(m);
  return rc == SL_OK ? children(m, false, true) : rc;
}

/* The root's row, called `root`, has no staged row, within the partitions or the scope that the
 * snapshot covers. */
static void absent(struct merge *m, const char *root, struct sl_buffer *s) {
  struct merge_keys keys = { .hint = SL_HINT_PRIMARY_KEY, .outer = root, .inner = "s" };
  merge_in_staged(m, &keys, true, s);
  if (m->has_merge_key) {
    struct merge_keys partition = { .hint = SL_HINT_MERGE_KEY, .outer = root, .inner = "p" };
    sl_buffer_text(s, " AND ");
    merge_in_staged(m, &partition, false, s);
  }
  if (m->destination_scope != NULL) {
    sl_buffer_printf(s, " AND (%s)", m->destination_scope);
  }
}

static sl_status delete_absent(struct merge *m) {
  struct sl_buffer s = { 0 };
  sl_status rc = SL_OK;
  for (size_t i = m->plan->n_chain; rc == SL_OK && i-- > 0;) {
    const struct sl_table *table = m->plan->chain[i];
    const struct sl_column *key = merge_hinted(table, SL_HINT_ROOT_KEY);
    if (table == m->plan->root) {
      sl_buffer_text(&s, "DELETE FROM ");
      merge_target(m, &s);
      sl_buffer_text(&s, " WHERE ");
      absent(m, m->target, &s);
      rc = merge_add(m, &s);
    } else if (key != NULL && m->row_key != NULL) {
      sl_buffer_text(&s, "DELETE FROM ");
      merge_table(m, merge_final(m, table), &s);
      sl_buffer_text(&s, " WHERE ");
      merge_column(m, NULL, key->name, &s);
      sl_buffer_text(&s, " IN (SELECT ");
      merge_column(m, "d", m->row_key->name, &s);
      sl_buffer_text(&s, " FROM ");
      merge_table(m, merge_final(m, m->plan->root), &s);
      sl_buffer_printf(&s, "%sd WHERE ", merge_as(m));
      absent(m, "d", &s);
      sl_buffer_char(&s, ')');
      rc = merge_add(m, &s);
    }
  }
  sl_buffer_release(&s);
  return rc;
}

sl_status merge_cdc(struct merge *m) {
  sl_status rc = delete_absent(m);
  if (rc == SL_OK) {
    rc = upsert_root(m, true);
  }
  return rc == SL_OK ? children(m, true, true) : rc;
}
