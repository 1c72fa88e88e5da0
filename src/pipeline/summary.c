/* summary.c - what a load has done, for its caller. */
#include <stdlib.h>

#include "base/memory.h"
#include "base/redact.h"
#include "base/time.h"
#include "pipeline/ledger.h"

sl_status sl_run_summary(struct sl_run *run, struct sl_summary *out, struct sl_error *err) {
  out->tables = sl_calloc_array(run->n_tables, sizeof *out->tables);
  out->pipeline = strdup(run->pipeline);
  out->dataset = strdup(run->dataset);
  out->load_id = strdup(run->load_id);
  out->destination = sl_redact_location_copy(run->settings->destination);
  bool complete = out->tables != NULL && out->pipeline != NULL && out->dataset != NULL &&
                  out->load_id != NULL && out->destination != NULL;
  for (size_t i = 0; complete && i < run->n_tables; i++) {
    const struct sl_run_table *t = &run->tables[i];
    bool merged = t->staged;
    struct sl_table_summary *summary = &out->tables[out->n_tables++];
    *summary = (struct sl_table_summary){
      .name = strdup(t->table->name),
      .child = t->table->parent != NULL,
      .rows = t->rows,
      .inserted = merged ? t->inserted : t->rows,
      .updated = t->updated,
      .deleted = t->deleted,
      .new_columns = t->new_columns,
      .created = t->new_in_load,
    };
    complete = summary->name != NULL;
  }
  out->bytes = run->counters.bytes;
  out->documents = run->counters.documents;
  out->rows = run->counters.rows;
  out->rejected = run->counters.rejected;
  out->discarded_rows = run->discarded_rows;
  out->discarded_values = run->discarded_values;
  out->seconds = (double)(sl_monotonic_nanos() - run->started_nanos) / 1e9;
  out->continued = run->ledger != NULL && run->ledger->continues;
  out->documents_before = out->continued ? run->ledger->before_documents : 0;
  out->bytes_before = out->continued ? run->ledger->before_bytes : 0;
  if (run->notes.length > 0) {
    out->notes = sl_buffer_take(&run->notes);
  }
  if (run->warnings.length > 0) {
    out->warnings = sl_buffer_take(&run->warnings);
  }
  if (run->null_columns.length > 0) {
    out->null_columns = sl_buffer_take(&run->null_columns);
  }
  if (run->certificate.length > 0) {
    out->certificate = sl_buffer_take(&run->certificate);
    out->verified_tables = run->verified_tables;
    out->unverified_tables = run->unverified_tables;
  }
  return complete ? SL_OK : sl_fail(err, SL_ENOMEM, "out of memory for the summary");
}

void sl_summary_release(struct sl_summary *summary) {
  for (size_t i = 0; i < summary->n_tables; i++) {
    free(summary->tables[i].name);
  }
  free(summary->tables);
  free(summary->pipeline);
  free(summary->dataset);
  free(summary->load_id);
  free(summary->destination);
  free(summary->null_columns);
  free(summary->warnings);
  free(summary->notes);
  free(summary->certificate);
  *summary = (struct sl_summary){ 0 };
}
