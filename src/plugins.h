/* plugins.h - connectors from shared objects. Private to the registry. */
#ifndef SL_PLUGINS_H
#define SL_PLUGINS_H

#include <sluice/registry.h>

/* Those of the plug-ins alone; NULL behind the last. Empty until sl_plugins_load was called. */
const struct sl_source_ops *sl_plugin_source_at(size_t i);
const struct sl_destination_ops *sl_plugin_destination_at(size_t i);

/* registry.c: true when a built-in connector has the scheme or ending. */
bool sl_source_scheme_taken(const char *scheme);
bool sl_destination_scheme_taken(const char *scheme_or_ending);

#endif
