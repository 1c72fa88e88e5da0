/* source_keys.c - see source_keys.h. */
#include "project/source_keys.h"

#include <stdio.h>

static const char *const incremental_keys[] = {
  "cursor_column", "cursor_path", "initial_value",           "end_value",   "lag", "row_order",
  "range_start",   "range_end",   "on_cursor_value_missing", "primary_key", NULL
};

const struct sl_source_type *sl_source_kwargs_type(void) {
  return sl_source_type_find("sql_database");
}

/* What dlt's function takes besides, for Python: read, and of no consequence for one engine. */
static bool is_pythons(const char *key) {
  static const char *const names[] = { "credentials",
                                       "table",
                                       "metadata",
                                       "engine_kwargs",
                                       "backend_kwargs",
                                       "defer_table_reflect",
                                       "detect_precision_hints",
                                       "resolve_foreign_keys",
                                       NULL };
  for (size_t i = 0; names[i] != NULL; i++) {
    if (strcmp(names[i], key) == 0) {
      return true;
    }
  }
  return false;
}

static bool is_text(const struct sl_node *node, const char *wanted) {
  const char *text = sl_node_text(node);
  return text != NULL && strcmp(text, wanted) == 0;
}

bool sl_source_is_sql_database(const struct sl_project_source *s) {
  const struct sl_node *module = sl_node_get(s->config, "source_module");
  const struct sl_node *function = sl_node_get(s->config, "source_function");
  bool ours = is_text(module, "sql_database") || is_text(module, "dlt.sources.sql_database");
  return s->type->reader == SL_READ_DLT_NATIVE && ours &&
         (function == NULL || is_text(function, "sql_database") || is_text(function, "sql_table"));
}

static sl_status check_incremental(const struct sl_doc *doc, const struct sl_node *node,
                                   struct sl_error *err) {
  if (node->kind != SL_NODE_MAP) {
    return sl_doc_fail(doc, node, err, "incremental must be a map with cursor_column");
  }
  sl_status rc = sl_doc_check_keys(doc, node, incremental_keys, "incremental", err);
  return rc != SL_OK || sl_node_get(node, "cursor_column") != NULL ||
                 sl_node_get(node, "cursor_path") != NULL
             ? rc
             : sl_doc_fail(doc, node, err, "incremental needs cursor_column");
}

static sl_status unknown(const struct sl_doc *doc, const struct sl_project_source *s,
                         const struct sl_source_type *type, const struct sl_node *node,
                         struct sl_error *err) {
  const char *nearest = NULL;
  size_t best = 4;
  for (const struct sl_source_field *f = type->fields; f != NULL && f->key != NULL; f++) {
    size_t distance = sl_text_distance(node->key, f->key, best);
    nearest = distance < best ? f->key : nearest;
    best = distance < best ? distance : best;
  }
  return sl_doc_fail_key(doc, node, err, "source %s (%s) has no setting '%s'%s%s%s", s->name,
                         type->name, node->key, nearest == NULL ? "" : "; did you mean '",
                         nearest == NULL ? "" : nearest, nearest == NULL ? "" : "'?");
}

static sl_status check_map(const struct sl_doc *doc, const struct sl_project_source *s,
                           const struct sl_source_type *type, const struct sl_node *map,
                           bool of_table, struct sl_error *err);

static sl_status check_tables(const struct sl_doc *doc, const struct sl_project_source *s,
                              const struct sl_source_type *type, const struct sl_node *tables,
                              struct sl_error *err) {
  sl_status rc = tables->kind == SL_NODE_MAP
                     ? SL_OK
                     : sl_doc_fail(doc, tables, err, "tables must be a map: name of a table: {…}");
  for (const struct sl_node *n = tables->first; rc == SL_OK && n != NULL; n = n->next) {
    rc = n->kind == SL_NODE_MAP ? check_map(doc, s, type, n, true, err)
                                : sl_doc_fail(doc, n, err, "the settings of a table are a map");
  }
  return rc;
}

