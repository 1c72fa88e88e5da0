/* trace.h - trace.json: what the last loads of a pipeline did, for people and programs.
 *
 * One JSON object {"version": 2, "runs": [newest last, at most 20]}; the form of a run is
 * documented in trace.c. dlt keeps a pickle beside it (trace.pickle), which only Python can read;
 * we leave it alone. Passwords and tokens in locations and messages are written as ***. May include
 * pipeline/workdir.h. */
#ifndef SL_PIPELINE_TRACE_H
#define SL_PIPELINE_TRACE_H

#include "pipeline/workdir.h"

struct sl_trace_metric { /* what a step did for one table */
  const char *table;
  int64_t items, bytes;
};
struct sl_trace_step { /* "extract", "normalize", "load" (they overlap) and "run", as dlt names them
                        */
  const char *name;
  int64_t started_micros, finished_micros; /* UTC */
  const char *error;                       /* NULL = none */
  const struct sl_trace_metric *metrics;
  size_t n_metrics;
};
struct sl_trace_table {
  const char *name;
  int64_t rows, bytes;
  int64_t inserted, updated, deleted; /* -1 = not told */
  int64_t new_columns;
};
struct sl_trace_run {                                                        /* all borrowed */
  const char *load_id, *pipeline, *dataset, *source, *destination, *version; /* of Sluice */
  const char *schema_name, *schema_hash;                                     /* NULL = none */
  int64_t started_micros;
  double seconds;
  int64_t bytes, documents, rows, rejected;
  const struct sl_trace_step *steps;
  size_t n_steps;
  const struct sl_trace_table *tables;
  size_t n_tables;
  const char *certificate;      /* JSON, see verify.h; NULL = not verified */
  const struct sl_error *error; /* NULL = it ended well */
};

/* Adds the run to the file. A damaged trace.json is replaced: it holds nothing that a load needs.
 */
sl_status sl_trace_append(const struct sl_workdir *dir, const struct sl_trace_run *run,
                          struct sl_error *err);
/* Where the newest run loaded into, as it was written; appends nothing when there is no run. */
sl_status sl_trace_destination(const struct sl_workdir *dir, struct sl_buffer *out,
                               struct sl_error *err);
/* The newest run as text for people. SL_ENOTFOUND: no load ended here so far. */
sl_status sl_trace_print(const struct sl_workdir *dir, struct sl_buffer *out, struct sl_error *err);

#endif
