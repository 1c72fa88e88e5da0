/* stored_read.c - dlt's stored schema JSON into memory, older engine versions migrated on the way.
 *
 * What the model cannot express exactly (a hint that is stored as false, the form of a contract,
 * unknown members) is carried along as JSON, so that writing gives back what was read. */
#include <stdio.h>
#include <stdlib.h>

#include <yyjson.h>

#include "schema/json_text.h"
#include "schema/migrate.h"
#include "schema/stored.h"
#include "schema/stored_parts.h"

enum { MOST_DEPTH = 200 }; /* of JSON; a stored schema is about ten deep */

static bool holds_nul(yyjson_val *text) {
  return strlen(yyjson_get_str(text)) != yyjson_get_len(text);
}

sl_status sl_stored_carry(struct sl_properties *p, const char *name, yyjson_val *value,
                          struct sl_error *err) {
  char *json = yyjson_val_write(value, 0, NULL);
  sl_status rc = json == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for %s", name)
                              : sl_properties_set(p, name, json, err);
  free(json);
  return rc;
}

sl_status sl_stored_text(char **out, const char *name, yyjson_val *value, struct sl_error *err) {
  if (!yyjson_is_str(value) || holds_nul(value)) {
    return sl_fail(err, SL_EDATA, "%s is not a text", name);
  }
  free(*out);
  *out = strdup(yyjson_get_str(value));
  return *out == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for %s", name) : SL_OK;
}

/* True when the member is a hint that stands there as true. */
static bool read_hint(struct sl_column *column, const char *name, yyjson_val *value) {
  uint32_t hint = yyjson_is_true(value) ? sl_hint_from_name(sl_text_of(name)) : 0;
  column->hints |= hint;
  return hint != 0;
}

static sl_status read_type(struct sl_column *column, yyjson_val *value, struct sl_error *err) {
  const char *name = yyjson_get_str(value);
  column->type = name == NULL ? SL_TYPE_NONE : sl_type_from_name(sl_text_of(name));
  return column->type != SL_TYPE_NONE
             ? SL_OK
             : sl_fail(err, SL_EDATA, "data_type %s is none of dlt's types",
                       name == NULL ? "is not a text and" : name);
}

static bool read_size(int32_t *out, yyjson_val *value) {
  if (!yyjson_is_int(value) || yyjson_get_sint(value) < 0 || yyjson_get_sint(value) > INT32_MAX ||
      yyjson_get_uint(value) > INT32_MAX) {
    return false;
  }
  *out = (int32_t)yyjson_get_sint(value);
  return true;
}

/* True when a member of the column structure says it all. */
static bool read_simple(struct sl_column *column, const char *name, yyjson_val *value) {
  if (strcmp(name, "nullable") == 0 && yyjson_is_bool(value)) {
    column->nullable = yyjson_get_bool(value);
    column->nullable_stated = true;
    return true;
  }
  if (strcmp(name, "precision") == 0) {
    return read_size(&column->precision, value);
  }
  if (strcmp(name, "scale") == 0) {
    return read_size(&column->scale, value);
  }
  if (strcmp(name, "timezone") == 0 && yyjson_is_bool(value)) {
    column->timezone = yyjson_get_bool(value) ? 1 : 0;
    return true;
  }
  if (strcmp(name, "dedup_sort") == 0) {
    column->dedup_sort = yyjson_equals_str(value, "asc")    ? SL_DEDUP_ASC
                         : yyjson_equals_str(value, "desc") ? SL_DEDUP_DESC
                                                            : SL_DEDUP_NONE;
    return column->dedup_sort != SL_DEDUP_NONE;
  }
  return read_hint(column, name, value);
}

static sl_status read_member(struct sl_column *column, const char *name, yyjson_val *value,
                             struct sl_error *err) {
  if (strcmp(name, "name") == 0) {
    return SL_OK; /* the key says it */
  }
  if (strcmp(name, "data_type") == 0 && !yyjson_is_null(value)) {
    return read_type(column, value, err);
  }
  if (strcmp(name, "description") == 0 && !yyjson_is_null(value)) {
    return sl_stored_text(&column->description, name, value, err);
  }
  return read_simple(column, name, value) ? SL_OK
                                          : sl_stored_carry(&column->extra, name, value, err);
}

