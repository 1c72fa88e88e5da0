/* process.c - see process.h. */
#include "project/process.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/spawn.h"

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
  int input = p->input == NULL ? SL_SPAWN_OURS : memory_file(p->input);
  int errors = p->errors == NULL ? -1 : memory_file(NULL);
  int problem = (p->input != NULL && input < 0) || (p->errors != NULL && errors < 0) ||
                        (p->output != NULL && pipe2(output, O_CLOEXEC) != 0)
                    ? errno
                    : 0;
  char **env = sl_environment_with(p->env, NULL);
  struct sl_spawn spawn = { .argv = p->argv,
                            .environment = env,
                            .folder = p->folder,
                            .input = input,
                            .output = p->output == NULL ? SL_SPAWN_OURS : output[1],
                            .errors = p->quiet_errors     ? SL_SPAWN_NOWHERE
                                      : errors >= 0       ? errors
                                      : p->output == NULL ? SL_SPAWN_OURS
                                                          : output[1] };
  problem = problem != 0 ? problem : env == NULL ? ENOMEM : sl_spawn_start(&spawn, &pid);
  sl_texts_free(env);
  close_all(&output[1], 1);
  if (problem == 0 && p->output != NULL) {
    read_all(output[0], p->output);
  }
  problem = problem == 0 ? sl_spawn_wait(pid, code) : problem;
  if (problem == 0 && p->errors != NULL && lseek(errors, 0, SEEK_SET) == 0) {
    read_all(errors, p->errors);
  }
  close_all((const int[]){ input, errors, output[0] }, 3);
  return problem == 0 ? SL_OK : sl_fail_errno(err, problem, "cannot run %s", p->argv[0]);
}
