/* yaml_events.c - see yaml_events.h. */
#include "schema/yaml_events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { MOST_ANCHORS = 10000 };

sl_status sl_yaml_next(struct sl_yaml *y, yaml_event_t *event) {
  if (yaml_parser_parse(&y->parser, event)) {
    return SL_OK;
  }
  if (y->parser.error == YAML_MEMORY_ERROR) {
    return sl_fail(y->err, SL_ENOMEM, "out of memory reading YAML");
  }
  char what[256];
  const char *problem = y->parser.problem == NULL ? "it is not YAML" : y->parser.problem;
  snprintf(what, sizeof what, "%s%s%s", problem, y->parser.context == NULL ? "" : " ",
           y->parser.context == NULL ? "" : y->parser.context);
  return y->broken(y->arg, y->parser.problem_mark, what);
}

static bool is_value(const yaml_event_t *event) {
  return event->type == YAML_SCALAR_EVENT || event->type == YAML_SEQUENCE_START_EVENT ||
         event->type == YAML_MAPPING_START_EVENT || event->type == YAML_ALIAS_EVENT;
}

static sl_status read_stream(struct sl_yaml *y, sl_status (*node)(void *arg, yaml_event_t *event),
                             int *documents) {
  sl_status rc = SL_OK;
  for (bool ended = false; rc == SL_OK && !ended;) {
    yaml_event_t event;
    rc = sl_yaml_next(y, &event);
    if (rc != SL_OK) {
      break;
    }
    ended = event.type == YAML_STREAM_END_EVENT;
    if (event.type == YAML_DOCUMENT_START_EVENT && ++*documents > 1) {
      rc = y->broken(y->arg, event.start_mark, "there is a second document");
    } else if (is_value(&event)) {
      rc = node(y->arg, &event);
    }
    yaml_event_delete(&event);
  }
  return rc;
}

sl_status sl_yaml_read(struct sl_yaml *y, const char *text, size_t length,
                       sl_status (*node)(void *arg, yaml_event_t *event), int *documents) {
  *documents = 0;
  if (!yaml_parser_initialize(&y->parser)) {
    return sl_fail(y->err, SL_ENOMEM, "out of memory reading YAML");
  }
  yaml_parser_set_input_string(&y->parser, (const unsigned char *)text, length);
  sl_status rc = read_stream(y, node, documents);
  yaml_parser_delete(&y->parser);
  for (size_t i = 0; i < y->n_anchors; i++) {
    free(y->anchors[i].name);
  }
  free(y->anchors);
  y->anchors = NULL;
  y->n_anchors = y->anchors_capacity = 0;
  return rc;
}

sl_status sl_yaml_check_key(struct sl_yaml *y, const yaml_event_t *event) {
  if (event->type != YAML_SCALAR_EVENT) {
    return y->broken(y->arg, event->start_mark, "a key must be a plain name");
  }
  if (strcmp((const char *)event->data.scalar.value, "<<") == 0 &&
      event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE) {
    return y->broken(y->arg, event->start_mark,
                     "merge keys (<<) are not supported: write the members out");
  }
  return SL_OK;
}

static const char *anchor_of(const yaml_event_t *event) {
  const yaml_char_t *name =
      event->type == YAML_SCALAR_EVENT           ? event->data.scalar.anchor
      : event->type == YAML_SEQUENCE_START_EVENT ? event->data.sequence_start.anchor
      : event->type == YAML_MAPPING_START_EVENT  ? event->data.mapping_start.anchor
                                                 : NULL;
  return (const char *)name;
}

sl_status sl_yaml_note_anchor(struct sl_yaml *y, const yaml_event_t *event, size_t *out) {
  const char *name = anchor_of(event);
  *out = SIZE_MAX;
  if (name == NULL) {
    return SL_OK;
  }
  if (y->n_anchors >= MOST_ANCHORS) {
    return y->broken(y->arg, event->start_mark, "there are more than 10000 anchors");
  }
  sl_status rc =
      sl_grow(&y->anchors, &y->anchors_capacity, y->n_anchors + 1, sizeof *y->anchors, y->err);
  char *copy = rc == SL_OK ? strdup(name) : NULL;
  if (rc == SL_OK && copy == NULL) {
    rc = sl_fail(y->err, SL_ENOMEM, "out of memory reading YAML");
  }
  if (rc == SL_OK) {
    *out = y->n_anchors;
    y->anchors[y->n_anchors++] = (struct sl_yaml_anchor){ .name = copy };
  }
  return rc;
}

sl_status sl_yaml_find_anchor(struct sl_yaml *y, const yaml_event_t *event,
                              const struct sl_yaml_anchor **out) {
  const char *name = (const char *)event->data.alias.anchor;
  for (size_t i = y->n_anchors; i-- > 0;) {
    if (strcmp(y->anchors[i].name, name) == 0) {
      *out = &y->anchors[i];
      return y->anchors[i].whole
                 ? SL_OK
                 : y->broken(y->arg, event->start_mark, "an alias stands inside its own anchor");
    }
  }
  return y->broken(y->arg, event->start_mark, "an alias has no anchor before it");
}
