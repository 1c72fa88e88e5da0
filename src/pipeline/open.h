/* open.h - what a run works with: its names, source, destination and schema. Private to
 * src/pipeline/. In the order of these declarations; a load opens its working folder before the
 * destination, a plan has none. */
#ifndef SL_PIPELINE_OPEN_H
#define SL_PIPELINE_OPEN_H

#include "pipeline/run.h"

/* The table's name when the source has only one: --as, or what the source says. */
sl_status sl_run_choose_table(struct sl_run *run, char table[256], struct sl_error *err);
/* Pipeline, schema and dataset. SL_EUSAGE: not good as names. */
sl_status sl_run_choose_names(struct sl_run *run, const char *table, struct sl_error *err);
/* Opened, waited for while others hold it, its transaction begun. */
sl_status sl_run_open_destination(struct sl_run *run, bool read_only, struct sl_error *err);
/* The schema to continue, or a new one, with what the settings say of it. */
sl_status sl_run_open_schema(struct sl_run *run, struct sl_error *err);
/* Needs the schema. */
sl_status sl_run_open_source(struct sl_run *run, struct sl_error *err);

/* All of it for a plan: the destination read-only, an empty one in memory when there is none. */
sl_status sl_run_open_for_plan(struct sl_run *run, char table[256], struct sl_error *err);

#endif
