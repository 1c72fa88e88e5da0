/* doc.c - see doc.h: what YAML and TOML trees have in common. */
#include "project/doc.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/files.h"
#include "schema/json_text.h"
#include "schema/stored.h"

void sl_doc_release(struct sl_doc *doc) {
  sl_arena_release(&doc->arena);
  free(doc->path);
  free(doc->data);
  *doc = (struct sl_doc){ 0 };
}

sl_status sl_doc_take_text(struct sl_doc *doc, const char *path, const char *text, size_t length,
                           struct sl_error *err) {
  *doc = (struct sl_doc){ 0 };
  struct sl_buffer copy = { 0 };
  sl_buffer_append(&copy, text, length);
  doc->length = length;
  doc->data = sl_buffer_take(&copy);
  doc->path = strdup(path);
  if (doc->data == NULL || doc->path == NULL) {
    sl_doc_release(doc);
    return sl_fail(err, SL_ENOMEM, "out of memory reading %s", path);
  }
  return SL_OK;
}

struct sl_node *sl_doc_new_node(struct sl_doc *doc, enum sl_node_kind kind, struct sl_error *err) {
  struct sl_node *node = sl_arena_alloc(&doc->arena, sizeof *node);
  if (node == NULL) {
    sl_fail(err, SL_ENOMEM, "out of memory reading %s", doc->path);
  } else {
    *node = (struct sl_node){ .kind = kind };
  }
  return node;
}

/* ---- messages ---- */

static const char *line_start(const struct sl_doc *doc, int line) {
  const char *at = doc->data;
  for (int i = 1; i < line && at != NULL; i++) {
    at = strchr(at, '\n');
    at = at == NULL ? NULL : at + 1;
  }
  return at;
}

/* The line with the caret, cut where it is long so that the message has room for it. */
static void print_caret(const struct sl_doc *doc, int line, int column, struct sl_buffer *out) {
  enum { WIDTH = 120 };
  const char *start = line_start(doc, line);
  if (start == NULL || column < 1) {
    return;
  }
  size_t length = strcspn(start, "\r\n");
  size_t from = column > WIDTH ? (size_t)column - WIDTH / 2 : 0;
  from = from > length ? length : from;
  size_t shown = length - from > WIDTH ? WIDTH : length - from;
  int before = snprintf(NULL, 0, "  %d | ", line);
  sl_buffer_printf(out, "\n  %d | %.*s\n%*s", line, (int)shown, start + from, before, "");
  for (size_t i = from; i + 1 < (size_t)column; i++) {
    bool tab = i < length && start[i] == '\t';
    bool inside =
        i < length && ((unsigned char)start[i] & 0xc0) == 0x80; /* one caret a character */
    sl_buffer_text(out, tab ? "\t" : inside ? "" : " ");
  }
  sl_buffer_char(out, '^');
}

static sl_status fail_at(const struct sl_doc *doc, int line, int column, sl_status code,
                         struct sl_error *err, const char *format, va_list arguments)
    SL_PRINTF(6, 0);
static sl_status fail_at(const struct sl_doc *doc, int line, int column, sl_status code,
                         struct sl_error *err, const char *format, va_list arguments) {
  char what[512];
  struct sl_buffer text = { 0 };
  vsnprintf(what, sizeof what, format, arguments);
  print_caret(doc, line, column, &text);
  code = sl_fail(err, code, "%s:%d:%d: %s%s", doc->path, line, column, what,
                 text.data == NULL ? "" : text.data);
  sl_buffer_release(&text);
  return code;
}

sl_status sl_doc_fail_at(const struct sl_doc *doc, int line, int column, sl_status code,
                         struct sl_error *err, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  code = fail_at(doc, line, column, code, err, format, arguments);
  va_end(arguments);
  return code;
}

sl_status sl_doc_fail(const struct sl_doc *doc, const struct sl_node *node, struct sl_error *err,
                      const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  sl_status rc = fail_at(doc, node->line, node->column, SL_EUSAGE, err, format, arguments);
  va_end(arguments);
  return rc;
}

