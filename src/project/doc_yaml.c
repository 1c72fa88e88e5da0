/* doc_yaml.c - YAML into the tree of doc.h, by libyaml's events. */
#include <stdio.h>

#include "project/doc.h"
#include "schema/stored.h"
#include "schema/yaml_events.h"

enum { MOST_DEPTH = 60, MOST_NODES = 200000 };

struct reader {
  struct sl_yaml yaml; /* anchors: the node */
  struct sl_doc *doc;
  size_t n_nodes;
};

/* libyaml counts characters; the tree counts bytes. */
static int byte_column(const struct reader *r, yaml_mark_t mark) {
  const char *at = r->doc->data;
  for (size_t line = 0; line < mark.line && at != NULL; line++) {
    at = strchr(at, '\n');
    at = at == NULL ? NULL : at + 1;
  }
  int column = 1;
  for (size_t i = 0; at != NULL && i < mark.column && *at != '\0'; i++) {
    do {
      at++;
      column++;
    } while (((unsigned char)*at & 0xc0) == 0x80);
  }
  return column;
}

static sl_status place(void *arg, yaml_mark_t mark, const char *what) {
  const struct reader *r = arg;
  return sl_doc_fail_at(r->doc, (int)mark.line + 1, byte_column(r, mark), SL_EDATA, r->yaml.err,
                        "%s", what);
}

static struct sl_node *new_node(struct reader *r, const yaml_event_t *event,
                                enum sl_node_kind kind) {
  if (++r->n_nodes > MOST_NODES) {
    sl_fail(r->yaml.err, SL_EDATA, "%s has more than %d values", r->doc->path, MOST_NODES);
    return NULL;
  }
  struct sl_node *node = sl_doc_new_node(r->doc, kind, r->yaml.err);
  if (node != NULL) {
    node->line = node->key_line = (int)event->start_mark.line + 1;
    node->column = node->key_column = byte_column(r, event->start_mark);
    node->last_line = node->line;
  }
  return node;
}

static sl_status read_node(struct reader *r, yaml_event_t *event, int depth, struct sl_node **out);

static sl_status copy_text(struct reader *r, const yaml_event_t *event, const char **out) {
  *out = sl_arena_copy(&r->doc->arena, (const char *)event->data.scalar.value,
                       event->data.scalar.length);
  return *out == NULL ? sl_fail(r->yaml.err, SL_ENOMEM, "out of memory reading %s", r->doc->path)
                      : SL_OK;
}

static enum sl_node_kind kind_of(const yaml_event_t *event) {
  const char *tag = (const char *)event->data.scalar.tag;
  if (event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE ||
      (tag != NULL && strcmp(tag, "tag:yaml.org,2002:str") == 0)) {
    return SL_NODE_TEXT;
  }
  struct sl_buffer json = { 0 };
  sl_yaml_plain_json(&json, (const char *)event->data.scalar.value, event->data.scalar.length);
  enum sl_node_kind kind = json.data == NULL || json.data[0] == '"'     ? SL_NODE_TEXT
                           : json.data[0] == 'n'                        ? SL_NODE_NULL
                           : json.data[0] == 't' || json.data[0] == 'f' ? SL_NODE_BOOL
                           : strpbrk(json.data, ".eENI") != NULL        ? SL_NODE_REAL
                                                                        : SL_NODE_INTEGER;
  sl_buffer_release(&json);
  return kind;
}

static sl_status read_scalar(struct reader *r, const yaml_event_t *event, struct sl_node **out) {
  struct sl_node *node = new_node(r, event, kind_of(event));
  if (node == NULL) {
    return r->yaml.err == NULL ? SL_ENOMEM : r->yaml.err->code;
  }
  node->length = event->data.scalar.length;
  int end =
      (int)event->end_mark.line + (event->end_mark.column > 0); /* a block ends at the next line */
  node->last_line = end > node->line ? end : node->line;
  *out = node;
  return copy_text(r, event, &node->text);
}

/* Appends to the parent, and the parent reaches at least as far as its last child. */
static void adopt(struct sl_node *parent, struct sl_node ***tail, struct sl_node *child) {
  **tail = child;
  *tail = &child->next;
  parent->last_line = child->last_line > parent->last_line ? child->last_line : parent->last_line;
}

static sl_status read_member(struct reader *r, yaml_event_t *key_event, int depth,
                             const struct sl_node *map, struct sl_node **out) {
  const char *key = NULL;
  sl_status rc = sl_yaml_check_key(&r->yaml, key_event);
  rc = rc == SL_OK ? copy_text(r, key_event, &key) : rc;
  if (rc == SL_OK && sl_node_get(map, key) != NULL) {
    char what[300];
    snprintf(what, sizeof what, "the key '%.200s' is there twice (first in line %d)", key,
             sl_node_get(map, key)->key_line);
    return place(r, key_event->start_mark, what);
  }
  yaml_event_t event;
  rc = rc == SL_OK ? sl_yaml_next(&r->yaml, &event) : rc;
  if (rc == SL_OK) {
    rc = read_node(r, &event, depth + 1, out);
    yaml_event_delete(&event);
  }
  if (rc == SL_OK) {
    (*out)->key = key;
    (*out)->key_line = (int)key_event->start_mark.line + 1;
    (*out)->key_column = byte_column(r, key_event->start_mark);
    if ((*out)->last_line < (*out)->key_line) {
      (*out)->last_line = (*out)->key_line;
    }
  }
  return rc;
}

