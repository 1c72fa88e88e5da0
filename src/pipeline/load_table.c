/* load_table.c - the tables of a source, one after the other: hints, stream, replace or merge. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/fault.h"
#include "base/hash.h"
#include "base/time.h"
#include "pipeline/hints.h"
#include "pipeline/ledger.h"
#include "pipeline/local.h"
#include "pipeline/run.h"
#include "pipeline/store.h"
#include "pipeline/verify.h"
#include "schema/contract.h"

static bool tick(void *arg) {
  sl_run_report(arg, "extract");
  return !sl_run_cancelled(arg);
}

static sl_status add_null_columns(struct sl_run *run, struct sl_normalizer *normalizer,
                                  struct sl_error *err) {
  return sl_normalizer_null_columns(normalizer, &run->null_columns, err);
}

/* What the stream has added to the counters. */
static sl_status note_extracted(struct sl_run *run, int64_t documents, int64_t bytes,
                                struct sl_error *err) {
  sl_status rc = sl_grow(&run->extracted, &run->extracted_capacity, run->n_extracted + 1,
                         sizeof *run->extracted, err);
  if (rc == SL_OK) {
    run->extracted[run->n_extracted++] =
        (struct sl_run_extracted){ run->root->name, run->counters.documents - documents,
                                   run->counters.bytes - bytes };
  }
  return rc;
}

/* Reads, normalizes and writes one source table into run->root. */
static sl_status stream_table(struct sl_run *run, struct sl_error *err) {
  const struct sl_load_settings *s = &run->table_settings;
  struct sl_contract contract = { 0 };
  struct sl_normalize_options options = {
    .root_table = run->root->name,
    .load_id = run->load_id,
    .naming = run->naming,
    .max_nesting = (int32_t)s->max_nesting,
    .on_type_change =
        strcmp(s->on_type_change, "widen") == 0 ? SL_TYPE_CHANGE_WIDEN : SL_TYPE_CHANGE_VARIANT,
    .contract = s->contract == NULL ? NULL : &contract,
    .keep_rejects = run->keep_rejects,
    .add_dlt_id = !s->no_dlt_id,
    .add_dlt_load_id = !s->no_dlt_load_id,
    .decimal_precision = run->sql.capabilities->decimal_precision,
    .decimal_scale = run->sql.capabilities->decimal_scale,
    .number_roots = sl_run_numbers_roots(run),
    .id_seed = sl_random_seed(),
  };
  struct sl_normalizer *normalizer = NULL;
  int64_t documents = run->counters.documents;
  int64_t bytes = run->counters.bytes;
  sl_status rc = s->contract == NULL ? SL_OK : sl_contract_parse(&contract, s->contract, err);
  if (rc == SL_OK) {
    rc = sl_normalizer_new(&normalizer, run->schema, &options, err);
  }
  if (rc == SL_OK) {
    int64_t workers = s->limit > 0 ? 1 : s->parallel;
    struct sl_stream_options stream = {
      .source = run->source,
      .normalizer = normalizer,
      .workers = (int)workers,
      .queue_bytes = sl_ledger_queue(run, s->memory / 64),
      .limit = s->limit,
      .read_before = run->counters.documents - run->ledger->table_start,
      .sum = s->verify,
      .counters = &run->counters,
      .times = &run->times,
      .first_block = run->ledger->next_block,
      .first_line = run->ledger->next_line,
      .make_ddl = sl_run_make_ddl,
      .write = sl_run_write,
      .due = run->ledger->impossible ? NULL : sl_checkpoint_due,
      .checkpoint = sl_checkpoint_make,
      .arg = run,
      .tick = tick,
    };
    rc = sl_stream_run(&stream, err);
    sl_run_apply_real(run);
    sl_status noted = note_extracted(run, documents, bytes, rc == SL_OK ? err : NULL);
    rc = rc == SL_OK ? noted : rc;
  }
  if (rc == SL_OK) {
    rc = add_null_columns(run, normalizer, err);
  }
  sl_normalizer_free(normalizer);
  return rc;
}

