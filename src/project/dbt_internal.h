/* dbt_internal.h - what the files of the dbt layer share. Private to src/project/. */
#ifndef SL_PROJECT_DBT_INTERNAL_H
#define SL_PROJECT_DBT_INTERNAL_H

#include "project/dbt.h"

struct sl_dbt_column {
  char *name;
  bool not_null;
};
struct sl_dbt_table { /* of the warehouse */
  char *name;
  struct sl_dbt_column *columns; /* without those of dlt and Dango */
  size_t n, capacity;
};
struct sl_dbt_tables {
  const struct sl_project_source *source;
  const char *dataset; /* raw_<source> */
  struct sl_dbt_table *items;
  size_t n, capacity;
};

/* Writes dbt_project.yml and the macro when they are not there. */
sl_status sl_dbt_make_project(const struct sl_project *project, struct sl_error *err);
/* The name in dbt_project.yml, "profile" or "name"; malloc'ed. */
sl_status sl_dbt_profile_name(const struct sl_project *project, char **out, struct sl_error *err);
/* sources_<source>.yml and stg_<source>.yml. */
sl_status sl_dbt_write_yaml(const struct sl_project *project, const struct sl_dbt_tables *tables,
                            struct sl_dbt_generated *out, struct sl_error *err);
/* Writes a file whose content differs from what is there. */
sl_status sl_dbt_write_changed(const char *path, const struct sl_buffer *text,
                               struct sl_dbt_generated *out, struct sl_error *err);

#endif
