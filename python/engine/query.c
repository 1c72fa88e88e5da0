/* query.c - what a destination answers, as an Arrow stream for Python. */
#include "query.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sluice/registry.h>

#include "load.h"

struct answer { /* behind the stream that Python holds */
  struct ArrowArrayStream inner;
  const struct sl_destination_ops *ops;
  struct sl_destination *destination;
  void *settings;
  char *location;
};

static void answer_free(struct answer *answer) {
  if (answer->inner.release != NULL) {
    answer->inner.release(&answer->inner);
  }
  if (answer->destination != NULL) {
    answer->ops->close(answer->destination);
  }
  free(answer->settings);
  free(answer->location);
  free(answer);
}

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out) {
  struct answer *answer = stream->private_data;
  return answer->inner.get_schema(&answer->inner, out);
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *out) {
  struct answer *answer = stream->private_data;
  return answer->inner.get_next(&answer->inner, out);
}

static const char *get_last_error(struct ArrowArrayStream *stream) {
  struct answer *answer = stream->private_data;
  return answer->inner.get_last_error(&answer->inner);
}

static void stream_release(struct ArrowArrayStream *stream) {
  answer_free(stream->private_data);
  stream->release = NULL;
}

static void capsule_free(PyObject *capsule) {
  struct ArrowArrayStream *stream = PyCapsule_GetPointer(capsule, "arrow_array_stream");
  if (stream != NULL && stream->release != NULL) {
    stream->release(stream);
  }
  free(stream);
}

/* Opens read-only and asks; without the interpreter. */
static sl_status ask(struct answer *answer, const char *sql, bool writes, struct sl_error *err) {
  const char *rest;
  sl_status rc = sl_destination_find(answer->location, &answer->ops, &rest, err);
  if (rc == SL_OK && answer->ops->query == NULL) {
    rc = sl_fail(err, SL_EUNSUPPORTED, "%s answers no queries: it is no database",
                 answer->ops->name);
  }
  if (rc == SL_OK && (answer->settings = calloc(1, answer->ops->settings_bytes + 1)) == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for settings");
  }
  if (rc == SL_OK) {
    rc = sl_options_set_defaults(answer->ops->options, answer->settings, err);
  }
  if (rc == SL_OK) {
    char scheme[32];
    sl_location_scheme(answer->location, rest, scheme);
    struct sl_destination_config config = {
      .location = rest, .scheme = scheme, .settings = answer->settings, .read_only = !writes
    };
    rc = answer->ops->open(&answer->destination, &config, err);
  }
  if (rc == SL_OK && writes) {
    rc = answer->ops->execute(answer->destination, sql, NULL, err);
  } else if (rc == SL_OK) {
    rc = answer->ops->query(answer->destination, sql, &answer->inner, err);
  }
  return rc;
}

static struct answer *run(PyObject *args, bool writes) {
  const char *location;
  const char *sql;
  struct sl_error err = { 0 };
  struct answer *answer = NULL;
  if (PyArg_ParseTuple(args, "ss", &location, &sql) &&
      ((answer = calloc(1, sizeof *answer)) == NULL ||
       (answer->location = strdup(location)) == NULL)) {
    free(answer);
    PyErr_NoMemory();
    return NULL;
  }
  if (answer == NULL) {
    return NULL;
  }
  sl_status rc;
  Py_BEGIN_ALLOW_THREADS rc = ask(answer, sql, writes, &err);
  if (rc != SL_OK) {
    answer_free(answer);
  }
  Py_END_ALLOW_THREADS if (rc != SL_OK) {
    py_raise(&err);
    return NULL;
  }
  return answer;
}

PyObject *py_query(PyObject *module, PyObject *args) {
  (void)module;
  struct answer *answer = run(args, false);
  struct ArrowArrayStream *stream = answer == NULL ? NULL : malloc(sizeof *stream);
  if (answer == NULL || stream == NULL) {
    if (answer != NULL) {
      answer_free(answer);
      PyErr_NoMemory();
    }
    return NULL;
  }
  *stream = (struct ArrowArrayStream){ .get_schema = get_schema,
                                       .get_next = get_next,
                                       .get_last_error = get_last_error,
                                       .release = stream_release,
                                       .private_data = answer };
  PyObject *capsule = PyCapsule_New(stream, "arrow_array_stream", capsule_free);
  if (capsule == NULL) {
    stream->release(stream);
    free(stream);
  }
  return capsule;
}

PyObject *py_execute(PyObject *module, PyObject *args) {
  (void)module;
  struct answer *answer = run(args, true);
  if (answer == NULL) {
    return NULL;
  }
  answer_free(answer);
  Py_RETURN_NONE;
}
