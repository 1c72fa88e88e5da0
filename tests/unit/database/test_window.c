/* test_window.c - which rows an incremental load asks for, and what it remembers. The database is a
 * fake one that answers max and count as a case says and writes down what it was asked. */
#include "database/window.h"

#include <stdlib.h>

#include "unit/database/blocks.h"

struct fake {
  struct sl_db_session session;
  const char *max, *count;
  struct sl_buffer asked; /* "max: condition", a line each */
};

static sl_status fake_scalar(struct sl_db_session *s, const struct sl_db_table *table,
                             const char *function, const struct sl_db_column *column,
                             const char *condition, char **out, struct sl_error *err) {
  struct fake *f = (struct fake *)s;
  (void)table;
  (void)column;
  (void)err;
  const char *answer = strcmp(function, "max") == 0 ? f->max : f->count;
  sl_buffer_printf(&f->asked, "%s: %s\n", function, condition == NULL ? "all" : condition);
  *out = answer == NULL ? NULL : strdup(answer);
  return SL_OK;
}

static sl_status fake_split(struct sl_db_session *s, const struct sl_db_table *table,
                            const char *condition, int wanted, struct sl_db_chunks *out,
                            struct sl_error *err) {
  sl_status rc = SL_OK;
  (void)s;
  (void)table;
  for (int i = 0; rc == SL_OK && i < wanted; i++) {
    char text[500];
    snprintf(text, sizeof text, "part %d of %s", i, condition == NULL ? "all" : condition);
    rc = sl_db_chunks_add(out, text, err);
  }
  return rc;
}

static const struct sl_db_driver driver = {
  .name = "fake", .quote = '"', .scalar = fake_scalar, .split = fake_split
};

static struct sl_db_settings defaults(void) {
  return (struct sl_db_settings){ .range_start = "closed",
                                  .range_end = "open",
                                  .row_order = "none",
                                  .on_cursor_null = "raise",
                                  .special_values = "variant" };
}

struct opened {
  struct fake fake;
  struct sl_db_table table;
  struct sl_db_settings settings;
  struct sl_db_window_request request;
  struct sl_db_window window;
  struct sl_db_chunks chunks;
  struct sl_error err;
  sl_status rc;
};

/* Opens a window over the column c of a table (format; NULL = no cursor). */
static void open_window(struct opened *o, const char *format, const struct sl_db_settings *settings,
                        const char *max, const char *state) {
  char columns[64];
  snprintf(columns, sizeof columns, "id:l,c:%s", format == NULL ? "l" : format);
  o->fake = (struct fake){ .session = { .driver = &driver }, .max = max, .count = "0" };
  make_table(&o->table, columns);
  o->settings = *settings;
  o->request.settings = &o->settings;
  o->request.driver = &driver;
  o->request.session = &o->fake.session;
  o->request.table = &o->table;
  o->request.column = format == NULL ? NULL : &o->table.columns[1];
  o->request.state_json = state;
  o->chunks = (struct sl_db_chunks){ 0 };
  o->err = (struct sl_error){ 0 };
  o->rc = sl_db_window_open(&o->window, &o->request, &o->chunks, &o->err);
}

static void close_window(struct opened *o) {
  sl_db_window_release(&o->window);
  sl_db_chunks_release(&o->chunks);
  sl_db_table_release(&o->table);
  sl_buffer_release(&o->fake.asked);
}

/* A line for each chunk: condition, [known] [remember] [order]; newlines in conditions left out. */
static char *print_chunks(const struct sl_db_chunks *chunks) {
  struct sl_buffer out = { 0 };
  sl_buffer_text(&out, "");
  for (size_t i = 0; i < chunks->count; i++) {
    const struct sl_db_chunk *c = &chunks->items[i];
    for (const char *at = c->condition == NULL ? "all" : c->condition; *at != '\0'; at++) {
      if (*at != '\n') sl_buffer_char(&out, *at);
    }
    sl_buffer_printf(&out, "%s%s%s%s\n", c->skip_known ? " [known]" : "",
                     c->remember ? " [remember]" : "", c->order_by == NULL ? "" : " by ",
                     c->order_by == NULL ? "" : c->order_by);
  }
  char *text = sl_buffer_take(&out);
  return text == NULL ? strdup("") : text;
}