const char *sl_run_target(const struct sl_run *run, const struct sl_source_table *table) {
  return run->settings->as != NULL ? run->settings->as
         : table->target != NULL   ? table->target
                                   : table->name;
}

/* What the source knows of its table stands in for what the user did not say. */
static struct sl_load_settings settings_for(const struct sl_run *run,
                                            const struct sl_source_table *table) {
  struct sl_load_settings settings = *run->settings;
  if (settings.write_disposition == NULL && settings.strategy == NULL) {
    settings.write_disposition = table->write_disposition;
  }
  if (settings.primary_key == NULL) {
    settings.primary_key = table->primary_key;
  }
  return settings;
}

sl_status sl_run_prepare_table(struct sl_run *run, const struct sl_source_table *table,
                               struct sl_error *err) {
  struct sl_load_settings settings = settings_for(run, table);
  const char *name = NULL;
  sl_status rc = sl_run_normalise(run, &run->naming, sl_run_target(run, table), &name, err);
  if (rc == SL_OK && run->source_ops->hints != NULL) {
    rc = run->source_ops->hints(run->source, table, &settings, err);
  }
  run->table_settings = settings;
  if (rc == SL_OK) {
    rc = sl_hints_apply(run->schema, &run->naming, &settings, name, &run->root, err);
  }
  if (rc == SL_OK) {
    run->shown = run->root->name;
  }
  if (rc == SL_OK && table->declared) {
    rc = sl_hints_declare(run->schema, &run->naming, &settings, &table->schema, run->root, err);
  }
  if (rc == SL_OK) {
    rc = run->store->check(run, err);
  }
  if (rc == SL_OK) {
    sl_ledger_enter(run);
  }
  return rc;
}

/* A cursor behind rows that the limit left unread would lose them: it stays where it was. */
static void forget_cut_state(struct sl_run *run, const char *target, char **state) {
  int64_t read = run->counters.documents - run->ledger->table_start;
  if (*state == NULL || run->settings->limit <= 0 || read < run->settings->limit) {
    return;
  }
  free(*state);
  *state = NULL;
  struct sl_buffer text = { 0 };
  sl_buffer_printf(&text,
                   "%s: --limit %" PRId64
                   " left rows unread, so the cursor stays where it was: the "
                   "next load begins with the same rows, and doubles them unless it merges",
                   target, run->settings->limit);
  if (sl_buffer_check(&text, NULL) == SL_OK) {
    sl_run_warn(run, text.data);
  }
  sl_buffer_release(&text);
}

/* The source's state goes into the pipeline state, which is committed with the rows. */
static sl_status remember_table(struct sl_run *run, const char *target, struct sl_error *err) {
  char *json = NULL;
  sl_status rc =
      run->source_ops->state == NULL ? SL_OK : run->source_ops->state(run->source, &json, err);
  if (rc == SL_OK) {
    forget_cut_state(run, target, &json);
  }
  if (rc == SL_OK && json != NULL) {
    rc = sl_local_set_source_state(run, target, json, err);
  }
  if (rc == SL_OK) {
    rc = sl_checkpoint_finish_table(run, json, err);
  }
  free(json);
  return rc;
}

/* A total of several tables in which one counts otherwise now; -1 = not known. */
static void correct(int64_t *total, int64_t before, int64_t now) {
  *total = *total < 0 || before < 0 || now < 0 ? -1 : *total + now - before;
}

