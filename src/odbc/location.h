/* location.h - what the user wrote after "odbc:" or "mssql:" as an ODBC connection string.
 *
 *   odbc:Driver={PostgreSQL Unicode};Server=h;…    as it is
 *   odbc:shop                                      DSN=shop
 *   odbc://user:secret@shop?Timeout=5              DSN=shop;UID=user;PWD=secret;Timeout=5
 *   mssql://user:secret@host:1433/db?Encrypt=yes   by the recipe of the scheme and its driver
 *
 * Knows nothing of connections: the drivers to choose from are given. */
#ifndef SL_ODBC_LOCATION_H
#define SL_ODBC_LOCATION_H

#include <sluice/error.h>

#include "base/text.h"

struct odbc_installed { /* a driver of odbcinst.ini, or a data source of odbc.ini */
  char *name;
  char *library; /* of a driver: what stands after Driver=; of a data source: its driver */
};
struct odbc_installed_list {
  struct odbc_installed *items;
  size_t count, capacity;
};
void odbc_installed_release(struct odbc_installed_list *list);
sl_status odbc_installed_add(struct odbc_installed_list *list, const char *name,
                             const char *library, struct sl_error *err);

/* Appends the connection string. SL_EUSAGE: the location cannot be read. SL_ENOTFOUND: no driver
 * for the scheme is installed; the message lists what is and what to install. */
sl_status odbc_connection_string(const char *scheme, const char *location,
                                 const struct odbc_installed_list *drivers, struct sl_buffer *out,
                                 struct sl_error *err);

/* The value of a keyword in a connection string (upper and lower case are one), without braces;
 * malloc'ed, NULL = not there. */
char *odbc_string_get(const char *string, const char *keyword);
/* Appends ";keyword=value", with braces where the value needs them. */
void odbc_string_add(struct sl_buffer *string, const char *keyword, const char *value);

/* What a pipeline is called after: the database, else the data source, else "database". */
sl_status odbc_default_name(const char *location, char out[256], struct sl_error *err);

/* Which package brings a driver for a name like "PostgreSQL Unicode" or "msodbcsql"; NULL = not
 * known. */
const char *odbc_package_for(const char *driver);
/* Appends "installed drivers: a, b" or "no ODBC driver is installed". */
void odbc_list_installed(const struct odbc_installed_list *drivers, struct sl_buffer *out);

#endif
