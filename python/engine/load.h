/* load.h - the Python type Load: one load whose rows come from Python. */
#ifndef SL_PYTHON_LOAD_H
#define SL_PYTHON_LOAD_H

#include "door.h"
#include "encode.h"

/* Blocks are handed over when they are this long, so that several threads share the work. */
#define PY_BLOCK_BYTES (1 << 20)

struct py_load {
  PyObject_HEAD struct door door;
  bool door_ready, running;
  struct sl_load_settings settings;
  PyObject *texts; /* list of bytes: what the settings borrow */
  struct py_kinds kinds;
  struct py_text encoded; /* rows that are not handed over yet */
  int64_t pending_rows;
  char origin[256];
  int64_t rows; /* of the table so far */
  pthread_t thread;
  struct sl_summary summary;
  sl_status status;
  struct sl_error error;
};

extern PyType_Spec py_load_spec;

/* The exception of the module: args (code, message, retryable). Returns NULL. */
PyObject *py_raise(const struct sl_error *err);

/* Hands a block over; waits, without the interpreter, while enough is on its way. Moves the block
 * in every case. 1: taken, 0: the load wants no more, -1: exception. */
int py_load_push(struct py_load *load, struct sl_block *block, int64_t bytes);
/* What is encoded so far. Likewise. */
int py_load_flush(struct py_load *load);
/* pages.c: methods of Load. */
PyObject *py_load_push_rows(PyObject *self, PyObject *page);
PyObject *py_load_drain(PyObject *self, PyObject *iterator);
PyObject *py_load_push_text(PyObject *self, PyObject *text);
PyObject *py_load_push_arrow(PyObject *self, PyObject *table);

#endif
