/* database.h - what every database source shares, and what its driver adds.
 *
 * A driver (src/sources/<name>/) knows one client library: it connects, lists and describes tables,
 * cuts a table into chunks that can be read in parallel, and turns a chunk into blocks. Everything
 * else is done here once: selecting tables and columns, the cursor window with its state, boundary
 * and lag (dlt's `incremental`, dlt.md 1.5), handing blocks to the engine from several connections,
 * resuming a chunk after a lost connection, cancelling, warnings, messages with near names. */
#ifndef SL_DATABASE_DATABASE_H
#define SL_DATABASE_DATABASE_H

#include <sluice/source.h>

#include "base/text.h"

struct sl_db_column {
  char *name;
  char *type_name; /* as the database prints it: "numeric(12,2)"; for messages and inspect */
  char format[24]; /* declared Arrow format: l s i g b u z tdD ttu tsu: tsu:UTC d:P,S */
  bool json;       /* format "u" that holds JSON texts */
  bool nullable;
  bool unsupported; /* cannot be read: left out with a warning */
  bool denied;      /* this user may not read it: an error unless it is excluded */
  bool unbounded;   /* a decimal that states no scale: its scale grows with the values */
  char *expression; /* how it is selected when not by its quoted name ("c"::text); NULL */
  int64_t type;     /* the driver's own: an OID, a field type */
  int64_t detail;   /* the driver's own: a type modifier, flags */
};

struct sl_db_table {
  char *schema; /* NULL where the database has none */
  char *name;
  char *target;  /* name in the destination, made here */
  char *query;   /* --query: read this and not a table; NULL */
  char *comment; /* may be NULL */
  bool view;
  bool part;           /* of another table that is listed too: read only when named exactly */
  int64_t rows, bytes; /* -1 = not known */
  bool estimate;
  bool documents; /* delivers documents: columns are not known before reading */
  struct sl_db_column *columns;
  size_t n_columns, columns_capacity;
  char **primary_key; /* column names */
  size_t n_primary_key;
  int64_t detail[8]; /* the driver's own: OID, relation kind, number of pages */
};
void sl_db_table_release(struct sl_db_table *table);
/* Adds a column with name, type name and format copied; *out stays valid until the next one. */
sl_status sl_db_table_add_column(struct sl_db_table *table, const char *name, const char *type_name,
                                 const char *format, bool nullable, struct sl_db_column **out,
                                 struct sl_error *err);
sl_status sl_db_table_add_key(struct sl_db_table *table, const char *column, struct sl_error *err);

struct sl_db_tables {
  struct sl_db_table *items;
  size_t count, capacity;
};
void sl_db_tables_release(struct sl_db_tables *tables);
sl_status sl_db_tables_add(struct sl_db_tables *tables, const char *schema, const char *name,
                           struct sl_db_table **out, struct sl_error *err);

/* A part of a table that one connection reads from beginning to end. */
struct sl_db_chunk {
  char *from;      /* what is read instead of the table, in the database's language; NULL */
  char *condition; /* in the database's language, to be ANDed; NULL = all */
  char *order_by;  /* column to sort by, with " DESC" if so; NULL = any order */
  bool skip_known; /* rows whose hash is in the state were loaded last time: leave them out */
  bool remember;   /* rows at the end of the window: their hashes go into the state */
};
struct sl_db_chunks {
  struct sl_db_chunk *items;
  size_t count, capacity;
};
/* Conditions are copied; NULL is fine. */
sl_status sl_db_chunks_add(struct sl_db_chunks *chunks, const char *condition,
                           struct sl_error *err);
void sl_db_chunks_release(struct sl_db_chunks *chunks);

struct sl_db_settings { /* options that all database sources have, see sl_db_options below */
  const char *schema, *exclude_tables, *query, *where;
  const char *include_columns, *exclude_columns;
  const char *cursor, *initial_value, *end_value, *lag;
  const char *range_start, *range_end, *row_order, *on_cursor_null;
  const char *reflection, *special_values;
  int64_t batch_rows, statement_timeout, connect_timeout;
  bool include_views;
};

struct sl_db_config {   /* given to connect; lives as long as the source */
  const char *location; /* what follows "postgres:" in the URL, as the user wrote it */
  const char *scheme;   /* what stood before it: the driver's name or another name of its source */
  const struct sl_db_settings *settings;
  const void *own; /* the driver's whole settings structure, of which `settings` is a member */
  int threads;
  int64_t block_bytes; /* a block should not be larger; a single row may */
  int64_t batch_rows;  /* nor have more rows */
  void (*warn)(void *arg, const char *message);
  void *warn_arg;
  bool keep_rejects; /* with --special-values error: rows with such values are set aside */
};

