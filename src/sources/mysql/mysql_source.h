/* mysql_source.h - MySQL and MariaDB as a source.
 *
 *   mysql://user:password@host:3306/shop        all tables of the database shop
 *   mariadb://user@host/shop?ssl-mode=required  the same; options of the connection behind the ?
 *   mysql:///shop?socket=/run/mysqld/mysqld.sock
 *
 * See docs/sources/mysql.md. */
#ifndef SL_SOURCES_MYSQL_SOURCE_H
#define SL_SOURCES_MYSQL_SOURCE_H

#include <sluice/source.h>

extern const struct sl_source_ops sl_mysql_source;

#endif
