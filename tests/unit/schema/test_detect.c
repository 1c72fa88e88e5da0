/* test_detect.c - detectors, names of types, and what column names say about types. */
#include "schema/detect.h"

#include "base/time.h"
#include "schema/pattern.h"
#include "unit/test.h"

#define BIT(detection) (1U << (detection))

static const struct {
  const char *text;
  uint32_t detections;
  enum sl_type want;
} texts[] = {
  { "2024-01-15T10:00:00Z", 0, SL_TYPE_TEXT },
  { "2024-01-15T10:00:00Z", BIT(SL_DETECT_ISO_TIMESTAMP), SL_TYPE_TIMESTAMP },
  { "2024-01-15T10:00:00Z", BIT(SL_DETECT_ISO_DATE), SL_TYPE_TEXT },
  { "2024-01-15", BIT(SL_DETECT_ISO_TIMESTAMP), SL_TYPE_TEXT },
  { "2024-01-15", BIT(SL_DETECT_ISO_DATE), SL_TYPE_DATE },
  { "2024", BIT(SL_DETECT_ISO_DATE) | BIT(SL_DETECT_ISO_TIMESTAMP), SL_TYPE_DATE },
  { "10:00", BIT(SL_DETECT_ISO_DATE) | BIT(SL_DETECT_ISO_TIMESTAMP), SL_TYPE_TEXT },
  { "1705312800", BIT(SL_DETECT_TIMESTAMP), SL_TYPE_TEXT },
  { "", BIT(SL_DETECT_ISO_TIMESTAMP), SL_TYPE_TEXT },
  { "hello", BIT(SL_DETECT_ISO_TIMESTAMP), SL_TYPE_TEXT },
};

TEST(texts_get_the_detected_type) {
  for (size_t i = 0; i < COUNT(texts); i++) {
    struct sl_value v = { .type = SL_TYPE_TEXT, .as.text = sl_text_of(texts[i].text) };
    CHECK_STR(texts[i].text, sl_type_name(sl_detect(texts[i].detections, &v)),
              sl_type_name(texts[i].want));
  }
}

TEST(numbers_near_now_are_timestamps_on_request) {
  const int64_t years5 = INT64_C(5) * 31536000;
  int64_t now = sl_now_micros() / SL_MICROS_PER_SECOND;
  const struct {
    const char *label;
    int64_t seconds;
    enum sl_type want;
  } cases[] = {
    { "now", now, SL_TYPE_TIMESTAMP },
    { "almost five years ago", now - years5 + 60, SL_TYPE_TIMESTAMP },
    { "more than five years ago", now - years5 - 60, SL_TYPE_BIGINT },
    { "in almost five years", now + years5 - 60, SL_TYPE_TIMESTAMP },
    { "in more than five years", now + years5 + 60, SL_TYPE_BIGINT },
    { "milliseconds", now * 1000, SL_TYPE_BIGINT },
    { "zero", 0, SL_TYPE_BIGINT },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct sl_value v = { .type = SL_TYPE_BIGINT, .as.integer = cases[i].seconds };
    CHECK_INT(cases[i].label, sl_detect(BIT(SL_DETECT_TIMESTAMP), &v), cases[i].want);
    CHECK_INT(cases[i].label, sl_detect(0, &v), SL_TYPE_BIGINT);
    v = (struct sl_value){ .type = SL_TYPE_DOUBLE, .as.real = (double)cases[i].seconds };
    CHECK_INT(cases[i].label, sl_detect(BIT(SL_DETECT_TIMESTAMP), &v) == SL_TYPE_TIMESTAMP,
              cases[i].want == SL_TYPE_TIMESTAMP);
  }
}

TEST(other_values_keep_their_type) {
  for (int type = SL_TYPE_BOOL; type < SL_TYPE_COUNT; type++) {
    struct sl_value v = { .type = (enum sl_type)type };
    if (type == SL_TYPE_BIGINT || type == SL_TYPE_WEI) continue;
    CHECK_INT(sl_type_name(v.type), sl_detect(UINT32_MAX, &v), type);
  }
  struct sl_value wei = { .type = SL_TYPE_WEI };
  CHECK_INT("wei", sl_detect(0, &wei), SL_TYPE_WEI);
  CHECK_INT("wei_to_double", sl_detect(BIT(SL_DETECT_WEI_TO_DOUBLE), &wei), SL_TYPE_DOUBLE);
}

TEST(names_of_types_and_detectors_go_both_ways) {
  for (int type = SL_TYPE_TEXT; type < SL_TYPE_COUNT; type++) {
    const char *name = sl_type_name((enum sl_type)type);
    CHECK_INT(name, sl_type_from_name(sl_text_of(name)), type);
  }
  CHECK_INT("complex is json", sl_type_from_name(sl_text_of("complex")), SL_TYPE_JSON);
  CHECK_INT("unknown", sl_type_from_name(sl_text_of("varchar")), SL_TYPE_NONE);
  CHECK_INT("empty", sl_type_from_name(sl_text_of("")), SL_TYPE_NONE);
  for (int d = 0; d < SL_DETECT_COUNT; d++) {
    const char *name = sl_detection_name((enum sl_detection)d);
    CHECK_INT(name, sl_detection_from_name(name), d);
  }
  CHECK_INT("unknown", sl_detection_from_name("iso"), SL_DETECT_COUNT);
}

