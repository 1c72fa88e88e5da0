/* sqlite_destination.h - SQLite files: `sluice load orders.csv sqlite:shop.db`. */
#ifndef SL_DESTINATIONS_SQLITE_DESTINATION_H
#define SL_DESTINATIONS_SQLITE_DESTINATION_H

#include <sluice/destination.h>

extern const struct sl_destination_ops sl_sqlite_destination;

#endif
