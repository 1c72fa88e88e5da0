/* test_select.c - which tables and columns a user means. */
#include "database/select.h"

#include <stdlib.h>

#include "unit/test.h"

struct listed {
  const char *schema, *name;
  bool view, part;
};

static void make_tables(struct sl_db_tables *tables, const struct listed *items, size_t n) {
  struct sl_error err;
  *tables = (struct sl_db_tables){ 0 };
  for (size_t i = 0; i < n; i++) {
    struct sl_db_table *t;
    CHECK_OK(sl_db_tables_add(tables, items[i].schema, items[i].name, &t, &err), &err);
    t->view = items[i].view;
    t->part = items[i].part;
  }
}

/* "schema.name>target …" */
static char *print_tables(const struct sl_db_tables *tables) {
  struct sl_buffer out = { 0 };
  for (size_t i = 0; i < tables->count; i++) {
    const struct sl_db_table *t = &tables->items[i];
    sl_buffer_printf(&out, "%s%s%s%s>%s", i == 0 ? "" : " ", t->schema == NULL ? "" : t->schema,
                     t->schema == NULL ? "" : ".", t->name, t->target);
  }
  return sl_buffer_take(&out);
}

static const struct listed shop[] = {
  { NULL, "customers", false, false },   { NULL, "orders", false, false },
  { NULL, "order_lines", false, false }, { NULL, "recent_orders", true, false },
  { NULL, "orders_2024", false, true },
};
static const struct listed schemas[] = {
  { "public", "orders", false, false },
  { "public", "users", false, false },
  { "old", "orders", false, false },
};

static const struct {
  const char *label;
  const struct listed *items;
  size_t n;
  const char *globs, *exclude;
  bool views;
  const char *want, *error; /* one of them */
} selections[] = {
  { "all tables", shop, 5, NULL, NULL, false,
    "customers>customers orders>orders order_lines>order_lines", NULL },
  { "views too", shop, 5, NULL, NULL, true,
    "customers>customers orders>orders order_lines>order_lines recent_orders>recent_orders", NULL },
  { "one", shop, 5, "orders", NULL, false, "orders>orders", NULL },
  { "several", shop, 5, "orders, customers", NULL, false, "customers>customers orders>orders",
    NULL },
  { "a pattern takes no views and no parts", shop, 5, "*orders*", NULL, false, "orders>orders",
    NULL },
  { "a pattern with views", shop, 5, "*order*", NULL, true,
    "orders>orders order_lines>order_lines recent_orders>recent_orders", NULL },
  { "a view by its name", shop, 5, "recent_orders", NULL, false, "recent_orders>recent_orders",
    NULL },
  { "a part by its name", shop, 5, "orders_2024", NULL, false, "orders_2024>orders_2024", NULL },
  { "one letter", shop, 5, "order?", NULL, false, "orders>orders", NULL },
  { "a set", shop, 5, "[co]*s", NULL, false,
    "customers>customers orders>orders order_lines>order_lines", NULL },
  { "without some", shop, 5, NULL, "order*,none", false, "customers>customers", NULL },
  { "named and excluded", shop, 5, "orders", "orders", false, NULL,
    "shop: has no table to read of that name" },
  { "by schema", schemas, 3, "old.orders", NULL, false, "old.orders>orders", NULL },
  { "same name twice", schemas, 3, "orders", NULL, false,
    "public.orders>public_orders old.orders>old_orders", NULL },
  { "a schema's tables", schemas, 3, "public.*", NULL, false,
    "public.orders>orders public.users>users", NULL },
  { "without a schema", schemas, 3, NULL, "old.*", false, "public.orders>orders public.users>users",
    NULL },
  { "near name", shop, 5, "custmers", NULL, false, NULL,
    "shop: has no table 'custmers' (did you mean 'customers'?)" },
  { "near name with a schema", schemas, 3, "public.user", NULL, false, NULL,
    "has no table 'public.user' (did you mean 'users'?)" },
  { "nothing near", shop, 5, "zzzzzzzzzz", NULL, false, NULL,
    "shop: has no table 'zzzzzzzzzz' that can be read" },
  { "one of two is missing", shop, 5, "orders,missing_one", NULL, false, NULL,
    "has no table 'missing_one'" },
  { "a pattern without a match", shop, 5, "orders,x*", NULL, false, NULL, "has no table 'x*'" },
  { "nothing there", shop, 0, NULL, NULL, false, NULL, "shop: has no table to read" },
  { "only views", shop + 3, 1, NULL, NULL, false, NULL, "are there only views (--include-views)" },
};