static const struct {
  const char *label, *format, *max, *state;
  /* settings */
  const char *where, *initial, *end, *lag, *range_start, *range_end, *order;
  int wanted;
  bool merging;
  /* results */
  const char *chunks, *after;
} windows[] = {
  { .label = "no cursor", .wanted = 1, .chunks = "all\n" },
  { .label = "no cursor, in parts", .wanted = 2, .chunks = "part 0 of all\npart 1 of all\n" },
  { .label = "no cursor, where", .where = "x > 1", .wanted = 1, .chunks = "x > 1\n" },
  { .label = "first load",
    .format = "l",
    .max = "9",
    .chunks = "\"c\" < 9\n\"c\" = 9 [remember]\n",
    .after = "{\"incremental\":{\"c\":{\"initial_value\":null,\"last_value\":9,"
             "\"unique_hashes\":[]}}}" },
  { .label = "first load, in parts",
    .format = "l",
    .max = "9",
    .wanted = 2,
    .chunks = "part 0 of \"c\" < 9\npart 1 of \"c\" < 9\n\"c\" = 9 [remember]\n" },
  { .label = "an empty table",
    .format = "l",
    .chunks = "",
    .after = "{\"incremental\":{\"c\":{\"initial_value\":null,\"last_value\":null,"
             "\"unique_hashes\":[]}}}" },
  { .label = "initial value",
    .format = "l",
    .max = "9",
    .initial = "+5",
    .chunks = "(\"c\" >= +5) AND (\"c\" < 9)\n\"c\" = 9 [remember]\n",
    .after = "{\"incremental\":{\"c\":{\"initial_value\":5,\"last_value\":9,"
             "\"unique_hashes\":[]}}}" },
  { .label = "where and initial value",
    .format = "l",
    .max = "9",
    .where = "x OR y",
    .initial = "5",
    .chunks = "((x OR y) AND (\"c\" >= 5)) AND (\"c\" < 9)\n"
              "(x OR y) AND (\"c\" = 9) [remember]\n" },
  { .label = "initial value, open",
    .format = "l",
    .max = "9",
    .initial = "5",
    .range_start = "open",
    .chunks = "(\"c\" > 5) AND (\"c\" <= 9)\n" },
  { .label = "second load",
    .format = "l",
    .max = "12",
    .state = "{\"incremental\":{\"c\":{\"last_value\":9,\"unique_hashes\":[\"AAAAAAAAAAAA\"]}}}",
    .chunks = "\"c\" = 9 [known]\n(\"c\" > 9) AND (\"c\" < 12)\n\"c\" = 12 [remember]\n",
    .after = "{\"incremental\":{\"c\":{\"initial_value\":null,\"last_value\":12,"
             "\"unique_hashes\":[]}}}" },
  { .label = "second load without hashes",
    .format = "l",
    .max = "12",
    .state = "{\"incremental\":{\"c\":{\"last_value\":9,\"unique_hashes\":[]}}}",
    .chunks = "(\"c\" >= 9) AND (\"c\" < 12)\n\"c\" = 12 [remember]\n" },
  { .label = "hashes of an old dlt are not known",
    .format = "l",
    .max = "12",
    .state = "{\"incremental\":{\"c\":{\"last_value\":9,"
             "\"unique_hashes\":[\"AAAAAAAAAAAAAAAAAAAA\",7,null]}}}",
    .chunks = "(\"c\" >= 9) AND (\"c\" < 12)\n\"c\" = 12 [remember]\n" },
  { .label = "nothing new but the border",
    .format = "l",
    .max = "9",
    .state = "{\"incremental\":{\"c\":{\"last_value\":9,\"unique_hashes\":[\"AAAAAAAAAAAA\"]}}}",
    .chunks = "\"c\" = 9 [known] [remember]\n",
    .after = "{\"incremental\":{\"c\":{\"initial_value\":null,\"last_value\":9,"
             "\"unique_hashes\":[]}}}" },
  { .label = "rows were deleted: nothing at or beyond",
    .format = "l",
    .max = NULL,
    .state = "{\"incremental\":{\"c\":{\"initial_value\":1,\"last_value\":9,\"unique_hashes\":"
             "[\"AAAAAAAAAAAA\"]}}}",
    .chunks = "",
    .after = "{\"incremental\":{\"c\":{\"initial_value\":1,\"last_value\":9,"
             "\"unique_hashes\":[\"AAAAAAAAAAAA\"]}}}" },
  { .label = "the state wins over the initial value",
    .format = "l",
    .max = "12",
    .initial = "100",
    .range_start = "open",
    .state = "{\"incremental\":{\"c\":{\"last_value\":9}}}",
    .chunks = "(\"c\" > 9) AND (\"c\" <= 12)\n",
    .after = "{\"incremental\":{\"c\":{\"initial_value\":100,\"last_value\":12,"
             "\"unique_hashes\":[]}}}" },
  { .label = "lag",
    .format = "l",
    .max = "12",
    .lag = "5",
    .state = "{\"incremental\":{\"c\":{\"last_value\":9}}}",
    .chunks = "(\"c\" >= 4) AND (\"c\" <= 12)\n" },
  { .label = "lag not before the initial value",
    .format = "l",
    .max = "12",
    .lag = "5",
    .initial = "7",
    .state = "{\"incremental\":{\"c\":{\"last_value\":9}}}",
    .chunks = "(\"c\" >= 7) AND (\"c\" <= 12)\n" },
  { .label = "lag of nothing",
    .format = "l",
    .max = "12",
    .lag = "0",
    .state = "{\"incremental\":{\"c\":{\"last_value\":9,\"unique_hashes\":[\"AAAAAAAAAAAA\"]}}}",
    .chunks = "\"c\" = 9 [known]\n(\"c\" > 9) AND (\"c\" < 12)\n\"c\" = 12 [remember]\n" },
  { .label = "a lag does not move the last value back",
    .format = "l",
    .max = "6",
    .lag = "5",
    .state = "{\"incremental\":{\"c\":{\"last_value\":9}}}",
    .chunks = "(\"c\" >= 4) AND (\"c\" <= 6)\n",
    .after = "{\"incremental\":{\"c\":{\"initial_value\":null,\"last_value\":9,"
             "\"unique_hashes\":[]}}}" },
  { .label = "lag at the first load",
    .format = "l",
    .max = "12",
    .lag = "5",
    .initial = "7",
    .chunks = "(\"c\" >= 7) AND (\"c\" <= 12)\n" },
  { .label = "backfill",
    .format = "l",
    .initial = "5",
    .end = "9",
    .state = "{\"incremental\":{\"c\":{\"last_value\":100}}}",
    .chunks = "(\"c\" >= 5) AND (\"c\" < 9)\n" },
  { .label = "backfill, other ends",
    .format = "l",
    .initial = "5",
    .end = "9",
    .range_start = "open",
    .range_end = "closed",
    .chunks = "(\"c\" > 5) AND (\"c\" <= 9)\n" },
  { .label = "backfill of one value",
    .format = "l",
    .initial = "5",
    .end = "5",
    .range_end = "closed",
    .chunks = "(\"c\" >= 5) AND (\"c\" <= 5)\n" },
  { .label = "sorted",
    .format = "l",
    .max = "9",
    .initial = "5",
    .order = "asc",
    .wanted = 4,
    .chunks = "(\"c\" >= 5) AND (\"c\" < 9) by \"c\"\n\"c\" = 9 [remember] by \"c\"\n" },
  { .label = "sorted down",
    .format = "l",
    .max = "9",
    .initial = "5",
    .order = "desc",
    .wanted = 4,
    .chunks = "\"c\" = 9 [remember] by \"c\" DESC\n"
              "(\"c\" >= 5) AND (\"c\" < 9) by \"c\" DESC\n" },
  { .label = "timestamps of dlt",
    .format = "tsu:UTC",
    .max = "2024-06-01T00:00:00+00:00",
    .state = "{\"incremental\":{\"c\":{\"last_value\":\"\xEF\x80\xA7"
             "2024-05-31T10:20:30Z\",\"unique_hashes\":[]}}}",
    .chunks = "(\"c\" >= '2024-05-31T10:20:30+00:00') AND (\"c\" < '2024-06-01T00:00:00+00:00')\n"
              "\"c\" = '2024-06-01T00:00:00+00:00' [remember]\n",
    .after = "{\"incremental\":{\"c\":{\"initial_value\":null,\"last_value\":\"\xEF\x80\xA7"
             "2024-06-01T00:00:00+00:00\",\"unique_hashes\":[]}}}" },
  { .label = "dates with a lag of days",
    .format = "tdD",
    .max = "2024-06-01",
    .lag = "2",
    .state = "{\"incremental\":{\"c\":{\"last_value\":\"\xEF\x80\xA8"
             "2024-05-31\"}}}",
    .chunks = "(\"c\" >= '2024-05-29') AND (\"c\" <= '2024-06-01')\n" },
  { .label = "texts are quoted",
    .format = "u",
    .max = "it's",
    .chunks = "\"c\" < 'it''s'\n\"c\" = 'it''s' [remember]\n",
    .after = "{\"incremental\":{\"c\":{\"initial_value\":null,\"last_value\":\"it's\","
             "\"unique_hashes\":[]}}}" },
  { .label = "other members of the state stay",
    .format = "l",
    .max = "9",
    .state = "{\"mine\":1,\"incremental\":{\"b\":{\"last_value\":3}}}",
    .chunks = "\"c\" < 9\n\"c\" = 9 [remember]\n",
    .after = "{\"mine\":1,\"incremental\":{\"b\":{\"last_value\":3},\"c\":{\"initial_value\":null,"
             "\"last_value\":9,\"unique_hashes\":[]}}}" },
  { .label = "a state that is none",
    .format = "l",
    .max = "9",
    .state = "{\"incremental\":[]}",
    .chunks = "\"c\" < 9\n\"c\" = 9 [remember]\n",
    .after = "{\"incremental\":{\"c\":{\"initial_value\":null,\"last_value\":9,"
             "\"unique_hashes\":[]}}}" },
};

