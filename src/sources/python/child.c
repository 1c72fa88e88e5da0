/* child.c - the Python process: its start, what it prints, its end; declared in python_internal.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/files.h"
#include "base/memory.h"
#include "sources/python/python_internal.h"

extern char **environ;

enum { CHILD_SOCKET = 3, LAST_WORDS_MILLIS = 400, LEAVE_MILLIS = 3000, STEP_MILLIS = 10 };

static void pause_millis(int millis) {
  const struct timespec time = { millis / 1000, (long)(millis % 1000) * 1000000 };
  nanosleep(&time, NULL);
}

/* ---- where the package is ---- */

/* Adds folders beside the program that hold it: a source tree's python/ and build/python/, or what
 * was installed. Without any, the interpreter has it itself. */
static void add_package_paths(struct sl_buffer *out) {
  static const char *const places[] = { "/../python", "/python", "/../lib/sluice/python" };
  char program[3900];
  ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
  program[n < 0 ? 0 : n] = '\0';
  char *slash = strrchr(program, '/');
  for (size_t i = 0; slash != NULL && i < sizeof places / sizeof places[0]; i++) {
    char path[4096];
    *slash = '\0';
    snprintf(path, sizeof path, "%s%s/_sluice.abi3.so", program, places[i]);
    bool module = sl_file_exists(path);
    snprintf(path, sizeof path, "%s%s/sluice/__init__.py", program, places[i]);
    if (module || sl_file_exists(path)) {
      sl_buffer_printf(out, "%s%s%s", out->length > 0 ? ":" : "", program, places[i]);
    }
  }
  const char *given = getenv("PYTHONPATH");
  if (given != NULL && given[0] != '\0') {
    sl_buffer_printf(out, "%s%s", out->length > 0 ? ":" : "", given);
  }
}

/* The environment with PYTHONPATH; the array is to be freed, its first text belongs to `path`. */
static char **environment(struct sl_buffer *path) {
  size_t n = 0;
  while (environ[n] != NULL) {
    n++;
  }
  sl_buffer_text(path, "PYTHONPATH=");
  struct sl_buffer paths = { 0 };
  add_package_paths(&paths);
  sl_buffer_text(path, paths.data == NULL ? "" : paths.data);
  sl_buffer_release(&paths);
  char **list = sl_calloc_array(n + 2, sizeof *list);
  size_t used = 0;
  if (list != NULL && !path->failed) {
    list[used++] = path->data;
    for (size_t i = 0; i < n; i++) {
      if (strncmp(environ[i], "PYTHONPATH=", 11) != 0) {
        list[used++] = environ[i];
      }
    }
  }
  return list;
}

/* ---- what it prints ---- */

static void keep_tail(struct python_child *child, const char *data, size_t length) {
  size_t room = sizeof child->tail;
  if (length > room) {
    data += length - room;
    length = room;
  }
  size_t drop = child->tail_length + length > room ? child->tail_length + length - room : 0;
  pthread_mutex_lock(&child->lock);
  memmove(child->tail, child->tail + drop, child->tail_length - drop);
  child->tail_length -= drop;
  memcpy(child->tail + child->tail_length, data, length);
  child->tail_length += length;
  pthread_mutex_unlock(&child->lock);
}

static void forward(const char *data, size_t length) {
  while (length > 0) {
    ssize_t n = write(STDERR_FILENO, data, length);
    if (n <= 0) {
      return; /* nobody reads it: not the user code's affair */
    }
    data += n;
    length -= (size_t)n;
  }
}

/* Until the child has ended, even if one of its own children still has the pipe. */
static void *listen_to(void *arg) {
  struct python_child *child = arg;
  char piece[4096];
  for (;;) {
    struct pollfd fd = { .fd = child->output, .events = POLLIN };
    int ready = poll(&fd, 1, 50);
    ssize_t n = ready > 0 ? read(child->output, piece, sizeof piece) : -1;
    if (n > 0) {
      forward(piece, (size_t)n);
      keep_tail(child, piece, (size_t)n);
    } else if (n == 0 || (ready == 0 && atomic_load(&child->ended))) {
      return NULL;
    }
  }
}

/* ---- start ---- */

static int spawn(struct python_child *child, const char *const *argv, int socket, int output) {
  struct sl_buffer path = { 0 };
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  char **env = environment(&path);
  int problem = env == NULL || env[0] == NULL ? ENOMEM : posix_spawn_file_actions_init(&actions);
  if (problem == 0) {
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawn_file_actions_adddup2(&actions, socket, CHILD_SOCKET);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    problem = posix_spawnp(&child->pid, argv[0], &actions, &attributes,
                           (char *const *)(uintptr_t)argv, env);
    child->pid = problem == 0 ? child->pid : 0;
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
  }
  free(env);
  sl_buffer_release(&path);
  return problem;
}

static sl_status connect_and_spawn(struct python_child *child, const char *const *argv,
                                   struct sl_error *err) {
  int ends[2] = { -1, -1 };
  int pipes[2] = { -1, -1 };
  int problem = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0 ? errno : 0;
  if (problem == 0 && pipe2(pipes, O_CLOEXEC) != 0) {
    problem = errno;
  }
  child->socket = ends[0];
  child->output = pipes[0];
  if (problem == 0) {
    problem = spawn(child, argv, ends[1], pipes[1]);
  }
  if (ends[1] >= 0) {
    close(ends[1]);
  }
  if (pipes[1] >= 0) {
    close(pipes[1]);
  }
  if (problem != 0) {
    return sl_fail_errno(err, problem, "cannot start %s for the Python source %s", argv[0],
                         child->name);
  }
  child->listening = pthread_create(&child->listener, NULL, listen_to, child) == 0;
  return child->listening ? SL_OK : sl_fail(err, SL_ENOMEM, "cannot start a thread");
}

