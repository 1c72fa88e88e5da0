/* sync.c - `sluice sync`: sources of the project into its warehouse. */
#include "project/sync.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "lineage/lineage.h"
#include "pipeline/plan.h"
#include "progress.h"
#include "project_cli.h"

struct sync_options {
  const char *since, *until, *backfill;
  int64_t limit, jobs, wait, memory;
  bool full_refresh, dry_run, allow_empty, block_empty, yes, no_dbt, allow_schema_changes;
};

#define SYNC(member) .offset = offsetof(struct sync_options, member)
const struct sl_option sl_cli_sync_options[] = {
  { .name = "since",
    .kind = SL_OPTION_TEXT,
    .value_name = "DATE",
    .group = "Sync",
    .help = "Reads rows from here on again, whatever was synced before (needs a cursor).",
    SYNC(since) },
  { .name = "until",
    .kind = SL_OPTION_TEXT,
    .value_name = "DATE",
    .group = "Sync",
    .help = "Reads rows before this only, and remembers nothing.",
    SYNC(until) },
  { .name = "backfill",
    .kind = SL_OPTION_TEXT,
    .value_name = "7d|2w|1m",
    .group = "Sync",
    .help = "As --since, so many days, weeks or months ago.",
    SYNC(backfill) },
  { .name = "limit",
    .kind = SL_OPTION_INTEGER,
    .value_name = "N",
    .group = "Sync",
    .maximum = INT64_MAX,
    .help = "Reads so many rows of each table at most.",
    SYNC(limit) },
  { .name = "full-refresh",
    .kind = SL_OPTION_FLAG,
    .group = "Sync",
    .help = "Reads everything anew and replaces what is there, in one transaction.",
    SYNC(full_refresh) },
  { .name = "dry-run",
    .kind = SL_OPTION_FLAG,
    .group = "Sync",
    .help = "Shows tables, rows, bytes, DDL and deletions; touches nothing.",
    SYNC(dry_run) },
  { .name = "allow-empty-replace",
    .kind = SL_OPTION_FLAG,
    .group = "Sync",
    .help = "Lets a source that has no rows now empty its table.",
    SYNC(allow_empty) },
  { .name = "block-empty-replace",
    .kind = SL_OPTION_FLAG,
    .group = "Sync",
    .help = "Keeps what is there when a source has no rows (the default).",
    SYNC(block_empty) },
  { .name = "allow-schema-changes",
    .kind = SL_OPTION_FLAG,
    .group = "Sync",
    .help = "Accepts columns that are gone or changed, as `sluice accept` does afterwards.",
    SYNC(allow_schema_changes) },
  { .name = "no-dbt",
    .kind = SL_OPTION_FLAG,
    .group = "Sync",
    .help = "Leaves the models alone.",
    SYNC(no_dbt) },
  { .name = "jobs",
    .kind = SL_OPTION_INTEGER,
    .value_name = "N",
    .group = "Sync",
    .default_text = "4",
    .minimum = 1,
    .maximum = 32,
    .help = "Sources at once.",
    SYNC(jobs) },
  { .name = "wait",
    .kind = SL_OPTION_INTEGER,
    .value_name = "SECONDS",
    .group = "Sync",
    .default_text = "300",
    .maximum = 86400,
    .help = "How long to wait for another sync of the project to end.",
    SYNC(wait) },
  { .name = "memory",
    .kind = SL_OPTION_BYTES,
    .value_name = "SIZE",
    .group = "Sync",
    .default_text = "512MB",
    .minimum = INT64_C(64) << 20,
    .maximum = INT64_MAX,
    .help = "Memory for all sources together.",
    SYNC(memory) },
  { .name = "yes", .kind = SL_OPTION_FLAG, .group = "Sync", .help = "Asks nothing.", SYNC(yes) },
  { .name = NULL },
};

struct watcher { /* what on_event needs */
  struct sl_cli_common common;
  struct sl_cli_progress progress;
  struct sl_lineage *lineage; /* NULL = nobody wants it */
};

static void on_signal(int number) {
  sl_load_cancel();
  signal(number, SIG_DFL); /* a second one ends at once; the destination rolls back by itself */
}

