/* dialect.h - what differs between databases, as one const struct each. Private to src/sql/.
 *
 * A member that is zero means what most databases do; its comment says what that is. Statements are
 * written once, in ddl.c, system.c and merge*.c, and ask the dialect for the pieces. */
#ifndef SL_SQL_DIALECT_H
#define SL_SQL_DIALECT_H

#include "sql/capabilities.h"
#include "sql/sql.h"

enum sl_fold { SL_FOLD_KEEP, SL_FOLD_UPPER, SL_FOLD_LOWER };

enum sl_target_alias {                  /* how DELETE FROM and UPDATE name their table */
                       SL_TARGET_AS,    /* t AS d */
                       SL_TARGET_PLAIN, /* t d; AS stands before no alias of a table at all */
                       SL_TARGET_NONE   /* t, whose columns are "t"."c" */
};

struct sl_dialect {
  const char *name;
  const char *dlt_name; /* dlt's destination for the database; NULL: its sqlalchemy */
  const char
      *databases; /* words of which one is in ODBC's SQL_DBMS_NAME, "|" between; NULL = none */
  /* Of the database when it is written over ODBC; .dialect NULL = it is not. */
  struct sl_capabilities capabilities;
  /* SQLSTATEs and words of messages that mean "no such table or schema", "|" between. */
  const char *undefined_states, *undefined_words;

  char identifier_quote, identifier_close; /* close 0 = the same; it is doubled inside */
  enum sl_fold fold;                       /* of ASCII letters, in every identifier */
  bool plain_names;                        /* letters, digits and underscores only */
  bool backslash_names; /* quotes in names are escaped by a backslash and not doubled */

  const char
      *temporary_schema; /* where temporary tables live, already quoted; NULL = not qualified */
  const char *temporary_prefix; /* of their names: "#" */
  bool temporary_in_dataset;    /* they live beside the tables, under names that no table has */
  /* There are no schemas: a table's name begins with its dataset's, but for those of `main`. */
  bool dataset_in_name;
  const char *create_temporary;  /* NULL: "CREATE TEMPORARY TABLE " */
  const char *temporary_options; /* behind the columns: " ON COMMIT PRESERVE ROWS" */
  const char *temporary_text;    /* behind the type of their texts: a collation */
  bool no_merge;   /* no MERGE: UPDATE … FROM, INSERT and DELETE instead; needs row_order and
                      temporary tables in a merge */
  bool keys_by_in; /* keys are looked up by IN: a correlated EXISTS goes through all rows */
  bool no_temporary_in_merge; /* making one would end the transaction, or there are none */

  const char *row_order;      /* (pseudo) column that grows with insertion; NULL = none */
  const char *row_order_type; /* staging tables are given that column; NULL = every table has it */
  const char *no_order;       /* behind ORDER BY when all is one; NULL: "(SELECT NULL)" */
  const char
      *committed_rows; /* true for rows that an earlier transaction wrote; NULL = cannot be told */
  const char *random_key; /* a new text for each row, of letters and digits; NULL = cannot */

  /* Types without parameters; NULL where `type` decides. */
  const char *types[SL_TYPE_COUNT];
  /* Types with precision, scale, time zone. Appends; false = use types[]. */
  bool (*type)(const struct sl_sql_context *, const struct sl_column *, struct sl_buffer *out);
  /* Types without one of their own: what they come back as. 0 = as what they are. */
  enum sl_type stored_as[SL_TYPE_COUNT];
  int most_digits; /* decimals with more of them are texts; 0 = none are */
  /* Around the type of a column that may be NULL, behind one that may not. NULL: "", "", " NOT
   * NULL". */
  const char *null_before, *null_after, *not_null;
  const char *row_key_storage; /* behind the type of a row key in CREATE TABLE; NULL = nothing */

