/* plan.c - see plan.h. The sample goes through the same normalizer as a load; DDL comes from the
 * same function. The destination is opened read-only, and only when it exists. */
#include "pipeline/plan.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/redact.h"
#include "base/time.h"
#include "pipeline/hints.h"
#include "pipeline/open.h"
#include "pipeline/run.h"
#include "pipeline/store.h"
#include "pipeline/watch.h"
#include "pipeline/whole.h"
#include "schema/contract.h"
#include "schema/stored.h"

enum { SAMPLE_ROWS = 10000 };

void sl_plan_release(struct sl_plan *plan) {
  for (size_t i = 0; i < plan->n_tables; i++) {
    struct sl_plan_table *t = &plan->tables[i];
    for (size_t c = 0; c < t->n_columns; c++) {
      free(t->columns[c].name);
    }
    free(t->columns);
    free(t->name);
  }
  for (size_t i = 0; i < plan->n_statements; i++) {
    free(plan->statements[i]);
  }
  free(plan->tables);
  free(plan->statements);
  free(plan->source);
  free(plan->description);
  free(plan->dataset);
  free(plan->destination);
  free(plan->first_reject);
  *plan = (struct sl_plan){ 0 };
}

struct planning {
  struct sl_run run;
  struct sl_plan *plan;
  struct sl_statements ddl;
  int64_t sampled_bytes, sampled_rows;
};

static sl_status keep_ddl(struct planning *p, const struct sl_ddl *steps, struct sl_error *err) {
  return p->run.store->settle(&p->run, steps, &p->ddl, err);
}

static sl_status count_rows(void *arg, struct sl_work *work, struct sl_error *err) {
  struct planning *p = arg;
  const struct sl_normalized *n = &work->normalized;
  if (n->n_rejects > 0 && p->plan->first_reject == NULL) {
    p->plan->first_reject = strdup(n->rejects[0].reason);
    if (p->plan->first_reject == NULL) {
      return sl_fail(err, SL_ENOMEM, "out of memory for a message");
    }
  }
  p->plan->rejected += (int64_t)n->n_rejects;
  p->sampled_rows += n->documents;
  p->sampled_bytes += work->source_bytes;
  return keep_ddl(p, &work->ddl, err);
}

static sl_status make_ddl(void *arg, struct sl_work *work, struct sl_error *err) {
  struct planning *p = arg;
  return sl_run_make_ddl(&p->run, work, err);
}

static bool go_on(void *arg) {
  const struct planning *p = arg;
  return !sl_run_cancelled(&p->run);
}

static sl_status sample(struct planning *p, struct sl_error *err) {
  struct sl_run *run = &p->run;
  const struct sl_load_settings *s = run->settings;
  struct sl_contract contract = { 0 };
  struct sl_normalizer *normalizer = NULL;
  struct sl_normalize_options options = {
    .root_table = run->root->name,
    .load_id = "0",
    .naming = run->naming,
    .max_nesting = (int32_t)s->max_nesting,
    .contract = s->contract == NULL ? NULL : &contract,
    .keep_rejects = true,
    .add_dlt_id = !s->no_dlt_id,
    .add_dlt_load_id = !s->no_dlt_load_id,
    .decimal_precision = run->sql.capabilities->decimal_precision,
    .decimal_scale = run->sql.capabilities->decimal_scale,
  };
  sl_status rc = s->contract == NULL ? SL_OK : sl_contract_parse(&contract, s->contract, err);
  if (rc == SL_OK) {
    rc = sl_normalizer_new(&normalizer, run->schema, &options, err);
  }
  if (rc == SL_OK) {
    struct sl_stream_options stream = {
      .source = run->source,
      .normalizer = normalizer,
      .workers = 1,
      .queue_bytes = s->memory / 32,
      .limit = s->limit > 0 && s->limit < SAMPLE_ROWS ? s->limit : SAMPLE_ROWS,
      .counters = &run->counters,
      .times = &run->times,
      .make_ddl = make_ddl,
      .write = count_rows,
      .arg = p,
      .tick = go_on,
    };
    rc = sl_stream_run(&stream, err);
    sl_run_apply_real(run);
  }
  sl_normalizer_free(normalizer);
  return rc;
}