TEST(windows_are_cut_and_remembered) {
  for (size_t i = 0; i < COUNT(windows); i++) {
    const char *label = windows[i].label;
    struct sl_db_settings s = defaults();
    s.where = windows[i].where;
    s.initial_value = windows[i].initial;
    s.end_value = windows[i].end;
    s.lag = windows[i].lag;
    s.range_start = windows[i].range_start == NULL ? s.range_start : windows[i].range_start;
    s.range_end = windows[i].range_end == NULL ? s.range_end : windows[i].range_end;
    s.row_order = windows[i].order == NULL ? s.row_order : windows[i].order;
    struct opened o = { .request = { .wanted = windows[i].wanted, .merging = windows[i].merging } };
    open_window(&o, windows[i].format, &s, windows[i].max, windows[i].state);
    if (!CHECK_CASE(label, o.rc == SL_OK)) printf("  %s\n", o.err.message);
    char *chunks = print_chunks(&o.chunks);
    char *after = NULL;
    CHECK_STR(label, chunks, windows[i].chunks);
    CHECK_OK(sl_db_window_state(&o.window, &after, &o.err), &o.err);
    if (windows[i].after != NULL) CHECK_STR(label, after, windows[i].after);
    if (windows[i].format == NULL || windows[i].end != NULL) CHECK_STR(label, after, NULL);
    free(chunks);
    free(after);
    close_window(&o);
  }
}

