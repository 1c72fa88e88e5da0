/* schema_rules.c - see schema_rules.h. */
#include "schema_rules.h"

#include <string.h>

#include <sluice/registry.h>

#include "load.h"
#include "schema/detect.h"
#include "schema/naming.h"
#include "schema/stored.h"

/* The text of a buffer, which is released; an exception when rc says so. */
static PyObject *answer(struct sl_buffer *text, sl_status rc, const struct sl_error *err) {
  PyObject *out = NULL;
  if (rc != SL_OK) {
    py_raise(err);
  } else if (text->failed) {
    PyErr_NoMemory();
  } else {
    out = PyUnicode_DecodeUTF8(text->data == NULL ? "" : text->data, (Py_ssize_t)text->length,
                               "replace");
  }
  sl_buffer_release(text);
  return out;
}

typedef sl_status name_rule(const struct sl_naming *, struct sl_text, struct sl_buffer *,
                            struct sl_error *);

static PyObject *name_by(PyObject *args, name_rule *rule) {
  const char *convention;
  unsigned max_length;
  const char *text;
  Py_ssize_t length;
  struct sl_naming naming;
  struct sl_buffer name = { 0 };
  struct sl_error err = { 0 };
  if (!PyArg_ParseTuple(args, "sIs#", &convention, &max_length, &text, &length)) {
    return NULL;
  }
  sl_status rc = sl_naming_init(&naming, convention, max_length, &err);
  if (rc == SL_OK) {
    rc = rule(&naming, (struct sl_text){ text, (size_t)length }, &name, &err);
  }
  return answer(&name, rc, &err);
}

PyObject *py_name_identifier(PyObject *module, PyObject *args) {
  (void)module;
  return name_by(args, sl_naming_identifier);
}

PyObject *py_name_path(PyObject *module, PyObject *args) {
  (void)module;
  return name_by(args, sl_naming_path);
}

PyObject *py_name_tag(PyObject *module, PyObject *args) {
  const char *text;
  Py_ssize_t length;
  char tag[SL_NAMING_TAG + 1];
  (void)module;
  if (!PyArg_ParseTuple(args, "s#", &text, &length)) {
    return NULL;
  }
  sl_naming_tag((struct sl_text){ text, (size_t)length }, tag);
  return PyUnicode_FromString(tag);
}

/* ---- values ---- */

static int wrong(const char *type) {
  PyErr_Format(PyExc_ValueError, "no value of dlt's type '%s'", type);
  return -1;
}

static int read_text(PyObject *value, struct sl_text *out) {
  Py_ssize_t length;
  out->data = PyUnicode_AsUTF8AndSize(value, &length);
  out->length = (size_t)length;
  return out->data == NULL ? -1 : 0;
}

/* Borrows texts from `value`. */
static int read_value(const char *type, PyObject *value, struct sl_value *out) {
  *out = (struct sl_value){ .type = sl_type_from_name(sl_text_of(type)) };
  struct sl_text text;
  Py_ssize_t length;
  char *bytes;
  switch (out->type) {
    case SL_TYPE_TEXT:
    case SL_TYPE_JSON: return read_text(value, &out->as.text);
    case SL_TYPE_BINARY:
      if (PyBytes_AsStringAndSize(value, &bytes, &length) != 0) {
        return -1;
      }
      out->as.text = (struct sl_text){ bytes, (size_t)length };
      return 0;
    case SL_TYPE_DECIMAL:
    case SL_TYPE_WEI:
      if (read_text(value, &text) != 0) {
        return -1;
      }
      return sl_decimal_parse(text, &out->as.decimal) ? 0 : wrong(type);
    case SL_TYPE_DOUBLE: out->as.real = PyFloat_AsDouble(value); return PyErr_Occurred() ? -1 : 0;
    case SL_TYPE_BOOL: out->as.boolean = PyObject_IsTrue(value) == 1; return 0;
    case SL_TYPE_TIMESTAMP: out->zoned = true; /* fall through */
    case SL_TYPE_BIGINT:
    case SL_TYPE_DATE:
    case SL_TYPE_TIME: out->as.integer = PyLong_AsLongLong(value); return PyErr_Occurred() ? -1 : 0;
    default: return wrong(type);
  }
}

