/* hints_nested.c - hints of nested tables, before there are rows for them; see hints_parts.h. */
#include <stdlib.h>

#include <yyjson.h>

#include "pipeline/hints_parts.h"
#include "schema/json_text.h"

struct nested { /* one entry of the list */
  struct sl_schema *schema;
  const struct sl_naming *naming;
  struct sl_table *root;
  yyjson_val *entry;
};

static sl_status wrong(struct sl_error *err, const char *what) {
  return sl_fail(
      err, SL_EUSAGE,
      "--nested-hints: %s; write [{\"path\": [\"items\"], \"columns\": \"price:decimal\", "
      "\"contract\": \"freeze\", \"references\": []}], each member but path as needed",
      what);
}

/* The table of the first `depth` names of the path, made below its parent when it is missing. What
 * it is the child of is corrected by the first rows. */
static sl_status table_at(const struct nested *n, size_t depth, struct sl_table **table,
                          struct sl_error *err) {
  struct sl_table *parent = *table;
  struct sl_buffer part = { 0 };
  struct sl_buffer name = { 0 };
  yyjson_val *key = yyjson_arr_get(yyjson_obj_get(n->entry, "path"), depth - 1);
  struct sl_text given = { yyjson_get_str(key), yyjson_get_len(key) };
  sl_status rc = sl_naming_path(n->naming, given, &part, err);
  if (rc == SL_OK) {
    struct sl_text fragments[] = { sl_text_of(parent->name), sl_text_of(part.data) };
    rc = sl_naming_fragments(n->naming, fragments, 2, &name, err);
  }
  *table = rc == SL_OK ? sl_schema_table(n->schema, name.data) : NULL;
  if (rc == SL_OK && *table == NULL) {
    rc = sl_schema_add_table(n->schema, name.data, table, err);
    if (rc == SL_OK && ((*table)->parent = strdup(parent->name)) == NULL) {
      rc = sl_fail(err, SL_ENOMEM, "out of memory for table %s", name.data);
    }
  } else if (rc == SL_OK && (*table)->parent == NULL) {
    rc = sl_fail(err, SL_EUSAGE,
                 "table %s is a table of its own in this dataset and no child of %s; load into "
                 "another dataset, or under another name",
                 name.data, parent->name);
  }
  sl_buffer_release(&part);
  sl_buffer_release(&name);
  return rc;
}

static sl_status find_table(const struct nested *n, struct sl_table **out, struct sl_error *err) {
  yyjson_val *path = yyjson_obj_get(n->entry, "path");
  if (!yyjson_is_arr(path)) {
    return wrong(err, "an entry has no path");
  }
  *out = n->root;
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < yyjson_arr_size(path); i++) {
    rc = yyjson_is_str(yyjson_arr_get(path, i)) ? table_at(n, i + 1, out, err)
                                                : wrong(err, "a path is a list of names");
  }
  return rc;
}

/* A name, or each of a list of names, as it is in the dataset. */
static sl_status normalise(const struct nested *n, yyjson_mut_doc *doc, yyjson_mut_val *object,
                           const char *member, struct sl_error *err) {
  struct sl_buffer name = { 0 };
  yyjson_mut_val *value = yyjson_mut_obj_get(object, member);
  size_t many = yyjson_mut_is_arr(value) ? yyjson_mut_arr_size(value) : value != NULL;
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < many; i++) {
    yyjson_mut_val *one = yyjson_mut_is_arr(value) ? yyjson_mut_arr_get(value, i) : value;
    if (!yyjson_mut_is_str(one)) {
      rc = wrong(err, "a reference has tables and columns by their names");
      break;
    }
    struct sl_text given = { yyjson_mut_get_str(one), yyjson_mut_get_len(one) };
    rc = sl_naming_path(n->naming, given, &name, err);
    const char *copy = rc == SL_OK ? yyjson_mut_get_str(yyjson_mut_strcpy(doc, name.data)) : NULL;
    if (rc == SL_OK && copy == NULL) {
      rc = sl_fail(err, SL_ENOMEM, "out of memory for a name");
    } else if (rc == SL_OK) {
      yyjson_mut_set_str(one, copy);
    }
  }
  sl_buffer_release(&name);
  return rc;
}

