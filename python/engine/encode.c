/* encode.c - see encode.h.
 *
 * Exact dict, list, str, int, float, bool and None never leave this file. Other types are looked up
 * in a table by type, filled by a Python function the first time that a type is met. */
#include "encode.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sluice/source.h>

enum py_kind {               /* what `classify` answers */
               KIND_STR = 1, /* subclasses of the exact types */
               KIND_INT,
               KIND_FLOAT,
               KIND_DICT,
               KIND_SEQUENCE,
               KIND_DECIMAL, /* marked: the text of str() or isoformat() */
               KIND_DATETIME,
               KIND_DATE,
               KIND_TIME,
               KIND_UUID,
               KIND_BYTES,
               KIND_WEI,
               KIND_CONVERT, /* anything that `convert` turns into one of the others */
               KIND_HEX      /* bytes that are shown as hexadecimal */
};

/* Of sl_block.typed: U+F026 and so on. */
static const char MARK_DECIMAL[] = "\xef\x80\xa6";
static const char MARK_DATETIME[] = "\xef\x80\xa7";
static const char MARK_DATE[] = "\xef\x80\xa8";
static const char MARK_UUID[] = "\xef\x80\xa9";
static const char MARK_HEX[] = "\xef\x80\xaa";
static const char MARK_BASE64[] = "\xef\x80\xab";
static const char MARK_WEI[] = "\xef\x80\xac";
static const char MARK_TIME[] = "\xef\x80\xad";
static const char MARK_TEXT[] = "\xef\x80\xae";

/* ---- the buffer ---- */

int py_text_reserve(struct py_text *out, size_t more) {
  size_t wanted = out->length + more + SL_BLOCK_PADDING;
  if (wanted <= out->capacity) {
    return 0;
  }
  size_t capacity = out->capacity < 4096 ? 4096 : out->capacity;
  while (capacity < wanted) {
    capacity += capacity / 2;
  }
  char *data = realloc(out->data, capacity);
  if (data == NULL) {
    PyErr_NoMemory();
    return -1;
  }
  out->data = data;
  out->capacity = capacity;
  return 0;
}

void py_text_release(struct py_text *out) {
  free(out->data);
  *out = (struct py_text){ 0 };
}

int py_text_append(struct py_text *out, const char *data, size_t length) {
  if (py_text_reserve(out, length) != 0) {
    return -1;
  }
  memcpy(out->data + out->length, data, length);
  out->length += length;
  return 0;
}

static int put_char(struct py_text *out, char c) {
  return py_text_append(out, &c, 1);
}

/* ---- texts ---- */

/* Nothing among the eight bytes that JSON wants escaped: below 0x20, '"' or '\\'. */
static bool plain8(const char *data) {
  uint64_t word;
  memcpy(&word, data, sizeof word);
  const uint64_t ones = UINT64_C(0x0101010101010101);
  const uint64_t tops = UINT64_C(0x8080808080808080);
  uint64_t quote = word ^ (ones * '"');
  uint64_t slash = word ^ (ones * '\\');
  uint64_t low = (word - ones * 0x20) & ~word;
  return ((low | ((quote - ones) & ~quote) | ((slash - ones) & ~slash)) & tops) == 0;
}

static char *escape(char *to, unsigned char c) {
  static const char hex[] = "0123456789abcdef";
  *to++ = '\\';
  switch (c) {
    case '"':
    case '\\': *to++ = (char)c; break;
    case '\n': *to++ = 'n'; break;
    case '\r': *to++ = 'r'; break;
    case '\t': *to++ = 't'; break;
    default:
      memcpy(to, "u00", 3);
      to[3] = hex[c >> 4];
      to[4] = hex[c & 15];
      to += 5;
  }
  return to;
}

static int put_quoted(struct py_text *out, const char *mark, const char *data, size_t length) {
  if (py_text_reserve(out, length + 16) != 0) {
    return -1;
  }
  char *to = out->data + out->length;
  *to++ = '"';
  if (mark != NULL) {
    memcpy(to, mark, 3);
    to += 3;
  }
  size_t i = 0;
  while (i < length) {
    if (i + 8 <= length && plain8(data + i)) {
      memcpy(to, data + i, 8);
      to += 8;
      i += 8;
      continue;
    }
    unsigned char c = (unsigned char)data[i++];
    if (c >= 0x20 && c != '"' && c != '\\') {
      *to++ = (char)c;
      continue;
    }
    to = escape(to, c); /* six bytes for one: make room for the rest again */
    out->length = (size_t)(to - out->data);
    if (py_text_reserve(out, length - i + 16) != 0) {
      return -1;
    }
    to = out->data + out->length;
  }
  *to++ = '"';
  out->length = (size_t)(to - out->data);
  return 0;
}

