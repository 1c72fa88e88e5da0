/* sources.h - .dango/sources.yml, version 1.0: reading it, and changing it with comments kept.
 *
 * May include project/project.h. */
#ifndef SL_PROJECT_SOURCES_H
#define SL_PROJECT_SOURCES_H

#include "project/project.h"
#include "project/source_type.h"

struct sl_project_source { /* one entry; texts live as long as the list */
  const char *name;        /* [a-z][a-z0-9_]*; its tables are in the schema raw_<name> */
  const struct sl_source_type *type;
  bool enabled;
  const char *description, *tags; /* tags: with commas; NULL = none */
  int64_t lookback_days;          /* 0 = not given */
  bool allow_empty;               /* empty_sync_policy: allow */
  /* The map under the type's key, or generic_config; NULL = there is none. */
  const struct sl_node *config;
  const struct sl_node *node;
};
struct sl_sources { /* all-zero is empty */
  struct sl_doc doc;
  struct sl_project_source *items;
  size_t count;
};

/* SL_EUSAGE, SL_EDATA: line, column, caret, and the nearest name of what is not known. A file that
 * is not there is an empty list. */
sl_status sl_sources_read(struct sl_sources *out, const struct sl_project *project,
                          struct sl_error *err);
sl_status sl_sources_parse(struct sl_sources *out, const char *path, const char *text,
                           size_t length, struct sl_error *err);
void sl_sources_release(struct sl_sources *sources);
/* SL_ENOTFOUND lists the sources that there are. */
sl_status sl_sources_find(const struct sl_sources *sources, const char *name,
                          const struct sl_project_source **out, struct sl_error *err);
/* SL_EUSAGE unless `name` can be a new source's: letters, digits, _; not there yet. */
sl_status sl_sources_check_name(const struct sl_sources *sources, const char *name,
                                struct sl_error *err);

/* Each reads the file, changes the lines of one entry, checks the result as sl_sources_read does
 * and replaces the file at once; all other lines stay as they are. */
/* json: the entry as an object, name included. */
sl_status sl_sources_add(const struct sl_project *project, const char *json, struct sl_error *err);
/* Another entry in the place of the one called `name`. Values that are the same keep their lines
 * and comments. */
sl_status sl_sources_replace(const struct sl_project *project, const char *name, const char *json,
                             struct sl_error *err);
sl_status sl_sources_remove(const struct sl_project *project, const char *name,
                            struct sl_error *err);

/* Names of custom_sources/\*.py (without .py) that no dlt_native source refers to, sorted; free
 * with sl_names_free. */
sl_status sl_sources_unreferenced(const struct sl_project *project,
                                  const struct sl_sources *sources, char ***names, size_t *count,
                                  struct sl_error *err);
/* The warning of seed 001, for n > 0 names. */
void sl_sources_unreferenced_text(char *const *names, size_t n, struct sl_buffer *out);

#endif