TEST(wrong_windows_are_refused) {
  static const struct {
    const char *label, *format, *initial, *end, *lag, *state, *want;
  } cases[] = {
    { "end without a start", "l", NULL, "9", NULL, NULL, "--end-value needs --initial-value" },
    { "the wrong way round", "l", "9", "5", NULL, NULL,
      "--initial-value 9 lies after --end-value 5" },
    { "times the wrong way round", "tsu:UTC", "2024-05-31T10:00:00+02:00", "2024-05-31T07:59:59Z",
      NULL, NULL, "lies after --end-value" },
    { "no number", "l", "five", NULL, NULL, NULL, "'five' is no number, but column c is l" },
    { "no lag", "l", NULL, NULL, "much", "{\"incremental\":{\"c\":{\"last_value\":9}}}",
      "--lag much: cannot be taken from '9' of column c (l)" },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct sl_db_settings s = defaults();
    struct opened o = { .request = { .wanted = 1 } };
    s.initial_value = cases[i].initial;
    s.end_value = cases[i].end;
    s.lag = cases[i].lag;
    open_window(&o, cases[i].format, &s, "12", cases[i].state);
    CHECK_INT(cases[i].label, o.rc, SL_EUSAGE);
    if (!CHECK_CASE(cases[i].label, strstr(o.err.message, cases[i].want) != NULL)) {
      printf("  %s\n", o.err.message);
    }
    close_window(&o);
  }
}

/* ---- NULL cursors ---- */