/* A text that begins with one of the marks is no marked value. */
static const char *mark_of_text(const char *data, Py_ssize_t length) {
  bool marked = length >= 3 && data[0] == '\xef' && data[1] == '\x80' &&
                (unsigned char)data[2] >= 0xa6 && (unsigned char)data[2] <= 0xae;
  return marked ? MARK_TEXT : NULL;
}

static int put_str(struct py_text *out, PyObject *value) {
  Py_ssize_t length;
  const char *data = PyUnicode_AsUTF8AndSize(value, &length);
  return data == NULL ? -1 : put_quoted(out, mark_of_text(data, length), data, (size_t)length);
}

/* What a Python object says of itself, marked or (mark NULL) as a number. Steals `text`. */
static int put_said(struct py_text *out, const char *mark, PyObject *text) {
  Py_ssize_t length;
  const char *data = text == NULL ? NULL : PyUnicode_AsUTF8AndSize(text, &length);
  int rc = data == NULL   ? -1
           : mark == NULL ? py_text_append(out, data, (size_t)length)
                          : put_quoted(out, mark, data, (size_t)length);
  Py_XDECREF(text);
  return rc;
}

/* ---- numbers ---- */

static int put_int64(struct py_text *out, long long value) {
  char digits[24];
  char *at = digits + sizeof digits;
  unsigned long long rest = value < 0 ? 0 - (unsigned long long)value : (unsigned long long)value;
  do {
    *--at = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest > 0);
  if (value < 0) {
    *--at = '-';
  }
  return py_text_append(out, at, (size_t)(digits + sizeof digits - at));
}

static int put_int(struct py_text *out, PyObject *value) {
  int overflow = 0;
  long long small = PyLong_AsLongLongAndOverflow(value, &overflow);
  if (overflow != 0) {
    return put_said(out, NULL, PyNumber_ToBase(value, 10));
  }
  return small == -1 && PyErr_Occurred() ? -1 : put_int64(out, small);
}

static int put_float(struct py_text *out, double value) {
  if (value != value) {
    return py_text_append(out, "NaN", 3);
  }
  if (value - value != 0) {
    return value > 0 ? py_text_append(out, "Infinity", 8) : py_text_append(out, "-Infinity", 9);
  }
  char *text = PyOS_double_to_string(value, 'r', 0, Py_DTSF_ADD_DOT_0, NULL);
  if (text == NULL) {
    PyErr_NoMemory();
    return -1;
  }
  int rc = py_text_append(out, text, strlen(text));
  PyMem_Free(text);
  return rc;
}

/* ---- containers ---- */

/* Keys of other types are written as JSON's own key would be: str(). */
static int put_key(struct py_text *out, PyObject *key) {
  int rc;
  if (PyUnicode_Check(key)) {
    Py_ssize_t length;
    const char *data = PyUnicode_AsUTF8AndSize(key, &length);
    rc = data == NULL ? -1 : put_quoted(out, NULL, data, (size_t)length);
  } else {
    PyObject *text = PyObject_Str(key);
    Py_ssize_t length;
    const char *data = text == NULL ? NULL : PyUnicode_AsUTF8AndSize(text, &length);
    rc = data == NULL ? -1 : put_quoted(out, NULL, data, (size_t)length);
    Py_XDECREF(text);
  }
  return rc != 0 ? rc : put_char(out, ':');
}

/* Says where in the row an object could not be written; `step` is a key or an index. */
static void add_place(PyObject *step) {
  PyObject *type;
  PyObject *value;
  PyObject *trace;
  PyErr_Fetch(&type, &value, &trace);
  PyErr_NormalizeException(&type, &value, &trace);
  PyObject *path = value == NULL ? NULL : PyObject_GetAttrString(value, "sluice_path");
  if (path == NULL && value != NULL) { /* an exception of Python's own */
    PyErr_Clear();
    path = PyList_New(0);
    if (path != NULL && PyObject_SetAttrString(value, "sluice_path", path) != 0) {
      PyErr_Clear();
    }
  }
  if (path != NULL && PyList_Insert(path, 0, step) != 0) {
    PyErr_Clear();
  }
  Py_XDECREF(path);
  PyErr_Restore(type, value, trace);
}

