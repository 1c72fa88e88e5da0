/* doc_edit.c - see doc_edit.h. */
#include "project/doc_edit.h"

#include <stdlib.h>

#include <yyjson.h>

#include "schema/json_text.h"
#include "schema/stored.h"

/* Lines [first, last] of the file, with an end of line at the end. */
static void copy_lines(struct sl_doc_edit *e, int first, int last) {
  const char *at = e->doc->data == NULL ? "" : e->doc->data;
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
static sl_status print_yaml(struct sl_doc_edit *e, const char *json, int indent, bool item,
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

sl_status sl_doc_edit_add(struct sl_doc_edit *e, const char *key, const char *head,
                          const char *json, struct sl_error *err) {
  const struct sl_node *list = sl_node_get(e->doc->root, key);
  int after = ALL_LINES;
  int indent = 2;
  if (list == NULL) {
    copy_lines(e, 1, ALL_LINES);
    sl_buffer_printf(&e->text, "%s%s:\n", head, key);
  } else if (list->first == NULL) { /* "sources:" or "sources: []" */
    after = list->last_line;
    copy_lines(e, 1, list->key_line - 1);
    sl_buffer_printf(&e->text, "%s:\n", key);
  } else {
    const struct sl_node *last = list->first;
    while (last->next != NULL) {
      last = last->next;
    }
    if (list->line == list->key_line) {
      return sl_doc_fail(e->doc, list, err,
                         "%s are written in [ ] here: write a line for each, then add one", key);
    }
    after = last->last_line;
    indent = last->column - 1;
    copy_lines(e, 1, after);
  }
  sl_status rc = print_yaml(e, json, indent < 2 ? 2 : indent, true, err);
  if (rc == SL_OK && after != ALL_LINES) {
    copy_lines(e, after + 1, ALL_LINES);
  }
  return rc;
}

void sl_doc_edit_remove(struct sl_doc_edit *e, const struct sl_node *entry) {
  copy_lines(e, 1, entry->line - 1);
  copy_lines(e, entry->last_line + 1, ALL_LINES);
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
static sl_status print_member(struct sl_doc_edit *e, const char *key, yyjson_val *value, int indent,
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
static sl_status print_merged(struct sl_doc_edit *e, const struct sl_node *old, yyjson_val *now,
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

sl_status sl_doc_edit_replace(struct sl_doc_edit *e, const struct sl_node *entry, const char *json,
                              struct sl_error *err) {
  yyjson_doc *now = NULL;
  sl_status rc = sl_json_parse(&now, json, strlen(json), 0, "an entry", err);
  bool block = in_block_style(entry) && entry->first->key_line == entry->line;
  int indent = entry->column - 1 < 2 ? 2 : entry->column - 1;
  copy_lines(e, 1, entry->line - 1);
  if (rc == SL_OK) {
    rc = block ? print_merged(e, entry, yyjson_doc_get_root(now), entry->line, true, err)
               : print_yaml(e, json, indent, true, err);
  }
  copy_lines(e, entry->last_line + 1, ALL_LINES);
  yyjson_doc_free(now);
  return rc;
}

sl_status sl_doc_edit_root(struct sl_doc_edit *e, const char *json, struct sl_error *err) {
  const struct sl_node *root = e->doc->root;
  yyjson_doc *now = NULL;
  if (!in_block_style(root)) { /* nothing yet, or { } */
    return print_yaml(e, json, 0, false, err);
  }
  sl_status rc = sl_json_parse(&now, json, strlen(json), 0, "a file", err);
  if (rc == SL_OK) {
    rc = print_merged(e, root, yyjson_doc_get_root(now), 1, false, err);
    copy_lines(e, root->last_line + 1, ALL_LINES);
  }
  yyjson_doc_free(now);
  return rc;
}