TEST(settings_give_types_and_hints_by_name) {
  struct sl_schema *schema;
  struct sl_name_rules *rules;
  struct sl_error err;
  if (!CHECK_OK(sl_schema_new(&schema, "test", &err), &err)) return;
  CHECK_OK(sl_properties_set(&schema->preferred_types, "re:_at$", "\"timestamp\"", &err), &err);
  CHECK_OK(sl_properties_set(&schema->preferred_types, "inserted_at", "\"date\"", &err), &err);
  CHECK_OK(sl_properties_set(&schema->preferred_types, "amount", "\"decimal\"", &err), &err);
  CHECK_OK(
      sl_properties_set(&schema->default_hints, "not_null", "[\"_dlt_id\",\"re:^must_\"]", &err),
      &err);
  CHECK_OK(sl_properties_set(&schema->default_hints, "primary_key", "[\"re:^must_id$\"]", &err),
           &err);
  if (CHECK_OK(sl_name_rules_new(&rules, schema, &err), &err)) {
    bool not_null;
    CHECK_INT("anywhere", sl_name_rules_type(rules, "created_at"), SL_TYPE_TIMESTAMP);
    CHECK_INT("the first rule", sl_name_rules_type(rules, "inserted_at"), SL_TYPE_TIMESTAMP);
    CHECK_INT("whole name", sl_name_rules_type(rules, "amount"), SL_TYPE_DECIMAL);
    CHECK_INT("part of a name", sl_name_rules_type(rules, "amount2"), SL_TYPE_NONE);
    CHECK_INT("hint", sl_name_rules_hints(rules, "must_id", &not_null), SL_HINT_PRIMARY_KEY);
    CHECK(not_null);
    CHECK_INT("no hint", sl_name_rules_hints(rules, "must_be", &not_null), 0);
    CHECK(not_null);
    CHECK_INT("nothing", sl_name_rules_hints(rules, "dlt_id", &not_null), 0);
    CHECK(!not_null);
    sl_name_rules_free(rules);
  }
  CHECK_OK(sl_properties_set(&schema->preferred_types, "re:(?=x)", "\"text\"", &err), &err);
  CHECK_FAILS(sl_name_rules_new(&rules, schema, &err), SL_EUSAGE, &err);
  CHECK(rules == NULL);
  sl_name_rules_free(NULL);
  sl_schema_free(schema);
}

static const struct {
  const char *pattern, *name;
  int want; /* -1 = the pattern is refused */
} patterns[] = {
  { "", "x", 1 },
  { "^_dlt_id$", "_dlt_id", 1 },
  { "_at$", "created_at", 1 },
  { "_at$", "at_once", 0 },
  { "^\\d{4}$", "2024", 1 },
  { "^\\d{4}$", "20245", 0 },
  { "\\D", "12", 0 },
  { "^\\w+_id$", "user_id", 1 },
  { "[^\\d_]", "1_2", 0 },
  { "[\\w]x", "ax", 1 },
  { "[a\\-z]", "-", 1 },
  { "[a\\-z]", "b", 0 },
  { "[a-z]", "b", 1 },
  { "[]a]b", "]b", 1 },
  { "[\\]]", "]", 1 },
  { "[\\^]", "^", 1 },
  { "[\\^]", "a", 0 },
  { "(?:ab|cd)+$", "abcd", 1 },
  { "(?P<kind>x)y", "xy", 1 },
  { "(?i)ABC", "xabcx", 1 },
  { "\\Aabc\\Z", "abc", 1 },
  { "\\Aabc\\Z", "abcd", 0 },
  { "a.*?b", "axxb", 1 },
  { "x{2,3}?y", "xxy", 1 },
  { "a\\.b", "axb", 0 },
  { "\\-", "-", 1 },
  { "\\bid\\b", "an id here", 1 },
  { "(?=x)", "x", -1 },
  { "(?!x)", "x", -1 },
  { "[abc", "a", -1 },
  { "a\\", "a", -1 },
  { "(", "(", -1 },
};

TEST(python_patterns_find_what_they_find_in_python) {
  for (size_t i = 0; i < COUNT(patterns); i++) {
    regex_t compiled;
    struct sl_error err;
    sl_status rc = sl_pattern_compile(&compiled, patterns[i].pattern, &err);
    CHECK_INT(patterns[i].pattern, rc, patterns[i].want < 0 ? SL_EUSAGE : SL_OK);
    if (rc != SL_OK) {
      CHECK_CASE(err.message, strstr(err.message, "the pattern '") != NULL);
      continue;
    }
    CHECK_INT(patterns[i].pattern, regexec(&compiled, patterns[i].name, 0, NULL, 0) == 0,
              patterns[i].want);
    regfree(&compiled);
  }
}
