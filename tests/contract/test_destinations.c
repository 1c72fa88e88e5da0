/* test_destinations.c - what every destination promises about rows: each type arrives bit for bit,
 * tables are described as they were made, columns are matched by name. */
#include "column/read.h"
#include "contract/destinations.h"
#include "schema/arrow_format.h"

static bool has_place(const char *destination) {
  prepare();
  for (size_t i = 0; i < n_places; i++) {
    if (strcmp(places[i].destination, destination) == 0) return true;
  }
  return false;
}

static void check_capabilities(const char *name, const struct sl_capabilities *c) {
  CHECK_CASE(name, c->dialect == NULL || sl_dialect_find(c->dialect) != NULL);
  CHECK_CASE(name, c->decimal_precision > 0 && c->decimal_precision <= 38);
  CHECK_CASE(name, c->decimal_scale <= c->decimal_precision);
  CHECK_CASE(name, c->wei_precision > 0 && c->wei_precision <= 156);
  CHECK_CASE(name, c->timestamp_precision <= c->max_timestamp_precision);
  CHECK_CASE(name, c->max_parallel_load_jobs >= 1);
  CHECK_CASE(name, c->supports_transactions || !c->supports_ddl_transactions);
  CHECK_CASE(name, (c->merge_strategies & 1U << SL_MERGE_UNSET) == 0);
  CHECK_CASE(name, (c->replace_strategies & 1U << SL_REPLACE_UNSET) == 0);
}

/* SQL, or the functions for those who have none. */
static void check_functions(const struct sl_destination_ops *ops) {
  const struct sl_store_ops *store = ops->store;
  CHECK_CASE(ops->name, ops->commit != NULL && ops->rollback != NULL);
  CHECK_CASE(ops->name, (store == NULL) == (ops->capabilities.dialect != NULL));
  if (store == NULL) {
    CHECK_CASE(ops->name, ops->begin != NULL && ops->describe != NULL);
    CHECK_CASE(ops->name, ops->execute != NULL && ops->query != NULL);
  } else {
    CHECK_CASE(ops->name, store->struct_size >= sizeof *store);
    CHECK_CASE(ops->name, store->begin != NULL && store->define != NULL);
    CHECK_CASE(ops->name, (store->get == NULL) == (store->put == NULL));
  }
}

TEST(tables_of_functions_are_complete) {
  for (size_t i = 0; sl_destination_at(i) != NULL; i++) {
    const struct sl_destination_ops *ops = sl_destination_at(i);
    void *settings = calloc(1, ops->settings_bytes + 1);
    struct sl_error err = { 0 };
    CHECK_CASE(ops->name, ops->struct_size >= sizeof *ops);
    CHECK_CASE(ops->name, ops->schemes != NULL && ops->schemes[0] != NULL);
    CHECK_CASE(ops->name, ops->help != NULL && ops->help[0] != '\0' && ops->options != NULL);
    CHECK_CASE(ops->name, ops->open != NULL && ops->close != NULL && ops->cancel != NULL);
    check_functions(ops);
    CHECK_CASE(ops->name, ops->append != NULL && ops->flush != NULL);
    CHECK_OK(sl_options_set_defaults(ops->options, settings, &err), &err);
    for (const struct sl_option *o = ops->options; o->name != NULL; o++) {
      CHECK_CASE(o->name, o->help != NULL && o->group != NULL && o->offset < ops->settings_bytes);
      CHECK_CASE(o->name, sl_options_find(ops->options, o->name) == o);
    }
    check_capabilities(ops->name, &ops->capabilities);
    free(settings);
    if (!has_place(ops->name)) printf("no place for %s: its rows are not tested\n", ops->name);
  }
}

