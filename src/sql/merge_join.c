/* merge_join.c - merges for databases without MERGE, in which a statement may name a temporary
 * table once only and an index is what makes a join fast (MySQL: "Can't reopen table").
 *
 * The staging tables hold no row that does not take part, and have indexes (merge_prepare.c). Each
 * statement joins a destination table with one staging table; what must be known of both of them
 * twice is kept in a temporary table. */
#include "sql/merge.h"

void merge_create_as(const struct merge *m, const char *what, const char *definition,
                     struct sl_buffer *s) {
  sl_buffer_text(s, sl_sql_create_temporary(m->sql));
  merge_temporary(m, what, s);
  sl_buffer_printf(s, " (%s)", definition);
  sl_buffer_text(
      s, m->sql->dialect->temporary_options == NULL ? "" : m->sql->dialect->temporary_options);
  sl_buffer_text(s, " AS SELECT ");
}

/* The name of a destination table before a column in a DELETE: an alias there wants a default
 * database. The buffer holds it. */
static const char *own_name(const struct merge *m, const struct sl_table *table,
                            struct sl_buffer *name) {
  merge_table(m, merge_final(m, table), name);
  return name->data == NULL ? "" : name->data;
}

/* " JOIN <staging table> AS s ON final.k = s.k"; column NULL = the primary key. */
static void join_staged(const struct merge *m, const char *final, const struct sl_table *table,
                        const struct sl_column *column, struct sl_buffer *s) {
  sl_buffer_text(s, " JOIN ");
  merge_table(m, merge_staged(m, table), s);
  sl_buffer_text(s, " AS s ON ");
  if (column == NULL) {
    merge_key_equal(m, SL_HINT_PRIMARY_KEY, final, "s", s);
  } else {
    merge_column(m, final, column->name, s);
    sl_buffer_text(s, " = ");
    merge_column(m, "s", column->name, s);
  }
}

/* "<destination table> AS d JOIN <its staging table> AS s ON …" */
static void joined(const struct merge *m, const struct sl_table *table,
                   const struct sl_column *column, struct sl_buffer *s) {
  merge_table(m, merge_final(m, table), s);
  sl_buffer_text(s, " AS d");
  join_staged(m, "d", table, column, s);
}

/* AND EXISTS (a staged row in the same partition as `final`); nothing without a merge key. */
static void in_partition(const struct merge *m, const char *final, struct sl_buffer *s) {
  struct merge_keys keys = { .hint = SL_HINT_MERGE_KEY, .outer = final, .inner = "p" };
  if (m->has_merge_key) {
    sl_buffer_text(s, " AND ");
    merge_in_staged(m, &keys, false, s);
  }
}

/* ---- pieces ---- */

sl_status merge_join_known(struct merge *m, const char *what, const struct sl_table *table,
                           const struct sl_column *column, const char *active, const char *staged,
                           struct sl_buffer *out) {
  const char *order = m->sql->dialect->row_order;
  struct sl_buffer s = { 0 };
  struct sl_buffer name = { 0 };
  sl_buffer_printf(&name, "known_%s", what);
  sl_status rc = sl_buffer_check(&name, m->err);
  if (rc == SL_OK) {
    merge_create_as(m, name.data, "KEY (r)", &s);
    sl_buffer_printf(&s, "s.%s AS r FROM ", order);
    joined(m, table, column, &s);
    sl_buffer_printf(&s, "%s%s", active == NULL ? "" : " WHERE ", active == NULL ? "" : active);
    rc = merge_add(m, &s);
  }
  if (rc == SL_OK) {
    sl_buffer_text(out, "NOT EXISTS (SELECT 1 FROM ");
    merge_temporary(m, name.data, out);
    sl_buffer_printf(out, " AS k WHERE k.r = %s.%s)", staged, order);
  }
  sl_buffer_release(&name);
  sl_buffer_release(&s);
  return rc;
}

/* "INSERT INTO <table> (columns) SELECT columns FROM <staging> AS s"; the caller adds a WHERE. */
static void insert_staged(struct merge *m, const struct sl_table *table, struct sl_buffer *s) {
  merge_insert(m, table, "s", s);
  sl_buffer_text(s, " FROM ");
  merge_table(m, merge_staged(m, table), s);
  sl_buffer_text(s, " AS s");
}

