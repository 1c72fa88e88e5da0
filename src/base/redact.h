/* redact.h - texts without the secrets in them, for messages, traces and logs.
 *
 * May include base/text.h. */
#ifndef SL_BASE_REDACT_H
#define SL_BASE_REDACT_H

#include "base/text.h"

/* Appends text with the passwords of URLs and of key=value pairs like password= and token= hidden.
 */
void sl_redact(struct sl_buffer *out, const char *text);
/* The same for a text that is one location and nothing else, such as a URL or a connection string:
 * a password that was not written with percent signs, as it should be, is found in it too. May hide
 * more than the password. */
void sl_redact_location(struct sl_buffer *out, const char *location);
/* The same as new texts; malloc'ed, NULL = no memory. */
char *sl_redact_copy(const char *text);
char *sl_redact_location_copy(const char *location);

#endif
