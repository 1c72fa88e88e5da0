/* internal.h - what the files of this source share. Private to src/sources/mysql/. */
#ifndef SL_SOURCES_MYSQL_INTERNAL_H
#define SL_SOURCES_MYSQL_INTERNAL_H

#include <stdatomic.h>

#include "database/database.h"
#include "mysql/dial.h"

struct maria_settings { /* the options of this source */
  struct sl_db_settings common;
  const char *snapshot, *unsigned_bigint;
  bool tinyint1_is_bool;
};

/* How a value comes over the wire and where it goes. Kept in sl_db_column.type. */
enum maria_decode {
  MARIA_TINY,      /* 1 byte -> int64 */
  MARIA_SHORT,     /* 2 bytes -> int64 */
  MARIA_LONG,      /* 4 bytes -> int64 */
  MARIA_LONGLONG,  /* 8 bytes -> int64 */
  MARIA_UNSIGNED,  /* 8 bytes, unsigned -> decimal of 20 digits, or int64 if that is declared */
  MARIA_TINY_BOOL, /* 1 byte, 0 or 1 -> bool */
  MARIA_FLOAT,     /* 4 bytes -> double */
  MARIA_DOUBLE,    /* 8 bytes -> double */
  MARIA_DECIMAL,   /* digits -> decimal */
  MARIA_BIT,       /* bytes, the highest first -> bool, int64 or decimal by the declared format */
  MARIA_DATE,      /* 0 or 4 bytes -> days */
  MARIA_DATETIME,  /* 0, 4, 7 or 11 bytes -> microseconds */
  MARIA_TIME,      /* 0, 8 or 12 bytes -> microseconds of the day */
  MARIA_TEXT,      /* UTF-8 */
  MARIA_BINARY,    /* bytes */
  MARIA_GEOMETRY,  /* SRID and WKB -> hexadecimal EWKB */
  MARIA_NULL       /* always NULL */
};

/* sl_db_column.detail: what the decoder needs to know beside. */
#define MARIA_UNSIGNED_FLAG \
  0x100 /* the low byte: digits of the fraction (of seconds, of numbers) */
#define MARIA_WIRE(type) ((int64_t)(type) << 16) /* the type that the server announced */

/* sl_db_table.detail */
enum { MARIA_ENGINE = 0 }; /* 1 = its tables take part in snapshots (InnoDB, RocksDB) */

struct maria_reader; /* a statement being read: read.c */

struct maria_session {
  struct sl_db_session base;
  const struct sl_db_config *config;
  MYSQL *mysql;
  _Atomic int64_t asked; /* see sl_socket_asked_in_vain */
  bool mariadb;          /* not MySQL */
  bool in_snapshot;      /* a transaction with a consistent snapshot is open */
  bool follower;         /* a member of the team, not its leader */
  bool lost;             /* the connection is gone, or of no use */
  char database[256];    /* of the URL; "" = none */
  int64_t patience;      /* seconds for an answer, while the session is set up; 0 = any time */
  struct maria_reader *reader;
};

/* ---- connect.c ---- */

sl_status maria_connect(const struct sl_db_config *config, struct sl_db_session *leader,
                        struct sl_db_session **out, struct sl_error *err);
void maria_close(struct sl_db_session *base);
/* KILL QUERY over a second connection; where that cannot be made, the session's own is cut. Any
 * thread. */
void maria_cancel(struct sl_db_session *base);

/* ---- query.c: short statements whose answers fit in memory ---- */

sl_status maria_execute(struct maria_session *s, const char *sql, struct sl_error *err);
/* Calls `row` for each row of the answer; values NULL = SQL NULL. */
typedef sl_status (*maria_row_function)(void *arg, char **values, unsigned long *lengths,
                                        struct sl_error *err);
sl_status maria_query(struct maria_session *s, const char *sql, maria_row_function row, void *arg,
                      struct sl_error *err);
/* The first value of the first row; malloc'ed, NULL = none or SQL NULL. */
sl_status maria_value(struct maria_session *s, const char *sql, char **out, struct sl_error *err);
/* Appends a literal whose bytes cannot end it, whatever the sql_mode. */
void maria_quote_text(const char *text, size_t length, struct sl_buffer *out);

/* ---- errors.c ---- */

/* What the server or the library answered, with what to do about it. */
sl_status maria_fail(struct sl_error *err, unsigned number, const char *state, const char *message);
sl_status maria_fail_session(struct maria_session *s, struct sl_error *err);

/* ---- snapshot.c ---- */

sl_status maria_open_team(struct sl_db_session *leader, const struct sl_db_tables *tables,
                          int wanted, struct sl_db_session **team, int *n, struct sl_error *err);

/* ---- types.c ---- */

/* Adds the column that `field` announces. type_name: as the database prints it, NULL = made here.
 */
sl_status maria_add_column(const struct maria_session *s, struct sl_db_table *table,
                           const MYSQL_FIELD *field, const char *type_name, struct sl_error *err);

/* ---- catalog.c ---- */

sl_status maria_list(struct sl_db_session *base, const char *schemas, struct sl_db_tables *out,
                     struct sl_error *err);
bool maria_has_index(struct sl_db_session *base, const struct sl_db_table *table,
                     const char *column);

/* ---- sums.c ---- */

void maria_hash(struct sl_db_session *base, const struct sl_db_column *column,
                struct sl_source_sum *sum, struct sl_buffer *out);
sl_status maria_ask(struct sl_db_session *base, const char *sql, char **out, struct sl_error *err);

/* ---- describe.c ---- */

sl_status maria_describe_all(struct sl_db_session *base, struct sl_db_tables *tables,
                             struct sl_error *err);
sl_status maria_describe(struct sl_db_session *base, struct sl_db_table *table,
                         struct sl_error *err);

/* ---- split.c ---- */

sl_status maria_split(struct sl_db_session *base, const struct sl_db_table *table,
                      const char *condition, int wanted, struct sl_db_chunks *out,
                      struct sl_error *err);

/* ---- read.c ---- */

sl_status maria_open(struct sl_db_session *base, const struct sl_db_table *table,
                     const struct sl_db_chunk *chunk, struct sl_error *err);
sl_status maria_next(struct sl_db_session *base, struct sl_block *out, bool *end,
                     struct sl_error *err);
void maria_finish(struct sl_db_session *base);
sl_status maria_scalar(struct sl_db_session *base, const struct sl_db_table *table,
                       const char *function, const struct sl_db_column *column,
                       const char *condition, char **out, struct sl_error *err);
sl_status maria_compare(const struct sl_db_table *table, const struct sl_db_column *column,
                        enum sl_db_comparison comparison, const char *value, struct sl_buffer *out,
                        struct sl_error *err);

/* ---- decode.c: rows of the binary protocol ---- */

struct maria_decoder; /* one for each reader */
sl_status maria_decoder_new(struct maria_decoder **out, const struct sl_db_table *table,
                            const struct sl_db_settings *settings, struct sl_error *err);
void maria_decoder_free(struct maria_decoder *d);
/* One row: the packet with its first byte. SL_EDATA: a malformed packet, or a value that no column
 * can hold. */
sl_status maria_decode_row(struct maria_decoder *d, const unsigned char *packet, size_t length,
                           struct sl_error *err);
int64_t maria_decoder_rows(const struct maria_decoder *d);
int64_t maria_decoder_bytes(const struct maria_decoder *d); /* in memory, about */
sl_status maria_decoder_finish(struct maria_decoder *d, struct sl_block *out, struct sl_error *err);

extern const struct sl_db_driver maria_driver;

#endif
