/* pages.c - pages of rows and Arrow data on their way into a load. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "native.h"

enum { SLICE_ROWS = 122880 }; /* of a long Arrow array: DuckDB's row group */

/* ---- rows ---- */

int py_load_flush(struct py_load *load) {
  struct py_text *text = &load->encoded;
  if (text->length == 0) {
    return 1;
  }
  memset(text->data + text->length, 0, SL_BLOCK_PADDING);
  struct sl_block block = { .kind = SL_BLOCK_DOCUMENTS,
                            .origin = "rows",
                            .first_line = load->rows - load->pending_rows + 1,
                            .first_record = load->rows - load->pending_rows,
                            .data = text->data,
                            .size = text->length,
                            .typed = true,
                            .source_bytes = (int64_t)text->length,
                            .release = sl_block_release_documents };
  int64_t bytes = (int64_t)text->capacity;
  *text = (struct py_text){ 0 };
  load->pending_rows = 0;
  return py_load_push(load, &block, bytes);
}

static int flush_when_full(struct py_load *load) {
  return load->encoded.length < PY_BLOCK_BYTES ? 1 : py_load_flush(load);
}

static int push_row(struct py_load *load, PyObject *row) {
  int64_t before = load->rows;
  if (py_encode_row(&load->encoded, row, &load->kinds, &load->rows) != 0) {
    return -1;
  }
  load->pending_rows += load->rows - before;
  return flush_when_full(load);
}

PyObject *py_load_push_rows(PyObject *self, PyObject *page) {
  struct py_load *load = (struct py_load *)self;
  int taken = 1;
  if (!PyList_Check(page)) {
    taken = push_row(load, page);
  } else {
    for (Py_ssize_t i = 0; taken == 1 && i < PyList_Size(page); i++) {
      PyObject *row = PyList_GetItem(page, i);
      Py_XINCREF(row); /* user code may change the list while a row is converted */
      taken = row == NULL ? -1 : push_row(load, row);
      Py_XDECREF(row);
    }
  }
  return taken < 0 ? NULL : PyBool_FromLong(taken);
}

/* A dict, or a list of nothing else: what needs no look from Python. */
static bool is_plain(PyObject *page) {
  if (Py_TYPE(page) == &PyDict_Type) {
    return true;
  }
  bool plain = Py_TYPE(page) == &PyList_Type;
  for (Py_ssize_t i = 0; plain && i < PyList_Size(page); i++) {
    plain = Py_TYPE(PyList_GetItem(page, i)) == &PyDict_Type;
  }
  return plain;
}

PyObject *py_load_drain(PyObject *self, PyObject *iterator) {
  for (int64_t i = 1;; i++) {
    PyObject *page = PyIter_Next(iterator);
    if (page == NULL) {
      return PyErr_Occurred() ? NULL : Py_BuildValue("(sO)", "end", Py_None);
    }
    if (!is_plain(page)) {
      return Py_BuildValue("(sN)", "more", page);
    }
    PyObject *taken = py_load_push_rows(self, page);
    Py_DECREF(page);
    if (taken == NULL || (i % 1024 == 0 && PyErr_CheckSignals() != 0)) {
      Py_XDECREF(taken);
      return NULL;
    }
    bool stopped = taken == Py_False;
    Py_DECREF(taken);
    if (stopped) {
      return Py_BuildValue("(sO)", "stopped", Py_None);
    }
  }
}

PyObject *py_load_push_text(PyObject *self, PyObject *text) {
  struct py_load *load = (struct py_load *)self;
  char *data;
  Py_ssize_t length;
  if (PyBytes_AsStringAndSize(text, &data, &length) != 0 ||
      py_text_append(&load->encoded, data, (size_t)length) != 0) {
    return NULL;
  }
  for (const char *at = data; (at = memchr(at, '\n', (size_t)(data + length - at))) != NULL; at++) {
    load->rows++;
    load->pending_rows++;
  }
  int taken = flush_when_full(load);
  return taken < 0 ? NULL : PyBool_FromLong(taken);
}

/* ---- Arrow ---- */

struct shared { /* a long array, of which slices are lent */
  _Atomic int holders;
  struct ArrowArray array;
};

static void shared_drop(struct shared *shared) {
  if (atomic_fetch_sub(&shared->holders, 1) == 1) {
    shared->array.release(&shared->array);
    free(shared);
  }
}

static void child_release(struct ArrowArray *child) {
  shared_drop(child->private_data);
  child->release = NULL;
}

static void slice_release(struct ArrowArray *slice) {
  for (int64_t i = 0; i < slice->n_children; i++) {
    if (slice->children[i]->release != NULL) {
      slice->children[i]->release(slice->children[i]);
    }
    free(slice->children[i]);
  }
  free(slice->children);
  free(slice->buffers);
  slice->release = NULL;
}

/* Rows `from` to `from + length` of a struct array without nulls of its own. False: no memory. */
static bool slice(struct shared *shared, int64_t from, int64_t length, struct ArrowArray *out) {
  const struct ArrowArray *whole = &shared->array;
  *out = (struct ArrowArray){ .length = length, .n_buffers = 1, .release = slice_release };
  out->buffers = calloc(1, sizeof *out->buffers);
  out->children = calloc((size_t)whole->n_children + 1, sizeof *out->children);
  bool ok = out->buffers != NULL && out->children != NULL;
  for (int64_t i = 0; ok && i < whole->n_children; i++) {
    struct ArrowArray *child = malloc(sizeof *child);
    ok = child != NULL;
    if (ok) {
      *child = *whole->children[i];
      child->offset += whole->offset + from;
      child->length = length;
      child->null_count = child->null_count == 0 ? 0 : -1;
      child->release = child_release;
      child->private_data = shared;
      atomic_fetch_add(&shared->holders, 1);
      out->children[out->n_children++] = child;
    }
  }
  if (!ok) {
    slice_release(out);
  }
  return ok;
}

