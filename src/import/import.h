/* import.h - what other tools have in their configuration, as sources of a project: Dango's
 * sources.yml, dlt's pipelines, Sling's replications, Meltano's extractors.
 *
 * Reading touches nothing. What has no counterpart here is a note with file and line. Secrets
 * become variables for .env and never stand in YAML. */
#ifndef SL_IMPORT_H
#define SL_IMPORT_H

#include <yyjson.h>

#include "project/sources.h"

struct sl_import_source {
  char *name;
  const char *type;
  char *from;             /* "replication.yaml:3" */
  yyjson_mut_val *entry;  /* as in sources.yml */
  yyjson_mut_val *config; /* the settings in it */
};
struct sl_import_copy { /* a file that belongs into the project; paths are whole */
  char *from, *to;      /* to: from the project's folder */
};
struct sl_import {     /* all-zero is empty */
  yyjson_mut_doc *doc; /* of the entries */
  struct sl_import_source *sources;
  size_t n_sources, sources_capacity;
  struct sl_secret_pair *variables;
  size_t n_variables, variables_capacity;
  struct sl_import_copy *copies;
  size_t n_copies, copies_capacity;
  struct sl_buffer notes; /* lines "file:line: what, and what to do" */
};

/* kind: "dango", "dlt", "sling", "meltano"; path: the other tool's file, or its project's folder.
 * Release `out` in every case. SL_EUSAGE: no such kind; SL_ENOTFOUND: nothing of it is there. */
sl_status sl_import_read(const char *kind, const char *path, struct sl_import *out,
                         struct sl_error *err);
void sl_import_release(struct sl_import *import);
/* Adds it all to the project: sources that are there already, variables that have a value, and
 * files that are there stay as they are, with a note. */
sl_status sl_import_save(const struct sl_project *project, struct sl_import *import,
                         struct sl_error *err);

#endif
