/* doc_toml.c - TOML 1.0 into the tree of doc.h.
 *
 * Tables come as they are written; [a.b] after [a] adds to it, a name that is given twice is
 * refused. Numbers keep their meaning in the form that YAML has for them (0o17 becomes 15). */
#include <stdio.h>
#include <stdlib.h>

#include "base/real.h"
#include "project/doc.h"
#include "schema/json_text.h"

enum { MOST_DEPTH = 60 };

struct reader {
  struct sl_doc *doc;
  const char *at, *end, *line_start;
  int line, depth;
  struct sl_error *err;
};

static int column(const struct reader *r) {
  return (int)(r->at - r->line_start) + 1;
}

static sl_status broken(struct reader *r, const char *what) {
  return sl_doc_fail_at(r->doc, r->line, column(r), SL_EDATA, r->err, "%s", what);
}

static sl_status no_memory(struct reader *r) {
  return sl_fail(r->err, SL_ENOMEM, "out of memory reading %s", r->doc->path);
}

static bool at_end(const struct reader *r) {
  return r->at >= r->end;
}

static bool next_is(const struct reader *r, const char *text) {
  size_t n = strlen(text);
  return (size_t)(r->end - r->at) >= n && memcmp(r->at, text, n) == 0;
}

static void step(struct reader *r) {
  if (*r->at++ == '\n') {
    r->line++;
    r->line_start = r->at;
  }
}

static void skip_blanks(struct reader *r) {
  while (!at_end(r) && (*r->at == ' ' || *r->at == '\t')) {
    r->at++;
  }
}

static void skip_comment(struct reader *r) {
  while (!at_end(r) && *r->at != '\n') {
    r->at++;
  }
}

/* Blanks, comments and ends of lines. */
static void skip_lines(struct reader *r) {
  while (!at_end(r)) {
    if (*r->at == '#') {
      skip_comment(r);
    } else if (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || next_is(r, "\r\n")) {
      step(r);
    } else {
      return;
    }
  }
}

static sl_status end_line(struct reader *r) {
  skip_blanks(r);
  if (!at_end(r) && *r->at == '#') {
    skip_comment(r);
  }
  return at_end(r) || *r->at == '\n' || next_is(r, "\r\n")
             ? SL_OK
             : broken(r, "something stands behind the value");
}

static struct sl_node *new_node(struct reader *r, enum sl_node_kind kind) {
  struct sl_node *node = sl_doc_new_node(r->doc, kind, r->err);
  if (node != NULL) {
    node->line = node->key_line = node->last_line = r->line;
    node->column = node->key_column = column(r);
  }
  return node;
}

static void append(struct sl_node *parent, struct sl_node *child) {
  struct sl_node **tail = &parent->first;
  while (*tail != NULL) {
    tail = &(*tail)->next;
  }
  *tail = child;
}

/* ---- strings and keys ---- */

static sl_status read_escape(struct reader *r, struct sl_buffer *out) {
  static const char letters[] = "btnfr\"\\e";
  static const char values[] = "\b\t\n\f\r\"\\\033";
  const char *known = at_end(r) || *r->at == '\0' ? NULL : strchr(letters, *r->at);
  if (known != NULL) {
    sl_buffer_char(out, values[known - letters]);
    r->at++;
    return SL_OK;
  }
  int digits = at_end(r) ? 0 : *r->at == 'u' ? 4 : *r->at == 'U' ? 8 : 0;
  uint32_t code = 0;
  for (int i = 1; i <= digits; i++) {
    int digit = r->end - r->at > i ? sl_hex_digit(r->at[i]) : -1;
    if (digit < 0) {
      digits = 0;
    }
    code = code * 16 + (uint32_t)digit;
  }
  if (digits == 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
    return broken(r, "there is no such escape in TOML (\\n, \\t, \\\", \\\\, \\u00e9 are some)");
  }
  char utf8[4];
  sl_buffer_append(out, utf8, sl_utf8_write(utf8, code));
  r->at += digits + 1;
  return SL_OK;
}

/* A backslash at the end of a line takes the white space after it away. */
static bool skip_continuation(struct reader *r) {
  const char *at = r->at;
  while (at < r->end && (*at == ' ' || *at == '\t' || *at == '\r')) {
    at++;
  }
  if (at >= r->end || *at != '\n') {
    return false;
  }
  while (!at_end(r) && strchr(" \t\r\n", *r->at) != NULL) {
    step(r);
  }
  return true;
}

