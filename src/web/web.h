/* web.h - the local web page of a project: its server from start to stop. */
#ifndef WEB_WEB_H
#define WEB_WEB_H

#include "web/scheduling.h"
#include "web/server.h"

/* Serves the project at schedules->root until `stopped` returns true (asked twice a second). ready:
 * told the address once it answers. Errors as web_server_start and web_scheduling_new. A token may
 * have letters, digits, - and _.
 */
sl_status web_serve(const struct web_scheduling_settings *schedules,
                    const struct web_settings *settings, void (*ready)(const char *url),
                    bool (*stopped)(void), struct sl_error *err);

#endif
