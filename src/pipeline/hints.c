/* hints.c - see hints.h. */
#include "pipeline/hints.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <yyjson.h>

#include "schema/contract.h"
#include "schema/detect.h"

struct hints { /* what each helper needs */
  struct sl_schema *schema;
  const struct sl_naming *naming;
  struct sl_table *table;
  struct sl_buffer name;             /* scratch for one normalised name */
  bool forbidden;                    /* the contract discards the whole table */
  enum sl_contract_mode new_columns; /* what it says to columns that only a hint names */
  struct sl_column ignored;          /* takes the hints of those that it discards */
};

/* The column of a source name, added when missing and the contract allows it. */
static sl_status hinted_column(struct hints *h, struct sl_text name, struct sl_column **out,
                               struct sl_error *err) {
  sl_status rc = sl_naming_path(h->naming, name, &h->name, err);
  if (rc != SL_OK) {
    return rc;
  }
  *out = sl_table_column(h->table, h->name.data);
  bool ours = strncmp(h->name.data, "_dlt", 4) == 0;
  if (*out != NULL) {
    return SL_OK;
  }
  if (h->forbidden || (!ours && h->new_columns != SL_EVOLVE)) {
    if (h->new_columns == SL_FREEZE) {
      return sl_contract_fail(err, SL_ENTITY_COLUMNS, h->schema->name, h->table->name, h->name.data,
                              "a hint");
    }
    sl_properties_release(&h->ignored.extra);
    h->ignored = (struct sl_column){ .name = h->name.data, .precision = -1, .scale = -1 };
    *out = &h->ignored;
    return SL_OK;
  }
  return sl_table_add_column(h->table, h->name.data, out, err);
}

/* A new table may get any columns in its first load, whatever the contract says of columns, but
 * whether it may be there at all, the contract of tables says (dlt: extractors.py). */
static sl_status apply_contract(struct hints *h, const char *text, struct sl_error *err) {
  struct sl_contract override = { 0 };
  sl_status rc = text == NULL ? SL_OK : sl_contract_parse(&override, text, err);
  if (rc != SL_OK) {
    return rc;
  }
  struct sl_contract contract = sl_contract_of(h->schema, h->table, &override);
  bool is_new = sl_table_is_new(h->table);
  if (is_new && contract.tables == SL_FREEZE) {
    return sl_contract_fail(err, SL_ENTITY_TABLES, h->schema->name, h->table->name, NULL,
                            "the table to load");
  }
  h->forbidden = is_new && contract.tables != SL_EVOLVE;
  if (is_new && !h->forbidden && contract.columns != SL_EVOLVE) {
    h->table->evolve_columns_once = true;
  }
  h->new_columns = is_new || h->table->evolve_columns_once ? SL_EVOLVE : contract.columns;
  return SL_OK;
}

/* Cuts the next part before `separator` (outside parentheses) off *rest. False at the end. */
static bool next_part(struct sl_text *rest, char separator, struct sl_text *part) {
  if (rest->data == NULL) {
    return false;
  }
  int depth = 0;
  size_t i = 0;
  for (; i < rest->length; i++) {
    char c = rest->data[i];
    depth += (c == '(') - (c == ')');
    if (c == separator && depth == 0) {
      break;
    }
  }
  *part = (struct sl_text){ rest->data, i };
  bool last = i == rest->length;
  *rest = last ? (struct sl_text){ NULL, 0 }
               : (struct sl_text){ rest->data + i + 1, rest->length - i - 1 };
  return true;
}

static struct sl_text trim(struct sl_text t) {
  while (t.length > 0 && t.data[0] == ' ') {
    t.data++, t.length--;
  }
  while (t.length > 0 && t.data[t.length - 1] == ' ') {
    t.length--;
  }
  return t;
}

/* "a,b" -> the hint on both columns and on no other; not null, as dlt does for keys. */
static sl_status apply_key(struct hints *h, const char *names, uint32_t hint,
                           struct sl_error *err) {
  if (names == NULL) {
    return SL_OK;
  }
  for (size_t i = 0; i < h->table->n_columns; i++) {
    h->table->columns[i]->hints &= ~hint;
  }
  struct sl_text rest = sl_text_of(names);
  struct sl_text part;
  while (next_part(&rest, ',', &part)) {
    struct sl_column *column;
    sl_status rc = hinted_column(h, trim(part), &column, err);
    if (rc != SL_OK) {
      return rc;
    }
    column->hints |= hint;
    column->nullable = false;
    column->nullable_stated = true;
  }
  return SL_OK;
}