  /* Statement that makes a dataset if it is not there; appends nothing = the database has none to
   * make. NULL: CREATE SCHEMA IF NOT EXISTS. */
  void (*create_dataset)(const struct sl_sql_context *, const char *dataset, struct sl_buffer *out);
  bool datasets_are_databases; /* with create_dataset: DROP DATABASE drops one */
  /* Behind the columns of CREATE TABLE: engine, partitions, clusters, by the hints. NULL = nothing.
   */
  void (*table_options)(const struct sl_sql_context *, const struct sl_table *, struct sl_buffer *);
  bool keys_first; /* columns of the primary key come before the others in CREATE TABLE */
  /* NULL: " ADD COLUMN ", ", ADD COLUMN ", "" */
  const char *add_first, *add_next, *add_last;
  /* NULL: " ALTER COLUMN ", " TYPE ", "" */
  const char *alter_column, *alter_type, *alter_last;
  /* All statements that give a stored column another type. NULL: ALTER COLUMN as above. */
  sl_status (*retype)(const struct sl_sql_context *, const struct sl_table_name *,
                      const struct sl_column *, struct sl_statements *out, struct sl_error *err);
  /* What to sort a column by. NULL: the column. */
  void (*sort_key)(const struct sl_sql_context *, const struct sl_column *, struct sl_buffer *out);
  bool comment_on; /* COMMENT ON TABLE and COLUMN */
  /* Around a comment behind a column and behind CREATE TABLE; NULL = there are none. */
  const char *comment_open, *comment_close;
  /* NULL: text_literal. Where that is no plain literal, for comments take no others. */
  void (*comment_literal)(const char *text, size_t length, struct sl_buffer *out);
  size_t longest_comment; /* bytes, the rest is left out; 0 = as long as it is */
  bool alter_restates; /* a new type comes with NOT NULL, or the column may be NULL from then on */
  void (*drop_table)(const struct sl_sql_context *, const char *quoted, struct sl_buffer *out);
  /* An empty table with the columns of another, both quoted. NULL: CREATE TABLE … AS SELECT. */
  void (*create_like)(const char *quoted, const char *like, struct sl_buffer *out);

  /* It has no MERGE, deletes by join, and a statement may name a temporary table once only: merges
   * are those of merge_join.c, over staging tables with indexes. */
  bool merges_by_join;
  /* A column as a part of an index, at most `most` characters of it; only with merges_by_join. */
  void (*index_part)(const struct sl_sql_context *, const struct sl_column *, int most,
                     struct sl_buffer *out);
  enum sl_target_alias target;
  const char *union_distinct;               /* between queries, rows once; NULL: " UNION " */
  const char *delete_all;                   /* behind DELETE FROM t: " WHERE TRUE" */
  const char *true_literal, *false_literal; /* NULL: TRUE, FALSE */
  const char *merge_hint, *merge_end;       /* behind the target of MERGE, at its end */
  bool merge_where; /* MERGE has WHERE behind UPDATE and INSERT in place of AND in WHEN, and no
                       assignment to the columns of its ON */
  const char *select_one, *limit_one; /* "TOP 1 " and ""; both NULL: "" and " LIMIT 1" */

  /* A query with one text: "" = this session has the lock `key` now, until it ends; else who has
   * it, as far as the server tells. who: "sluice 1234@host", for others to read. NULL = no such
   * locks. */
  void (*try_lock)(uint64_t key, const char *who, struct sl_buffer *out);

  /* What gives this session a table for itself, before and behind its name, without waiting for
   * long (lock_patience comes first), and what ends that. NULL = nothing does. */
  const char *lock_patience, *lock_table, *lock_alone, *unlock_tables;

  void (*text_literal)(const char *text, size_t length, struct sl_buffer *out);
  /* A decimal's digits. NULL: as they are. */
  void (*decimal_literal)(const char *digits, struct sl_buffer *out);
  const char *bytes_prefix, *bytes_suffix; /* around the hexadecimal digits of a binary literal */
  /* Timestamps, dates and times; NULL: '2024-01-02T03:04:05+00:00' */
  void (*time_literal)(const struct sl_value *, struct sl_buffer *out);
  /* Around a text that becomes a value of a JSON column; NULL = nothing. */
  const char *json_prefix, *json_suffix;
  /* Rows of literals as SELECT … UNION ALL SELECT …, where VALUES takes one row or constants only:
   * what stands behind each SELECT, "" or " FROM DUAL". NULL = VALUES does. */
  const char *select_rows;
  bool select_parameters; /* and so for parameters, where one becomes JSON */

  const struct sl_dialect_copy *copy; /* copy.c: loads files itself; NULL = does not */

  const struct sl_dialect_registration *registered; /* by sl_dialect_register; NULL = built in */
};

extern const struct sl_dialect sl_dialect_bigquery;
extern const struct sl_dialect sl_dialect_clickhouse;
extern const struct sl_dialect sl_dialect_db2;
extern const struct sl_dialect sl_dialect_duckdb;
extern const struct sl_dialect sl_dialect_ducklake;
extern const struct sl_dialect sl_dialect_firebird;
extern const struct sl_dialect sl_dialect_mssql;
extern const struct sl_dialect sl_dialect_mysql;
extern const struct sl_dialect sl_dialect_oracle;
extern const struct sl_dialect sl_dialect_postgres;
extern const struct sl_dialect sl_dialect_redshift;
extern const struct sl_dialect sl_dialect_snowflake;
extern const struct sl_dialect sl_dialect_sqlite;
extern const struct sl_dialect sl_dialect_starrocks;
extern const struct sl_dialect sl_dialect_trino;

extern const struct sl_dialect_copy sl_dialect_copy_clickhouse, sl_dialect_copy_duckdb;
extern const struct sl_dialect_copy sl_dialect_copy_redshift, sl_dialect_copy_snowflake;
extern const struct sl_dialect_copy sl_dialect_copy_starrocks;

