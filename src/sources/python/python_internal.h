/* python_internal.h - the child process and how to speak with it. Private to src/sources/python/.
 *
 * The child is `python -m sluice source MODULE FUNCTION`, with a socket as its descriptor 3. The
 * engine asks, the child answers (python/sluice/serve.py); both send frames: one byte of kind,
 * eight of length (little endian), then so many bytes. What user code prints goes to our standard
 * error, and its last lines are kept: when Python dies, they say where. */
#ifndef SL_SOURCES_PYTHON_INTERNAL_H
#define SL_SOURCES_PYTHON_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include <sluice/source.h>

#include "base/text.h"

enum python_frame {
  /* questions */
  PYTHON_RESTORE = 'r',  /* state of the pipeline; answer: tables */
  PYTHON_LIST = 'l',     /* answer: tables, without reading anything */
  PYTHON_TABLES = 't',   /* answer: tables known by now */
  PYTHON_HINTS = 'h',    /* number of a table; answer: hints */
  PYTHON_START = 's',    /* number of a table; answer: rows until its end */
  PYTHON_REMEMBER = 'm', /* answer: state */
  /* answers */
  PYTHON_JSON = 'J',      /* tables [[name, target, even without rows]], hints {option: text} */
  PYTHON_DOCUMENTS = 'D', /* typed JSON, a value a line */
  PYTHON_ARROW = 'A',     /* one batch as a stream in Arrow's IPC format */
  PYTHON_END = 'E',       /* of the table */
  PYTHON_FAILURE = 'F',   /* {"code", "message"} */
  PYTHON_WARNING = 'W',   /* a line for the user */
  /* asked by the child at any time: a copy of a DuckDB file that we have open, "path\nto" */
  PYTHON_COPY = 'C',
  PYTHON_COPIED = 'c' /* its answer: "" or why not */
};

struct python_settings {
  const char *kwargs;  /* JSON object, NULL = {} */
  const char *program; /* the interpreter, NULL = python3 */
  const char *folder;  /* of the project, NULL = the current one */
  int64_t timeout;     /* seconds without a word from the child, 0 = any */
};

struct python_child {
  pid_t pid;  /* of its own process group; 0 = none */
  int socket; /* -1 = none */
  int output; /* what it prints; -1 = none */
  pthread_t listener;
  bool listening;
  atomic_bool stopped, ended; /* cancelled; reaped */
  pthread_mutex_t lock;       /* of tail */
  char tail[8192];            /* the last that it printed */
  size_t tail_length;
  const struct python_settings *settings;
  const char *name; /* "my_api.my_source", for messages */
};

/* Starts `python -m sluice source MODULE FUNCTION`; location is "module.function". */
sl_status python_child_start(struct python_child *child, const char *location,
                             const struct python_settings *settings, struct sl_error *err);
/* Any thread: it need not go on. */
void python_child_stop(struct python_child *child);
/* Waits a little for its end, then ends it. */
void python_child_end(struct python_child *child);
/* The error for a child that is gone or says nothing: how it died, and the line it was at. */
sl_status python_child_lost(struct python_child *child, bool silent, struct sl_error *err);

sl_status python_send(struct python_child *child, enum python_frame kind, const char *data,
                      size_t length, struct sl_error *err);
/* Reads a frame into *data, which has SL_BLOCK_PADDING zero bytes behind it and is the caller's.
 * A failure that the child tells becomes the error. SL_ECANCELLED after python_child_stop. */
sl_status python_receive(struct python_child *child, enum python_frame *kind, char **data,
                         size_t *length, struct sl_error *err);

#endif
