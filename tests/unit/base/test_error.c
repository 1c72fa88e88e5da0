/* test_error.c - one structure for every failure. */
#include <errno.h>

#include "unit/test.h"

TEST(a_failure_is_one_line) {
  struct sl_error err;
  CHECK_INT("code", sl_fail(&err, SL_EDATA, "row %d: %s", 7, "bad"), SL_EDATA);
  CHECK_INT("code", err.code, SL_EDATA);
  CHECK_STR("message", err.message, "row 7: bad");
  CHECK_STR("vendor", err.vendor, "");
  CHECK(!err.retryable);
  CHECK_INT("without a structure", sl_fail(NULL, SL_EIO, "x"), SL_EIO);
}

TEST(errno_becomes_a_code_and_a_reason) {
  static const struct {
    int number;
    sl_status want;
    const char *vendor;
  } cases[] = { { ENOENT, SL_ENOTFOUND, "ENOENT" },
                { ENOMEM, SL_ENOMEM, "ENOMEM" },
                { ENOSPC, SL_EIO, "ENOSPC" },
                { EACCES, SL_EIO, "EACCES" } };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct sl_error err;
    CHECK_INT(cases[i].vendor, sl_fail_errno(&err, cases[i].number, "reading %s", "f"),
              cases[i].want);
    CHECK_STR(cases[i].vendor, err.vendor, cases[i].vendor);
    CHECK_CASE(err.message,
               strncmp(err.message, "reading f: ", 11) == 0 && strlen(err.message) > 11);
  }
}

TEST(context_goes_in_front) {
  struct sl_error err;
  sl_fail(&err, SL_EDATA, "'12,5' is no number");
  CHECK_INT("code", sl_error_add_context(&err, "row %d", 118), SL_EDATA);
  sl_error_add_context(&err, "loading orders");
  CHECK_STR("message", err.message, "loading orders: row 118: '12,5' is no number");
}

TEST(long_messages_are_cut_and_end_with_nul) {
  struct sl_error err;
  char text[3000];
  memset(text, 'x', sizeof text);
  text[sizeof text - 1] = '\0';
  sl_fail(&err, SL_EDATA, "%s", text);
  CHECK_INT("length", strlen(err.message), sizeof err.message - 1);
  sl_error_add_context(&err, "%s", text);
  CHECK_INT("length", strlen(err.message), sizeof err.message - 1);
}

TEST(every_code_has_a_name) {
  for (int code = SL_OK; code <= SL_EINTERNAL; code++) {
    const char *name = sl_status_name((sl_status)code);
    CHECK(name != NULL && name[0] != '\0');
    for (int other = SL_OK; other < code; other++) {
      CHECK_CASE(name, strcmp(name, sl_status_name((sl_status)other)) != 0);
    }
  }
}
