/* test_json_split.c - records of JSON texts, fed whole and byte by byte. */
#include "unit/test.h"

#include "sources/file/json_split.h"

static const struct {
  const char *label, *path, *text, *want; /* records joined by | */
} cases[] = {
  { "array", NULL, "[{\"a\":1}, [2] ,\"x\",3]", "{\"a\":1}|[2]|\"x\"|3" },
  { "one object", NULL, "{\"a\":[1,2]}", "{\"a\":[1,2]}" },
  { "one after the other", NULL, "{\"a\":1}\n{\"b\":\"}\\\"\"} 5",
    "{\"a\":1}|{\"b\":\"}\\\"\"}|5" },
  { "path", "items", "{\"n\":{\"items\":[9]},\"items\":[{\"a\":1},{}],\"z\":[7]}", "{\"a\":1}|{}" },
  { "deep path", "p.q", "{\"p\":{\"x\":[0],\"q\":[1,2]},\"q\":[3]}", "1|2" },
  { "brackets in texts", NULL, "[\"]}\",{\"[\":\"{\"}]", "\"]}\"|{\"[\":\"{\"}" },
  { "empty array", NULL, " [ ] ", "" },
};

struct collected {
  const char *text;
  struct sl_buffer out;
};

static sl_status collect(void *arg, int64_t start, int64_t end, struct sl_error *err) {
  struct collected *c = arg;
  sl_buffer_text(&c->out, c->out.length > 0 ? "|" : "");
  sl_buffer_append(&c->out, c->text + start, (size_t)(end - start));
  return sl_buffer_check(&c->out, err);
}

static void split(size_t i, int64_t step) {
  struct json_split s;
  struct sl_error err;
  struct collected c = { .text = cases[i].text };
  int64_t size = (int64_t)strlen(cases[i].text);
  CHECK_OK(json_split_init(&s, cases[i].path, &err), &err);
  for (int64_t at = 0; at < size; at += step) {
    int64_t to = at + step < size ? at + step : size;
    CHECK_OK(json_split_scan(&s, cases[i].text, 0, at, to, collect, &c, &err), &err);
  }
  CHECK_OK(json_split_end(&s, size, collect, &c, &err), &err);
  CHECK_STR(cases[i].label, c.out.data == NULL ? "" : c.out.data, cases[i].want);
  sl_buffer_release(&c.out);
}

TEST(records_whole_and_byte_by_byte) {
  for (size_t i = 0; i < COUNT(cases); i++) {
    split(i, 1000);
    split(i, 1);
    split(i, 3);
  }
}

static const struct {
  const char *label, *path, *text, *message;
} broken[] = {
  { "cut off", NULL, "[{\"a\":1}", "ends in the middle" },
  { "cut in a text", NULL, "[\"abc", "ends in the middle" },
  { "after the end", NULL, "[1] 2", "unexpected data" },
  { "no such member", "x", "{\"y\":[1]}", "no list of records under 'x'" },
};

TEST(broken_texts_say_what_and_where) {
  for (size_t i = 0; i < COUNT(broken); i++) {
    struct json_split s;
    struct sl_error err = { 0 };
    struct collected c = { .text = broken[i].text };
    int64_t size = (int64_t)strlen(broken[i].text);
    CHECK_OK(json_split_init(&s, broken[i].path, &err), &err);
    sl_status rc = json_split_scan(&s, broken[i].text, 0, 0, size, collect, &c, &err);
    if (rc == SL_OK) {
      rc = json_split_end(&s, size, collect, &c, &err);
    }
    CHECK_INT(broken[i].label, rc, SL_EDATA);
    CHECK_CASE(broken[i].label, strstr(err.message, broken[i].message) != NULL);
    sl_buffer_release(&c.out);
  }
}