/* One table of the source, from hints to merged rows; still uncommitted. */
static sl_status load_table(struct sl_run *run, struct sl_source_table *table,
                            struct sl_error *err) {
  const char *target = sl_run_target(run, table);
  int64_t bytes = table->bytes;
  int64_t rows = table->rows;
  sl_status rc = sl_run_prepare_table(run, table, err);
  if (rc == SL_OK) {
    rc = sl_direct_choose(run, table, err);
  }
  if (rc == SL_OK) {
    rc = run->store->update_chain(run, err);
  }
  bool replaces = rc == SL_OK && run->root->disposition == SL_REPLACE;
  if (replaces) {
    rc = run->store->replace(run, false, err);
  }
  bool done = false;
  if (rc == SL_OK) {
    rc = sl_resume_table(run, table, &done, err);
  }
  if (rc == SL_OK && done) {
    return run->aside ? sl_run_postpone(run, err)
           : replaces ? run->store->replace(run, true, err)
                      : SL_OK;
  }
  if (rc == SL_OK) {
    correct(&run->total_bytes, bytes, table->bytes);
    correct(&run->total_documents, rows, table->rows);
  }
  if (rc == SL_OK) {
    rc = stream_table(run, err);
  }
  if (rc == SL_OK) {
    rc = sl_fault(SL_FAULT_AFTER_TABLE, err);
  }
  if (rc == SL_OK && table->declared && !sl_table_is_new(run->root)) {
    rc = run->store->create_empty(run, err);
  }
  if (rc == SL_OK && replaces) {
    sl_run_report(run, "replace");
    rc = run->store->replace(run, true, err);
  }
  if (rc == SL_OK && replaces && !run->aside) {
    rc = sl_run_refuse_emptied(run, err);
  }
  if (rc == SL_OK && run->aside) {
    rc = sl_run_postpone(run, err);
  } else if (rc == SL_OK && run->merging) {
    sl_run_report(run, "merge");
    rc = sl_run_merge(run, err);
  }
  if (rc == SL_OK) {
    rc = sl_verify_source(run, err);
  }
  return rc == SL_OK ? remember_table(run, target, err) : rc;
}

bool sl_run_wants(const struct sl_run *run, const struct sl_source_table *table) {
  const char *globs = run->settings->table;
  const char *dot = strrchr(table->name, '.');
  return globs == NULL || sl_text_glob_list(globs, table->name) ||
         (dot != NULL && sl_text_glob_list(globs, dot + 1)) ||
         (table->target != NULL && sl_text_glob_list(globs, table->target));
}

sl_status sl_run_load_tables(struct sl_run *run, struct sl_error *err) {
  struct sl_catalog catalog = { 0 };
  sl_status rc = run->source_ops->discover(run->source, &catalog, err);
  run->n_wanted = 0;
  run->total_bytes = 0;
  run->total_documents = 0;
  for (size_t i = 0; rc == SL_OK && i < catalog.n_tables; i++) {
    if (sl_run_wants(run, &catalog.tables[i])) {
      run->n_wanted++;
      correct(&run->total_bytes, 0, catalog.tables[i].bytes);
      correct(&run->total_documents, 0, catalog.tables[i].rows);
    }
  }
  if (rc == SL_OK && run->n_wanted == 0 && run->settings->table != NULL) {
    rc =
        sl_fail(err, SL_ENOTFOUND, "no table of %s matches --table %s; `sluice inspect` lists them",
                run->source_location, run->settings->table);
  }
  if (rc == SL_OK && run->n_wanted > 1 && run->settings->as != NULL) {
    rc = sl_fail(err, SL_EUSAGE,
                 "--as %s names one table, but %zu are to be loaded: choose one with --table",
                 run->settings->as, run->n_wanted);
  }
  if (rc == SL_OK) {
    sl_ledger_plan(run);
  }
  for (size_t i = 0; rc == SL_OK && i < catalog.n_tables; i++) {
    if (sl_run_wants(run, &catalog.tables[i])) {
      rc = load_table(run, &catalog.tables[i], err);
    }
    if (rc == SL_OK && i + 1 == catalog.n_tables && run->source_ops->grows) {
      sl_catalog_release(&catalog);
      rc = run->source_ops->discover(run->source, &catalog, err);
    }
  }
  if (rc == SL_OK && run->source_ops->remember != NULL) {
    rc = sl_local_remember_sources(run, err);
  }
  sl_catalog_release(&catalog);
  return rc;
}