static sl_status check_kind(const struct sl_doc *doc, const struct sl_node *n,
                            const struct sl_source_field *field, struct sl_error *err) {
  bool scalar = n->kind < SL_NODE_LIST;
  bool fits =
      n->kind == SL_NODE_NULL || (field->kind == SL_FIELD_LIST      ? n->kind != SL_NODE_MAP
                                  : field->kind == SL_FIELD_MAP     ? n->kind == SL_NODE_MAP
                                  : field->kind == SL_FIELD_BOOL    ? n->kind == SL_NODE_BOOL
                                  : field->kind == SL_FIELD_INTEGER ? n->kind == SL_NODE_INTEGER
                                                                    : scalar);
  static const char *const wanted[] = { "a text",          "the name of a variable",
                                        "a list of texts", "true or false",
                                        "a whole number",  "a map" };
  return fits ? SL_OK : sl_doc_fail(doc, n, err, "%s must be %s", n->key, wanted[field->kind]);
}

static sl_status check_map(const struct sl_doc *doc, const struct sl_project_source *s,
                           const struct sl_source_type *type, const struct sl_node *map,
                           bool of_table, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (const struct sl_node *n = map->first; rc == SL_OK && n != NULL; n = n->next) {
    const struct sl_source_field *field = sl_source_field_find(type, n->key);
    bool kwargs = type == sl_source_kwargs_type();
    if (of_table && field != NULL &&
        (field->kind == SL_FIELD_VARIABLE || strcmp(n->key, "tables") == 0 ||
         (field->option != NULL && strcmp(field->option, "table") == 0))) {
      rc = sl_doc_fail_key(doc, n, err, "%s is a setting of the source, not of a table", n->key);
    } else if (strcmp(n->key, "tables") == 0 && field != NULL) {
      rc = check_tables(doc, s, type, n, err);
    } else if (strcmp(n->key, "incremental") == 0 && field != NULL) {
      rc = check_incremental(doc, n, err);
    } else if (field != NULL) {
      rc = check_kind(doc, n, field, err);
    } else if (kwargs && is_pythons(n->key)) {
      rc = SL_OK;
    } else if (sl_source_extra_option(type, n->key) == NULL) {
      rc = unknown(doc, s, type, n, err);
    }
  }
  return rc;
}

static sl_status check_required(const struct sl_doc *doc, const struct sl_project_source *s,
                                struct sl_error *err) {
  for (const struct sl_source_field *f = s->type->fields; f != NULL && f->key != NULL; f++) {
    const struct sl_node *node = sl_node_get(s->config, f->key);
    if (f->required && (node == NULL || node->kind == SL_NODE_NULL)) {
      return sl_doc_fail(doc, s->config == NULL ? s->node : s->config, err,
                         "source %s needs %s under %s: %s", s->name, f->key, s->type->config_key,
                         f->help);
    }
  }
  return SL_OK;
}

sl_status sl_source_check_keys(const struct sl_doc *doc, const struct sl_project_source *s,
                               struct sl_error *err) {
  if (s->type->reader == SL_READ_NOT_YET) {
    return SL_OK; /* Dango's keys, for a Dango that reads them */
  }
  if (s->config != NULL && s->config->kind != SL_NODE_MAP) {
    return sl_doc_fail(doc, s->config, err, "%s must be a map", s->type->config_key);
  }
  sl_status rc = s->config == NULL ? SL_OK : check_map(doc, s, s->type, s->config, false, err);
  if (rc == SL_OK) {
    rc = check_required(doc, s, err);
  }
  const struct sl_node *kwargs = sl_node_get(s->config, "function_kwargs");
  if (rc == SL_OK && kwargs != NULL && kwargs->kind == SL_NODE_MAP &&
      sl_source_is_sql_database(s)) {
    rc = check_map(doc, s, sl_source_kwargs_type(), kwargs, false, err);
  }
  return rc;
}
