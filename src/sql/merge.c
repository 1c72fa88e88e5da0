/* merge.c - checks, shared pieces, and the choice of the strategy (dlt.md 4.4, 4.5). */
#include "sql/merge.h"

#include <stdlib.h>

struct sl_table_name merge_final(const struct merge *m, const struct sl_table *table) {
  return (struct sl_table_name){ .dataset = m->plan->dataset, .table = table->name };
}

struct sl_table_name merge_staged(const struct merge *m, const struct sl_table *table) {
  return m->plan->staging(table, m->plan->staging_arg);
}

void merge_table(const struct merge *m, struct sl_table_name name, struct sl_buffer *out) {
  sl_sql_table(m->sql, &name, out);
}

void merge_column(const struct merge *m, const char *prefix, const char *column,
                  struct sl_buffer *out) {
  if (prefix != NULL) {
    sl_buffer_printf(out, "%s.", prefix);
  }
  sl_sql_identifier(m->sql, column, out);
}

void merge_columns(const struct merge *m, const char *prefix, const struct sl_table *table,
                   const struct sl_column *skip1, const struct sl_column *skip2,
                   struct sl_buffer *out) {
  const char *separator = "";
  for (size_t i = 0; i < table->n_columns; i++) {
    const struct sl_column *c = table->columns[i];
    if (c->type != SL_TYPE_NONE && c != skip1 && c != skip2) {
      sl_buffer_text(out, separator);
      merge_column(m, prefix, c->name, out);
      separator = ", ";
    }
  }
}

void merge_insert(const struct merge *m, const struct sl_table *table, const char *prefix,
                  struct sl_buffer *out) {
  sl_buffer_text(out, "INSERT INTO ");
  merge_table(m, merge_final(m, table), out);
  sl_buffer_text(out, " (");
  merge_columns(m, NULL, table, NULL, NULL, out);
  sl_buffer_text(out, ") SELECT ");
  merge_columns(m, prefix, table, NULL, NULL, out);
}

void merge_key_equal(const struct merge *m, uint32_t hint, const char *left, const char *right,
                     struct sl_buffer *out) {
  const char *separator = "";
  const struct sl_table *root = m->plan->root;
  for (size_t i = 0; i < root->n_columns; i++) {
    if ((root->columns[i]->hints & hint) != 0) {
      sl_buffer_text(out, separator);
      merge_column(m, left, root->columns[i]->name, out);
      sl_buffer_text(out, " = ");
      merge_column(m, right, root->columns[i]->name, out);
      separator = " AND ";
    }
  }
}

void merge_source(const struct merge *m, const char *alias, struct sl_buffer *out) {
  if (m->source_filter == NULL || m->sql->dialect->merges_by_join) { /* or the others are gone */
    merge_table(m, merge_staged(m, m->plan->root), out);
  } else {
    sl_buffer_text(out, "(SELECT * FROM ");
    merge_table(m, merge_staged(m, m->plan->root), out);
    sl_buffer_printf(out, " WHERE (%s))", m->source_filter);
  }
  sl_buffer_printf(out, "%s%s", merge_as(m), alias);
}

const char *merge_as(const struct merge *m) {
  return m->sql->dialect->target == SL_TARGET_PLAIN ? " " : " AS ";
}

void merge_target(const struct merge *m, struct sl_buffer *out) {
  merge_table(m, merge_final(m, m->plan->root), out);
  if (m->sql->dialect->target != SL_TARGET_NONE) {
    sl_buffer_printf(out, "%sd", merge_as(m));
  }
}

void merge_newest(const struct merge *m, const char *alias, struct sl_buffer *out) {
  const struct sl_dialect *d = m->sql->dialect;
  bool temporary = merge_staged(m, m->plan->root).temporary;
  if (m->plan->root_row != NULL && (d->row_order == NULL || !temporary)) {
    sl_buffer_text(out, alias);
    sl_sql_identifier(m->sql, m->plan->root_row, out);
    sl_buffer_text(out, d->row_order == NULL ? " DESC" : " DESC, ");
  }
  if (d->row_order != NULL) {
    sl_buffer_printf(out, "%s%s DESC", alias, d->row_order);
  } else if (m->plan->root_row == NULL) {
    sl_buffer_text(out, d->no_order == NULL ? "(SELECT NULL)" : d->no_order);
  }
}

