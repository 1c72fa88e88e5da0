/* test_print.c - values as PostgreSQL prints them. */
#include "sources/postgres/print.h"

#include "unit/test.h"

TEST(print_inet) {
  static const struct {
    const char *text;
    unsigned char bytes[20];
    size_t length;
  } cases[] = {
    { "192.168.0.1", { 2, 32, 0, 4, 192, 168, 0, 1 }, 8 },
    { "10.0.0.0/8", { 2, 8, 0, 4, 10, 0, 0, 0 }, 8 },
    { "1.2.3.4/32", { 2, 32, 1, 4, 1, 2, 3, 4 }, 8 },
    { "::", { 3, 128, 0, 16 }, 20 },
    { "::1", { 3, 128, 0, 16, [19] = 1 }, 20 },
    { "::5", { 3, 128, 0, 16, [19] = 5 }, 20 },
    { "::/0", { 3, 0, 1, 16 }, 20 },
    { "1::", { 3, 128, 0, 16, 0, 1 }, 20 },
    { "::ffff:1.2.3.4", { 3, 128, 0, 16, [14] = 255, 255, 1, 2, 3, 4 }, 20 },
    { "2001:db8::1/64", { 3, 64, 0, 16, 0x20, 0x01, 0x0d, 0xb8, [19] = 1 }, 20 },
    { "", { 2, 32, 0, 4, 1, 2, 3 }, 7 },
    { "", { 7, 32, 0, 4, 1, 2, 3, 4 }, 8 },
    { "", { 3, 32, 0, 4, 1, 2, 3, 4 }, 8 },
    { "", { 0 }, 0 },
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char text[PG_INET_CHARS];
    text[pg_print_inet(text, cases[i].bytes, cases[i].length)] = '\0';
    CHECK_STR(cases[i].text, text, cases[i].text);
  }
}

TEST(print_time) {
  static const struct {
    int64_t micros;
    const char *text;
  } cases[] = {
    { 0, "00:00:00" },
    { 86400000000, "24:00:00" },
    { 45296700000, "12:34:56.7" },
    { 1, "00:00:00.000001" },
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct sl_buffer text = { 0 };
    pg_print_time(&text, cases[i].micros);
    CHECK_STR(cases[i].text, text.data, cases[i].text);
    sl_buffer_release(&text);
  }
}

TEST(print_far_dates) {
  struct sl_buffer text = { 0 };
  pg_print_date(&text, 2932897);
  sl_buffer_char(&text, '|');
  pg_print_date(&text, -719163);
  sl_buffer_char(&text, '|');
  pg_print_timestamp(&text, -1, -719162, true);
  CHECK_STR("far dates", text.data, "10000-01-01|0001-12-31 BC|0001-12-31 23:59:59.999999+00 BC");
  sl_buffer_release(&text);
}

TEST(print_the_first_timestamp) {
  struct sl_buffer text = { 0 };
  pg_print_timestamp(&text, INT64_MIN + 1, 10957, false);
  CHECK_STR("of 64 bits", text.data, "290279-12-22 19:59:05.224193 BC");
  sl_buffer_release(&text);
}
