/* merge_prepare.c - staging tables made ready for merge_join.c, before the transaction: they lose
 * what does not take part (rows that the source filter leaves out, losers of a primary key) and get
 * indexes on their keys. */
#include "sql/merge.h"

enum { INDEX_CHARS = 450 }; /* of all texts in an index: 2000 bytes, which every engine takes */

static sl_status drop_filtered(struct merge *m) {
  struct sl_buffer s = { 0 };
  if (m->source_filter == NULL) {
    return SL_OK;
  }
  sl_buffer_text(&s, "DELETE FROM ");
  merge_table(m, merge_staged(m, m->plan->root), &s);
  sl_buffer_printf(&s, " WHERE (%s) IS NOT TRUE", m->source_filter);
  sl_status rc = merge_add(m, &s);
  sl_buffer_release(&s);
  return rc;
}

/* One row stays for each primary key: the winner of dedup_sort, else the last one that came. */
static sl_status drop_losers(struct merge *m) {
  struct sl_buffer s = { 0 };
  const struct sl_table *root = m->plan->root;
  const char *order = m->sql->dialect->row_order;
  const char *separator = "";
  merge_create_as(m, "losers", "KEY (r)", &s);
  sl_buffer_printf(&s,
                   "_dlt_dedup_r AS r FROM (SELECT s.%s AS _dlt_dedup_r, ROW_NUMBER() OVER "
                   "(PARTITION BY ",
                   order);
  for (size_t i = 0; i < root->n_columns; i++) {
    if ((root->columns[i]->hints & SL_HINT_PRIMARY_KEY) != 0) {
      sl_buffer_text(&s, separator);
      merge_column(m, "s", root->columns[i]->name, &s);
      separator = ", ";
    }
  }
  sl_buffer_text(&s, " ORDER BY ");
  if (m->dedup != NULL) {
    merge_column(m, "s", m->dedup->name, &s);
    sl_buffer_text(&s, m->dedup->dedup_sort == SL_DEDUP_ASC ? " ASC, " : " DESC, ");
  }
  sl_buffer_printf(&s, "s.%s DESC) AS _dlt_dedup_rn FROM ", order);
  merge_table(m, merge_staged(m, root), &s);
  sl_buffer_text(&s, " AS s) AS numbered WHERE _dlt_dedup_rn > 1");
  sl_status rc = merge_add(m, &s);
  if (rc == SL_OK) {
    sl_buffer_text(&s, "DELETE ");
    merge_table(m, merge_staged(m, root), &s);
    sl_buffer_text(&s, " FROM ");
    merge_table(m, merge_staged(m, root), &s);
    sl_buffer_text(&s, " JOIN ");
    merge_temporary(m, "losers", &s);
    sl_buffer_text(&s, " AS l ON l.r = ");
    merge_table(m, merge_staged(m, root), &s);
    sl_buffer_printf(&s, ".%s", order);
    rc = merge_add(m, &s);
  }
  sl_buffer_release(&s);
  return rc;
}

/* (a(150), b, …): the columns with the hint. False: there are none. */
static bool write_index(const struct merge *m, const struct sl_table *table, uint32_t hint,
                        struct sl_buffer *s) {
  int n = 0;
  for (size_t i = 0; i < table->n_columns; i++) {
    n += (table->columns[i]->hints & hint) != 0 && table->columns[i]->type != SL_TYPE_NONE;
  }
  const char *separator = "(";
  for (size_t i = 0; i < table->n_columns; i++) {
    const struct sl_column *c = table->columns[i];
    if ((c->hints & hint) != 0 && c->type != SL_TYPE_NONE) {
      sl_buffer_text(s, separator);
      m->sql->dialect->index_part(m->sql, c, INDEX_CHARS / n, s);
      separator = ", ";
    }
  }
  sl_buffer_text(s, n > 0 ? ")" : "");
  return n > 0;
}

static sl_status add_indexes(struct merge *m, const struct sl_table *table) {
  static const uint32_t hints[] = { SL_HINT_PRIMARY_KEY, SL_HINT_MERGE_KEY, SL_HINT_ROW_KEY };
  struct sl_buffer s = { 0 };
  struct sl_buffer index = { 0 };
  const struct sl_column *version = merge_row_version(table);
  const char *separator = " ";
  sl_buffer_text(&s, "ALTER TABLE ");
  merge_table(m, merge_staged(m, table), &s);
  for (size_t i = 0; i < 3; i++) {
    sl_buffer_reset(&index);
    if ((table == m->plan->root || hints[i] == SL_HINT_ROW_KEY) &&
        write_index(m, table, hints[i], &index)) {
      sl_buffer_printf(&s, "%sADD INDEX %s", separator, index.data);
      separator = ", ";
    }
  }
  if (version != NULL && (version->hints & SL_HINT_ROW_KEY) == 0) {
    sl_buffer_printf(&s, "%sADD INDEX (", separator);
    m->sql->dialect->index_part(m->sql, version, INDEX_CHARS, &s);
    sl_buffer_char(&s, ')');
    separator = ", ";
  }
  sl_status rc = separator[0] == ',' ? merge_add(m, &s) : SL_OK;
  sl_buffer_release(&index);
  sl_buffer_release(&s);
  return rc;
}

static sl_status keep_partitions(struct merge *m) {
  struct sl_buffer s = { 0 };
  struct sl_buffer index = { 0 };
  const struct sl_table *root = m->plan->root;
  sl_buffer_text(&index, "KEY ");
  (void)write_index(m, root, SL_HINT_MERGE_KEY, &index);
  merge_create_as(m, "partitions", index.data == NULL ? "" : index.data, &s);
  const char *separator = "DISTINCT ";
  for (size_t i = 0; i < root->n_columns; i++) {
    if ((root->columns[i]->hints & SL_HINT_MERGE_KEY) != 0) {
      sl_buffer_text(&s, separator);
      merge_column(m, NULL, root->columns[i]->name, &s);
      separator = ", ";
    }
  }
  sl_buffer_text(&s, " FROM ");
  merge_table(m, merge_staged(m, root), &s);
  sl_status rc = sl_buffer_check(&index, m->err);
  rc = rc == SL_OK ? merge_add(m, &s) : rc;
  sl_buffer_release(&index);
  sl_buffer_release(&s);
  return rc;
}

sl_status merge_join_prepare(struct merge *m) {
  enum sl_merge_strategy strategy = sl_table_merge_strategy(m->plan->schema, m->plan->root);
  sl_status rc = drop_filtered(m);
  if (rc == SL_OK && m->has_merge_key) {
    rc = keep_partitions(m); /* those of losers too */
  }
  if (rc == SL_OK && m->has_primary_key && strategy != SL_MERGE_SCD2) {
    rc = drop_losers(m);
  }
  for (size_t i = 0; rc == SL_OK && i < m->plan->n_chain; i++) {
    rc = add_indexes(m, m->plan->chain[i]);
  }
  return rc;
}
