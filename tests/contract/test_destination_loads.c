/* test_destination_loads.c - whole loads by the engine: every write disposition and strategy that a
 * destination promises gives the rows that it should, and a load that fails leaves no trace. */
#include <sluice/engine.h>

#include "column/read.h"
#include "contract/destinations.h"

struct target { /* an empty database and a folder for files and state */
  const struct destination_place *place;
  const char *folder;
  char *location, *pipelines;
};

static bool target_init(struct target *t, const struct destination_place *p) {
  *t = (struct target){ .place = p, .folder = place_new_folder() };
  t->location = place_expand(p->location, t->folder);
  t->pipelines = place_expand("{}/pipelines", t->folder);
  return p->reset == NULL || CHECK_CASE(p->label, place_shell(p->reset));
}

static void target_release(struct target *t) {
  free(t->location);
  free(t->pipelines);
}

static sl_status load(const struct target *t, const char *source, const char *disposition,
                      const char *strategy, struct sl_error *err) {
  struct sl_load_settings s;
  sl_load_settings_init(&s);
  s.source = source;
  s.destination = t->location;
  s.dataset = "loads";
  s.as = "items";
  s.pipelines_dir = t->pipelines;
  s.write_disposition = disposition;
  s.strategy = strategy;
  s.primary_key = strcmp(disposition, "merge") == 0 ? "id" : NULL;
  s.parallel = 2;
  s.retries = 0; /* what fails here fails each time */
  for (size_t i = 0; i < PLACE_OPTIONS && t->place->options.pairs[i][0] != NULL; i++) {
    s.destination_options[s.n_destination_options++] =
        (struct sl_setting){ t->place->options.pairs[i][0], t->place->options.pairs[i][1] };
  }
  return sl_load(&s, NULL, err);
}

/* Documents with ids [from, to), a text and two children each, as a file in the target's folder. */
static char *write_documents(const struct target *t, const char *name, int from, int to,
                             const char *text) {
  struct sl_buffer path = { 0 };
  sl_buffer_printf(&path, "%s/%s", t->folder, name);
  FILE *file = fopen(path.data, "w");
  for (int id = from; file != NULL && id < to; id++) {
    fprintf(file, "{\"id\": %d, \"text\": \"%s\", \"tags\": [\"%s-a\", \"%s-b\"]}\n", id, text,
            text, text);
  }
  CHECK(file != NULL && fclose(file) == 0);
  return sl_buffer_take(&path);
}

/* SELECT count(*) FROM table [WHERE column = 'value' or IS NULL]; -1 = no answer. */
static int64_t count(const struct target *t, const char *table, const char *column,
                     const char *value) {
  struct opened_destination o;
  struct sl_error err = { 0 };
  struct sl_buffer sql = { 0 };
  struct answer answer = { 0 };
  int64_t n = -1;
  struct sl_table_name name = { .dataset = "loads", .table = table };
  if (!CHECK_OK(destination_open(&o, t->place, t->place->location, t->folder, true, &err), &err)) {
    return -1;
  }
  sl_buffer_text(&sql, "SELECT count(*) FROM ");
  sl_sql_table(&o.sql, &name, &sql);
  if (column != NULL) {
    sl_buffer_text(&sql, " WHERE ");
    sl_sql_identifier(&o.sql, column, &sql);
    sl_buffer_text(&sql, value == NULL ? " IS NULL" : " = ");
    if (value != NULL) sl_sql_text_literal(&o.sql, value, strlen(value), &sql);
  }
  if (CHECK_OK(destination_ask(&o, sql.data, &answer, &err), &err) && answer.n_batches > 0) {
    n = sl_array_read(answer.schema.children[0], answer.batches[0].children[0], 0).as.integer;
  }
  answer_release(&answer);
  sl_buffer_release(&sql);
  destination_close(&o);
  return n;
}

/* First ids 1 to 5 as "old", then ids 4 to 7 as "new": what is there afterwards. */
static const struct strategy_case {
  const char *disposition, *strategy;
  uint32_t merge_bit, replace_bit; /* 0 = every destination has it */
  int64_t items, old_items, tags;  /* rows, rows with text "old", rows of the child table */
} strategies[] = {
  { "append", NULL, 0, 0, 9, 5, 18 },
  { "replace", "truncate-and-insert", 0, 1U << SL_REPLACE_TRUNCATE, 4, 0, 8 },
  { "replace", "insert-from-staging", 0, 1U << SL_REPLACE_STAGING, 4, 0, 8 },
  { "replace", "staging-optimized", 0, 1U << SL_REPLACE_OPTIMIZED, 4, 0, 8 },
  { "merge", "delete-insert", 1U << SL_MERGE_DELETE_INSERT, 0, 7, 3, 14 },
  { "merge", "upsert", 1U << SL_MERGE_UPSERT, 0, 7, 3, 14 },
  { "merge", "insert-only", 1U << SL_MERGE_INSERT_ONLY, 0, 7, 5, 14 },
  { "merge", "scd2", 1U << SL_MERGE_SCD2, 0, 9, 5, 18 },
  { "merge", "cdc", 1U << SL_MERGE_CDC, 0, 4, 0, 8 },
};