/* What dlt keeps under `references`: which columns stand for rows of which table. */
static sl_status set_references(const struct nested *n, yyjson_val *references,
                                struct sl_table *table, struct sl_error *err) {
  if (!yyjson_is_arr(references)) {
    return wrong(err, "references are a list");
  }
  yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
  yyjson_mut_val *list = doc == NULL ? NULL : yyjson_val_mut_copy(doc, references);
  sl_status rc = list != NULL ? SL_OK : sl_fail(err, SL_ENOMEM, "out of memory for references");
  for (size_t i = 0; rc == SL_OK && i < yyjson_arr_size(references); i++) {
    static const char *const members[] = { "columns", "referenced_table", "referenced_columns" };
    yyjson_mut_val *one = yyjson_mut_arr_get(list, i);
    for (size_t m = 0; rc == SL_OK && m < sizeof members / sizeof members[0]; m++) {
      rc = yyjson_mut_obj_get(one, members[m]) == NULL
               ? wrong(err, "a reference has columns, referenced_table and referenced_columns")
               : normalise(n, doc, one, members[m], err);
    }
  }
  char *json = rc == SL_OK ? yyjson_mut_val_write(list, 0, NULL) : NULL;
  if (rc == SL_OK) {
    rc = json == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for references")
                      : sl_properties_set(&table->extra, "references", json, err);
  }
  free(json);
  yyjson_mut_doc_free(doc);
  return rc;
}

/* Written into the schema, where it holds for this table and those below it. */
static sl_status state_contract(struct sl_table *table, const char *text, struct sl_error *err) {
  struct sl_contract contract = { 0 };
  sl_status rc = sl_contract_parse(&contract, text, err);
  if (rc == SL_OK) {
    table->contract = contract;
    table->contract_stated = true;
    rc = sl_properties_set(&table->extra, "schema_contract", NULL, err);
  }
  return rc;
}

static sl_status apply_entry(const struct nested *n, struct sl_error *err) {
  struct sl_hints h = { .schema = n->schema, .naming = n->naming };
  const char *contract = yyjson_get_str(yyjson_obj_get(n->entry, "contract"));
  yyjson_val *references = yyjson_obj_get(n->entry, "references");
  sl_status rc = find_table(n, &h.table, err);
  if (rc == SL_OK && contract != NULL) {
    rc = state_contract(h.table, contract, err);
  }
  if (rc == SL_OK && h.table != n->root) {
    rc = sl_hints_contract(&h, NULL, err);
  }
  if (rc == SL_OK && h.table != n->root) {
    rc = sl_hints_columns(&h, yyjson_get_str(yyjson_obj_get(n->entry, "columns")), err);
  }
  if (rc == SL_OK && references != NULL) {
    rc = set_references(n, references, h.table, err);
  }
  sl_hints_release(&h);
  return rc;
}

sl_status sl_hints_nested(struct sl_schema *schema, const struct sl_naming *naming,
                          const char *json, struct sl_table *root, struct sl_error *err) {
  yyjson_doc *doc = NULL;
  sl_status rc = sl_json_parse(&doc, json, strlen(json), 0, "--nested-hints", err);
  yyjson_val *list = rc == SL_OK ? yyjson_doc_get_root(doc) : NULL;
  if (rc == SL_EDATA || (rc == SL_OK && !yyjson_is_arr(list))) {
    rc = wrong(err, "it is no JSON list");
  }
  for (size_t i = 0; rc == SL_OK && i < yyjson_arr_size(list); i++) {
    struct nested n = { schema, naming, root, yyjson_arr_get(list, i) };
    rc = apply_entry(&n, err);
  }
  yyjson_doc_free(doc);
  return rc;
}
