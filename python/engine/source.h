/* source.h - the Python type Source: a source of the engine. */
#ifndef SL_PYTHON_SOURCE_H
#define SL_PYTHON_SOURCE_H

#include "native.h"
#include "python.h"

struct py_source {
  PyObject_HEAD struct native native;
  PyObject *texts; /* list of bytes: what `native` borrows */
  bool ready, started;
};

extern PyType_Spec py_source_spec;

/* Whether an object is one, for loads that read it. */
bool py_is_source(PyObject *object);

#endif
