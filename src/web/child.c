/* child.c - see child.h. */
#include "web/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"

extern char **environ;

enum { MOST_ARGUMENTS = 64, PATIENCE_SECONDS = 10 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Our environment and the child's own variable; malloc'ed. */
static char **environment_of(const struct web_child *child) {
  size_t n = 0;
  while (environ[n] != NULL) {
    n++;
  }
  char **all = sl_calloc_array(n + 2, sizeof *all);
  if (all != NULL) {
    memcpy(all, environ, n * sizeof *all);
    all[n] = (char *)child->variable;
  }
  return all;
}

static int spawn(struct web_child *child, char **environment, const int out[2],
                 const int errors[2]) {
  const char *argv[MOST_ARGUMENTS + 2] = { "/proc/self/exe" };
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none;
  pid_t pid = 0;
  for (size_t i = 0; i < MOST_ARGUMENTS && child->argv[i] != NULL; i++) {
    argv[i + 1] = child->argv[i];
  }
  sigemptyset(&none);
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, errors[1], STDERR_FILENO);
  posix_spawn_file_actions_addchdir_np(&actions, child->folder);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);
  int problem = posix_spawn(&pid, argv[0], &actions, &attributes, (char *const *)argv, environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  atomic_store(&child->pid, problem == 0 ? pid : 0);
  return problem;
}

/* Hands out the whole lines in `text` and keeps the rest. */
static void take_lines(struct web_child *child, struct sl_buffer *text, bool end) {
  size_t from = 0;
  for (size_t i = 0; i < text->length; i++) {
    if (text->data[i] == '\n') {
      text->data[i] = '\0';
      child->on_line(child->arg, text->data + from);
      from = i + 1;
    }
  }
  if (end && from < text->length) {
    child->on_line(child->arg, text->data + from);
    from = text->length;
  }
  if (from > 0) {
    memmove(text->data, text->data + from, text->length - from);
    text->length -= from;
    text->data[text->length] = '\0';
  }
}

static bool read_some(int fd, struct sl_buffer *into) {
  char block[16384];
  ssize_t n = read(fd, block, sizeof block);
  if (n > 0) {
    sl_buffer_append(into, block, (size_t)n);
  }
  return n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN));
}

/* Both pipes until they end. */
static void read_all(struct web_child *child, int out, int errors) {
  struct pollfd fds[2] = { { out, POLLIN, 0 }, { errors, POLLIN, 0 } };
  double end = child->seconds > 0 ? now() + child->seconds : 0;
  double kill_at = 0;
  while (fds[0].fd >= 0 || fds[1].fd >= 0) {
    poll(fds, 2, 200);
    if (fds[0].revents != 0 && !read_some(out, &child->output)) {
      fds[0].fd = -1;
    }
    if (fds[1].revents != 0 && !read_some(errors, &child->errors)) {
      fds[1].fd = -1;
    }
    if (child->on_line != NULL) {
      take_lines(child, &child->errors, fds[1].fd < 0);
    }
    child->timed_out = child->timed_out || (end > 0 && now() > end);
    child->too_much =
        child->too_much || (child->most_output > 0 && child->output.length > child->most_output);
    if (child->timed_out || child->too_much) {
      if (kill_at == 0) {
        kill_at = now() + PATIENCE_SECONDS;
        web_child_stop(child);
      } else if (now() > kill_at) {
        kill(-atomic_load(&child->pid), SIGKILL);
      }
      if (child->too_much) { /* not kept, but the pipe must not fill */
        child->output.length = child->most_output;
      }
    }
  }
}

static sl_status open_pipes(int out[2], int errors[2], struct sl_error *err) {
  if (pipe2(out, O_CLOEXEC) != 0) {
    return sl_fail_errno(err, errno, "making a pipe");
  }
  if (pipe2(errors, O_CLOEXEC) != 0) {
    int why = errno;
    close(out[0]);
    close(out[1]);
    return sl_fail_errno(err, why, "making a pipe");
  }
  return SL_OK;
}

sl_status web_child_run(struct web_child *child, struct sl_error *err) {
  int out[2];
  int errors[2];
  char **environment = environment_of(child);
  if (environment == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for an environment");
  }
  sl_status rc = open_pipes(out, errors, err);
  if (rc != SL_OK) {
    free(environment);
    return rc;
  }
  int problem = spawn(child, environment, out, errors);
  free(environment);
  close(out[1]);
  close(errors[1]);
  if (problem == 0) {
    read_all(child, out[0], errors[0]);
    int status = 0;
    while (waitpid(atomic_load(&child->pid), &status, 0) < 0 && errno == EINTR) {
    }
    atomic_store(&child->pid, 0);
    child->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  close(out[0]);
  close(errors[0]);
  return problem == 0 ? SL_OK : sl_fail_errno(err, problem, "starting sluice once more");
}

void web_child_stop(struct web_child *child) {
  pid_t pid = atomic_load(&child->pid);
  if (pid > 0) {
    kill(pid, SIGTERM);
  }
}