static PyObject *write_value(const struct sl_value *value) {
  char digits[48];
  switch (value->type) {
    case SL_TYPE_BINARY:
      return PyBytes_FromStringAndSize(value->as.text.data, (Py_ssize_t)value->as.text.length);
    case SL_TYPE_TEXT:
    case SL_TYPE_JSON:
      return PyUnicode_DecodeUTF8(value->as.text.data, (Py_ssize_t)value->as.text.length,
                                  "replace");
    case SL_TYPE_DECIMAL:
    case SL_TYPE_WEI:
      return PyUnicode_FromStringAndSize(digits,
                                         (Py_ssize_t)sl_decimal_print(digits, value->as.decimal));
    case SL_TYPE_DOUBLE: return PyFloat_FromDouble(value->as.real);
    case SL_TYPE_BOOL: return PyBool_FromLong(value->as.boolean);
    case SL_TYPE_TIMESTAMP:
      return Py_BuildValue("(LN)", (long long)value->as.integer, PyBool_FromLong(value->zoned));
    default: return PyLong_FromLongLong(value->as.integer);
  }
}

PyObject *py_coerce(PyObject *module, PyObject *args) {
  const char *from;
  PyObject *value;
  const char *to;
  struct sl_value in;
  struct sl_value out = { 0 };
  struct sl_buffer scratch = { 0 };
  (void)module;
  if (!PyArg_ParseTuple(args, "sOs", &from, &value, &to) || read_value(from, value, &in) != 0) {
    return NULL;
  }
  enum sl_type type = sl_type_from_name(sl_text_of(to));
  if (type == SL_TYPE_NONE) {
    wrong(to);
    return NULL;
  }
  bool fits = sl_coerce(&in, type, &out, &scratch);
  out.type = type;
  PyObject *result = scratch.failed ? PyErr_NoMemory()
                     : fits         ? write_value(&out)
                                    : Py_NewRef(Py_None);
  sl_buffer_release(&scratch);
  return result;
}

PyObject *py_detect(PyObject *module, PyObject *args) {
  const char *type;
  PyObject *value;
  PyObject *names;
  struct sl_value in;
  uint32_t detections = 0;
  (void)module;
  if (!PyArg_ParseTuple(args, "sOO!", &type, &value, &PyList_Type, &names) ||
      read_value(type, value, &in) != 0) {
    return NULL;
  }
  for (Py_ssize_t i = 0; i < PyList_Size(names); i++) {
    struct sl_text name;
    if (read_text(PyList_GetItem(names, i), &name) != 0) {
      return NULL;
    }
    enum sl_detection found = sl_detection_from_name(name.data);
    detections |= found == SL_DETECT_COUNT ? 0 : 1U << found;
  }
  return PyUnicode_FromString(sl_type_name(sl_detect(detections, &in)));
}

/* ---- stored schemas ---- */

PyObject *py_schema_new(PyObject *module, PyObject *args) {
  const char *name;
  struct sl_schema *schema = NULL;
  struct sl_buffer json = { 0 };
  struct sl_error err = { 0 };
  (void)module;
  if (!PyArg_ParseTuple(args, "s", &name)) {
    return NULL;
  }
  sl_status rc = sl_schema_new(&schema, name, &err);
  if (rc == SL_OK) {
    rc = sl_schema_add_state_table(schema, &err);
  }
  if (rc == SL_OK) {
    rc = sl_schema_to_json(schema, SL_SCHEMA_COMPACT, &json, &err);
  }
  sl_schema_free(schema);
  return answer(&json, rc, &err);
}

PyObject *py_schema_read(PyObject *module, PyObject *args) {
  const char *text;
  Py_ssize_t length;
  int is_yaml;
  struct sl_schema *schema = NULL;
  struct sl_buffer json = { 0 };
  struct sl_error err = { 0 };
  (void)module;
  if (!PyArg_ParseTuple(args, "s#p", &text, &length, &is_yaml)) {
    return NULL;
  }
  sl_status rc = is_yaml ? sl_schema_from_yaml(&schema, text, (size_t)length, &err)
                         : sl_schema_from_json(&schema, text, (size_t)length, &err);
  if (rc == SL_OK) {
    rc = sl_schema_to_json(schema, SL_SCHEMA_COMPACT, &json, &err);
  }
  sl_schema_free(schema);
  return answer(&json, rc, &err);
}

