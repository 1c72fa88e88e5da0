/* test_naming.c - naming conventions against names that dlt 1.31 made. */
#include "schema/naming.h"

#include "unit/test.h"

static const struct {
  const char *convention, *in, *want;
  uint32_t limit; /* 0 = no limit */
} identifiers[] = {
  { "snake_case", "HTTPServer", "http_server", 0 },
  { "snake_case", "ABCdef", "ab_cdef", 0 },
  { "snake_case", "userID", "user_id", 0 },
  { "snake_case", "a1B2", "a1_b2", 0 },
  { "snake_case", "iPhone6s", "i_phone6s", 0 },
  { "snake_case", "1st", "_1st", 0 },
  { "snake_case", "+1", "x1", 0 },
  { "snake_case", "-1", "_1", 0 },
  { "snake_case", "@type", "atype", 0 },
  { "snake_case", "$ref", "_ref", 0 },
  { "snake_case", "é", "x", 0 },
  { "snake_case", "日本語", "x", 0 },
  { "snake_case", "naïve", "na_ve", 0 },
  { "snake_case", "trailing__", "trailingxx", 0 },
  { "snake_case", "_", "x", 0 },
  { "snake_case", "a|b", "alb", 0 },
  { "snake_case", "trail!", "trailx", 0 },
  { "snake_case", "123BaNaNa", "_123_ba_na_na", 0 },
  { "snake_case", "BANANA____", "bananaxxxx", 0 },
  { "snake_case", "event-.!:*<>value", "event_x_value", 0 },
  { "snake_case", "+-!$*@#=|:", "x_xa_lx", 0 },
  { "snake_case", "٣ab", "_٣ab", 0 },
  { "snake_case", "𝟘Ab", "_𝟘_ab", 0 },
  { "snake_case", "\xe2\x80\x83 padded\x1c\xc2\xa0", "padded", 0 },
  { "snake_case", "bad\xffutf8\xc3", "bad_utf8x", 0 },
  { "snake_case", "abcdefghijklmnopqrstuvwxyz", "abcdelhyrnavwxyz", 16 },
  { "snake_case", "abcdefghijklmnopqrstuvwxyz", "abcdefglhyrnatuvwxyz", 20 },
  { "snake_case",
    "a_very_long_identifier_name_that_exceeds_the_postgres_limit_of_63_characters_for_sure",
    "a_very_long_identifier_name_thuuyuqit_of_63_characters_for_sure", 63 },
  { "direct", "Über\n\"x\"'y▶z", "Über__x__y_z", 0 },
  { "direct", "bad\xff", "bad\xef\xbf\xbd", 0 },
  { "direct", "日本語日本語日本語", "日tduqea語", 8 },
  { "duck_case", "Über__x\r\n\"y'", "Über_x_y'", 0 },
  { "sql_cs_v1", "HTTPServer!!", "HTTPServer", 0 },
  { "sql_cs_v1", "__", "", 0 },
  { "sql_cs_v1", "é", "_", 0 },
  { "sql_cs_v1", "1a__B", "_1a_B", 0 },
  { "sql_ci_v1", "HTTPServer!!", "httpserver", 0 },
};

TEST(identifiers_are_those_of_dlt) {
  struct sl_buffer out = { 0 };
  struct sl_error err;
  for (size_t i = 0; i < COUNT(identifiers); i++) {
    struct sl_naming naming;
    CHECK_OK(sl_naming_init(&naming, identifiers[i].convention, identifiers[i].limit, &err), &err);
    CHECK_OK(sl_naming_identifier(&naming, sl_text_of(identifiers[i].in), &out, &err), &err);
    CHECK_STR(identifiers[i].in, out.data, identifiers[i].want);
  }
  sl_buffer_release(&out);
}

/* For databases that count bytes: names of ASCII are cut as dlt cuts them, others never within a
 * character. */
TEST(limits_may_be_of_bytes) {
  static const struct {
    const char *in, *want;
    uint32_t limit;
  } cases[] = {
    { "abcdefghijklmnopqrstuvwxyz", "abcdelhyrnavwxyz", 16 },
    { "日本", "日本", 6 },
    { "日本語日本語日本語", "日本tduqea本語", 20 },
    { "日本語日本語日本語", "日tduqea", 11 },
    { "ééééééééééé", "ééédx6szgéé", 17 },
  };
  struct sl_buffer out = { 0 };
  struct sl_error err;
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct sl_naming naming;
    CHECK_OK(sl_naming_init(&naming, "direct", cases[i].limit, &err), &err);
    naming.in_bytes = true;
    CHECK_OK(sl_naming_identifier(&naming, sl_text_of(cases[i].in), &out, &err), &err);
    CHECK_STR(cases[i].in, out.data, cases[i].want);
  }
  sl_buffer_release(&out);
}