static sl_status read_string(struct reader *r, bool multi_allowed, struct sl_buffer *out) {
  char quote = *r->at;
  const char *triple = quote == '"' ? "\"\"\"" : "'''";
  bool multi = multi_allowed && next_is(r, triple);
  int line = r->line;
  int start = column(r);
  sl_status rc = SL_OK;
  r->at += multi ? 3 : 1;
  if (multi && next_is(r, "\r")) {
    step(r);
  }
  if (multi && next_is(r, "\n")) {
    step(r);
  }
  while (rc == SL_OK) {
    if (at_end(r) || (!multi && *r->at == '\n')) {
      return sl_doc_fail_at(r->doc, line, start, SL_EDATA, r->err,
                            "this text has no closing quote");
    }
    if (multi ? next_is(r, triple) : *r->at == quote) {
      r->at += multi ? 3 : 1;
      while (multi && !at_end(r) && *r->at == quote) { /* up to two quotes may end the text */
        sl_buffer_char(out, *r->at++);
      }
      return SL_OK;
    }
    if (*r->at == '\\' && quote == '"') {
      r->at++;
      rc = multi && skip_continuation(r) ? SL_OK : read_escape(r, out);
    } else if (((unsigned char)*r->at < 0x20 && strchr("\t\r\n", *r->at) == NULL) ||
               *r->at == 0x7f || *r->at == '\0') {
      return broken(r, "a control character stands in a text");
    } else {
      sl_buffer_char(out, *r->at);
      step(r);
    }
  }
  return rc;
}

static bool is_bare(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

/* One part of a dotted key. */
static sl_status read_key(struct reader *r, const char **out) {
  struct sl_buffer text = { 0 };
  sl_status rc = SL_OK;
  skip_blanks(r);
  if (!at_end(r) && (*r->at == '"' || *r->at == '\'')) {
    rc = read_string(r, false, &text);
  } else {
    const char *start = r->at;
    while (!at_end(r) && is_bare(*r->at)) {
      r->at++;
    }
    sl_buffer_append(&text, start, (size_t)(r->at - start));
    rc = r->at == start ? broken(r, "a key is missing here (letters, digits, _ and -, or quoted)")
                        : SL_OK;
  }
  if (rc == SL_OK && memchr(text.data == NULL ? "" : text.data, '\0', text.length) != NULL) {
    rc = broken(r, "a key must not hold a NUL");
  }
  if (rc == SL_OK) {
    *out = sl_arena_copy(&r->doc->arena, text.data == NULL ? "" : text.data, text.length);
    rc = *out == NULL || text.failed ? no_memory(r) : SL_OK;
  }
  sl_buffer_release(&text);
  skip_blanks(r);
  return rc;
}

/* ---- values ---- */

static sl_status read_value(struct reader *r, struct sl_node **out);
static sl_status read_pair(struct reader *r, struct sl_node *table);

static sl_status read_list(struct reader *r, struct sl_node **out) {
  struct sl_node *list = *out = new_node(r, SL_NODE_LIST);
  sl_status rc = list == NULL ? SL_ENOMEM : SL_OK;
  r->at++;
  for (bool first = true; rc == SL_OK; first = false) {
    struct sl_node *item = NULL;
    skip_lines(r);
    if (!at_end(r) && *r->at == ']') {
      break;
    }
    if (!first && (at_end(r) || *r->at != ',')) {
      return broken(r, "a comma or ] is missing here");
    }
    r->at += !first;
    skip_lines(r);
    if (!first && !at_end(r) && *r->at == ']') {
      break;
    }
    rc = at_end(r) ? broken(r, "this list has no ]") : read_value(r, &item);
    if (rc == SL_OK) {
      append(list, item);
    }
  }
  r->at += rc == SL_OK;
  return rc;
}

static sl_status read_inline_table(struct reader *r, struct sl_node **out) {
  struct sl_node *table = *out = new_node(r, SL_NODE_MAP);
  sl_status rc = table == NULL ? SL_ENOMEM : SL_OK;
  r->at++;
  skip_blanks(r);
  for (bool first = true; rc == SL_OK; first = false) {
    skip_blanks(r);
    if (first && !at_end(r) && *r->at == '}') {
      break;
    }
    rc = read_pair(r, table);
    skip_blanks(r);
    if (rc != SL_OK || (!at_end(r) && *r->at == '}')) {
      break;
    }
    rc = at_end(r) || *r->at != ',' ? broken(r, "a comma or } is missing here") : SL_OK;
    r->at++;
  }
  r->at += rc == SL_OK;
  return rc;
}

/* A number in the form that sl_yaml_plain_json understands; "" = it is none. */
static enum sl_node_kind classify(const char *text, char number[80]) {
  char digits[64];
  size_t n = 0;
  number[0] = '\0';
  if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
    snprintf(number, 80, "%s", text);
    return SL_NODE_BOOL;
  }
  for (const char *c = text; *c != '\0' && n + 1 < sizeof digits; c++) {
    if (*c != '_') {
      digits[n++] = *c;
    }
  }
  digits[n] = '\0';
  const char *body = digits + (digits[0] == '-' || digits[0] == '+');
  const char *sign = digits[0] == '-' ? "-" : "";
  char *end = NULL;
  if (strcmp(body, "inf") == 0 || strcmp(body, "nan") == 0) {
    snprintf(number, 80, "%s.%s", sign, body);
    return SL_NODE_REAL;
  }
  if (body[0] < '0' || body[0] > '9' || strchr(text, ':') != NULL || n + 1 == sizeof digits) {
    return SL_NODE_TEXT;
  }
  int base = body[0] != '0'   ? 10
             : body[1] == 'x' ? 16
             : body[1] == 'o' ? 8
             : body[1] == 'b' ? 2
                              : 10;
  long long value = strtoll(body + (base == 10 ? 0 : 2), &end, base);
  if (*end == '\0') {
    snprintf(number, 80, "%s%lld", sign, value);
    return SL_NODE_INTEGER;
  }
  if (strspn(body, "0123456789.eE+-") == strlen(body) && strpbrk(body, ".eE") != NULL) {
    struct sl_buffer real = { 0 };
    sl_json_double(&real, sl_real_parse(digits, NULL));
    snprintf(number, 80, "%s", real.data == NULL ? "" : real.data);
    sl_buffer_release(&real);
    return SL_NODE_REAL;
  }
  return SL_NODE_TEXT;
}

