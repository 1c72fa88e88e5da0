/* module.c - the module _sluice: the engine for the Python package. */
#include <string.h>

#include "load.h"
#include "query.h"
#include "schema_rules.h"
#include "sink.h"
#include "source.h"

static PyObject *engine_error; /* lives as long as the program */

PyObject *py_raise(const struct sl_error *err) {
  PyObject *args = Py_BuildValue("(ssO)", sl_status_name(err->code), err->message,
                                 err->retryable ? Py_True : Py_False);
  if (args != NULL) {
    PyErr_SetObject(engine_error, args);
    Py_DECREF(args);
  }
  return NULL;
}

/* encode(rows, classify, convert) -> bytes: rows as blocks of documents carry them. */
static PyObject *encode(PyObject *module, PyObject *args) {
  PyObject *page;
  struct py_kinds kinds = { 0 };
  struct py_text text = { 0 };
  int64_t rows = 0;
  int rc = 0;
  (void)module;
  if (!PyArg_ParseTuple(args, "O!O!OO", &PyList_Type, &page, &PyDict_Type, &kinds.of_type,
                        &kinds.classify, &kinds.convert)) {
    return NULL;
  }
  for (Py_ssize_t i = 0; rc == 0 && i < PyList_Size(page); i++) {
    PyObject *row = PyList_GetItem(page, i);
    Py_XINCREF(row);
    rc = row == NULL ? -1 : py_encode_row(&text, row, &kinds, &rows);
    Py_XDECREF(row);
  }
  PyObject *out = rc == 0 ? PyBytes_FromStringAndSize(text.data, (Py_ssize_t)text.length) : NULL;
  py_text_release(&text);
  return out;
}

static PyObject *stop_loads(PyObject *module, PyObject *unused) {
  (void)module, (void)unused;
  sl_load_cancel();
  Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
  { "encode", encode, METH_VARARGS, "Rows as typed JSON lines." },
  { "query", py_query, METH_VARARGS, "A query's result as the capsule of an Arrow stream." },
  { "execute", py_execute, METH_VARARGS, "Runs one statement." },
  { "register_sink", py_register_sink, METH_VARARGS, "A function as destination." },
  { "stop_loads", stop_loads, METH_NOARGS, "Asks all running loads to stop and roll back." },
  { "name_identifier", py_name_identifier, METH_VARARGS, "A name by a naming convention." },
  { "name_path", py_name_path, METH_VARARGS, "A path of names by a naming convention." },
  { "name_tag", py_name_tag, METH_VARARGS, "What marks a name that was shortened." },
  { "detect", py_detect, METH_VARARGS, "The type that detectors give a value." },
  { "coerce", py_coerce, METH_VARARGS, "A value as another type, or None." },
  { "schema_new", py_schema_new, METH_VARARGS, "A new schema as JSON." },
  { "schema_read", py_schema_read, METH_VARARGS, "A stored schema as JSON of today." },
  { "schema_hash", py_schema_hash, METH_VARARGS, "The version hash of a schema." },
  { "json_to_yaml", py_json_to_yaml, METH_VARARGS, "JSON as YAML." },
  { "capabilities", py_capabilities, METH_VARARGS, "What a destination promises." },
  { NULL, NULL, 0, NULL },
};

static int fill(PyObject *module) {
  engine_error = PyErr_NewExceptionWithDoc(
      "_sluice.EngineError", "What the engine refused: args are code, message, retryable.", NULL,
      NULL);
  PyObject *type = PyType_FromSpec(&py_load_spec);
  int rc = engine_error == NULL || type == NULL ? -1 : 0;
  if (rc == 0) {
    rc = PyModule_AddObjectRef(module, "EngineError", engine_error);
  }
  if (rc == 0) {
    rc = PyModule_AddObjectRef(module, "Load", type);
  }
  Py_XDECREF(type);
  PyObject *source = rc == 0 ? PyType_FromSpec(&py_source_spec) : NULL;
  if (rc == 0) {
    rc = source == NULL ? -1 : PyModule_AddObjectRef(module, "Source", source);
  }
  Py_XDECREF(source);
  return rc == 0 ? PyModule_AddStringConstant(module, "version", sl_version()) : rc;
}

static struct PyModuleDef definition = {
  PyModuleDef_HEAD_INIT,
  .m_name = "_sluice",
  .m_doc = "The engine of the package sluice; not for direct use.",
  .m_size = -1,
  .m_methods = functions,
};

PyMODINIT_FUNC PyInit__sluice(void); /* its only caller is Python */
PyMODINIT_FUNC PyInit__sluice(void) {
  PyObject *module = PyModule_Create(&definition);
  if (module != NULL && fill(module) != 0) {
    Py_CLEAR(module);
  }
  return module;
}