enum sl_db_comparison {
  SL_DB_EQUAL,
  SL_DB_LESS,
  SL_DB_LESS_EQUAL,
  SL_DB_GREATER,
  SL_DB_GREATER_EQUAL,
  SL_DB_IS_NULL
};

/* A connection; first member of the driver's own structure. Used by one thread at a time, except
 * for cancel. Read-only from its beginning, with statement_timeout set if the user gave one. */
struct sl_db_session {
  /* The driver's table, or the session's own copy of it: with the quote that its database uses. */
  const struct sl_db_driver *driver;
  int most_readers; /* connections that may read one table at once; 0 = as many as threads */
};

struct sl_db_driver {
  const char *name;    /* "postgres": how messages call it */
  char quote;          /* around identifiers; doubled inside; NUL = the database knows none */
  bool resumable;      /* a chunk read again gives the same rows in the same order */
  bool raw_cursor;     /* cursor values are kept as `scalar` printed them */
  bool query_on_table; /* --query says what is done with the one table that --table names */

  /* leader: the first connection, whose snapshot of the data the new one shares where the database
   * can do that; NULL for the first. SL_EUSAGE: the URL is wrong; SL_ESOURCE: refused, with what to
   * check; err->retryable when trying again may help. No message holds the password. */
  sl_status (*connect)(const struct sl_db_config *config, struct sl_db_session *leader,
                       struct sl_db_session **out, struct sl_error *err);
  /* For databases where a connection cannot join the snapshot of one that is there: called once,
   * when the tables are chosen and before the first row is read. Puts the leader and up to
   * `wanted` - 1 new sessions into team[0..*n), which all see the data of one moment; they stay
   * until the source is closed. NULL = readers are connected one by one when they are needed. On
   * failure no new session is left. */
  sl_status (*open_team)(struct sl_db_session *leader, const struct sl_db_tables *tables,
                         int wanted, struct sl_db_session **team, int *n, struct sl_error *err);
  /* Names and estimates of all tables and views in the schemas (globs, comma-separated; NULL = the
   * usual one). Columns and keys are left to describe. */
  sl_status (*list)(struct sl_db_session *s, const char *schemas, struct sl_db_tables *out,
                    struct sl_error *err);
  /* Columns and primary key of a table or of table->query. SL_ENOTFOUND, or SL_ESOURCE when it may
   * not be read. */
  sl_status (*describe)(struct sl_db_session *s, struct sl_db_table *table, struct sl_error *err);
  /* The same for all tables that will be read, in a few queries; NULL = describe is called for
   * each. Not for table->query. */
  sl_status (*describe_all)(struct sl_db_session *s, struct sl_db_tables *tables,
                            struct sl_error *err);
  /* Adds chunks that together are the rows of the table under `condition` (NULL = all), in at most
   * `wanted` x 8 parts, each row in exactly one; one chunk when the table is small or cannot be
   * cut. NULL = never cut. */
  sl_status (*split)(struct sl_db_session *s, const struct sl_db_table *table,
                     const char *condition, int wanted, struct sl_db_chunks *out,
                     struct sl_error *err);
  /* Starts reading a chunk: columns as in table->columns, in that order. */
  sl_status (*open)(struct sl_db_session *s, const struct sl_db_table *table,
                    const struct sl_db_chunk *chunk, struct sl_error *err);
  /* The next block; *end with an empty block: no more rows. err->retryable: the connection is gone.
   */
  sl_status (*next)(struct sl_db_session *s, struct sl_block *out, bool *end, struct sl_error *err);
  /* Ends a chunk, also before its end. Cannot fail; a broken connection shows at the next open. */
  void (*finish)(struct sl_db_session *s);
  /* max(column) ("max") or count(*) ("count", column NULL) under a condition (NULL = all): text as
   * a literal of the cursor can be made from it; *out malloc'ed, NULL = SQL NULL. */
  sl_status (*scalar)(struct sl_db_session *s, const struct sl_db_table *table,
                      const char *function, const struct sl_db_column *column,
                      const char *condition, char **out, struct sl_error *err);
  /* Appends `column <comparison> value` in the database's language. value: text as in the state or
   * as the user wrote it (dates and times in ISO form, UTC); must be quoted safely. NULL = SQL with
   * quoted literals, what sl_db_compare does. */
  sl_status (*compare)(const struct sl_db_table *table, const struct sl_db_column *column,
                       enum sl_db_comparison comparison, const char *value, struct sl_buffer *out,
                       struct sl_error *err);
  /* Appends the conjunction of two conditions. NULL = "(a) AND (b)". */
  void (*both)(const char *a, const char *b, struct sl_buffer *out);
  /* Both NULL, or what --verify-source is made of. `hash` appends an integer that is a hash of the
   * column's values, NULL of NULL, and says of what; SL_SUM_NONE with nothing appended: there is
   * none for its type. out->scale: of SL_SUM_DECIMAL. */
  void (*hash)(struct sl_db_session *s, const struct sl_db_column *column,
               struct sl_source_sum *sum, struct sl_buffer *out);
  /* The first value of a query as text, malloc'ed; *out = NULL for NULL and for no row. */
  sl_status (*ask)(struct sl_db_session *s, const char *sql, char **out, struct sl_error *err);
  enum sl_sum_hash hashes; /* how `hash` does it */
  /* Around and between texts that become one. */
  const char *join_open, *join, *join_close;
  /* True when an index begins with the column, or nothing is known. NULL = nothing is known. */
  bool (*has_index)(struct sl_db_session *s, const struct sl_db_table *table, const char *column);
  /* Both NULL, or what tells later whether rows have changed since they were read. mark: of the
   * data as this session sees them (malloc'ed text). */
  sl_status (*mark)(struct sl_db_session *s, const struct sl_db_table *table, char **out,
                    struct sl_error *err);
  /* *same: the chunk's rows are those that a session of the mark saw, of which there were `rows`.
   */
  sl_status (*unchanged)(struct sl_db_session *s, const struct sl_db_table *table, const char *mark,
                         const struct sl_db_chunk *chunk, int64_t rows, bool *same,
                         struct sl_error *err);
  /* Stops what the session is doing, on the server too; any thread; called at most once. */
  void (*cancel)(struct sl_db_session *s);
  void (*close)(struct sl_db_session *s);
};