static void on_event(const struct sl_sync_event *event, void *arg) {
  struct watcher *w = arg;
  if (event->kind == SL_EVENT_PROGRESS) {
    w->progress.source = event->source;
    sl_cli_progress_show(event->progress, &w->progress);
    return;
  }
  sl_cli_progress_clear(&w->progress);
  if (w->lineage != NULL) {
    sl_lineage_note(w->lineage, event);
  }
  const char *source = event->source == NULL ? "sync" : event->source;
  if (event->kind == SL_EVENT_WARNING && !w->common.quiet) {
    fprintf(stderr, "sluice: warning: %s: %s\n", source, event->message);
  } else if (event->kind == SL_EVENT_QUEUED && !w->common.quiet) {
    fprintf(stderr, "sluice: %s\n", event->message);
  } else if ((event->kind == SL_EVENT_NOTE || event->kind == SL_EVENT_DBT) && !w->common.quiet &&
             !w->common.json) {
    printf("  %s: %s\n", source, event->message);
  }
}

static void on_warning(void *arg, const char *message) {
  const struct watcher *w = arg;
  if (!w->common.quiet) {
    fprintf(stderr, "sluice: warning: %s\n", message);
  }
}

/* ---- the result ---- */

static void print_lines(const char *prefix, const char *lines) {
  for (const char *at = lines; at != NULL && *at != '\0';) {
    size_t length = strcspn(at, "\n");
    printf("%s%.*s\n", prefix, (int)length, at);
    at += length + (at[length] == '\n');
  }
}

static void print_result(const struct sl_sync_result *r, int width, bool verbose) {
  char rows[32];
  char there[32];
  char bytes[32];
  sl_format_count(rows, r->rows);
  sl_format_count(there, r->table_rows < 0 ? 0 : r->table_rows);
  sl_format_bytes(bytes, r->bytes);
  printf("  %-*s  %-11s %14s %14s %10s %8.2f s\n", width, r->source, sl_sync_status_name(r->status),
         rows, r->table_rows < 0 ? "-" : there, bytes, r->seconds);
  for (size_t i = 0; verbose && i < r->n_tables; i++) {
    sl_format_count(rows, r->tables[i].rows);
    printf("    %-*s %24s\n", width, r->tables[i].name, rows);
  }
}

static void print_report(const struct sl_sync_report *report, bool verbose) {
  int width = 6;
  for (size_t i = 0; i < report->n; i++) {
    int n = (int)strlen(report->results[i].source);
    width = n > width ? n : width;
  }
  printf("  %-*s  %-11s %14s %14s %10s %10s\n", width, "source", "status", "rows moved",
         "rows in tables", "read", "time");
  for (size_t i = 0; i < report->n; i++) {
    print_result(&report->results[i], width, verbose);
  }
  for (size_t i = 0; i < report->n; i++) {
    const struct sl_sync_result *r = &report->results[i];
    char prefix[300];
    snprintf(prefix, sizeof prefix, "  %s changed: ", r->source);
    print_lines(prefix, r->drift);
    if (r->error.code != SL_OK) {
      fflush(stdout);
      fprintf(stderr, "sluice: %s: %s\n", r->source, r->error.message);
    }
  }
  if (report->generated.written > 0) {
    printf("  %zu files of models written%s\n", report->generated.written,
           report->ran_dbt ? "" : "; `sluice run` builds them with dbt");
  }
  if (report->dbt_error.code != SL_OK) {
    fflush(stdout);
    fprintf(stderr, "sluice: %s\n", report->dbt_error.message);
  }
}

static void print_report_json(const struct sl_sync_report *report, int code) {
  printf("{\"ok\": %s, \"seconds\": %.6f, \"sources\": [", code == 0 ? "true" : "false",
         report->seconds);
  for (size_t i = 0; i < report->n; i++) {
    const struct sl_sync_result *r = &report->results[i];
    printf("%s{\"source\": ", i == 0 ? "" : ", ");
    sl_cli_json_text(stdout, r->source);
    printf(", \"status\": \"%s\", \"rows\": %" PRId64 ", \"rows_in_tables\": %" PRId64
           ", \"bytes\": %" PRId64 ", \"rejected\": %" PRId64 ", \"seconds\": %.6f, \"tables\": [",
           sl_sync_status_name(r->status), r->rows, r->table_rows, r->bytes, r->rejected,
           r->seconds);
    for (size_t t = 0; t < r->n_tables; t++) {
      printf("%s{\"name\": ", t == 0 ? "" : ", ");
      sl_cli_json_text(stdout, r->tables[t].name);
      printf(", \"rows\": %" PRId64 "}", r->tables[t].rows);
    }
    printf("], \"drift\": ");
    sl_cli_json_text(stdout, r->drift == NULL ? "" : r->drift);
    if (r->anomaly != NULL) {
      printf(", \"anomaly\": ");
      sl_cli_json_text(stdout, r->anomaly);
    }
    printf(", \"error\": ");
    if (r->error.code == SL_OK) {
      printf("null}");
    } else {
      sl_cli_json_text(stdout, r->error.message);
      printf("}");
    }
  }
  printf("], \"dbt\": {\"ran\": %s, \"files_written\": %zu, \"error\": ",
         report->ran_dbt ? "true" : "false", report->generated.written);
  if (report->dbt_error.code == SL_OK) {
    printf("null}}\n");
  } else {
    sl_cli_json_text(stdout, report->dbt_error.message);
    printf("}}\n");
  }
}

