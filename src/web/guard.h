/* guard.h - who may ask the server for what. */
#ifndef WEB_GUARD_H
#define WEB_GUARD_H

#include "web/server.h"

/* True for 127.0.0.0/8, ::1 and localhost. */
bool web_guard_is_loopback(const char *host);
/* Whether a token is the right one, in a time that tells nothing about it. */
bool web_guard_same(const char *have, const char *given);
/* 0 = let in; else the status to answer with, and *why. */
int web_guard_check(const struct web_settings *settings, struct MHD_Connection *connection,
                    const char *method, const char *path, const char **why);

#endif
