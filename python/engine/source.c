/* source.c - see source.h: what a Python program asks a source. */
#include "source.h"

#include <stdlib.h>
#include <string.h>

#include <sluice/builder.h>

#include "load.h"

static const char *keep(struct py_source *self, PyObject *text) {
  PyObject *bytes = PyUnicode_AsUTF8String(text);
  const char *data =
      bytes == NULL || PyList_Append(self->texts, bytes) != 0 ? NULL : PyBytes_AsString(bytes);
  Py_XDECREF(bytes);
  return data;
}

static int set_options(struct py_source *self, PyObject *options) {
  Py_ssize_t at = 0;
  PyObject *key;
  PyObject *value;
  struct sl_error err = { 0 };
  while (PyDict_Next(options, &at, &key, &value)) {
    const char *name = keep(self, key);
    const char *text = name == NULL ? NULL : keep(self, value);
    if (text == NULL) {
      return -1;
    }
    if (sl_options_set(self->native.ops->options, self->native.settings, name, text, &err) !=
        SL_OK) {
      py_raise(&err);
      return -1;
    }
  }
  return 0;
}

/* Source(location, options, tables or None, write_disposition or None) */
static int source_init(PyObject *object, PyObject *args, PyObject *kwargs) {
  struct py_source *self = (struct py_source *)object;
  PyObject *location;
  PyObject *options;
  PyObject *tables;
  PyObject *disposition;
  struct sl_error err = { 0 };
  if (kwargs != NULL || self->texts != NULL) {
    PyErr_SetString(PyExc_TypeError, "Source is made once, from positional arguments");
    return -1;
  }
  if (!PyArg_ParseTuple(args, "UO!OO", &location, &PyDict_Type, &options, &tables, &disposition) ||
      (self->texts = PyList_New(0)) == NULL) {
    return -1;
  }
  const char *text = keep(self, location);
  if (text == NULL) {
    return -1;
  }
  self->ready = true;
  if (native_init(&self->native, text, &err) != SL_OK) {
    py_raise(&err);
    return -1;
  }
  if ((tables != Py_None && (self->native.tables = keep(self, tables)) == NULL) ||
      (disposition != Py_None &&
       (self->native.write_disposition = keep(self, disposition)) == NULL)) {
    return -1;
  }
  return set_options(self, options);
}

static void source_dealloc(PyObject *object) {
  struct py_source *self = (struct py_source *)object;
  PyTypeObject *type = Py_TYPE(object);
  freefunc release = (freefunc)(uintptr_t)PyType_GetSlot(type, Py_tp_free);
  if (self->ready) {
    Py_BEGIN_ALLOW_THREADS native_release(&self->native);
    Py_END_ALLOW_THREADS
  }
  Py_XDECREF(self->texts);
  release(object);
  Py_DECREF(type);
}

static int open_it(struct py_source *self) {
  struct sl_error err = { 0 };
  sl_status rc;
  Py_BEGIN_ALLOW_THREADS rc = native_open(&self->native, &err);
  Py_END_ALLOW_THREADS if (rc != SL_OK) {
    py_raise(&err);
  }
  return rc == SL_OK ? 0 : -1;
}

/* [(name, Arrow format, nullable)] */
static PyObject *columns_of(const struct ArrowSchema *schema) {
  PyObject *list = PyList_New(0);
  int64_t n = schema->release == NULL ? 0 : schema->n_children;
  for (int64_t i = 0; list != NULL && i < n; i++) {
    const struct ArrowSchema *c = schema->children[i];
    PyObject *column = Py_BuildValue("(ssO)", c->name, sl_schema_is_json(c) ? "json" : c->format,
                                     (c->flags & ARROW_FLAG_NULLABLE) != 0 ? Py_True : Py_False);
    if (column == NULL || PyList_Append(list, column) != 0) {
      Py_CLEAR(list);
    }
    Py_XDECREF(column);
  }
  return list;
}

static PyObject *source_tables(PyObject *object, PyObject *unused) {
  struct py_source *self = (struct py_source *)object;
  (void)unused;
  PyObject *list = open_it(self) != 0 ? NULL : PyList_New(0);
  for (size_t i = 0; list != NULL && i < self->native.catalog.n_tables; i++) {
    const struct sl_source_table *t = &self->native.catalog.tables[i];
    PyObject *columns = columns_of(&t->schema);
    PyObject *one =
        columns == NULL
            ? NULL
            : Py_BuildValue("{s:s,s:z,s:O,s:z,s:L,s:N}", "name", t->name, "target", t->target,
                            "documents", t->documents ? Py_True : Py_False, "primary_key",
                            t->primary_key, "rows", (long long)t->rows, "columns", columns);
    if (one == NULL || PyList_Append(list, one) != 0) {
      Py_CLEAR(list);
    }
    Py_XDECREF(one);
  }
  return list;
}

static PyObject *source_start(PyObject *object, PyObject *args) {
  struct py_source *self = (struct py_source *)object;
  const char *name;
  const char *state;
  struct sl_error err = { 0 };
  struct sl_source_table *table = NULL;
  if (!PyArg_ParseTuple(args, "sz", &name, &state) || open_it(self) != 0) {
    return NULL;
  }
  sl_status rc;
  Py_BEGIN_ALLOW_THREADS rc = native_find(&self->native, name, &table, &err);
  if (rc == SL_OK) {
    rc = self->native.ops->start(self->native.source, table, state, &err);
  }
  Py_END_ALLOW_THREADS if (rc != SL_OK) {
    return py_raise(&err);
  }
  self->started = true;
  Py_RETURN_NONE;
}

