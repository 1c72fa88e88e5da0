/* yaml_events.h - what readers of YAML share: libyaml's events of one document, anchors, refusals.
 *
 * A reader walks the events itself, by recursion, since each makes something else of them. */
#ifndef SL_SCHEMA_YAML_EVENTS_H
#define SL_SCHEMA_YAML_EVENTS_H

#include <stdbool.h>
#include <stddef.h>

#include <yaml.h>

#include <sluice/error.h>

struct sl_yaml_anchor {
  char *name;
  bool whole;        /* what it stands before has been read; before that it cannot be used */
  size_t start, end; /* of the reader: what it made of it */
  void *node;
};

struct sl_yaml { /* set the first three, the rest zero */
  /* Puts what is wrong, and where, into err; returns SL_EDATA. */
  sl_status (*broken)(void *arg, yaml_mark_t at, const char *what);
  void *arg;
  struct sl_error *err;
  yaml_parser_t parser;
  struct sl_yaml_anchor *anchors;
  size_t n_anchors, anchors_capacity;
};

/* Calls node with the first event of the value in the text; not at all when there is none. Text
 * with several documents is refused. *documents: how many there are, 0 or 1. */
sl_status sl_yaml_read(struct sl_yaml *y, const char *text, size_t length,
                       sl_status (*node)(void *arg, yaml_event_t *event), int *documents);
/* The next event, for yaml_event_delete. */
sl_status sl_yaml_next(struct sl_yaml *y, yaml_event_t *event);
/* Refuses what is no plain name, and <<. */
sl_status sl_yaml_check_key(struct sl_yaml *y, const yaml_event_t *event);
/* Notes the anchor before a value; *out: its index, SIZE_MAX = there is none. */
sl_status sl_yaml_note_anchor(struct sl_yaml *y, const yaml_event_t *event, size_t *out);
/* What the alias stands for; lives until the next anchor is noted. */
sl_status sl_yaml_find_anchor(struct sl_yaml *y, const yaml_event_t *event,
                              const struct sl_yaml_anchor **out);

#endif