static const struct {
  const char *name;
  uint32_t hint;
} hint_names[] = {
  { "primary_key", SL_HINT_PRIMARY_KEY },
  { "merge_key", SL_HINT_MERGE_KEY },
  { "unique", SL_HINT_UNIQUE },
  { "hard_delete", SL_HINT_HARD_DELETE },
  { "partition", SL_HINT_PARTITION },
  { "cluster", SL_HINT_CLUSTER },
  { "sort", SL_HINT_SORT },
};

static sl_status apply_column_hint(struct sl_column *column, struct sl_text hint,
                                   struct sl_error *err) {
  if (sl_text_equal(hint, SL_TEXT_LITERAL("not_null")) ||
      sl_text_equal(hint, SL_TEXT_LITERAL("nullable"))) {
    column->nullable = hint.data[1] == 'u';
    column->nullable_stated = true;
    return SL_OK;
  }
  if (sl_text_equal(hint, SL_TEXT_LITERAL("naive"))) {
    column->timezone = 0;
    return SL_OK;
  }
  for (size_t i = 0; i < sizeof hint_names / sizeof hint_names[0]; i++) {
    if (sl_text_equal(hint, sl_text_of(hint_names[i].name))) {
      column->hints |= hint_names[i].hint;
      return SL_OK;
    }
  }
  return sl_fail(
      err, SL_EUSAGE,
      "--columns: unknown hint '%.*s' of column %s; there are not_null, nullable, naive, "
      "primary_key, merge_key, unique, hard_delete, partition, cluster, sort",
      (int)hint.length, hint.data, column->name);
}

/* "decimal(12,2)" -> type, precision, scale. */
static sl_status apply_type(struct sl_column *column, struct sl_text text, struct sl_error *err) {
  const char *open = memchr(text.data, '(', text.length);
  struct sl_text name = { text.data, open == NULL ? text.length : (size_t)(open - text.data) };
  enum sl_type type = sl_type_from_name(name);
  if (type == SL_TYPE_NONE) {
    return sl_fail(err, SL_EUSAGE,
                   "--columns: unknown type '%.*s' of column %s; there are text, bigint, double, "
                   "decimal, wei, bool, timestamp, date, time, binary, json",
                   (int)name.length, name.data, column->name);
  }
  if (column->type != SL_TYPE_NONE && column->type != type) {
    return sl_fail(
        err, SL_EUSAGE,
        "--columns: column %s is already %s in the dataset and cannot become %s; leave the "
        "type away, or load into another table",
        column->name, sl_type_name(column->type), sl_type_name(type));
  }
  column->type = type;
  column->nullable_stated = true;
  if (open != NULL) {
    char *end = NULL;
    long precision = strtol(open + 1, &end, 10);
    long scale = *end == ',' ? strtol(end + 1, &end, 10) : -1;
    if (*end != ')' || precision < 0 || precision > 65535 || scale > precision) {
      return sl_fail(err, SL_EUSAGE,
                     "--columns: '%.*s' of column %s: write type(precision) or "
                     "type(precision,scale)",
                     (int)text.length, text.data, column->name);
    }
    column->precision = (int32_t)precision;
    column->scale = (int32_t)scale;
  }
  return SL_OK;
}

static sl_status apply_columns(struct hints *h, const char *columns, struct sl_error *err) {
  struct sl_text rest = sl_text_of(columns);
  struct sl_text entry;
  while (columns != NULL && next_part(&rest, ',', &entry)) {
    struct sl_text part;
    struct sl_text parts = trim(entry);
    struct sl_column *column = NULL;
    sl_status rc = SL_OK;
    for (int i = 0; rc == SL_OK && next_part(&parts, ':', &part); i++) {
      part = trim(part);
      if (i == 0) {
        rc = hinted_column(h, part, &column, err);
      } else if (i == 1 && part.length > 0) {
        rc = apply_type(column, part, err);
      } else if (i > 1) {
        rc = apply_column_hint(column, part, err);
      }
    }
    if (rc != SL_OK) {
      return rc;
    }
  }
  return SL_OK;
}

