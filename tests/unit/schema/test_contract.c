/* test_contract.c - reading contracts, and which of them holds. */
#include "schema/contract.h"

#include <stdlib.h>

#include "unit/test.h"

static const struct {
  const char *text;
  struct sl_contract want;
  const char *problem; /* part of the message; NULL = good */
} texts[] = {
  { "freeze", { SL_FREEZE, SL_FREEZE, SL_FREEZE }, NULL },
  { "discard_row", { SL_DISCARD_ROW, SL_DISCARD_ROW, SL_DISCARD_ROW }, NULL },
  { "columns=discard_value", { SL_CONTRACT_UNSET, SL_DISCARD_VALUE, SL_CONTRACT_UNSET }, NULL },
  { "tables=evolve,columns=freeze,data_type=discard_row",
    { SL_EVOLVE, SL_FREEZE, SL_DISCARD_ROW },
    NULL },
  { "data_type=freeze,", { SL_CONTRACT_UNSET, SL_CONTRACT_UNSET, SL_FREEZE }, NULL },
  { "frozen",
    { SL_CONTRACT_UNSET, SL_CONTRACT_UNSET, SL_CONTRACT_UNSET },
    "evolve, freeze, discard_row, discard_value" },
  { "",
    { SL_CONTRACT_UNSET, SL_CONTRACT_UNSET, SL_CONTRACT_UNSET },
    "evolve, freeze, discard_row, discard_value" },
  { "rows=freeze",
    { SL_CONTRACT_UNSET, SL_CONTRACT_UNSET, SL_CONTRACT_UNSET },
    "tables, columns, data_type" },
  { "tables=",
    { SL_CONTRACT_UNSET, SL_CONTRACT_UNSET, SL_CONTRACT_UNSET },
    "evolve, freeze, discard_row, discard_value" },
  { "tables=freeze,columns",
    { SL_CONTRACT_UNSET, SL_CONTRACT_UNSET, SL_CONTRACT_UNSET },
    "columns=" },
};

static void check_contract(const char *label, struct sl_contract got, struct sl_contract want) {
  CHECK_STR(label, sl_contract_mode_name(got.tables), sl_contract_mode_name(want.tables));
  CHECK_STR(label, sl_contract_mode_name(got.columns), sl_contract_mode_name(want.columns));
  CHECK_STR(label, sl_contract_mode_name(got.data_type), sl_contract_mode_name(want.data_type));
}

TEST(contracts_are_read) {
  for (size_t i = 0; i < COUNT(texts); i++) {
    struct sl_contract got;
    struct sl_error err;
    sl_status rc = sl_contract_parse(&got, texts[i].text, &err);
    CHECK_INT(texts[i].text, rc, texts[i].problem == NULL ? SL_OK : SL_EUSAGE);
    if (rc == SL_OK) {
      check_contract(texts[i].text, got, texts[i].want);
    } else if (texts[i].problem != NULL) {
      CHECK_CASE(err.message, strstr(err.message, texts[i].problem) != NULL);
    }
  }
}

/* Who states a contract in the chain orders > orders__items > orders__items__tags, in the settings
 * and for the run, as text; NULL = nobody. */
