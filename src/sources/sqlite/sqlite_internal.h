/* sqlite_internal.h - what the files of src/sources/sqlite/ know of each other. */
#ifndef SL_SOURCES_SQLITE_INTERNAL_H
#define SL_SOURCES_SQLITE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include <sluice/builder.h>

#include "database/database.h"
#include "sources/sqlite/location.h"
#include "sqlite/api.h"
#include "sqlite/convert.h"

struct sqlite_settings {
  struct sl_db_settings common;
  const char *attach;       /* name=path,… */
  const char *number_times; /* keep|seconds|milliseconds|julian */
  int64_t busy_timeout;     /* seconds */
};

/* struct sl_db_column.type is enum sqlite_kind. */

/* struct sl_db_table.detail[] */
enum { DETAIL_SPLIT, DETAIL_ROWID_NAME, DETAIL_STRICT };
/* DETAIL_SPLIT: how ranges of the table can be read; COLUMN: by the first of the primary key. */
enum { SPLIT_NEVER, SPLIT_ROWID, SPLIT_COLUMN };

/* struct sl_db_column.detail of the cursor, when it is a time: the form that its texts have. */
enum {
  CURSOR_KNOWN = 1,
  CURSOR_T = 2, /* T between date and time, else a space */
  CURSOR_Z = 4,
  CURSOR_OFFSET = 8,
  CURSOR_DATE_ONLY = 16
};

struct sqlite_file { /* the main file, or an attached one */
  char *name;        /* "main", or as attached */
  struct sqlite_location location;
  bool claimed;  /* noted as read by this process, see sqlite/claims.h */
  bool unlocked; /* read without locks, see files.c; the fingerprint must stay the same */
  int64_t fingerprint[8];
};

struct sqlite_session;
struct sqlite_group { /* all connections of a source, made by the first of them */
  struct sqlite_file *files;
  size_t n_files;
  struct sqlite_session **pool; /* readers of the leader's snapshot that nobody uses */
  size_t n_pool, n_readers;     /* in the pool now; made */
  pthread_mutex_t lock;         /* guards pool and n_pool */
};

struct sqlite_column { /* what decoding needs of a column */
  enum sqlite_kind kind;
  int scale;               /* DECIMAL */
  sl_int128 limit, factor; /* DECIMAL: 10^precision, 10^scale */
  struct sl_builder *builder;
};

struct sqlite_session {
  struct sl_db_session base;
  const struct sl_db_config *config;
  struct sqlite_group *group;
  bool leads; /* owns the group */
  sqlite3 *db;

  atomic_bool cancelled;
  int64_t deadline; /* monotonic nanoseconds; 0 = none */
  bool timed_out;

  /* the chunk under way; NULL where there is none */
  const struct sl_db_table *table;
  sqlite3_stmt *statement;
  struct sl_db_batch *batch;
  struct sqlite_column *columns; /* table->n_columns */
  bool at_end;
  int64_t wire_bytes, wire_looked; /* texts and blobs of this block; when it was last measured */
  enum sqlite_number_times number_times;
  struct yyjson_alc *json_memory; /* for looking whether a text is JSON */
  char doing[240];                /* for messages: "reading table t" */
};

static inline const struct sqlite_settings *sqlite_settings_of(const struct sl_db_config *config) {
  return config->own;
}

/* ---- files.c ---- */
sl_status sqlite_group_new(struct sqlite_group **out, const struct sl_db_config *config,
                           struct sl_error *err);
void sqlite_group_free(struct sqlite_group *group);
int64_t sqlite_group_bytes(const struct sqlite_group *group); /* of all files */
/* Marks the files that have to be read without locks; false when there is none. */
bool sqlite_group_without_locks(struct sqlite_group *group);
/* SL_EDATA when a file that is read without locks was written meanwhile. */
sl_status sqlite_check_unchanged(const struct sqlite_session *s, struct sl_error *err);

