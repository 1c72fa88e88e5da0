/* sink.c - see sink.h. */
#include "sink.h"

#include <stdlib.h>
#include <string.h>

#include <sluice/builder.h>
#include <sluice/sink.h>

#include "load.h"

/* name -> Arrow format of the columns: JSON does not say which text was a date. */
static PyObject *columns_of(const struct ArrowSchema *schema) {
  PyObject *columns = PyDict_New();
  for (int64_t i = 0; columns != NULL && i < schema->n_children; i++) {
    const struct ArrowSchema *column = schema->children[i];
    PyObject *format = PyUnicode_FromString(sl_schema_is_json(column) ? "json" : column->format);
    if (format == NULL || PyDict_SetItemString(columns, column->name, format) != 0) {
      Py_CLEAR(columns);
    }
    Py_XDECREF(format);
  }
  return columns;
}

static PyObject *call(PyObject *function, const struct sl_sink_batch *batch, const char *json,
                      size_t length) {
  PyObject *columns = columns_of(batch->schema);
  return columns == NULL ? NULL
                         : PyObject_CallFunction(
                               function, "ss#{s:N,s:z,s:s,s:z,s:L,s:s,s:s}", batch->table, json,
                               (Py_ssize_t)length, "columns", columns, "parent", batch->parent,
                               "write_disposition", batch->write_disposition, "primary_key",
                               batch->primary_key, "first_row", (long long)batch->first_row,
                               "load_id", batch->load_id, "key", batch->key);
}

static enum sl_sink_answer read_answer(PyObject *answer, struct sl_error *err) {
  const char *text = answer == NULL ? NULL : PyUnicode_AsUTF8AndSize(answer, NULL);
  if (text == NULL) {
    PyErr_Clear(); /* the function catches what users raise, so this is memory or a bug */
    sl_fail(err, SL_EINTERNAL, "the function of the destination gave no answer");
    return SL_SINK_REFUSED;
  }
  if (strcmp(text, "accepted") == 0) {
    return SL_SINK_ACCEPTED;
  }
  const char *colon = strchr(text, ':');
  sl_fail(err, SL_EDEST, "%s", colon == NULL ? text : colon + 1);
  return strncmp(text, "retry", 5) == 0 ? SL_SINK_RETRY : SL_SINK_REFUSED;
}

static enum sl_sink_answer send_batch(const struct sl_sink_batch *batch, void *arg,
                                      struct sl_error *err) {
  char *json = NULL;
  size_t length = 0;
  if (sl_sink_json(batch, 0, &json, &length, err) != SL_OK) {
    return SL_SINK_REFUSED;
  }
  PyGILState_STATE state = PyGILState_Ensure();
  PyObject *answer = call(arg, batch, json, length);
  enum sl_sink_answer said = read_answer(answer, err);
  Py_XDECREF(answer);
  PyGILState_Release(state);
  free(json);
  return said;
}

PyObject *py_register_sink(PyObject *module, PyObject *args) {
  const char *name;
  PyObject *function;
  long long rows;
  long long parallel;
  struct sl_error err = { 0 };
  (void)module;
  if (!PyArg_ParseTuple(args, "sOLL", &name, &function, &rows, &parallel)) {
    return NULL;
  }
  struct sl_sink_callback callback = {
    .name = name, .send = send_batch, .arg = function, .batch_rows = rows, .parallel = parallel
  };
  if (sl_sink_register(&callback, &err) != SL_OK) {
    return py_raise(&err);
  }
  Py_INCREF(function); /* for good: a load that runs may call it at any time */
  Py_RETURN_NONE;
}
