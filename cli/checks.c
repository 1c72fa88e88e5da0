/* checks.c - `sluice validate`, `doctor` and `status`: is the project right, are its sources there,
 * how are they. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/text.h"
#include "project/discover.h"
#include "project/drift.h"
#include "project/history.h"
#include "project/resolve.h"
#include "project_cli.h"

struct checks {
  const struct sl_cli_common *common;
  size_t good, bad;
};

static void report(struct checks *c, const char *what, sl_status rc, const char *message) {
  c->good += rc == SL_OK;
  c->bad += rc != SL_OK;
  if (c->common->json) {
    printf("%s{\"check\": ", c->good + c->bad == 1 ? "" : ", ");
    sl_cli_json_text(stdout, what);
    printf(", \"ok\": %s, \"message\": ", rc == SL_OK ? "true" : "false");
    sl_cli_json_text(stdout, rc == SL_OK ? "" : message);
    printf("}");
  } else if (rc != SL_OK || !c->common->quiet) {
    printf("  %-7s %s%s%s\n", rc == SL_OK ? "ok" : "FAILED", what, rc == SL_OK ? "" : ": ",
           rc == SL_OK ? "" : message);
  }
}

/* Its settings are complete: variables and credentials are there. */
static sl_status check_source(const struct sl_cli_project *p, const struct sl_project_source *s,
                              bool connect, struct sl_error *err) {
  struct sl_resolved resolved;
  const struct sl_sync_window window = { 0 };
  sl_status rc = sl_source_resolve(p->project, &p->sources, s, &window, &resolved, err);
  if (rc == SL_OK && connect) {
    struct sl_catalog catalog;
    rc = sl_discover(&resolved.loads[0], &catalog, err);
    sl_catalog_release(&catalog);
  }
  sl_resolved_release(&resolved);
  return rc;
}

static int check_all(int argc, char **argv, bool connect) {
  struct sl_cli_common common = { 0 };
  struct sl_cli_arguments words = { 0 };
  struct sl_cli_project p;
  struct sl_error err = { 0 };
  struct checks c = { .common = &common };
  int code = 0;
  if (!sl_cli_project_begin(argc, argv, &common, &words, &p, &code)) {
    return code;
  }
  if (common.json) {
    printf("{\"checks\": [");
  }
  report(&c, ".dango/project.yml", SL_OK, NULL);
  report(&c, ".dango/sources.yml", SL_OK, NULL);
  report(&c, "no secrets in git", sl_project_check_git(p.project, &err), err.message);
  for (size_t i = 0; i < p.sources.count; i++) {
    const struct sl_project_source *s = &p.sources.items[i];
    char what[300];
    snprintf(what, sizeof what, "source %s (%s)%s", s->name, s->type->name,
             s->enabled ? "" : ", not enabled");
    report(&c, what, s->enabled ? check_source(&p, s, connect, &err) : SL_OK, err.message);
  }
  if (common.json) {
    printf("], \"ok\": %s}\n", c.bad == 0 ? "true" : "false");
  } else {
    sl_cli_warn_unreferenced(&p);
    printf("%zu checks passed, %zu failed\n", c.good, c.bad);
  }
  sl_cli_project_close(&p);
  return c.bad == 0 ? 0 : 1;
}

int sl_cli_validate(int argc, char **argv) {
  return check_all(argc, argv, false);
}

int sl_cli_doctor(int argc, char **argv) {
  return check_all(argc, argv, true);
}

/* ---- status ---- */

static void print_status(const struct sl_cli_project *p, const struct sl_project_source *s) {
  struct sl_running_state state = { 0 };
  struct sl_history history = { 0 };
  struct sl_buffer drift = { 0 };
  struct sl_error err;
  sl_status rc = sl_running_look(p->project, s->name, &state, &err);
  if (rc == SL_OK) {
    rc = sl_history_read(p->project, s->name, &history, &err);
  }
  if (rc != SL_OK) {
    printf("  %s: %s\n", s->name, err.message);
  } else if (state.running) {
    printf("  %-20s running since %s (process %ld)\n", s->name, state.started, state.pid);
  } else if (history.count == 0) {
    printf("  %-20s never synced\n", s->name);
  } else {
    const struct sl_history_entry *e = &history.entries[history.count - 1];
    char rows[32];
    sl_format_count(rows, e->rows_processed < 0 ? 0 : e->rows_processed);
    printf("  %-20s %-11s %.19s  %s rows in %.2f s%s%s\n", s->name, sl_sync_status_name(e->status),
           e->timestamp == NULL ? "" : e->timestamp, rows, e->duration_seconds,
           e->error_message == NULL ? "" : ": ", e->error_message == NULL ? "" : e->error_message);
  }
  if (sl_drift_read(p->project, s->name, &drift, NULL) == SL_OK && drift.length > 0) {
    printf("  %-20s changed: `sluice drift` shows how\n", s->name);
  }
  sl_buffer_release(&drift);
  sl_history_release(&history);
}

int sl_cli_status(int argc, char **argv) {
  struct sl_cli_common common = { 0 };
  struct sl_cli_arguments words = { 0 };
  struct sl_cli_project p;
  int code = 0;
  if (!sl_cli_project_begin(argc, argv, &common, &words, &p, &code)) {
    return code;
  }
  printf("%s: %s\n", p.project->name, p.project->root);
  for (size_t i = 0; i < p.sources.count; i++) {
    print_status(&p, &p.sources.items[i]);
  }
  sl_cli_project_close(&p);
  return 0;
}

/* ---- drift ---- */

int sl_cli_drift(int argc, char **argv) {
  struct sl_cli_common common = { 0 };
  struct sl_cli_arguments words = { 0 };
  struct sl_cli_project p;
  bool any = false;
  int code = 0;
  if (!sl_cli_project_begin(argc, argv, &common, &words, &p, &code)) {
    return code;
  }
  for (size_t i = 0; i < p.sources.count; i++) {
    const char *name = p.sources.items[i].name;
    struct sl_buffer lines = { 0 };
    if (sl_drift_read(p.project, name, &lines, NULL) == SL_OK && lines.length > 0 &&
        (words.n_words == 0 || strcmp(words.words[0], name) == 0)) {
      printf("%s\n%s  `sluice accept %s` accepts this\n", name, lines.data, name);
      any = true;
    }
    sl_buffer_release(&lines);
  }
  if (!any) {
    printf("No source has changed since it was accepted.\n");
  }
  sl_cli_project_close(&p);
  return 0;
}

int sl_cli_accept(int argc, char **argv) {
  struct sl_cli_common common = { 0 };
  struct sl_cli_arguments words = { 0 };
  struct sl_cli_project p;
  struct sl_error err;
  const struct sl_project_source *source;
  size_t changes = 0;
  int code = 0;
  if (!sl_cli_project_begin(argc, argv, &common, &words, &p, &code)) {
    return code;
  }
  sl_status rc = words.n_words == 1 ? sl_sources_find(&p.sources, words.words[0], &source, &err)
                                    : sl_fail(&err, SL_EUSAGE, "usage: sluice accept SOURCE");
  if (rc == SL_OK) {
    rc = sl_drift_accept(p.project, source->name, &changes, &err);
  }
  if (rc == SL_OK) {
    printf("Accepted %zu change%s.\n", changes, changes == 1 ? "" : "s");
  }
  sl_cli_project_close(&p);
  return rc == SL_OK ? 0 : sl_cli_fail(&common, &err);
}
