/* draft.c - see draft.h. */
#include "project/draft.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <yyjson.h>

#include "project/discover.h"
#include "project/resolve.h"
#include "schema/stored.h"

void sl_draft_release(struct sl_draft *draft) {
  for (size_t i = 0; i < draft->n; i++) {
    free(draft->values[i].key);
    free(draft->values[i].text);
  }
  free(draft->values);
  free(draft->name);
  free(draft->description);
  free(draft->variable);
  free(draft->secret);
  *draft = (struct sl_draft){ 0 };
}

/* ---- keys and texts ---- */

static const char *const truths[] = { "true", "yes", "y", "1", NULL };
static const char *const lies[] = { "false", "no", "n", "0", NULL };

static bool is_one_of(const char *text, const char *const *words) {
  for (size_t i = 0; words[i] != NULL; i++) {
    if (strcasecmp(words[i], text) == 0) {
      return true;
    }
  }
  return false;
}

static sl_status check_text(const struct sl_source_field *field, const char *key, const char *text,
                            struct sl_error *err) {
  char *end = NULL;
  if (field == NULL) {
    return SL_OK;
  }
  if (field->kind == SL_FIELD_BOOL && !is_one_of(text, truths) && !is_one_of(text, lies)) {
    return sl_fail(err, SL_EUSAGE, "%s must be yes or no: '%s'", key, text);
  }
  if (field->kind == SL_FIELD_INTEGER && (strtoll(text, &end, 10) < 0 || *end != '\0')) {
    return sl_fail(err, SL_EUSAGE, "%s must be a whole number: '%s'", key, text);
  }
  bool named = text[0] != '\0' && text[strspn(text,
                                              "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst"
                                              "uvwxyz0123456789_")] == '\0';
  return field->kind != SL_FIELD_VARIABLE || named
             ? SL_OK
             : sl_fail(err, SL_EUSAGE,
                       "%s is the name of a variable (its value, the URL, goes to .env): '%s' is "
                       "none",
                       key, text);
}

static sl_status check_key(const struct sl_draft *draft, const char *key, struct sl_error *err) {
  const char *nearest = NULL;
  size_t best = 4;
  bool deeper = strncmp(key, "incremental.", 12) == 0 || strncmp(key, "function_kwargs.", 16) == 0;
  if (sl_source_field_find(draft->type, key) != NULL ||
      sl_source_extra_option(draft->type, key) != NULL ||
      (deeper && sl_source_field_find(draft->type,
                                      key[0] == 'i' ? "incremental" : "function_kwargs") != NULL)) {
    return SL_OK;
  }
  for (const struct sl_source_field *f = draft->type->fields; f != NULL && f->key != NULL; f++) {
    size_t distance = sl_text_distance(key, f->key, best);
    nearest = distance < best ? f->key : nearest;
    best = distance < best ? distance : best;
  }
  return sl_fail(err, SL_EUSAGE, "sources of type %s have no setting %s%s%s%s", draft->type->name,
                 key, nearest == NULL ? "" : "; did you mean ", nearest == NULL ? "" : nearest,
                 nearest == NULL ? "" : "?");
}

static size_t find(const struct sl_draft *draft, const char *key) {
  size_t i = 0;
  while (i < draft->n && strcmp(draft->values[i].key, key) != 0) {
    i++;
  }
  return i;
}

sl_status sl_draft_set(struct sl_draft *draft, const char *key, const char *text,
                       struct sl_error *err) {
  sl_status rc = check_key(draft, key, err);
  if (rc == SL_OK && text[0] != '\0') {
    rc = check_text(sl_source_field_find(draft->type, key), key, text, err);
  }
  size_t at = find(draft, key);
  if (rc == SL_OK && text[0] == '\0') {
    if (at < draft->n) {
      free(draft->values[at].key);
      free(draft->values[at].text);
      draft->values[at] = draft->values[--draft->n];
    }
    return SL_OK;
  }
  if (rc == SL_OK && at == draft->n) {
    rc = sl_grow(&draft->values, &draft->capacity, draft->n + 1, sizeof *draft->values, err);
    if (rc == SL_OK) {
      draft->values[draft->n++] = (struct sl_draft_value){ strdup(key), NULL };
    }
  }
  if (rc == SL_OK) {
    free(draft->values[at].text);
    draft->values[at].text = strdup(text);
    if (draft->values[at].key == NULL || draft->values[at].text == NULL) {
      rc = sl_fail(err, SL_ENOMEM, "out of memory for a source");
    }
  }
  return rc;
}

const char *sl_draft_get(const struct sl_draft *draft, const char *key) {
  size_t at = find(draft, key);
  return at < draft->n ? draft->values[at].text : NULL;
}

const char *sl_draft_variable(const struct sl_draft *draft) {
  for (const struct sl_source_field *f = draft->type->fields; f != NULL && f->key != NULL; f++) {
    if (f->kind == SL_FIELD_VARIABLE && sl_draft_get(draft, f->key) != NULL) {
      return sl_draft_get(draft, f->key);
    }
  }
  return NULL;
}

