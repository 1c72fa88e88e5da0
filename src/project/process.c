/* process.c - see process.h. */
#include "project/process.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"

extern char **environ;

/* Ours first: the first of two that have the same name counts. */
static char **environment(const char *const *added) {
  size_t n = 0;
  size_t inherited = 0;
  while (added != NULL && added[n] != NULL) {
    n++;
  }
  while (environ[inherited] != NULL) {
    inherited++;
  }
  char **list = sl_calloc_array(n + inherited + 1, sizeof *list);
  for (size_t i = 0; list != NULL && i < n; i++) {
    list[i] = (char *)(uintptr_t)added[i]; /* posix_spawn does not write to it */
  }
  for (size_t i = 0; list != NULL && i < inherited; i++) {
    list[n + i] = environ[i];
  }
  return list;
}

static int spawn(const struct sl_process *p, char **env, int output, pid_t *pid) {
  posix_spawn_file_actions_t actions;
  int problem = posix_spawn_file_actions_init(&actions);
  if (problem != 0) {
    return problem;
  }
  if (p->folder != NULL) {
    problem = posix_spawn_file_actions_addchdir_np(&actions, p->folder);
  }
  if (problem == 0 && output >= 0) {
    problem = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    problem = problem != 0 || p->quiet_errors
                  ? problem
                  : posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  }
  if (problem == 0 && p->quiet_errors) {
    problem = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  }
  if (problem == 0) {
    problem = posix_spawnp(pid, p->argv[0], &actions, NULL, (char *const *)(uintptr_t)p->argv, env);
  }
  posix_spawn_file_actions_destroy(&actions);
  return problem;
}

static void read_all(int fd, struct sl_buffer *out) {
  char piece[4096];
  for (ssize_t n; (n = read(fd, piece, sizeof piece)) != 0;) {
    if (n > 0) {
      sl_buffer_append(out, piece, (size_t)n);
    } else if (errno != EINTR) {
      return;
    }
  }
}

sl_status sl_process_run(const struct sl_process *p, int *code, struct sl_error *err) {
  int ends[2] = { -1, -1 };
  pid_t pid = -1;
  int status = 0;
  if (p->output != NULL && pipe2(ends, O_CLOEXEC) != 0) {
    return sl_fail_errno(err, errno, "cannot start %s", p->argv[0]);
  }
  char **env = environment(p->env);
  int problem = env == NULL ? ENOMEM : spawn(p, env, ends[1], &pid);
  free(env);
  if (ends[1] >= 0) {
    close(ends[1]);
  }
  if (problem == 0 && p->output != NULL) {
    read_all(ends[0], p->output);
  }
  if (ends[0] >= 0) {
    close(ends[0]);
  }
  if (problem != 0) {
    return sl_fail_errno(err, problem, "cannot start %s", p->argv[0]);
  }
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) {
      return sl_fail_errno(err, errno, "waiting for %s", p->argv[0]);
    }
  }
  *code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return SL_OK;
}