/* "updated_at:desc" */
static sl_status apply_dedup_sort(struct hints *h, const char *text, struct sl_error *err) {
  if (text == NULL) {
    return SL_OK;
  }
  const char *colon = strrchr(text, ':');
  const char *order = colon == NULL ? "asc" : colon + 1;
  if (strcasecmp(order, "asc") != 0 && strcasecmp(order, "desc") != 0) {
    return sl_fail(err, SL_EUSAGE, "--dedup-sort: '%s': write column:asc or column:desc", text);
  }
  size_t length = colon == NULL ? strlen(text) : (size_t)(colon - text);
  struct sl_column *column;
  sl_status rc = hinted_column(h, (struct sl_text){ text, length }, &column, err);
  if (rc == SL_OK) {
    column->dedup_sort = strcasecmp(order, "asc") == 0 ? SL_DEDUP_ASC : SL_DEDUP_DESC;
  }
  return rc;
}

static sl_status apply_hard_delete(struct hints *h, const char *name, struct sl_error *err) {
  struct sl_column *column;
  sl_status rc = name == NULL ? SL_OK : hinted_column(h, sl_text_of(name), &column, err);
  if (rc == SL_OK && name != NULL) {
    column->hints |= SL_HINT_HARD_DELETE;
  }
  return rc;
}

/* A text as a JSON value of a table property. */
static sl_status set_text(struct sl_properties *p, const char *key, const char *text,
                          struct sl_error *err) {
  struct sl_buffer json = { 0 };
  sl_buffer_char(&json, '"');
  for (const char *c = text; *c != '\0'; c++) {
    if (*c == '"' || *c == '\\') {
      sl_buffer_char(&json, '\\');
    }
    if ((unsigned char)*c < 0x20) {
      sl_buffer_printf(&json, "\\u%04x", (unsigned)(unsigned char)*c);
    } else {
      sl_buffer_char(&json, *c);
    }
  }
  sl_buffer_char(&json, '"');
  sl_status rc = sl_buffer_check(&json, err);
  if (rc == SL_OK) {
    rc = sl_properties_set(p, key, json.data, err);
  }
  sl_buffer_release(&json);
  return rc;
}

static sl_status validity_column(struct hints *h, const char *name, const char *mark,
                                 struct sl_error *err) {
  struct sl_column *column;
  sl_status rc = hinted_column(h, sl_text_of(name), &column, err);
  if (rc == SL_OK) {
    column->type = SL_TYPE_TIMESTAMP;
    column->nullable = true;
    column->nullable_stated = true;
    rc = sl_properties_set(&column->extra, mark, "true", err);
  }
  return rc;
}

/* The columns that scd2 needs (dlt: _merge_merge_disposition_dict). */
static sl_status apply_scd2(struct hints *h, const struct sl_load_settings *s,
                            struct sl_error *err) {
  const char *from = s->scd2_valid_from == NULL ? "_dlt_valid_from" : s->scd2_valid_from;
  const char *to = s->scd2_valid_to == NULL ? "_dlt_valid_to" : s->scd2_valid_to;
  const char *version = s->scd2_row_version == NULL ? "_dlt_id" : s->scd2_row_version;
  sl_status rc = validity_column(h, from, "x-valid-from", err);
  if (rc == SL_OK) {
    rc = validity_column(h, to, "x-valid-to", err);
  }
  if (rc == SL_OK) {
    struct sl_column *column;
    rc = hinted_column(h, sl_text_of(to), &column, err);
    if (rc == SL_OK && s->scd2_active != NULL) {
      rc = set_text(&column->extra, "x-active-record-timestamp", s->scd2_active, err);
    } else if (rc == SL_OK) {
      rc = sl_properties_set(&column->extra, "x-active-record-timestamp", "null", err);
    }
  }
  if (rc == SL_OK && s->scd2_boundary != NULL) {
    rc = set_text(&h->table->extra, "x-boundary-timestamp", s->scd2_boundary, err);
  }
  if (rc == SL_OK) {
    struct sl_column *column;
    rc = hinted_column(h, sl_text_of(version), &column, err);
    if (rc == SL_OK) {
      column->nullable = false;
      column->nullable_stated = true;
      column->hints &= ~(uint32_t)(SL_HINT_UNIQUE | SL_HINT_ROW_KEY);
      rc = sl_properties_set(&column->extra, "x-row-version", "true", err);
    }
    /* An insert-delete-reinsert leaves the same hash twice, so it is stated not to be a key. */
    if (rc == SL_OK) {
      rc = sl_properties_set(&column->extra, "unique", "false", err);
    }
    if (rc == SL_OK) {
      rc = sl_properties_set(&column->extra, "row_key", "false", err);
    }
  }
  return rc;
}

