/* callback_destination.h - callback:NAME, rows to a function of the program; see <sluice/sink.h>.
 */
#ifndef SL_DESTINATIONS_CALLBACK_DESTINATION_H
#define SL_DESTINATIONS_CALLBACK_DESTINATION_H

#include <sluice/destination.h>

extern const struct sl_destination_ops sl_callback_destination;

#endif