/* Rows of the sample, blown up to the whole when the sample did not reach the end. */
static int64_t estimate(const struct planning *p, int64_t rows) {
  bool whole = p->sampled_rows < SAMPLE_ROWS;
  if (whole || p->plan->bytes <= 0 || p->sampled_bytes <= 0) {
    return rows;
  }
  double share = (double)p->plan->bytes / (double)p->sampled_bytes;
  return (int64_t)((double)rows * (share < 1 ? 1 : share));
}

static sl_status describe_table(struct planning *p, const struct sl_run_table *entry,
                                struct sl_plan_table *out, struct sl_error *err) {
  const struct sl_table *table = entry->table;
  *out =
      (struct sl_plan_table){ .name = strdup(table->name),
                              .rows =
                                  entry->planned ? entry->expected_rows : estimate(p, entry->rows),
                              .is_new = entry->new_in_load,
                              .columns = sl_calloc_array(table->n_columns, sizeof *out->columns) };
  bool complete = out->name != NULL && out->columns != NULL;
  for (size_t i = 0; complete && i < table->n_columns; i++) {
    const struct sl_column *c = table->columns[i];
    if (c->type != SL_TYPE_NONE) {
      bool fresh = entry->new_in_load || i + (size_t)entry->new_columns >= table->n_columns;
      out->columns[out->n_columns++] = (struct sl_plan_column){ .name = strdup(c->name),
                                                                .type = sl_type_name(c->type),
                                                                .nullable = c->nullable,
                                                                .is_new = fresh };
      complete = out->columns[out->n_columns - 1].name != NULL;
    }
  }
  return complete ? SL_OK : sl_fail(err, SL_ENOMEM, "out of memory for the plan");
}

static sl_status describe(struct planning *p, struct sl_error *err) {
  struct sl_plan *plan = p->plan;
  struct sl_run *run = &p->run;
  plan->tables = sl_calloc_array(run->n_tables, sizeof *plan->tables);
  plan->dataset = strdup(run->dataset);
  const char *destination = run->settings->destination;
  plan->destination = sl_redact_location_copy(destination == NULL ? "" : destination);
  plan->disposition = sl_disposition_name(run->root->disposition);
  plan->deletes = run->root->disposition == SL_REPLACE && !run->tables[0].new_in_load;
  plan->estimated = plan->estimated || p->sampled_rows >= SAMPLE_ROWS;
  plan->statements = p->ddl.items;
  plan->n_statements = p->ddl.count;
  p->ddl = (struct sl_statements){ 0 };
  sl_status rc = plan->tables == NULL || plan->dataset == NULL || plan->destination == NULL
                     ? sl_fail(err, SL_ENOMEM, "out of memory for the plan")
                     : SL_OK;
  for (size_t i = 0; rc == SL_OK && i < run->n_tables; i++) {
    const struct sl_run_table *entry = &run->tables[i];
    if (entry->rows > 0 || entry->new_columns > 0 || entry->planned || entry->new_in_load) {
      rc = describe_table(p, entry, &plan->tables[plan->n_tables++], err);
    }
  }
  return rc;
}

/* One table of the source: declared ones are known, of others a sample is read. */
static sl_status plan_table(struct planning *p, struct sl_source_table *table,
                            struct sl_error *err) {
  struct sl_run *run = &p->run;
  sl_status rc = sl_run_prepare_table(run, table, err);
  if (rc == SL_OK) {
    rc = run->store->update_chain(run, err);
  }
  if (rc == SL_OK && table->declared && !sl_table_is_new(run->root)) {
    struct sl_run_table *entry;
    rc = run->store->create_empty(run, err);
    if (rc == SL_OK) {
      rc = sl_run_table(run, run->root, &entry, err);
    }
    if (rc == SL_OK) {
      entry->expected_rows = table->rows;
      entry->planned = true;
      p->plan->estimated = p->plan->estimated || table->estimate;
    }
    return rc;
  }
  if (rc == SL_OK) {
    rc = sl_run_start_source(run, table, NULL, err);
  }
  return rc == SL_OK ? sample(p, err) : rc;
}

