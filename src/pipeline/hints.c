/* hints.c - see hints.h. */
#include "pipeline/hints_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <yyjson.h>

#include "schema/detect.h"

/* "updated_at:desc" */
static sl_status apply_dedup_sort(struct sl_hints *h, const char *text, struct sl_error *err) {
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
  sl_status rc = sl_hints_column(h, (struct sl_text){ text, length }, &column, err);
  if (rc == SL_OK) {
    column->dedup_sort = strcasecmp(order, "asc") == 0 ? SL_DEDUP_ASC : SL_DEDUP_DESC;
  }
  return rc;
}

static sl_status apply_hard_delete(struct sl_hints *h, const char *name, struct sl_error *err) {
  struct sl_column *column;
  sl_status rc = name == NULL ? SL_OK : sl_hints_column(h, sl_text_of(name), &column, err);
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

static sl_status validity_column(struct sl_hints *h, const char *name, const char *mark,
                                 struct sl_error *err) {
  struct sl_column *column;
  sl_status rc = sl_hints_column(h, sl_text_of(name), &column, err);
  if (rc == SL_OK) {
    column->type = SL_TYPE_TIMESTAMP;
    column->nullable = true;
    column->nullable_stated = true;
    rc = sl_properties_set(&column->extra, mark, "true", err);
  }
  return rc;
}

/* The columns that scd2 needs (dlt: _merge_merge_disposition_dict). */
static sl_status apply_scd2(struct sl_hints *h, const struct sl_load_settings *s,
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
    rc = sl_hints_column(h, sl_text_of(to), &column, err);
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
    rc = sl_hints_column(h, sl_text_of(version), &column, err);
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

/* Child rows of merged tables, or of all, carry their root's key (dlt: extend_table, root_key). */
static sl_status apply_propagation(struct sl_schema *schema, const char *table,
                                   struct sl_error *err) {
  yyjson_doc *old =
      schema->propagation_json == NULL
          ? NULL
          : yyjson_read(schema->propagation_json, strlen(schema->propagation_json), 0);
  yyjson_mut_doc *doc = old == NULL ? yyjson_mut_doc_new(NULL) : yyjson_doc_mut_copy(old, NULL);
  yyjson_mut_val *place = yyjson_mut_doc_get_root(doc);
  if (place == NULL) {
    place = yyjson_mut_obj(doc);
    yyjson_mut_doc_set_root(doc, place);
  }
  if (table != NULL) {
    yyjson_mut_val *tables = yyjson_mut_obj_get(place, "tables");
    place = tables != NULL ? tables : yyjson_mut_obj_add_obj(doc, place, "tables");
  }
  yyjson_mut_val *pair = yyjson_mut_obj(doc);
  yyjson_mut_obj_add_str(doc, pair, "_dlt_id", "_dlt_root_id");
  yyjson_mut_obj_put(place, yyjson_mut_strcpy(doc, table != NULL ? table : "root"), pair);
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

static sl_status apply_disposition(struct sl_hints *h, const struct sl_load_settings *s,
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
    rc = apply_propagation(h->schema, t->name, err);
  }
  return rc;
}

sl_status sl_hints_apply(struct sl_schema *schema, const struct sl_naming *naming,
                         const struct sl_load_settings *settings, const char *table,
                         struct sl_table **out, struct sl_error *err) {
  struct sl_hints h = { .schema = schema, .naming = naming };
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
    rc = sl_hints_contract(&h, settings->contract, err);
  }
  if (rc == SL_OK) {
    rc = sl_hints_columns(&h, settings->columns, err);
  }
  if (rc == SL_OK) {
    rc = sl_hints_key(&h, settings->primary_key, SL_HINT_PRIMARY_KEY, err);
  }
  if (rc == SL_OK) {
    rc = sl_hints_key(&h, settings->merge_key, SL_HINT_MERGE_KEY, err);
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
  if (rc == SL_OK && settings->root_key) {
    rc = apply_propagation(schema, NULL, err);
  }
  if (rc == SL_OK && settings->nested_hints != NULL) {
    rc = sl_hints_nested(schema, naming, settings->nested_hints, h.table, err);
  }
  sl_hints_release(&h);
  *out = h.table;
  return rc;
}

static sl_status apply_detections(struct sl_schema *schema, const char *names,
                                  struct sl_error *err) {
  struct sl_text rest = sl_text_of(names);
  struct sl_text part;
  schema->detections = 0;
  while (sl_hints_next_part(&rest, ',', &part)) {
    char name[64];
    part = sl_hints_trim(part);
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
  while (sl_hints_next_part(&rest, ',', &part)) {
    part = sl_hints_trim(part);
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
