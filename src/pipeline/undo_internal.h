/* undo_internal.h - what undo.c and undo_tables.c share. */
#ifndef SL_PIPELINE_UNDO_INTERNAL_H
#define SL_PIPELINE_UNDO_INTERNAL_H

#include "pipeline/kept.h"
#include "pipeline/target.h"
#include "pipeline/undo.h"

enum sl_undo_action { SL_UNDO_NOTHING, SL_UNDO_DELETE, SL_UNDO_RESTORE };
struct sl_undo_table {
  const char *name;
  const struct sl_table *table; /* of the schema; NULL = _rejects */
  const char *kept_as;          /* NULL = nothing comes back */
  enum sl_undo_action action;
  int64_t removed, restored; /* -1 = not known */
};
struct sl_undo_run {
  struct sl_target target;
  struct sl_schema *schema;
  char *load_id;
  struct sl_kept_list kept;
  struct sl_undo_table *tables; /* parents before children */
  size_t n_tables, capacity;
};

/* Decides what becomes of each table. SL_EUSAGE: one of them cannot be brought back. */
sl_status sl_undo_plan(struct sl_undo_run *run, struct sl_error *err);
/* Deletes and copies rows; uncommitted. */
sl_status sl_undo_rows(struct sl_undo_run *run, struct sl_error *err);
sl_status sl_undo_refuse_load(const struct sl_undo_run *run, const char *load,
                              struct sl_error *err);
sl_status sl_undo_refuse_unfinished(const struct sl_undo_run *run, struct sl_error *err);

/* undo_plain.c: all of it, of a destination without SQL that can; fills tables and load_id.
 * location: of the destination; schema, pipeline: texts that run->target borrows, the caller's;
 * *said: what became of the state. */
sl_status sl_undo_plain(struct sl_undo_run *run, const struct sl_undo *undo, const char *location,
                        struct sl_buffer *schema, struct sl_buffer *pipeline, const char **said,
                        struct sl_error *err);

#endif