static int put_dict(struct py_text *out, PyObject *dict, const struct py_kinds *kinds) {
  if (put_char(out, '{') != 0 || Py_EnterRecursiveCall(" in a row with circular references") != 0) {
    return -1;
  }
  Py_ssize_t at = 0;
  PyObject *key;
  PyObject *value;
  int rc = 0;
  bool first = true;
  while (rc == 0 && PyDict_Next(dict, &at, &key, &value)) {
    Py_INCREF(key); /* a conversion may run code that changes the dict */
    Py_INCREF(value);
    rc = first ? 0 : put_char(out, ',');
    first = false;
    if (rc == 0) {
      rc = put_key(out, key);
    }
    if (rc == 0 && (rc = py_encode_value(out, value, kinds)) != 0) {
      add_place(key);
    }
    Py_DECREF(key);
    Py_DECREF(value);
  }
  Py_LeaveRecursiveCall();
  return rc == 0 ? put_char(out, '}') : rc;
}

static int put_list(struct py_text *out, PyObject *list, const struct py_kinds *kinds) {
  if (put_char(out, '[') != 0 || Py_EnterRecursiveCall(" in a row with circular references") != 0) {
    return -1;
  }
  int rc = 0;
  for (Py_ssize_t i = 0; rc == 0 && i < PyList_Size(list); i++) {
    PyObject *value = PyList_GetItem(list, i);
    Py_XINCREF(value);
    rc = value == NULL ? -1 : i == 0 ? 0 : put_char(out, ',');
    if (rc == 0 && (rc = py_encode_value(out, value, kinds)) != 0) {
      PyObject *index = PyLong_FromSsize_t(i);
      if (index != NULL) {
        add_place(index);
        Py_DECREF(index);
      }
    }
    Py_XDECREF(value);
  }
  Py_LeaveRecursiveCall();
  return rc == 0 ? put_char(out, ']') : rc;
}

/* ---- the rest ---- */

static long kind_of(PyObject *value, const struct py_kinds *kinds) {
  PyObject *type = (PyObject *)Py_TYPE(value);
  PyObject *known = PyDict_GetItemWithError(kinds->of_type, type);
  if (known == NULL && !PyErr_Occurred()) {
    known = PyObject_CallFunctionObjArgs(kinds->classify, type, NULL);
    if (known != NULL && PyDict_SetItem(kinds->of_type, type, known) == 0) {
      Py_DECREF(known); /* the table holds it */
    }
  }
  return known == NULL ? -1 : PyLong_AsLong(known);
}

static int put_bytes(struct py_text *out, PyObject *value) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  PyObject *bytes = PyBytes_FromObject(value);
  char *data;
  Py_ssize_t length;
  if (bytes == NULL || PyBytes_AsStringAndSize(bytes, &data, &length) != 0 ||
      py_text_reserve(out, (size_t)length / 3 * 4 + 16) != 0) {
    Py_XDECREF(bytes);
    return -1;
  }
  char *to = out->data + out->length;
  *to++ = '"';
  memcpy(to, MARK_BASE64, 3);
  to += 3;
  for (Py_ssize_t i = 0; i < length; i += 3) {
    unsigned group = (unsigned)(unsigned char)data[i] << 16;
    group |= i + 1 < length ? (unsigned)(unsigned char)data[i + 1] << 8 : 0;
    group |= i + 2 < length ? (unsigned)(unsigned char)data[i + 2] : 0;
    *to++ = digits[group >> 18];
    *to++ = digits[group >> 12 & 63];
    *to++ = i + 1 < length ? digits[group >> 6 & 63] : '=';
    *to++ = i + 2 < length ? digits[group & 63] : '=';
  }
  *to++ = '"';
  out->length = (size_t)(to - out->data);
  Py_DECREF(bytes);
  return 0;
}

