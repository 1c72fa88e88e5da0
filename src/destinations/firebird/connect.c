/* connect.c - a database is attached, or made if it is not there.
 *
 * "shop.fdb" is a file, which libfbclient opens in this process; "//user:password@host:port/name"
 * is a server's: an alias or, with a second slash, the path of a file over there. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/url.h"
#include "column/read.h"
#include "firebird_internal.h"

enum { PAGE_BYTES = 16384, MOST_PARAMETERS = 1024 };

struct parameters { /* a "database parameter block": kind, length, bytes */
  char bytes[MOST_PARAMETERS];
  size_t n;
};

static void add_bytes(struct parameters *p, int kind, const void *value, size_t length) {
  if (length <= UINT8_MAX && p->n + 2 + length <= sizeof p->bytes) {
    p->bytes[p->n++] = (char)kind;
    p->bytes[p->n++] = (char)(unsigned char)length;
    memcpy(p->bytes + p->n, value, length);
    p->n += length;
  }
}

static void add_text(struct parameters *p, int kind, const char *text) {
  if (text != NULL) {
    add_bytes(p, kind, text, strlen(text));
  }
}

static void add_number(struct parameters *p, int kind, uint32_t value) {
  unsigned char bytes[] = { (unsigned char)value, (unsigned char)(value >> 8),
                            (unsigned char)(value >> 16), (unsigned char)(value >> 24) };
  add_bytes(p, kind, bytes, sizeof bytes);
}

/* In this process nobody asks for a password: the one who may write the file is its owner. */
static void write_parameters(struct parameters *p, const struct sl_url *url, bool embedded,
                             const struct fb_settings *settings) {
  p->bytes[p->n++] = isc_dpb_version1;
  add_text(p, isc_dpb_user_name, url->user == NULL && embedded ? "SYSDBA" : url->user);
  add_text(p, isc_dpb_password, url->password);
  add_text(p, isc_dpb_lc_ctype, "UTF8");
  add_bytes(p, isc_dpb_utf8_filename, "", 0);
  add_number(p, isc_dpb_connect_timeout, (uint32_t)settings->connect_timeout);
}

/* A server tells it in words alone. */
static bool is_missing(const ISC_STATUS *status, const struct sl_error *said) {
  return fb_has(status, isc_arg_unix, ENOENT) || (fb_has(status, isc_arg_gds, isc_io_open_err) &&
                                                  (strstr(said->message, "No such file") != NULL ||
                                                   strstr(said->message, "cannot find") != NULL));
}

static sl_status keep(struct fb_destination *d, const struct parameters *p, struct sl_error *err) {
  d->how = malloc(p->n);
  if (d->how == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a connection");
  }
  memcpy(d->how, p->bytes, p->n);
  d->how_length = (short)p->n;
  return SL_OK;
}

sl_status fb_connect_again(struct fb_destination *d, isc_db_handle *out, struct sl_error *err) {
  ISC_STATUS_ARRAY status;
  *out = 0;
  return FB(attach_database)(status, (short)strlen(d->where), d->where, out, d->how_length,
                             d->how) == 0
             ? SL_OK
             : fb_fail(d, status, "connecting", err);
}

static sl_status attach(struct fb_destination *d, const char *name, struct parameters *p,
                        struct sl_error *err) {
  ISC_STATUS_ARRAY status;
  short length = (short)strlen(name);
  if (FB(attach_database)(status, length, name, &d->database, (short)p->n, p->bytes) == 0) {
    return SL_OK;
  }
  struct sl_error said = { 0 };
  sl_status rc = fb_fail(d, status, "connecting", &said);
  bool missing = is_missing(status, &said);
  if (!missing || d->read_only) {
    said.code = missing ? SL_ENOTFOUND : rc;
    if (err != NULL) {
      *err = said;
    }
    return said.code;
  }
  add_number(p, isc_dpb_page_size, PAGE_BYTES);
  add_number(p, isc_dpb_sql_dialect, SQL_DIALECT_CURRENT);
  add_text(p, isc_dpb_set_db_charset, "UTF8");
  return FB(create_database)(status, length, name, &d->database, (short)p->n, p->bytes, 0) == 0
             ? SL_OK
             : fb_fail(d, status, "making the database", err);
}

/* What libfbclient calls the database: "host/port:name". */
static void write_name(const struct sl_url *url, const char *file, struct sl_buffer *name) {
  if (url->host == NULL) {
    sl_buffer_text(name, file);
    return;
  }
  sl_buffer_text(name, url->host);
  if (url->port != 0) {
    sl_buffer_printf(name, "/%u", url->port);
  }
  sl_buffer_printf(name, ":%s", file);
}

static sl_status parse(const char *location, struct sl_url *url, const char **file,
                       struct sl_error *err) {
  sl_status rc = SL_OK;
  *file = location;
  if (strncmp(location, "//", 2) == 0) {
    rc = sl_url_parse(url, location, err);
    *file = url->path;
  }
  bool named = *file != NULL && (*file)[0] != '\0';
  bool half = url->host == NULL && *file == url->path; /* "///path" */
  if (rc == SL_OK && (!named || half || strlen(*file) > 1000)) {
    rc = sl_fail(err, SL_EUSAGE,
                 "write firebird:shop.fdb for a file, firebird://user:password@host:3050/alias or "
                 "firebird://user:password@host:3050//path/shop.fdb for a server");
  } else if (rc == SL_OK && url->options != NULL && url->options[0] != '\0') {
    rc = sl_fail(err, SL_EUSAGE, "a Firebird URL has no options behind '?'");
  }
  return rc;
}

static sl_status take_session(void *arg, const struct ArrowSchema *schema,
                              const struct ArrowArray *array, int64_t row, struct sl_error *err) {
  struct fb_destination *d = arg;
  struct sl_read_value id = sl_array_read(schema->children[0], array->children[0], row);
  (void)err;
  snprintf(d->session, sizeof d->session, "%" PRId64, id.as.integer);
  return SL_OK;
}

sl_status fb_connect(struct fb_destination *d, const struct sl_destination_config *config,
                     struct sl_error *err) {
  struct sl_url url = { 0 };
  struct sl_buffer name = { 0 };
  struct parameters parameters = { 0 };
  const char *file = NULL;
  sl_status rc = parse(config->location, &url, &file, err);
  if (rc == SL_OK) {
    write_name(&url, file, &name);
    rc = sl_buffer_check(&name, err);
  }
  if (rc == SL_OK) {
    d->where = sl_buffer_take(&name);
    rc = fb_load(err);
  }
  if (rc == SL_OK) {
    write_parameters(&parameters, &url, url.host == NULL, config->settings);
    rc = keep(d, &parameters, err);
  }
  if (rc == SL_OK) {
    rc = attach(d, d->where, &parameters, err);
  }
  if (rc == SL_OK) {
    rc = fb_each_row(d, "SELECT CURRENT_CONNECTION FROM RDB$DATABASE", take_session, d, err);
  }
  if (rc == SL_OK && !d->read_only) {
    fb_drop_staging(d);
  }
  sl_buffer_release(&name);
  sl_url_release(&url);
  return rc;
}