sl_status sl_doc_fail_key(const struct sl_doc *doc, const struct sl_node *node,
                          struct sl_error *err, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  sl_status rc = fail_at(doc, node->key_line, node->key_column, SL_EUSAGE, err, format, arguments);
  va_end(arguments);
  return rc;
}

/* ---- lookups ---- */

const struct sl_node *sl_node_get(const struct sl_node *map, const char *key) {
  if (map == NULL || map->kind != SL_NODE_MAP) {
    return NULL;
  }
  for (const struct sl_node *n = map->first; n != NULL; n = n->next) {
    if (strcmp(n->key, key) == 0) {
      return n;
    }
  }
  return NULL;
}

const struct sl_node *sl_node_path(const struct sl_node *map, const char *path) {
  char part[256];
  while (map != NULL && *path != '\0') {
    size_t length = strcspn(path, ".");
    snprintf(part, sizeof part, "%.*s", (int)length, path);
    map = sl_node_get(map, part);
    path += length + (path[length] == '.');
  }
  return map;
}

const struct sl_node *sl_node_named(const struct sl_node *list, const char *name) {
  for (const struct sl_node *n = list == NULL ? NULL : list->first; n != NULL; n = n->next) {
    const char *text = sl_node_text(sl_node_get(n, "name"));
    if (text != NULL && strcmp(text, name) == 0) {
      return n;
    }
  }
  return NULL;
}

const char *sl_node_text(const struct sl_node *node) {
  return node == NULL || node->kind == SL_NODE_NULL || node->kind >= SL_NODE_LIST ? NULL
                                                                                  : node->text;
}

size_t sl_node_count(const struct sl_node *node) {
  size_t n = 0;
  for (const struct sl_node *at = node == NULL ? NULL : node->first; at != NULL; at = at->next) {
    n++;
  }
  return n;
}

sl_status sl_doc_check_keys(const struct sl_doc *doc, const struct sl_node *map,
                            const char *const *known, const char *what, struct sl_error *err) {
  for (const struct sl_node *n = map == NULL ? NULL : map->first; n != NULL; n = n->next) {
    const char *nearest = NULL;
    size_t best = 4;
    bool found = false;
    for (size_t i = 0; known[i] != NULL && !found; i++) {
      found = strcmp(known[i], n->key) == 0;
      size_t distance = sl_text_distance(n->key, known[i], best);
      if (distance < best) {
        best = distance;
        nearest = known[i];
      }
    }
    if (!found) {
      return sl_doc_fail_key(doc, n, err, "%s has no key '%s'%s%s%s", what, n->key,
                             nearest == NULL ? "" : "; did you mean '",
                             nearest == NULL ? "" : nearest, nearest == NULL ? "" : "'?");
    }
  }
  return SL_OK;
}

sl_status sl_doc_text(const struct sl_doc *doc, const struct sl_node *map, const char *key,
                      const char **out, struct sl_error *err) {
  const struct sl_node *node = sl_node_get(map, key);
  if (node == NULL || node->kind == SL_NODE_NULL) {
    return SL_OK;
  }
  if (node->kind >= SL_NODE_LIST) {
    return sl_doc_fail(doc, node, err, "%s must be a text", key);
  }
  *out = node->text;
  return SL_OK;
}

sl_status sl_doc_bool(const struct sl_doc *doc, const struct sl_node *map, const char *key,
                      bool *out, struct sl_error *err) {
  const struct sl_node *node = sl_node_get(map, key);
  if (node == NULL || node->kind == SL_NODE_NULL) {
    return SL_OK;
  }
  if (node->kind != SL_NODE_BOOL) {
    return sl_doc_fail(doc, node, err, "%s must be true or false", key);
  }
  struct sl_buffer json = { 0 };
  sl_yaml_plain_json(&json, node->text, node->length);
  *out = json.data != NULL && json.data[0] == 't';
  sl_buffer_release(&json);
  return SL_OK;
}

