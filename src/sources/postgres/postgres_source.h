/* postgres_source.h - PostgreSQL and what speaks its protocol, read through libpq.
 *
 *   postgres://user@host:5432/shop?sslmode=require     a URL as psql takes it
 *   postgres:host=/run/postgresql dbname=shop          key=value pairs, a socket
 *   postgres:service=shop                              an entry of the service file
 *
 * Rows come by COPY … TO STDOUT (FORMAT binary) and are decoded straight into columns; one table is
 * read by several connections that share one snapshot of the data. See docs/sources/postgres.md. */
#ifndef SL_SOURCES_POSTGRES_SOURCE_H
#define SL_SOURCES_POSTGRES_SOURCE_H

#include <sluice/source.h>

extern const struct sl_source_ops sl_postgres_source;

#endif
