/* odbc_writing.h - a database being written over ODBC. Private to this folder. */
#ifndef SL_DESTINATIONS_ODBC_WRITING_H
#define SL_DESTINATIONS_ODBC_WRITING_H

#include <stdatomic.h>

#include "base/text.h"
#include "odbc/link.h"
#include "sql/sql.h"

struct odbc_out_settings { /* filled from the options of odbc_destination.c */
  const char *dialect;     /* NULL = by what the driver calls its database */
  const char *insert;      /* "auto", "arrays", "literals" */
  int64_t connect_timeout;
};

struct odbc_insert { /* a prepared INSERT */
  char *sql;
  SQLHSTMT stmt; /* NULL = free */
  unsigned used; /* when it was used last */
};
enum { ODBC_INSERTS = 8 };

struct odbc_param { /* one column of the rows on their way */
  const struct ArrowArray *array;
  const struct ArrowSchema *schema;
  SQLSMALLINT c_type, sql_type;
  int32_t scale;
  size_t width; /* bytes of a value in `values` */
  char *memory; /* values of this chunk, where they are not taken from Arrow's buffer */
  size_t memory_bytes;
  SQLLEN *lengths; /* bytes, SQL_NULL_DATA, or to be put in pieces */
  size_t n_lengths;
  struct sl_text piecemeal; /* the value that SQLExecute asks for; data NULL = none */
};

struct odbc_destination {
  struct sl_destination base;
  struct odbc_link link; /* its statement is for everything but rows */
  struct sl_sql_context sql;
  struct sl_capabilities capabilities; /* of this connection */
  bool read_only, in_transaction;
  bool catalog_schemas; /* the database has catalogs and no schemas: those are the datasets */
  bool literals;        /* rows go as literals */
  bool keeps_nul;       /* a NUL within a text arrives */
  bool utf8;            /* texts go as UTF-8, and not as UTF-16 */
  char escape[8];       /* before % and _ in the patterns of catalog functions */
  struct odbc_insert inserts[ODBC_INSERTS];
  unsigned tick;
  struct odbc_param *params;
  size_t params_capacity;
  _Atomic(SQLHSTMT) running; /* to be cancelled; NULL = nothing runs */
  atomic_bool cancelled;
};

/* statement.c */
/* Runs a statement and leaves its result open. */
sl_status odbc_out_run(struct odbc_destination *d, const char *sql, const char *doing,
                       struct sl_error *err);
/* The driver's failure on a handle as our error: cancelled, not there, or what odbc_fail says. */
sl_status odbc_out_fail(struct odbc_destination *d, SQLHSTMT stmt, const char *doing,
                        struct sl_error *err);
/* A failure that has been told already, sorted as above. */
sl_status odbc_out_sort(struct odbc_destination *d, struct sl_error *err);
void odbc_out_begin_call(struct odbc_destination *d, SQLHSTMT stmt);
void odbc_out_end_call(struct odbc_destination *d);
/* session.c: what the session is set to after connecting. */
sl_status odbc_out_set_session(struct odbc_destination *d, struct sl_error *err);
/* Before a statement that may fail, and after one that has (back): the transaction goes on. */
sl_status odbc_out_guard(struct odbc_destination *d, bool back, struct sl_error *err);

/* rows_in.c: rows by parameter arrays. */
sl_status odbc_out_append(struct odbc_destination *d, const struct sl_table_name *name,
                          const struct ArrowSchema *schema, const struct ArrowArray *array,
                          struct sl_error *err);
void odbc_out_forget(struct odbc_destination *d); /* the prepared statements: tables have changed */
void odbc_out_release_rows(struct odbc_destination *d);

/* params.c: one chunk of a column in the form that ODBC takes. */
sl_status odbc_param_plan(struct odbc_destination *d, struct odbc_param *p,
                          const struct ArrowSchema *schema, const struct ArrowArray *array,
                          struct sl_error *err);
sl_status odbc_out_check_nul(const struct ArrowSchema *column, struct sl_text text,
                             struct sl_error *err);
/* Bytes that a row's value takes. */
size_t odbc_param_width(const struct odbc_destination *d, const struct odbc_param *p, int64_t row);
/* Fills and binds rows [from, from + count); p->width is that of the widest. */
sl_status odbc_param_bind(struct odbc_destination *d, struct odbc_param *p, SQLHSTMT stmt,
                          SQLUSMALLINT number, int64_t from, int64_t count, struct sl_error *err);

/* literals.c: rows by INSERT … VALUES with literals. */
sl_status odbc_out_append_literals(struct odbc_destination *d, const struct sl_table_name *name,
                                   const struct sl_sql_target *targets,
                                   const struct ArrowSchema *schema, const struct ArrowArray *array,
                                   struct sl_error *err);

/* rows_out.c, describe.c */
struct odbc_result_column {
  char *name;
  char format[32];
  bool json, nullable;
};
/* The columns of the open result; to be released by odbc_out_columns_free. */
sl_status odbc_out_columns(struct odbc_destination *d, struct odbc_result_column **out, size_t *n,
                           struct sl_error *err);
void odbc_out_columns_free(struct odbc_result_column *columns, size_t n);
sl_status odbc_out_query(struct sl_destination *base, const char *sql, struct ArrowArrayStream *out,
                         struct sl_error *err);
sl_status odbc_out_describe(struct sl_destination *base, const struct sl_table_name *name,
                            struct ArrowSchema *out, struct sl_error *err);

#endif