/* The type that a registered dialect has for the column; false = as in the one it is like. */
bool sl_dialect_registered_type(const struct sl_sql_context *, const struct sl_column *,
                                struct sl_buffer *out);
/* What a registered dialect does with a table to be created: order and options, in place. */
sl_status sl_dialect_adapt(const struct sl_sql_context *, const struct sl_table *,
                           const struct sl_column **columns, size_t n, struct sl_buffer *options,
                           struct sl_error *err);

/* Appends a stored column's value as one of the type that the column has now. */
typedef sl_status (*sl_dialect_convert)(const struct sl_sql_context *, const struct sl_column *,
                                        struct sl_buffer *out, struct sl_error *err);
/* As a retype: the values go into a new column, which takes the name. Indexes and triggers on other
 * columns stay. */
sl_status sl_dialect_retype_by_copy(const struct sl_sql_context *, const struct sl_table_name *,
                                    const struct sl_column *, sl_dialect_convert convert,
                                    struct sl_statements *out, struct sl_error *err);

/* "word|word": one of them is in the text, whatever the case. */
bool sl_dialect_has_word(const char *words, const char *text);
/* 'it''s': quotes doubled, NUL dropped; backslashes doubled too where they escape. */
void sl_dialect_quote(const char *text, size_t length, bool backslash, struct sl_buffer *out);
/* The same, as a text_literal: with quotes doubled alone, and with backslashes escaping. */
void sl_dialect_quote_doubling(const char *text, size_t length, struct sl_buffer *out);
void sl_dialect_quote_escaping(const char *text, size_t length, struct sl_buffer *out);
/* The statement as a literal, for those that run a text; releases it. */
void sl_dialect_quote_statement(struct sl_buffer *statement, struct sl_buffer *out);
struct sl_dialect_pieces { /* of texts that are too long for one literal */
  size_t most;             /* bytes of a piece, before quotes double */
  const char *open, *between, *close;
};
/* "(TO_CLOB('…') || TO_CLOB('…'))", cut between characters; a short text is one literal. */
void sl_dialect_quote_pieces(const char *text, size_t length, const struct sl_dialect_pieces *,
                             struct sl_buffer *out);
/* NUL ends SQL text, so it goes through a function: "('a' || chr(0) || 'b')"; nul: " || chr(0) ||
 * ".
 */
void sl_dialect_quote_nul(const char *text, size_t length, const char *nul, struct sl_buffer *out);
/* The decimal's precision and scale, or the capabilities' when none is stated. */
void sl_dialect_decimal(const struct sl_sql_context *, const struct sl_column *, int *precision,
                        int *scale);
/* Of names[0] for 8 bits, names[1] for 16, 32, 64 and more; no precision stated is 64. */
void sl_dialect_integer(const struct sl_column *, const char *const names[5],
                        struct sl_buffer *out);
/* 0 to `most`; 6 when none is stated. */
int sl_dialect_fraction(const struct sl_column *, int most);
/* "2024-01-02 03:04:05.000006", always with six digits; dates and times as they are. */
void sl_dialect_moment(const struct sl_value *, struct sl_buffer *out);
/* '2024-01-02 03:04:05.000006', as a time_literal. */
void sl_dialect_quote_moment(const struct sl_value *, struct sl_buffer *out);
/* DATE '…', and with the names of the types: TIMESTAMP '…+00:00', TIME '…'; time NULL: '…'; zone:
 * behind instants. */
void sl_dialect_typed_moment(const struct sl_value *, const char *timestamp, const char *time,
                             const char *zone, struct sl_buffer *out);
/* A description behind the column or the table, where the dialect has such comments. */
void sl_dialect_comment(const struct sl_sql_context *, const struct sl_table_name *,
                        const char *description, struct sl_buffer *out);
/* As a create_dataset, of databases in which a user or a file is what others call a schema. */
void sl_dialect_no_dataset(const struct sl_sql_context *, const char *dataset,
                           struct sl_buffer *out);
/* CREATE DATABASE IF NOT EXISTS, as a create_dataset. */
void sl_dialect_create_database(const struct sl_sql_context *, const char *dataset,
                                struct sl_buffer *out);
/* A key of any kind, or a column that decides which row of a key wins: it is compared. */
bool sl_dialect_compares(const struct sl_column *);
/* Columns with one of the hints, quoted, ", " between; returns how many. */
size_t sl_dialect_hinted(const struct sl_sql_context *, const struct sl_table *, uint32_t hints,
                         struct sl_buffer *out);
/* The same between `before` and `after`; nothing if there are none. */
size_t sl_dialect_hinted_option(const struct sl_sql_context *, const struct sl_table *,
                                uint32_t hints, const char *before, const char *after,
                                struct sl_buffer *out);

#endif
