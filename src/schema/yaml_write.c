/* yaml_write.c - JSON as YAML in the block style that PyYAML's dump gives dlt's exported schemas.
 */
#include <stdlib.h>

#include <yyjson.h>

#include "schema/json_text.h"
#include "schema/stored.h"

/* True when a plain scalar of this text would be read back as the same text. */
static bool is_plain(const char *text, size_t length, bool *no_memory) {
  static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
  struct sl_buffer json = { 0 };
  if (length == 0 || strspn(text, safe) == 0 || text[length - 1] == ' ' ||
      text[length - 1] == ':') {
    return false;
  }
  for (size_t i = 0; i < length; i++) {
    unsigned char c = (unsigned char)text[i];
    bool fine = strchr(safe, c) != NULL || strchr("+-./()=$;", c) != NULL ||
                (c == ' ' && text[i + 1] != '#') || (c == ':' && text[i + 1] != ' ') || c == ',';
    if (c == '\0' || !fine) {
      return false;
    }
  }
  /* numbers, dates, yes and no: what the reader takes for something else is quoted */
  sl_status rc = sl_yaml_to_json(text, length, &json, NULL);
  bool text_again = rc == SL_OK && json.data[0] == '"' && json.length == length + 2;
  *no_memory = *no_memory || rc == SL_ENOMEM;
  bool like_date = length >= 8 && text[0] >= '0' && text[0] <= '9';
  sl_buffer_release(&json);
  return text_again && !like_date;
}

/* Single quotes hold any printable text of one line. */
static bool is_printable(const char *text, size_t length) {
  const char *at = text;
  while (at < text + length) {
    int32_t c = sl_utf8_next(&at, text + length);
    if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || c == 0xfeff ||
        c == 0xfffe || c == 0xffff) {
      return false;
    }
  }
  return true;
}

/* As in JSON, and what YAML does not count as printable is escaped too. */
static void double_quoted(struct sl_buffer *out, const char *text, size_t length) {
  const char *at = text;
  sl_buffer_char(out, '"');
  while (at < text + length) {
    const char *start = at;
    int32_t c = sl_utf8_next(&at, text + length);
    if (c == '"' || c == '\\') {
      sl_buffer_printf(out, "\\%c", (int)c);
    } else if (c >= 0 && is_printable(start, (size_t)(at - start))) {
      sl_buffer_append(out, start, (size_t)(at - start));
    } else {
      sl_buffer_printf(out, "\\u%04x", (unsigned)(c < 0 ? 0xfffd : c));
    }
  }
  sl_buffer_char(out, '"');
}

static void scalar(struct sl_buffer *out, const char *text, size_t length) {
  if (is_plain(text, length, &out->failed)) {
    sl_buffer_append(out, text, length);
  } else if (is_printable(text, length)) {
    sl_buffer_char(out, '\'');
    for (size_t i = 0; i < length; i++) {
      sl_buffer_append(out, "''", text[i] == '\'' ? 2 : 0);
      sl_buffer_append(out, text + i, text[i] == '\'' ? 0 : 1);
    }
    sl_buffer_char(out, '\'');
  } else {
    double_quoted(out, text, length);
  }
}

/* YAML 1.1 wants a point in every float: 1e-7 would be a text. */
static void number(struct sl_buffer *out, yyjson_val *v) {
  struct sl_buffer text = { 0 };
  sl_json_canonical_value(v, NULL, &text);
  bool real = yyjson_is_raw(v) || yyjson_is_real(v);
  const char *e = text.data == NULL || !real ? NULL : strchr(text.data, 'e');
  if (e != NULL && memchr(text.data, '.', (size_t)(e - text.data)) == NULL) {
    sl_buffer_append(out, text.data, (size_t)(e - text.data));
    sl_buffer_printf(out, ".0%s", e);
  } else {
    sl_buffer_append(out, text.data, text.length);
  }
  sl_buffer_release_part(&text, out);
}

static void indent(struct sl_buffer *out, int depth) {
  sl_buffer_char(out, '\n');
  for (int i = 0; i < depth; i++) {
    sl_buffer_text(out, "  ");
  }
}

