/* sources_edit.c - changing sources.yml line by line, so that comments and order stay; declared in
 * sources.h. */
#include <stdio.h>
#include <stdlib.h>

#include <yyjson.h>

#include "base/files.h"
#include "project/sources.h"
#include "schema/stored.h"

struct edit {
  struct sl_sources list; /* as the file is now */
  char *path;
  struct sl_buffer text; /* as it will be */
};

static sl_status edit_begin(struct edit *e, const struct sl_project *project,
                            struct sl_error *err) {
  *e = (struct edit){ 0 };
  e->path = sl_project_path(project, ".dango/sources.yml");
  return e->path == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a path")
                         : sl_sources_read(&e->list, project, err);
}

/* Writes the new text if it reads well. */
static sl_status edit_end(struct edit *e, sl_status rc, struct sl_error *err) {
  struct sl_sources check = { 0 };
  if (rc == SL_OK) {
    rc = sl_buffer_check(&e->text, err);
  }
  if (rc == SL_OK) {
    const char *text = e->text.data == NULL ? "" : e->text.data;
    rc = sl_sources_parse(&check, e->path, text, e->text.length, err);
    sl_sources_release(&check);
  }
  if (rc == SL_OK) {
    rc = sl_file_write(e->path, e->text.data, e->text.length, true, err);
  }
  sl_sources_release(&e->list);
  sl_buffer_release(&e->text);
  free(e->path);
  return rc;
}

/* Lines [first, last] of the file, with an end of line at the end. */
static void copy_lines(struct edit *e, int first, int last) {
  const char *at = e->list.doc.data == NULL ? "" : e->list.doc.data;
  for (int line = 1; *at != '\0' && line <= last; line++) {
    size_t length = strcspn(at, "\n");
    size_t whole = length + (at[length] == '\n');
    if (line >= first) {
      sl_buffer_append(&e->text, at, length);
      sl_buffer_char(&e->text, '\n');
    }
    at += whole;
  }
}

enum { ALL_LINES = 1 << 30 };

/* `json` in block style, each line behind `indent` blanks; the first begins with "- " instead of
 * its last two when `item`. */
static sl_status print_yaml(struct edit *e, const char *json, int indent, bool item,
                            struct sl_error *err) {
  struct sl_buffer yaml = { 0 };
  sl_status rc = sl_json_to_yaml(json, strlen(json), &yaml, err);
  const char *at = yaml.data;
  for (bool first = true; rc == SL_OK && *at != '\0'; first = false) {
    size_t length = strcspn(at, "\n");
    bool dash = first && item;
    sl_buffer_printf(&e->text, "%*s%s%.*s\n", dash ? indent - 2 : indent, "", dash ? "- " : "",
                     (int)length, at);
    at += length + (at[length] == '\n');
  }
  sl_buffer_release(&yaml);
  return rc;
}

sl_status sl_sources_add(const struct sl_project *project, const char *json, struct sl_error *err) {
  struct edit e;
  sl_status rc = edit_begin(&e, project, err);
  const struct sl_node *list = rc == SL_OK ? sl_node_get(e.list.doc.root, "sources") : NULL;
  int after = ALL_LINES;
  int indent = 2;
  if (rc == SL_OK && list == NULL) {
    copy_lines(&e, 1, ALL_LINES);
    sl_buffer_text(&e.text,
                   sl_node_get(e.list.doc.root, "version") == NULL ? "version: '1.0'\n" : "");
    sl_buffer_text(&e.text, "sources:\n");
  } else if (rc == SL_OK && list->first == NULL) { /* "sources:" or "sources: []" */
    after = list->last_line;
    copy_lines(&e, 1, list->key_line - 1);
    sl_buffer_text(&e.text, "sources:\n");
  } else if (rc == SL_OK) {
    const struct sl_node *last = list->first;
    while (last->next != NULL) {
      last = last->next;
    }
    if (list->line == list->key_line) {
      rc = sl_doc_fail(&e.list.doc, list, err,
                       "sources are written in [ ] here: write a line for each, then add one");
    }
    after = last->last_line;
    indent = last->column - 1;
    copy_lines(&e, 1, after);
  }
  if (rc == SL_OK) {
    rc = print_yaml(&e, json, indent < 2 ? 2 : indent, true, err);
  }
  if (rc == SL_OK && after != ALL_LINES) {
    copy_lines(&e, after + 1, ALL_LINES);
  }
  return edit_end(&e, rc, err);
}