/* A boolean may be stored as a small integer; everything else comes back as it went. */
static void check_column(const char *label, const struct opened_destination *o,
                         const struct sl_column *column, const struct ArrowSchema *got) {
  char want[32];
  char text[128];
  const struct sl_capabilities *caps = o->sql.capabilities;
  struct sl_buffer name = { 0 };
  bool as_text = sl_sql_stored_as(&o->sql, column) == SL_TYPE_TEXT;
  sl_arrow_format(column, caps->decimal_precision, caps->decimal_scale, want);
  if (as_text) snprintf(want, sizeof want, "u");
  snprintf(text, sizeof text, "%s: %s", label, column->name);
  sl_sql_stored_name(&o->sql, column->name, &name);
  CHECK_STR(text, got->name, name.data);
  sl_buffer_release(&name);
  enum sl_read_kind kind = sl_read_kind_of(got->format);
  CHECK_CASE(text, kind == sl_read_kind_of(want) ||
                       (column->type == SL_TYPE_BOOL && kind == SL_READ_INT64));
  if (kind == SL_READ_DECIMAL) {
    long scale = strtol(strchr(got->format, ',') + 1, NULL, 10);
    CHECK_INT(text, strtol(got->format + 2, NULL, 10), strtol(want + 2, NULL, 10));
    CHECK_INT(text, scale, strtol(strchr(want, ',') + 1, NULL, 10));
  }
  if (kind == SL_READ_TIMESTAMP && (caps->supports_tz_aware_datetime || want[4] == '\0')) {
    CHECK_INT(text, got->format[4] != '\0', want[4] != '\0');
  }
  CHECK_INT(text, (got->flags & ARROW_FLAG_NULLABLE) != 0, column->nullable);
}

TEST(tables_are_described_as_they_were_made) {
  EACH_PLACE(p) {
    struct opened_destination o;
    const char *folder;
    struct sl_error err = { 0 };
    struct ArrowSchema stored = { 0 };
    struct sl_table_name name = writing_name(every_type);
    if (!open_new(&o, p, &folder)) continue;
    CHECK_OK(o.ops->describe(o.d, &name, &stored, &err), &err); /* not even the dataset is there */
    CHECK_CASE(p->label, stored.release == NULL);
    CHECK_OK(o.ops->begin(o.d, &err), &err);
    CHECK_OK(destination_create(&o, &name, every_type, &err), &err);
    CHECK_OK(o.ops->describe(o.d, &name, &stored, &err), &err);
    if (CHECK_CASE(p->label, stored.release != NULL)) {
      CHECK_INT(p->label, stored.n_children, every_type->n_columns);
      for (size_t i = 0; i < every_type->n_columns && (int64_t)i < stored.n_children; i++) {
        check_column(p->label, &o, every_type->columns[i], stored.children[i]);
      }
      stored.release(&stored);
    }
    name.table = "every typo";
    CHECK_OK(o.ops->describe(o.d, &name, &stored, &err), &err);
    CHECK_CASE(p->label, stored.release == NULL);
    CHECK_OK(o.ops->commit(o.d, &err), &err);
    destination_close(&o);
  }
}

/* Reads a table back and compares. */
static void check_stored(struct opened_destination *o, const struct written *want,
                         uint64_t without) {
  struct sl_error err = { 0 };
  struct answer got;
  char *sql = select_all(o, want->table);
  if (CHECK_OK(destination_ask(o, sql, &got, &err), &err)) {
    CHECK_INT(o->place->label, got.rows, want->rows);
    char *difference =
        answer_differs(&got, 0, want, without, o->sql.capabilities->supports_tz_aware_datetime);
    CHECK_STR(o->place->label, difference, NULL);
    free(difference);
  }
  answer_release(&got);
  free(sql);
}

/* Batches of odd sizes, cut out of longer columns; seen before the commit, and by the next who
 * opens the database. */
TEST(every_type_arrives_bit_for_bit) {
  static const int64_t pieces[] = { 1, 2047, 0, 2049, 3, 940 };
  EACH_PLACE(p) {
    struct opened_destination o;
    const char *folder;
    struct sl_error err = { 0 };
    struct written w = { 0 };
    int64_t at = 0;
    if (!open_new(&o, p, &folder)) continue;
    struct sl_table_name name = writing_name(every_type);
    written_make(&w, &o, every_type, 0, 5040);
    CHECK_OK(o.ops->begin(o.d, &err), &err);
    CHECK_OK(destination_create(&o, &name, every_type, &err), &err);
    for (size_t i = 0; i < COUNT(pieces); at += pieces[i++]) {
      CHECK_OK(written_append(&o, &w, at, pieces[i], 0, i % 2 == 1, &err), &err);
    }
    check_stored(&o, &w, 0);
    CHECK_OK(o.ops->commit(o.d, &err), &err);
    destination_close(&o);
    if (CHECK_OK(destination_open(&o, p, p->location, folder, true, &err), &err)) {
      check_stored(&o, &w, 0);
    }
    destination_close(&o);
    written_release(&w);
  }
}