TEST(tables_are_selected_by_globs) {
  for (size_t i = 0; i < COUNT(selections); i++) {
    struct sl_db_tables tables;
    struct sl_error err = { 0 };
    struct sl_db_settings settings = { .exclude_tables = selections[i].exclude,
                                       .include_views = selections[i].views };
    make_tables(&tables, selections[i].items, selections[i].n);
    sl_status rc = sl_db_select_tables(&tables, selections[i].globs, &settings, "shop:", &err);
    CHECK_INT(selections[i].label, rc, selections[i].want == NULL ? SL_ENOTFOUND : SL_OK);
    char *got = rc == SL_OK ? print_tables(&tables) : NULL;
    CHECK_STR(selections[i].label, got, selections[i].want);
    if (selections[i].error != NULL &&
        !CHECK_CASE(selections[i].label, strstr(err.message, selections[i].error) != NULL)) {
      printf("  %s\n", err.message);
    }
    free(got);
    sl_db_tables_release(&tables);
  }
}

static int warnings;
static char last_warning[600];
static void count_warning(void *arg, const char *message) {
  (void)arg;
  warnings++;
  snprintf(last_warning, sizeof last_warning, "%s", message);
}

/* id, name, secret, blob (unsupported); primary key (id, secret). */
static void make_columns(struct sl_db_table *table) {
  static const char *const names[] = { "id", "name", "secret", "shape" };
  struct sl_error err;
  struct sl_db_column *column;
  *table = (struct sl_db_table){ .name = strdup("t") };
  for (size_t i = 0; i < COUNT(names); i++) {
    CHECK_OK(sl_db_table_add_column(table, names[i], "its type", "u", true, &column, &err), &err);
  }
  column->unsupported = true;
  CHECK_OK(sl_db_table_add_key(table, "id", &err), &err);
  CHECK_OK(sl_db_table_add_key(table, "secret", &err), &err);
}

static const struct {
  const char *label, *include, *exclude;
  bool only;
  const char *columns;
  size_t keys;
  const char *error;
} columns[] = {
  { "all", NULL, NULL, true, "id name secret", 2, NULL },
  { "some", "id,name", NULL, true, "id name", 0, NULL },
  { "by pattern", "*e*", NULL, true, "name secret", 0, NULL },
  { "without some", NULL, "name", true, "id secret", 2, NULL },
  { "without a part of the key", NULL, "secret", true, "id name", 0, NULL },
  { "both", "i*,s*", "secret", true, "id", 0, NULL },
  { "near name", "nmae", NULL, true, NULL, 0,
    "table t has no column 'nmae' (did you mean 'name'?)" },
  { "nothing near", NULL, "zzzzzz", true, NULL, 0,
    "table t has no column 'zzzzzz'; `sluice inspect` lists them" },
  { "one of several tables need not have it", "id,elsewhere", NULL, false, "id", 0, NULL },
  { "nothing left", "zz*", NULL, true, NULL, 0, "table t: no column is left to read" },
};

TEST(columns_are_selected_by_globs) {
  for (size_t i = 0; i < COUNT(columns); i++) {
    struct sl_db_table table;
    struct sl_error err = { 0 };
    struct sl_buffer got = { 0 };
    struct sl_db_settings settings = { .include_columns = columns[i].include,
                                       .exclude_columns = columns[i].exclude };
    struct sl_db_config config = { .settings = &settings, .warn = count_warning };
    make_columns(&table);
    sl_status rc = sl_db_select_columns(&table, &config, columns[i].only, &err);
    for (size_t c = 0; c < table.n_columns; c++) {
      sl_buffer_printf(&got, "%s%s", c == 0 ? "" : " ", table.columns[c].name);
    }
    CHECK_INT(columns[i].label, rc == SL_OK, columns[i].error == NULL);
    if (rc == SL_OK) {
      CHECK_STR(columns[i].label, got.data, columns[i].columns);
      CHECK_INT(columns[i].label, table.n_primary_key, columns[i].keys);
    } else if (!CHECK_CASE(columns[i].label, columns[i].error != NULL &&
                                                 strstr(err.message, columns[i].error) != NULL)) {
      printf("  %s\n", err.message);
    }
    sl_buffer_release(&got);
    sl_db_table_release(&table);
  }
}

TEST(what_cannot_be_read_is_said) {
  struct sl_db_table table;
  struct sl_error err;
  struct sl_db_settings settings = { .exclude_columns = NULL };
  struct sl_db_config config = { .settings = &settings, .warn = count_warning };
  make_columns(&table);
  warnings = 0;
  CHECK_OK(sl_db_select_columns(&table, &config, true, &err), &err);
  CHECK_INT("one warning", warnings, 1);
  CHECK_STR("text", last_warning,
            "table t: column shape of type its type cannot be read and is left out");
  sl_db_table_release(&table);
  make_columns(&table);
  settings.exclude_columns = "shape"; /* who leaves it out needs no warning */
  CHECK_OK(sl_db_select_columns(&table, &config, true, &err), &err);
  CHECK_INT("no more", warnings, 1);
  sl_db_table_release(&table);
}

TEST(columns_are_found_by_their_very_names) {
  struct sl_db_table table;
  make_columns(&table);
  CHECK(sl_db_find_column(&table, "name") == &table.columns[1]);
  CHECK(sl_db_find_column(&table, "Name") == NULL);
  sl_db_table_release(&table);
}
