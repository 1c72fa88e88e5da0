/* stored_yaml.c - reading YAML: dlt's import schemas become JSON text and are read as such.
 *
 * Plain scalars are resolved by YAML 1.1, as PyYAML's safe_load does: yes and on are true, 0x1f,
 * 0b1, 017 and 1_000 are integers. Mapping keys are always texts here. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/real.h"
#include "schema/json_text.h"
#include "schema/stored.h"
#include "schema/yaml_events.h"

enum { MOST_DEPTH = 150, MOST_JSON = 64 << 20 };

struct reader {
  struct sl_yaml yaml; /* anchors: start and end of the JSON in the output */
  struct sl_buffer *out;
};

static sl_status place(void *arg, yaml_mark_t at, const char *what) {
  const struct reader *r = arg;
  return sl_fail(r->yaml.err, SL_EDATA, "YAML, line %zu, column %zu: %s", at.line + 1,
                 at.column + 1, what);
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

/* What stands behind *name again: a copy of its JSON. PyYAML writes them for objects that are
 * shared. */
static sl_status copy_alias(struct reader *r, const yaml_event_t *event) {
  const struct sl_yaml_anchor *a;
  sl_status rc = sl_yaml_find_anchor(&r->yaml, event, &a);
  if (rc == SL_OK && sl_buffer_reserve(r->out, a->end - a->start)) { /* first: it may move */
    sl_buffer_append(r->out, r->out->data + a->start, a->end - a->start);
  }
  return rc;
}

static sl_status read_node(struct reader *r, yaml_event_t *event, int depth);

static sl_status read_sequence(struct reader *r, int depth) {
  sl_status rc = SL_OK;
  sl_buffer_char(r->out, '[');
  for (bool first = true, ended = false; rc == SL_OK && !ended; first = false) {
    yaml_event_t event;
    rc = sl_yaml_next(&r->yaml, &event);
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
  sl_status rc = sl_yaml_check_key(&r->yaml, event);
  if (rc == SL_OK) {
    sl_json_string(r->out, (const char *)event->data.scalar.value, event->data.scalar.length);
  }
  return rc;
}

static sl_status read_mapping(struct reader *r, int depth) {
  sl_status rc = SL_OK;
  sl_buffer_char(r->out, '{');
  for (bool first = true, ended = false; rc == SL_OK && !ended; first = false) {
    yaml_event_t event;
    rc = sl_yaml_next(&r->yaml, &event);
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
      rc = sl_yaml_next(&r->yaml, &event);
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
    return place(r, event->start_mark, "tags of programs (!name) are not read");
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
  size_t anchor;
  if (depth > MOST_DEPTH || r->out->length > MOST_JSON) {
    return place(r, event->start_mark, "it is nested too deep, or too large");
  }
  sl_status rc = sl_yaml_note_anchor(&r->yaml, event, &anchor);
  if (rc != SL_OK) {
    return rc;
  }
  size_t start = r->out->length;
  switch (event->type) {
    case YAML_SCALAR_EVENT: rc = read_scalar(r, event); break;
    case YAML_SEQUENCE_START_EVENT: rc = read_sequence(r, depth); break;
    case YAML_MAPPING_START_EVENT: rc = read_mapping(r, depth); break;
    case YAML_ALIAS_EVENT: rc = copy_alias(r, event); break;
    default: rc = place(r, event->start_mark, "a value is missing"); break;
  }
  if (rc == SL_OK && anchor != SIZE_MAX) {
    struct sl_yaml_anchor *a = &r->yaml.anchors[anchor];
    a->start = start;
    a->end = r->out->length;
    a->whole = true;
  }
  return rc;
}

static sl_status read_root(void *arg, yaml_event_t *event) {
  return read_node(arg, event, 0);
}

sl_status sl_yaml_to_json(const char *yaml, size_t length, struct sl_buffer *out,
                          struct sl_error *err) {
  struct reader r = { .yaml = { .broken = place, .arg = &r, .err = err }, .out = out };
  int documents;
  sl_status rc = sl_yaml_read(&r.yaml, yaml, length, read_root, &documents);
  if (rc == SL_OK && documents == 0) {
    return sl_fail(err, SL_EDATA, "YAML: the file is empty");
  }
  return rc == SL_OK ? sl_buffer_check(out, err) : rc;
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
