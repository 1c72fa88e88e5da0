/* rules.c - preferred types and default hints: column names or "re:" patterns, compiled once.
 *
 * A plain name is the whole name; a pattern is searched anywhere in it, as dlt's re.search does. */
#include <regex.h>
#include <stdlib.h>

#include <yyjson.h>

#include "schema/detect.h"
#include "schema/pattern.h"

struct rule {
  char *name; /* exact, or NULL for a pattern */
  regex_t *pattern;
  enum sl_type type; /* preferred_types */
  uint32_t hint;     /* default_hints; 0 for not_null */
  bool not_null;
};

struct sl_name_rules {
  struct rule *items;
  size_t count, capacity;
};

void sl_name_rules_free(struct sl_name_rules *rules) {
  if (rules == NULL) {
    return;
  }
  for (size_t i = 0; i < rules->count; i++) {
    if (rules->items[i].pattern != NULL) {
      regfree(rules->items[i].pattern);
    }
    free(rules->items[i].pattern);
    free(rules->items[i].name);
  }
  free(rules->items);
  free(rules);
}

static sl_status compile(struct rule *rule, const char *pattern, struct sl_error *err) {
  rule->pattern = malloc(sizeof *rule->pattern);
  if (rule->pattern == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a rule");
  }
  sl_status rc = sl_pattern_compile(rule->pattern, pattern, err);
  if (rc != SL_OK) {
    free(rule->pattern);
    rule->pattern = NULL;
  }
  return rc;
}

static sl_status add_rule(struct sl_name_rules *rules, const char *name, struct rule rule,
                          struct sl_error *err) {
  sl_status rc =
      sl_grow(&rules->items, &rules->capacity, rules->count + 1, sizeof *rules->items, err);
  if (rc != SL_OK) {
    return rc;
  }
  if (strncmp(name, "re:", 3) == 0) {
    rc = compile(&rule, name + 3, err);
  } else if ((rule.name = strdup(name)) == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for a rule");
  }
  if (rc == SL_OK) {
    rules->items[rules->count++] = rule;
  }
  return rc;
}

static sl_status add_hint_rules(struct sl_name_rules *rules, const struct sl_property *property,
                                struct sl_error *err) {
  uint32_t not_by_name = SL_HINT_VARIANT | SL_HINT_INCREMENTAL; /* a load sets these itself */
  struct rule rule = { .hint = sl_hint_from_name(sl_text_of(property->key)) & ~not_by_name };
  rule.not_null = strcmp(property->key, "not_null") == 0;
  yyjson_doc *doc = yyjson_read(property->json, strlen(property->json), 0);
  sl_status rc = doc == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for rules") : SL_OK;
  size_t i;
  size_t n;
  yyjson_val *name;
  yyjson_arr_foreach(yyjson_doc_get_root(doc), i, n, name) {
    if (rc == SL_OK && yyjson_is_str(name)) {
      rc = add_rule(rules, yyjson_get_str(name), rule, err);
    }
  }
  yyjson_doc_free(doc);
  return rc;
}

static sl_status add_type_rule(struct sl_name_rules *rules, const struct sl_property *property,
                               struct sl_error *err) {
  size_t n = strlen(property->json);
  struct rule rule = { 0 };
  if (n > 2) { /* "\"type\"" */
    rule.type = sl_type_from_name((struct sl_text){ property->json + 1, n - 2 });
  }
  return add_rule(rules, property->key, rule, err);
}

sl_status sl_name_rules_new(struct sl_name_rules **out, const struct sl_schema *schema,
                            struct sl_error *err) {
  *out = NULL;
  struct sl_name_rules *rules = calloc(1, sizeof *rules);
  if (rules == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for rules");
  }
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < schema->preferred_types.count; i++) {
    rc = add_type_rule(rules, &schema->preferred_types.items[i], err);
  }
  for (size_t i = 0; rc == SL_OK && i < schema->default_hints.count; i++) {
    rc = add_hint_rules(rules, &schema->default_hints.items[i], err);
  }
  if (rc != SL_OK) {
    sl_name_rules_free(rules);
    return rc;
  }
  *out = rules;
  return SL_OK;
}

static bool matches(const struct rule *rule, const char *column) {
  return rule->name != NULL ? strcmp(rule->name, column) == 0
                            : regexec(rule->pattern, column, 0, NULL, 0) == 0;
}

enum sl_type sl_name_rules_type(const struct sl_name_rules *rules, const char *column) {
  for (size_t i = 0; i < rules->count; i++) {
    if (rules->items[i].type != SL_TYPE_NONE && matches(&rules->items[i], column)) {
      return rules->items[i].type;
    }
  }
  return SL_TYPE_NONE;
}

uint32_t sl_name_rules_hints(const struct sl_name_rules *rules, const char *column,
                             bool *not_null) {
  uint32_t hints = 0;
  *not_null = false;
  for (size_t i = 0; i < rules->count; i++) {
    const struct rule *rule = &rules->items[i];
    if (rule->type == SL_TYPE_NONE && (rule->hint != 0 || rule->not_null) &&
        matches(rule, column)) {
      hints |= rule->hint;
      *not_null = *not_null || rule->not_null;
    }
  }
  return hints;
}
