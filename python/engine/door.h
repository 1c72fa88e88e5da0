/* door.h - a source whose blocks come from Python: what the engine's thread and Python's share.
 *
 * The load runs on a thread of its own. What it wants to know it asks (door_ask) and waits; the
 * thread of the Python program looks for questions, answers them, and between `start` and the end
 * of a table pushes blocks. So user code runs on the thread that it was written for, signals reach
 * it, and the engine never needs the interpreter. */
#ifndef SL_PYTHON_DOOR_H
#define SL_PYTHON_DOOR_H

#include <pthread.h>
#include <stdbool.h>

#include <sluice/engine.h>
#include <sluice/source.h>

#include "native.h"

enum door_question {
  DOOR_NONE,
  DOOR_RESTORE,  /* text: the pipeline's state; answer: the tables */
  DOOR_TABLES,   /* those listed so far are read; answer: them and any others */
  DOOR_HINTS,    /* table; answer: settings of the load for it */
  DOOR_START,    /* table; blocks may come after the answer; a native table: its state or NULL */
  DOOR_STATE,    /* table, text: the state after a native table; answer: nothing */
  DOOR_REMEMBER, /* answer: text, the state of the sources or NULL */
  DOOR_ENDED     /* the load is over; not to be answered */
};

struct door_block { /* on its way to the engine */
  struct door_block *next;
  struct sl_block block;
  int64_t bytes;
};

struct door_table {
  char *name, *target;
  bool empty_too;        /* is made even if no row comes */
  struct native *native; /* the engine reads the table itself; NULL = Python pushes blocks */
  char *native_table;
};

struct door_hint { /* an option of the load and its text */
  char *name, *text;
};

struct door {
  struct sl_source base;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  enum door_question question;
  int64_t table; /* of the question */
  char *text;    /* of the question, then of the answer */
  bool answered;

  struct door_table *tables;
  size_t n_tables;
  bool listed;             /* once, to the engine */
  struct door_hint *hints; /* of the table that is being loaded */
  size_t n_hints;

  struct door_block *first, *last;
  int64_t bytes, limit;
  struct native *reading; /* the table that was started is one of this source */
  int64_t started;        /* number of the table */
  bool table_ended;
  bool stopped;  /* the engine wants nothing more */
  char *failure; /* Python could not go on: why */

  struct sl_progress progress;
  char progress_table[256];
};

extern const struct sl_source_ops door_ops;

void door_init(struct door *door, int64_t limit);
void door_release(struct door *door);
void door_forget_hints(struct door *door);
void door_forget_tables(struct door *door);
/* Any thread. */
void door_stop(struct door *door);
void door_fail(struct door *door, const char *why);
/* sl_progress_fn; arg is the door. */
void door_note_progress(const struct sl_progress *progress, void *arg);
/* The load has ended. */
void door_end(struct door *door);

#endif