/* "DELETE <table> FROM <table>" */
static void delete_from(struct merge *m, const struct sl_table *table, struct sl_buffer *s) {
  sl_buffer_text(s, "DELETE ");
  merge_table(m, merge_final(m, table), s);
  sl_buffer_text(s, " FROM ");
  merge_table(m, merge_final(m, table), s);
}

/* Row keys of root rows that go; the caller goes on with "<row key> FROM …". */
static void create_doomed(struct merge *m, struct sl_buffer *s) {
  merge_create_as(m, "delete", "id LONGTEXT, KEY (id(128))", s);
}

/* The rows whose root row's key is in "delete", parents last. */
static sl_status delete_doomed(struct merge *m, bool root_too) {
  struct sl_buffer s = { 0 };
  struct sl_buffer name = { 0 };
  sl_status rc = SL_OK;
  for (size_t i = m->plan->n_chain; rc == SL_OK && i-- > 0;) {
    const struct sl_table *table = m->plan->chain[i];
    bool is_root = table == m->plan->root;
    const struct sl_column *key = is_root ? m->row_key : merge_hinted(table, SL_HINT_ROOT_KEY);
    if (key == NULL || (is_root && !root_too)) {
      continue;
    }
    delete_from(m, table, &s);
    sl_buffer_text(&s, " JOIN ");
    merge_temporary(m, "delete", &s);
    sl_buffer_text(&s, " AS x ON x.id = ");
    sl_buffer_reset(&name);
    merge_column(m, own_name(m, table, &name), key->name, &s);
    rc = merge_add(m, &s);
  }
  sl_buffer_release(&name);
  sl_buffer_release(&s);
  return rc;
}

/* ---- delete-insert ---- */

/* Primary keys are unique by now, so they are joined; of merge keys there are many alike. */
static void matching(struct merge *m, uint32_t hint, const char *final, struct sl_buffer *s) {
  if (hint == SL_HINT_PRIMARY_KEY) {
    join_staged(m, final, m->plan->root, NULL, s);
  } else {
    sl_buffer_text(s, " WHERE TRUE");
    in_partition(m, final, s);
  }
}

static sl_status collect_doomed(struct merge *m) {
  static const uint32_t hints[] = { SL_HINT_PRIMARY_KEY, SL_HINT_MERGE_KEY };
  struct sl_buffer s = { 0 };
  sl_status rc = SL_OK;
  bool created = false;
  if (m->destination_scope != NULL) {
    create_doomed(m, &s);
    merge_column(m, NULL, m->row_key->name, &s);
    sl_buffer_text(&s, " AS id FROM ");
    merge_table(m, merge_final(m, m->plan->root), &s);
    sl_buffer_printf(&s, " WHERE (%s)", m->destination_scope);
    rc = merge_add(m, &s);
  }
  for (size_t i = 0; rc == SL_OK && m->destination_scope == NULL && i < 2; i++) {
    if (i == 0 ? m->has_primary_key : m->has_merge_key) {
      if (created) {
        sl_buffer_text(&s, "INSERT INTO ");
        merge_temporary(m, "delete", &s);
        sl_buffer_text(&s, " SELECT ");
      } else {
        create_doomed(m, &s);
      }
      created = true;
      merge_column(m, "d", m->row_key->name, &s);
      sl_buffer_text(&s, " AS id FROM ");
      merge_table(m, merge_final(m, m->plan->root), &s);
      sl_buffer_text(&s, " AS d");
      matching(m, hints[i], "d", &s);
      rc = merge_add(m, &s);
    }
  }
  sl_buffer_release(&s);
  return rc;
}

static void delete_matching(struct merge *m, uint32_t hint, struct sl_buffer *s) {
  struct sl_buffer name = { 0 };
  delete_from(m, m->plan->root, s);
  matching(m, hint, own_name(m, m->plan->root, &name), s);
  sl_buffer_release_part(&name, s);
}

