/* test_iso.c - dates and times in text, against what dlt 1.31 (pendulum 3.3) made of the same text.
 */
#include "base/time.h"

#include "unit/test.h"

/* value: micros of a TIMESTAMP (UTC) or TIME, days of a DATE */
static const struct {
  const char *in;
  enum sl_iso_kind kind;
  int64_t value;
  bool has_zone;
} cases[] = {
  { "2013-01-10T07:58:30Z", SL_ISO_TIMESTAMP, INT64_C(1357804710000000), true },
  { "2013-01-10T07:58:30+00:00", SL_ISO_TIMESTAMP, INT64_C(1357804710000000), true },
  { "2024-01-02 03:04:05.123456", SL_ISO_TIMESTAMP, INT64_C(1704164645123456), false },
  { "2024-01-02T03:04:05.1234567899999", SL_ISO_TIMESTAMP, INT64_C(1704164645123456), false },
  { "2024-01-02T03:04:05,5", SL_ISO_TIMESTAMP, INT64_C(1704164645500000), false },
  { "2024-01-15T10:00", SL_ISO_TIMESTAMP, INT64_C(1705312800000000), false },
  { "2024-01-15T10", SL_ISO_TIMESTAMP, INT64_C(1705312800000000), false },
  { "20240115T103000", SL_ISO_TIMESTAMP, INT64_C(1705314600000000), false },
  { "20240115 1030", SL_ISO_TIMESTAMP, INT64_C(1705314600000000), false },
  { "20240115T10:30", SL_ISO_TIMESTAMP, INT64_C(1705314600000000), false },
  { "20240115 10:30:00", SL_ISO_TIMESTAMP, INT64_C(1705314600000000), false },
  { "2024-W03T10", SL_ISO_TIMESTAMP, INT64_C(1705312800000000), false },
  { "2024W031T1030", SL_ISO_TIMESTAMP, INT64_C(1705314600000000), false },
  { "2024-W03-1T10:00+0530", SL_ISO_TIMESTAMP, INT64_C(1705293000000000), true },
  { "2024-015T10:00", SL_ISO_TIMESTAMP, INT64_C(1705312800000000), false },
  { "2024015T10", SL_ISO_TIMESTAMP, INT64_C(1705312800000000), false },
  { "2024-01T10:00", SL_ISO_TIMESTAMP, INT64_C(1704103200000000), false },
  { "2024/01/15 10:00:00", SL_ISO_TIMESTAMP, INT64_C(1705312800000000), false },
  { "2024:01:15 1:2", SL_ISO_TIMESTAMP, INT64_C(1705280520000000), false },
  { "2024/01/15 10:00|5", SL_ISO_TIMESTAMP, INT64_C(1705312800500000), false },
  { "2024 10:00", SL_ISO_TIMESTAMP, INT64_C(1704103200000000), false },
  { "202410:5", SL_ISO_TIMESTAMP, INT64_C(1704103500000000), false },
  { "2024-01-15T10:00:00-23:59", SL_ISO_TIMESTAMP, INT64_C(1705399140000000), true },
  { "2024-01-15T10:00:00+05:", SL_ISO_TIMESTAMP, INT64_C(1705294800000000), true },
  { "2024-01-15T10:00:00+05:75", SL_ISO_TIMESTAMP, INT64_C(1705290300000000), true },
  { "1969-12-31T23:59:59.999999Z", SL_ISO_TIMESTAMP, -1, true },
  { "0001-01-01T00:00:00Z", SL_ISO_TIMESTAMP, INT64_C(-62135596800000000), true },
  { "9999-12-31T23:59:59.999999Z", SL_ISO_TIMESTAMP, INT64_C(253402300799999999), true },
  { "٢٠٢٤/٠١/١٥ ١٠:٠٠", SL_ISO_TIMESTAMP, INT64_C(1705312800000000), false },
  { "2000-02-29T00:00:00Z", SL_ISO_TIMESTAMP, INT64_C(951782400000000), true },
  { "2024", SL_ISO_DATE, 19723, false },
  { "2024-01", SL_ISO_DATE, 19723, false },
  { "2024/01/15", SL_ISO_DATE, 19737, false },
  { "20240115", SL_ISO_DATE, 19737, false },
  { "2024-W03-1", SL_ISO_DATE, 19737, false },
  { "2024-W03-0", SL_ISO_DATE, 19736, false },
  { "2024-W00-1", SL_ISO_DATE, 19716, false },
  { "2020-W53-7", SL_ISO_DATE, 18630, false },
  { "2024-366", SL_ISO_DATE, 20088, false },
  { "2024015", SL_ISO_DATE, 19737, false },
  { "202410:05", SL_ISO_DATE, 20001, false },
  { "٢٠٢٤", SL_ISO_DATE, 19723, false },
  { "10:00", SL_ISO_TIME, INT64_C(36000000000), false },
  { "10:00:00.5", SL_ISO_TIME, INT64_C(36000500000), false },
  { "T10", SL_ISO_TIME, INT64_C(36000000000), false },
  { "T1030", SL_ISO_TIME, INT64_C(37800000000), false },
  { "T103000,25", SL_ISO_TIME, INT64_C(37800250000), false },
  { "7:58", SL_ISO_TIME, INT64_C(28680000000), false },
  { " 7:58:30", SL_ISO_TIME, INT64_C(28710000000), false },
  { "10:00+05:00", SL_ISO_TIME, INT64_C(18000000000), true },
  { "10:00:00Z", SL_ISO_TIME, INT64_C(36000000000), true },
  { "1:2:3", SL_ISO_TIME, INT64_C(3723000000), false },
  { "2024-01-15t10:00", SL_ISO_NONE, 0, false },
  { "2024-01-15T10:00z", SL_ISO_NONE, 0, false },
  { "2024-01-15T10:00:00 +00:00", SL_ISO_NONE, 0, false },
  { "2024-01-15T24:00", SL_ISO_NONE, 0, false },
  { "2024-01-15T10:60", SL_ISO_NONE, 0, false },
  { "2024-01-15T10:00:60", SL_ISO_NONE, 0, false },
  { "2024-01-15T10:00:00 UTC", SL_ISO_NONE, 0, false },
  { " 2024-01-15T10:00", SL_ISO_NONE, 0, false },
  { "2024-01-15T10:00 ", SL_ISO_NONE, 0, false },
  { "20240115103000", SL_ISO_NONE, 0, false },
  { "2024-01-15/2024-01-16", SL_ISO_NONE, 0, false },
  { "2024-01-15T10:00/P1D", SL_ISO_NONE, 0, false },
  { "P1D", SL_ISO_NONE, 0, false },
  { "2024-13-01T10:00", SL_ISO_NONE, 0, false },
  { "2024-02-30T10:00", SL_ISO_NONE, 0, false },
  { "2023-02-29", SL_ISO_NONE, 0, false },
  { "2023-366", SL_ISO_NONE, 0, false },
  { "2024-000", SL_ISO_NONE, 0, false },
  { "2024-W54", SL_ISO_NONE, 0, false },
  { "2023-W53-1", SL_ISO_NONE, 0, false },
  { "2024-W03-8", SL_ISO_NONE, 0, false },
  { "2024-1-5", SL_ISO_NONE, 0, false },
  { "0000-01-01T00:00", SL_ISO_NONE, 0, false },
  { "2024-01-15T1000", SL_ISO_NONE, 0, false },
  { "20240115T10:30:00", SL_ISO_NONE, 0, false },
  { "T10:00:00", SL_ISO_NONE, 0, false },
  { "2024-01-15T10:00:00.", SL_ISO_NONE, 0, false },
  { "2024-01-15T10:00:00+5", SL_ISO_NONE, 0, false },
  { "2024-01-15T10:00:00+24:00", SL_ISO_NONE, 0, false },
  { "2024-01-15T10:00:00-99:99", SL_ISO_NONE, 0, false },
  { "0001-01-01T00:00:00+00:01", SL_ISO_NONE, 0, false },
  { "9999-12-31T23:59:59-00:01", SL_ISO_NONE, 0, false },
  { "202401", SL_ISO_NONE, 0, false },
  { "10", SL_ISO_NONE, 0, false },
  { "1234567890123", SL_ISO_NONE, 0, false },
  { "hello", SL_ISO_NONE, 0, false },
  { "2024-01-15T", SL_ISO_NONE, 0, false },
  { "10:", SL_ISO_NONE, 0, false },
  { "10::05", SL_ISO_NONE, 0, false },
  { "12-30", SL_ISO_NONE, 0, false },
  { "2024-01-15T10:00Zx", SL_ISO_NONE, 0, false },
  { "202413:05", SL_ISO_NONE, 0, false },
};