/* Moves `array` in every case. */
static int push_batch(struct py_load *load, const struct ArrowSchema *schema,
                      struct ArrowArray *array) {
  int64_t rows = array->length;
  struct sl_block block = { .kind = SL_BLOCK_BATCH,
                            .origin = "rows",
                            .first_record = load->rows,
                            .array = *array,
                            .release = sl_block_release_batch };
  if (!native_copy_schema(schema, &block.schema)) {
    array->release(array);
    PyErr_NoMemory();
    return -1;
  }
  block.source_bytes = rows * array->n_children * 8; /* its memory is the caller's */
  load->rows += rows;
  return py_load_push(load, &block, block.source_bytes);
}

/* Moves `array` in every case. */
static int push_array(struct py_load *load, const struct ArrowSchema *schema,
                      struct ArrowArray *array) {
  if (array->length <= SLICE_ROWS || array->null_count > 0) {
    return push_batch(load, schema, array);
  }
  struct shared *shared = malloc(sizeof *shared);
  if (shared == NULL) {
    array->release(array);
    PyErr_NoMemory();
    return -1;
  }
  shared->array = *array;
  atomic_init(&shared->holders, 1);
  int taken = 1;
  for (int64_t from = 0; taken == 1 && from < shared->array.length; from += SLICE_ROWS) {
    int64_t left = shared->array.length - from;
    struct ArrowArray part;
    if (!slice(shared, from, left < SLICE_ROWS ? left : SLICE_ROWS, &part)) {
      PyErr_NoMemory();
      taken = -1;
    } else {
      taken = push_batch(load, schema, &part);
    }
  }
  shared_drop(shared);
  return taken;
}

static int is_table(const struct ArrowSchema *schema) {
  if (strcmp(schema->format, "+s") == 0) {
    return 0;
  }
  PyErr_SetString(PyExc_TypeError, "Arrow data without columns: rows are tables or record batches");
  return -1;
}

static int push_stream(struct py_load *load, struct ArrowArrayStream *stream) {
  struct ArrowSchema schema = { 0 };
  int taken = 1;
  int problem;
  Py_BEGIN_ALLOW_THREADS problem = stream->get_schema(stream, &schema);
  Py_END_ALLOW_THREADS if (problem == 0 && is_table(&schema) != 0) {
    taken = -1;
  }
  while (problem == 0 && taken == 1) {
    struct ArrowArray array = { 0 };
    Py_BEGIN_ALLOW_THREADS problem = stream->get_next(stream, &array);
    Py_END_ALLOW_THREADS if (problem != 0 || array.release == NULL) {
      break;
    }
    taken = push_array(load, &schema, &array);
  }
  if (problem != 0 && !PyErr_Occurred()) {
    const char *why = stream->get_last_error(stream);
    PyErr_Format(PyExc_OSError, "reading the Arrow stream: %s", why == NULL ? "it failed" : why);
  }
  if (schema.release != NULL) {
    schema.release(&schema);
  }
  return problem != 0 ? -1 : taken;
}

static int push_from_stream(struct py_load *load, PyObject *table) {
  PyObject *capsule = PyObject_CallMethod(table, "__arrow_c_stream__", NULL);
  struct ArrowArrayStream *stream =
      capsule == NULL ? NULL : PyCapsule_GetPointer(capsule, "arrow_array_stream");
  int taken = stream == NULL ? -1 : push_stream(load, stream);
  Py_XDECREF(capsule); /* releases the stream */
  return taken;
}

static int push_from_array(struct py_load *load, PyObject *batch) {
  PyObject *pair = PyObject_CallMethod(batch, "__arrow_c_array__", NULL);
  PyObject *schema_capsule = pair == NULL ? NULL : PyTuple_GetItem(pair, 0);
  PyObject *array_capsule = pair == NULL ? NULL : PyTuple_GetItem(pair, 1);
  struct ArrowSchema *schema =
      schema_capsule == NULL ? NULL : PyCapsule_GetPointer(schema_capsule, "arrow_schema");
  struct ArrowArray *array =
      array_capsule == NULL ? NULL : PyCapsule_GetPointer(array_capsule, "arrow_array");
  int taken = schema == NULL || array == NULL || is_table(schema) != 0 ? -1 : 1;
  if (taken == 1) {
    struct ArrowArray moved = *array;
    array->release = NULL;
    taken = push_array(load, schema, &moved);
  }
  Py_XDECREF(pair);
  return taken;
}

PyObject *py_load_push_arrow(PyObject *self, PyObject *table) {
  struct py_load *load = (struct py_load *)self;
  int taken = py_load_flush(load);
  if (taken == 1) {
    bool streams = PyObject_HasAttrString(table, "__arrow_c_stream__") == 1;
    taken = streams ? push_from_stream(load, table) : push_from_array(load, table);
  }
  return taken < 0 ? NULL : PyBool_FromLong(taken);
}
