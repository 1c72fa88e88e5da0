/* plugin.h - connectors outside the tree: shared objects with one exported symbol.
 *
 *   SLUICE_PLUGINS=parcels.so:folder/of/plug-ins sluice load parcels:2024 warehouse.duckdb
 *
 * A plug-in is compiled with the installed headers alone and calls the functions of <sluice/…>,
 * which it finds in the program that loads it:
 *
 *   cc -std=c17 -shared -fPIC -o parcels.so *.c
 *
 * (For programs that load libsluice.so themselves, Python for example, add -lsluice.) See
 * docs/new-source.md. */
#ifndef SLUICE_PLUGIN_H
#define SLUICE_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#include <sluice/builder.h>
#include <sluice/destination.h>
#include <sluice/dialect.h>
#include <sluice/source.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Rises when a structure of <sluice/…> changes in any other way than by new members at the end of
 * sl_source_ops, sl_destination_ops or sl_plugin. A plug-in of another number is refused. */
#define SL_PLUGIN_ABI 1

struct sl_plugin {
  uint32_t abi;       /* SL_PLUGIN_ABI of the headers it was compiled with */
  size_t struct_size; /* sizeof(struct sl_plugin) */
  const struct sl_source_ops *const *sources;            /* NULL-terminated; NULL = none */
  const struct sl_destination_ops *const *destinations;  /* likewise */
  const struct sl_dialect_registration *const *dialects; /* likewise; see dialect.h */
};

/* What a plug-in exports. Called once, from any thread; what it gives lives as long as the
 * program. */
SL_API const struct sl_plugin *sluice_connector(void);

#ifdef __cplusplus
}
#endif
#endif
