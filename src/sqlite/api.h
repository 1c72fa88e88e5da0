/* api.h - the one door to libsqlite3, opened on first use.
 *
 * Nothing links against the library: sl_sqlite_load opens it with dlopen and fills one table of
 * function pointers, so that `sluice --version` does not pay for it. Calls are written as
 * SL_SQLITE(step)(…), which is sqlite3_step. $SLUICE_LIBSQLITE3 names another file to open.
 * May include base/. */
#ifndef SL_SQLITE_API_H
#define SL_SQLITE_API_H

#include <sqlite3.h>

#include <sluice/error.h>

/* Every function that Sluice calls. */
/* clang-format off */
#define SL_SQLITE_FUNCTIONS(X)                                                                  \
  X(libversion) X(libversion_number) X(open_v2) X(close_v2) X(busy_timeout) X(progress_handler) \
  X(db_config) X(interrupt) X(errmsg) X(extended_errcode) X(system_errno) X(get_autocommit)     \
  X(prepare_v2) X(step) X(reset) X(finalize) X(changes64) X(total_changes64)                      \
  X(create_collation_v2) X(create_function_v2) X(value_type) X(value_int64) X(value_double)       \
  X(value_blob) X(value_bytes) X(result_int64)                                                  \
  X(bind_null) X(bind_int64) X(bind_double) X(bind_text) X(bind_blob)                           \
  X(column_count) X(column_name) X(column_decltype) X(column_type)                              \
  X(column_int64) X(column_double) X(column_text) X(column_blob) X(column_bytes)
/* clang-format on */

#define SL_SQLITE_MEMBER(name) __typeof__(&sqlite3_##name) name;
struct sl_sqlite_api {
  SL_SQLITE_FUNCTIONS(SL_SQLITE_MEMBER)
};
extern struct sl_sqlite_api sl_sqlite_api;
#define SL_SQLITE(name) sl_sqlite_api.name

/* Any thread, any number of times. SL_ENOTFOUND: no library, with the package that brings it;
 * SL_EUNSUPPORTED: it is older than 3.37. */
sl_status sl_sqlite_load(struct sl_error *err);

#endif
