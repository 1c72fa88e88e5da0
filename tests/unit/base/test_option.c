/* test_option.c - options from their table. */
#include <sluice/option.h>

#include "unit/test.h"

struct settings {
  const char *name, *mode;
  int64_t count, memory;
  bool quiet;
};

static const struct sl_option table[] = {
  { .name = "name", .kind = SL_OPTION_TEXT, .offset = offsetof(struct settings, name) },
  { .name = "mode",
    .kind = SL_OPTION_CHOICE,
    .choices = "append|replace|merge",
    .default_text = "append",
    .offset = offsetof(struct settings, mode) },
  { .name = "count",
    .kind = SL_OPTION_INTEGER,
    .default_text = "-1",
    .minimum = -1,
    .maximum = 100,
    .offset = offsetof(struct settings, count) },
  { .name = "memory",
    .kind = SL_OPTION_BYTES,
    .default_text = "512MB",
    .offset = offsetof(struct settings, memory) },
  { .name = "quiet", .kind = SL_OPTION_FLAG, .offset = offsetof(struct settings, quiet) },
  { .name = NULL },
};

TEST(defaults_are_read_like_arguments) {
  struct settings s = { 0 };
  struct sl_error err;
  CHECK_OK(sl_options_set_defaults(table, &s, &err), &err);
  CHECK(s.name == NULL);
  CHECK_STR("mode", s.mode, "append");
  CHECK_INT("count", s.count, -1);
  CHECK_INT("memory", s.memory, 512 << 20);
  CHECK(!s.quiet);
}

static const struct {
  const char *text;
  int64_t want; /* -1 = refused */
} sizes[] = {
  { "0", 0 },
  { "100", 100 },
  { "1K", 1024 },
  { "1kb", 1024 },
  { "1.5MB", 1572864 },
  { "2 GiB", INT64_C(2147483648) },
  { "1T", INT64_C(1099511627776) },
  { "", -1 },
  { "MB", -1 },
  { "-1", -1 },
  { "1XB", -1 },
  { "1e30", -1 },
  { "nan", -1 },
  { "inf", -1 },
  { "0x10", -1 },
  { "12 ", 12 },
  { "9000000T", -1 },
};

TEST(sizes_have_units_of_1024) {
  for (size_t i = 0; i < COUNT(sizes); i++) {
    struct settings s = { .memory = -7 };
    struct sl_error err;
    sl_status rc = sl_options_set(table, &s, "memory", sizes[i].text, &err);
    CHECK_INT(sizes[i].text, rc, sizes[i].want < 0 ? SL_EUSAGE : SL_OK);
    CHECK_INT(sizes[i].text, s.memory, sizes[i].want < 0 ? -7 : sizes[i].want);
  }
}

static const struct {
  const char *name, *text, *part; /* of the message; NULL = good */
} settings[] = {
  { "count", "100", NULL },
  { "count", "101", "outside -1 to 100" },
  { "count", "-2", "outside" },
  { "count", "1x", "not a whole number" },
  { "count", "", "not a whole number" },
  { "count", " 7", "not a whole number" },
  { "count", "9223372036854775808", "not a whole number" },
  { "mode", "merge", NULL },
  { "mode", "mer", "append|replace|merge" },
  { "mode", "append|replace", "append|replace|merge" },
  { "mode", "", "append|replace|merge" },
  { "quiet", "yes", NULL },
  { "quiet", "false", NULL },
  { "quiet", "maybe", "--quiet" },
  { "name", "", NULL },
  { "cuont", "1", "did you mean --count" },
  { "memry", "1", "did you mean --memory" },
  { "zzzzzzzzz", "1", "no option --zzzzzzzzz" },
};

TEST(wrong_settings_say_what_is_allowed) {
  for (size_t i = 0; i < COUNT(settings); i++) {
    struct settings s = { 0 };
    struct sl_error err = { 0 };
    sl_status rc = sl_options_set(table, &s, settings[i].name, settings[i].text, &err);
    CHECK_INT(settings[i].text, rc, settings[i].part == NULL ? SL_OK : SL_EUSAGE);
    if (settings[i].part != NULL) {
      CHECK_CASE(err.message, strstr(err.message, settings[i].part) != NULL);
    }
  }
}

TEST(values_reach_their_member) {
  struct settings s = { 0 };
  struct sl_error err;
  CHECK_OK(sl_options_set(table, &s, "name", "x", &err), &err);
  CHECK_OK(sl_options_set(table, &s, "mode", "merge", &err), &err);
  CHECK_OK(sl_options_set(table, &s, "count", "+5", &err), &err);
  CHECK_OK(sl_options_set(table, &s, "quiet", "1", &err), &err);
  CHECK_STR("name", s.name, "x");
  CHECK_STR("mode", s.mode, "merge");
  CHECK_INT("count", s.count, 5);
  CHECK(s.quiet);
  CHECK(sl_options_find(table, "quiet") == &table[4]);
  CHECK(sl_options_find(table, "nothing") == NULL);
}