/* Child rows of merged tables carry their root's key (dlt: extend_table). */
static sl_status apply_propagation(struct hints *h, struct sl_error *err) {
  struct sl_schema *schema = h->schema;
  yyjson_doc *old =
      schema->propagation_json == NULL
          ? NULL
          : yyjson_read(schema->propagation_json, strlen(schema->propagation_json), 0);
  yyjson_mut_doc *doc = old == NULL ? yyjson_mut_doc_new(NULL) : yyjson_doc_mut_copy(old, NULL);
  yyjson_mut_val *root = yyjson_mut_doc_get_root(doc);
  if (root == NULL) {
    root = yyjson_mut_obj(doc);
    yyjson_mut_doc_set_root(doc, root);
  }
  yyjson_mut_val *tables = yyjson_mut_obj_get(root, "tables");
  if (tables == NULL) {
    tables = yyjson_mut_obj_add_obj(doc, root, "tables");
  }
  yyjson_mut_val *pair = yyjson_mut_obj(doc);
  yyjson_mut_obj_add_str(doc, pair, "_dlt_id", "_dlt_root_id");
  yyjson_mut_obj_put(tables, yyjson_mut_strcpy(doc, h->table->name), pair);
  char *json = yyjson_mut_write(doc, 0, NULL);
  yyjson_mut_doc_free(doc);
  yyjson_doc_free(old);
  if (json == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for the propagation settings");
  }
  free(schema->propagation_json);
  schema->propagation_json = json;
  return SL_OK;
}

static sl_status apply_disposition(struct hints *h, const struct sl_load_settings *s,
                                   struct sl_error *err) {
  struct sl_table *t = h->table;
  enum sl_merge_strategy merge =
      s->strategy == NULL ? SL_MERGE_UNSET : sl_merge_strategy_from_name(s->strategy);
  enum sl_disposition disposition = s->write_disposition == NULL
                                        ? SL_DISPOSITION_UNSET
                                        : sl_disposition_from_name(s->write_disposition);
  if (disposition == SL_DISPOSITION_UNSET) {
    disposition = merge != SL_MERGE_UNSET ? SL_MERGE
                  : s->strategy != NULL   ? SL_REPLACE
                                          : t->disposition;
  }
  t->disposition = disposition == SL_DISPOSITION_UNSET ? SL_APPEND : disposition;
  if (s->strategy != NULL && (t->disposition == SL_MERGE) != (merge != SL_MERGE_UNSET)) {
    return sl_fail(err, SL_EUSAGE, "--strategy %s does not go with --write-disposition %s",
                   s->strategy, sl_disposition_name(t->disposition));
  }
  sl_status rc = SL_OK;
  if (merge != SL_MERGE_UNSET) {
    rc = set_text(&t->extra, "x-merge-strategy", s->strategy, err);
  }
  if (rc == SL_OK && s->source_filter != NULL) {
    rc = set_text(&t->extra, "x-merge-source-filter", s->source_filter, err);
  }
  if (rc == SL_OK && s->destination_scope != NULL) {
    rc = set_text(&t->extra, "x-merge-destination-scope", s->destination_scope, err);
  }
  if (rc == SL_OK && merge == SL_MERGE_SCD2) {
    rc = apply_scd2(h, s, err);
  }
  if (rc == SL_OK && t->disposition == SL_MERGE &&
      sl_table_merge_strategy(h->schema, t) != SL_MERGE_SCD2) {
    rc = apply_propagation(h, err);
  }
  return rc;
}

