/* draft.h - a source that is not saved yet: what the wizard, the flags or the web form have so far,
 * tried out before it goes into sources.yml.
 *
 * One draft is used by one thread at a time. */
#ifndef SL_PROJECT_DRAFT_H
#define SL_PROJECT_DRAFT_H

#include <sluice/source.h>

#include "project/sources.h"

struct sl_draft { /* all-zero is empty */
  const struct sl_source_type *type;
  char *name, *description;
  struct sl_draft_value {
    char *key, *text; /* key as in the YAML; "incremental.cursor_column" is one level deeper */
  } * values;
  size_t n, capacity;
  char *variable, *secret; /* goes to .env with the source; NULL = nothing does */
};
void sl_draft_release(struct sl_draft *draft);

/* Sets a key of the type's settings from a text: lists are comma-separated, "" takes the key away.
 * SL_EUSAGE: the type has no such key (the nearest is named), or the text does not fit it. */
sl_status sl_draft_set(struct sl_draft *draft, const char *key, const char *text,
                       struct sl_error *err);
const char *sl_draft_get(const struct sl_draft *draft, const char *key); /* NULL = not set */
/* The name of the variable that holds the connection URL; NULL = the type has none, or it is not
 * set. */
const char *sl_draft_variable(const struct sl_draft *draft);
/* The value for that variable, used by sl_draft_test and written by sl_draft_save. */
sl_status sl_draft_set_secret(struct sl_draft *draft, const char *value, struct sl_error *err);
/* The entry as JSON, as sl_sources_add takes it. */
sl_status sl_draft_json(const struct sl_draft *draft, struct sl_buffer *out, struct sl_error *err);

/* The entry of a source that is there with the draft's values in place of its own, as JSON. */
sl_status sl_draft_merge(const struct sl_draft *draft, const struct sl_project_source *source,
                         struct sl_buffer *out, struct sl_error *err);

/* Connects and lists what is there (release with sl_catalog_release); tables that were named and
 * are not there are SL_ENOTFOUND. Nothing is saved. */
sl_status sl_draft_test(const struct sl_project *project, const struct sl_draft *draft,
                        struct sl_catalog *out, struct sl_error *err);
/* Into .env and sources.yml. */
sl_status sl_draft_save(const struct sl_project *project, const struct sl_draft *draft,
                        struct sl_error *err);

#endif