static sl_status describe_source(struct planning *p, const struct sl_catalog *catalog,
                                 struct sl_error *err) {
  struct sl_plan *plan = p->plan;
  struct sl_buffer source = { 0 };
  struct sl_buffer text = { 0 };
  const struct sl_source_table *only = NULL;
  size_t wanted = 0;
  for (size_t i = 0; i < catalog->n_tables; i++) {
    const struct sl_source_table *table = &catalog->tables[i];
    if (sl_run_wants(&p->run, table)) {
      only = table;
      wanted++;
      plan->bytes = table->bytes < 0 || plan->bytes < 0 ? -1 : plan->bytes + table->bytes;
    }
  }
  if (wanted == 1) {
    sl_buffer_text(&text, only->description == NULL ? "1 table" : only->description);
  } else {
    sl_buffer_printf(&text, "%zu tables", wanted);
  }
  sl_redact_location(&source, p->run.settings->source);
  plan->source = sl_buffer_take(&source);
  plan->description = sl_buffer_take(&text);
  if (plan->source == NULL || plan->description == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for the plan");
  }
  return wanted > 0 ? SL_OK
                    : sl_fail(err, SL_ENOTFOUND, "no table of %s matches --table %s", plan->source,
                              p->run.settings->table);
}

static sl_status look_at_source(struct planning *p, struct sl_catalog *catalog,
                                struct sl_error *err) {
  struct sl_run *run = &p->run;
  struct sl_watch watch;
  sl_watch_start(&watch, run);
  sl_status rc = run->source_ops->discover(run->source, catalog, err);
  if (rc == SL_OK) {
    rc = describe_source(p, catalog, err);
  }
  for (size_t i = 0; rc == SL_OK && i < catalog->n_tables; i++) {
    if (sl_run_wants(run, &catalog->tables[i])) {
      rc = plan_table(p, &catalog->tables[i], err);
    }
  }
  sl_watch_stop(&watch);
  return rc != SL_OK && sl_run_cancelled(run)
             ? sl_fail(err, SL_ECANCELLED, "stopped: nothing was touched")
             : rc;
}

sl_status sl_plan_make(const struct sl_load_settings *given, struct sl_plan *out,
                       struct sl_error *err) {
  struct sl_load_settings settings = *given;
  struct planning p = {
    .run = { .settings = &settings,
             .cancel_mark = sl_cancel_mark(),
             .phase = "",
             .warnings_lock = PTHREAD_MUTEX_INITIALIZER },
    .plan = out,
  };
  struct sl_run *run = &p.run;
  struct sl_catalog catalog = { 0 };
  char table[256];
  out->seconds = -1;
  settings.parallel = 1;
  run->keep_rejects = true;
  run->planned = &p.ddl;
  sl_status rc = sl_run_open_for_plan(run, table, err);
  if (rc == SL_OK) {
    rc = look_at_source(&p, &catalog, err);
  }
  if (rc == SL_OK && run->n_tables == 0) {
    rc = sl_fail(err, SL_EDATA, "%s holds no rows%s%s", out->source,
                 out->first_reject == NULL ? "" : "; the first bad one: ",
                 out->first_reject == NULL ? "" : out->first_reject);
  }
  if (rc == SL_OK) {
    rc = describe(&p, err);
  }
  if (rc == SL_OK && catalog.n_tables == 1 && catalog.tables[0].rows >= 0) {
    out->tables[0].rows = catalog.tables[0].rows; /* the file itself says so */
  }
  sl_catalog_release(&catalog);
  sl_statements_release(&p.ddl);
  sl_run_release(run);
  if (rc != SL_OK) {
    sl_plan_release(out);
  }
  return rc;
}
