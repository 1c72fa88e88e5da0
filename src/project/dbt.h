/* dbt.h - the transform layer: staging models as Dango writes them, and dbt itself.
 *
 * Models are made of what the warehouse has. A staging model is written again when its SQL would
 * differ, unless its marker is gone from the first 500 characters; the YAML files belong to people
 * once they are there: only tables and columns that they lack are added. */
#ifndef SL_PROJECT_DBT_H
#define SL_PROJECT_DBT_H

#include "project/sources.h"

struct sl_dbt_generated { /* files */
  size_t written, unchanged, customized;
};
/* dbt_project.yml and the macro, where they are missing; then the models of the sources (NULL = all
 * that are enabled). A source without tables has none. */
sl_status sl_dbt_generate(const struct sl_project *project, const struct sl_sources *sources,
                          const char *const *names, struct sl_dbt_generated *out,
                          struct sl_error *err);

/* The dbt program: of the project's venv or .venv, else of the active one; malloc'ed, NULL = there
 * is none. */
char *sl_dbt_find(const struct sl_project *project);
/* Makes <root>/venv and installs dbt-core and dbt-duckdb into it. */
sl_status sl_dbt_install(const struct sl_project *project, struct sl_error *err);
/* dbt with these arguments ("build", "--select", …), NULL behind the last, on the project's
 * warehouse, which nobody may have open. Its output goes to `output`, or to ours when NULL.
 * SL_EDEST: dbt says that something failed; the message has its last lines. */
sl_status sl_dbt_run(const struct sl_project *project, const char *dbt,
                     const char *const *arguments, struct sl_buffer *output, struct sl_error *err);

#endif