/* ---- SQL that drivers share ---- */

/* "a""b" */
void sl_db_quote(const struct sl_db_driver *driver, const char *name, struct sl_buffer *out);
/* 'it''s'; backslashes stay as they are. */
void sl_db_quote_text(const char *text, struct sl_buffer *out);
/* schema.table, or (query) AS sluice_query. */
void sl_db_from(const struct sl_db_driver *driver, const struct sl_db_table *table,
                struct sl_buffer *out);
/* SELECT columns FROM table [WHERE condition] [ORDER BY column]. */
void sl_db_select(const struct sl_db_driver *driver, const struct sl_db_table *table,
                  const struct sl_db_chunk *chunk, struct sl_buffer *out);
/* SELECT max("c") FROM … WHERE …; SELECT count(*) FROM … */
void sl_db_select_scalar(const struct sl_db_driver *driver, const struct sl_db_table *table,
                         const char *function, const struct sl_db_column *column,
                         const char *condition, struct sl_buffer *out);
/* Numbers bare, everything else as a quoted text. */
sl_status sl_db_compare(const struct sl_db_driver *driver, const struct sl_db_column *column,
                        enum sl_db_comparison comparison, const char *value, struct sl_buffer *out,
                        struct sl_error *err);

/* ---- rows into blocks ---- */

struct sl_db_batch; /* columns of one table being filled; one for each session */
sl_status sl_db_batch_new(struct sl_db_batch **out, const struct sl_db_table *table,
                          const struct sl_db_settings *settings, struct sl_error *err);
void sl_db_batch_free(struct sl_db_batch *batch);
/* Once, before the first row: how warnings are given and whether rows are set aside.
 * Values of text columns that are no UTF-8 are found when a block is finished: their bytes go into
 * the variant column for bytes (x__v_binary), with --special-values null they become NULL, with
 * error they fail. This says where a warning of that goes, one for each column. */
void sl_db_batch_tell(struct sl_db_batch *batch, const struct sl_db_config *config);
/* The builder of a column: append one value for the row under way directly, in the layout of the
 * declared format (s and i: INT64). What is not appended before the row ends is NULL. */
struct sl_builder *sl_db_batch_builder(struct sl_db_batch *batch, size_t column);
/* True once the column of this block travels as text, see below; append bytes then. */
bool sl_db_batch_is_text(const struct sl_db_batch *batch, size_t column);
/* The scale that the decimals of an `unbounded` column have in this block: append coefficients of
 * that scale, or texts. */
