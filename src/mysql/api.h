/* api.h - the one door to libmariadb, opened on first use.
 *
 * Nothing links against it: sl_mysql_load opens it with dlopen and fills one table of function
 * pointers. Calls are written as SL_MYSQL(query)(…), which is mysql_query, and SL_MARIADB(…) for
 * those whose names begin with mariadb_. $SLUICE_LIBMARIADB names the library instead. */
#ifndef SL_MYSQL_API_H
#define SL_MYSQL_API_H

#include <mysql.h>

#include <sluice/error.h>

/* Every function that Sluice calls. */
/* clang-format off */
#define SL_MYSQL_FUNCTIONS(X)                                                                      \
  X(server_init) X(init) X(optionsv) X(real_connect) X(close) X(thread_id) X(get_server_version)   \
  X(real_query) X(send_query) X(read_query_result) X(store_result) X(free_result) X(fetch_row) X(fetch_lengths) X(num_rows)           \
  X(num_fields) X(fetch_fields) X(errno) X(error) X(sqlstate) X(get_ssl_cipher) X(get_socket)     \
  X(stmt_init) X(stmt_prepare) X(stmt_execute) X(stmt_result_metadata) X(stmt_close)               \
  X(stmt_errno) X(stmt_error) X(stmt_sqlstate) X(net_read_packet)                               \
  X(use_result) X(affected_rows) X(warning_count) X(set_local_infile_handler)
#define SL_MARIADB_FUNCTIONS(X) X(connection) X(field_attr)
/* clang-format on */

#define SL_MYSQL_MEMBER(name)   __typeof__(&mysql_##name) mysql_##name;
#define SL_MARIADB_MEMBER(name) __typeof__(&mariadb_##name) mariadb_##name;
struct sl_mysql_api {
  SL_MYSQL_FUNCTIONS(SL_MYSQL_MEMBER)
  SL_MARIADB_FUNCTIONS(SL_MARIADB_MEMBER)
};
extern struct sl_mysql_api sl_mysql_api;
#define SL_MYSQL(name)   sl_mysql_api.mysql_##name
#define SL_MARIADB(name) sl_mysql_api.mariadb_##name

/* Any thread, any number of times. SL_ENOTFOUND: there is no such library; SL_EUNSUPPORTED: it is
 * too old. Both say which package has it. */
sl_status sl_mysql_load(struct sl_error *err);

#endif
