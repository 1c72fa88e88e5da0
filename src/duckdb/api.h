/* api.h - the one door to libduckdb, opened on first use.
 *
 * libduckdb takes 20 ms to map and link, so nothing links against it: sl_duckdb_load opens it with
 * dlopen and fills one table of function pointers. Calls are written as SL_DUCKDB(query)(…), which
 * is duckdb_query. Search order: $SLUICE_LIBDUCKDB, beside the program (../lib/sluice, ../lib, .),
 * the build's .deps/lib, the system. May include base/ and column/. */
#ifndef SL_DUCKDB_API_H
#define SL_DUCKDB_API_H

#include <duckdb.h>

#include <sluice/error.h>

/* Every function that Sluice calls. */
/* clang-format off */
#define SL_DUCKDB_FUNCTIONS(X) \
  X(library_version) X(create_config) X(set_config) X(destroy_config) X(open_ext) X(close) \
  X(connect) X(disconnect) X(interrupt) X(query) X(destroy_result) X(result_error) \
  X(result_error_type) X(rows_changed) X(free) X(logical_type_get_alias) X(prepare) X(prepare_error) X(destroy_prepare) \
  X(pending_prepared_streaming) X(pending_error) X(execute_pending) X(destroy_pending) \
  X(fetch_chunk) X(destroy_data_chunk) X(result_get_arrow_options) X(destroy_arrow_options) \
  X(data_chunk_to_arrow) X(error_data_message) X(error_data_has_error) X(destroy_error_data) \
  X(column_count) X(column_name) X(column_logical_type) X(create_logical_type) \
  X(destroy_logical_type) X(data_chunk_get_vector) X(data_chunk_set_size) X(vector_get_data) \
  X(vector_ensure_validity_writable) X(decimal_width) X(decimal_scale) X(decimal_internal_type) \
  X(create_table_function) X(table_function_add_parameter) X(table_function_set_bind) \
  X(table_function_set_init) X(register_table_function) X(destroy_table_function) \
  X(bind_get_parameter) X(bind_add_result_column) X(bind_set_bind_data) X(function_set_error) \
  X(init_set_max_threads) X(get_uint64) X(destroy_value) X(init_get_bind_data) \
  X(function_get_local_init_data) X(init_set_init_data) X(init_set_error) \
  X(table_function_set_local_init) X(table_function_set_name) X(table_function_set_function) \
  X(to_arrow_schema) X(create_decimal_type) X(get_type_id) X(pending_prepared) X(pending_execute_task) X(vector_get_validity) \
  X(create_scalar_function) X(scalar_function_set_name) X(scalar_function_add_parameter) \
  X(scalar_function_set_varargs) X(scalar_function_set_return_type) X(scalar_function_set_special_handling) \
  X(scalar_function_set_volatile) X(scalar_function_set_function) X(scalar_function_set_error) \
  X(register_scalar_function) X(destroy_scalar_function) X(connection_get_arrow_options) \
  X(data_chunk_get_column_count) X(data_chunk_get_size) X(vector_get_column_type) \
  X(table_description_create_ext) X(table_description_error) X(table_description_destroy)

/* clang-format on */

#define SL_DUCKDB_MEMBER(name) __typeof__(&duckdb_##name) name;
struct sl_duckdb_api {
  SL_DUCKDB_FUNCTIONS(SL_DUCKDB_MEMBER)
};
extern struct sl_duckdb_api sl_duckdb_api;
#define SL_DUCKDB(name) sl_duckdb_api.name

/* Any thread, any number of times. Fails with SL_ENOTFOUND (all places looked) or SL_EUNSUPPORTED
 * (the library lacks a function). */
sl_status sl_duckdb_load(struct sl_error *err);

#endif
