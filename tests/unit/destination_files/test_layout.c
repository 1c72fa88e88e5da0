/* test_layout.c - paths from layouts; what dates become was printed by dlt 1.31.0
 * (destinations/path_utils.py, prepare_datetime_params). */
#include "destinations/files/layout.h"
#include "unit/test.h"

/* 2024-03-09T04:05:06.078901Z and 2023-12-31T23:59:58.999999Z */
static const int64_t march = INT64_C(1709957106078901);
static const int64_t december = INT64_C(1704067198999999);

TEST(dates_are_those_of_dlt) {
  static const struct {
    const char *placeholder, *in_march, *in_december;
  } cases[] = {
    { "{D}", "9", "31" },
    { "{DD}", "09", "31" },
    { "{H}", "4", "23" },
    { "{HH}", "04", "23" },
    { "{M}", "3", "12" },
    { "{MM}", "03", "12" },
    { "{MMM}", "mar", "dec" },
    { "{MMMM}", "march", "december" },
    { "{Q}", "1", "4" },
    { "{S}", "0", "9" },
    { "{SS}", "07", "99" },
    { "{SSS}", "078", "999" },
    { "{SSSS}", "0789", "9999" },
    { "{Y}", "2024", "2023" },
    { "{YY}", "24", "23" },
    { "{YYYY}", "2024", "2023" },
    { "{curr_date}", "2024-03-09", "2023-12-31" },
    { "{d}", "6", "0" },
    { "{dd}", "sa", "su" },
    { "{ddd}", "sat", "sun" },
    { "{dddd}", "saturday", "sunday" },
    { "{m}", "5", "59" },
    { "{mm}", "05", "59" },
    { "{s}", "6", "58" },
    { "{ss}", "06", "58" },
    { "{timestamp}", "1709957106", "1704067198" },
    { "{timestamp_ms}", "1709957106078", "1704067198999" },
    { "{load_package_timestamp}", "1704067198", "1704067198" },
    { "{load_package_timestamp_ms}", "1704067198999", "1704067198999" },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    for (int side = 0; side < 2; side++) {
      char text[64];
      struct sl_buffer out = { 0 };
      struct sl_error err = { 0 };
      struct files_path path = { .schema = "sch",
                                 .table = "tab",
                                 .load_id = "1.5",
                                 .file_id = "abc",
                                 .ext = "jsonl.gz",
                                 .started_micros = december,
                                 .now_micros = side == 0 ? march : december };
      snprintf(text, sizeof text, "%s-{ext}", cases[i].placeholder);
      struct files_layout layout = { .text = text };
      CHECK_OK(files_layout_path(&layout, &path, &out, &err), &err);
      char want[64];
      snprintf(want, sizeof want, "%s-jsonl.gz",
               side == 0 ? cases[i].in_march : cases[i].in_december);
      CHECK_STR(cases[i].placeholder, out.data, want);
      sl_buffer_release(&out);
    }
  }
}

TEST(paths_and_prefixes) {
  static const struct {
    const char *layout, *path, *prefix;
  } cases[] = {
    { "{table_name}/{load_id}.{file_id}.{ext}", "tab/1.5.abc.csv", "tab/" },
    { "{schema_name}/x/{table_name}.{team}/{file_id}", "sch/x/tab.blue/abc.csv", "sch/x/tab." },
    { "p/{table_name}-{file_id}.{ext}", "p/tab-abc.csv", "p/tab-" },
  };
  struct files_path path = {
    .schema = "sch", .table = "tab", .load_id = "1.5", .file_id = "abc", .ext = "csv"
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct files_layout layout = { .text = cases[i].layout, .extra = "a=b,team=blue" };
    struct sl_buffer out = { 0 };
    struct sl_error err = { 0 };
    CHECK_OK(files_layout_check(&layout, &err), &err);
    CHECK_OK(files_layout_path(&layout, &path, &out, &err), &err);
    CHECK_STR(cases[i].layout, out.data, cases[i].path);
    sl_buffer_reset(&out);
    CHECK_OK(files_layout_prefix(&layout, "sch", "tab", &out, &err), &err);
    CHECK_STR(cases[i].layout, out.data, cases[i].prefix);
    sl_buffer_release(&out);
  }
}

TEST(what_is_refused) {
  static const char *const layouts[] = {
    "{file_id}",
    "{table_name}/{load_id}",
    "{table_name}{file_id}",
    "{table_name}_{file_id}",
    "{table_name}9{file_id}",
    "{table_name}",
    "{load_id}/{table_name}/{file_id}",
    "/{table_name}/{file_id}",
    "{table_name}/../{file_id}",
    "_dlt_loads/{table_name}/{file_id}",
    "_sluice/{table_name}/{file_id}",
    "{table_name}/{mood}/{file_id}",
    "",
  };
  for (size_t i = 0; i < COUNT(layouts); i++) {
    struct files_layout layout = { .text = layouts[i], .extra = "moo=1" };
    struct sl_error err = { 0 };
    CHECK_FAILS(files_layout_check(&layout, &err), SL_EUSAGE, &err);
  }
}