sl_status sl_draft_set_secret(struct sl_draft *draft, const char *value, struct sl_error *err) {
  const char *variable = sl_draft_variable(draft);
  if (variable == NULL) {
    return sl_fail(err, SL_EUSAGE, "sources of type %s have no connection URL", draft->type->name);
  }
  free(draft->variable);
  free(draft->secret);
  draft->variable = strdup(variable);
  draft->secret = strdup(value);
  return draft->variable == NULL || draft->secret == NULL
             ? sl_fail(err, SL_ENOMEM, "out of memory for a source")
             : SL_OK;
}

/* ---- JSON ---- */

static void put_list(yyjson_mut_doc *doc, yyjson_mut_val *map, const char *key, const char *text) {
  yyjson_mut_val *list = yyjson_mut_arr(doc);
  while (*text != '\0') {
    size_t n = strcspn(text, ",");
    const char *end = text + n;
    while (n > 0 && *text == ' ') {
      text++;
      n--;
    }
    while (n > 0 && text[n - 1] == ' ') {
      n--;
    }
    if (n > 0) {
      yyjson_mut_arr_append(list, yyjson_mut_strncpy(doc, text, n));
    }
    text = end + (*end == ',');
  }
  yyjson_mut_obj_put(map, yyjson_mut_strcpy(doc, key), list);
}

static void put_value(yyjson_mut_doc *doc, yyjson_mut_val *map, const struct sl_source_field *field,
                      const char *key, const char *text) {
  enum sl_field_kind kind = field == NULL ? SL_FIELD_TEXT : field->kind;
  yyjson_mut_val *value = kind == SL_FIELD_BOOL      ? yyjson_mut_bool(doc, is_one_of(text, truths))
                          : kind == SL_FIELD_INTEGER ? yyjson_mut_sint(doc, strtoll(text, NULL, 10))
                                                     : yyjson_mut_strcpy(doc, text);
  if (kind == SL_FIELD_LIST) {
    put_list(doc, map, key, text);
  } else {
    yyjson_mut_obj_put(map, yyjson_mut_strcpy(doc, key), value);
  }
}

/* The map for keys like incremental.cursor_column, made when missing. */
static yyjson_mut_val *deeper(yyjson_mut_doc *doc, yyjson_mut_val *map, const char **key) {
  const char *dot = strchr(*key, '.');
  if (dot == NULL) {
    return map;
  }
  char name[64];
  snprintf(name, sizeof name, "%.*s", (int)(dot - *key), *key);
  yyjson_mut_val *inner = yyjson_mut_obj_get(map, name);
  if (inner == NULL) {
    inner = yyjson_mut_obj(doc);
    yyjson_mut_obj_put(map, yyjson_mut_strcpy(doc, name), inner);
  }
  *key = dot + 1;
  return inner;
}

static void put_values(const struct sl_draft *draft, yyjson_mut_doc *doc, yyjson_mut_val *config) {
  for (size_t i = 0; i < draft->n; i++) {
    const char *key = draft->values[i].key;
    const struct sl_source_field *field = sl_source_field_find(draft->type, key);
    yyjson_mut_val *map = deeper(doc, config, &key);
    put_value(doc, map, field, key, draft->values[i].text);
  }
}

/* Appends the document and frees it. */
static sl_status write_json(yyjson_mut_doc *doc, struct sl_buffer *out, struct sl_error *err) {
  char *json = yyjson_mut_write(doc, 0, NULL);
  sl_buffer_text(out, json == NULL ? "" : json);
  sl_status rc = json == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a source")
                              : sl_buffer_check(out, err);
  free(json);
  yyjson_mut_doc_free(doc);
  return rc;
}

sl_status sl_draft_json(const struct sl_draft *draft, struct sl_buffer *out, struct sl_error *err) {
  yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
  yyjson_mut_val *root = yyjson_mut_obj(doc);
  yyjson_mut_val *config = yyjson_mut_obj(doc);
  yyjson_mut_doc_set_root(doc, root);
  yyjson_mut_obj_add_str(doc, root, "name", draft->name);
  yyjson_mut_obj_add_str(doc, root, "type", draft->type->name);
  yyjson_mut_obj_add_bool(doc, root, "enabled", true);
  if (draft->description != NULL && draft->description[0] != '\0') {
    yyjson_mut_obj_add_str(doc, root, "description", draft->description);
  }
  put_values(draft, doc, config);
  yyjson_mut_obj_add_val(doc, root, draft->type->config_key, config);
  return write_json(doc, out, err);
}

sl_status sl_draft_merge(const struct sl_draft *draft, const struct sl_project_source *source,
                         struct sl_buffer *out, struct sl_error *err) {
  struct sl_buffer json = { 0 };
  sl_node_json(source->node, &json);
  yyjson_doc *old = json.data == NULL ? NULL : yyjson_read(json.data, json.length, 0);
  yyjson_mut_doc *doc = old == NULL ? NULL : yyjson_doc_mut_copy(old, NULL);
  yyjson_mut_val *root = yyjson_mut_doc_get_root(doc);
  yyjson_mut_val *config = yyjson_mut_obj_get(root, source->type->config_key);
  yyjson_doc_free(old);
  sl_buffer_release(&json);
  if (doc == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a source");
  }
  if (!yyjson_mut_is_obj(config)) {
    config = yyjson_mut_obj(doc);
    yyjson_mut_obj_put(root, yyjson_mut_str(doc, source->type->config_key), config);
  }
  put_values(draft, doc, config);
  return write_json(doc, out, err);
}

