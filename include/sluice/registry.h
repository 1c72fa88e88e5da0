/* registry.h - the connectors: the built-in ones and those of plug-ins, found by what the user
 * wrote. */
#ifndef SLUICE_REGISTRY_H
#define SLUICE_REGISTRY_H

#include <sluice/destination.h>
#include <sluice/source.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The built-in connectors, then those of plug-ins; NULL behind the last. Any thread. */
SL_API const struct sl_source_ops *sl_source_at(size_t i);
SL_API const struct sl_destination_ops *sl_destination_at(size_t i);

/* The connector for a location "scheme:rest", "scheme://rest" or a path; *rest is what its open
 * gets as location (without the scheme). Fails with SL_EUSAGE and the schemes there are. Plug-ins
 * are loaded when no built-in connector fits; if one of them cannot be, that is the failure. */
SL_API sl_status sl_source_find(const char *location, const struct sl_source_ops **out,
                                const char **rest, struct sl_error *err) SL_MUST_USE;
SL_API sl_status sl_destination_find(const char *location, const struct sl_destination_ops **out,
                                     const char **rest, struct sl_error *err) SL_MUST_USE;

/* "mssql" of mssql://host/shop; "" for a path. rest: what sl_destination_find or sl_source_find has
 * given for the location. */
SL_API void sl_location_scheme(const char *location, const char *rest, char out[32]);

/* Loads the plug-ins (plugin.h) that the environment variable SLUICE_PLUGINS names: paths of shared
 * objects, and of folders that hold some, separated by colons. The first call does the work, later
 * ones give its result. SL_EUSAGE: a path is not there, is not a plug-in, was made for another
 * version of Sluice, or wants a scheme that is taken. */
SL_API sl_status sl_plugins_load(struct sl_error *err) SL_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
