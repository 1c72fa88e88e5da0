/* http_destination.h - http(s)://…, rows to a web service, one request for each batch. */
#ifndef SL_DESTINATIONS_HTTP_DESTINATION_H
#define SL_DESTINATIONS_HTTP_DESTINATION_H

#include <sluice/destination.h>

extern const struct sl_destination_ops sl_http_destination, sl_https_destination;

#endif
