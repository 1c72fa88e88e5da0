/* api.h - the one door to libfbclient, opened with dlopen at first use; see src/sqlite/api.h. Calls
 * are written as FB(dsql_fetch)(…), which is isc_dsql_fetch. $SLUICE_LIBFBCLIENT names another file
 * to open. */
#ifndef SL_DESTINATIONS_FIREBIRD_API_H
#define SL_DESTINATIONS_FIREBIRD_API_H

#include <ibase.h>

#include <sluice/error.h>

/* clang-format off */
#define FB_FUNCTIONS(X)                                                                          \
  X(attach_database) X(create_database) X(detach_database)                                       \
  X(start_transaction) X(commit_transaction) X(rollback_transaction)                             \
  X(dsql_allocate_statement) X(dsql_prepare) X(dsql_describe) X(dsql_describe_bind)              \
  X(dsql_execute) X(dsql_fetch) X(dsql_sql_info) X(dsql_free_statement)                          \
  X(create_blob2) X(open_blob2) X(put_segment) X(get_segment) X(close_blob) X(cancel_blob)
/* clang-format on */

#define FB_MEMBER(name) __typeof__(&isc_##name) name;
struct fb_api {
  FB_FUNCTIONS(FB_MEMBER)
  __typeof__(&fb_cancel_operation) cancel_operation;
  __typeof__(&fb_interpret) interpret;
  __typeof__(&fb_sqlstate) sqlstate;
};
extern struct fb_api fb_api;
#define FB(name) fb_api.name

/* Any thread, any number of times. SL_ENOTFOUND: no library, with the package that brings it. */
sl_status fb_load(struct sl_error *err);

#endif
