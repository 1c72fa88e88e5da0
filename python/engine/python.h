/* python.h - Python's headers, limited to the stable ABI of 3.10: one binary for all later
 * versions.
 */
#ifndef SL_PYTHON_H
#define SL_PYTHON_H

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030a0000
#include <Python.h>

#endif
