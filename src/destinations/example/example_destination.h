/* example_destination.h - the template that a new destination is copied from;
 * docs/new-destination.md tells how. `sluice load orders.csv example:warehouse.db` */
#ifndef SL_DESTINATIONS_EXAMPLE_DESTINATION_H
#define SL_DESTINATIONS_EXAMPLE_DESTINATION_H

#include <sluice/destination.h>

extern const struct sl_destination_ops sl_example_destination;

#endif