sl_status sl_sources_remove(const struct sl_project *project, const char *name,
                            struct sl_error *err) {
  struct edit e;
  const struct sl_project_source *source = NULL;
  sl_status rc = edit_begin(&e, project, err);
  if (rc == SL_OK) {
    rc = sl_sources_find(&e.list, name, &source, err);
  }
  if (rc == SL_OK) {
    copy_lines(&e, 1, source->node->line - 1);
    copy_lines(&e, source->node->last_line + 1, ALL_LINES);
  }
  return edit_end(&e, rc, err);
}

/* ---- another entry in the place of one ---- */

static bool same(const struct sl_node *old, yyjson_val *now) {
  struct sl_buffer json = { 0 };
  sl_node_json(old, &json);
  yyjson_doc *doc = json.data == NULL ? NULL : yyjson_read(json.data, json.length, 0);
  bool equal = yyjson_equals(yyjson_doc_get_root(doc), now);
  yyjson_doc_free(doc);
  sl_buffer_release(&json);
  return equal;
}

/* {"key": value} */
static sl_status print_member(struct edit *e, const char *key, yyjson_val *value, int indent,
                              bool item, struct sl_error *err) {
  yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
  yyjson_mut_val *root = yyjson_mut_obj(doc);
  yyjson_mut_doc_set_root(doc, root);
  yyjson_mut_obj_put(root, yyjson_mut_strcpy(doc, key), yyjson_val_mut_copy(doc, value));
  char *json = yyjson_mut_write(doc, 0, NULL);
  sl_status rc = json == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a source")
                              : print_yaml(e, json, indent, item, err);
  free(json);
  yyjson_mut_doc_free(doc);
  return rc;
}

/* Every member begins a line of its own. */
static bool in_block_style(const struct sl_node *map) {
  for (const struct sl_node *n = map->first; n != NULL; n = n->next) {
    if ((n->next != NULL && n->next->key_line <= n->last_line) ||
        n->key_column != map->first->key_column) {
      return false;
    }
  }
  return map->first != NULL;
}

/* The members of `old` as `now` has them. Lines between members (comments) stay. first_line: where
 * the text of the map begins. */
static sl_status print_merged(struct edit *e, const struct sl_node *old, yyjson_val *now,
                              int first_line, bool item, struct sl_error *err) {
  int indent = old->first->key_column - 1;
  int line = first_line;
  sl_status rc = SL_OK;
  for (const struct sl_node *n = old->first; rc == SL_OK && n != NULL; n = n->next) {
    yyjson_val *value = yyjson_obj_get(now, n->key);
    bool dash = item && n == old->first;
    copy_lines(e, line, n->key_line - 1);
    if (value != NULL && same(n, value)) {
      copy_lines(e, n->key_line, n->last_line);
    } else if (value != NULL && !dash && n->kind == SL_NODE_MAP && yyjson_obj_size(value) > 0 &&
               n->line > n->key_line && in_block_style(n)) {
      copy_lines(e, n->key_line, n->key_line);
      rc = print_merged(e, n, value, n->key_line + 1, false, err);
    } else if (value != NULL) {
      rc = print_member(e, n->key, value, indent, dash, err);
    }
    line = n->last_line + 1;
  }
  yyjson_val *key;
  yyjson_obj_iter members = yyjson_obj_iter_with(now);
  while (rc == SL_OK && (key = yyjson_obj_iter_next(&members)) != NULL) {
    if (sl_node_get(old, yyjson_get_str(key)) == NULL) {
      rc = print_member(e, yyjson_get_str(key), yyjson_obj_iter_get_val(key), indent, false, err);
    }
  }
  return rc;
}

sl_status sl_sources_replace(const struct sl_project *project, const char *name, const char *json,
                             struct sl_error *err) {
  struct edit e;
  const struct sl_project_source *source = NULL;
  yyjson_doc *doc = yyjson_read(json, strlen(json), 0);
  yyjson_val *now = yyjson_doc_get_root(doc);
  sl_status rc = edit_begin(&e, project, err);
  if (rc == SL_OK) {
    rc = sl_sources_find(&e.list, name, &source, err);
  }
  if (rc == SL_OK && !yyjson_equals_str(yyjson_obj_get(now, "name"), name)) {
    rc = sl_fail(err, SL_EUSAGE,
                 "source %s keeps its name, which its tables and state hang on: add another one",
                 name);
  }
  if (rc == SL_OK) {
    const struct sl_node *node = source->node;
    bool block = in_block_style(node) && node->first->key_line == node->line;
    copy_lines(&e, 1, node->line - 1);
    rc = block ? print_merged(&e, node, now, node->line, true, err)
               : print_yaml(&e, json, node->column - 1 < 2 ? 2 : node->column - 1, true, err);
    copy_lines(&e, node->last_line + 1, ALL_LINES);
  }
  yyjson_doc_free(doc);
  return edit_end(&e, rc, err);
}