void merge_winners(const struct merge *m, const char *alias, struct sl_buffer *out) {
  const struct sl_table *root = m->plan->root;
  if (!m->has_primary_key) {
    merge_source(m, alias, out);
    return;
  }
  sl_buffer_text(out, "(SELECT * FROM (SELECT ");
  merge_columns(m, NULL, root, NULL, NULL, out);
  if (m->plan->root_row != NULL) {
    sl_buffer_text(out, ", ");
    merge_column(m, NULL, m->plan->root_row, out);
  }
  sl_buffer_text(out, ", ROW_NUMBER() OVER (PARTITION BY ");
  const char *separator = "";
  for (size_t i = 0; i < root->n_columns; i++) {
    if ((root->columns[i]->hints & SL_HINT_PRIMARY_KEY) != 0) {
      sl_buffer_text(out, separator);
      merge_column(m, NULL, root->columns[i]->name, out);
      separator = ", ";
    }
  }
  sl_buffer_text(out, " ORDER BY ");
  if (m->dedup != NULL) {
    if (m->sql->dialect->sort_key != NULL) {
      m->sql->dialect->sort_key(m->sql, m->dedup, out);
    } else {
      merge_column(m, NULL, m->dedup->name, out);
    }
    sl_buffer_text(out, m->dedup->dedup_sort == SL_DEDUP_ASC ? " ASC" : " DESC");
  }
  bool told_apart = m->sql->dialect->row_order != NULL || m->plan->root_row != NULL;
  if (m->dedup == NULL || told_apart) {
    sl_buffer_text(out, m->dedup != NULL ? ", " : "");
    merge_newest(m, "", out);
  }
  sl_buffer_text(out, ") AS ");
  merge_column(m, NULL, "_dlt_dedup_rn", out);
  sl_buffer_text(out, " FROM ");
  merge_table(m, merge_staged(m, root), out);
  if (m->source_filter != NULL) {
    sl_buffer_printf(out, " WHERE (%s)", m->source_filter);
  }
  sl_buffer_printf(out, ")%s", merge_as(m));
  merge_column(m, NULL, "_dlt_dedup_numbered", out);
  sl_buffer_text(out, " WHERE ");
  merge_column(m, NULL, "_dlt_dedup_rn", out);
  sl_buffer_printf(out, " = 1)%s%s", merge_as(m), alias);
}

void merge_deleted(const struct merge *m, const char *prefix, bool negate, struct sl_buffer *out) {
  const char *yes = m->sql->dialect->true_literal;
  if (m->hard_delete == NULL) {
    sl_buffer_text(out, negate ? "1 = 1" : "1 = 0");
    return;
  }
  bool flag = m->hard_delete->type == SL_TYPE_BOOL;
  sl_buffer_text(out, flag && negate ? "(CASE WHEN " : "(");
  merge_column(m, prefix, m->hard_delete->name, out);
  if (flag) { /* NULL is not deleted */
    sl_buffer_printf(out, " = %s%s", yes == NULL ? "TRUE" : yes,
                     negate ? " THEN 1 ELSE 0 END = 0" : "");
  } else {
    sl_buffer_text(out, negate ? " IS NULL" : " IS NOT NULL");
  }
  sl_buffer_char(out, ')');
}

sl_status merge_unknown(struct merge *m, const struct sl_table *table,
                        const struct sl_column *column, const char *active, struct sl_buffer *out) {
  if (m->sql->dialect->merges_by_join) {
    return merge_join_known(m, table->name, table, column, active, "s", out);
  }
  struct merge_keys keys = { .key = column->name, .outer = "s", .inner = "d" };
  merge_in_final(m, &keys, true, table, active, out);
  return SL_OK;
}

const struct sl_column *merge_hinted(const struct sl_table *table, uint32_t hint) {
  size_t at = 0;
  return sl_table_hinted(table, hint, &at);
}

sl_status merge_add(struct merge *m, struct sl_buffer *text) {
  return sl_statements_add(m->out, text, m->err);
}

static bool is_supported(const struct sl_sql_context *sql, enum sl_merge_strategy strategy) {
  return (sql->capabilities->merge_strategies >> strategy & 1) != 0;
}