static sl_status read_column(struct sl_table *table, yyjson_val *key, yyjson_val *value,
                             struct sl_error *err) {
  struct sl_column *column = NULL;
  const char *name = yyjson_get_str(key);
  if (!yyjson_is_obj(value) || holds_nul(key)) {
    return sl_fail(err, SL_EDATA, "%s", holds_nul(key) ? "the name holds a NUL" : "not an object");
  }
  if (sl_table_column(table, name) != NULL) {
    return sl_fail(err, SL_EDATA, "it stands there twice");
  }
  sl_status rc = sl_table_add_column(table, name, &column, err);
  yyjson_val *member;
  yyjson_obj_iter members = yyjson_obj_iter_with(value);
  while ((member = yyjson_obj_iter_next(&members)) != NULL) {
    yyjson_val *what = yyjson_obj_iter_get_val(member);
    if (rc == SL_OK) {
      rc = read_member(column, yyjson_get_str(member), what, err);
    }
  }
  if (rc == SL_OK) {
    column->nullable_absent = column->type != SL_TYPE_NONE && !column->nullable_stated;
  }
  return rc;
}

static sl_status read_columns(struct sl_table *table, yyjson_val *columns, struct sl_error *err) {
  yyjson_val *key;
  if (!yyjson_is_obj(columns)) {
    return sl_fail(err, SL_EDATA, "columns is not an object");
  }
  yyjson_obj_iter members = yyjson_obj_iter_with(columns);
  while ((key = yyjson_obj_iter_next(&members)) != NULL) {
    yyjson_val *value = yyjson_obj_iter_get_val(key);
    sl_status rc = read_column(table, key, value, err);
    if (rc != SL_OK) {
      return sl_error_add_context(err, "column %s", yyjson_get_str(key));
    }
  }
  return SL_OK;
}

sl_status sl_stored_contract(struct sl_contract *out, bool *stated, struct sl_properties *p,
                             yyjson_val *value, struct sl_error *err) {
  static const char *const entities[] = { "tables", "columns", "data_type" };
  enum sl_contract_mode modes[3];
  for (size_t i = 0; i < 3; i++) {
    yyjson_val *mode = yyjson_is_str(value) ? value : yyjson_obj_get(value, entities[i]);
    modes[i] = sl_stored_mode(yyjson_get_str(mode));
    if (mode != NULL && !yyjson_is_null(mode) && modes[i] == SL_CONTRACT_UNSET) {
      return sl_fail(err, SL_EDATA,
                     "schema_contract: %s must be evolve, freeze, discard_row or discard_value",
                     entities[i]);
    }
  }
  if (!yyjson_is_obj(value) && !yyjson_is_str(value) && !yyjson_is_null(value)) {
    return sl_fail(err, SL_EDATA, "schema_contract is neither a text nor an object");
  }
  *stated = !yyjson_is_null(value);
  *out = (struct sl_contract){ modes[0], modes[1], modes[2] };
  return sl_stored_carry(p, "schema_contract", value, err);
}

/* The members that the structure does not say; an empty object says that there was one. */
static sl_status carry_rest(struct sl_properties *p, const char *name, yyjson_val *object,
                            bool (*known)(const char *, yyjson_val *), struct sl_error *err) {
  struct sl_buffer rest = { 0 };
  yyjson_val *key;
  sl_buffer_char(&rest, '{');
  yyjson_obj_iter members = yyjson_obj_iter_with(object);
  while ((key = yyjson_obj_iter_next(&members)) != NULL) {
    yyjson_val *value = yyjson_obj_iter_get_val(key);
    if (known(yyjson_get_str(key), value)) {
      continue;
    }
    char *json = yyjson_val_write(value, 0, NULL);
    rest.failed = rest.failed || json == NULL;
    if (json != NULL) {
      sl_buffer_text(&rest, rest.length > 1 ? "," : "");
      sl_json_string(&rest, yyjson_get_str(key), yyjson_get_len(key));
      sl_buffer_char(&rest, ':');
      sl_buffer_text(&rest, json);
    }
    free(json);
  }
  sl_buffer_char(&rest, '}');
  sl_status rc = sl_buffer_check(&rest, err);
  if (rc == SL_OK) {
    rc = sl_properties_set(p, name, rest.data, err);
  }
  sl_buffer_release(&rest);
  return rc;
}

