/* test_zone.c - offsets as Python's zoneinfo gives them (tests/unit/vectors/zones.txt), hours that
 * clocks skip or show twice, and files that are damaged. */
#include "schedule/zone.h"

#include <stdlib.h>

#include "schedule/zone_rule.h"
#include "unit/test.h"

static FILE *open_vectors(const char *name) {
  char path[400];
  snprintf(path, sizeof path, "%s/tests/unit/vectors/%s", getenv("SLUICE_TEST_ROOT"), name);
  return fopen(path, "r");
}

TEST(offsets_are_those_of_python) {
  char name[100];
  char at[32];
  char offset[16];
  int n = 0;
  FILE *file = open_vectors("zones.txt");
  while (CHECK(file != NULL) && fscanf(file, "%99s %31s %15s", name, at, offset) == 3) {
    struct sl_zone *zone = NULL;
    struct sl_error err = { 0 };
    char label[150];
    snprintf(label, sizeof label, "%s %s", name, at);
    if (CHECK_OK(sl_zone_open(&zone, name, &err), &err)) {
      CHECK_INT(label, sl_zone_offset(zone, strtoll(at, NULL, 10)), strtoll(offset, NULL, 10));
    }
    sl_zone_close(zone);
    n++;
  }
  CHECK_INT("lines", n, 13 * 8 * 12);
  if (file != NULL) {
    fclose(file);
  }
}

TEST(skipped_and_doubled_hours) {
  static const struct {
    const char *zone;
    int64_t local;
    int n;
    int64_t first, second;
  } cases[] = {
    { "Europe/Berlin", 1774751400, 0, 1774746000,
      0 }, /* 2026-03-29 02:30, set to 03:00 at 01:00 UTC */
    { "Europe/Berlin", 1792895400, 2, 1792888200, 1792891800 }, /* 2026-10-25 02:30 */
    { "Europe/Berlin", 1780315200, 1, 1780308000, 0 },
    { "Asia/Kolkata", 1780315200, 1, 1780295400, 0 },
    { "Europe/Berlin", 4081645800, 1, 4081638600, 0 }, /* 2099, behind the list: by the rule */
    { "UTC", 1780315200, 1, 1780315200, 0 },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct sl_zone *zone = NULL;
    struct sl_error err = { 0 };
    int64_t out[2] = { 0 };
    CHECK_OK(sl_zone_open(&zone, cases[i].zone, &err), &err);
    CHECK_INT(cases[i].zone, sl_zone_moments(zone, cases[i].local, out), cases[i].n);
    CHECK_INT(cases[i].zone, out[0], cases[i].first);
    if (cases[i].n == 2) {
      CHECK_INT(cases[i].zone, out[1], cases[i].second);
    }
    sl_zone_close(zone);
  }
}

TEST(names_that_are_none) {
  static const char *const names[] = {
    "Europe/Berlln", "../../etc/passwd", "/etc/localtime", "", "Europe", "-x", "CET DST"
  };
  for (size_t i = 0; i < COUNT(names); i++) {
    struct sl_zone *zone = NULL;
    struct sl_error err = { 0 };
    CHECK_CASE(names[i], sl_zone_open(&zone, names[i], &err) != SL_OK);
    CHECK_CASE(names[i], zone == NULL);
  }
}

TEST(damaged_files) {
  struct sl_error err = { 0 };
  struct sl_zone *zone = NULL;
  char good[8192];
  FILE *file = fopen("/usr/share/zoneinfo/Europe/Berlin", "rb");
  size_t length = CHECK(file != NULL) ? fread(good, 1, sizeof good, file) : 0;
  if (file != NULL) {
    fclose(file);
  }
  CHECK_OK(sl_zone_parse(&zone, "x", good, length, &err), &err);
  sl_zone_close(zone);
  for (size_t cut = 0; cut + 1 < length; cut += 7) {
    CHECK_INT("cut", sl_zone_parse(&zone, "x", good, cut, &err), SL_EDATA);
  }
  for (size_t i = 0; i < length; i++) { /* whatever comes of it, nothing is read beyond its end */
    char kept = good[i];
    good[i] = (char)(kept ^ 0xff);
    if (sl_zone_parse(&zone, "x", good, length, &err) == SL_OK) {
      CHECK(sl_zone_offset(zone, 1780315200) != INT32_MAX);
      sl_zone_close(zone);
    }
    good[i] = kept;
  }
}

TEST(rules) {
  static const struct {
    const char *text;
    bool good;
    int64_t utc;
    int32_t offset;
  } cases[] = {
    { "UTC0", true, 0, 0 },
    { "<+0330>-3:30", true, 0, 12600 },
    { "CET-1CEST,M3.5.0,M10.5.0/3", true, 1780315200, 7200 },
    { "CET-1CEST,M3.5.0,M10.5.0/3", true, 1774745999, 3600 },
    { "CET-1CEST,M3.5.0,M10.5.0/3", true, 1774746000, 7200 },
    { "NZST-12NZDT,M9.5.0,M4.1.0/3", true, 1767225600, 46800 }, /* January is summer there */
    { "IST-2IDT,M3.4.4/26,M10.5.0", true, 1780315200, 10800 },
    { "AAA3BBB,J60/0,J300/0", true, 1709164800 + 10800,
      -10800 }, /* J60 is March 1 in leap years too */
    { "AAA3BBB,59/0,299/0", true, 1709164800 + 10800, -7200 }, /* day 59 of one is February 29 */
    { "CET", false, 0, 0 },
    { "CET-1CEST,M13.5.0,M10.5.0/3", false, 0, 0 },
    { "CET-1CEST,M3.5.0", false, 0, 0 },
    { "", false, 0, 0 },
    { "<+03", false, 0, 0 },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct sl_zone_rule rule;
    CHECK_INT(cases[i].text, sl_zone_rule_parse(&rule, cases[i].text), cases[i].good);
    if (cases[i].good) {
      CHECK_INT(cases[i].text, sl_zone_rule_offset(&rule, cases[i].utc), cases[i].offset);
    }
  }
}