PyObject *py_schema_hash(PyObject *module, PyObject *args) {
  const char *json;
  Py_ssize_t length;
  char hash[48];
  struct sl_schema *schema = NULL;
  struct sl_error err = { 0 };
  (void)module;
  if (!PyArg_ParseTuple(args, "s#", &json, &length)) {
    return NULL;
  }
  sl_status rc = sl_schema_from_json(&schema, json, (size_t)length, &err);
  if (rc == SL_OK) {
    rc = sl_schema_version_hash(schema, hash, &err);
  }
  sl_schema_free(schema);
  return rc == SL_OK ? PyUnicode_FromString(hash) : py_raise(&err);
}

PyObject *py_json_to_yaml(PyObject *module, PyObject *args) {
  const char *json;
  Py_ssize_t length;
  struct sl_buffer yaml = { 0 };
  struct sl_error err = { 0 };
  (void)module;
  if (!PyArg_ParseTuple(args, "s#", &json, &length)) {
    return NULL;
  }
  sl_status rc = sl_json_to_yaml(json, (size_t)length, &yaml, &err);
  return answer(&yaml, rc, &err);
}

/* ---- destinations ---- */

/* The names behind the bits of a set of strategies. */
static PyObject *strategies(uint32_t set, bool merge) {
  PyObject *out = PyList_New(0);
  for (int i = 1; out != NULL && i < 32; i++) {
    if ((set >> i & 1) == 0) {
      continue;
    }
    PyObject *name =
        PyUnicode_FromString(merge ? sl_merge_strategy_name((enum sl_merge_strategy)i)
                                   : sl_replace_strategy_name((enum sl_replace_strategy)i));
    if (name == NULL || PyList_Append(out, name) != 0) {
      Py_CLEAR(out);
    }
    Py_XDECREF(name);
  }
  return out;
}

PyObject *py_capabilities(PyObject *module, PyObject *args) {
  const char *location;
  const struct sl_destination_ops *ops;
  const char *rest;
  struct sl_error err = { 0 };
  (void)module;
  if (!PyArg_ParseTuple(args, "s", &location)) {
    return NULL;
  }
  if (sl_destination_find(location, &ops, &rest, &err) != SL_OK) {
    return py_raise(&err);
  }
  const struct sl_capabilities *c = &ops->capabilities;
  return Py_BuildValue(
      "{s:z,s:N,s:I,s:I,s:(ii),s:(ii),s:i,s:i,s:N,s:N,s:N,s:N,s:N,s:L,s:z,s:N,s:N}",
      "sqlglot_dialect", c->dialect, "has_case_sensitive_identifiers",
      PyBool_FromLong(c->has_case_sensitive_identifiers), "max_identifier_length",
      c->max_identifier_length, "max_column_identifier_length", c->max_column_identifier_length,
      "decimal_precision", c->decimal_precision, c->decimal_scale, "wei_precision",
      c->wei_precision, c->wei_scale, "timestamp_precision", c->timestamp_precision,
      "max_timestamp_precision", c->max_timestamp_precision, "supports_tz_aware_datetime",
      PyBool_FromLong(c->supports_tz_aware_datetime), "supports_transactions",
      PyBool_FromLong(c->supports_transactions), "supports_ddl_transactions",
      PyBool_FromLong(c->supports_ddl_transactions), "alter_add_multi_column",
      PyBool_FromLong(c->alter_add_multi_column), "supports_multiple_statements",
      PyBool_FromLong(c->supports_multiple_statements), "max_query_length",
      (long long)c->max_query_length, "naming_convention", c->naming_convention,
      "supported_merge_strategies", strategies(c->merge_strategies, true),
      "supported_replace_strategies", strategies(c->replace_strategies, false));
}
