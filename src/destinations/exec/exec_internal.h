/* exec_internal.h - the exec sink while it is open. Private to this folder. */
#ifndef SL_DESTINATIONS_EXEC_INTERNAL_H
#define SL_DESTINATIONS_EXEC_INTERNAL_H

#include <sys/types.h>

#include "outbox/encode.h"

struct exec_settings {
  struct sl_sink_settings sink; /* first, see sink.h */
  const char *start;
  bool batches;
};

struct exec_sink {
  struct sl_sink base;
  bool per_table, batch_lines;
  char **argv; /* NULL-terminated; each and the array are malloc'ed */
};

/* The words of a command: separated by white space; '…' takes everything as it is, in "…" and
 * outside of quotes a backslash takes the next character. Nothing else is special: there is no
 * shell. SL_EUSAGE: no word, a quote that does not end. Freed with sl_texts_free. */
sl_status exec_split(const char *command, char ***words, struct sl_error *err);

/* Batches for one run of the program, table after table. Numbers count within it, from 1 on. */
struct exec_span {
  size_t first_table, tables;
  int64_t batches, accepted; /* of those tables; the accepted ones come first */
};

/* One run of the program from the first batch that is not accepted. *again: it asked to be started
 * again later (exit status 75). Batches that it accepts are noted in the load. */
sl_status exec_run(struct exec_sink *sink, struct sl_outbox_load *load,
                   const struct exec_span *span, bool *again, struct sl_error *err);

/* ---- program.c: a process and its three pipes ---- */

struct exec_program {
  pid_t pid;                 /* also its process group */
  int input, output, errors; /* our ends, not blocking; -1 = closed */
  int status;                /* of waitpid, once ended */
  bool ended;
};
/* SL_ENOTFOUND when the file or the name in PATH cannot be executed. */
sl_status exec_program_find(const char *name, struct sl_error *err);
sl_status exec_program_start(struct exec_program *p, char *const *argv, char *const *environment,
                             struct sl_error *err);
/* Takes note of its end if it has ended; wait: blocks until then. */
void exec_program_reap(struct exec_program *p, bool wait);
/* Asks it and its children to end, and makes them after two seconds. */
void exec_program_kill(struct exec_program *p);
void exec_program_close(struct exec_program *p); /* the pipes; the process must have ended */
/* The program's environment for a run: ours and SLUICE_…; freed with sl_texts_free. */
char **exec_environment(const struct exec_sink *sink, const struct sl_outbox_load *load,
                        const struct exec_span *span);

#endif