sl_status sl_doc_integer(const struct sl_doc *doc, const struct sl_node *map, const char *key,
                         int64_t *out, struct sl_error *err) {
  const struct sl_node *node = sl_node_get(map, key);
  if (node == NULL || node->kind == SL_NODE_NULL) {
    return SL_OK;
  }
  if (node->kind != SL_NODE_INTEGER) {
    return sl_doc_fail(doc, node, err, "%s must be a whole number", key);
  }
  struct sl_buffer json = { 0 };
  sl_yaml_plain_json(&json, node->text, node->length);
  *out = json.data == NULL ? 0 : strtoll(json.data, NULL, 10);
  sl_buffer_release(&json);
  return SL_OK;
}

sl_status sl_doc_join(const struct sl_doc *doc, const struct sl_node *node, struct sl_arena *arena,
                      const char **out, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  sl_status rc = SL_OK;
  if (node == NULL || node->kind == SL_NODE_NULL) {
    return SL_OK;
  }
  if (node->kind == SL_NODE_MAP) {
    return sl_doc_fail(doc, node, err, "%s must be a list of texts", node->key);
  }
  if (node->kind != SL_NODE_LIST) {
    *out = node->text;
    return SL_OK;
  }
  for (const struct sl_node *n = node->first; rc == SL_OK && n != NULL; n = n->next) {
    if (sl_node_text(n) == NULL) {
      rc = sl_doc_fail(doc, n, err, "%s must be a list of texts", node->key);
    } else {
      sl_buffer_printf(&text, "%s%s", n == node->first ? "" : ",", n->text);
    }
  }
  if (rc == SL_OK && text.length > 0) {
    *out = sl_arena_copy(arena, text.data, text.length);
    rc = *out == NULL || text.failed
             ? sl_fail(err, SL_ENOMEM, "out of memory reading %s", doc->path)
             : SL_OK;
  }
  sl_buffer_release(&text);
  return rc;
}

void sl_node_json(const struct sl_node *node, struct sl_buffer *out) {
  if (node == NULL) {
    sl_buffer_text(out, "null");
  } else if (node->kind == SL_NODE_TEXT) {
    sl_json_string(out, node->text, node->length);
  } else if (node->kind < SL_NODE_LIST) {
    sl_yaml_plain_json(out, node->text, node->length);
  } else {
    bool map = node->kind == SL_NODE_MAP;
    sl_buffer_char(out, map ? '{' : '[');
    for (const struct sl_node *n = node->first; n != NULL; n = n->next) {
      sl_buffer_text(out, n == node->first ? "" : ",");
      if (map) {
        sl_json_string(out, n->key, strlen(n->key));
        sl_buffer_char(out, ':');
      }
      sl_node_json(n, out);
    }
    sl_buffer_char(out, map ? '}' : ']');
  }
}

typedef sl_status (*parse_fn)(struct sl_doc *, const char *, const char *, size_t,
                              struct sl_error *);

static sl_status read_with(struct sl_doc *doc, const char *path, parse_fn parse,
                           struct sl_error *err) {
  struct sl_buffer text = { 0 };
  *doc = (struct sl_doc){ 0 };
  sl_status rc = sl_file_read(path, &text, err);
  if (rc == SL_OK && !sl_utf8_valid(text.data == NULL ? "" : text.data, text.length)) {
    rc = sl_fail(err, SL_EDATA, "%s is not UTF-8: save it with that encoding", path);
  }
  if (rc == SL_OK) {
    rc = parse(doc, path, text.data == NULL ? "" : text.data, text.length, err);
  }
  sl_buffer_release(&text);
  return rc;
}

sl_status sl_doc_read_yaml(struct sl_doc *doc, const char *path, struct sl_error *err) {
  return read_with(doc, path, sl_doc_parse_yaml, err);
}

sl_status sl_doc_read_toml(struct sl_doc *doc, const char *path, struct sl_error *err) {
  return read_with(doc, path, sl_doc_parse_toml, err);
}
