/* example_source.h - the template that a new source is copied from; docs/new-source.md tells how.
 *
 *   example:                          both tables of an outside system that needs no network
 *   example:orders?rows=1000000       one table; options may be written behind the question mark
 *   example:customers --rows 50       or as options of the load */
#ifndef SL_SOURCES_EXAMPLE_SOURCE_H
#define SL_SOURCES_EXAMPLE_SOURCE_H

#include <sluice/source.h>

extern const struct sl_source_ops sl_example_source;

#endif
