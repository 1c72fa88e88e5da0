/* run_trace.c - what a load did, as a run of trace.json. */
#include <stdlib.h>

#include "base/time.h"
#include "pipeline/run.h"
#include "pipeline/trace.h"

enum { STEPS = 4, METRICS = 3 };

/* extract: records and bytes of the source by root table; normalize and load: rows and Arrow bytes
 * by table. */
static sl_status collect_metrics(const struct sl_run *run, struct sl_trace_metric *metrics[METRICS],
                                 struct sl_error *err) {
  metrics[0] = sl_calloc_array(run->n_extracted, sizeof **metrics);
  for (size_t i = 1; i < METRICS; i++) {
    metrics[i] = sl_calloc_array(run->n_tables, sizeof **metrics);
  }
  if (metrics[0] == NULL || metrics[1] == NULL || metrics[2] == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for the trace");
  }
  for (size_t i = 0; i < run->n_extracted; i++) {
    const struct sl_run_extracted *e = &run->extracted[i];
    metrics[0][i] = (struct sl_trace_metric){ e->table, e->documents, e->bytes };
  }
  for (size_t i = 0; i < run->n_tables; i++) {
    const struct sl_run_table *t = &run->tables[i];
    metrics[1][i] = (struct sl_trace_metric){ t->table->name, t->rows, t->bytes };
    metrics[2][i] = metrics[1][i];
  }
  return SL_OK;
}

/* The steps that were begun, as dlt has them; the last one is the whole run. */
static size_t collect_steps(const struct sl_run *run,
                            struct sl_trace_metric *const metrics[METRICS],
                            const struct sl_error *error, struct sl_trace_step *steps) {
  const struct sl_stream_times *t = &run->times;
  int64_t now = sl_now_micros();
  /* After the stream come merge and commit, which are loading. */
  bool streamed = t->failed == NULL && t->load_started != 0;
  const char *failed = error == NULL ? NULL : t->failed != NULL ? t->failed : "load";
  const struct {
    const char *name;
    int64_t started, finished;
    size_t n;
  } parts[METRICS] = {
    { "extract", t->extract_started, t->extract_finished, run->n_extracted },
    { "normalize", t->normalize_started, t->normalize_finished, run->n_tables },
    { "load", t->load_started, streamed ? now : t->load_finished, run->n_tables },
  };
  size_t n = 0;
  for (size_t i = 0; i < METRICS; i++) {
    if (parts[i].started == 0) {
      continue;
    }
    bool ours = failed != NULL && strcmp(failed, parts[i].name) == 0;
    steps[n++] = (struct sl_trace_step){
      .name = parts[i].name,
      .started_micros = parts[i].started,
      .finished_micros = parts[i].finished != 0 ? parts[i].finished : now,
      .error = ours ? error->message : NULL,
      .metrics = metrics[i],
      .n_metrics = parts[i].n,
    };
  }
  steps[n++] = (struct sl_trace_step){ .name = "run",
                                       .started_micros = run->started_micros,
                                       .finished_micros = now,
                                       .error = error == NULL ? NULL : error->message };
  return n;
}

static void collect_tables(const struct sl_run *run, struct sl_trace_table *tables) {
  for (size_t i = 0; i < run->n_tables; i++) {
    const struct sl_run_table *t = &run->tables[i];
    tables[i] = (struct sl_trace_table){ .name = t->table->name,
                                         .rows = t->rows,
                                         .bytes = t->bytes,
                                         .inserted = t->staged ? t->inserted : t->rows,
                                         .updated = t->updated,
                                         .deleted = t->deleted,
                                         .new_columns = t->new_columns };
  }
}

sl_status sl_run_append_trace(struct sl_run *run, const struct sl_workdir *dir,
                              const struct sl_error *error, struct sl_error *err) {
  struct sl_trace_metric *metrics[METRICS] = { NULL };
  struct sl_trace_step steps[STEPS];
  struct sl_trace_table *tables = sl_calloc_array(run->n_tables, sizeof *tables);
  sl_status rc = tables == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for the trace")
                                : collect_metrics(run, metrics, err);
  if (rc == SL_OK) {
    collect_tables(run, tables);
    const struct sl_trace_run traced = {
      .load_id = run->load_id,
      .pipeline = run->pipeline,
      .dataset = run->dataset,
      .source = run->settings->source == NULL ? "rows" : run->settings->source,
      .destination = run->settings->destination,
      .version = sl_version(),
      .schema_name = run->schema_name,
      .schema_hash = run->schema == NULL ? NULL : run->schema->version_hash,
      .started_micros = run->started_micros,
      .seconds = (double)(sl_monotonic_nanos() - run->started_nanos) / 1e9,
      .bytes = run->counters.bytes,
      .documents = run->counters.documents,
      .rows = run->counters.rows,
      .rejected = run->counters.rejected,
      .steps = steps,
      .n_steps = collect_steps(run, metrics, error, steps),
      .tables = tables,
      .n_tables = run->n_tables,
      .certificate = error == NULL && run->certificate.length > 0 ? run->certificate.data : NULL,
      .error = error,
    };
    rc = sl_trace_append(dir, &traced, err);
  }
  for (size_t i = 0; i < METRICS; i++) {
    free(metrics[i]);
  }
  free(tables);
  return rc;
}
