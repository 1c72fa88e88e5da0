/* url.h - "//user:password@host:port/path?options" taken apart, percent signs decoded.
 *
 * May include nothing else of base/. */
#ifndef SL_BASE_URL_H
#define SL_BASE_URL_H

#include <stddef.h>

#include <sluice/error.h>

struct sl_url {                        /* texts are owned; NULL = not given */
  char *user, *password, *host, *path; /* the path without its first slash */
  unsigned port;                       /* 0 = not given */
  const char *options; /* behind the question mark, not decoded; in the parsed text */
};

/* `text` begins with two slashes. SL_EUSAGE says what is wrong, without the password. Release in
 * any case. */
sl_status sl_url_parse(struct sl_url *out, const char *text, struct sl_error *err);
void sl_url_release(struct sl_url *url);
/* "%40" becomes "@"; malloc'ed, NULL = no memory. */
char *sl_url_decode(const char *text, size_t length);

#endif
