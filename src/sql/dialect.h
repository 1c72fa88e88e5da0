/* dialect.h - what differs between databases, as one const struct each. Private to src/sql/. */
#ifndef SL_SQL_DIALECT_H
#define SL_SQL_DIALECT_H

#include "sql/sql.h"

struct sl_dialect {
  const char *name;
  char identifier_quote;
  const char
      *temporary_schema; /* where temporary tables live, already quoted: "\"temp\".\"main\"" */
  const char *row_order; /* pseudo column that grows with insertion; NULL = none */
  const char
      *committed_rows; /* true for rows that an earlier transaction wrote; NULL = cannot be told */
  const char *random_key; /* a new text for each row, of letters and digits; NULL = cannot */
  /* Types without parameters; NULL where `type` decides. */
  const char *types[SL_TYPE_COUNT];
  /* Types with precision, scale, time zone. Appends; false = use types[]. */
  bool (*type)(const struct sl_sql_context *, const struct sl_column *, struct sl_buffer *out);
  void (*text_literal)(const char *text, size_t length, struct sl_buffer *out);
  const char *bytes_prefix, *bytes_suffix; /* around the hexadecimal digits of a binary literal */
};

extern const struct sl_dialect sl_dialect_duckdb;
extern const struct sl_dialect sl_dialect_postgres;

#endif
