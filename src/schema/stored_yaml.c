/* stored_yaml.c - reading YAML: dlt's import schemas become JSON text and are read as such.
 *
 * Plain scalars are resolved by YAML 1.1, as PyYAML's safe_load does: yes and on are true, 0x1f,
 * 0b1, 017 and 1_000 are integers. Mapping keys are always texts here. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <yaml.h>

#include "base/real.h"
#include "schema/json_text.h"
#include "schema/stored.h"

enum { MOST_DEPTH = 150, MOST_ANCHORS = 10000, MOST_JSON = 64 << 20 };

struct anchor {
  char *name;
  size_t start, end; /* of its JSON in the output; end 0 = not complete, so it cannot be used yet */
};

struct reader {
  yaml_parser_t parser;
  struct sl_buffer *out;
  struct anchor *anchors;
  size_t n_anchors, anchors_capacity;
  struct sl_error *err;
};

static sl_status broken(struct reader *r, yaml_mark_t at, const char *what) {
  return sl_fail(r->err, SL_EDATA, "YAML, line %zu, column %zu: %s", at.line + 1, at.column + 1,
                 what);
}

static bool is_one_of(const char *text, const char *const *names) {
  for (size_t i = 0; names[i] != NULL; i++) {
    if (strcmp(text, names[i]) == 0) {
      return true;
    }
  }
  return false;
}

/* Digits of `base` and underscores up to the end; false when there is anything else. */
static bool read_integer(const char *digits, unsigned base, bool negative, struct sl_buffer *out) {
  unsigned long long value = 0;
  bool any = false;
  for (const char *c = digits; *c != '\0'; c++) {
    unsigned digit = *c >= '0' && *c <= '9'   ? (unsigned)(*c - '0')
                     : *c >= 'a' && *c <= 'f' ? (unsigned)(*c - 'a') + 10
                     : *c >= 'A' && *c <= 'F' ? (unsigned)(*c - 'A') + 10
                                              : 99;
    if (*c == '_') {
      continue;
    }
    if (digit >= base || value > (UINT64_MAX >> 1) / 16) {
      return false;
    }
    value = value * base + digit;
    any = true;
  }
  if (any) {
    sl_buffer_printf(out, "%s%llu", negative && value > 0 ? "-" : "", value);
  }
  return any;
}

/* Decimal digits go as they are: JSON has integers of any size. */
static bool copy_integer(const char *digits, bool negative, struct sl_buffer *out) {
  size_t n = strlen(digits);
  if (digits[0] < '0' || digits[0] > '9' || strspn(digits, "0123456789_") != n) {
    return false;
  }
  sl_buffer_text(out, negative && strcmp(digits, "0") != 0 ? "-" : "");
  for (size_t i = 0; i < n; i++) {
    sl_buffer_append(out, digits + i, digits[i] == '_' ? 0 : 1);
  }
  return true;
}

static bool print_integer(const char *text, struct sl_buffer *out) {
  bool negative = text[0] == '-';
  const char *digits = text + (text[0] == '-' || text[0] == '+');
  if (digits[0] == '0' && digits[1] == 'x') {
    return read_integer(digits + 2, 16, negative, out);
  }
  if (digits[0] == '0' && digits[1] == 'b') {
    return read_integer(digits + 2, 2, negative, out);
  }
  if (digits[0] == '0' && digits[1] != '\0') {
    return read_integer(digits + 1, 8, negative, out);
  }
  return copy_integer(digits, negative, out);
}

/* [-+]?digits.digits[e[-+]digits]; the exponent needs its sign, else YAML 1.1 takes it for a text.
 */
static bool print_float(const char *text, struct sl_buffer *out) {
  const char *c = text + (text[0] == '-' || text[0] == '+');
  size_t whole = strspn(c, "0123456789");
  if (c[whole] != '.' || strlen(text) > 60) {
    return false;
  }
  size_t part = strspn(c + whole + 1, "0123456789");
  const char *rest = c + whole + 1 + part;
  if (whole + part == 0) {
    return false;
  }
  if (rest[0] == 'e' || rest[0] == 'E') {
    size_t digits = rest[1] == '-' || rest[1] == '+' ? strspn(rest + 2, "0123456789") : 0;
    rest = digits == 0 ? rest : rest + 2 + digits;
  }
  if (rest[0] != '\0') {
    return false;
  }
  sl_json_double(out, sl_real_parse(text, NULL));
  return true;
}