static int put_hex(struct py_text *out, PyObject *value) {
  PyObject *digits = PyObject_CallMethod(value, "hex", NULL);
  int rc = put_said(out, MARK_HEX, digits == NULL ? NULL : PyUnicode_FromFormat("0x%U", digits));
  Py_XDECREF(digits);
  return rc;
}

static int put_converted(struct py_text *out, PyObject *value, const struct py_kinds *kinds) {
  PyObject *plain = PyObject_CallFunctionObjArgs(kinds->convert, value, NULL);
  if (plain == NULL || Py_EnterRecursiveCall(" in a row with circular references") != 0) {
    Py_XDECREF(plain);
    return -1;
  }
  int rc = py_encode_value(out, plain, kinds);
  Py_LeaveRecursiveCall();
  Py_DECREF(plain);
  return rc;
}

/* A subclass of float may have a repr of its own. */
static int put_float_like(struct py_text *out, PyObject *value) {
  double number = PyFloat_AsDouble(value);
  return number == -1 && PyErr_Occurred() ? -1 : put_float(out, number);
}

static int put_other(struct py_text *out, PyObject *value, const struct py_kinds *kinds) {
  switch (kind_of(value, kinds)) {
    case KIND_STR: return put_str(out, value);
    case KIND_INT: return put_int(out, value);
    case KIND_FLOAT: return put_float_like(out, value);
    case KIND_DICT: return put_dict(out, value, kinds);
    case KIND_SEQUENCE: {
      PyObject *list = PySequence_List(value);
      int rc = list == NULL ? -1 : put_list(out, list, kinds);
      Py_XDECREF(list);
      return rc;
    }
    case KIND_DECIMAL: return put_said(out, MARK_DECIMAL, PyObject_Str(value));
    case KIND_DATETIME:
      return put_said(out, MARK_DATETIME, PyObject_CallMethod(value, "isoformat", NULL));
    case KIND_DATE: return put_said(out, MARK_DATE, PyObject_CallMethod(value, "isoformat", NULL));
    case KIND_TIME: return put_said(out, MARK_TIME, PyObject_CallMethod(value, "isoformat", NULL));
    case KIND_UUID: return put_said(out, MARK_UUID, PyObject_Str(value));
    case KIND_BYTES: return put_bytes(out, value);
    case KIND_WEI: return put_said(out, MARK_WEI, PyObject_Str(value));
    case KIND_CONVERT: return put_converted(out, value, kinds);
    case KIND_HEX: return put_hex(out, value);
    default: return -1;
  }
}

int py_encode_value(struct py_text *out, PyObject *value, const struct py_kinds *kinds) {
  const PyTypeObject *type = Py_TYPE(value);
  if (type == &PyUnicode_Type) {
    return put_str(out, value);
  }
  if (type == &PyLong_Type) {
    return put_int(out, value);
  }
  if (value == Py_None) {
    return py_text_append(out, "null", 4);
  }
  if (type == &PyBool_Type) {
    return value == Py_True ? py_text_append(out, "true", 4) : py_text_append(out, "false", 5);
  }
  if (type == &PyFloat_Type) {
    return put_float(out, PyFloat_AsDouble(value));
  }
  if (type == &PyDict_Type) {
    return put_dict(out, value, kinds);
  }
  if (type == &PyList_Type) {
    return put_list(out, value, kinds);
  }
  return put_other(out, value, kinds);
}

int py_encode_row(struct py_text *out, PyObject *row, const struct py_kinds *kinds, int64_t *rows) {
  if (row == Py_None) {
    return 0;
  }
  size_t before = out->length;
  int rc = 0;
  if (Py_TYPE(row) == &PyDict_Type) {
    rc = put_dict(out, row, kinds);
  } else {
    rc = py_encode_value(out, row, kinds);
    if (rc == 0 && out->data[before] != '{') { /* dlt: a row of one column */
      static const char head[] = "{\"value\":";
      size_t shift = sizeof head - 1;
      rc = py_text_reserve(out, shift + 2);
      if (rc == 0) {
        memmove(out->data + before + shift, out->data + before, out->length - before);
        memcpy(out->data + before, head, shift);
        out->length += shift;
        rc = put_char(out, '}');
      }
    }
  }
  if (rc == 0) {
    rc = put_char(out, '\n');
  }
  if (rc != 0) {
    out->length = before; /* half a row is no row */
    return rc;
  }
  *rows += 1;
  return 0;
}
