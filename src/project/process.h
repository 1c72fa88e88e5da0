/* process.h - other programs: git, dbt, pip, ssh, an editor. */
#ifndef SL_PROJECT_PROCESS_H
#define SL_PROJECT_PROCESS_H

#include "base/text.h"

struct sl_process {
  const char *const *argv;       /* NULL behind the last; argv[0] is looked up in PATH */
  const char *folder;            /* to run in; NULL = the current one */
  const char *const *env;        /* NAME=value to add, NULL behind the last; NULL = none */
  const struct sl_buffer *input; /* its standard input; NULL = ours */
  struct sl_buffer *output;      /* gets standard output and errors; NULL = they are ours */
  struct sl_buffer *errors;      /* gets standard error alone; NULL = it goes where `output` says */
  bool quiet_errors;             /* standard error goes nowhere */
};
/* Runs it to its end; *code: its exit code, 128 + signal when it was killed. SL_ENOTFOUND: there is
 * no such program. */
sl_status sl_process_run(const struct sl_process *process, int *code, struct sl_error *err);

#endif