static void value(struct sl_buffer *out, yyjson_val *v, int depth, bool in_list);

/* "key:", or "? key" and ":" on the next line: parsers look 1024 characters ahead for the colon. */
static void mapping_key(struct sl_buffer *out, yyjson_val *key, int depth) {
  enum { LONG_KEY = 900 };
  struct sl_buffer text = { 0 };
  scalar(&text, yyjson_get_str(key), yyjson_get_len(key));
  bool is_long = text.length > LONG_KEY;
  sl_buffer_text(out, is_long ? "? " : "");
  sl_buffer_append(out, text.data, text.length);
  if (is_long) {
    indent(out, depth);
  }
  sl_buffer_char(out, ':');
  sl_buffer_release_part(&text, out);
}

static void mapping(struct sl_buffer *out, yyjson_val *object, int depth, bool in_list) {
  yyjson_val *key;
  bool first = true;
  yyjson_obj_iter members = yyjson_obj_iter_with(object);
  while ((key = yyjson_obj_iter_next(&members)) != NULL) {
    yyjson_val *v = yyjson_obj_iter_get_val(key);
    if (!first || !in_list) {
      if (out->length > 0) {
        indent(out, depth);
      }
    }
    first = false;
    mapping_key(out, key, depth);
    value(out, v, depth, false);
  }
}

/* Items stand under their key without further indentation, as PyYAML does it. */
static void sequence(struct sl_buffer *out, yyjson_val *list, int depth, bool in_list) {
  size_t i;
  size_t n;
  yyjson_val *item;
  yyjson_arr_foreach(list, i, n, item) {
    if (i > 0 || !in_list) {
      indent(out, depth);
    }
    sl_buffer_char(out, '-');
    value(out, item, depth, true);
  }
}

/* A value of one line; empty objects and lists are that too. */
static void leaf(struct sl_buffer *out, yyjson_val *v) {
  if (yyjson_is_str(v)) {
    scalar(out, yyjson_get_str(v), yyjson_get_len(v));
  } else {
    number(out, v);
  }
}

static void value(struct sl_buffer *out, yyjson_val *v, int depth, bool in_list) {
  if (yyjson_is_obj(v) && yyjson_obj_size(v) > 0) {
    sl_buffer_text(out, in_list ? " " : "");
    mapping(out, v, depth + 1, in_list);
  } else if (yyjson_is_arr(v) && yyjson_arr_size(v) > 0) {
    sl_buffer_text(out, in_list ? " " : "");
    sequence(out, v, in_list ? depth + 1 : depth, in_list);
  } else {
    sl_buffer_char(out, ' ');
    leaf(out, v);
  }
}

sl_status sl_json_to_yaml(const char *json, size_t length, struct sl_buffer *out,
                          struct sl_error *err) {
  yyjson_doc *doc = NULL;
  sl_status rc = sl_json_parse(&doc, json, length, YYJSON_READ_NUMBER_AS_RAW, "JSON", err);
  if (rc != SL_OK) {
    return rc;
  }
  yyjson_val *root = yyjson_doc_get_root(doc);
  if (yyjson_is_obj(root) && yyjson_obj_size(root) > 0) {
    mapping(out, root, 0, true);
  } else if (yyjson_is_arr(root) && yyjson_arr_size(root) > 0) {
    sequence(out, root, 0, true);
  } else {
    leaf(out, root);
  }
  sl_buffer_char(out, '\n');
  yyjson_doc_free(doc);
  return sl_buffer_check(out, err);
}

sl_status sl_schema_to_yaml(const struct sl_schema *schema, bool remove_defaults,
                            struct sl_buffer *out, struct sl_error *err) {
  struct sl_buffer json = { 0 };
  sl_status rc = sl_schema_to_json(
      schema, remove_defaults ? SL_SCHEMA_REMOVE_DEFAULTS : SL_SCHEMA_COMPACT, &json, err);
  if (rc == SL_OK) {
    rc = sl_json_to_yaml(json.data, json.length, out, err);
  }
  sl_buffer_release(&json);
  return rc;
}