static const struct {
  const char *convention, *in, *want;
  uint32_t limit;
} paths[] = {
  { "snake_case", "aB__cD", "a_b__c_d", 0 },
  { "snake_case", "__private", "private", 0 },
  { "snake_case", "trailing__", "trailing", 0 },
  { "snake_case", "a___b", "a___b", 0 },
  { "snake_case", "__", "", 0 },
  { "snake_case", "", "", 0 },
  { "snake_case", "a__ __b", "a__b", 0 },
  { "direct", "a▶b__c", "a▶b__c", 0 },
  { "sql_cs_v1", "a__é__b", "a_____b", 0 },
  { "snake_case", "ParentTable__ChildTable__GrandChild", "parent_tqvba8and_child", 22 },
};

TEST(paths_are_those_of_dlt) {
  struct sl_buffer out = { 0 };
  struct sl_error err;
  for (size_t i = 0; i < COUNT(paths); i++) {
    struct sl_naming naming;
    CHECK_OK(sl_naming_init(&naming, paths[i].convention, paths[i].limit, &err), &err);
    CHECK_OK(sl_naming_path(&naming, sl_text_of(paths[i].in), &out, &err), &err);
    CHECK_STR(paths[i].in, out.data, paths[i].want);
  }
  sl_buffer_release(&out);
}

TEST(fragments_are_joined_and_shortened_as_a_whole) {
  struct sl_buffer out = { 0 };
  struct sl_error err;
  struct sl_naming naming;
  CHECK_OK(sl_naming_init(&naming, "snake_case", 63, &err), &err);
  struct sl_text parts[] = { SL_TEXT_LITERAL("orders"),
                             SL_TEXT_LITERAL("items_with_quite_a_long_name"), SL_TEXT_LITERAL(" "),
                             SL_TEXT_LITERAL("sub_items_with_quite_a_long_name") };
  CHECK_OK(sl_naming_fragments(&naming, parts, 4, &out, &err), &err);
  CHECK_STR("shortened", out.data,
            "orders__items_with_quite_a_lovfnwuaitems_with_quite_a_long_name");
  CHECK_OK(sl_naming_fragments(&naming, parts, 1, &out, &err), &err);
  CHECK_STR("one", out.data, "orders");
  CHECK_OK(sl_naming_fragments(&naming, parts, 0, &out, &err), &err);
  CHECK_STR("none", out.data, "");
  sl_buffer_release(&out);
}

TEST(blank_names_are_refused) {
  static const char *const blank[] = { "", " ", "\t\n", "\xe2\x80\x83" };
  struct sl_buffer out = { 0 };
  struct sl_error err;
  struct sl_naming naming;
  CHECK_OK(sl_naming_init(&naming, "snake_case", 0, &err), &err);
  for (size_t i = 0; i < COUNT(blank); i++) {
    CHECK_FAILS(sl_naming_identifier(&naming, sl_text_of(blank[i]), &out, &err), SL_EDATA, &err);
  }
  sl_buffer_release(&out);
}

TEST(no_nul_gets_into_a_name) {
  static const char *const conventions[] = { "snake_case", "direct", "duck_case", "sql_cs_v1",
                                             "sql_ci_v1" };
  struct sl_buffer out = { 0 };
  struct sl_error err;
  for (size_t i = 0; i < COUNT(conventions); i++) {
    struct sl_naming naming;
    CHECK_OK(sl_naming_init(&naming, conventions[i], 0, &err), &err);
    CHECK_OK(sl_naming_identifier(&naming, SL_TEXT_LITERAL("a\0b"), &out, &err), &err);
    CHECK_STR(conventions[i], out.data, "a_b");
    CHECK_INT(conventions[i], out.length, 3);
  }
  sl_buffer_release(&out);
}

TEST(conventions_are_found_by_name_and_by_path) {
  static const struct {
    const char *name, *want, *separator;
    bool case_sensitive;
  } cases[] = {
    { "snake_case", "snake_case", "__", false },
    { "direct", "direct", "▶", true },
    { "duck_case", "duck_case", "__", true },
    { "sql_cs_v1", "sql_cs_v1", "__", true },
    { "dlt.common.normalizers.naming.sql_ci_v1", "sql_ci_v1", "__", false },
    { "dlt.common.normalizers.naming.direct.NamingConvention", "direct", "▶", true },
  };
  struct sl_error err;
  struct sl_naming naming;
  for (size_t i = 0; i < COUNT(cases); i++) {
    if (!CHECK_OK(sl_naming_init(&naming, cases[i].name, 0, &err), &err)) continue;
    CHECK_STR(cases[i].name, sl_naming_name(&naming), cases[i].want);
    CHECK_STR(cases[i].name, sl_naming_separator(&naming), cases[i].separator);
    CHECK_INT(cases[i].name, sl_naming_case_sensitive(&naming), cases[i].case_sensitive);
  }
  CHECK_FAILS(sl_naming_init(&naming, "camel_case", 0, &err), SL_EUSAGE, &err);
  CHECK_CASE("the message lists the names", strstr(err.message, "snake_case") != NULL);
}
