/* location.h - what a URL says about a connection. For the source and the destination. */
#ifndef SL_MYSQL_LOCATION_H
#define SL_MYSQL_LOCATION_H

#include <stdbool.h>

#include <sluice/error.h>

enum maria_tls { /* as MySQL's own clients name them: ssl-mode */
                 MARIA_TLS_DISABLED,
                 MARIA_TLS_PREFERRED,
                 MARIA_TLS_REQUIRED,
                 MARIA_TLS_VERIFY_CA,
                 MARIA_TLS_VERIFY_IDENTITY
};

struct maria_location { /* texts are owned; NULL = not given */
  char *user, *password, *host, *database, *socket;
  char *ca, *capath, *cert, *key, *cipher, *crl, *tls_version;
  char *option_file, *option_group;
  unsigned port; /* 0 = not given */
  enum maria_tls tls;
  bool compress;
};

/* Takes "//user:password@host:port/database?option=value&…" apart, percent signs decoded. SL_EUSAGE
 * says what is wrong, without the password. Release in any case. */
sl_status maria_location_parse(struct maria_location *out, const char *text, struct sl_error *err);
void maria_location_release(struct maria_location *l);

#endif