sl_status merge_join_delete_insert(struct merge *m) {
  struct sl_buffer s = { 0 };
  sl_status rc = SL_OK;
  if (m->has_primary_key || m->has_merge_key || m->destination_scope != NULL) {
    if (m->plan->n_chain > 1 && m->row_key != NULL) {
      rc = collect_doomed(m);
      rc = rc == SL_OK ? delete_doomed(m, true) : rc;
    } else {
      rc = merge_delete_directly(m, delete_matching);
    }
  }
  for (size_t i = 0; rc == SL_OK && i < m->plan->n_chain; i++) {
    const struct sl_table *table = m->plan->chain[i];
    const struct sl_column *key = merge_hinted(table, SL_HINT_ROOT_KEY);
    insert_staged(m, table, &s);
    if (table == m->plan->root) {
      sl_buffer_text(&s, " WHERE ");
      merge_deleted(m, "s", true, &s);
    } else if (key != NULL && m->row_key != NULL) {
      sl_buffer_text(&s, " WHERE ");
      merge_column(m, "s", key->name, &s);
      sl_buffer_text(&s, " IN (SELECT ");
      merge_column(m, "r", m->row_key->name, &s);
      sl_buffer_text(&s, " FROM ");
      merge_table(m, merge_staged(m, m->plan->root), &s);
      sl_buffer_text(&s, " AS r WHERE ");
      merge_deleted(m, "r", true, &s);
      sl_buffer_char(&s, ')');
    }
    rc = merge_add(m, &s);
  }
  sl_buffer_release(&s);
  return rc;
}

/* ---- by primary key ---- */

static sl_status update_root(struct merge *m) {
  const struct sl_table *root = m->plan->root;
  struct sl_buffer s = { 0 };
  struct sl_buffer name = { 0 };
  sl_status rc = SL_OK;
  if (m->hard_delete != NULL) {
    delete_from(m, root, &s);
    join_staged(m, own_name(m, root, &name), root, NULL, &s);
    sl_buffer_text(&s, " WHERE ");
    merge_deleted(m, "s", false, &s);
    rc = merge_add(m, &s);
  }
  sl_buffer_text(&s, "UPDATE ");
  joined(m, root, NULL, &s);
  const char *separator = " SET ";
  for (size_t i = 0; i < root->n_columns; i++) {
    if (root->columns[i]->type != SL_TYPE_NONE) {
      sl_buffer_text(&s, separator);
      merge_column(m, "d", root->columns[i]->name, &s);
      sl_buffer_text(&s, " = ");
      merge_column(m, "s", root->columns[i]->name, &s);
      separator = ", ";
    }
  }
  rc = rc == SL_OK ? merge_add(m, &s) : rc;
  sl_buffer_release(&name);
  sl_buffer_release(&s);
  return rc;
}

/* update: rows that are there get the new values, or go when they are marked as deleted. guard:
 * rows that are not there and so marked are not inserted. */
static sl_status put_root(struct merge *m, bool update, bool guard) {
  const struct sl_table *root = m->plan->root;
  struct sl_buffer s = { 0 };
  struct sl_buffer unknown = { 0 };
  sl_status rc = merge_join_known(m, root->name, root, NULL, NULL, "s", &unknown);
  if (rc == SL_OK && update) {
    rc = update_root(m);
  }
  if (rc == SL_OK) {
    insert_staged(m, root, &s);
    sl_buffer_printf(&s, " WHERE %s", unknown.data == NULL ? "" : unknown.data);
    if (guard) {
      sl_buffer_text(&s, " AND ");
      merge_deleted(m, "s", true, &s);
    }
    rc = sl_buffer_check(&unknown, m->err);
    rc = rc == SL_OK ? merge_add(m, &s) : rc;
  }
  sl_buffer_release(&unknown);
  sl_buffer_release(&s);
  return rc;
}

static sl_status delete_children(struct merge *m, const struct sl_table *table,
                                 const struct sl_column *root_key) {
  struct sl_buffer s = { 0 };
  struct sl_buffer name = { 0 };
  delete_from(m, table, &s);
  sl_buffer_text(&s, " WHERE EXISTS (SELECT 1 FROM ");
  merge_table(m, merge_staged(m, m->plan->root), &s);
  sl_buffer_text(&s, " AS s WHERE ");
  merge_column(m, "s", m->row_key->name, &s);
  sl_buffer_text(&s, " = ");
  merge_column(m, own_name(m, table, &name), root_key->name, &s);
  sl_buffer_char(&s, ')');
  sl_status rc = merge_add(m, &s);
  sl_buffer_release(&name);
  sl_buffer_release(&s);
  return rc;
}

/* Of rows with one row key the last one; of root rows that are not marked as deleted. unknown: SQL
 * on alias s, NULL = all. */
