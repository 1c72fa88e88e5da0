/* spawn.h - other programs: an environment, a start, an end. Pipes and patience are the caller's.
 */
#ifndef SL_BASE_SPAWN_H
#define SL_BASE_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

enum { SL_SPAWN_OURS = -1, SL_SPAWN_NOWHERE = -2 }; /* in place of a descriptor: /dev/null */

struct sl_spawn {
  const char *const *argv; /* NULL behind the last; argv[0] is looked up in PATH */
  char *const *environment;
  const char *folder;        /* to run in; NULL = the current one */
  int input, output, errors; /* descriptors for its 0, 1 and 2; those above 2 are never mixed up */
  bool apart; /* in a process group of its own, with the signals of a fresh process */
};
/* 0, or the errno of what failed: ENOENT when there is no such program. Any thread. */
int sl_spawn_start(const struct sl_spawn *spawn, pid_t *pid);
/* Waits for its end; *code: its exit code, 128 + signal when it was killed. 0, or the errno. */
int sl_spawn_wait(pid_t pid, int *code);

/* A copy of our environment with `added` (NAME=value, NULL behind the last; NULL = none) in place
 * of what has the same names; ours that begin with `without` are left out (NULL = none are). NULL =
 * no memory. Freed with sl_texts_free. */
char **sl_environment_with(const char *const *added, const char *without);

#endif
