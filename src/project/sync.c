/* sync.c - see sync.h. */
#include "project/sync.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/files.h"
#include "base/time.h"
#include "project/sync_source.h"
#include "project/warehouse.h"

enum { DEFAULT_JOBS = 4, MOST_JOBS = 32, MOST_BUILT = 50 };
#define DEFAULT_MEMORY (INT64_C(512) << 20)

/* ---- what is to be synced ---- */

static void back_by_months(int64_t days, long months, int64_t *out) {
  int64_t year;
  unsigned month;
  unsigned day;
  sl_civil_from_days(days, &year, &month, &day);
  int64_t whole = year * 12 + (month - 1) - months;
  year = whole / 12;
  month = (unsigned)(whole % 12) + 1;
  int64_t next = sl_days_from_civil(month == 12 ? year + 1 : year, month == 12 ? 1 : month + 1, 1);
  int64_t first = sl_days_from_civil(year, month, 1);
  *out = first + day - 1 < next ? first + day - 1 : next - 1;
}

sl_status sl_backfill_start(const char *backfill, int64_t now_micros, char out[16],
                            struct sl_error *err) {
  char *end = NULL;
  long n = strtol(backfill, &end, 10);
  int64_t days = now_micros / SL_MICROS_PER_DAY;
  if (n <= 0 || n > 5000 || end[0] == '\0' || end[1] != '\0' || strchr("dwm", end[0]) == NULL) {
    return sl_fail(err, SL_EUSAGE, "--backfill %s: a number of days, weeks or months: 7d, 2w, 1m",
                   backfill);
  }
  if (end[0] == 'm') {
    back_by_months(days, n, &days);
  } else {
    days -= n * (end[0] == 'w' ? 7 : 1);
  }
  sl_date_print(out, (int32_t)days);
  return SL_OK;
}

sl_status sl_sync_choose(const struct sl_sources *sources, const char *const *names,
                         const struct sl_project_source ***out, size_t *n, struct sl_error *err) {
  sl_status rc = SL_OK;
  *n = 0;
  *out = sl_calloc_array(sources->count + 1, sizeof **out);
  if (*out == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for sources");
  }
  for (size_t i = 0; rc == SL_OK && names != NULL && names[i] != NULL; i++) {
    const struct sl_project_source *ignored;
    rc = sl_sources_find(sources, names[i], &ignored, err);
  }
  for (size_t i = 0; rc == SL_OK && i < sources->count; i++) {
    const struct sl_project_source *s = &sources->items[i];
    bool wanted = names == NULL && s->enabled;
    for (size_t k = 0; names != NULL && names[k] != NULL && !wanted; k++) {
      wanted = strcmp(names[k], s->name) == 0;
    }
    if (wanted) {
      (*out)[(*n)++] = s;
    }
  }
  if (rc != SL_OK) {
    free(*out);
    *out = NULL;
  }
  return rc;
}

/* ---- one sync at a time ---- */

static sl_status take_lock(struct sl_sync_run *run, int *fd, struct sl_error *err) {
  const struct timespec a_little = { 0, 100000000 };
  char *folder = sl_project_path(run->project, ".dango/state");
  char *path = sl_project_path(run->project, ".dango/state/sync.lock");
  char holder[64] = "";
  sl_status rc = folder == NULL || path == NULL
                     ? sl_fail(err, SL_ENOMEM, "out of memory for a path")
                     : sl_folder_make(folder, err);
  *fd = rc == SL_OK ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666) : -1;
  if (rc == SL_OK && *fd < 0) {
    rc = sl_fail_errno(err, errno, "cannot open %s", path);
  }
  int64_t until = sl_monotonic_nanos() + run->settings->wait_seconds * 1000000000;
  bool told = false;
  while (rc == SL_OK && flock(*fd, LOCK_EX | LOCK_NB) != 0) {
    if (!told) {
      ssize_t n = pread(*fd, holder, sizeof holder - 1, 0);
      holder[n > 0 ? n : 0] = '\0';
      holder[strcspn(holder, "\n")] = '\0';
      char text[128];
      snprintf(text, sizeof text, "queued: another sync runs (process %s)", holder);
      const struct sl_sync_event event = { .kind = SL_EVENT_QUEUED, .message = text };
      sl_sync_tell(run, &event);
      told = true;
    }
    if (sl_monotonic_nanos() >= until) {
      rc =
          sl_fail(err, SL_EBUSY,
                  "another sync of this project is still running (process %s): try again later, or "
                  "wait longer with --wait",
                  holder);
    }
    nanosleep(&a_little, NULL);
  }
  if (rc == SL_OK && (ftruncate(*fd, 0) != 0 || dprintf(*fd, "%ld\n", (long)getpid()) < 0)) {
    rc = sl_fail_errno(err, errno, "cannot write %s", path);
  }
  free(folder);
  free(path);
  return rc;
}

