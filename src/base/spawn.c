/* spawn.c - see spawn.h. */
#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/memory.h"

extern char **environ;

static int set_attributes(posix_spawnattr_t *attributes) {
  sigset_t all;
  sigset_t none;
  sigfillset(&all);
  sigdelset(&all, SIGKILL);
  sigdelset(&all, SIGSTOP);
  sigemptyset(&none);
  int problem = posix_spawnattr_setflags(
      attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  problem = problem != 0 ? problem : posix_spawnattr_setpgroup(attributes, 0);
  problem = problem != 0 ? problem : posix_spawnattr_setsigmask(attributes, &none);
  return problem != 0 ? problem : posix_spawnattr_setsigdefault(attributes, &all);
}

static int add_descriptor(posix_spawn_file_actions_t *actions, int ours, int theirs) {
  if (ours == SL_SPAWN_OURS) {
    return 0;
  }
  return ours == SL_SPAWN_NOWHERE
             ? posix_spawn_file_actions_addopen(actions, theirs, "/dev/null", O_RDWR, 0)
             : posix_spawn_file_actions_adddup2(actions, ours, theirs);
}

static int start_with(const struct sl_spawn *s, posix_spawn_file_actions_t *actions, pid_t *pid) {
  posix_spawnattr_t attributes;
  int problem = s->folder == NULL ? 0 : posix_spawn_file_actions_addchdir_np(actions, s->folder);
  problem = problem != 0 ? problem : add_descriptor(actions, s->input, 0);
  problem = problem != 0 ? problem : add_descriptor(actions, s->output, 1);
  problem = problem != 0 ? problem : add_descriptor(actions, s->errors, 2);
  problem = problem != 0 ? problem : posix_spawnattr_init(&attributes);
  if (problem != 0) {
    return problem;
  }
  problem = s->apart ? set_attributes(&attributes) : 0;
  if (problem == 0) { /* argv is not written to */
    problem = posix_spawnp(pid, s->argv[0], actions, &attributes, (char *const *)(uintptr_t)s->argv,
                           s->environment);
  }
  posix_spawnattr_destroy(&attributes);
  return problem;
}

int sl_spawn_start(const struct sl_spawn *spawn, pid_t *pid) {
  posix_spawn_file_actions_t actions;
  int problem = posix_spawn_file_actions_init(&actions);
  if (problem == 0) {
    problem = start_with(spawn, &actions, pid);
    posix_spawn_file_actions_destroy(&actions);
  }
  return problem;
}

int sl_spawn_wait(pid_t pid, int *code) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) {
      return errno;
    }
  }
  *code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return 0;
}

/* ---- environment ---- */

static size_t count(const char *const *texts) {
  size_t n = 0;
  while (texts != NULL && texts[n] != NULL) {
    n++;
  }
  return n;
}

/* Whether an entry has the name of one of those in the list. */
static bool is_named(const char *entry, char *const *list, size_t n) {
  size_t length = strcspn(entry, "=") + 1;
  for (size_t i = 0; i < n; i++) {
    if (strncmp(entry, list[i], length) == 0) {
      return true;
    }
  }
  return false;
}

char **sl_environment_with(const char *const *added, const char *without) {
  const char *const *inherited = (const char *const *)(uintptr_t)environ;
  size_t n_added = count(added);
  size_t most = n_added + count(inherited);
  char **list = sl_calloc_array(most + 1, sizeof *list);
  size_t n = 0;
  for (size_t i = 0; list != NULL && i < most; i++) {
    const char *entry = i < n_added ? added[i] : inherited[i - n_added];
    bool left_out = without != NULL && strncmp(entry, without, strlen(without)) == 0;
    if (i >= n_added && (left_out || is_named(entry, list, n_added))) {
      continue;
    }
    list[n] = strdup(entry);
    if (list[n++] == NULL) {
      sl_texts_free(list);
      list = NULL;
    }
  }
  return list;
}