static bool known_flag(const char *name, yyjson_val *value) {
  int32_t ignored;
  return (strcmp(name, "seen-data") == 0 && yyjson_is_bool(value)) ||
         (strcmp(name, "evolve-columns-once") == 0 && yyjson_is_bool(value)) ||
         (strcmp(name, "max_nesting") == 0 && read_size(&ignored, value));
}

static sl_status read_flags(struct sl_table *t, yyjson_val *value, struct sl_error *err) {
  if (!yyjson_is_obj(value)) {
    return yyjson_is_null(value) ? sl_stored_carry(&t->extra, "x-normalizer", value, err)
                                 : sl_fail(err, SL_EDATA, "x-normalizer is not an object");
  }
  t->seen_data = yyjson_get_bool(yyjson_obj_get(value, "seen-data"));
  t->evolve_columns_once = yyjson_get_bool(yyjson_obj_get(value, "evolve-columns-once"));
  if (yyjson_obj_get(value, "max_nesting") != NULL) {
    read_size(&t->max_nesting, yyjson_obj_get(value, "max_nesting"));
  }
  return carry_rest(&t->extra, "x-normalizer", value, known_flag, err);
}

static sl_status read_disposition(struct sl_table *t, yyjson_val *value, struct sl_error *err) {
  const char *text = yyjson_get_str(value);
  t->disposition = text == NULL ? SL_DISPOSITION_UNSET : sl_disposition_from_name(text);
  return t->disposition != SL_DISPOSITION_UNSET
             ? SL_OK
             : sl_fail(err, SL_EDATA, "write_disposition is not append, replace, merge or skip");
}

static sl_status read_table_member(struct sl_table *t, const char *name, yyjson_val *value,
                                   struct sl_error *err) {
  char **const texts[] = { &t->parent, &t->resource, &t->description, &t->table_format,
                           &t->file_format };
  static const char *const names[] = { "parent", "resource", "description", "table_format",
                                       "file_format" };
  if (strcmp(name, "name") == 0) {
    return SL_OK;
  }
  if (strcmp(name, "columns") == 0) {
    return read_columns(t, value, err);
  }
  if (strcmp(name, "schema_contract") == 0) {
    return sl_stored_contract(&t->contract, &t->contract_stated, &t->extra, value, err);
  }
  if (strcmp(name, "x-normalizer") == 0) {
    return read_flags(t, value, err);
  }
  if (yyjson_is_null(value)) {
    return sl_stored_carry(&t->extra, name, value, err);
  }
  if (strcmp(name, "write_disposition") == 0) {
    return read_disposition(t, value, err);
  }
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    if (strcmp(names[i], name) == 0) {
      return sl_stored_text(texts[i], name, value, err);
    }
  }
  return sl_stored_carry(&t->extra, name, value, err);
}

static sl_status read_table(struct sl_schema *schema, yyjson_val *key, yyjson_val *value,
                            struct sl_error *err) {
  struct sl_table *table = NULL;
  const char *name = yyjson_get_str(key);
  if (!yyjson_is_obj(value) || holds_nul(key)) {
    return sl_fail(err, SL_EDATA, "%s", holds_nul(key) ? "the name holds a NUL" : "not an object");
  }
  if (sl_schema_table(schema, name) != NULL) {
    return sl_fail(err, SL_EDATA, "it stands there twice");
  }
  if (yyjson_obj_get(value, "columns") == NULL) {
    return sl_fail(err, SL_EDATA, "it has no columns");
  }
  sl_status rc = sl_schema_add_table(schema, name, &table, err);
  yyjson_val *member;
  yyjson_obj_iter members = yyjson_obj_iter_with(value);
  while ((member = yyjson_obj_iter_next(&members)) != NULL) {
    yyjson_val *what = yyjson_obj_iter_get_val(member);
    if (rc == SL_OK) {
      rc = read_table_member(table, yyjson_get_str(member), what, err);
    }
  }
  return rc;
}

static sl_status read_tables(struct sl_schema *schema, yyjson_val *tables, struct sl_error *err) {
  yyjson_val *key;
  if (!yyjson_is_obj(tables)) {
    return sl_fail(err, SL_EDATA, "there is no tables object");
  }
  yyjson_obj_iter members = yyjson_obj_iter_with(tables);
  while ((key = yyjson_obj_iter_next(&members)) != NULL) {
    yyjson_val *value = yyjson_obj_iter_get_val(key);
    sl_status rc = read_table(schema, key, value, err);
    if (rc != SL_OK) {
      return sl_error_add_context(err, "table %s", yyjson_get_str(key));
    }
  }
  return SL_OK;
}

