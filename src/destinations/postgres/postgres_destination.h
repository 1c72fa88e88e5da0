/* postgres_destination.h - PostgreSQL as a destination: everything in one transaction, rows by
 * binary COPY. */
#ifndef SL_DESTINATIONS_POSTGRES_DESTINATION_H
#define SL_DESTINATIONS_POSTGRES_DESTINATION_H

#include <sluice/destination.h>

extern const struct sl_destination_ops sl_postgres_destination;

#endif
