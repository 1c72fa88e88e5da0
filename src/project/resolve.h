/* resolve.h - from an entry of sources.yml to the loads that it stands for. Private to src/project/
 * and the faces.
 *
 * One load covers all tables of the source that have no settings of their own (tables: {…}); each
 * of the others is a load by itself. All go to the schema raw_<source>. */
#ifndef SL_PROJECT_RESOLVE_H
#define SL_PROJECT_RESOLVE_H

#include <sluice/engine.h>

#include "project/sources.h"

enum { SL_MOST_LOADS = 64 };

struct sl_sync_window { /* what the user said for this sync; NULL and 0 = nothing */
  const char *since, *until;
  int64_t limit;
  bool full_refresh, allow_empty;
};

struct sl_resolved {
  struct sl_arena arena;
  const char *dataset;
  struct sl_load_settings *loads; /* texts live in the arena, or as long as source and project */
  size_t n;
  bool incremental; /* some load has a cursor */
};

/* SL_EUSAGE: a variable or credentials are missing (which, for what, where to set them), or the
 * window does not fit the source; SL_EUNSUPPORTED: nobody in this build reads such a source. */
sl_status sl_source_resolve(const struct sl_project *project, const struct sl_sources *sources,
                            const struct sl_project_source *source,
                            const struct sl_sync_window *window, struct sl_resolved *out,
                            struct sl_error *err);
void sl_resolved_release(struct sl_resolved *resolved);

#endif