/* Every nested table stands below a table that is there, and no chain bites its tail. */
static sl_status check_parents(const struct sl_schema *schema, struct sl_error *err) {
  for (size_t i = 0; i < schema->n_tables; i++) {
    const struct sl_table *at = schema->tables[i];
    for (size_t depth = 0; at->parent != NULL; depth++) {
      const struct sl_table *parent = sl_schema_table(schema, at->parent);
      if (parent == NULL || depth > schema->n_tables) {
        return sl_fail(err, SL_EDATA, "table %s: its parent %s is %s", at->name, at->parent,
                       parent == NULL ? "not in the schema" : "among its own children");
      }
      at = parent;
    }
  }
  return SL_OK;
}

/* What dlt fills in when it reads: root tables append, and belong to the resource of their name. */
static sl_status apply_defaults(struct sl_schema *schema, struct sl_error *err) {
  for (size_t i = 0; i < schema->n_tables; i++) {
    struct sl_table *t = schema->tables[i];
    if (t->parent != NULL) {
      continue;
    }
    if (t->disposition == SL_DISPOSITION_UNSET) {
      t->disposition = SL_APPEND;
      sl_properties_set(&t->extra, "write_disposition", NULL, NULL); /* a null; cannot fail */
    }
    if (t->resource == NULL) {
      sl_properties_set(&t->extra, "resource", NULL, NULL);
      t->resource = strdup(t->name);
      if (t->resource == NULL) {
        return sl_fail(err, SL_ENOMEM, "out of memory for table %s", t->name);
      }
    }
  }
  return SL_OK;
}

static sl_status read_hashes(struct sl_schema *s, yyjson_val *hashes, struct sl_error *err) {
  size_t i;
  size_t n;
  yyjson_val *hash;
  if (hashes != NULL && !yyjson_is_null(hashes) && !yyjson_is_arr(hashes)) {
    return sl_fail(err, SL_EDATA, "previous_hashes is not a list");
  }
  if (s->previous_hashes != NULL) {
    return sl_fail(err, SL_EDATA, "previous_hashes stands there twice");
  }
  s->previous_hashes = sl_calloc_array(yyjson_arr_size(hashes) + 1, sizeof *s->previous_hashes);
  if (s->previous_hashes == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for hashes");
  }
  yyjson_arr_foreach(hashes, i, n, hash) {
    sl_status rc = sl_stored_text(&s->previous_hashes[i], "a previous hash", hash, err);
    if (rc != SL_OK) {
      return rc;
    }
    s->n_previous_hashes = i + 1;
  }
  return SL_OK;
}

static sl_status read_top(struct sl_schema *s, const char *name, yyjson_val *value,
                          struct sl_error *err) {
  if (strcmp(name, "version") == 0) {
    s->version = yyjson_get_sint(value);
    return yyjson_is_int(value) ? SL_OK : sl_fail(err, SL_EDATA, "version is not an integer");
  }
  if (strcmp(name, "name") == 0) {
    return sl_stored_text(&s->name, name, value, err);
  }
  if (strcmp(name, "engine_version") == 0) {
    return SL_OK;
  }
  if (strcmp(name, "tables") == 0) {
    return read_tables(s, value, err);
  }
  if (strcmp(name, "settings") == 0) {
    return sl_stored_settings(s, value, err);
  }
  if (strcmp(name, "normalizers") == 0) {
    return sl_stored_normalizers(s, value, err);
  }
  if (strcmp(name, "previous_hashes") == 0) {
    return read_hashes(s, value, err);
  }
  char **const texts[] = { &s->version_hash, &s->imported_version_hash, &s->description };
  static const char *const names[] = { "version_hash", "imported_version_hash", "description" };
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    if (strcmp(name, names[i]) == 0) {
      return yyjson_is_null(value) ? SL_OK : sl_stored_text(texts[i], name, value, err);
    }
  }
  return sl_stored_carry(&s->extra, name, value, err);
}