TEST(absent_columns_are_null) {
  const uint64_t without = UINT64_C(0x0DB6C); /* not the first, which is NOT NULL */
  EACH_PLACE(p) {
    struct opened_destination o;
    const char *folder;
    struct sl_error err = { 0 };
    struct written w = { 0 };
    if (!open_new(&o, p, &folder)) continue;
    struct sl_table_name name = writing_name(every_type);
    written_make(&w, &o, every_type, 0, 100);
    CHECK_OK(o.ops->begin(o.d, &err), &err);
    CHECK_OK(destination_create(&o, &name, every_type, &err), &err);
    CHECK_OK(written_append(&o, &w, 0, 100, without, true, &err), &err);
    check_stored(&o, &w, without);
    CHECK_OK(o.ops->commit(o.d, &err), &err);
    destination_close(&o);
    written_release(&w);
  }
}

/* Two tables at once, more rows than any buffer holds. */
TEST(many_rows_of_two_tables) {
  enum { PIECE = 2000 };
  EACH_PLACE(p) {
    const int rows = volume_of(p) / PIECE * PIECE;
    struct opened_destination o;
    const char *folder;
    struct sl_error err = { 0 };
    struct written wide = { 0 };
    struct written narrow = { 0 };
    if (!open_new(&o, p, &folder)) continue;
    struct sl_table_name wide_name = writing_name(every_type);
    struct sl_table_name narrow_name = writing_name(few);
    written_make(&wide, &o, every_type, 0, PIECE);
    written_make(&narrow, &o, few, 0, PIECE);
    CHECK_OK(o.ops->begin(o.d, &err), &err);
    CHECK_OK(destination_create(&o, &wide_name, every_type, &err), &err);
    CHECK_OK(destination_create(&o, &narrow_name, few, &err), &err);
    for (int i = 0; i < rows; i += PIECE) {
      CHECK_OK(written_append(&o, &wide, 0, PIECE, 0, false, &err), &err);
      CHECK_OK(written_append(&o, &narrow, 0, PIECE, 0, false, &err), &err);
    }
    CHECK_INT(p->label, destination_count(&o, &wide_name, &err), rows);
    CHECK_INT(p->label, destination_count(&o, &narrow_name, &err), rows);
    CHECK_OK(o.ops->commit(o.d, &err), &err);
    destination_close(&o);
    CHECK_INT(p->label, count_anew(p, folder, every_type), rows);
    written_release(&wide);
    written_release(&narrow);
  }
}

TEST(new_columns_take_values_at_once) {
  EACH_PLACE(p) {
    struct opened_destination o;
    const char *folder;
    struct sl_error err = { 0 };
    struct written w = { 0 };
    struct sl_statements ddl = { 0 };
    if (!open_new(&o, p, &folder)) continue;
    struct sl_table_name name = writing_name(few);
    struct sl_table short_table = *few; /* without its last column */
    short_table.n_columns--;
    written_make(&w, &o, few, 0, 10);
    CHECK_OK(o.ops->begin(o.d, &err), &err);
    CHECK_OK(destination_create(&o, &name, &short_table, &err), &err);
    CHECK_OK(written_append(&o, &w, 0, 5, UINT64_C(1) << (few->n_columns - 1), false, &err), &err);
    const struct sl_column *added[] = { few->columns[few->n_columns - 1] };
    CHECK_OK(sl_sql_add_columns(&o.sql, &name, added, 1, &ddl, &err), &err);
    for (size_t i = 0; i < ddl.count; i++) {
      CHECK_OK(o.ops->execute(o.d, ddl.items[i], NULL, &err), &err);
    }
    CHECK_OK(written_append(&o, &w, 5, 5, 0, false, &err), &err);
    CHECK_INT(p->label, destination_count(&o, &name, &err), 10);
    CHECK_OK(o.ops->commit(o.d, &err), &err);
    sl_statements_release(&ddl);
    destination_close(&o);
    written_release(&w);
  }
}
