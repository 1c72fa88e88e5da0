/* merge_delete_insert.c - rows with the staged keys are deleted, the staged winners inserted. */
#include "sql/merge.h"

/* WHERE: the destination rows that go, which are called `root`. One semi-join for each kind of key,
 * never an OR. */
static void doomed(struct merge *m, uint32_t hint, const char *root, struct sl_buffer *out) {
  sl_buffer_text(out, " WHERE ");
  merge_in_staged(m, &(struct merge_keys){ .hint = hint, .outer = root, .inner = "s" }, false, out);
}

/* SELECT d.key FROM root AS d WHERE …: the row keys of the rows that go. */
static void doomed_keys(struct merge *m, uint32_t hint, struct sl_buffer *out) {
  sl_buffer_text(out, "SELECT ");
  merge_column(m, "d", m->row_key->name, out);
  sl_buffer_text(out, " FROM ");
  merge_table(m, merge_final(m, m->plan->root), out);
  sl_buffer_printf(out, "%sd", merge_as(m));
  doomed(m, hint, "d", out);
}

static void scoped_keys(struct merge *m, struct sl_buffer *out) {
  sl_buffer_text(out, "SELECT ");
  merge_column(m, NULL, m->row_key->name, out);
  sl_buffer_text(out, " FROM ");
  merge_table(m, merge_final(m, m->plan->root), out);
  sl_buffer_printf(out, " WHERE (%s)", m->destination_scope);
}

/* All of them: within the scope, else by each kind of key. */
static void all_doomed_keys(struct merge *m, struct sl_buffer *out) {
  static const uint32_t hints[] = { SL_HINT_PRIMARY_KEY, SL_HINT_MERGE_KEY };
  const char *separator = "";
  const char *unite = m->sql->dialect->union_distinct;
  if (m->destination_scope != NULL) {
    scoped_keys(m, out);
    return;
  }
  for (size_t i = 0; i < 2; i++) {
    if (i == 0 ? m->has_primary_key : m->has_merge_key) {
      sl_buffer_text(out, separator);
      doomed_keys(m, hints[i], out);
      separator = unite == NULL ? " UNION " : unite;
    }
  }
}

/* CREATE TEMPORARY TABLE … AS the row keys of all doomed rows. */
static sl_status collect_doomed(struct merge *m) {
  struct sl_buffer s = { 0 };
  if (m->sql->dialect->no_temporary_in_merge) {
    return SL_OK;
  }
  sl_buffer_text(&s, sl_sql_create_temporary(m->sql));
  merge_temporary(m, "delete", &s);
  sl_buffer_text(&s, " AS ");
  all_doomed_keys(m, &s);
  sl_status rc = merge_add(m, &s);
  sl_buffer_release(&s);
  return rc;
}

/* Children before the root, whose rows still tell which ones go where no table could remember it.
 */
static sl_status delete_collected(struct merge *m) {
  struct sl_buffer s = { 0 };
  sl_status rc = SL_OK;
  for (size_t i = m->plan->n_chain; rc == SL_OK && i-- > 0;) {
    const struct sl_table *table = m->plan->chain[i];
    const struct sl_column *key =
        table == m->plan->root ? m->row_key : merge_hinted(table, SL_HINT_ROOT_KEY);
    if (key == NULL) {
      continue;
    }
    sl_buffer_text(&s, "DELETE FROM ");
    merge_table(m, merge_final(m, table), &s);
    sl_buffer_text(&s, " WHERE ");
    merge_column(m, NULL, key->name, &s);
    sl_buffer_text(&s, " IN (");
    if (m->sql->dialect->no_temporary_in_merge) {
      all_doomed_keys(m, &s);
    } else {
      sl_buffer_text(&s, "SELECT ");
      merge_column(m, NULL, m->row_key->name, &s);
      sl_buffer_text(&s, " FROM ");
      merge_temporary(m, "delete", &s);
    }
    sl_buffer_char(&s, ')');
    rc = merge_add(m, &s);
  }
  sl_buffer_release(&s);
  return rc;
}

sl_status merge_delete_directly(struct merge *m,
                                void (*write)(struct merge *, uint32_t, struct sl_buffer *)) {
  static const uint32_t hints[] = { SL_HINT_PRIMARY_KEY, SL_HINT_MERGE_KEY };
  struct sl_buffer s = { 0 };
  sl_status rc = SL_OK;
  if (m->destination_scope != NULL) {
    sl_buffer_text(&s, "DELETE FROM ");
    merge_table(m, merge_final(m, m->plan->root), &s);
    sl_buffer_printf(&s, " WHERE (%s)", m->destination_scope);
    rc = merge_add(m, &s);
  }
  for (size_t i = 0; rc == SL_OK && m->destination_scope == NULL && i < 2; i++) {
    if (i == 0 ? m->has_primary_key : m->has_merge_key) {
      write(m, hints[i], &s);
      rc = merge_add(m, &s);
    }
  }
  sl_buffer_release(&s);
  return rc;
}

static void delete_matching(struct merge *m, uint32_t hint, struct sl_buffer *s) {
  sl_buffer_text(s, "DELETE FROM ");
  merge_target(m, s);
  doomed(m, hint, m->target, s);
}

static sl_status insert_root(struct merge *m) {
  struct sl_buffer s = { 0 };
  const struct sl_table *root = m->plan->root;
  merge_insert(m, root, NULL, &s);
  sl_buffer_text(&s, " FROM ");
  merge_winners(m, "s", &s);
  sl_buffer_text(&s, " WHERE ");
  merge_deleted(m, "s", true, &s);
  sl_status rc = merge_add(m, &s);
  sl_buffer_release(&s);
  return rc;
}

/* Child rows of the winners; the staged row keys are unique, so they tell winners from losers. */
static sl_status insert_child(struct merge *m, const struct sl_table *table) {
  struct sl_buffer s = { 0 };
  const struct sl_column *key = merge_hinted(table, SL_HINT_ROOT_KEY);
  merge_insert(m, table, NULL, &s);
  sl_buffer_text(&s, " FROM ");
  merge_table(m, merge_staged(m, table), &s);
  if (key != NULL && m->row_key != NULL) {
    sl_buffer_text(&s, " WHERE ");
    merge_column(m, NULL, key->name, &s);
    sl_buffer_text(&s, " IN (SELECT ");
    merge_column(m, "s", m->row_key->name, &s);
    sl_buffer_text(&s, " FROM ");
    merge_winners(m, "s", &s);
    sl_buffer_text(&s, " WHERE ");
    merge_deleted(m, "s", true, &s);
    sl_buffer_char(&s, ')');
  }
  sl_status rc = merge_add(m, &s);
  sl_buffer_release(&s);
  return rc;
}

sl_status merge_delete_insert(struct merge *m) {
  sl_status rc = SL_OK;
  if (m->has_primary_key || m->has_merge_key || m->destination_scope != NULL) {
    if (m->plan->n_chain > 1 && m->row_key != NULL) {
      rc = collect_doomed(m);
      if (rc == SL_OK) {
        rc = delete_collected(m);
      }
    } else {
      rc = merge_delete_directly(m, delete_matching);
    }
  }
  if (rc == SL_OK) {
    rc = insert_root(m);
  }
  for (size_t i = 0; rc == SL_OK && i < m->plan->n_chain; i++) {
    if (m->plan->chain[i] != m->plan->root) {
      rc = insert_child(m, m->plan->chain[i]);
    }
  }
  return rc;
}
