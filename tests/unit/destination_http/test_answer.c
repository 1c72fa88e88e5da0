/* What web services answer, and what settings mean. */
#include "base/time.h"
#include "destinations/http/http_internal.h"
#include "unit/test.h"

TEST(retry_after) {
  static const struct {
    const char *value;
    int64_t want;
  } cases[] = {
    { "0", 0 },
    { "120", 120000 },
    { "99999999", 86400000 },
    { "Wed, 21 Oct 2015 07:28:10 GMT", 10000 },
    { "Wed, 21 Oct 2015 07:27:00 GMT", 0 },
    { "Wed, 21 Oct 2015 07:28:10 CET", -1 },
    { "Wed, 21 Okt 2015 07:28:10 GMT", -1 },
    { "Wed, 32 Oct 2015 07:28:10 GMT", -1 },
    { "Wed, 21 ctN 2015 07:28:10 GMT", -1 },
    { "soon", -1 },
    { ",", -1 },
    { "", -1 },
  };
  int64_t now = (sl_days_from_civil(2015, 10, 21) * 86400 + 7 * 3600 + 28 * 60) * 1000000;
  for (size_t i = 0; i < COUNT(cases); i++) {
    CHECK_INT(cases[i].value, http_retry_after(cases[i].value, now), cases[i].want);
  }
}

TEST(rates) {
  static const struct {
    const char *text;
    int64_t want; /* -1 = refused */
  } cases[] = {
    { NULL, 0 },
    { "5", 200000000 },
    { "0.5", 2000000000 },
    { "10/s", 100000000 },
    { "60/m", 1000000000 },
    { "3600/h", 1000000000 },
    { "0", -1 },
    { "-1", -1 },
    { "", -1 },
    { "5/d", -1 },
    { "x", -1 },
    { "nan", -1 },
    { "1e-9", -1 },
    { "inf", -1 },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct sl_error err = { 0 };
    int64_t nanos = 0;
    sl_status rc = http_parse_rate(cases[i].text, &nanos, &err);
    const char *label = cases[i].text == NULL ? "none" : cases[i].text;
    CHECK_INT(label, rc, cases[i].want < 0 ? SL_EUSAGE : SL_OK);
    CHECK_INT(label, nanos, cases[i].want < 0 ? 0 : cases[i].want);
  }
}

TEST(verdicts) {
  static const struct {
    long status;
    enum sl_sink_answer want;
  } cases[] = {
    { 200, SL_SINK_ACCEPTED }, { 202, SL_SINK_ACCEPTED }, { 204, SL_SINK_ACCEPTED },
    { 301, SL_SINK_REFUSED },  { 400, SL_SINK_REFUSED },  { 401, SL_SINK_REFUSED },
    { 409, SL_SINK_REFUSED },  { 413, SL_SINK_REFUSED },  { 408, SL_SINK_RETRY },
    { 425, SL_SINK_RETRY },    { 429, SL_SINK_RETRY },    { 500, SL_SINK_RETRY },
    { 503, SL_SINK_RETRY },    { 599, SL_SINK_RETRY },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    const struct http_sink sink = { 0 };
    const struct sl_http_answer answer = { .status = cases[i].status };
    struct sl_send_result result = { .wait_ms = -1 };
    struct sl_error err = { 0 };
    char status[16];
    snprintf(status, sizeof status, "%ld", cases[i].status);
    CHECK_INT(status, http_judge(&sink, &answer, &result, &err), cases[i].want);
    CHECK_STR(status, err.vendor, cases[i].want == SL_SINK_ACCEPTED ? "" : status);
    CHECK_INT(status, result.wait_ms, -1);
  }
}

TEST(bodies_in_messages) {
  static const struct {
    const char *body, *want;
  } cases[] = {
    { "", "HTTP 418" },
    { "no", "HTTP 418: no" },
    { "two\nlines\t", "HTTP 418: two lines " },
    { "your t0p-secret is bad", "HTTP 418: your *** is bad" },
    { "password=hunter2&x", "HTTP 418: password=***&x" },
    { "bad \xFF byte", "HTTP 418: bad ? byte" },
  };
  char secret[] = "t0p-secret";
  char *secrets[] = { secret };
  const struct http_sink sink = { .secrets = { secrets, 1, 1 } };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct sl_http_answer answer = { .status = 418 };
    struct sl_send_result result = { .wait_ms = -1 };
    struct sl_error err = { 0 };
    sl_buffer_text(&answer.body, cases[i].body);
    CHECK_INT("verdict", http_judge(&sink, &answer, &result, &err), SL_SINK_REFUSED);
    CHECK_STR(cases[i].body, err.message, cases[i].want);
    sl_http_answer_release(&answer);
  }
}