static const struct {
  const char *label, *table, *settings, *root, *child, *run;
  struct sl_contract want;
} cases[] = {
  { "nothing stated", "orders", NULL, NULL, NULL, NULL, { SL_EVOLVE, SL_EVOLVE, SL_EVOLVE } },
  { "settings", "orders", "freeze", NULL, NULL, NULL, { SL_FREEZE, SL_FREEZE, SL_FREEZE } },
  { "settings, new table", NULL, "freeze", NULL, NULL, NULL, { SL_FREEZE, SL_FREEZE, SL_FREEZE } },
  { "what is left out evolves",
    "orders",
    "columns=freeze",
    NULL,
    NULL,
    NULL,
    { SL_EVOLVE, SL_FREEZE, SL_EVOLVE } },
  { "the table alone, not mixed with settings",
    "orders",
    "freeze",
    "columns=discard_row",
    NULL,
    NULL,
    { SL_EVOLVE, SL_DISCARD_ROW, SL_EVOLVE } },
  { "nested takes from the root",
    "orders__items__tags",
    "freeze",
    "columns=discard_row",
    NULL,
    NULL,
    { SL_EVOLVE, SL_DISCARD_ROW, SL_EVOLVE } },
  { "nested takes from the nearest",
    "orders__items__tags",
    NULL,
    "freeze",
    "discard_value",
    NULL,
    { SL_DISCARD_VALUE, SL_DISCARD_VALUE, SL_DISCARD_VALUE } },
  { "the root does not take from below",
    "orders",
    NULL,
    NULL,
    "discard_value",
    NULL,
    { SL_EVOLVE, SL_EVOLVE, SL_EVOLVE } },
  { "the run replaces all",
    "orders__items",
    "freeze",
    "freeze",
    "freeze",
    "columns=discard_row",
    { SL_EVOLVE, SL_DISCARD_ROW, SL_EVOLVE } },
  { "tables of dlt evolve",
    "_dlt_loads",
    "freeze",
    NULL,
    NULL,
    "freeze",
    { SL_EVOLVE, SL_EVOLVE, SL_EVOLVE } },
};

static void state(const char *text, struct sl_contract *contract, bool *stated) {
  struct sl_error err;
  *stated = text != NULL;
  if (text != NULL) CHECK_OK(sl_contract_parse(contract, text, &err), &err);
}

static struct sl_table *add(struct sl_schema *schema, const char *name, const char *parent) {
  struct sl_table *table = NULL;
  struct sl_error err;
  CHECK_OK(sl_schema_add_table(schema, name, &table, &err), &err);
  if (table != NULL && parent != NULL) table->parent = strdup(parent);
  return table;
}

TEST(the_nearest_contract_holds) {
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct sl_schema *schema;
    struct sl_error err;
    struct sl_contract run = { SL_CONTRACT_UNSET, SL_CONTRACT_UNSET, SL_CONTRACT_UNSET };
    bool run_stated;
    if (!CHECK_OK(sl_schema_new(&schema, "test", &err), &err)) return;
    struct sl_table *root = add(schema, "orders", NULL);
    struct sl_table *child = add(schema, "orders__items", "orders");
    add(schema, "orders__items__tags", "orders__items");
    state(cases[i].settings, &schema->contract, &schema->contract_stated);
    state(cases[i].root, &root->contract, &root->contract_stated);
    state(cases[i].child, &child->contract, &child->contract_stated);
    state(cases[i].run, &run, &run_stated);
    const struct sl_table *table =
        cases[i].table == NULL ? NULL : sl_schema_table(schema, cases[i].table);
    check_contract(cases[i].label, sl_contract_of(schema, table, &run), cases[i].want);
    if (!run_stated) {
      check_contract(cases[i].label, sl_contract_of(schema, table, NULL), cases[i].want);
    }
    sl_schema_free(schema);
  }
}

TEST(a_frozen_entity_is_named_with_what_was_found) {
  struct sl_error err;
  CHECK_INT("code", sl_contract_fail(&err, SL_ENTITY_COLUMNS, "shop", "orders", "color", "text"),
            SL_ECONTRACT);
  static const char *const parts[] = { "columns=freeze", "shop", "orders",
                                       "color",          "text", "--contract columns=evolve" };
  for (size_t i = 0; i < COUNT(parts); i++) {
    CHECK_CASE(parts[i], strstr(err.message, parts[i]) != NULL);
  }
  CHECK_INT("code", sl_contract_fail(&err, SL_ENTITY_TABLES, "shop", "orders", NULL, "rows"),
            SL_ECONTRACT);
  CHECK_CASE("no column", strstr(err.message, ", column") == NULL);
}
