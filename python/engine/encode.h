/* encode.h - Python objects into the typed JSON that blocks of documents carry (sluice/source.h).
 *
 * All functions need the interpreter. They return 0, or -1 with a Python exception set. */
#ifndef SL_PYTHON_ENCODE_H
#define SL_PYTHON_ENCODE_H

#include "python.h"

#include <stdbool.h>

struct py_text { /* grows; zeroed = empty */
  char *data;
  size_t length, capacity;
};

/* Room for `more` bytes and the padding of a block. */
int py_text_reserve(struct py_text *out, size_t more);
void py_text_release(struct py_text *out);
int py_text_append(struct py_text *out, const char *data, size_t length);

/* What the module remembers about types that are not JSON's own. */
struct py_kinds {
  PyObject *of_type;  /* type -> int: enum py_kind */
  PyObject *classify; /* Python function that decides for a type */
  PyObject *convert;  /* Python function for the rare kinds: object -> one that can be written */
};

/* One value as it stands in a document. */
int py_encode_value(struct py_text *out, PyObject *value, const struct py_kinds *kinds);
/* One row and a newline: an object, or {"value": …} around anything else; None is no row. *rows
 * grows by the rows written. */
int py_encode_row(struct py_text *out, PyObject *row, const struct py_kinds *kinds, int64_t *rows);

#endif
