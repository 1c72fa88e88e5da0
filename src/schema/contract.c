/* contract.c - see contract.h. */
#include "schema/contract.h"

static const char *const mode_names[] = { "", "evolve", "freeze", "discard_row", "discard_value" };

const char *sl_contract_mode_name(enum sl_contract_mode mode) {
  return mode_names[mode];
}

static sl_status parse_mode(struct sl_text text, enum sl_contract_mode *out, struct sl_error *err) {
  for (int i = SL_EVOLVE; i <= SL_DISCARD_VALUE; i++) {
    if (sl_text_equal(text, sl_text_of(mode_names[i]))) {
      *out = (enum sl_contract_mode)i;
      return SL_OK;
    }
  }
  return sl_fail(err, SL_EUSAGE,
                 "contract mode '%.*s' is not one of evolve, freeze, discard_row, discard_value",
                 (int)text.length, text.data);
}

static sl_status parse_pair(struct sl_contract *out, struct sl_text pair, struct sl_error *err) {
  const char *equals = memchr(pair.data, '=', pair.length);
  if (equals == NULL) {
    return sl_fail(err, SL_EUSAGE, "contract '%.*s': write tables=…, columns=… or data_type=…",
                   (int)pair.length, pair.data);
  }
  struct sl_text name = { pair.data, (size_t)(equals - pair.data) };
  struct sl_text mode = { equals + 1, pair.length - name.length - 1 };
  enum sl_contract_mode *target = NULL;
  if (sl_text_equal(name, SL_TEXT_LITERAL("tables"))) {
    target = &out->tables;
  } else if (sl_text_equal(name, SL_TEXT_LITERAL("columns"))) {
    target = &out->columns;
  } else if (sl_text_equal(name, SL_TEXT_LITERAL("data_type"))) {
    target = &out->data_type;
  } else {
    return sl_fail(err, SL_EUSAGE,
                   "contract entity '%.*s' is not one of tables, columns, data_type",
                   (int)name.length, name.data);
  }
  return parse_mode(mode, target, err);
}

sl_status sl_contract_parse(struct sl_contract *out, const char *text, struct sl_error *err) {
  *out = (struct sl_contract){ SL_CONTRACT_UNSET, SL_CONTRACT_UNSET, SL_CONTRACT_UNSET };
  if (strchr(text, '=') == NULL) {
    sl_status rc = parse_mode(sl_text_of(text), &out->tables, err);
    out->columns = out->data_type = out->tables;
    return rc;
  }
  for (const char *at = text; *at != '\0';) {
    size_t n = strcspn(at, ",");
    sl_status rc = parse_pair(out, (struct sl_text){ at, n }, err);
    if (rc != SL_OK) {
      return rc;
    }
    at += n + (at[n] == ',');
  }
  return SL_OK;
}

static bool says_something(const struct sl_contract *c) {
  return c->tables != SL_CONTRACT_UNSET || c->columns != SL_CONTRACT_UNSET ||
         c->data_type != SL_CONTRACT_UNSET;
}

/* The contract stated nearest to the table on its way to the root; NULL = none. */
static const struct sl_contract *stated_by_tables(const struct sl_schema *schema,
                                                  const struct sl_table *table) {
  for (size_t depth = 0; table != NULL && depth <= schema->n_tables; depth++) {
    if (table->contract_stated) {
      return &table->contract;
    }
    table = table->parent == NULL ? NULL : sl_schema_table(schema, table->parent);
  }
  return NULL;
}

static enum sl_contract_mode or_evolve(enum sl_contract_mode mode) {
  return mode == SL_CONTRACT_UNSET ? SL_EVOLVE : mode;
}

struct sl_contract sl_contract_of(const struct sl_schema *schema, const struct sl_table *table,
                                  const struct sl_contract *override) {
  static const struct sl_contract none = { SL_CONTRACT_UNSET, SL_CONTRACT_UNSET,
                                           SL_CONTRACT_UNSET };
  const struct sl_contract *chosen = NULL;
  bool system = table != NULL && strncmp(table->name, "_dlt", 4) == 0;
  if (!system && override != NULL && says_something(override)) {
    chosen = override;
  } else if (!system) {
    chosen = stated_by_tables(schema, table);
    chosen = chosen == NULL && schema->contract_stated ? &schema->contract : chosen;
  }
  chosen = chosen == NULL ? &none : chosen;
  return (struct sl_contract){
    .tables = or_evolve(chosen->tables),
    .columns = or_evolve(chosen->columns),
    .data_type = or_evolve(chosen->data_type),
  };
}

sl_status sl_contract_fail(struct sl_error *err, enum sl_contract_entity entity, const char *schema,
                           const char *table, const char *column, const char *found) {
  static const char *const what[] = { "tables", "columns", "data_type" };
  const char *consequence = entity == SL_ENTITY_TABLES    ? "a new table"
                            : entity == SL_ENTITY_COLUMNS ? "a new column"
                                                          : "a new type of the column";
  return sl_fail(
      err, SL_ECONTRACT,
      "the contract %s=freeze of schema %s forbids %s: table %s%s%s, found %s; allow it with "
      "--contract %s=evolve, or drop it with %s=discard_value or discard_row",
      what[entity], schema, consequence, table, column == NULL ? "" : ", column ",
      column == NULL ? "" : column, found, what[entity], what[entity]);
}
