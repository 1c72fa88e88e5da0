/* sink.h - Python functions as destinations. */
#ifndef SL_PYTHON_SINK_H
#define SL_PYTHON_SINK_H

#include "python.h"

/* register_sink(name, function, batch_rows, parallel): makes callback:NAME a destination. The
 * function gets (table, json, info) from a thread of the engine and returns "accepted", or "retry"
 * or "refused" with a reason behind a colon. */
PyObject *py_register_sink(PyObject *module, PyObject *args);

#endif
