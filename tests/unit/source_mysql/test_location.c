/* test_location.c - URLs of MySQL databases. */
#include <stdlib.h>

#include "mysql/location.h"
#include "unit/test.h"

static const struct {
  const char *text, *user, *password, *host, *database, *socket;
  unsigned port;
} good[] = {
  { "//joe:pw@db.example.com:3307/shop", "joe", "pw", "db.example.com", "shop", NULL, 3307 },
  { "//db/shop", NULL, NULL, "db", "shop", NULL, 0 },
  { "//db", NULL, NULL, "db", NULL, NULL, 0 },
  { "//db/", NULL, NULL, "db", NULL, NULL, 0 },
  { "///shop?socket=/run/s.sock", NULL, NULL, NULL, "shop", "/run/s.sock", 0 },
  { "///shop?unix_socket=%2Frun%2Fs", NULL, NULL, NULL, "shop", "/run/s", 0 },
  { "//joe@/shop", "joe", NULL, NULL, "shop", NULL, 0 },
  { "//j%40e:p%3A%2F%23%25@h/a%20b", "j@e", "p:/#%", "h", "a b", NULL, 0 },
  { "//joe:p@ss:word@h:1/x", "joe", "p@ss:word", "h", "x", NULL, 1 },
  { "//joe:@h/x", "joe", "", "h", "x", NULL, 0 },
  { "//[::1]:3306/x", NULL, NULL, "::1", "x", NULL, 3306 },
  { "//joe@[fe80::1]/x", "joe", NULL, "fe80::1", "x", NULL, 0 },
  { "//h:65535/x?charset=utf8mb4&compress=true#part", NULL, NULL, "h", "x", NULL, 65535 },
};

TEST(urls_are_taken_apart) {
  for (size_t i = 0; i < COUNT(good); i++) {
    struct maria_location l;
    struct sl_error err = { 0 };
    CHECK_OK(maria_location_parse(&l, good[i].text, &err), &err);
    CHECK_STR(good[i].text, l.user, good[i].user);
    CHECK_STR(good[i].text, l.password, good[i].password);
    CHECK_STR(good[i].text, l.host, good[i].host);
    CHECK_STR(good[i].text, l.database, good[i].database);
    CHECK_STR(good[i].text, l.socket, good[i].socket);
    CHECK_INT(good[i].text, l.port, good[i].port);
    CHECK_INT(good[i].text, l.tls, MARIA_TLS_PREFERRED);
    maria_location_release(&l);
  }
}

static const struct {
  const char *text, *message;
} bad[] = {
  { "db/shop", "must look like mysql://" },
  { "", "must look like mysql://" },
  { "//h:0/x", "1 to 65535" },
  { "//h:65536/x", "1 to 65535" },
  { "//h:99999999999999999999/x", "1 to 65535" },
  { "//joe:se/cret@h/x", "percent signs" },
  { "//h/x?ssl-mode=on", "choose disabled" },
  { "//h/x?sslmode=disabled", "'sslmode' that is not known" },
  { "//h/x?ssl-mode=verify_ca", "needs ssl-ca" },
};

TEST(what_is_wrong_is_told) {
  for (size_t i = 0; i < COUNT(bad); i++) {
    struct maria_location l;
    struct sl_error err = { 0 };
    CHECK_FAILS(maria_location_parse(&l, bad[i].text, &err), SL_EUSAGE, &err);
    CHECK_CASE(err.message, strstr(err.message, bad[i].message) != NULL);
    CHECK_CASE(err.message, strstr(err.message, "cret") == NULL);
    maria_location_release(&l);
  }
}

TEST(options_of_tls) {
  struct maria_location l;
  struct sl_error err = { 0 };
  const char *text =
      "//h/x?SSL_MODE=Verify_Identity&ssl_ca=/a%20b&ssl-cert=c&ssl-key=k&ssl-ca=/d"
      "&tls-version=TLSv1.3&option-file=/f&option-group=g&&compress=1";
  CHECK_OK(maria_location_parse(&l, text, &err), &err);
  CHECK_INT("mode", l.tls, MARIA_TLS_VERIFY_IDENTITY);
  CHECK_STR("the last one counts", l.ca, "/d");
  CHECK_STR("cert", l.cert, "c");
  CHECK_STR("key", l.key, "k");
  CHECK_STR("version", l.tls_version, "TLSv1.3");
  CHECK_STR("file", l.option_file, "/f");
  CHECK_STR("group", l.option_group, "g");
  CHECK(l.compress);
  maria_location_release(&l);
  CHECK(l.ca == NULL);
}
