/* exec_destination.h - exec:program arguments…, rows to the standard input of a program. */
#ifndef SL_DESTINATIONS_EXEC_DESTINATION_H
#define SL_DESTINATIONS_EXEC_DESTINATION_H

#include <sluice/destination.h>

extern const struct sl_destination_ops sl_exec_destination;

#endif