/* A date or time: 2024-01-02T03:04:05Z, 2024-01-02, 03:04. */
static bool is_date(const char *text) {
  return text[0] >= '0' && text[0] <= '9' && strspn(text, "0123456789-:.+TZtz ") == strlen(text) &&
         strpbrk(text, "-:") != NULL;
}

static sl_status read_word(struct reader *r, struct sl_node **out) {
  char word[80];
  char number[80];
  const char *start = r->at;
  struct sl_node *node = *out = new_node(r, SL_NODE_TEXT);
  if (node == NULL) {
    return SL_ENOMEM;
  }
  while (!at_end(r) && strchr(",]}#\r\n\t \"'=[{", *r->at) == NULL) {
    r->at++;
  }
  if (r->end - r->at > 2 && *r->at == ' ' && r->at - start == 10 && start[4] == '-' &&
      r->at[1] >= '0' && r->at[1] <= '9') { /* a blank between date and time */
    r->at++;
    while (!at_end(r) && strchr(",]}#\r\n\t ", *r->at) == NULL) {
      r->at++;
    }
  }
  if (r->at == start || (size_t)(r->at - start) >= sizeof word) {
    return broken(r, "a value is missing here (texts need quotes)");
  }
  snprintf(word, sizeof word, "%.*s", (int)(r->at - start), start);
  node->kind = classify(word, number);
  if (node->kind == SL_NODE_TEXT && !is_date(word)) {
    r->at = start;
    return broken(r, "this is no number, date, true or false: texts need quotes");
  }
  const char *text = node->kind == SL_NODE_TEXT ? word : number;
  node->length = strlen(text);
  node->text = sl_arena_copy(&r->doc->arena, text, node->length);
  return node->text == NULL ? no_memory(r) : SL_OK;
}

static sl_status read_text(struct reader *r, struct sl_node **out) {
  struct sl_buffer text = { 0 };
  struct sl_node *node = *out = new_node(r, SL_NODE_TEXT);
  sl_status rc = node == NULL ? SL_ENOMEM : read_string(r, true, &text);
  if (rc == SL_OK) {
    node->length = text.length;
    node->text = sl_arena_copy(&r->doc->arena, text.data == NULL ? "" : text.data, text.length);
    rc = node->text == NULL || text.failed ? no_memory(r) : SL_OK;
  }
  sl_buffer_release(&text);
  return rc;
}

static sl_status read_value(struct reader *r, struct sl_node **out) {
  if (++r->depth > MOST_DEPTH) {
    return broken(r, "it is nested too deep");
  }
  char c = at_end(r) ? '\n' : *r->at;
  sl_status rc = c == '"' || c == '\'' ? read_text(r, out)
                 : c == '['            ? read_list(r, out)
                 : c == '{'            ? read_inline_table(r, out)
                                       : read_word(r, out);
  r->depth--;
  return rc;
}

/* ---- tables ---- */

