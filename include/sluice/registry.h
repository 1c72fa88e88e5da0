/* registry.h - the built-in connectors, found by what the user wrote. */
#ifndef SLUICE_REGISTRY_H
#define SLUICE_REGISTRY_H

#include <sluice/destination.h>
#include <sluice/source.h>

#ifdef __cplusplus
extern "C" {
#endif

/* NULL-terminated lists, for help and docs. */
SL_API extern const struct sl_source_ops *const sl_sources[];
SL_API extern const struct sl_destination_ops *const sl_destinations[];

/* The connector for a location "scheme:rest", "scheme://rest" or a path; *rest is what its open
 * gets as location (without the scheme). Fails with SL_EUSAGE and the schemes there are. */
SL_API sl_status sl_source_find(const char *location, const struct sl_source_ops **out,
                                const char **rest, struct sl_error *err) SL_MUST_USE;
SL_API sl_status sl_destination_find(const char *location, const struct sl_destination_ops **out,
                                     const char **rest, struct sl_error *err) SL_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
