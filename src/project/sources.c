/* sources.c - reading .dango/sources.yml, see sources.h. */
#include "project/sources.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/files.h"
#include "pipeline/workdir.h"
#include "project/source_keys.h"

static sl_status read_name(const struct sl_doc *doc, struct sl_project_source *s,
                           struct sl_error *err) {
  sl_status rc = sl_doc_text(doc, s->node, "name", &s->name, err);
  if (rc == SL_OK && s->name == NULL) {
    return sl_doc_fail(doc, s->node, err, "this source has no name");
  }
  for (const char *c = rc == SL_OK ? s->name : ""; *c != '\0'; c++) {
    if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) && *c != '_') {
      return sl_doc_fail(doc, sl_node_get(s->node, "name"), err,
                         "a source's name has lower case letters, digits and _ only: '%s'",
                         s->name);
    }
  }
  return rc;
}

static sl_status read_type(const struct sl_doc *doc, struct sl_project_source *s,
                           struct sl_error *err) {
  const char *type = NULL;
  sl_status rc = sl_doc_text(doc, s->node, "type", &type, err);
  if (rc == SL_OK && type == NULL) {
    return sl_doc_fail(doc, s->node, err, "source %s has no type", s->name);
  }
  s->type = rc == SL_OK ? sl_source_type_find(type) : NULL;
  if (rc != SL_OK || s->type != NULL) {
    return rc;
  }
  const char *nearest = NULL;
  size_t best = 4;
  for (const struct sl_source_type *t = sl_source_types; t->name != NULL; t++) {
    size_t distance = sl_text_distance(type, t->name, best);
    nearest = distance < best ? t->name : nearest;
    best = distance < best ? distance : best;
  }
  return sl_doc_fail(doc, sl_node_get(s->node, "type"), err, "there is no source type '%s'%s%s%s",
                     type, nearest == NULL ? "" : "; did you mean '",
                     nearest == NULL ? "" : nearest, nearest == NULL ? "" : "'?");
}

static sl_status read_policy(const struct sl_doc *doc, struct sl_project_source *s,
                             struct sl_error *err) {
  const char *policy = "block";
  sl_status rc = sl_doc_text(doc, s->node, "empty_sync_policy", &policy, err);
  s->allow_empty = strcmp(policy, "allow") == 0;
  return rc != SL_OK || s->allow_empty || strcmp(policy, "block") == 0
             ? rc
             : sl_doc_fail(doc, sl_node_get(s->node, "empty_sync_policy"), err,
                           "empty_sync_policy is block or allow");
}

/* The keys of an entry are fixed, beside the one key of its type. */
static sl_status check_entry_keys(const struct sl_doc *doc, const struct sl_project_source *s,
                                  struct sl_error *err) {
  const char *const known[] = { "name", "type",          "enabled",           "description",
                                "tags", "lookback_days", "empty_sync_policy", s->type->config_key,
                                NULL };
  char what[160];
  for (const struct sl_node *n = s->node->first; n != NULL; n = n->next) {
    bool other = strcmp(n->key, "generic_config") == 0;
    for (const struct sl_source_type *t = sl_source_types; t->name != NULL && !other; t++) {
      other = strcmp(t->config_key, n->key) == 0 || strcmp(t->name, n->key) == 0;
    }
    if (other && strcmp(n->key, s->type->config_key) != 0) {
      return sl_doc_fail_key(doc, n, err, "the settings of a source of type %s stand under '%s'",
                             s->type->name, s->type->config_key);
    }
  }
  snprintf(what, sizeof what, "source %s", s->name);
  return sl_doc_check_keys(doc, s->node, known, what, err);
}

static sl_status read_entry(struct sl_doc *doc, struct sl_project_source *s, struct sl_error *err) {
  sl_status rc = s->node->kind == SL_NODE_MAP
                     ? SL_OK
                     : sl_doc_fail(doc, s->node, err, "a source must be a map: - name: …");
  s->enabled = true;
  if (rc == SL_OK) {
    rc = read_name(doc, s, err);
  }
  if (rc == SL_OK) {
    rc = read_type(doc, s, err);
  }
  if (rc == SL_OK) {
    rc = check_entry_keys(doc, s, err);
  }
  if (rc == SL_OK) {
    rc = sl_doc_bool(doc, s->node, "enabled", &s->enabled, err);
  }
  if (rc == SL_OK) {
    rc = sl_doc_text(doc, s->node, "description", &s->description, err);
  }
  if (rc == SL_OK) {
    rc = sl_doc_join(doc, sl_node_get(s->node, "tags"), &doc->arena, &s->tags, err);
  }
  if (rc == SL_OK) {
    rc = sl_doc_integer(doc, s->node, "lookback_days", &s->lookback_days, err);
  }
  if (rc == SL_OK) {
    rc = read_policy(doc, s, err);
  }
  if (rc != SL_OK) {
    return rc;
  }
  s->config = sl_node_get(s->node, s->type->config_key);
  if (s->config != NULL && s->config->kind == SL_NODE_NULL) {
    s->config = NULL;
  }
  return sl_source_check_keys(doc, s, err);
}

