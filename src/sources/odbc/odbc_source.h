/* odbc_source.h - any database with an ODBC driver.
 *
 *   odbc:shop                                      a data source of odbc.ini
 *   odbc:Driver={PostgreSQL Unicode};Server=h;…    a connection string
 *   mssql://user:password@host/db                  and oracle, snowflake, bigquery, trino,
 *                                                  clickhouse, db2 */
#ifndef SL_SOURCES_ODBC_SOURCE_H
#define SL_SOURCES_ODBC_SOURCE_H

#include <sluice/source.h>

extern const struct sl_source_ops sl_odbc_source;

#endif