int32_t sl_db_batch_scale(const struct sl_db_batch *batch, size_t column);
/* A value that the declared type cannot hold (NaN in a numeric, 0000-00-00, infinity, a text in an
 * integer column): turns this block's column into text, earlier values printed, and appends the
 * text. The normalizer puts what fits back into the declared type and the rest into a variant
 * column, so nothing is lost. With --special-values null the value becomes NULL, with error it
 * fails with column, value and what to do. */
sl_status sl_db_batch_append_special(struct sl_db_batch *batch, size_t column, const char *text,
                                     size_t length, struct sl_error *err);
/* A value of another type than its column's, in databases where values have types of their own: it
 * is kept as it is, in the variant column of its type (x__v_text), and never converted. The column
 * itself stays typed. --special-values as above. */
struct sl_db_other {
  enum { SL_DB_INTEGER, SL_DB_DOUBLE, SL_DB_TEXT, SL_DB_BINARY } type;
  int64_t integer;
  double real;
  const char *bytes; /* TEXT (valid UTF-8), BINARY */
  size_t length;
};
sl_status sl_db_batch_append_other(struct sl_db_batch *batch, size_t column,
                                   const struct sl_db_other *value, struct sl_error *err);
/* A decimal of a column that is `unbounded`: the block takes the largest scale seen; values with
 * more than 38 digits go the way of sl_db_batch_append_special. text: digits as printed. */
sl_status sl_db_batch_append_decimal_text(struct sl_db_batch *batch, size_t column,
                                          const char *text, size_t length, struct sl_error *err);
/* The row that was being filled is complete; all columns get their NULLs. */
sl_status sl_db_batch_end_row(struct sl_db_batch *batch, struct sl_error *err);
int64_t sl_db_batch_rows(const struct sl_db_batch *batch);
/* Bytes that the rows so far take, about. */
int64_t sl_db_batch_bytes(const struct sl_db_batch *batch);
/* Moves the rows into a block and starts anew. `wire_bytes`: for progress. */
sl_status sl_db_batch_finish(struct sl_db_batch *batch, int64_t wire_bytes, struct sl_block *out,
                             struct sl_error *err);

/* ---- the source ---- */

/* What a driver's sl_source_ops.open calls. settings: the driver's structure, common: its member.
 */
sl_status sl_db_source_open(struct sl_source **out, const struct sl_source_ops *ops,
                            const struct sl_db_driver *driver,
                            const struct sl_source_config *config,
                            const struct sl_db_settings *common, struct sl_error *err);
/* The last part of a URL's path, "shop" of //user@host/shop?x=y; else the host. */
sl_status sl_db_default_name(const char *location, char out[256], struct sl_error *err);

sl_status sl_db_source_discover(struct sl_source *, struct sl_catalog *, struct sl_error *);
sl_status sl_db_source_start(struct sl_source *, struct sl_source_table *, const char *,
                             struct sl_error *);
sl_status sl_db_source_claim(struct sl_source *, struct sl_block *, bool *, struct sl_error *);
sl_status sl_db_source_fill(struct sl_source *, struct sl_block *, struct sl_error *);
sl_status sl_db_source_state(struct sl_source *, char **, struct sl_error *);
/* For drivers whose sessions share a snapshot, or lock out writers. */
sl_status sl_db_source_count(struct sl_source *, int64_t *, struct sl_error *);
sl_status sl_db_source_sums(struct sl_source *, struct sl_source_sums *, struct sl_error *);
void sl_db_source_cancel(struct sl_source *);
void sl_db_source_close(struct sl_source *);
sl_status sl_db_source_position(struct sl_source *, char **out_json, struct sl_error *err);
sl_status sl_db_source_resume(struct sl_source *, struct sl_source_table *, const char *,
                              const char *, bool *changed, char why[256], struct sl_error *err);
void sl_db_source_pause(struct sl_source *, bool on);

/* The members of sl_source_ops that all database sources have alike. */
#define SL_DB_SOURCE_OPS                                                                   \
  .struct_size = sizeof(struct sl_source_ops), .ordered = false,                           \
  .default_name = sl_db_default_name, .discover = sl_db_source_discover,                   \
  .start = sl_db_source_start, .claim = sl_db_source_claim, .fill = sl_db_source_fill,     \
  .state = sl_db_source_state, .cancel = sl_db_source_cancel, .close = sl_db_source_close, \
  .position = sl_db_source_position, .resume = sl_db_source_resume, .pause = sl_db_source_pause

#endif