sl_status sl_hints_apply(struct sl_schema *schema, const struct sl_naming *naming,
                         const struct sl_load_settings *settings, const char *table,
                         struct sl_table **out, struct sl_error *err) {
  struct hints h = { .schema = schema, .naming = naming };
  h.table = sl_schema_table(schema, table);
  sl_status rc = SL_OK;
  if (h.table == NULL) {
    rc = sl_schema_add_table(schema, table, &h.table, err);
    if (rc == SL_OK && (h.table->resource = strdup(table)) == NULL) {
      rc = sl_fail(err, SL_ENOMEM, "out of memory for table %s", table);
    }
  } else if (h.table->parent != NULL) {
    return sl_fail(
        err, SL_EUSAGE,
        "table %s is the child table of %s in this dataset; choose another name with --as", table,
        h.table->parent);
  }
  if (rc == SL_OK) {
    rc = apply_contract(&h, settings->contract, err);
  }
  if (rc == SL_OK) {
    rc = apply_columns(&h, settings->columns, err);
  }
  if (rc == SL_OK) {
    rc = apply_key(&h, settings->primary_key, SL_HINT_PRIMARY_KEY, err);
  }
  if (rc == SL_OK) {
    rc = apply_key(&h, settings->merge_key, SL_HINT_MERGE_KEY, err);
  }
  if (rc == SL_OK) {
    rc = apply_dedup_sort(&h, settings->dedup_sort, err);
  }
  if (rc == SL_OK) {
    rc = apply_hard_delete(&h, settings->hard_delete, err);
  }
  if (rc == SL_OK) {
    rc = apply_disposition(&h, settings, err);
  }
  if (rc == SL_OK && settings->max_nesting >= 0) {
    h.table->max_nesting = (int32_t)settings->max_nesting;
  }
  sl_properties_release(&h.ignored.extra);
  sl_buffer_release(&h.name);
  *out = h.table;
  return rc;
}

static sl_status apply_detections(struct sl_schema *schema, const char *names,
                                  struct sl_error *err) {
  struct sl_text rest = sl_text_of(names);
  struct sl_text part;
  schema->detections = 0;
  while (next_part(&rest, ',', &part)) {
    char name[64];
    part = trim(part);
    snprintf(name, sizeof name, "%.*s", (int)part.length, part.data);
    enum sl_detection d = sl_detection_from_name(name);
    if (d == SL_DETECT_COUNT && part.length > 0) {
      return sl_fail(
          err, SL_EUSAGE,
          "--detect: unknown detector '%s'; there are iso_timestamp, iso_date, timestamp, "
          "large_integer, hexbytes_to_text, wei_to_double",
          name);
    }
    schema->detections |= d == SL_DETECT_COUNT ? 0 : UINT32_C(1) << d;
  }
  return SL_OK;
}

static sl_status apply_preferred(struct sl_schema *schema, const char *text, struct sl_error *err) {
  struct sl_text rest = sl_text_of(text);
  struct sl_text part;
  while (next_part(&rest, ',', &part)) {
    part = trim(part);
    char entry[512];
    snprintf(entry, sizeof entry, "%.*s", (int)part.length, part.data);
    char *colon = strrchr(entry, ':');
    enum sl_type type = colon == NULL ? SL_TYPE_NONE : sl_type_from_name(sl_text_of(colon + 1));
    if (type == SL_TYPE_NONE || part.length >= sizeof entry) {
      return sl_fail(err, SL_EUSAGE, "--preferred-types: '%s': write name:type or re:pattern:type",
                     entry);
    }
    *colon = '\0';
    sl_status rc = set_text(&schema->preferred_types, entry, sl_type_name(type), err);
    if (rc != SL_OK) {
      return rc;
    }
  }
  return SL_OK;
}

sl_status sl_hints_apply_schema(struct sl_schema *schema, const struct sl_load_settings *settings,
                                struct sl_error *err) {
  sl_status rc = SL_OK;
  if (settings->detect != NULL) {
    rc = apply_detections(schema, settings->detect, err);
  }
  if (rc == SL_OK && settings->preferred_types != NULL) {
    rc = apply_preferred(schema, settings->preferred_types, err);
  }
  return rc;
}

sl_status sl_hints_change_naming(struct sl_schema *schema, const char *naming,
                                 struct sl_error *err) {
  for (size_t i = 0; i < schema->n_tables; i++) {
    if (schema->tables[i]->seen_data && strncmp(schema->tables[i]->name, "_dlt", 4) != 0) {
      return sl_fail(
          err, SL_EUSAGE,
          "the dataset's tables were named by %s; --naming %s would give them other names. "
          "Load into another dataset, or leave --naming away",
          schema->naming, naming);
    }
  }
  char *copy = strdup(naming);
  if (copy == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a name");
  }
  free(schema->naming);
  schema->naming = copy;
  return SL_OK;
}