/* ---- several at once ---- */

struct crew {
  struct sl_sync_run *run;
  const struct sl_project_source **chosen;
  struct sl_sync_result *results;
  size_t n;
  atomic_size_t next;
};

static void *work(void *arg) {
  struct crew *crew = arg;
  for (size_t i; (i = atomic_fetch_add(&crew->next, 1)) < crew->n;) {
    sl_sync_source(crew->run, crew->chosen[i], &crew->results[i]);
  }
  return NULL;
}

static void run_all(struct crew *crew, size_t jobs) {
  pthread_t threads[MOST_JOBS];
  size_t started = 0;
  while (started + 1 < jobs && pthread_create(&threads[started], NULL, work, crew) == 0) {
    started++;
  }
  work(crew);
  for (size_t i = 0; i < started; i++) {
    pthread_join(threads[i], NULL);
  }
}

/* The warehouse stays open for the whole sync, so that all loads share it. */
static sl_status sync_chosen(struct crew *crew, struct sl_error *err) {
  struct sl_sync_run *run = crew->run;
  struct sl_warehouse warehouse = { 0 };
  int64_t memory = run->settings->memory > 0 ? run->settings->memory : DEFAULT_MEMORY;
  int64_t cores = sysconf(_SC_NPROCESSORS_ONLN) > 0 ? sysconf(_SC_NPROCESSORS_ONLN) : 1;
  size_t jobs = (size_t)(run->settings->jobs > 0 ? run->settings->jobs : DEFAULT_JOBS);
  jobs = jobs > MOST_JOBS ? MOST_JOBS : jobs;
  jobs = jobs > crew->n ? crew->n : jobs;
  run->memory = memory / (int64_t)(jobs == 0 ? 1 : jobs);
  run->threads = cores / (int64_t)(jobs == 0 ? 1 : jobs);
  run->threads = run->threads < 1 ? 1 : run->threads;
  sl_status rc =
      strncmp(run->project->destination, "duckdb:", 7) != 0
          ? SL_OK
          : sl_warehouse_open(run->project, SL_WAREHOUSE_SHARED, memory / 2, &warehouse, err);
  if (rc == SL_OK) {
    run_all(crew, jobs);
  }
  sl_warehouse_close(&warehouse);
  return rc;
}

/* ---- models ---- */

static void tell_dbt(struct sl_sync_run *run, const char *message) {
  const struct sl_sync_event event = { .kind = SL_EVENT_DBT, .message = message };
  sl_sync_tell(run, &event);
}

/* dbt build for the sources that were synced and all that hangs on them. */
static sl_status build_models(struct crew *crew, const char *dbt, struct sl_error *err) {
  const char *arguments[MOST_BUILT + 4] = { "build", "--select" };
  char selections[MOST_BUILT][160];
  size_t n = 0;
  for (size_t i = 0; i < crew->n && n < MOST_BUILT; i++) {
    if (crew->results[i].status != SL_SYNC_FAILED) {
      snprintf(selections[n], sizeof selections[n], "source:%s+", crew->results[i].source);
      arguments[2 + n] = selections[n];
      n++;
    }
  }
  return n == 0 ? SL_OK : sl_dbt_run(crew->run->project, dbt, arguments, NULL, err);
}

static void note_failure(struct crew *crew, const char *message) {
  for (size_t i = 0; i < crew->n; i++) {
    if (crew->results[i].status != SL_SYNC_FAILED &&
        sl_history_note_transform(crew->run->project, crew->results[i].source, message, NULL) !=
            SL_OK) {
      return; /* the history is damaged, which the sync of the source has said */
    }
  }
}

