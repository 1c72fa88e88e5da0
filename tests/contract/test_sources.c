/* test_sources.c - what every source promises about its rows: that they are all there, once, the
 * same at each reading, with the columns it has told, whoever reads them. */
#include "contract/sources.h"

#include <yyjson.h>

static bool has_place(const char *source) {
  size_t n;
  const struct source_place *all = source_places(&n);
  for (size_t i = 0; i < n; i++) {
    if (strcmp(all[i].source, source) == 0) return true;
  }
  return false;
}

static void check_options(const char *label, const struct sl_option *options, size_t bytes) {
  for (const struct sl_option *o = options; o->name != NULL; o++) {
    char text[256];
    snprintf(text, sizeof text, "%s --%s", label, o->name);
    size_t length = o->help == NULL ? 0 : strlen(o->help);
    CHECK_CASE(text, length > 0 && o->help[length - 1] == '.');
    CHECK_CASE(text, o->group != NULL);
    CHECK_CASE(text, o->kind == SL_OPTION_FLAG || o->value_name != NULL);
    CHECK_CASE(text, (o->kind == SL_OPTION_CHOICE) == (o->choices != NULL));
    CHECK_CASE(text, o->offset < bytes);
    CHECK_CASE(text, sl_options_find(options, o->name) == o); /* no name twice */
  }
}

TEST(tables_of_functions_are_complete) {
  for (size_t i = 0; sl_source_at(i) != NULL; i++) {
    const struct sl_source_ops *ops = sl_source_at(i);
    void *settings = calloc(1, ops->settings_bytes + 1);
    struct sl_error err = { 0 };
    CHECK_CASE(ops->name, ops->struct_size >= sizeof *ops);
    CHECK_CASE(ops->name, ops->schemes != NULL && ops->schemes[0] != NULL);
    CHECK_CASE(ops->name, ops->help != NULL && ops->help[0] != '\0');
    CHECK_CASE(ops->name, ops->open != NULL && ops->discover != NULL && ops->start != NULL);
    CHECK_CASE(ops->name, ops->default_name != NULL);
    CHECK_CASE(ops->name, ops->claim != NULL && ops->close != NULL && ops->cancel != NULL);
    check_options(ops->name, ops->options, ops->settings_bytes);
    CHECK_OK(sl_options_set_defaults(ops->options, settings, &err), &err);
    free(settings);
    if (!has_place(ops->name)) printf("no place for %s: its rows are not tested\n", ops->name);
  }
}

TEST(catalogs_can_be_used) {
  EACH_PLACE(p) {
    struct opened_source o;
    struct sl_error err = { 0 };
    struct sl_catalog catalog = { 0 };
    struct sl_catalog again = { 0 };
    if (!CHECK_OK(source_open(&o, p, p->location, NULL, &err), &err)) continue;
    CHECK_CASE(p->label, o.source->ops == o.ops);
    CHECK_OK(o.ops->discover(o.source, &catalog, &err), &err);
    CHECK_OK(o.ops->discover(o.source, &again, &err), &err);
    CHECK_CASE(p->label, catalog.n_tables > 0);
    CHECK_INT(p->label, again.n_tables, catalog.n_tables);
    for (size_t i = 0; i < catalog.n_tables; i++) {
      const struct sl_source_table *t = &catalog.tables[i];
      CHECK_CASE(p->label, t->name != NULL && t->name[0] != '\0');
      CHECK_CASE(p->label, t->rows >= -1 && t->bytes >= -1);
      if (i < again.n_tables) CHECK_STR(p->label, again.tables[i].name, t->name);
      CHECK_OK(o.ops->start(o.source, &catalog.tables[i], NULL, &err), &err);
    }
    sl_catalog_release(&catalog);
    sl_catalog_release(&again);
    source_close(&o);
  }
}

/* What discover tells of a table is what its blocks bring. */
static void check_told(const struct source_place *p, const struct sl_source_table *told,
                       const struct rows *rows) {
  if (told->rows >= 0 && !told->estimate) CHECK_INT(p->label, rows->count, told->rows);
  CHECK_CASE(p->label, told->documents == (rows->columns == NULL));
  if (told->schema.release != NULL && !told->documents) {
    char *want = schema_lines(&told->schema);
    CHECK_STR(p->label, rows->columns, want);
    free(want);
  }
}

TEST(tables_are_what_discover_tells) {
  EACH_PLACE(p) {
    struct opened_source o;
    struct sl_error err = { 0 };
    if (!open_and_start(&o, p, p->location, NULL, NULL)) continue;
    for (size_t i = 0; i < o.catalog.n_tables; i++) {
      struct rows rows = { 0 };
      CHECK_OK(source_start(&o, i, NULL, &err), &err);
      CHECK_OK(source_read(&o, 1, true, &rows, &err), &err);
      CHECK_STR(p->label, rows.problem, NULL);
      check_told(p, &o.catalog.tables[i], &rows);
      rows_release(&rows);
    }
    source_close(&o);
  }
}