static void schema_capsule_free(PyObject *capsule) {
  struct ArrowSchema *schema = PyCapsule_GetPointer(capsule, "arrow_schema");
  if (schema != NULL && schema->release != NULL) {
    schema->release(schema);
  }
  free(schema);
}

static void array_capsule_free(PyObject *capsule) {
  struct ArrowArray *array = PyCapsule_GetPointer(capsule, "arrow_array");
  if (array != NULL && array->release != NULL) {
    array->release(array);
  }
  free(array);
}

/* (schema, array), as __arrow_c_array__ gives them; moves both out of the block. */
static PyObject *pair_of(struct sl_block *block) {
  struct ArrowSchema *schema = malloc(sizeof *schema);
  struct ArrowArray *array = malloc(sizeof *array);
  if (schema == NULL || array == NULL) {
    free(schema);
    free(array);
    block->release(block);
    return PyErr_NoMemory();
  }
  *schema = block->schema;
  *array = block->array;
  block->schema.release = NULL;
  block->array.release = NULL;
  block->release(block);
  PyObject *first = PyCapsule_New(schema, "arrow_schema", schema_capsule_free);
  PyObject *second = PyCapsule_New(array, "arrow_array", array_capsule_free);
  return first == NULL || second == NULL ? NULL : Py_BuildValue("(NN)", first, second);
}

/* (lines of JSON, whether they are typed); releases the block. */
static PyObject *documents_of(struct sl_block *block) {
  size_t size = block->spans == NULL ? block->size : 0;
  for (size_t i = 0; i < block->n_spans; i++) {
    size += block->spans[i].length + 1;
  }
  PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
  char *to = bytes == NULL ? NULL : PyBytes_AsString(bytes);
  if (to != NULL && block->spans == NULL) {
    memcpy(to, block->data, size);
  }
  for (size_t i = 0; to != NULL && i < block->n_spans; i++) {
    memcpy(to, block->data + block->spans[i].offset, block->spans[i].length);
    to += block->spans[i].length;
    *to++ = '\n';
  }
  PyObject *pair =
      bytes == NULL ? NULL : Py_BuildValue("(NO)", bytes, block->typed ? Py_True : Py_False);
  block->release(block);
  return pair;
}

static PyObject *source_next(PyObject *object, PyObject *unused) {
  struct py_source *self = (struct py_source *)object;
  struct sl_error err = { 0 };
  struct sl_block block = { 0 };
  bool end = true;
  (void)unused;
  if (!self->started || self->native.source == NULL) {
    PyErr_SetString(PyExc_RuntimeError, "no table was started");
    return NULL;
  }
  sl_status rc;
  Py_BEGIN_ALLOW_THREADS rc = native_next(&self->native, &block, &end, &err);
  Py_END_ALLOW_THREADS if (rc != SL_OK) {
    return py_raise(&err);
  }
  if (end) {
    self->started = false;
    Py_RETURN_NONE;
  }
  return block.kind == SL_BLOCK_DOCUMENTS ? documents_of(&block) : pair_of(&block);
}

static PyObject *source_state(PyObject *object, PyObject *unused) {
  struct py_source *self = (struct py_source *)object;
  struct sl_error err = { 0 };
  char *json = NULL;
  (void)unused;
  sl_status rc = SL_OK;
  if (self->native.source != NULL && self->native.ops->state != NULL) {
    Py_BEGIN_ALLOW_THREADS rc = self->native.ops->state(self->native.source, &json, &err);
    Py_END_ALLOW_THREADS
  }
  if (rc != SL_OK) {
    return py_raise(&err);
  }
  PyObject *text = Py_BuildValue("z", json);
  free(json);
  return text;
}

static PyObject *source_warnings(PyObject *object, PyObject *unused) {
  struct py_source *self = (struct py_source *)object;
  (void)unused;
  char *said = native_take_warnings(&self->native);
  PyObject *text = Py_BuildValue("z", said);
  free(said);
  return text;
}

static PyObject *source_close(PyObject *object, PyObject *unused) {
  struct py_source *self = (struct py_source *)object;
  (void)unused;
  self->started = false;
  Py_BEGIN_ALLOW_THREADS native_close(&self->native);
  Py_END_ALLOW_THREADS Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
  { "tables", source_tables, METH_NOARGS, "Connects; the tables with their columns." },
  { "start", source_start, METH_VARARGS, "Begins to read a table, after a state or None." },
  { "next", source_next, METH_NOARGS,
    "The next rows: capsules of schema and array, or lines of JSON and whether they are "
    "typed; None: end." },
  { "state", source_state, METH_NOARGS, "The state after the table that was read; None: none." },
  { "warnings", source_warnings, METH_NOARGS, "What the source has warned of; None: nothing." },
  { "close", source_close, METH_NOARGS, "Disconnects; the next use connects again." },
  { NULL, NULL, 0, NULL },
};

static char documentation[] = "A source of the engine: a database or files.";
#define SLOT(function) ((void *)(uintptr_t)(function))
static PyType_Slot slots[] = {
  { Py_tp_init, SLOT(source_init) },
  { Py_tp_dealloc, SLOT(source_dealloc) },
  { Py_tp_methods, methods },
  { Py_tp_doc, documentation },
  { 0, NULL },
};

PyType_Spec py_source_spec = { .name = "_sluice.Source",
                               .basicsize = sizeof(struct py_source),
                               .flags = Py_TPFLAGS_DEFAULT,
                               .slots = slots };

bool py_is_source(PyObject *object) {
  return PyType_GetSlot(Py_TYPE(object), Py_tp_dealloc) == SLOT(source_dealloc);
}
