/* doc.h - a YAML or TOML file as a tree that knows where everything stands, for messages with line,
 * column and caret, and for edits that leave the rest of the file alone.
 *
 * A tree is read only and may be used by several threads. May include base/. */
#ifndef SL_PROJECT_DOC_H
#define SL_PROJECT_DOC_H

#include "base/memory.h"
#include "base/text.h"

enum sl_node_kind {
  SL_NODE_NULL,
  SL_NODE_BOOL,
  SL_NODE_INTEGER,
  SL_NODE_REAL,
  SL_NODE_TEXT,
  SL_NODE_LIST,
  SL_NODE_MAP
};

struct sl_node {
  enum sl_node_kind kind;
  const char *text; /* of a scalar, NUL-terminated: as written, without quotes and escapes */
  size_t length;
  const char *key;  /* in a map; NULL in a list */
  int line, column; /* of the value, from 1; column counts bytes */
  int key_line, key_column;
  int last_line;                /* the last line that it has something on */
  struct sl_node *first, *next; /* members or items, in order; the next one of the same parent */
};

struct sl_doc { /* all-zero is empty */
  struct sl_arena arena;
  char *path; /* for messages */
  char *data; /* the whole text, NUL after it */
  size_t length;
  struct sl_node *root; /* a map; without members for an empty file */
};
void sl_doc_release(struct sl_doc *doc);

/* Reads one YAML document (1.1, as PyYAML reads it: yes and on are true; a date is a text).
 * SL_EDATA with line, column and caret; SL_ENOTFOUND: no such file. */
sl_status sl_doc_read_yaml(struct sl_doc *doc, const char *path, struct sl_error *err);
sl_status sl_doc_parse_yaml(struct sl_doc *doc, const char *path, const char *text, size_t length,
                            struct sl_error *err);
/* The same for TOML 1.0; dates and times are texts. */
sl_status sl_doc_read_toml(struct sl_doc *doc, const char *path, struct sl_error *err);
sl_status sl_doc_parse_toml(struct sl_doc *doc, const char *path, const char *text, size_t length,
                            struct sl_error *err);

/* "path:3:7: …", the line and a caret below it; returns `code`. */
sl_status sl_doc_fail_at(const struct sl_doc *doc, int line, int column, sl_status code,
                         struct sl_error *err, const char *format, ...) SL_PRINTF(6, 7);
/* SL_EUSAGE at the value, or at the key of a member. */
sl_status sl_doc_fail(const struct sl_doc *doc, const struct sl_node *node, struct sl_error *err,
                      const char *format, ...) SL_PRINTF(4, 5);
sl_status sl_doc_fail_key(const struct sl_doc *doc, const struct sl_node *node,
                          struct sl_error *err, const char *format, ...) SL_PRINTF(4, 5);

/* A member of a map; NULL: absent, or `map` is NULL or no map. */
const struct sl_node *sl_node_get(const struct sl_node *map, const char *key);
/* Along "a.b.c". */
const struct sl_node *sl_node_path(const struct sl_node *map, const char *path);
/* The entry of a list whose member `name` is that; NULL: there is none. */
const struct sl_node *sl_node_named(const struct sl_node *list, const char *name);
/* The text of a scalar; NULL for null, absent, lists and maps. */
const char *sl_node_text(const struct sl_node *node);
size_t sl_node_count(const struct sl_node *node); /* members or items */

/* Refuses members that are not in `known` (NULL-terminated), with the nearest name. what: "a
 * source".
 */
sl_status sl_doc_check_keys(const struct sl_doc *doc, const struct sl_node *map,
                            const char *const *known, const char *what, struct sl_error *err);
/* Typed members. Absent or null: *out stays as it is. Another kind: SL_EUSAGE with the place. Texts
 * live as long as the document. */
sl_status sl_doc_text(const struct sl_doc *doc, const struct sl_node *map, const char *key,
                      const char **out, struct sl_error *err);
sl_status sl_doc_bool(const struct sl_doc *doc, const struct sl_node *map, const char *key,
                      bool *out, struct sl_error *err);
sl_status sl_doc_integer(const struct sl_doc *doc, const struct sl_node *map, const char *key,
                         int64_t *out, struct sl_error *err);
/* A list of texts joined with commas in the arena, or one text as it is; *out stays as it is for
 * null and an empty list. */
sl_status sl_doc_join(const struct sl_doc *doc, const struct sl_node *node, struct sl_arena *arena,
                      const char **out, struct sl_error *err);

/* Appends the tree as JSON. */
void sl_node_json(const struct sl_node *node, struct sl_buffer *out);

/* ---- for the two parsers ---- */

struct sl_node *sl_doc_new_node(struct sl_doc *doc, enum sl_node_kind kind, struct sl_error *err);
/* Takes a copy of the text, which the document owns from now on. */
sl_status sl_doc_take_text(struct sl_doc *doc, const char *path, const char *text, size_t length,
                           struct sl_error *err);

#endif
