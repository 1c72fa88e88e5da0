/* firebird_destination.h - a Firebird database as destination: a file in this process, or a server.
 * `sluice load orders.csv firebird:shop.fdb` */
#ifndef SL_DESTINATIONS_FIREBIRD_DESTINATION_H
#define SL_DESTINATIONS_FIREBIRD_DESTINATION_H

#include <sluice/destination.h>

extern const struct sl_destination_ops sl_firebird_destination;

#endif