static sl_status insert_children(struct merge *m, const struct sl_table *table,
                                 const struct sl_column *row_key, const struct sl_column *root_key,
                                 const char *unknown) {
  const char *order = m->sql->dialect->row_order;
  bool numbered = m->plan->root_row != NULL;
  struct sl_buffer s = { 0 };
  merge_insert(m, table, "s", &s);
  sl_buffer_text(&s, " FROM (SELECT t.*, ROW_NUMBER() OVER (PARTITION BY ");
  merge_column(m, "t", row_key->name, &s);
  sl_buffer_printf(&s, " ORDER BY t.%s DESC) AS _dlt_dedup_rn FROM ", order);
  merge_table(m, merge_staged(m, table), &s);
  sl_buffer_text(&s, " AS t WHERE ");
  merge_column(m, "t", numbered ? m->plan->root_row : root_key->name, &s);
  sl_buffer_text(&s, " IN (SELECT ");
  merge_column(m, "r", numbered ? m->plan->root_row : m->row_key->name, &s);
  sl_buffer_text(&s, " FROM ");
  merge_table(m, merge_staged(m, m->plan->root), &s);
  sl_buffer_text(&s, " AS r WHERE ");
  merge_deleted(m, "r", true, &s);
  sl_buffer_printf(&s, ")) AS s WHERE s._dlt_dedup_rn = 1%s%s", unknown == NULL ? "" : " AND ",
                   unknown == NULL ? "" : unknown);
  sl_status rc = merge_add(m, &s);
  sl_buffer_release(&s);
  return rc;
}

static sl_status put_children(struct merge *m, bool replace) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < m->plan->n_chain; i++) {
    const struct sl_table *table = m->plan->chain[i];
    const struct sl_column *root_key = merge_hinted(table, SL_HINT_ROOT_KEY);
    const struct sl_column *row_key = merge_hinted(table, SL_HINT_ROW_KEY);
    struct sl_buffer unknown = { 0 };
    if (table == m->plan->root || root_key == NULL || m->row_key == NULL) {
      continue;
    }
    if (row_key == NULL) {
      return sl_fail(m->err, SL_EDATA, "table %s has no row key, so it cannot be merged",
                     table->name);
    }
    rc = replace ? delete_children(m, table, root_key)
                 : merge_join_known(m, table->name, table, row_key, NULL, "s", &unknown);
    rc = rc == SL_OK ? sl_buffer_check(&unknown, m->err) : rc;
    if (rc == SL_OK) {
      rc = insert_children(m, table, row_key, root_key, unknown.data);
    }
    sl_buffer_release(&unknown);
  }
  return rc;
}

sl_status merge_join_upsert(struct merge *m) {
  sl_status rc = put_root(m, true, false);
  return rc == SL_OK ? put_children(m, true) : rc;
}

sl_status merge_join_insert_only(struct merge *m) {
  sl_status rc = put_root(m, false, true);
  return rc == SL_OK ? put_children(m, false) : rc;
}

/* WHERE final has no staged row, within the partitions or the scope that the snapshot covers. */
static void absent(struct merge *m, const char *final, struct sl_buffer *s) {
  sl_buffer_text(s, " WHERE NOT EXISTS (SELECT 1 FROM ");
  merge_table(m, merge_staged(m, m->plan->root), s);
  sl_buffer_text(s, " AS s WHERE ");
  merge_key_equal(m, SL_HINT_PRIMARY_KEY, final, "s", s);
  sl_buffer_char(s, ')');
  in_partition(m, final, s);
  if (m->destination_scope != NULL) {
    sl_buffer_printf(s, " AND (%s)", m->destination_scope);
  }
}

sl_status merge_join_cdc(struct merge *m) {
  struct sl_buffer s = { 0 };
  struct sl_buffer name = { 0 };
  sl_status rc = SL_OK;
  if (m->plan->n_chain > 1 && m->row_key != NULL) {
    create_doomed(m, &s);
    merge_column(m, "d", m->row_key->name, &s);
    sl_buffer_text(&s, " AS id FROM ");
    merge_table(m, merge_final(m, m->plan->root), &s);
    sl_buffer_text(&s, " AS d");
    absent(m, "d", &s);
    rc = merge_add(m, &s);
    rc = rc == SL_OK ? delete_doomed(m, false) : rc;
  }
  if (rc == SL_OK) {
    delete_from(m, m->plan->root, &s);
    absent(m, own_name(m, m->plan->root, &name), &s);
    rc = merge_add(m, &s);
  }
  sl_buffer_release(&name);
  sl_buffer_release(&s);
  rc = rc == SL_OK ? put_root(m, true, true) : rc;
  return rc == SL_OK ? put_children(m, true) : rc;
}