TEST(null_cursors_by_policy) {
  static const struct {
    const char *policy, *count;
    bool nullable;
    const char *chunks; /* NULL = refused */
  } cases[] = {
    { "raise", "0", true, "\"c\" < 9\n\"c\" = 9 [remember]\n" },
    { "raise", "3", true, NULL },
    { "raise", "3", false, "\"c\" < 9\n\"c\" = 9 [remember]\n" }, /* is not asked */
    { "include", "3", true, "\"c\" IS NULL\n\"c\" < 9\n\"c\" = 9 [remember]\n" },
    { "exclude", "3", true, "\"c\" < 9\n\"c\" = 9 [remember]\n" },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct sl_db_settings s = defaults();
    struct opened o = { .request = { .wanted = 1 } };
    open_window(&o, "l", &s, "9", NULL); /* once for the table */
    sl_db_window_release(&o.window);
    sl_db_chunks_release(&o.chunks);
    o.fake.count = cases[i].count;
    o.table.columns[1].nullable = cases[i].nullable;
    o.settings.on_cursor_null = cases[i].policy;
    o.rc = sl_db_window_open(&o.window, &o.request, &o.chunks, &o.err);
    CHECK_INT(cases[i].policy, o.rc, cases[i].chunks == NULL ? SL_EDATA : SL_OK);
    if (cases[i].chunks == NULL) {
      CHECK_STR("text", o.err.message,
                "table t: in 3 rows the cursor c is NULL, so it is not known whether they are new; "
                "choose --on-cursor-null include (read each time) or exclude");
    } else {
      char *chunks = print_chunks(&o.chunks);
      CHECK_STR(cases[i].policy, chunks, cases[i].chunks);
      free(chunks);
    }
    close_window(&o);
  }
}

/* ---- rows at the border ---- */

/* A block of (id, c) with these ids and one cursor value. */
static void make_rows(struct sl_block *block, const struct sl_db_table *table, const int *ids,
                      int n, int64_t cursor) {
  struct sl_db_settings s = defaults();
  struct sl_error err;
  struct sl_db_batch *b;
  CHECK_OK(sl_db_batch_new(&b, table, &s, &err), &err);
  for (int i = 0; i < n; i++) {
    CHECK_OK(sl_builder_append_int64(sl_db_batch_builder(b, 0), ids[i], &err), &err);
    CHECK_OK(sl_builder_append_int64(sl_db_batch_builder(b, 1), cursor, &err), &err);
    CHECK_OK(sl_db_batch_end_row(b, &err), &err);
  }
  CHECK_OK(sl_db_batch_finish(b, 0, block, &err), &err);
  sl_db_batch_free(b);
}

/* What of the rows a window lets through, "1 2 3". */
static void check_filter(const char *label, struct opened *o, size_t chunk, const int *ids, int n,
                         int64_t cursor, const char *want) {
  struct sl_block block;
  struct sl_buffer got = { 0 };
  make_rows(&block, &o->table, ids, n, cursor);
  CHECK_OK(sl_db_window_filter(&o->window, &o->chunks.items[chunk], &block, &o->err), &o->err);
  sl_buffer_text(&got, "");
  for (int64_t i = 0; i < block.array.length; i++) {
    sl_buffer_printf(&got, "%s%lld", i == 0 ? "" : " ",
                     (long long)((const int64_t *)block.array.children[0]->buffers[1])[i]);
  }
  CHECK_STR(label, got.length == 0 ? "" : got.data, want);
  sl_buffer_release(&got);
  block.release(&block);
}

TEST(rows_at_the_border_come_once) {
  static const int ids[] = { 1, 2, 3, 4 };
  struct sl_db_settings s = defaults();
  struct opened first = { .request = { .wanted = 1 } };
  struct opened second = { .request = { .wanted = 1 } };
  struct opened third = { .request = { .wanted = 1 } };
  char *state = NULL;
  open_window(&first, "l", &s, "9", NULL);
  check_filter("below the border nothing is remembered", &first, 0, ids, 2, 8, "1 2");
  check_filter("at the border", &first, 1, ids, 2, 9, "1 2");
  CHECK_OK(sl_db_window_state(&first.window, &state, &first.err), &first.err);
  open_window(&second, "l", &s, "9", state); /* rows 3 and 4 came with the same cursor */
  check_filter("known ones are left out", &second, 0, ids, 4, 9, "3 4");
  free(state);
  CHECK_OK(sl_db_window_state(&second.window, &state, &second.err), &second.err);
  open_window(&third, "l", &s, "12", state);
  check_filter("all four are known", &third, 0, ids, 4, 9, "");
  check_filter("and with another cursor they are others", &third, 1, ids, 4, 10, "1 2 3 4");
  free(state);
  close_window(&first);
  close_window(&second);
  close_window(&third);
}

