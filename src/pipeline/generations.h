/* generations.h - what a replace puts away is kept: `--keep-generations`, and what `undo` needs.
 *
 * The rows of a table and of its child tables are copied into tables of the same dataset called
 * _sluice_<load id>_<table>, in the transaction that deletes them. They are copied and not renamed:
 * views, grants, indexes and foreign keys stay with the table. The table _sluice_generations says
 * which load put them away; no stored schema has these tables, so dlt and dbt do not see them.
 * Destinations without SQL keep generations by themselves (struct sl_store_ops). Private to
 * src/pipeline/. */
#ifndef SL_PIPELINE_GENERATIONS_H
#define SL_PIPELINE_GENERATIONS_H

#include "pipeline/run.h"

/* Of late runs, before their transaction: the tables that the rows of run->root's chain go to. */
sl_status sl_generations_prepare(struct sl_run *run, struct sl_error *err);
/* Right before the rows of run->root's chain are deleted: copies them, uncommitted. Nothing without
 * --keep-generations, or when it was done in this load. */
sl_status sl_generations_keep(struct sl_run *run, struct sl_error *err);
/* After the commit: generations beyond those that are to be kept are dropped, in a transaction of
 * their own. What fails there becomes a warning. */
void sl_generations_prune(struct sl_run *run);

#endif
