/* events.h - what happens, told to every open page as it happens (server-sent events).
 *
 * The last events are kept, so that a page whose connection broke gets those it missed. Any thread.
 */
#ifndef WEB_EVENTS_H
#define WEB_EVENTS_H

#include "web/server.h"

struct web_events;
sl_status web_events_new(struct web_events **out, struct sl_error *err);
void web_events_free(struct web_events *events); /* no stream may be open; NULL is fine */

/* json is copied; newlines in it become spaces. */
void web_events_publish(struct web_events *events, const char *type, const char *json);
/* Makes the answer a stream of what comes after event `last` (-1 = from now on). */
sl_status web_events_stream(struct web_events *events, int64_t last, struct web_answer *answer,
                            struct sl_error *err);
/* Ends all streams, and later ones at once. */
void web_events_close(struct web_events *events);

#endif
