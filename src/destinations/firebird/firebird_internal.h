/* firebird_internal.h - the Firebird destination while it is open. Private to this folder. */
#ifndef SL_DESTINATIONS_FIREBIRD_INTERNAL_H
#define SL_DESTINATIONS_FIREBIRD_INTERNAL_H

#include <sluice/destination.h>

#include "api.h"
#include "column/result.h"
#include "sql/sql.h"

struct fb_settings { /* filled from the options of firebird_destination.c */
  int64_t connect_timeout;
};

struct fb_destination {
  struct sl_destination base; /* first: the engine holds a pointer to it */
  struct sl_sql_context sql;
  isc_db_handle database;
  isc_db_handle maker;       /* a second connection, for CREATE TABLE alone; 0 = not yet */
  isc_tr_handle transaction; /* 0 = none is open */
  char *where;               /* the database, as the library and messages call it */
  char *how;                 /* what it is attached with: user, password and so on */
  short how_length;
  char session[21]; /* number of the attachment */
  bool read_only, in_transaction;
  bool warned_fractions;
  void (*warn)(void *arg, const char *message);
  void *warn_arg;
};

/* connect.c: opens the database, or makes it if it is not there. */
sl_status fb_connect(struct fb_destination *d, const struct sl_destination_config *config,
                     struct sl_error *err);
/* Opens another connection to the same database. */
sl_status fb_connect_again(struct fb_destination *d, isc_db_handle *out, struct sl_error *err);

/* staging.c: drops the staging tables of this session and of those that ended without doing so. One
 * that cannot be dropped keeps no other: the next session finds it. */
void fb_drop_staging(struct fb_destination *d);

/* statement.c */
/* What the client library says, as our error, sorted, with what to do. */
sl_status fb_fail(const struct fb_destination *d, const ISC_STATUS *status, const char *doing,
                  struct sl_error *err);
bool fb_has(const ISC_STATUS *status, ISC_STATUS kind, ISC_STATUS value);
/* The transaction for a call: the open one, or one of its own, which fb_leave ends: committed if rc
 * is SL_OK, else rolled back. Returns rc, or why there was no commit. */
sl_status fb_enter(struct fb_destination *d, isc_tr_handle *out, struct sl_error *err);
sl_status fb_leave(struct fb_destination *d, isc_tr_handle *transaction, sl_status rc,
                   struct sl_error *err);
sl_status fb_start(struct fb_destination *d, isc_tr_handle *out, struct sl_error *err);

struct fb_statement { /* all-zero is empty */
  isc_stmt_handle handle;
  XSQLDA *row;        /* what it returns, with room for one row */
  XSQLDA *parameters; /* as the table has them; no room */
  short *nulls;
  char *values;
};
sl_status fb_prepare(struct fb_destination *d, isc_tr_handle *transaction, const char *sql,
                     const char *doing, struct fb_statement *out, struct sl_error *err);
void fb_statement_release(struct fb_statement *s);
/* One statement in a transaction of the caller's; affected may be NULL. */
sl_status fb_run(struct fb_destination *d, isc_tr_handle *transaction, const char *sql,
                 const char *doing, int64_t *affected, struct sl_error *err);
sl_status fb_dest_execute(struct sl_destination *base, const char *sql, int64_t *affected,
                          struct sl_error *err);

/* rows_in.c, rows_out.c, describe.c */
sl_status fb_dest_append(struct sl_destination *base, const struct sl_table_name *name,
                         const struct ArrowSchema *schema, struct ArrowArray *array,
                         struct sl_error *err);
sl_status fb_dest_query(struct sl_destination *base, const char *sql, struct ArrowArrayStream *out,
                        struct sl_error *err);
/* Each row of a query in a new transaction, which sees what was committed until now. */
typedef sl_status (*fb_take)(void *arg, const struct ArrowSchema *schema,
                             const struct ArrowArray *array, int64_t row, struct sl_error *err);
sl_status fb_each_row(struct fb_destination *d, const char *sql, fb_take take, void *arg,
                      struct sl_error *err);
sl_status fb_dest_describe(struct sl_destination *base, const struct sl_table_name *name,
                           struct ArrowSchema *out, struct sl_error *err);

/* Days from Firebird's first day (17 November 1858) to 1970; its times count 100 microseconds. */
enum { FB_EPOCH_DAYS = 40587, FB_TIME_UNIT = 100 };
enum { FB_OCTETS = 1 }; /* character set of bytes */

#endif