void sl_yaml_plain_json(struct sl_buffer *out, const char *text, size_t length) {
  static const char *const nulls[] = { "", "~", "null", "Null", "NULL", NULL };
  static const char *const trues[] = { "yes",  "Yes", "YES", "true", "True",
                                       "TRUE", "on",  "On",  "ON",   NULL };
  static const char *const falses[] = { "no",    "No",  "NO",  "false", "False",
                                        "FALSE", "off", "Off", "OFF",   NULL };
  if (is_one_of(text, nulls)) {
    sl_buffer_text(out, "null");
  } else if (is_one_of(text, trues)) {
    sl_buffer_text(out, "true");
  } else if (is_one_of(text, falses)) {
    sl_buffer_text(out, "false");
  } else if (!print_integer(text, out) && !print_float(text, out)) {
    sl_json_string(out, text, length);
  }
}

static sl_status next_event(struct reader *r, yaml_event_t *event) {
  if (yaml_parser_parse(&r->parser, event)) {
    return SL_OK;
  }
  const char *what = r->parser.problem == NULL ? "it cannot be parsed" : r->parser.problem;
  if (r->parser.error == YAML_MEMORY_ERROR) {
    return sl_fail(r->err, SL_ENOMEM, "out of memory parsing YAML");
  }
  return broken(r, r->parser.problem_mark, what);
}

static sl_status name_anchor(struct reader *r, const yaml_char_t *name, size_t *index) {
  *index = SIZE_MAX;
  if (name == NULL) {
    return SL_OK;
  }
  if (r->n_anchors >= MOST_ANCHORS) {
    return sl_fail(r->err, SL_EDATA, "YAML: more than %d anchors", MOST_ANCHORS);
  }
  sl_status rc =
      sl_grow(&r->anchors, &r->anchors_capacity, r->n_anchors + 1, sizeof *r->anchors, r->err);
  char *copy = rc == SL_OK ? strdup((const char *)name) : NULL;
  if (rc == SL_OK && copy == NULL) {
    rc = sl_fail(r->err, SL_ENOMEM, "out of memory for a YAML anchor");
  }
  if (rc == SL_OK) {
    *index = r->n_anchors;
    r->anchors[r->n_anchors++] = (struct anchor){ copy, r->out->length, 0 };
  }
  return rc;
}

/* What stands behind *name again: a copy of its JSON. PyYAML writes them for objects that are
 * shared. */
static sl_status copy_alias(struct reader *r, const yaml_event_t *event) {
  const char *name = (const char *)event->data.alias.anchor;
  for (size_t i = r->n_anchors; i-- > 0;) {
    const struct anchor *a = &r->anchors[i];
    if (strcmp(a->name, name) != 0) {
      continue;
    }
    if (a->end == 0) {
      return broken(r, event->start_mark, "an alias stands inside its own anchor");
    }
    size_t length = a->end - a->start;
    if (sl_buffer_reserve(r->out, length)) { /* first: the text to copy may move */
      sl_buffer_append(r->out, r->out->data + a->start, length);
    }
    return SL_OK;
  }
  return broken(r, event->start_mark, "an alias has no anchor before it");
}

static sl_status read_node(struct reader *r, yaml_event_t *event, int depth);

static sl_status read_sequence(struct reader *r, int depth) {
  sl_status rc = SL_OK;
  sl_buffer_char(r->out, '[');
  for (bool first = true, ended = false; rc == SL_OK && !ended; first = false) {
    yaml_event_t event;
    rc = next_event(r, &event);
    if (rc != SL_OK) {
      break;
    }
    ended = event.type == YAML_SEQUENCE_END_EVENT;
    if (!ended) {
      sl_buffer_text(r->out, first ? "" : ",");
      rc = read_node(r, &event, depth + 1);
    }
    yaml_event_delete(&event);
  }
  sl_buffer_char(r->out, ']');
  return rc;
}

static sl_status read_key(struct reader *r, const yaml_event_t *event) {
  if (event->type != YAML_SCALAR_EVENT) {
    return broken(r, event->start_mark, "a mapping key must be a plain name");
  }
  const char *text = (const char *)event->data.scalar.value;
  if (strcmp(text, "<<") == 0 && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE) {
    return broken(r, event->start_mark, "merge keys (<<) are not supported: write the members out");
  }
  sl_json_string(r->out, text, event->data.scalar.length);
  return SL_OK;
}

static sl_status read_mapping(struct reader *r, int depth) {
  sl_status rc = SL_OK;
  sl_buffer_char(r->out, '{');
  for (bool first = true, ended = false; rc == SL_OK && !ended; first = false) {
    yaml_event_t event;
    rc = next_event(r, &event);
    if (rc != SL_OK) {
      break;
    }
    ended = event.type == YAML_MAPPING_END_EVENT;
    if (!ended) {
      sl_buffer_text(r->out, first ? "" : ",");
      rc = read_key(r, &event);
    }
    yaml_event_delete(&event);
    if (rc == SL_OK && !ended) {
      sl_buffer_char(r->out, ':');
      rc = next_event(r, &event);
      if (rc == SL_OK) {
        rc = read_node(r, &event, depth + 1);
        yaml_event_delete(&event);
      }
    }
  }
  sl_buffer_char(r->out, '}');
  return rc;
}

