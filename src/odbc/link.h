/* link.h - an ODBC connection with its one statement, for sources and destinations alike.
 *
 * Texts are UTF-8 on this side whatever the driver speaks. Calls come from one thread at a time. */
#ifndef SL_ODBC_LINK_H
#define SL_ODBC_LINK_H

#include "odbc/api.h"
#include "odbc/profile.h"

struct odbc_link { /* all-zero is closed */
  SQLHENV env;
  SQLHDBC dbc;
  SQLHSTMT stmt; /* the only one, for all that the connection does */
  bool connected;
  bool wide;   /* the driver has W functions: texts go there as UTF-16, else as UTF-8 */
  bool writes; /* it is a destination's: errors are sorted and explained for one */
  const struct odbc_driver_profile *profile;
  char place[200]; /* what messages call it */
};

/* Connects, without secrets in messages; on failure the link is to be closed as well. scheme and
 * location as in odbc_connection_string; timeout in seconds. */
sl_status odbc_link_open(struct odbc_link *link, const char *scheme, const char *location,
                         int64_t timeout, bool read_only, struct sl_error *err);
/* Rolls back what is open; fine when closed. */
void odbc_link_close(struct odbc_link *link);
/* False: the driver does not know the attribute. */
bool odbc_link_set(struct odbc_link *link, SQLINTEGER attribute, SQLULEN value);
sl_status odbc_link_statement(struct odbc_link *link, struct sl_error *err);

/* Statements and catalog functions with texts in UTF-8. A result stays open until
 * odbc_end. */
sl_status odbc_execute(struct odbc_link *link, const char *sql, const char *what,
                       struct sl_error *err);
enum odbc_catalog_call { ODBC_TABLES, ODBC_COLUMNS, ODBC_PRIMARY_KEYS, ODBC_STATISTICS };
sl_status odbc_catalog(struct odbc_link *link, enum odbc_catalog_call call, const char *catalog,
                       const char *schema, const char *table, struct sl_error *err);
/* The next row; *end: none left. */
sl_status odbc_fetch_row(struct odbc_link *link, bool *end, struct sl_error *err);
/* A column of that row as UTF-8; *null. Columns must be asked for from left to right. */
sl_status odbc_get_text(struct odbc_link *link, int column, struct sl_buffer *out, bool *null,
                        struct sl_error *err);
sl_status odbc_get_integer(struct odbc_link *link, int column, int64_t *out, bool *null,
                           struct sl_error *err);
/* The whole value as the driver has it, in pieces; appended to `out`. */
sl_status odbc_get_data(struct odbc_link *link, SQLUSMALLINT column, SQLSMALLINT c_type,
                        struct sl_buffer *out, bool *null, struct sl_error *err);
void odbc_end(struct odbc_link *link);
/* First column of the first row as text, malloc'ed; NULL = no row or SQL NULL. */
sl_status odbc_query_text(struct odbc_link *link, const char *sql, const char *what, char **out,
                          struct sl_error *err);
/* SQLGetInfo of a text; "" when the driver does not know. */
void odbc_info_text(const struct odbc_link *link, SQLUSMALLINT what, char *out, size_t size);

#endif
