/* test_spawn.c - programs that are started: what they are given and how they end. */
#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "unit/test.h"

/* What `sh -c script` writes to its standard output; *code: how it ended. */
static void run(struct sl_spawn spawn, const char *script, struct sl_buffer *out, int *code) {
  const char *argv[] = { "sh", "-c", script, NULL };
  int ends[2];
  pid_t pid = 0;
  char piece[256];
  CHECK(pipe2(ends, O_CLOEXEC) == 0);
  spawn.argv = argv;
  spawn.output = ends[1];
  CHECK_INT("starts", sl_spawn_start(&spawn, &pid), 0);
  close(ends[1]);
  for (ssize_t n; (n = read(ends[0], piece, sizeof piece)) > 0;) {
    sl_buffer_append(out, piece, (size_t)n);
  }
  close(ends[0]);
  CHECK_INT("ends", sl_spawn_wait(pid, code), 0);
}

TEST(what_a_program_is_given) {
  static const char *const added[] = { "SPAWN_A=1", "PATH=/usr/bin:/bin", NULL };
  int code = -1;
  setenv("SPAWN_A", "outer", 1);
  setenv("SPAWN_B", "outer", 1);
  char **environment = sl_environment_with(added, "SPAWN_");
  struct sl_spawn spawn = {
    .environment = environment, .folder = "/", .input = SL_SPAWN_NOWHERE, .errors = SL_SPAWN_NOWHERE
  };
  struct sl_buffer out = { 0 };
  run(spawn, "echo lost >&2; cat; echo \"$SPAWN_A,$SPAWN_B,$PWD,$PATH\"; exit 3", &out, &code);
  CHECK_STR("environment and folder", out.data == NULL ? "" : out.data, "1,,/,/usr/bin:/bin\n");
  CHECK_INT("its exit code", code, 3);
  sl_texts_free(environment);
  sl_buffer_release(&out);
}

TEST(signals_are_those_of_a_fresh_process) {
  int code = -1;
  char **environment = sl_environment_with(NULL, NULL);
  struct sl_spawn spawn = {
    .environment = environment, .input = SL_SPAWN_OURS, .errors = SL_SPAWN_OURS, .apart = true
  };
  struct sl_buffer out = { 0 };
  signal(SIGTERM, SIG_IGN);
  run(spawn, "kill -TERM $$; echo still here", &out, &code);
  signal(SIGTERM, SIG_DFL);
  CHECK_INT("killed", code, 128 + SIGTERM);
  CHECK_INT("nothing said", out.length, 0);
  sl_texts_free(environment);
  sl_buffer_release(&out);
}

TEST(no_such_program) {
  const char *argv[] = { "sluice-has-no-such-program", NULL };
  char **environment = sl_environment_with(NULL, NULL);
  struct sl_spawn spawn = { .argv = argv,
                            .environment = environment,
                            .input = SL_SPAWN_OURS,
                            .output = SL_SPAWN_OURS,
                            .errors = SL_SPAWN_OURS };
  pid_t pid = 0;
  CHECK_INT("is told", sl_spawn_start(&spawn, &pid), ENOENT);
  sl_texts_free(environment);
}
