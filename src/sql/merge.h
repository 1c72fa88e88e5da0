/* merge.h - pieces that the merge strategies share. Private to src/sql/. */
#ifndef SL_SQL_MERGE_H
#define SL_SQL_MERGE_H

#include "sql/dialect.h"

struct merge { /* one merge being written */
  const struct sl_sql_context *sql;
  const struct sl_merge_plan *plan;
  struct sl_statements *out;
  struct sl_error *err;
  const struct sl_column *row_key;     /* of the root: _dlt_id; NULL = none */
  const struct sl_column *hard_delete; /* NULL = none */
  const struct sl_column *dedup;       /* dedup_sort column; NULL = none */
  bool has_primary_key, has_merge_key;
  char *source_filter, *destination_scope; /* SQL; NULL = none */
  char *target; /* what the columns of the root are called in DELETE and UPDATE of it: "d" */
};

struct sl_table_name merge_final(const struct merge *m, const struct sl_table *table);
struct sl_table_name merge_staged(const struct merge *m, const struct sl_table *table);
void merge_table(const struct merge *m, struct sl_table_name name, struct sl_buffer *out);
/* "prefix"."column" when prefix is not NULL. */
void merge_column(const struct merge *m, const char *prefix, const char *column,
                  struct sl_buffer *out);
const char *merge_as(const struct merge *m); /* between a table and its alias: " AS " */
/* The root as target of DELETE FROM and UPDATE; its columns have the prefix m->target. */
void merge_target(const struct merge *m, struct sl_buffer *out);
/* What tells the staged rows of a key apart by when they came, newest first; "alias." or "". */
void merge_newest(const struct merge *m, const char *alias, struct sl_buffer *out);
/* Complete columns, comma-separated. skip1, skip2: left out, may be NULL. */
void merge_columns(const struct merge *m, const char *prefix, const struct sl_table *table,
                   const struct sl_column *skip1, const struct sl_column *skip2,
                   struct sl_buffer *out);
/* "INSERT INTO <final> (columns) SELECT prefix.columns"; the caller goes on with " FROM ". */
void merge_insert(const struct merge *m, const struct sl_table *table, const char *prefix,
                  struct sl_buffer *out);
/* left.k1 = right.k1 AND left.k2 = right.k2 for the columns with the hint. */
void merge_key_equal(const struct merge *m, uint32_t hint, const char *left, const char *right,
                     struct sl_buffer *out);
/* The staged root rows that take part: (SELECT * FROM staging [WHERE filter]) AS alias. */
void merge_source(const struct merge *m, const char *alias, struct sl_buffer *out);
/* The same, one row for each primary key: the winner of dedup_sort, else the last one that came. */
void merge_winners(const struct merge *m, const char *alias, struct sl_buffer *out);
/* TRUE when the row is (not) marked as deleted. */
void merge_deleted(const struct merge *m, const char *prefix, bool negate, struct sl_buffer *out);
/* NOT EXISTS (a row of `table` in the destination, active if `active` (SQL on alias d) is given,
 * whose column has the staged one's value), for a SELECT over the staged rows as alias s. Where
 * the dialect merges by join, a statement that prepares this is added first. */
sl_status merge_unknown(struct merge *m, const struct sl_table *table,
                        const struct sl_column *column, const char *active, struct sl_buffer *out);
const struct sl_column *merge_hinted(const struct sl_table *table, uint32_t hint);
sl_status merge_add(struct merge *m, struct sl_buffer *text);
/* Whether a row `outer` has (negate: has not) the key of a row `inner` of `from`: EXISTS, or IN
 * where the dialect looks keys up so. A NULL in a key is no match. */
struct merge_keys {
  uint32_t hint;   /* columns of the root with the hint; 0 = */
  const char *key; /* this column, which both tables have */
  const char *outer, *inner;
};
void merge_lookup(const struct merge *m, const struct merge_keys *keys, bool negate,
                  const char *from /* SQL, with the alias `inner` */,
                  const char *extra /* a condition on `inner`; NULL */, struct sl_buffer *out);
/* The same among the staged root rows that take part. */
void merge_in_staged(const struct merge *m, const struct merge_keys *keys, bool negate,
                     struct sl_buffer *out);
/* The same in the final table. */
void merge_in_final(const struct merge *m, const struct merge_keys *keys, bool negate,
                    const struct sl_table *table, const char *extra, struct sl_buffer *out);
/* A temporary table of this merge: <root>_<what>_<uid>. */
void merge_temporary(const struct merge *m, const char *what, struct sl_buffer *out);
/* "k" = s."k", … for the complete columns of the root; not those of its key if keep_keys. */
void merge_assignments(const struct merge *m, bool keep_keys, struct sl_buffer *out);
/* Upsert of the root in a dialect without MERGE; update = false: only rows that are new. guard: new
 * rows that are marked as deleted are left out. */
sl_status merge_match_root(struct merge *m, bool update, bool guard);

/* Deletes the root rows that go from a table without child rows: those of the scope, else by each
 * kind of key what `write` writes. */
sl_status merge_delete_directly(struct merge *m,
                                void (*write)(struct merge *, uint32_t hint, struct sl_buffer *));

sl_status merge_delete_insert(struct merge *m);
sl_status merge_upsert(struct merge *m);
sl_status merge_insert_only(struct merge *m);
sl_status merge_scd2(struct merge *m);
sl_status merge_cdc(struct merge *m);

/* merge_join.c, merge_prepare.c: the same for dialects with merges_by_join. */
/* "CREATE TEMPORARY TABLE <what> (<definition>) AS SELECT "; the caller goes on. */
void merge_create_as(const struct merge *m, const char *what, const char *definition,
                     struct sl_buffer *s);
sl_status merge_join_prepare(struct merge *m);
sl_status merge_join_delete_insert(struct merge *m);
sl_status merge_join_upsert(struct merge *m);
sl_status merge_join_insert_only(struct merge *m);
sl_status merge_join_cdc(struct merge *m);
/* "<what>": the staged rows of `table` that the destination has, by a column or (NULL) by primary
 * key; active: NULL, or SQL on alias d. `out`: NOT EXISTS (one of them), on alias `staged`. */
sl_status merge_join_known(struct merge *m, const char *what, const struct sl_table *table,
                           const struct sl_column *column, const char *active, const char *staged,
                           struct sl_buffer *out);
/* The staged column that holds a root row's hash (scd2); NULL = the schema has none. */
const struct sl_column *merge_row_version(const struct sl_table *root);

#endif