/* Nobody has the warehouse open by now. */
static void make_models(struct crew *crew, struct sl_sync_report *report) {
  struct sl_sync_run *run = crew->run;
  bool duckdb = strncmp(run->project->destination, "duckdb:", 7) == 0;
  if (!run->settings->models || !duckdb || crew->n == 0) {
    return;
  }
  sl_status rc = sl_dbt_generate(run->project, run->sources, run->settings->names,
                                 &report->generated, &report->dbt_error);
  char *dbt = rc == SL_OK ? sl_dbt_find(run->project) : NULL;
  if (dbt != NULL) {
    tell_dbt(run, "dbt builds the models");
    report->ran_dbt = true;
    rc = build_models(crew, dbt, &report->dbt_error);
    tell_dbt(run, rc == SL_OK ? "dbt is done" : "dbt failed");
  }
  if (rc == SL_OK) {
    report->dbt_error = (struct sl_error){ 0 };
  } else {
    note_failure(crew, report->dbt_error.message);
  }
  free(dbt);
}

static sl_status make_folders(const struct sl_project *project, struct sl_error *err) {
  struct sl_buffer folder = { 0 };
  sl_buffer_append(&folder, project->warehouse,
                   (size_t)(strrchr(project->warehouse, '/') - project->warehouse));
  sl_status rc = sl_buffer_check(&folder, err);
  if (rc == SL_OK) {
    rc = sl_folder_make(folder.data, err);
  }
  if (rc == SL_OK) {
    rc = sl_folder_make(project->pipelines_dir, err);
  }
  if (rc == SL_OK) { /* git leaves alone what is only of this machine */
    char *ignore = sl_project_path(project, ".dango/state/.gitignore");
    if (ignore != NULL && !sl_file_exists(ignore)) {
      rc = sl_file_write(ignore, "*\n", 2, false, err);
    }
    free(ignore);
  }
  sl_buffer_release(&folder);
  return rc;
}

sl_status sl_sync_run(const struct sl_project *project, const struct sl_sources *sources,
                      const struct sl_sync_settings *settings, struct sl_sync_report *report,
                      struct sl_error *err) {
  struct sl_sync_run run = { .project = project,
                             .sources = sources,
                             .settings = settings,
                             .window = settings->window,
                             .event_lock = PTHREAD_MUTEX_INITIALIZER };
  struct crew crew = { .run = &run };
  char since[16];
  int lock = -1;
  int64_t nanos = sl_monotonic_nanos();
  *report = (struct sl_sync_report){ 0 };
  sl_status rc = sl_sync_choose(sources, settings->names, &crew.chosen, &crew.n, err);
  if (rc == SL_OK && settings->backfill != NULL) {
    rc = sl_backfill_start(settings->backfill, sl_now_micros(), since, err);
    run.window.since = since;
  }
  if (rc == SL_OK) {
    rc = sl_project_check_git(project, err);
  }
  if (rc == SL_OK) {
    rc = make_folders(project, err);
  }
  if (rc == SL_OK) {
    crew.results = sl_calloc_array(crew.n + 1, sizeof *crew.results);
    rc = crew.results == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for results")
                              : take_lock(&run, &lock, err);
  }
  if (rc == SL_OK) {
    rc = sync_chosen(&crew, err);
  }
  if (rc == SL_OK) {
    make_models(&crew, report);
  }
  if (lock >= 0) {
    close(lock);
  }
  if (rc == SL_OK) {
    report->results = crew.results;
    report->n = crew.n;
    for (size_t i = 0; i < crew.n; i++) {
      report->failed += crew.results[i].status != SL_SYNC_SUCCESS;
    }
    report->seconds = (double)(sl_monotonic_nanos() - nanos) / 1e9;
  } else {
    free(crew.results);
  }
  free(crew.chosen);
  return rc;
}

void sl_sync_report_release(struct sl_sync_report *report) {
  for (size_t i = 0; i < report->n; i++) {
    struct sl_sync_result *r = &report->results[i];
    for (size_t t = 0; t < r->n_tables; t++) {
      free(r->tables[t].name);
    }
    free(r->tables);
    free(r->source);
    free(r->drift);
    free(r->anomaly);
  }
  free(report->results);
  *report = (struct sl_sync_report){ 0 };
}
