/* ledger.h - what makes a load that was killed go on where it stood.
 *
 * From time to time a load commits what it has: a checkpoint. In the same transaction a row of the
 * table _sluice_chunks says how far the source was read and what the engine knew then. The next
 * load of the pipeline finds the row and goes on behind it, with the same load id; the last
 * transaction of the load takes it away. Loads that end before their first checkpoint are one
 * transaction and never make the table.
 *
 * Rows to be appended are in their tables from the first checkpoint on, with a load id that is not
 * in _dlt_loads: dlt's mark of rows that are not complete. Rows that replace or are merged wait in
 * tables of their own (_sluice_<load>_<table>, in the dataset), and go to their tables in the last
 * transaction. See docs/exactly-once.md. Private to src/pipeline/. */
#ifndef SL_PIPELINE_LEDGER_H
#define SL_PIPELINE_LEDGER_H

#include "pipeline/run.h"

#define SL_LEDGER_TABLE "_sluice_chunks"

struct sl_ledger_table { /* of the source, in the order of the load; owned */
  char *name, *target;
  bool finished;
  char *position; /* JSON; NULL = not begun, or finished */
  char *state;    /* JSON, of a finished one; NULL = none */
  int64_t documents;
};

struct sl_ledger { /* in run->ledger */
  /* --checkpoint; 0 = not by this */
  int64_t every_nanos, every_rows, every_bytes;
  bool impossible; /* something of this load cannot be continued */
  bool exists;     /* the dataset has the table */
  bool committed;  /* there is a row of this load: it can go on */
  bool continues;  /* this load goes on */
  bool announcing; /* the row names tables that are about to be made, and nothing to go on with */
  char fingerprint[20];
  char own_id[40]; /* the load id that this load has unless it continues another one */
  char *base_hash; /* of the schema that the dataset had when the load began; "" = none */

  int64_t last_nanos, last_rows, last_bytes; /* at the last commit */
  int64_t next_block, next_line;             /* of the table being read */
  struct sl_ledger_table *tables;
  size_t n_tables, capacity;
  struct sl_ledger_table *current;        /* being read */
  int64_t table_start;                    /* documents of the load before that table */
  int64_t before_documents, before_bytes; /* read by earlier attempts */
};

/* ---- ledger.c: the option, what can be continued, the row ---- */

/* run->ledger from --checkpoint. SL_EUSAGE: not "60", "60s", "100000rows" or "64MB". */
sl_status sl_ledger_new(struct sl_run *run, struct sl_error *err);
bool sl_ledger_wanted(const struct sl_ledger *ledger); /* --checkpoint is not 0 */
void sl_ledger_free(struct sl_ledger *ledger);
/* The entry of a source table, added when missing. */
sl_status sl_ledger_table(struct sl_ledger *ledger, const char *name, const char *target,
                          struct sl_ledger_table **out, struct sl_error *err);
/* When the tables of the source are known: whether rows that replace or merge wait in tables that
 * outlast a checkpoint (run->keeps). That costs a second write, so only loads that are large enough
 * to be interrupted do it; the others are one transaction, whatever time they take. */
void sl_ledger_plan(struct sl_run *run);
#define SL_LEDGER_NO_PLACE "makes no checkpoints: the source tells no place to go on"
/* No checkpoint is made from now on; a note says why to those who asked for some. */
void sl_ledger_refuse(struct sl_run *run, const char *why);
/* Of run->root, before rows come: sets run->aside, and says whether the load can be continued. */
void sl_ledger_enter(struct sl_run *run);
/* Bytes that may be on their way to the loader thread, at most `most`: what was read already goes
 * into the next checkpoint, so there should not be much more of it than --checkpoint asks for. */
int64_t sl_ledger_queue(const struct sl_run *run, int64_t most);
/* True when a checkpoint is due. */
bool sl_ledger_due(const struct sl_run *run);
/* Writes or takes away the row of this pipeline, in the transaction under way. */
sl_status sl_ledger_write(struct sl_run *run, struct sl_error *err);
sl_status sl_ledger_clear(struct sl_run *run, struct sl_error *err);
/* Makes the ledger's table when it is not there. */
sl_status sl_ledger_create(struct sl_run *run, struct sl_error *err);
/* Where it cannot be made when rows have come: makes it if there will be checkpoints, as far as
 * that can be told, or they were asked for. None are made without it. */
sl_status sl_ledger_prepare(struct sl_run *run, struct sl_error *err);
/* Adds to the message of a load that failed that it can go on. */
void sl_ledger_explain(const struct sl_run *run, struct sl_error *err);

/* ---- ledger_json.c ---- */

sl_status sl_ledger_to_json(struct sl_run *run, struct sl_buffer *out, struct sl_error *err);
/* Of a stored row: load id, schema, tables and counters of the run become those of the load that is
 * continued. */
sl_status sl_ledger_from_json(struct sl_run *run, const char *json, size_t length,
                              struct sl_error *err);
/* Only what says whether it can be continued, and what has to be removed if not. Owned. */
struct sl_ledger_head {
  char *load_id, *fingerprint, *base_hash;
  bool announced; /* killed before its first checkpoint was there */
};
sl_status sl_ledger_head(struct sl_ledger_head *out, const char *json, size_t length,
                         struct sl_error *err);
void sl_ledger_head_release(struct sl_ledger_head *head);

/* ---- checkpoint.c ---- */

/* Commits what there is, with the ledger's row, and goes on. */
sl_status sl_checkpoint_commit(struct sl_run *run, struct sl_error *err);
/* The callbacks of the stream; arg is the run. */
bool sl_checkpoint_due(void *arg);
sl_status sl_checkpoint_make(void *arg, int64_t next_block, int64_t next_line,
                             struct sl_error *err);
/* run->root is read to its end; state: of the source, NULL = none. Commits when it is time. */
sl_status sl_checkpoint_finish_table(struct sl_run *run, const char *state, struct sl_error *err);
/* The table in which the rows of a table wait for the last transaction; it has an entry. */
struct sl_table_name sl_checkpoint_kept(const struct sl_run *run, const struct sl_table *table);
/* Its name alone, for threads that may not look at the entries. */
enum { SL_KEPT_NAME = 40 };
const char *sl_checkpoint_kept_name(const struct sl_run *run, const char *table,
                                    char out[SL_KEPT_NAME]);
/* A late load that kept rows: they come back to where they wait for its end. */
sl_status sl_checkpoint_gather(struct sl_run *run, struct sl_error *err);
/* The kept tables go, when their rows are moved. */
sl_status sl_checkpoint_drop_kept(struct sl_run *run, struct sl_error *err);
/* After the commit of a late load: where DROP ends a transaction, kept tables and the ledger's row
 * outlast that of the load. Who is killed before this has a row whose load is over. */
sl_status sl_checkpoint_end_late(struct sl_run *run, struct sl_error *err);

/* ---- resume.c ---- */

/* When the stored schema is read: looks for a load to continue and takes its place, schema, tables
 * and counters; or removes the rows that it left, in a transaction of its own. */
sl_status sl_resume_find(struct sl_run *run, struct sl_error *err);
/* Before run->root is read: *done = true when it was read to its end, else starts the source. */
sl_status sl_resume_table(struct sl_run *run, struct sl_source_table *table, bool *done,
                          struct sl_error *err);

#endif
