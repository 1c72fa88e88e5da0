/* installed.h - the drivers and data sources of odbcinst.ini and odbc.ini, as the driver manager
 * lists them. */
#ifndef SL_ODBC_INSTALLED_H
#define SL_ODBC_INSTALLED_H

#include "odbc/api.h"
#include "odbc/location.h"

sl_status odbc_list_drivers(SQLHENV env, struct odbc_installed_list *out, struct sl_error *err);
/* Name and library of the driver that a connection string leads to, by its Driver= or through its
 * DSN=; malloc'ed, "" where not known. */
sl_status odbc_find_driver(SQLHENV env, const char *string,
                           const struct odbc_installed_list *drivers, char **name, char **library,
                           struct sl_error *err);
/* True when the library of the driver, which is loaded, has W functions. `library` as in
 * odbcinst.ini; not found among the loaded ones counts as true. */
bool odbc_is_wide(const char *library);

#endif