TEST(every_strategy_that_is_promised_works) {
  EACH_PLACE(p) {
    for (size_t i = 0; i < COUNT(strategies); i++) {
      const struct strategy_case *s = &strategies[i];
      const struct sl_destination_ops *ops = NULL;
      const char *rest;
      struct sl_error err = { 0 };
      struct target t;
      char label[128];
      snprintf(label, sizeof label, "%s: %s", p->label,
               s->strategy == NULL ? "append" : s->strategy);
      if (!target_init(&t, p)) continue;
      char *old_file = write_documents(&t, "old.jsonl", 1, 6, "old");
      char *new_file = write_documents(&t, "new.jsonl", 4, 8, "new");
      if (CHECK_OK(sl_destination_find(t.location, &ops, &rest, &err), &err)) {
        struct opened_destination o = { 0 }; /* what the connection says */
        if (ops->capabilities_of != NULL) {
          CHECK_OK(destination_open(&o, p, p->location, t.folder, false, &err), &err);
        }
        const struct sl_capabilities caps = o.d != NULL ? *o.sql.capabilities : ops->capabilities;
        const struct sl_capabilities *c = &caps;
        destination_close(&o);
        bool promised = (c->merge_strategies & s->merge_bit) == s->merge_bit &&
                        (c->replace_strategies & s->replace_bit) == s->replace_bit;
        sl_status rc = load(&t, old_file, s->disposition, s->strategy, &err);
        if (rc == SL_OK) rc = load(&t, new_file, s->disposition, s->strategy, &err);
        if (promised && CHECK_OK(rc, &err)) {
          CHECK_INT(label, count(&t, "items", NULL, NULL), s->items);
          CHECK_INT(label, count(&t, "items", "text", "old"), s->old_items);
          CHECK_INT(label, count(&t, "items__tags", NULL, NULL), s->tags);
        } else if (!promised && s->merge_bit != 0) { /* every destination can replace somehow */
          CHECK_CASE(label, rc == SL_EUSAGE || rc == SL_EUNSUPPORTED);
        }
      }
      free(old_file);
      free(new_file);
      target_release(&t);
    }
  }
}

/* Rows of every type, made and checked by the example source's own rule. */
TEST(columns_of_every_type_are_loaded) {
  EACH_PLACE(p) {
    struct target t;
    struct sl_error err = { 0 };
    char source[64];
    if (!target_init(&t, p)) continue;
    snprintf(source, sizeof source, "example:orders?rows=%d", volume_of(p));
    if (CHECK_OK(load(&t, source, "append", NULL, &err), &err)) {
      CHECK_INT(p->label, count(&t, "items", NULL, NULL), volume_of(p));
      CHECK_CASE(p->label, count(&t, "items", "note", "two\nlines\tand a tab") == 1);
      CHECK_CASE(p->label, count(&t, "items", "points", NULL) > volume_of(p) / 10);
    }
    target_release(&t);
  }
}

TEST(a_load_that_fails_leaves_no_trace) {
  EACH_PLACE(p) {
    struct target t;
    struct sl_error err = { 0 };
    const struct sl_destination_ops *ops = NULL;
    const char *rest;
    if (!target_init(&t, p)) continue;
    CHECK_OK(sl_destination_find(t.location, &ops, &rest, &err), &err);
    if (CHECK_OK(load(&t, "example:orders?rows=1000", "append", NULL, &err), &err) &&
        ops->capabilities.supports_transactions) {
      static const char *const ways[] = { "append", "replace", "merge" };
      for (size_t i = 0; i < COUNT(ways); i++) {
        char source[96];
        snprintf(source, sizeof source, "example:orders?rows=%d&fail-at=%d&block-rows=500",
                 volume_of(p), volume_of(p) / 10 * 9);
        CHECK_FAILS(load(&t, source, ways[i], NULL, &err), SL_ESOURCE, &err);
        CHECK_INT(ways[i], count(&t, "items", NULL, NULL), 1000);
      }
      CHECK_OK(load(&t, "example:orders?rows=1000", "append", NULL, &err), &err);
      CHECK_INT(p->label, count(&t, "items", NULL, NULL), 2000);
    }
    target_release(&t);
  }
}
