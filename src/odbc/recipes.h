/* recipes.h - how mssql://, oracle:// and the others become connection strings. Private to
 * location.c. */
#ifndef SL_ODBC_RECIPES_H
#define SL_ODBC_RECIPES_H

#include "odbc/location.h"

/* Appends the connection string of scheme://user:password@host:port/database/schema?Keyword=value;
 * ?driver=NAME (of odbcinst.ini, or the path of a library) chooses the driver. */
sl_status odbc_from_url(const char *scheme, const char *location,
                        const struct odbc_installed_list *drivers, struct sl_buffer *out,
                        struct sl_error *err);
/* Appends the parameters of "?a=b&c=d" as keywords, except driver. */
void odbc_add_parameters(const char *question_mark, struct sl_buffer *out);

#endif