/* 0 done, 1 all or dbt failed, 3 some did, or rows were rejected. */
static int exit_code(const struct sl_sync_report *report) {
  bool rejected = false;
  bool usage = report->n > 0;
  for (size_t i = 0; i < report->n; i++) {
    rejected = rejected || report->results[i].rejected > 0;
    usage = usage && report->results[i].error.code == SL_EUSAGE;
  }
  if (report->failed == 0 && report->dbt_error.code != SL_OK) {
    return 1;
  }
  if (report->failed == 0) {
    return rejected ? 3 : 0;
  }
  bool partial = report->failed < report->n;
  for (size_t i = 0; i < report->n; i++) {
    partial = partial || report->results[i].status == SL_SYNC_PARTIAL;
  }
  return partial ? 3 : usage ? 2 : 1;
}

/* ---- dry run ---- */

/* Rows and bytes at the rate of the last syncs. */
static void estimate(struct sl_plan *plan, const struct sl_history *history) {
  int64_t rows = 0;
  for (size_t i = 0; i < plan->n_tables; i++) {
    rows = rows < 0 || plan->tables[i].rows < 0 ? -1 : rows + plan->tables[i].rows;
  }
  plan->seconds = sl_history_seconds(history, rows, plan->bytes);
}

static sl_status plan_source(const struct sl_cli_project *p, const struct sl_project_source *s,
                             const struct sl_sync_window *window,
                             const struct sl_cli_common *common, struct sl_error *err) {
  struct sl_resolved resolved;
  struct sl_history history = { 0 };
  sl_status rc = sl_source_resolve(p->project, &p->sources, s, window, &resolved, err);
  if (rc == SL_OK) {
    rc = sl_history_read(p->project, s->name, &history, err);
  }
  if (rc == SL_OK && !common->json) {
    printf("%s\n", s->name);
  }
  for (size_t i = 0; rc == SL_OK && i < resolved.n; i++) {
    struct sl_plan plan = { 0 };
    rc = sl_plan_make(&resolved.loads[i], &plan, err);
    if (rc == SL_OK) {
      estimate(&plan, &history);
      sl_cli_plan_print(&plan, true, common->json);
      sl_plan_release(&plan);
    }
  }
  sl_history_release(&history);
  sl_resolved_release(&resolved);
  return rc;
}

static sl_status dry_run(const struct sl_cli_project *p, const struct sl_sync_settings *settings,
                         const struct sl_cli_common *common, size_t *failed, struct sl_error *err) {
  const struct sl_project_source **chosen = NULL;
  size_t n = 0;
  sl_status rc = sl_sync_choose(&p->sources, settings->names, &chosen, &n, err);
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    struct sl_error why;
    if (plan_source(p, chosen[i], &settings->window, common, &why) != SL_OK) {
      fprintf(stderr, "sluice: %s: %s\n", chosen[i]->name, why.message);
      ++*failed;
    }
  }
  free(chosen);
  return rc;
}

/* ---- the command ---- */

static sl_status check_options(const struct sync_options *o, struct sl_error *err) {
  if (o->backfill != NULL && (o->since != NULL || o->until != NULL)) {
    return sl_fail(err, SL_EUSAGE, "--backfill says the same as --since: give one of them");
  }
  return o->allow_empty && o->block_empty
             ? sl_fail(err, SL_EUSAGE,
                       "--allow-empty-replace and --block-empty-replace contradict each other")
             : SL_OK;
}