/* ---- connect.c ---- */
sl_status sqlite_connect(const struct sl_db_config *config, struct sl_db_session *leader,
                         struct sl_db_session **out, struct sl_error *err);
void sqlite_cancel(struct sl_db_session *base);
void sqlite_close(struct sl_db_session *base);

/* ---- statement.c ---- */
/* Starts the statement timeout anew. */
void sqlite_start_clock(struct sqlite_session *s);
/* Fails with what the library says of its last error: "<doing>: …". */
sl_status sqlite_fail(struct sqlite_session *s, int code, struct sl_error *err, const char *doing);
/* doing: for messages: "reading table t". */
sl_status sqlite_prepare(struct sqlite_session *s, const char *sql, const char *doing,
                         sqlite3_stmt **out, struct sl_error *err);
/* True in *row when there is a row. */
sl_status sqlite_step(struct sqlite_session *s, sqlite3_stmt *statement, const char *doing,
                      bool *row, struct sl_error *err);
/* Runs a statement to its end; its first value as text (malloc'ed, NULL = none or NULL) in *out if
 * out is not NULL. */
sl_status sqlite_run(struct sqlite_session *s, const char *sql, const char *doing, char **out,
                     struct sl_error *err);
sl_status sqlite_run_integer(struct sqlite_session *s, const char *sql, const char *doing,
                             int64_t *out, bool *is_null, struct sl_error *err);

/* A column of the row under way as text, borrowed; "" for NULL. */
const char *sqlite_text_at(sqlite3_stmt *statement, int column);

/* ---- sqlite_source.c ---- */
extern const struct sl_db_driver sqlite_driver;

/* ---- catalog.c ---- */
sl_status sqlite_list(struct sl_db_session *base, const char *schemas, struct sl_db_tables *out,
                      struct sl_error *err);
bool sqlite_has_index(struct sl_db_session *base, const struct sl_db_table *table,
                      const char *column);

/* ---- columns.c ---- */
sl_status sqlite_describe(struct sl_db_session *base, struct sl_db_table *table,
                          struct sl_error *err);

/* ---- keys.c ---- */
sl_status sqlite_add_key(struct sqlite_session *s, struct sl_db_table *table, const char *doing,
                         struct sl_error *err);
/* INTEGER PRIMARY KEY: the rowid under another name, which holds integers and nothing else. */
bool sqlite_is_rowid(const struct sl_db_table *table, const struct sl_db_column *column);
/* A key may hold NULLs or values of other types, and then is none for a destination: it is
 * forgotten with a warning. Of a large table only the ends of the key's first column are looked
 * at. Needs table->rows. */
sl_status sqlite_check_key(struct sqlite_session *s, struct sl_db_table *table, const char *doing,
                           struct sl_error *err);

/* ---- split.c ---- */
sl_status sqlite_split(struct sl_db_session *base, const struct sl_db_table *table,
                       const char *condition, int wanted, struct sl_db_chunks *out,
                       struct sl_error *err);

/* ---- cursor.c ---- */
sl_status sqlite_scalar(struct sl_db_session *base, const struct sl_db_table *table,
                        const char *function, const struct sl_db_column *column,
                        const char *condition, char **out, struct sl_error *err);
sl_status sqlite_compare(const struct sl_db_table *table, const struct sl_db_column *column,
                         enum sl_db_comparison comparison, const char *value, struct sl_buffer *out,
                         struct sl_error *err);

/* ---- read.c ---- */
sl_status sqlite_open(struct sl_db_session *base, const struct sl_db_table *table,
                      const struct sl_db_chunk *chunk, struct sl_error *err);
sl_status sqlite_next(struct sl_db_session *base, struct sl_block *out, bool *end,
                      struct sl_error *err);
void sqlite_finish(struct sl_db_session *base);

/* sums.c */
void sqlite_hash(struct sl_db_session *base, const struct sl_db_column *column,
                 struct sl_source_sum *sum, struct sl_buffer *out);
sl_status sqlite_ask(struct sl_db_session *base, const char *sql, char **out, struct sl_error *err);

#endif
