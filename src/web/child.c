/* child.c - see child.h. */
#include "web/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/spawn.h"

enum { MOST_ARGUMENTS = 64, PATIENCE_SECONDS = 10 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int start(struct web_child *child, char **environment, int out, int errors) {
  const char *argv[MOST_ARGUMENTS + 2] = { child->program == NULL ? "/proc/self/exe"
                                                                  : child->program };
  for (size_t i = 0; i < MOST_ARGUMENTS && child->argv[i] != NULL; i++) {
    argv[i + 1] = child->argv[i];
  }
  struct sl_spawn spawn = { .argv = argv,
                            .environment = environment,
                            .folder = child->folder,
                            .input = SL_SPAWN_NOWHERE,
                            .output = out,
                            .errors = errors,
                            .apart = true };
  pid_t pid = 0;
  int problem = sl_spawn_start(&spawn, &pid);
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
  const char *const added[] = { child->variable, NULL };
  char **environment = sl_environment_with(added, NULL);
  if (environment == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for an environment");
  }
  sl_status rc = open_pipes(out, errors, err);
  if (rc != SL_OK) {
    sl_texts_free(environment);
    return rc;
  }
  int problem = start(child, environment, out[1], errors[1]);
  sl_texts_free(environment);
  close(out[1]);
  close(errors[1]);
  if (problem == 0) {
    read_all(child, out[0], errors[0]);
    problem = sl_spawn_wait(atomic_load(&child->pid), &child->code);
    atomic_store(&child->pid, 0);
  }
  close(out[0]);
  close(errors[0]);
  return problem == 0 ? SL_OK
                      : sl_fail_errno(err, problem, "starting %s",
                                      child->program == NULL ? "sluice once more" : child->program);
}

void web_child_stop(struct web_child *child) {
  pid_t pid = atomic_load(&child->pid);
  if (pid > 0) {
    kill(pid, SIGTERM);
  }
}