TEST(a_key_names_the_row) {
  static const int ids[] = { 5, 6 };
  struct sl_db_settings s = defaults();
  struct opened o = { .request = { .wanted = 1 } };
  struct sl_error err;
  /* dlt's hashes of [5] and of 6 alone: a key given as a list, and as a name */
  open_window(&o, "l", &s, "9",
              "{\"incremental\":{\"c\":{\"last_value\":9,\"unique_hashes\":[\"mSlPEiqP9O6/\"]}}}");
  CHECK_OK(sl_db_table_add_key(&o.table, "id", &err), &err);
  sl_db_window_release(&o.window);
  sl_db_chunks_release(&o.chunks);
  CHECK_OK(sl_db_window_open(&o.window, &o.request, &o.chunks, &err), &err);
  check_filter("as a list", &o, 0, ids, 2, 9, "6");
  close_window(&o);
  open_window(&o, "l", &s, "9",
              "{\"incremental\":{\"c\":{\"last_value\":9,\"unique_hashes\":[\"tIXXf9wiHssy\"]}}}");
  CHECK_OK(sl_db_table_add_key(&o.table, "id", &err), &err);
  sl_db_window_release(&o.window);
  sl_db_chunks_release(&o.chunks);
  CHECK_OK(sl_db_window_open(&o.window, &o.request, &o.chunks, &err), &err);
  check_filter("alone", &o, 0, ids, 2, 9, "6");
  close_window(&o);
}

TEST(too_many_rows_at_the_end_are_refused) {
  enum { MANY = 100001 };
  struct sl_db_settings s = defaults();
  struct opened o = { .request = { .wanted = 1 } };
  struct sl_block block;
  int *ids = calloc(MANY, sizeof *ids);
  for (int i = 0; ids != NULL && i < MANY; i++) ids[i] = i;
  open_window(&o, "l", &s, "9", NULL);
  make_rows(&block, &o.table, ids, MANY, 9);
  CHECK_FAILS(sl_db_window_filter(&o.window, &o.chunks.items[1], &block, &o.err), SL_EDATA, &o.err);
  CHECK(strstr(o.err.message, "more than 100000 rows have the highest value of cursor c (9)") !=
        NULL);
  block.release(&block);
  close_window(&o);
  o.request.merging = true; /* then rows may come twice, and none are remembered */
  open_window(&o, "l", &s, "9", NULL);
  make_rows(&block, &o.table, ids, MANY, 9);
  CHECK_OK(sl_db_window_filter(&o.window, &o.chunks.items[1], &block, &o.err), &o.err);
  block.release(&block);
  char *state = NULL;
  CHECK_OK(sl_db_window_state(&o.window, &state, &o.err), &o.err);
  CHECK_STR("none", state,
            "{\"incremental\":{\"c\":{\"initial_value\":null,\"last_value\":9,"
            "\"unique_hashes\":[]}}}");
  free(state);
  free(ids);
  close_window(&o);
}

TEST(what_is_asked_of_the_database) {
  struct sl_db_settings s = defaults();
  struct opened o = { .request = { .wanted = 1 } };
  s.where = "w";
  open_window(&o, "l", &s, "9", "{\"incremental\":{\"c\":{\"last_value\":7}}}");
  CHECK_STR("NULLs, then the end", o.fake.asked.data,
            "count: (w\n) AND (\"c\" IS NULL\n)\nmax: (w\n) AND (\"c\" >= 7\n)\n");
  close_window(&o);
}

TEST(texts_that_the_database_takes_for_equal_are_one_border) {
  struct sl_db_settings s = defaults();
  struct opened o = { .request = { .wanted = 1 } };
  const char *state =
      "{\"incremental\":{\"c\":{\"last_value\":\"abc\",\"unique_hashes\":"
      "[\"AAAAAAAAAAAA\"]}}}";
  s.on_cursor_null = "exclude";
  open_window(&o, "u", &s, "ABC", state); /* count 0: they differ */
  char *chunks = print_chunks(&o.chunks);
  CHECK_STR(
      "others", chunks,
      "\"c\" = 'abc' [known]\n(\"c\" > 'abc') AND (\"c\" < 'ABC')\n\"c\" = 'ABC' [remember]\n");
  free(chunks);
  sl_db_window_release(&o.window);
  sl_db_chunks_release(&o.chunks);
  o.fake.count = "2";
  CHECK_OK(sl_db_window_open(&o.window, &o.request, &o.chunks, &o.err), &o.err);
  chunks = print_chunks(&o.chunks);
  CHECK_STR("equal", chunks, "\"c\" = 'abc' [known] [remember]\n");
  free(chunks);
  close_window(&o);
}