/* ---- trying out ---- */

/* The draft as the only entry of a file. */
static sl_status parse(const struct sl_draft *draft, struct sl_sources *out, struct sl_error *err) {
  struct sl_buffer json = { 0 };
  struct sl_buffer yaml = { 0 };
  sl_buffer_text(&json, "{\"sources\":[");
  sl_status rc = sl_draft_json(draft, &json, err);
  sl_buffer_text(&json, "]}");
  if (rc == SL_OK) {
    rc = sl_json_to_yaml(json.data, json.length, &yaml, err);
  }
  if (rc == SL_OK) {
    rc = sl_sources_parse(out, "the new source", yaml.data, yaml.length, err);
  }
  sl_buffer_release(&json);
  sl_buffer_release(&yaml);
  return rc;
}

static bool exists(const struct sl_catalog *catalog, const char *glob) {
  const struct sl_load_settings one = { .table = glob };
  for (size_t i = 0; i < catalog->n_tables; i++) {
    if (sl_discover_wants(&one, &catalog->tables[i])) {
      return true;
    }
  }
  return false;
}

static sl_status check_tables(const struct sl_draft *draft, const struct sl_catalog *catalog,
                              struct sl_error *err) {
  const char *list = sl_draft_get(draft, "table_names");
  list = list == NULL ? sl_draft_get(draft, "collection_names") : list;
  while (list != NULL && *list != '\0') {
    char name[256];
    list += strspn(list, ", ");
    size_t n = strcspn(list, ",");
    snprintf(name, sizeof name, "%.*s", (int)n, list);
    name[strcspn(name, " ")] = '\0';
    const char *nearest = NULL;
    size_t best = 4;
    for (size_t i = 0; i < catalog->n_tables; i++) {
      const char *dot = strrchr(catalog->tables[i].name, '.');
      const char *there = dot == NULL ? catalog->tables[i].name : dot + 1;
      size_t distance = sl_text_distance(name, there, best);
      nearest = distance < best ? there : nearest;
      best = distance < best ? distance : best;
    }
    if (name[0] != '\0' && !exists(catalog, name)) {
      return sl_fail(err, SL_ENOTFOUND, "there is no table %s in the source%s%s%s", name,
                     nearest == NULL ? "" : "; did you mean ", nearest == NULL ? "" : nearest,
                     nearest == NULL ? "" : "?");
    }
    list += n;
  }
  return SL_OK;
}

/* A project whose .env has the draft's secret already. */
static sl_status with_secret(const struct sl_project *project, const struct sl_draft *draft,
                             struct sl_project *out, struct sl_error *err) {
  *out = *project;
  size_t n = project->secrets.n_env;
  out->secrets.env = sl_calloc_array(n + 1, sizeof *out->secrets.env);
  if (out->secrets.env == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a source");
  }
  if (n > 0) {
    memcpy(out->secrets.env, project->secrets.env, n * sizeof *out->secrets.env);
  }
  if (draft->secret != NULL) {
    out->secrets.env[n] = (struct sl_secret_pair){ draft->variable, draft->secret };
    out->secrets.n_env = n + 1;
  }
  return SL_OK;
}

sl_status sl_draft_test(const struct sl_project *project, const struct sl_draft *draft,
                        struct sl_catalog *out, struct sl_error *err) {
  struct sl_project copy;
  struct sl_sources list = { 0 };
  struct sl_resolved resolved = { 0 };
  const struct sl_sync_window window = { 0 };
  *out = (struct sl_catalog){ 0 };
  sl_status rc = with_secret(project, draft, &copy, err);
  if (rc != SL_OK) {
    return rc;
  }
  rc = parse(draft, &list, err);
  if (rc == SL_OK) {
    rc = sl_source_resolve(&copy, &list, &list.items[0], &window, &resolved, err);
  }
  if (rc == SL_OK) {
    resolved.loads[0].table = NULL; /* all that is there, to choose from */
    rc = sl_discover(&resolved.loads[0], out, err);
  }
  if (rc == SL_OK) {
    rc = check_tables(draft, out, err);
    if (rc != SL_OK) {
      sl_catalog_release(out);
    }
  }
  sl_resolved_release(&resolved);
  sl_sources_release(&list);
  free(copy.secrets.env);
  return rc;
}

sl_status sl_draft_save(const struct sl_project *project, const struct sl_draft *draft,
                        struct sl_error *err) {
  struct sl_buffer json = { 0 };
  sl_status rc = sl_draft_json(draft, &json, err);
  if (rc == SL_OK) {
    rc = sl_sources_add(project, json.data, err);
  }
  if (rc == SL_OK && draft->secret != NULL) {
    rc = sl_secrets_save_variable(project->root, draft->variable, draft->secret, err);
  }
  sl_buffer_release(&json);
  return rc;
}