TEST(texts_are_read_as_dlt_reads_them) {
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct sl_iso iso;
    bool found = sl_iso_parse(sl_text_of(cases[i].in), &iso);
    CHECK_INT(cases[i].in, iso.kind, cases[i].kind);
    CHECK_INT(cases[i].in, found, cases[i].kind != SL_ISO_NONE);
    CHECK_INT(cases[i].in, iso.kind == SL_ISO_DATE ? iso.days : iso.micros, cases[i].value);
    CHECK_INT(cases[i].in, iso.has_zone, cases[i].has_zone);
  }
}

TEST(offsets_are_kept_beside_the_instant) {
  struct sl_iso iso;
  CHECK(sl_iso_parse(sl_text_of("2024-01-15T10:00:00-05:30"), &iso));
  CHECK_INT("offset", iso.offset_seconds, -19800);
  CHECK_INT("micros", iso.micros, INT64_C(1705332600000000));
}

/* Nothing behind the end is read: the text stands at the end of its memory. */
TEST(every_prefix_of_a_timestamp_can_be_read) {
  const char whole[] = "2024-01-15T10:00:00.123456+05:30";
  for (size_t n = 0; n < sizeof whole; n++) {
    char copy[sizeof whole];
    char *end = copy + sizeof copy;
    memcpy(end - n, whole, n);
    struct sl_iso iso;
    bool want = n == 4 || n == 7 || n == 10 || n == 13 || n == 16 || n == 19 ||
                (n >= 21 && n <= 26) || n == 29 || n == 30 || n == 32;
    CHECK_INT(whole, sl_iso_parse((struct sl_text){ end - n, n }, &iso), want);
  }
}

TEST(no_byte_breaks_the_usual_form) {
  const char form[] = "2024-01-15T10:00:00Z";
  for (size_t at = 0; at + 1 < sizeof form; at++) {
    for (int byte = 0; byte < 256; byte++) {
      char text[sizeof form];
      memcpy(text, form, sizeof form);
      text[at] = (char)byte;
      struct sl_iso iso;
      bool digit = byte >= '0' && byte <= '9';
      bool found = sl_iso_parse((struct sl_text){ text, sizeof form - 1 }, &iso);
      bool may = digit || byte == form[at] || (at == 10 && byte == ' ');
      CHECK_CASE(text, may || !found);
    }
  }
}