sl_status sl_sql_merge_check(const struct sl_sql_context *sql, const struct sl_schema *schema,
                             const struct sl_table *root, struct sl_error *err) {
  enum sl_merge_strategy strategy = sl_table_merge_strategy(schema, root);
  const char *name = sl_merge_strategy_name(strategy);
  if (!is_supported(sql, strategy)) {
    return sl_fail(err, SL_EUSAGE, "table %s: this destination cannot merge with strategy %s",
                   root->name, name);
  }
  bool needs_key =
      strategy == SL_MERGE_UPSERT || strategy == SL_MERGE_INSERT_ONLY || strategy == SL_MERGE_CDC;
  if (needs_key && merge_hinted(root, SL_HINT_PRIMARY_KEY) == NULL) {
    return sl_fail(err, SL_EUSAGE,
                   "table %s: merge strategy %s needs a primary key; give one with --primary-key",
                   root->name, name);
  }
  return SL_OK;
}

static void merge_init(struct merge *m, const struct sl_sql_context *sql,
                       const struct sl_merge_plan *plan, struct sl_statements *out,
                       struct sl_error *err) {
  const struct sl_table *root = plan->root;
  *m = (struct merge){ .sql = sql, .plan = plan, .out = out, .err = err };
  m->row_key = merge_hinted(root, SL_HINT_ROW_KEY);
  m->hard_delete = merge_hinted(root, SL_HINT_HARD_DELETE);
  m->has_primary_key = merge_hinted(root, SL_HINT_PRIMARY_KEY) != NULL;
  m->has_merge_key = merge_hinted(root, SL_HINT_MERGE_KEY) != NULL;
  for (size_t i = 0; i < root->n_columns; i++) {
    if (root->columns[i]->dedup_sort != SL_DEDUP_NONE && root->columns[i]->type != SL_TYPE_NONE) {
      m->dedup = root->columns[i];
    }
  }
  if (m->hard_delete != NULL && m->hard_delete->type == SL_TYPE_NONE) {
    m->hard_delete = NULL; /* the data never had the column */
  }
  m->source_filter = sl_properties_text(&root->extra, "x-merge-source-filter");
  m->destination_scope = sl_properties_text(&root->extra, "x-merge-destination-scope");
  struct sl_buffer target = { 0 };
  if (sql->dialect->target == SL_TARGET_NONE) {
    sl_sql_identifier(sql, root->name, &target);
  } else {
    sl_buffer_char(&target, 'd');
  }
  m->target = sl_buffer_take(&target);
}

typedef sl_status (*strategy_writer)(struct merge *m);

static strategy_writer writer_of(const struct sl_dialect *dialect,
                                 enum sl_merge_strategy strategy) {
  static const strategy_writer writers[] = {
    [SL_MERGE_DELETE_INSERT] = merge_delete_insert,
    [SL_MERGE_UPSERT] = merge_upsert,
    [SL_MERGE_INSERT_ONLY] = merge_insert_only,
    [SL_MERGE_SCD2] = merge_scd2,
    [SL_MERGE_CDC] = merge_cdc,
  };
  static const strategy_writer joins[] = {
    [SL_MERGE_DELETE_INSERT] = merge_join_delete_insert,
    [SL_MERGE_UPSERT] = merge_join_upsert,
    [SL_MERGE_INSERT_ONLY] = merge_join_insert_only,
    [SL_MERGE_SCD2] = merge_scd2,
    [SL_MERGE_CDC] = merge_join_cdc,
  };
  return dialect->merges_by_join ? joins[strategy] : writers[strategy];
}

static sl_status run_writer(const struct sl_sql_context *sql, const struct sl_merge_plan *plan,
                            strategy_writer write, struct sl_statements *out,
                            struct sl_error *err) {
  struct merge m;
  merge_init(&m, sql, plan, out, err);
  sl_status rc =
      m.target == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a merge") : write(&m);
  free(m.target);
  free(m.source_filter);
  free(m.destination_scope);
  return rc;
}

sl_status sl_sql_merge(const struct sl_sql_context *sql, const struct sl_merge_plan *plan,
                       struct sl_statements *out, struct sl_error *err) {
  sl_status rc = sl_sql_merge_check(sql, plan->schema, plan->root, err);
  enum sl_merge_strategy strategy = sl_table_merge_strategy(plan->schema, plan->root);
  return rc == SL_OK ? run_writer(sql, plan, writer_of(sql->dialect, strategy), out, err) : rc;
}

bool sl_sql_keeps_staged(const struct sl_sql_context *sql) {
  return !sql->dialect->merges_by_join;
}

sl_status sl_sql_merge_prepare(const struct sl_sql_context *sql, const struct sl_merge_plan *plan,
                               struct sl_statements *out, struct sl_error *err) {
  return sql->dialect->merges_by_join ? run_writer(sql, plan, merge_join_prepare, out, err) : SL_OK;
}
