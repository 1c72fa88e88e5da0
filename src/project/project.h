/* project.h - a project folder: where it is, what project.yml says, its secrets.
 *
 * The layout is Dango's (.dango/project.yml, .dango/sources.yml, .env, .dlt/, data/, dbt/), so that
 * a project of Dango's works as it is. A project is read only once opened and may be used by
 * several threads; who wants to see changed files opens it again. */
#ifndef SL_PROJECT_PROJECT_H
#define SL_PROJECT_PROJECT_H

#include "project/doc.h"
#include "project/secrets.h"

struct sl_project { /* texts live as long as the project; paths are absolute */
  char *root;
  const char *name, *organization, *purpose; /* NULL = not said */
  char *warehouse;                           /* the DuckDB file: platform.duckdb_path */
  char *destination; /* what loads go to: "duckdb:<warehouse>", or platform.destination(_env) */
  char *dbt_dir;
  char *data_dir;
  char *pipelines_dir; /* working folders of the loads, one a source: of this project alone */
  int64_t port;        /* of the web page */
  bool auto_dbt;       /* models are generated and run after a sync */
  int64_t query_max_rows, query_timeout_seconds;
  struct sl_doc yml;
  struct sl_secrets secrets;
};

/* The project that `start` (NULL = the current folder) lies in: the nearest folder above with
 * .dango/project.yml. SL_ENOTFOUND says how one is made. */
sl_status sl_project_open(struct sl_project **out, const char *start, struct sl_error *err);
void sl_project_close(struct sl_project *project); /* NULL is fine */

/* <root>/<what is printed>; malloc'ed, NULL = no memory. */
char *sl_project_path(const struct sl_project *project, const char *format, ...) SL_PRINTF(2, 3);

/* SL_EUSAGE when git has .env, .dlt/secrets.toml or dbt's profiles.yml under version control: what
 * to do about it. Nothing is said where there is no repository or no git. */
sl_status sl_project_check_git(const struct sl_project *project, struct sl_error *err);

#endif
