/* test_cron.c - when expressions are due, against croniter and a walk over every minute
 * (tests/unit/vectors/make_cron.py), and expressions that are none. */
#include "schedule/cron.h"

#include <stdlib.h>

#include "unit/test.h"

/* One line: expression, zone, start and the next times, with tabs between them. */
static void check_line(char *line) {
  char *rest = NULL;
  const char *expression = strtok_r(line, "\t", &rest);
  const char *name = strtok_r(NULL, "\t", &rest);
  const char *start = strtok_r(NULL, "\t", &rest);
  struct sl_cron cron;
  struct sl_zone *zone = NULL;
  struct sl_error err = { 0 };
  char label[200];
  if (!CHECK(start != NULL) || !CHECK_OK(sl_cron_parse(&cron, expression, &err), &err) ||
      !CHECK_OK(sl_zone_open(&zone, name, &err), &err)) {
    return;
  }
  snprintf(label, sizeof label, "%s in %s after %s", expression, name, start);
  int64_t first = strtoll(start, NULL, 10);
  int64_t at = first;
  int64_t shown = 0;
  for (char *text; (text = strtok_r(NULL, "\t\n", &rest)) != NULL;) {
    at = sl_cron_next(&cron, zone, at);
    shown = strtoll(text, NULL, 10);
    if (!CHECK_INT(label, at, shown)) {
      break;
    }
  }
  CHECK_INT(label, sl_cron_last(&cron, zone, first, shown + 59), shown);
  CHECK_INT(label, sl_cron_last(&cron, zone, shown, shown), -1);
  sl_zone_close(zone);
}

TEST(times_are_due_once) {
  char path[400];
  char line[400];
  int n = 0;
  snprintf(path, sizeof path, "%s/tests/unit/vectors/cron.txt", getenv("SLUICE_TEST_ROOT"));
  FILE *file = fopen(path, "r");
  while (CHECK(file != NULL) && fgets(line, sizeof line, file) != NULL) {
    check_line(line);
    n++;
  }
  CHECK_CASE("lines", n > 150);
  if (file != NULL) {
    fclose(file);
  }
}

TEST(presets) {
  static const char *const names[][2] = {
    { "every_15m", "*/15 * * * *" }, { "every_hour", "0 * * * *" }, { "every_6h", "0 */6 * * *" },
    { "daily", "0 6 * * *" },        { "weekly", "0 6 * * 1" },     { "1 2 3 4 5", "1 2 3 4 5" },
  };
  for (size_t i = 0; i < COUNT(names); i++) {
    CHECK_STR(names[i][0], sl_cron_expression(names[i][0]), names[i][1]);
  }
}

TEST(what_is_refused) {
  static const struct {
    const char *text, *says;
  } cases[] = {
    { "", "no cron expression" },     { "* * * *", "no cron expression" },
    { "* * * * * *", "five fields" }, { "60 * * * *", "'60'" },
    { "* 24 * * *", "no hour" },      { "* * 0 * *", "no day of month" },
    { "* * * 13 *", "no month" },     { "* * * * 8", "no day of week" },
    { "5-1 * * * *", "'5-1'" },       { "*/0 * * * *", "'*/0'" },
    { "1,,2 * * * *", "'1,,2'" },     { "a * * * *", "'a'" },
    { "1- * * * *", "'1-'" },         { "* * L * *", "'L'" },
    { "every_day", "no minute" },     { "-1 * * * *", "'-1'" },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct sl_cron cron;
    struct sl_error err = { 0 };
    CHECK_FAILS(sl_cron_parse(&cron, cases[i].text, &err), SL_EUSAGE, &err);
    CHECK_CASE(cases[i].text, strstr(err.message, cases[i].says) != NULL);
  }
}

TEST(never_and_how_often) {
  struct sl_zone *zone = NULL;
  struct sl_cron cron;
  struct sl_error err = { 0 };
  CHECK_OK(sl_zone_open(&zone, "Europe/Berlin", &err), &err);
  CHECK_OK(sl_cron_parse(&cron, "0 0 30 2 *", &err), &err);
  CHECK_INT("February 30", sl_cron_next(&cron, zone, 1780315200), -1);
  CHECK_INT("February 30", sl_cron_interval(&cron, zone, 1780315200), 0);
  CHECK_OK(sl_cron_parse(&cron, "0 9,17 * * *", &err), &err);
  CHECK_INT("9 and 17", sl_cron_interval(&cron, zone, 1780315200), 8 * 3600);
  CHECK_OK(sl_cron_parse(&cron, "* * * * *", &err), &err);
  int64_t now = 1780315200; /* ten years of minutes are not walked through one by one */
  CHECK_INT("every minute", sl_cron_last(&cron, zone, 1464696000, now), now);
  sl_zone_close(zone);
}