static void check_same(const struct source_place *p, const char *what, const struct rows *got,
                       const struct rows *want, bool in_order) {
  char label[256];
  snprintf(label, sizeof label, "%s: %s", p->label, what);
  char *difference = rows_differ(got, want, in_order);
  CHECK_STR(label, difference, NULL);
  free(difference);
}

static bool is_ordered(const struct source_place *p) {
  struct opened_source o;
  struct sl_error err;
  bool ordered = source_open(&o, p, p->location, NULL, &err) == SL_OK && o.ops->ordered;
  source_close(&o);
  return ordered;
}

TEST(two_readings_and_many_threads_give_the_same_rows) {
  EACH_PLACE(p) {
    struct rows first, again, threads;
    struct open_options four = { .threads = 4 };
    bool good = read_all(p, p->location, NULL, 1, NULL, &first, NULL);
    good = read_all(p, p->location, NULL, 1, NULL, &again, NULL) && good;
    good = read_all(p, p->location, &four, 4, NULL, &threads, NULL) && good;
    if (good) {
      bool ordered = is_ordered(p);
      CHECK_CASE(p->label, first.count > 100);
      check_same(p, "read again", &again, &first, ordered);
      check_same(p, "four threads", &threads, &first, ordered);
    }
    rows_release(&first);
    rows_release(&again);
    rows_release(&threads);
  }
}

TEST(starting_again_begins_at_the_beginning) {
  EACH_PLACE(p) {
    struct opened_source o;
    struct sl_error err = { 0 };
    struct rows all = { 0 };
    struct rows again = { 0 };
    struct sl_block block = { 0 };
    bool end = false;
    if (!open_and_start(&o, p, p->location, NULL, NULL)) continue;
    CHECK_OK(o.ops->claim(o.source, &block, &end, &err), &err); /* and is never filled */
    if (block.release != NULL) block.release(&block);
    for (int i = 0; i < 2; i++) {
      CHECK_OK(source_start(&o, 0, NULL, &err), &err);
      CHECK_OK(source_read(&o, 1, true, i == 0 ? &all : &again, &err), &err);
    }
    for (int i = 0; i < 2; i++) { /* the end stays the end */
      end = false;
      CHECK_OK(o.ops->claim(o.source, &block, &end, &err), &err);
      CHECK_CASE(p->label, end);
    }
    CHECK_CASE(p->label, all.count > 0);
    check_same(p, "started again", &again, &all, o.ops->ordered);
    rows_release(&all);
    rows_release(&again);
    source_close(&o);
  }
}

static bool is_json_object(const char *text) {
  yyjson_doc *doc = text == NULL ? NULL : yyjson_read(text, strlen(text), 0);
  bool object = yyjson_is_obj(yyjson_doc_get_root(doc));
  yyjson_doc_free(doc);
  return object;
}

/* All rows, then none; after more rows came, those; then none again. */
TEST(incremental_sources_deliver_only_what_is_new) {
  EACH_PLACE(p) {
    if (p->only_new.pairs[0][0] == NULL || p->grow == NULL) continue;
    const struct open_options options = { .more = p->only_new };
    const char *after = p->grown == NULL ? p->location : p->grown;
    char *states[5] = { NULL };
    for (int run = 0; run < 4; run++) {
      struct rows rows;
      if (run == 2) CHECK_CASE(p->label, p->grow(p, place_folder()));
      if (read_all(p, run < 2 ? p->location : after, &options, 1 + run, states[run], &rows,
                   &states[run + 1])) {
        CHECK_CASE(p->label, is_json_object(states[run + 1]));
        if (run == 0) CHECK_CASE(p->label, rows.count > 0);
        if (run > 0) CHECK_INT(p->label, rows.count, run == 2 ? p->grown_rows : 0);
      }
      rows_release(&rows);
    }
    for (size_t i = 0; i < COUNT(states); i++) free(states[i]);
  }
}

TEST(a_state_of_somebody_else_does_no_harm) {
  static const char *const strange[] = {
    "", "{", "[]", "7", "{\"files\":7}", "{\"files\":{\"x\":1}}", "{\"last_id\":\"x\"}"
  };
  EACH_PLACE(p) {
    for (size_t i = 0; p->only_new.pairs[0][0] != NULL && i < COUNT(strange); i++) {
      const struct open_options options = { .more = p->only_new };
      struct opened_source o;
      struct sl_error err = { 0 };
      if (!CHECK_OK(source_open(&o, p, p->location, &options, &err), &err)) break;
      sl_status rc = source_start(&o, 0, strange[i], &err);
      CHECK_CASE(strange[i], rc == SL_OK || rc == SL_EDATA);
      CHECK_CASE(strange[i], rc == SL_OK || err.message[0] != '\0');
      source_close(&o);
    }
  }
}
