/* mysql_destination.h - MySQL and MariaDB as a destination: rows by LOAD DATA LOCAL from memory, or
 * by INSERT where the server does not take that. */
#ifndef SL_DESTINATIONS_MYSQL_DESTINATION_H
#define SL_DESTINATIONS_MYSQL_DESTINATION_H

#include <sluice/destination.h>

extern const struct sl_destination_ops sl_mysql_destination;

#endif
