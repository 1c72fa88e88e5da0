/* child.h - this program started once more, for what may take long or much memory: a sync, a query;
 * or another one: a script.
 *
 * So the server stays small, a crash hurts only its own job, and stopping is a signal. */
#ifndef WEB_CHILD_H
#define WEB_CHILD_H

#include <stdatomic.h>
#include <sys/types.h>

#include "base/text.h"

struct web_child {
  const char *program;     /* looked up in PATH; NULL = this one once more */
  const char *const *argv; /* arguments behind the program's name; NULL behind the last */
  const char *folder;      /* to run in */
  const char *variable;    /* NAME=value to add to its environment, for secrets; NULL = none */
  double seconds;          /* it is stopped after that long; 0 = never */
  size_t most_output;      /* bytes of standard output; it is stopped beyond; 0 = no limit */
  /* Called with each line of standard error, without its newline; NULL = kept in `errors`. */
  void (*on_line)(void *arg, const char *line);
  void *arg;
  /* Set while it runs; for signals from other threads. */
  _Atomic(pid_t) pid;
  /* What came out of it; released by the caller. */
  struct sl_buffer output, errors;
  int code; /* exit code; 128 + signal when it was killed */
  bool timed_out, too_much;
};

/* Runs it to its end. */
sl_status web_child_run(struct web_child *child, struct sl_error *err);
/* SIGTERM to one that runs; any thread. */
void web_child_stop(struct web_child *child);

#endif