static sl_status read_schema(struct sl_schema *s, yyjson_val *root, struct sl_error *err) {
  yyjson_val *key;
  if (yyjson_obj_get(root, "tables") == NULL) {
    return sl_fail(err, SL_EDATA, "there is no tables object");
  }
  yyjson_obj_iter members = yyjson_obj_iter_with(root);
  while ((key = yyjson_obj_iter_next(&members)) != NULL) {
    yyjson_val *value = yyjson_obj_iter_get_val(key);
    sl_status rc = read_top(s, yyjson_get_str(key), value, err);
    if (rc != SL_OK) {
      return rc;
    }
  }
  sl_status rc = check_parents(s, err);
  if (rc == SL_OK) {
    rc = sl_schema_add_version_tables(s, err);
  }
  return rc == SL_OK ? apply_defaults(s, err) : rc;
}

static sl_status check_root(yyjson_val *root, struct sl_error *err) {
  yyjson_val *engine = yyjson_obj_get(root, "engine_version");
  yyjson_val *name = yyjson_obj_get(root, "name");
  if (!yyjson_is_obj(root) || !yyjson_is_int(engine) || !yyjson_is_str(name)) {
    return sl_fail(err, SL_EDATA,
                   "it is not an object with a name (text) and an engine_version (integer)");
  }
  if (yyjson_get_len(name) == 0 || holds_nul(name)) {
    return sl_fail(err, SL_EDATA, "its name is empty or holds a NUL");
  }
  if (yyjson_get_sint(engine) < 1 || yyjson_get_sint(engine) > SL_SCHEMA_ENGINE_VERSION) {
    return sl_fail(err, SL_EUNSUPPORTED,
                   "schema %s has engine version %lld; this Sluice knows 1 to %d: update Sluice",
                   yyjson_get_str(name), (long long)yyjson_get_sint(engine),
                   SL_SCHEMA_ENGINE_VERSION);
  }
  return SL_OK;
}

/* The document brought to the current engine; `doc` is freed or given back. */
static sl_status migrated(yyjson_doc **doc, struct sl_error *err) {
  yyjson_mut_doc *copy = yyjson_doc_mut_copy(*doc, NULL);
  sl_status rc =
      copy == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a schema") : sl_migrate(copy, err);
  if (rc == SL_OK) {
    yyjson_doc *now = yyjson_mut_doc_imut_copy(copy, NULL);
    if (now == NULL) {
      rc = sl_fail(err, SL_ENOMEM, "out of memory for a schema");
    } else {
      yyjson_doc_free(*doc);
      *doc = now;
    }
  }
  yyjson_mut_doc_free(copy);
  return rc;
}

static struct sl_schema *blank(void) {
  struct sl_schema *s = calloc(1, sizeof *s);
  if (s != NULL) {
    s->max_nesting = -1;
    s->version_hash = strdup("");
    s->naming = strdup("snake_case");
  }
  if (s == NULL || s->version_hash == NULL || s->naming == NULL) {
    sl_schema_free(s);
    return NULL;
  }
  return s;
}

static sl_status read_document(struct sl_schema **out, yyjson_doc **doc, struct sl_error *err) {
  yyjson_val *root = yyjson_doc_get_root(*doc);
  sl_status rc = check_root(root, err);
  if (rc == SL_OK && sl_migration_needed(root)) {
    rc = migrated(doc, err);
  }
  if (rc != SL_OK) {
    return rc;
  }
  root = yyjson_doc_get_root(*doc);
  struct sl_schema *schema = blank();
  rc = schema == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a schema")
                      : read_schema(schema, root, err);
  if (rc != SL_OK) {
    sl_error_add_context(err, "schema %s", yyjson_get_str(yyjson_obj_get(root, "name")));
    sl_schema_free(schema);
    return rc;
  }
  *out = schema;
  return SL_OK;
}

sl_status sl_schema_from_json(struct sl_schema **out, const char *json, size_t length,
                              struct sl_error *err) {
  *out = NULL;
  yyjson_doc *doc = NULL;
  if (sl_json_too_deep(json, length, MOST_DEPTH)) {
    return sl_fail(err, SL_EDATA, "stored schema: nested more than %d deep", MOST_DEPTH);
  }
  sl_status rc = sl_json_parse(&doc, json, length, YYJSON_READ_BIGNUM_AS_RAW,
                               "stored schema: JSON is broken", err);
  if (rc != SL_OK) {
    return rc;
  }
  rc = read_document(out, &doc, err);
  yyjson_doc_free(doc);
  return rc == SL_OK ? rc : sl_error_add_context(err, "stored schema");
}
