/* What is kept of syncs, and how a killed one is told. */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/files.h"
#include "project/history.h"

#include "../test.h"

static struct sl_project *make_project(char folder[32]) {
  struct sl_error err = { 0 };
  struct sl_project *project = NULL;
  char path[96];
  snprintf(folder, 32, "/tmp/sluice-his-XXXXXX");
  if (!CHECK(mkdtemp(folder) != NULL)) {
    return NULL;
  }
  snprintf(path, sizeof path, "%s/.dango", folder);
  CHECK_OK(sl_folder_make(path, &err), &err);
  snprintf(path, sizeof path, "%s/.dango/project.yml", folder);
  CHECK_OK(sl_file_write(path, "", 0, false, &err), &err);
  CHECK_OK(sl_project_open(&project, folder, &err), &err);
  return project;
}

TEST(append_and_read) {
  char folder[32];
  struct sl_error err = { 0 };
  struct sl_history history = { 0 };
  struct sl_project *project = make_project(folder);
  if (project == NULL) {
    return;
  }
  CHECK_OK(sl_history_read(project, "s", &history, &err), &err);
  CHECK_INT("none", history.count, 0);
  for (int i = 0; i < 103; i++) {
    char when[] = "2026-01-02T03:04:05+00:00";
    struct sl_history_entry e = { .timestamp = when,
                                  .status = SL_SYNC_PARTIAL,
                                  .duration_seconds = 1.5,
                                  .rows_processed = i,
                                  .total_row_count = -1,
                                  .bytes = 7 };
    CHECK_OK(sl_history_append(project, "s", &e, &err), &err);
  }
  CHECK_OK(sl_history_read(project, "s", &history, &err), &err);
  CHECK_INT("the last hundred", history.count, 100);
  CHECK_INT("oldest first", history.entries[0].rows_processed, 3);
  CHECK_INT("not known", history.entries[99].total_row_count, -1);
  CHECK_INT("status", history.entries[99].status, SL_SYNC_PARTIAL);
  sl_history_release(&history);
  sl_project_close(project);
  CHECK_OK(sl_folder_delete(folder, &err), &err);
}

TEST(a_killed_sync_is_interrupted) {
  char folder[32];
  struct sl_error err = { 0 };
  struct sl_running running = SL_RUNNING_NONE;
  struct sl_running_state state;
  struct sl_history history = { 0 };
  struct sl_project *project = make_project(folder);
  int ready[2];
  if (project == NULL || !CHECK(pipe(ready) == 0)) {
    return;
  }
  pid_t child = fork();
  if (child == 0) {
    sl_status rc = sl_running_begin(project, "s", &running, NULL);
    if (write(ready[1], rc == SL_OK ? "y" : "n", 1) == 1) {
      pause();
    }
    _exit(1);
  }
  char answer = 0;
  CHECK(read(ready[0], &answer, 1) == 1 && answer == 'y');
  CHECK_OK(sl_running_look(project, "s", &state, &err), &err);
  CHECK(state.running && state.pid == (long)child);
  CHECK_FAILS(sl_running_begin(project, "s", &running, &err), SL_EBUSY, &err);
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  CHECK_OK(sl_running_look(project, "s", &state, &err), &err);
  CHECK(!state.running);
  CHECK_OK(sl_history_read(project, "s", &history, &err), &err);
  CHECK_INT("entries", history.count, 1);
  CHECK(history.count == 1 && history.entries[0].status == SL_SYNC_INTERRUPTED);
  sl_history_release(&history);
  CHECK_OK(sl_running_begin(project, "s", &running, &err), &err);
  sl_running_end(&running);
  CHECK_OK(sl_running_look(project, "s", &state, &err), &err);
  CHECK(!state.running);
  sl_project_close(project);
  close(ready[0]);
  close(ready[1]);
  CHECK_OK(sl_folder_delete(folder, &err), &err);
}
