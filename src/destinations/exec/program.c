/* program.c - starting a program with three pipes, and ending it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/spawn.h"
#include "exec_internal.h"

enum { POLITE_MS = 2000 };

static void close_end(int *fd) {
  if (*fd >= 0) {
    close(*fd);
  }
  *fd = -1;
}

/* Ends above 2, so that no dup2 of the child meets one of them. */
static int make_pipe(int *ours, int *theirs, bool we_write) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return errno;
  }
  for (int i = 0; i < 2; i++) {
    int high = fcntl(ends[i], F_DUPFD_CLOEXEC, 3);
    int problem = high < 0 ? errno : 0;
    close(ends[i]);
    ends[i] = high;
    if (problem != 0) {
      close_end(&ends[1 - i]);
      return problem;
    }
  }
  *ours = ends[we_write ? 1 : 0];
  *theirs = ends[we_write ? 0 : 1];
  return fcntl(*ours, F_SETFL, O_NONBLOCK) == 0 ? 0 : errno;
}

static sl_status cannot_start(const char *name, bool forbidden, struct sl_error *err) {
  return sl_fail(
      err, SL_ENOTFOUND,
      "cannot start '%s': %s; give the path of an executable file, or the name of one in "
      "PATH",
      name, forbidden ? "it may not be executed" : "there is no such program");
}

sl_status exec_program_find(const char *name, struct sl_error *err) {
  const char *path = getenv("PATH");
  bool found = strchr(name, '/') != NULL && access(name, X_OK) == 0;
  bool forbidden = !found && strchr(name, '/') != NULL && access(name, F_OK) == 0;
  while (strchr(name, '/') == NULL && !found && path != NULL) {
    struct sl_buffer file = { 0 };
    size_t n = strcspn(path, ":");
    sl_buffer_printf(&file, "%.*s/%s", n == 0 ? 1 : (int)n, n == 0 ? "." : path, name);
    found = !file.failed && access(file.data, X_OK) == 0;
    sl_buffer_release(&file);
    path = path[n] == '\0' ? NULL : path + n + 1;
  }
  return found ? SL_OK : cannot_start(name, forbidden, err);
}

sl_status exec_program_start(struct exec_program *p, char *const *argv, char *const *environment,
                             struct sl_error *err) {
  int theirs[3] = { -1, -1, -1 };
  *p = (struct exec_program){ .pid = -1, .input = -1, .output = -1, .errors = -1 };
  int problem = make_pipe(&p->input, &theirs[0], true);
  problem = problem != 0 ? problem : make_pipe(&p->output, &theirs[1], false);
  problem = problem != 0 ? problem : make_pipe(&p->errors, &theirs[2], false);
  if (problem == 0) {
    struct sl_spawn spawn = { .argv = (const char *const *)(uintptr_t)argv,
                              .environment = environment,
                              .input = theirs[0],
                              .output = theirs[1],
                              .errors = theirs[2],
                              .apart = true };
    problem = sl_spawn_start(&spawn, &p->pid);
  }
  for (int i = 0; i < 3; i++) {
    close_end(&theirs[i]);
  }
  if (problem == 0) {
    return SL_OK;
  }
  exec_program_close(p);
  return problem == ENOENT || problem == EACCES
             ? cannot_start(argv[0], problem == EACCES, err)
             : sl_fail_errno(err, problem, "cannot start '%s'", argv[0]);
}

void exec_program_reap(struct exec_program *p, bool wait) {
  pid_t got;
  if (p->ended) {
    return;
  }
  do {
    got = waitpid(p->pid, &p->status, wait ? 0 : WNOHANG);
  } while (got < 0 && errno == EINTR);
  if (got != 0) { /* it, or somebody else took its status: ECHILD */
    p->ended = true;
    p->status = got < 0 ? -1 : p->status;
  }
}

void exec_program_kill(struct exec_program *p) {
  const struct timespec a_little = { 0, 20000000 };
  kill(-p->pid, SIGTERM);
  for (int waited = 0; !p->ended && waited < POLITE_MS; waited += 20) {
    exec_program_reap(p, false);
    if (!p->ended) {
      nanosleep(&a_little, NULL);
    }
  }
  kill(-p->pid, SIGKILL); /* also its children, when it has left them behind */
  exec_program_reap(p, true);
}

void exec_program_close(struct exec_program *p) {
  close_end(&p->input);
  close_end(&p->output);
  close_end(&p->errors);
}

/* ---- environment ---- */

/* What an outer run, perhaps, has set is not passed on. */
char **exec_environment(const struct exec_sink *sink, const struct sl_outbox_load *load,
                        const struct exec_span *span) {
  const struct sl_outbox_table *only = span->tables == 1 ? &load->tables[span->first_table] : NULL;
  char first[24];
  char rows[24];
  snprintf(first, sizeof first, "%lld", (long long)span->accepted + 1);
  snprintf(rows, sizeof rows, "%lld", (long long)load->batch_rows);
  const struct {
    const char *name, *value;
  } ours[] = {
    { "SLUICE_LOAD_ID", load->load_id },
    { "SLUICE_PIPELINE", load->pipeline },
    { "SLUICE_DATASET", load->dataset },
    { "SLUICE_FORMAT", sink->base.settings.format },
    { "SLUICE_FIRST_BATCH", first },
    { "SLUICE_BATCH_ROWS", rows },
    { "SLUICE_TABLE", only == NULL ? "" : only->name },
    { "SLUICE_WRITE_DISPOSITION", only == NULL ? "" : only->disposition },
    { "SLUICE_PRIMARY_KEY", only == NULL ? "" : only->primary_key },
  };
  enum { MOST = sizeof ours / sizeof ours[0] };
  char *texts[MOST + 1] = { NULL };
  bool good = true;
  for (size_t i = 0; i < MOST; i++) {
    struct sl_buffer text = { 0 };
    sl_buffer_printf(&text, "%s=%s", ours[i].name, ours[i].value == NULL ? "" : ours[i].value);
    texts[i] = sl_buffer_take(&text);
    good = good && texts[i] != NULL;
  }
  char **all = good ? sl_environment_with((const char *const *)texts, "SLUICE_") : NULL;
  for (size_t i = 0; i < MOST; i++) {
    free(texts[i]);
  }
  return all;
}