sl_status python_child_start(struct python_child *child, const char *location,
                             const struct python_settings *settings, struct sl_error *err) {
  const char *dot = strrchr(location, '.');
  char module[256];
  *child =
      (struct python_child){ .socket = -1, .output = -1, .settings = settings, .name = location };
  pthread_mutex_init(&child->lock, NULL);
  if (dot == NULL || dot == location || dot[1] == '\0' ||
      (size_t)(dot - location) >= sizeof module) {
    return sl_fail(err, SL_EUSAGE,
                   "python:%s does not name a function: write python:module.function", location);
  }
  snprintf(module, sizeof module, "%.*s", (int)(dot - location), location);
  const char *const argv[] = {
    settings->program == NULL ? "python3" : settings->program,
    "-m",
    "sluice",
    "source",
    module,
    dot + 1,
    "--socket",
    "3",
    "--project",
    settings->folder == NULL ? "." : settings->folder,
    "--kwargs",
    settings->kwargs == NULL ? "{}" : settings->kwargs,
    NULL,
  };
  return connect_and_spawn(child, argv, err);
}

/* ---- end ---- */

static bool reap(struct python_child *child, int wait_millis, int *status) {
  for (int waited = 0;; waited += STEP_MILLIS) {
    pid_t pid = waitpid(child->pid, status, WNOHANG);
    if (pid == child->pid || (pid < 0 && errno != EINTR)) {
      child->pid = 0;
      atomic_store(&child->ended, true);
      return true;
    }
    if (waited >= wait_millis) {
      return false;
    }
    pause_millis(STEP_MILLIS);
  }
}

void python_child_stop(struct python_child *child) {
  atomic_store(&child->stopped, true);
  if (child->socket >= 0) {
    shutdown(child->socket, SHUT_RDWR);
  }
}

void python_child_end(struct python_child *child) {
  int status;
  if (child->socket >= 0) {
    shutdown(child->socket, SHUT_RDWR);
  }
  if (child->pid > 0) {
    pid_t group = child->pid;
    if (!reap(child, LEAVE_MILLIS, &status)) {
      kill(-group, SIGKILL);
      reap(child, LEAVE_MILLIS, &status);
    }
  }
  atomic_store(&child->ended, true);
  if (child->listening) {
    pthread_join(child->listener, NULL);
  }
  if (child->socket >= 0) {
    close(child->socket);
  }
  if (child->output >= 0) {
    close(child->output);
  }
  pthread_mutex_destroy(&child->lock);
}

/* The first line of a fatal traceback ("most recent call first") that is no file of Python's or
 * ours; "" = none. */
static void find_place(struct python_child *child, char *out, size_t size) {
  out[0] = '\0';
  pthread_mutex_lock(&child->lock);
  char text[sizeof child->tail + 1];
  memcpy(text, child->tail, child->tail_length);
  text[child->tail_length] = '\0';
  pthread_mutex_unlock(&child->lock);
  char *rest = NULL;
  for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
    if (strncmp(line, "  File \"", 8) == 0 && strstr(line, "/sluice/") == NULL &&
        strstr(line, "/lib/python") == NULL) {
      snprintf(out, size, ", at %s", line + 2);
      return;
    }
  }
}

sl_status python_child_lost(struct python_child *child, bool silent, struct sl_error *err) {
  int status = 0;
  char place[600];
  if (silent) { /* its traceback, before it is ended */
    kill(child->pid, SIGUSR1);
    pause_millis(LAST_WORDS_MILLIS);
    find_place(child, place, sizeof place);
    kill(-child->pid, SIGKILL);
    return sl_fail(err, SL_ESOURCE,
                   "Python source %s said nothing for %lld seconds and was ended%s: give it more "
                   "time with --timeout, or look why it waits",
                   child->name, (long long)child->settings->timeout, place);
  }
  bool ended = child->pid > 0 && reap(child, LEAVE_MILLIS, &status);
  pause_millis(LAST_WORDS_MILLIS / 4); /* the listener has its last words then */
  find_place(child, place, sizeof place);
  if (ended && WIFSIGNALED(status)) {
    return sl_fail(err, SL_ESOURCE,
                   "Python source %s crashed: its process was ended by signal %d (%s)%s",
                   child->name, WTERMSIG(status), strsignal(WTERMSIG(status)), place);
  }
  if (ended && WEXITSTATUS(status) == 1 && strstr(child->tail, "No module named sluice") != NULL) {
    return sl_fail(err, SL_ENOTFOUND,
                   "%s has no package sluice, which runs Python sources: install it there with pip",
                   child->settings->program == NULL ? "python3" : child->settings->program);
  }
  return sl_fail(err, SL_ESOURCE,
                 "Python source %s ended in the middle of its rows with exit code %d%s",
                 child->name, ended ? WEXITSTATUS(status) : -1, place);
}