static sl_status read_children(struct reader *r, const yaml_event_t *start, int depth, bool map,
                               struct sl_node **out) {
  struct sl_node *node = new_node(r, start, map ? SL_NODE_MAP : SL_NODE_LIST);
  struct sl_node **tail = node == NULL ? NULL : &node->first;
  sl_status rc = node == NULL ? (r->yaml.err == NULL ? SL_ENOMEM : r->yaml.err->code) : SL_OK;
  for (bool ended = false; rc == SL_OK && !ended;) {
    yaml_event_t event;
    struct sl_node *child = NULL;
    rc = sl_yaml_next(&r->yaml, &event);
    if (rc != SL_OK) {
      break;
    }
    ended = event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT;
    if (ended && event.end_mark.index > event.start_mark.index) { /* a closing bracket */
      node->last_line = (int)event.end_mark.line + 1;
    } else if (!ended) {
      rc = map ? read_member(r, &event, depth, node, &child)
               : read_node(r, &event, depth + 1, &child);
    }
    yaml_event_delete(&event);
    if (rc == SL_OK && child != NULL) {
      adopt(node, &tail, child);
    }
  }
  *out = node;
  return rc;
}

/* The node of the anchor again, with a place of its own in the tree. */
static sl_status copy_alias(struct reader *r, const yaml_event_t *event, struct sl_node **out) {
  const struct sl_yaml_anchor *a;
  sl_status rc = sl_yaml_find_anchor(&r->yaml, event, &a);
  if (rc != SL_OK) {
    return rc;
  }
  const struct sl_node *from = a->node;
  struct sl_node *node = new_node(r, event, from->kind);
  if (node == NULL) {
    return r->yaml.err == NULL ? SL_ENOMEM : r->yaml.err->code;
  }
  node->text = from->text;
  node->length = from->length;
  node->first = from->first;
  *out = node;
  return SL_OK;
}

static sl_status read_node(struct reader *r, yaml_event_t *event, int depth, struct sl_node **out) {
  size_t anchor;
  if (depth > MOST_DEPTH) {
    return place(r, event->start_mark, "it is nested too deep");
  }
  sl_status rc = sl_yaml_note_anchor(&r->yaml, event, &anchor);
  if (rc != SL_OK) {
    return rc;
  }
  switch (event->type) {
    case YAML_SCALAR_EVENT: rc = read_scalar(r, event, out); break;
    case YAML_SEQUENCE_START_EVENT: rc = read_children(r, event, depth, false, out); break;
    case YAML_MAPPING_START_EVENT: rc = read_children(r, event, depth, true, out); break;
    case YAML_ALIAS_EVENT: rc = copy_alias(r, event, out); break;
    default: rc = place(r, event->start_mark, "a value is missing"); break;
  }
  if (rc == SL_OK && anchor != SIZE_MAX) {
    r->yaml.anchors[anchor].node = *out;
    r->yaml.anchors[anchor].whole = true;
  }
  return rc;
}

static sl_status read_root(void *arg, yaml_event_t *event) {
  struct reader *r = arg;
  return read_node(r, event, 0, &r->doc->root);
}

/* A map; an empty file is one too. */
static sl_status check_root(struct sl_doc *doc, struct sl_error *err) {
  const struct sl_node *root = doc->root;
  if (root == NULL || root->kind == SL_NODE_NULL) {
    doc->root = sl_doc_new_node(doc, SL_NODE_MAP, err);
    return doc->root == NULL ? SL_ENOMEM : SL_OK;
  }
  return root->kind == SL_NODE_MAP ? SL_OK
                                   : sl_doc_fail_at(doc, root->line, root->column, SL_EDATA, err,
                                                    "the file must begin with a key");
}

sl_status sl_doc_parse_yaml(struct sl_doc *doc, const char *path, const char *text, size_t length,
                            struct sl_error *err) {
  sl_status rc = sl_doc_take_text(doc, path, text, length, err);
  struct reader r = { .yaml = { .broken = place, .arg = &r, .err = err }, .doc = doc };
  int documents;
  if (rc == SL_OK) {
    rc = sl_yaml_read(&r.yaml, doc->data, length, read_root, &documents);
  }
  if (rc == SL_OK) {
    rc = check_root(doc, err);
  }
  if (rc != SL_OK) {
    sl_doc_release(doc);
  }
  return rc;
}