/* Asked at a terminal alone: before the first sync, and before everything is loaded anew. */
static bool confirmed(const struct sl_cli_project *p, const struct sync_options *o,
                      const char *const *names) {
  const struct sl_project_source **chosen = NULL;
  size_t n = 0;
  bool yes = true;
  if (o->yes || o->dry_run || !sl_cli_can_ask() ||
      sl_sync_choose(&p->sources, names, &chosen, &n, NULL) != SL_OK) {
    return true; /* who names a source that is not there hears it from the sync */
  }
  free(chosen);
  if (n > 0 && strncmp(p->project->destination, "duckdb:", 7) == 0 &&
      !sl_file_exists(p->project->warehouse)) {
    char question[80];
    snprintf(question, sizeof question, "This will sync %zu source(s). Continue?", n);
    yes = sl_cli_confirm(question, true);
  }
  return yes && o->full_refresh
             ? sl_cli_confirm("Full refresh will reload all data. Continue?", false)
             : yes;
}

static int run_sync(const struct sl_cli_project *p, const struct sync_options *o,
                    const struct sl_sync_settings *settings, struct watcher *w) {
  struct sl_sync_report report = { 0 };
  struct sl_error err;
  size_t failed = 0;
  if (o->dry_run) {
    sl_status rc = dry_run(p, settings, &w->common, &failed, &err);
    return rc != SL_OK ? sl_cli_fail(&w->common, &err) : failed > 0 ? 1 : 0;
  }
  signal(SIGINT, on_signal);
  signal(SIGTERM, on_signal);
  signal(SIGPIPE, SIG_IGN);
  w->lineage = sl_lineage_open(p->project, &p->sources, on_warning, w);
  sl_status rc = sl_sync_run(p->project, &p->sources, settings, &report, &err);
  sl_cli_progress_clear(&w->progress);
  sl_lineage_close(w->lineage);
  if (rc != SL_OK) {
    return sl_cli_fail(&w->common, &err);
  }
  int code = exit_code(&report);
  if (report.n == 0 && !w->common.json) {
    printf("There is no source to sync; `sluice source add` makes one.\n");
  } else if (w->common.json) {
    print_report_json(&report, code);
  } else if (!w->common.quiet || code != 0) {
    print_report(&report, w->common.verbose);
  }
  sl_sync_report_release(&report);
  return code;
}

int sl_cli_sync(int argc, char **argv) {
  struct watcher w = { 0 };
  struct sync_options o = { 0 };
  struct sl_cli_arguments words = { 0 };
  struct sl_cli_project p = { 0 };
  struct sl_error err;
  struct sl_cli_options sets[] = { { .table = sl_cli_sync_options, .settings = &o } };
  sl_status rc = sl_options_set_defaults(sl_cli_sync_options, &o, &err);
  if (rc == SL_OK) {
    rc = sl_cli_parse(argc, argv, sets, 1, &w.common, &words, &err);
  }
  if (w.common.help) {
    sl_cli_help(stdout, sl_cli_command_find("sync"));
    return 0;
  }
  if (rc == SL_OK) {
    rc = check_options(&o, &err);
  }
  if (rc == SL_OK) {
    rc = sl_cli_project_open(&p, &err);
  }
  if (rc != SL_OK) {
    return sl_cli_fail(&w.common, &err);
  }
  const char *names[17] = { NULL };
  memcpy(names, words.words, words.n_words * sizeof names[0]);
  struct sl_sync_settings settings = { .names = words.n_words == 0 ? NULL : names,
                                       .window = { .since = o.since,
                                                   .until = o.until,
                                                   .limit = o.limit,
                                                   .full_refresh = o.full_refresh,
                                                   .allow_empty = o.allow_empty },
                                       .backfill = o.backfill,
                                       .jobs = o.jobs,
                                       .wait_seconds = o.wait,
                                       .memory = o.memory,
                                       .models = p.project->auto_dbt && !o.no_dbt,
                                       .accept_changes = o.allow_schema_changes,
                                       .event = on_event,
                                       .event_arg = &w };
  sl_cli_progress_init(&w.progress, &w.common);
  if (!w.common.quiet) {
    sl_cli_warn_unreferenced(&p);
  }
  int code = 1;
  if (confirmed(&p, &o, settings.names)) {
    code = run_sync(&p, &o, &settings, &w);
  } else {
    printf("Nothing was done.\n");
  }
  sl_cli_project_close(&p);
  return code;
}