/* The map `key` in `parent`, made when it is not there; of a list of tables, its last one. */
static sl_status enter(struct reader *r, struct sl_node *parent, const char *key,
                       struct sl_node **out) {
  struct sl_node *n = parent->first;
  while (n != NULL && strcmp(n->key, key) != 0) {
    n = n->next;
  }
  if (n == NULL) {
    n = new_node(r, SL_NODE_MAP);
    if (n == NULL) {
      return SL_ENOMEM;
    }
    n->key = key;
    append(parent, n);
  } else if (n->kind == SL_NODE_LIST && n->first != NULL) {
    for (n = n->first; n->next != NULL; n = n->next) {
    }
  }
  *out = n;
  char what[300];
  snprintf(what, sizeof what, "'%.200s' is a value already (line %d), not a table", key, n->line);
  return n->kind == SL_NODE_MAP ? SL_OK : broken(r, what);
}

/* key.key = value */
static sl_status read_pair(struct reader *r, struct sl_node *table) {
  const char *key = NULL;
  struct sl_node *value = NULL;
  skip_blanks(r);
  int line = r->line;
  int start = column(r);
  sl_status rc = read_key(r, &key);
  while (rc == SL_OK && !at_end(r) && *r->at == '.') {
    r->at++;
    rc = enter(r, table, key, &table);
    rc = rc == SL_OK ? read_key(r, &key) : rc;
  }
  if (rc == SL_OK && sl_node_get(table, key) != NULL) {
    return sl_doc_fail_at(r->doc, line, start, SL_EDATA, r->err,
                          "the key '%s' is there twice (first in line %d)", key,
                          sl_node_get(table, key)->key_line);
  }
  if (rc == SL_OK && (at_end(r) || *r->at != '=')) {
    rc = broken(r, "= is missing behind the key");
  }
  if (rc == SL_OK) {
    r->at++;
    skip_blanks(r);
    rc = read_value(r, &value);
  }
  if (rc == SL_OK) {
    value->key = key;
    value->key_line = line;
    value->key_column = start;
    value->last_line = r->line;
    append(table, value);
  }
  return rc;
}

/* [a.b] or [[a.b]] */
static sl_status read_header(struct reader *r, struct sl_node **table) {
  bool list = next_is(r, "[[");
  const char *key = NULL;
  struct sl_node *at = r->doc->root;
  r->at += list ? 2 : 1;
  sl_status rc = read_key(r, &key);
  while (rc == SL_OK && !at_end(r) && *r->at == '.') {
    r->at++;
    rc = enter(r, at, key, &at);
    rc = rc == SL_OK ? read_key(r, &key) : rc;
  }
  if (rc == SL_OK && !next_is(r, list ? "]]" : "]")) {
    rc = broken(r, list ? "]] is missing here" : "] is missing here");
  }
  if (rc != SL_OK) {
    return rc;
  }
  if (list) {
    struct sl_node *items = NULL;
    for (struct sl_node *n = at->first; n != NULL && items == NULL; n = n->next) {
      items = strcmp(n->key, key) == 0 ? n : NULL;
    }
    if (items == NULL) {
      items = new_node(r, SL_NODE_LIST);
      if (items == NULL) {
        return SL_ENOMEM;
      }
      items->key = key;
      append(at, items);
    }
    struct sl_node *item = items->kind == SL_NODE_LIST ? new_node(r, SL_NODE_MAP) : NULL;
    if (item == NULL) {
      return broken(r, "this name is a value already, not a list of tables");
    }
    append(items, item);
    *table = item;
  } else {
    bool there = sl_node_get(at, key) != NULL && sl_node_get(at, key)->column == 1;
    rc = there ? broken(r, "this table is there twice") : enter(r, at, key, table);
    if (rc == SL_OK) {
      (*table)->column = 1; /* its own header was seen; those made by [a.b.c] may still come */
    }
  }
  r->at += list ? 2 : 1;
  return rc;
}

static sl_status read_all(struct reader *r) {
  struct sl_node *table = r->doc->root = new_node(r, SL_NODE_MAP);
  sl_status rc = table == NULL ? SL_ENOMEM : SL_OK;
  for (skip_lines(r); rc == SL_OK && !at_end(r); skip_lines(r)) {
    rc = *r->at == '[' ? read_header(r, &table) : read_pair(r, table);
    if (rc == SL_OK) {
      rc = end_line(r);
    }
  }
  return rc;
}

sl_status sl_doc_parse_toml(struct sl_doc *doc, const char *path, const char *text, size_t length,
                            struct sl_error *err) {
  sl_status rc = sl_doc_take_text(doc, path, text, length, err);
  if (rc == SL_OK) {
    bool mark = length >= 3 && memcmp(doc->data, "\xef\xbb\xbf", 3) == 0;
    struct reader r = { .doc = doc,
                        .at = doc->data + (mark ? 3 : 0),
                        .end = doc->data + length,
                        .line_start = doc->data,
                        .line = 1,
                        .err = err };
    rc = read_all(&r);
  }
  if (rc != SL_OK) {
    sl_doc_release(doc);
  }
  return rc;
}
