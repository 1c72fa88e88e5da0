/* odbc_internal.h - an ODBC connection and the chunk that it reads. Private to this folder. */
#ifndef SL_SOURCES_ODBC_INTERNAL_H
#define SL_SOURCES_ODBC_INTERNAL_H

#include "database/database.h"
#include "odbc/link.h"
#include "odbc/location.h"
#include "odbc/profile.h"

struct odbc_settings { /* filled from the options of odbc_source.c */
  struct sl_db_settings common;
  const char *catalog, *isolation, *fetch, *text;
  bool split_by_key;
};

enum odbc_read {                  /* how a column's values come from the driver */
                 ODBC_INTEGER,    /* SQL_C_SBIGINT */
                 ODBC_REAL,       /* SQL_C_DOUBLE */
                 ODBC_SMALL_REAL, /* SQL_C_FLOAT: read as double it would get digits that it does
                                     not have */
                 ODBC_BIT,        /* SQL_C_BIT */
                 ODBC_DATE,       /* SQL_C_TYPE_DATE */
                 ODBC_TIMESTAMP,  /* SQL_C_TYPE_TIMESTAMP */
                 ODBC_WORD,       /* SQL_C_CHAR, short and ASCII: digits, dates as text, GUIDs */
                 ODBC_TEXT,       /* SQL_C_WCHAR, or SQL_C_CHAR in UTF-8 */
                 ODBC_BYTES       /* SQL_C_BINARY */
};

/* sl_db_column.detail: the way of reading and the size that the driver states. */
static inline int64_t odbc_detail(enum odbc_read read, uint64_t size) {
  const uint64_t most = INT64_C(1) << 40;
  return (int64_t)((size < most ? size : most) << 8 | (uint64_t)read);
}
static inline enum odbc_read odbc_detail_read(int64_t detail) {
  return (enum odbc_read)(detail & 0xFF);
}
static inline uint64_t odbc_detail_size(int64_t detail) {
  return (uint64_t)detail >> 8;
}

struct odbc_cell { /* one column of the chunk being read */
  const struct sl_db_column *column;
  enum odbc_read read;
  SQLSMALLINT c_type;
  SQLUSMALLINT position; /* in the result, from 1 */
  bool bound;
  size_t width;      /* bytes of a value in the rowset, its NUL included */
  char *values;      /* width * rows */
  SQLLEN *lengths;   /* one for each row: bytes, SQL_NULL_DATA, SQL_NO_TOTAL */
  int32_t scale;     /* of a decimal */
  bool finer_warned; /* said that digits below a microsecond are cut */
};

struct odbc_pages { /* how a chunk is cut into statements, see pages.c */
  enum odbc_paging how;
  const struct odbc_cell *key; /* by key: the integer that pages go along */
  int64_t last_key;            /* of the row before */
  bool declared;               /* by cursor: it is open */
  bool later;                  /* not the first page */
  int64_t size;                /* rows that this page may have */
  int64_t rows, bytes;         /* that came so far */
};

struct odbc_reader { /* the chunk being read; all-zero between chunks */
  const struct sl_db_table *table;
  const struct sl_db_chunk *chunk;
  struct odbc_pages pages;
  struct odbc_cell *cells;     /* as in table->columns */
  struct odbc_cell **in_order; /* the same by position */
  size_t rows;                 /* of a rowset */
  char *memory;                /* values and lengths of all bound cells */
  SQLULEN fetched;             /* rows in the rowset */
  SQLUSMALLINT *status;        /* of each of them */
  size_t at;                   /* next row of the rowset */
  bool ended;
  struct sl_db_batch *batch;
  struct sl_buffer value, utf8; /* scratch: a long value as it came, and as UTF-8 */
};