static sl_status read_scalar(struct reader *r, const yaml_event_t *event) {
  const char *text = (const char *)event->data.scalar.value;
  const char *tag = (const char *)event->data.scalar.tag;
  bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
  if (tag != NULL && strncmp(tag, "!!", 2) != 0 && strncmp(tag, "tag:yaml.org,2002:", 18) != 0 &&
      strcmp(tag, "!") != 0) {
    return broken(r, event->start_mark, "tags of programs (!name) are not read");
  }
  if (plain && (tag == NULL || strcmp(tag, "!") != 0) &&
      (tag == NULL || strcmp(tag, "tag:yaml.org,2002:str") != 0)) {
    sl_yaml_plain_json(r->out, text, event->data.scalar.length);
  } else {
    sl_json_string(r->out, text, event->data.scalar.length);
  }
  return SL_OK;
}

static sl_status read_node(struct reader *r, yaml_event_t *event, int depth) {
  const yaml_char_t *name =
      event->type == YAML_SCALAR_EVENT           ? event->data.scalar.anchor
      : event->type == YAML_SEQUENCE_START_EVENT ? event->data.sequence_start.anchor
      : event->type == YAML_MAPPING_START_EVENT  ? event->data.mapping_start.anchor
                                                 : NULL;
  size_t anchor;
  if (depth > MOST_DEPTH || r->out->length > MOST_JSON) {
    return broken(r, event->start_mark, "it is nested too deep, or too large");
  }
  sl_status rc = name_anchor(r, name, &anchor);
  if (rc != SL_OK) {
    return rc;
  }
  switch (event->type) {
    case YAML_SCALAR_EVENT: rc = read_scalar(r, event); break;
    case YAML_SEQUENCE_START_EVENT: rc = read_sequence(r, depth); break;
    case YAML_MAPPING_START_EVENT: rc = read_mapping(r, depth); break;
    case YAML_ALIAS_EVENT: rc = copy_alias(r, event); break;
    default: rc = broken(r, event->start_mark, "a value is missing"); break;
  }
  if (rc == SL_OK && anchor != SIZE_MAX) {
    r->anchors[anchor].end = r->out->length;
  }
  return rc;
}

/* The first document; there must be one and only one. */
static sl_status read_stream(struct reader *r) {
  int documents = 0;
  for (bool ended = false; !ended;) {
    yaml_event_t event;
    sl_status rc = next_event(r, &event);
    if (rc != SL_OK) {
      return rc;
    }
    ended = event.type == YAML_STREAM_END_EVENT;
    if (event.type == YAML_DOCUMENT_START_EVENT && ++documents > 1) {
      rc = broken(r, event.start_mark, "there is a second document");
    } else if (event.type == YAML_SCALAR_EVENT || event.type == YAML_SEQUENCE_START_EVENT ||
               event.type == YAML_MAPPING_START_EVENT || event.type == YAML_ALIAS_EVENT) {
      rc = read_node(r, &event, 0);
    }
    yaml_event_delete(&event);
    if (rc != SL_OK) {
      return rc;
    }
  }
  return documents == 1 ? sl_buffer_check(r->out, r->err)
                        : sl_fail(r->err, SL_EDATA, "YAML: the file is empty");
}

sl_status sl_yaml_to_json(const char *yaml, size_t length, struct sl_buffer *out,
                          struct sl_error *err) {
  struct reader r = { .out = out, .err = err };
  if (!yaml_parser_initialize(&r.parser)) {
    return sl_fail(err, SL_ENOMEM, "out of memory parsing YAML");
  }
  yaml_parser_set_input_string(&r.parser, (const unsigned char *)yaml, length);
  sl_status rc = read_stream(&r);
  yaml_parser_delete(&r.parser);
  for (size_t i = 0; i < r.n_anchors; i++) {
    free(r.anchors[i].name);
  }
  free(r.anchors);
  return rc;
}

sl_status sl_schema_from_yaml(struct sl_schema **out, const char *yaml, size_t length,
                              struct sl_error *err) {
  struct sl_buffer json = { 0 };
  *out = NULL;
  sl_status rc = sl_yaml_to_json(yaml, length, &json, err);
  if (rc != SL_OK) {
    sl_error_add_context(err, "stored schema");
  } else {
    rc = sl_schema_from_json(out, json.data, json.length, err);
  }
  sl_buffer_release(&json);
  return rc;
}