static sl_status check_version(const struct sl_doc *doc, struct sl_error *err) {
  static const char *const known[] = { "version", "sources", NULL };
  const char *version = "1.0";
  sl_status rc = sl_doc_check_keys(doc, doc->root, known, "sources.yml", err);
  if (rc == SL_OK) {
    rc = sl_doc_text(doc, doc->root, "version", &version, err);
  }
  return rc != SL_OK || strcmp(version, "1.0") == 0
             ? rc
             : sl_doc_fail(doc, sl_node_get(doc->root, "version"), err,
                           "version '%s' is not known: this program reads version '1.0'", version);
}

static sl_status check_twice(const struct sl_sources *list, size_t at, struct sl_error *err) {
  for (size_t i = 0; i < at; i++) {
    if (strcmp(list->items[i].name, list->items[at].name) == 0) {
      return sl_doc_fail(&list->doc, sl_node_get(list->items[at].node, "name"), err,
                         "there are two sources called %s (the first in line %d)",
                         list->items[i].name, list->items[i].node->line);
    }
  }
  return SL_OK;
}

static sl_status read_list(struct sl_sources *out, struct sl_error *err) {
  const struct sl_node *list = sl_node_get(out->doc.root, "sources");
  sl_status rc = check_version(&out->doc, err);
  if (rc != SL_OK || list == NULL || list->kind == SL_NODE_NULL) {
    return rc;
  }
  if (list->kind != SL_NODE_LIST) {
    return sl_doc_fail(&out->doc, list, err, "sources must be a list: - name: …");
  }
  out->items = sl_calloc_array(sl_node_count(list) + 1, sizeof *out->items);
  if (out->items == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory reading %s", out->doc.path);
  }
  for (const struct sl_node *n = list->first; rc == SL_OK && n != NULL; n = n->next) {
    struct sl_project_source *s = &out->items[out->count];
    s->node = n;
    rc = read_entry(&out->doc, s, err);
    if (rc == SL_OK) {
      rc = check_twice(out, out->count++, err);
    }
  }
  return rc;
}

sl_status sl_sources_parse(struct sl_sources *out, const char *path, const char *text,
                           size_t length, struct sl_error *err) {
  *out = (struct sl_sources){ 0 };
  sl_status rc = sl_doc_parse_yaml(&out->doc, path, text, length, err);
  if (rc == SL_OK) {
    rc = read_list(out, err);
  }
  if (rc != SL_OK) {
    sl_sources_release(out);
  }
  return rc;
}

sl_status sl_sources_read(struct sl_sources *out, const struct sl_project *project,
                          struct sl_error *err) {
  struct sl_buffer text = { 0 };
  char *path = sl_project_path(project, ".dango/sources.yml");
  *out = (struct sl_sources){ 0 };
  sl_status rc = path == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a path") : SL_OK;
  if (rc == SL_OK && sl_file_exists(path)) {
    rc = sl_file_read(path, &text, err);
  }
  if (rc == SL_OK) {
    rc = sl_sources_parse(out, path, text.data == NULL ? "" : text.data, text.length, err);
  }
  sl_buffer_release(&text);
  free(path);
  return rc;
}

void sl_sources_release(struct sl_sources *sources) {
  free(sources->items);
  sl_doc_release(&sources->doc);
  *sources = (struct sl_sources){ 0 };
}

sl_status sl_sources_find(const struct sl_sources *sources, const char *name,
                          const struct sl_project_source **out, struct sl_error *err) {
  struct sl_buffer names = { 0 };
  for (size_t i = 0; i < sources->count; i++) {
    if (strcmp(sources->items[i].name, name) == 0) {
      *out = &sources->items[i];
      sl_buffer_release(&names);
      return SL_OK;
    }
    sl_buffer_printf(&names, "%s%s", i == 0 ? "" : ", ", sources->items[i].name);
  }
  sl_status rc =
      sl_fail(err, SL_ENOTFOUND, "there is no source %s; %s%s", name,
              names.data == NULL ? "there are none: `sluice source add` makes one" : "there are: ",
              names.data == NULL ? "" : names.data);
  sl_buffer_release(&names);
  return rc;
}

sl_status sl_sources_check_name(const struct sl_sources *sources, const char *name,
                                struct sl_error *err) {
  for (const char *c = name; *c != '\0'; c++) {
    if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) && *c != '_') {
      return sl_fail(err, SL_EUSAGE,
                     "a source's name has lower case letters, digits and _ only: '%s'", name);
    }
  }
  for (size_t i = 0; i < sources->count; i++) {
    if (strcmp(sources->items[i].name, name) == 0) {
      return sl_fail(err, SL_EUSAGE, "there is a source called %s already: choose another name",
                     name);
    }
  }
  return name[0] == '\0' ? sl_fail(err, SL_EUSAGE, "a source needs a name") : SL_OK;
}
