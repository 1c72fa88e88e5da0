/* odbc_destination.h - any database with an ODBC driver and an SQL dialect as a destination. */
#ifndef SL_DESTINATIONS_ODBC_DESTINATION_H
#define SL_DESTINATIONS_ODBC_DESTINATION_H

#include <sluice/destination.h>

extern const struct sl_destination_ops sl_odbc_destination;

#endif
