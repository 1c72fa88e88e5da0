/* dialect.h - what differs between databases, as one const struct each. Private to src/sql/.
 *
 * A member that is zero means what most databases do; its comment says what that is. Statements are
 * written once, in ddl.c, system.c and merge*.c, and ask the dialect for the pieces. */
#ifndef SL_SQL_DIALECT_H
#define SL_SQL_DIALECT_H

#include "sql/sql.h"

enum sl_fold { SL_FOLD_KEEP, SL_FOLD_UPPER, SL_FOLD_LOWER };

enum sl_target_alias {                  /* how DELETE FROM and UPDATE name their table */
                       SL_TARGET_AS,    /* t AS d */
                       SL_TARGET_PLAIN, /* t d; AS stands before no alias of a table at all */
                       SL_TARGET_NONE   /* t, whose columns are "t"."c" */
};

struct sl_dialect {
  const char *name;
  const char
      *databases; /* words of which one is in ODBC's SQL_DBMS_NAME, "|" between; NULL = none */
  /* Of the database when it is written over ODBC; .dialect NULL = it is not. */
  struct sl_capabilities capabilities;
  /* SQLSTATEs and words of messages that mean "no such table or schema", "|" between. */
  const char *undefined_states, *undefined_words;

  char identifier_quote, identifier_close; /* close 0 = the same; it is doubled inside */
  enum sl_fold fold;                       /* of ASCII letters, in every identifier */
  bool plain_names;                        /* letters, digits and underscores only */

  const char
      *temporary_schema; /* where temporary tables live, already quoted; NULL = not qualified */
  const char *temporary_prefix;  /* of their names: "#" */
  const char *create_temporary;  /* NULL: "CREATE TEMPORARY TABLE " */
  const char *temporary_options; /* behind the columns: " ON COMMIT PRESERVE ROWS" */
  bool no_temporary_in_merge;    /* making one would end the transaction, or there are none */

  const char *row_order; /* pseudo column that grows with insertion; NULL = none */
  const char *no_order;  /* behind ORDER BY when all is one; NULL: "(SELECT NULL)" */
  const char
      *committed_rows; /* true for rows that an earlier transaction wrote; NULL = cannot be told */
  const char *random_key; /* a new text for each row, of letters and digits; NULL = cannot */

  /* Types without parameters; NULL where `type` decides. */
  const char *types[SL_TYPE_COUNT];
  /* Types with precision, scale, time zone. Appends; false = use types[]. */
  bool (*type)(const struct sl_sql_context *, const struct sl_column *, struct sl_buffer *out);
  /* Around the type of a column that may be NULL, behind one that may not. NULL: "", "", " NOT
   * NULL". */
  const char *null_before, *null_after, *not_null;

  /* Statement that makes a dataset if it is not there; appends nothing = the database has none to
   * make. NULL: CREATE SCHEMA IF NOT EXISTS. */
  void (*create_dataset)(const struct sl_sql_context *, const char *dataset, struct sl_buffer *out);
  /* Behind the columns of CREATE TABLE: engine, partitions, clusters, by the hints. NULL = nothing.
   */
  void (*table_options)(const struct sl_sql_context *, const struct sl_table *, struct sl_buffer *);
  bool keys_first; /* columns of the primary key come before the others in CREATE TABLE */
  /* NULL: " ADD COLUMN ", ", ADD COLUMN ", "" */
  const char *add_first, *add_next, *add_last;
  /* NULL: " ALTER COLUMN ", " TYPE ", "" */
  const char *alter_column, *alter_type, *alter_last;
  void (*drop_table)(const struct sl_sql_context *, const char *quoted, struct sl_buffer *out);

  enum sl_target_alias target;
  const char *delete_all;                   /* behind DELETE FROM t: " WHERE TRUE" */
  const char *true_literal, *false_literal; /* NULL: TRUE, FALSE */
  const char *merge_hint, *merge_end;       /* behind the target of MERGE, at its end */
  bool merge_where; /* MERGE has WHERE behind UPDATE and INSERT in place of AND in WHEN, and no
                       assignment to the columns of its ON */
  const char *select_one, *limit_one; /* "TOP 1 " and ""; both NULL: "" and " LIMIT 1" */

  void (*text_literal)(const char *text, size_t length, struct sl_buffer *out);
  const char *bytes_prefix, *bytes_suffix; /* around the hexadecimal digits of a binary literal */
  /* Timestamps, dates and times; NULL: '2024-01-02T03:04:05+00:00' */
  void (*time_literal)(const struct sl_value *, struct sl_buffer *out);
  /* Around a text that becomes a value of a JSON column; NULL = nothing. */
  const char *json_prefix, *json_suffix;
  /* Rows of literals as SELECT … UNION ALL SELECT …, where VALUES takes one row or constants only:
   * what stands behind each SELECT, "" or " FROM DUAL". NULL = VALUES does. */
  const char *select_rows;
  bool select_parameters; /* and so for rows of parameters */

  const struct sl_dialect_registration *registered; /* by sl_dialect_register; NULL = built in */
};

extern const struct sl_dialect sl_dialect_duckdb;
extern const struct sl_dialect sl_dialect_postgres;

/* The type that a registered dialect has for the column; false = as in the one it is like. */
bool sl_dialect_registered_type(const struct sl_sql_context *, const struct sl_column *,
                                struct sl_buffer *out);
/* What a registered dialect does with a table to be created: order and options, in place. */
sl_status sl_dialect_adapt(const struct sl_sql_context *, const struct sl_table *,
                           const struct sl_column **columns, size_t n, struct sl_buffer *options,
                           struct sl_error *err);

/* "word|word": one of them is in the text, whatever the case. */
bool sl_dialect_has_word(const char *words, const char *text);
/* 'it''s': quotes doubled, NUL dropped; backslashes doubled too where they escape. */
void sl_dialect_quote(const char *text, size_t length, bool backslash, struct sl_buffer *out);
/* The decimal's precision and scale, or the capabilities' when none is stated. */
void sl_dialect_decimal(const struct sl_sql_context *, const struct sl_column *, int *precision,
                        int *scale);
/* Columns with one of the hints, quoted, ", " between; returns how many. */
size_t sl_dialect_hinted(const struct sl_sql_context *, const struct sl_table *, uint32_t hints,
                         struct sl_buffer *out);

#endif
