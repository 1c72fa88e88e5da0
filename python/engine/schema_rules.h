/* schema_rules.h - the engine's rules for names, values and stored schemas, for Python objects that
 * have dlt's shape. None of them is on the way of a load. */
#ifndef SL_PYTHON_SCHEMA_RULES_H
#define SL_PYTHON_SCHEMA_RULES_H

#include "python.h"

/* name_identifier(convention, max_length, text) -> str; 0 = no limit. EngineError "data" when it is
 * blank. */
PyObject *py_name_identifier(PyObject *module, PyObject *args);
/* name_path(convention, max_length, text) -> str */
PyObject *py_name_path(PyObject *module, PyObject *args);
/* name_tag(text) -> str: what dlt puts into a name that is shortened. */
PyObject *py_name_tag(PyObject *module, PyObject *args);
/* detect(type, value, detections) -> type; a value as coerce() has it, names of detectors. */
PyObject *py_detect(PyObject *module, PyObject *args);
/* coerce(type, value, to) -> value, or None when dlt would not convert it. A text, JSON, decimal or
 * wei is a str; binary is bytes; a date is a number of days, a time or timestamp one of
 * microseconds since midnight or 1970, in UTC; a timestamp that comes back is a pair of that and
 * whether its zone was stated. */
PyObject *py_coerce(PyObject *module, PyObject *args);
/* schema_new(name) -> JSON of a schema as dlt makes a new one, with the table of pipeline states.
 */
PyObject *py_schema_new(PyObject *module, PyObject *args);
/* schema_read(text, is_yaml) -> JSON of the schema, of the current engine version. */
PyObject *py_schema_read(PyObject *module, PyObject *args);
/* schema_hash(json) -> str: the version hash of a schema. */
PyObject *py_schema_hash(PyObject *module, PyObject *args);
/* json_to_yaml(json) -> str, in PyYAML's block style. */
PyObject *py_json_to_yaml(PyObject *module, PyObject *args);
/* capabilities(scheme) -> dict of what a destination promises; strategies as lists of names. */
PyObject *py_capabilities(PyObject *module, PyObject *args);

#endif
