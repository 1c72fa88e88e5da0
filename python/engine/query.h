/* query.h - questions to a destination from Python. */
#ifndef SL_PYTHON_QUERY_H
#define SL_PYTHON_QUERY_H

#include "python.h"

/* query(destination, sql) -> capsule of an Arrow stream; the destination is open, read-only, until
 * the stream is released. */
PyObject *py_query(PyObject *module, PyObject *args);
/* execute(destination, sql): one statement, in a connection of its own. */
PyObject *py_execute(PyObject *module, PyObject *args);

#endif
