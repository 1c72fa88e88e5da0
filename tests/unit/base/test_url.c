/* test_url.c - URLs of databases, taken apart. */
#include "base/url.h"
#include "unit/test.h"

static void check(const char *text, const char *user, const char *password, const char *host,
                  unsigned port, const char *path, const char *options) {
  struct sl_url url;
  struct sl_error err = { 0 };
  CHECK_OK(sl_url_parse(&url, text, &err), &err);
  CHECK_STR(text, url.user, user);
  CHECK_STR(text, url.password, password);
  CHECK_STR(text, url.host, host);
  CHECK_INT(text, url.port, port);
  CHECK_STR(text, url.path, path);
  CHECK_STR(text, url.options, options);
  sl_url_release(&url);
}

TEST(parts_are_decoded) {
  check("//u:p%40ss@db.example.com:3307/shop%20a?x=1&y", "u", "p@ss", "db.example.com", 3307,
        "shop a", "x=1&y");
  check("//u@host", "u", NULL, "host", 0, NULL, "");
  check("//u:a@b@host/", "u", "a@b", "host", 0, NULL, "");
  check("//[::1]:5/x#y", NULL, NULL, "::1", 5, "x", "");
  check("///srv/data/shop", NULL, NULL, NULL, 0, "srv/data/shop", "");
  check("//host//srv/shop", NULL, NULL, "host", 0, "/srv/shop", "");
}

TEST(ports_are_numbers) {
  static const char *const wrong[] = { "//host:x/", "//host:0/", "//host:65536/", "//u:p/w@host/" };
  for (size_t i = 0; i < COUNT(wrong); i++) {
    struct sl_url url;
    struct sl_error err = { 0 };
    CHECK_FAILS(sl_url_parse(&url, wrong[i], &err), SL_EUSAGE, &err);
    CHECK_CASE(wrong[i], strstr(err.message, "p/w") == NULL);
    sl_url_release(&url);
  }
}
