/* python_source.h - the source python:module.function: sources and resources written in Python for
 * dlt, run by a Python of their own. */
#ifndef SL_SOURCES_PYTHON_SOURCE_H
#define SL_SOURCES_PYTHON_SOURCE_H

#include <sluice/source.h>

extern const struct sl_source_ops sl_python_source;

#endif