struct odbc_session {
  struct sl_db_session base; /* base.driver is &own */
  struct sl_db_driver own;   /* with the database's quote */
  const struct sl_db_config *config;
  const struct odbc_settings *settings;
  struct odbc_link link;
  const struct odbc_dialect *dialect;
  char catalog[256];    /* names are qualified with it; "" = the connection's own */
  bool catalog_schemas; /* the database has catalogs and no schemas: those are our schemas */
  SQLUINTEGER getdata;  /* SQL_GETDATA_EXTENSIONS */
  struct odbc_reader reader;
};

static inline struct odbc_session *odbc_session_of(struct sl_db_session *s) {
  return (struct odbc_session *)s;
}

/* connect.c */
sl_status odbc_connect(const struct sl_db_config *config, struct sl_db_session *leader,
                       struct sl_db_session **out, struct sl_error *err);
void odbc_cancel(struct sl_db_session *s);
void odbc_close(struct sl_db_session *s);

/* catalog.c, describe.c */
sl_status odbc_list(struct sl_db_session *s, const char *schemas, struct sl_db_tables *out,
                    struct sl_error *err);
sl_status odbc_describe(struct sl_db_session *s, struct sl_db_table *table, struct sl_error *err);
bool odbc_has_index(struct sl_db_session *s, const struct sl_db_table *table, const char *column);

struct odbc_type { /* types.c: what a column's type becomes */
  char format[24];
  enum odbc_read read;
  bool json, unbounded;
};
struct odbc_type odbc_type_of(const struct odbc_session *s, SQLSMALLINT sql_type,
                              const char *type_name, int64_t size, int64_t digits,
                              bool is_unsigned);

/* sql.c */
void odbc_select(const struct odbc_session *s, const struct odbc_reader *r, struct sl_buffer *out);
/* The one column of the primary key if that is an integer; NULL. */
const struct sl_db_column *odbc_integer_key(const struct sl_db_table *table);
/* 'it''s'; backslashes doubled where they escape. */
void odbc_quote_text(const char *text, bool backslash, struct sl_buffer *out);
void odbc_from(const struct odbc_session *s, const struct sl_db_table *table,
               struct sl_buffer *out);
sl_status odbc_scalar(struct sl_db_session *s, const struct sl_db_table *table,
                      const char *function, const struct sl_db_column *column,
                      const char *condition, char **out, struct sl_error *err);
sl_status odbc_compare(const struct sl_db_table *table, const struct sl_db_column *column,
                       enum sl_db_comparison comparison, const char *value, struct sl_buffer *out,
                       struct sl_error *err);
sl_status odbc_split(struct sl_db_session *s, const struct sl_db_table *table,
                     const char *condition, int wanted, struct sl_db_chunks *out,
                     struct sl_error *err);

/* bind.c: makes cells for the table's columns and decides which are bound, then binds them. */
sl_status odbc_plan_cells(struct odbc_session *s, const struct sl_db_table *table,
                          struct sl_error *err);
sl_status odbc_bind(struct odbc_session *s, struct sl_error *err);
void odbc_unbind(struct odbc_session *s);
void odbc_reader_release(struct odbc_reader *r);

/* pages.c */
void odbc_pages_choose(struct odbc_session *s);
sl_status odbc_pages_run(struct odbc_session *s, struct sl_error *err); /* the next page, bound */
/* After the last row of a page: another one follows. */
bool odbc_pages_more(const struct odbc_reader *r);
void odbc_pages_close(struct odbc_session *s);

/* value.c: one value of the row under way into its builder; bytes as `cell->c_type` says. */
sl_status odbc_put(struct odbc_session *s, struct odbc_cell *cell, const char *value, size_t length,
                   struct sl_error *err);

/* read.c */
sl_status odbc_open(struct sl_db_session *s, const struct sl_db_table *table,
                    const struct sl_db_chunk *chunk, struct sl_error *err);
sl_status odbc_next(struct sl_db_session *s, struct sl_block *out, bool *end, struct sl_error *err);
void odbc_finish(struct sl_db_session *s);

extern const struct sl_db_driver odbc_driver;

#endif
