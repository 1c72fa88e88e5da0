/* merge_match.c - what MERGE does to the root table, for dialects that have no such statement:
 * UPDATE of what is there, INSERT of what is not, and DELETE of what is marked as deleted, whose
 * rows are noted first, since an INSERT after the DELETE would take them for new ones. */
#include "sql/merge.h"

/* The rows that are there already and whose winner is marked as deleted, by their number. */
static sl_status note_deleted(struct merge *m) {
  const char *row = m->sql->dialect->row_order;
  struct sl_buffer s = { 0 };
  struct sl_buffer winners = { 0 };
  struct sl_buffer deleted = { 0 };
  merge_winners(m, "s", &winners);
  merge_deleted(m, "s", false, &deleted);
  sl_buffer_text(&s, sl_sql_create_temporary(m->sql));
  merge_temporary(m, "delete", &s);
  sl_buffer_printf(&s, " AS SELECT d.%s AS r FROM ", row);
  merge_table(m, merge_final(m, m->plan->root), &s);
  sl_buffer_printf(&s, "%sd WHERE ", merge_as(m));
  bool failed = winners.failed || deleted.failed;
  struct merge_keys keys = { .hint = SL_HINT_PRIMARY_KEY, .outer = "d", .inner = "s" };
  merge_lookup(m, &keys, false, failed ? "" : winners.data, failed ? "" : deleted.data, &s);
  s.failed = s.failed || failed;
  sl_status rc = merge_add(m, &s);
  sl_buffer_release(&s);
  sl_buffer_release(&winners);
  sl_buffer_release(&deleted);
  return rc;
}

static sl_status update_matched(struct merge *m) {
  struct sl_buffer s = { 0 };
  sl_buffer_text(&s, "UPDATE ");
  merge_target(m, &s);
  sl_buffer_text(&s, " SET ");
  merge_assignments(m, false, &s);
  sl_buffer_text(&s, " FROM ");
  merge_winners(m, "s", &s);
  sl_buffer_text(&s, " WHERE ");
  merge_key_equal(m, SL_HINT_PRIMARY_KEY, m->target, "s", &s);
  if (m->hard_delete != NULL) {
    sl_buffer_text(&s, " AND ");
    merge_deleted(m, "s", true, &s);
  }
  sl_status rc = merge_add(m, &s);
  sl_buffer_release(&s);
  return rc;
}

static sl_status insert_unmatched(struct merge *m, bool guard) {
  const struct sl_table *root = m->plan->root;
  struct sl_buffer s = { 0 };
  merge_insert(m, root, "s", &s);
  sl_buffer_text(&s, " FROM ");
  merge_winners(m, "s", &s);
  sl_buffer_text(&s, " WHERE ");
  struct merge_keys keys = { .hint = SL_HINT_PRIMARY_KEY, .outer = "s", .inner = "d" };
  merge_in_final(m, &keys, true, root, NULL, &s);
  if (guard && m->hard_delete != NULL) {
    sl_buffer_text(&s, " AND ");
    merge_deleted(m, "s", true, &s);
  }
  sl_status rc = merge_add(m, &s);
  sl_buffer_release(&s);
  return rc;
}

static sl_status delete_noted(struct merge *m) {
  struct sl_buffer s = { 0 };
  sl_buffer_text(&s, "DELETE FROM ");
  merge_table(m, merge_final(m, m->plan->root), &s);
  sl_buffer_printf(&s, " WHERE %s IN (SELECT r FROM ", m->sql->dialect->row_order);
  merge_temporary(m, "delete", &s);
  sl_buffer_char(&s, ')');
  sl_status rc = merge_add(m, &s);
  sl_buffer_release(&s);
  return rc;
}

sl_status merge_match_root(struct merge *m, bool update, bool guard) {
  bool deletes = update && m->hard_delete != NULL;
  sl_status rc = deletes ? note_deleted(m) : SL_OK;
  if (rc == SL_OK && update) {
    rc = update_matched(m);
  }
  if (rc == SL_OK) {
    rc = insert_unmatched(m, guard);
  }
  return rc == SL_OK && deletes ? delete_noted(m) : rc;
}
