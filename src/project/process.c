/* process.c - see process.h. */
#include "project/process.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/mman.h>
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

struct ends { /* what the program gets for its standard files; -1 = ours */
  int input, output, errors;
};

/* A file in memory: whoever reads or writes it never waits for the other side. */
static int memory_file(const struct sl_buffer *content) {
  int fd = memfd_create("sluice", MFD_CLOEXEC);
  for (size_t at = 0; fd >= 0 && content != NULL && at < content->length;) {
    ssize_t n = pwrite(fd, content->data + at, content->length - at, (off_t)at);
    if (n < 0 && errno != EINTR) {
      close(fd);
      return -1;
    }
    at += n > 0 ? (size_t)n : 0;
  }
  return fd;
}

static int spawn(const struct sl_process *p, char **env, const struct ends *ends, pid_t *pid) {
  posix_spawn_file_actions_t actions;
  int problem = posix_spawn_file_actions_init(&actions);
  if (problem != 0) {
    return problem;
  }
  if (p->folder != NULL) {
    problem = posix_spawn_file_actions_addchdir_np(&actions, p->folder);
  }
  int errors = ends->errors >= 0 ? ends->errors : ends->output;
  if (problem == 0 && ends->input >= 0) {
    problem = posix_spawn_file_actions_adddup2(&actions, ends->input, STDIN_FILENO);
  }
  if (problem == 0 && ends->output >= 0) {
    problem = posix_spawn_file_actions_adddup2(&actions, ends->output, STDOUT_FILENO);
  }
  if (problem == 0 && errors >= 0 && !p->quiet_errors) {
    problem = posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
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

/* To the end: of a pipe, or of a file in memory from its beginning on. */
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

static void close_all(const int *fds, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (fds[i] >= 0) {
      close(fds[i]);
    }
  }
}

sl_status sl_process_run(const struct sl_process *p, int *code, struct sl_error *err) {
  int output[2] = { -1, -1 };
  pid_t pid = -1;
  int status = 0;
  struct ends ends = { .input = p->input == NULL ? -1 : memory_file(p->input),
                       .errors = p->errors == NULL ? -1 : memory_file(NULL) };
  int problem = (p->input != NULL && ends.input < 0) || (p->errors != NULL && ends.errors < 0) ||
                        (p->output != NULL && pipe2(output, O_CLOEXEC) != 0)
                    ? errno
                    : 0;
  ends.output = output[1];
  char **env = problem == 0 ? environment(p->env) : NULL;
  problem = problem != 0 ? problem : env == NULL ? ENOMEM : spawn(p, env, &ends, &pid);
  free(env);
  close_all(&output[1], 1);
  if (problem == 0 && p->output != NULL) {
    read_all(output[0], p->output);
  }
  while (problem == 0 && waitpid(pid, &status, 0) < 0) {
    problem = errno == EINTR ? 0 : errno;
  }
  if (problem == 0 && p->errors != NULL && lseek(ends.errors, 0, SEEK_SET) == 0) {
    read_all(ends.errors, p->errors);
  }
  close_all((const int[]){ ends.input, ends.errors, output[0] }, 3);
  if (problem != 0) {
    return sl_fail_errno(err, problem, "cannot run %s", p->argv[0]);
  }
  *code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return SL_OK;
}
