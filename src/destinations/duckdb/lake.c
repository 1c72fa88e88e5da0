/* lake.c - see lake.h. */
#include "lake.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "describe.h"
#include "duckdb/open.h"
#include "duckdb/query.h"

static sl_status run(duckdb_connection connection, const struct sl_buffer *sql,
                     struct sl_error *err) {
  sl_status rc = sl_buffer_check(sql, err);
  return rc == SL_OK ? sl_duckdb_run(connection, sql->data, NULL, err) : rc;
}

sl_status duck_extension_load(duckdb_connection connection, const char *name,
                              struct sl_error *err) {
  struct sl_buffer load = { 0 };
  struct sl_buffer install = { 0 };
  struct sl_error why = { 0 };
  sl_buffer_printf(&load, "LOAD %s", name);
  sl_buffer_printf(&install, "INSTALL %s", name);
  sl_status rc = run(connection, &load, &why);
  if (rc != SL_OK) {
    rc = run(connection, &install, &why);
    rc = rc == SL_OK ? run(connection, &load, &why) : rc;
  }
  sl_buffer_release(&load);
  sl_buffer_release(&install);
  return rc == SL_OK ? rc
                     : sl_fail(err, SL_EUNSUPPORTED,
                               "DuckDB's extension %s is needed and cannot be brought: install it "
                               "with a DuckDB of the same version (INSTALL %s), or name the folder "
                               "that has it with --extension-directory; DuckDB says: %.300s",
                               name, name, why.message);
}

/* A catalog in a file; those in databases begin with "postgres:", "mysql:" or "sqlite:". */
static bool is_file(const char *location) {
  size_t n = strspn(location, "abcdefghijklmnopqrstuvwxyz");
  return n < 2 || location[n] != ':';
}

/* "shop" of "/data/shop.ducklake"; catalogs in databases are "lake", so that no password shows. */
static void name_of(const char *location, struct sl_buffer *out) {
  const char *slash = strrchr(location, '/');
  const char *base = slash == NULL ? location : slash + 1;
  size_t n = strcspn(base, ".");
  if (!is_file(location) || n == 0) {
    sl_buffer_text(out, "lake");
  } else {
    sl_buffer_append(out, base, n);
  }
}

/* A catalog keeps the path as it is given: relative ones would hang on the folder that a reader
 * runs in. */
static void absolute(const char *path, struct sl_buffer *out) {
  char *here = path[0] == '/' || strstr(path, "://") != NULL ? NULL : getcwd(NULL, 0);
  sl_buffer_printf(out, "%s%s%s", here == NULL ? "" : here, here == NULL ? "" : "/", path);
  free(here);
}

sl_status duck_lake_attach(duckdb_connection connection, const char *location,
                           const char *data_path, bool read_only, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  struct sl_buffer name = { 0 };
  struct sl_buffer full = { 0 };
  if (read_only && is_file(location) && access(location, F_OK) != 0) {
    return sl_fail(err, SL_ENOTFOUND, "there is no DuckLake catalog %s", location);
  }
  sl_status rc = duck_extension_load(connection, "ducklake", err);
  if (rc == SL_OK && is_file(location)) { /* as beside a file of DuckDB's own */
    sl_buffer_printf(&full, "%s.tmp", location);
    sl_buffer_text(&sql, "SET temp_directory = ");
    duck_quote(&sql, full.data == NULL ? "" : full.data, '\'');
    rc = run(connection, &sql, err);
    sl_buffer_reset(&sql);
    sl_buffer_reset(&full);
  }
  name_of(location, &name);
  sl_buffer_printf(&full, "ducklake:%s", location);
  sl_buffer_text(&sql, "ATTACH ");
  duck_quote(&sql, full.data == NULL ? "" : full.data, '\'');
  sl_buffer_text(&sql, " AS ");
  duck_quote(&sql, name.data == NULL ? "" : name.data, '"');
  const char *separator = " (";
  if (data_path != NULL) {
    struct sl_buffer whole = { 0 };
    absolute(data_path, &whole);
    sl_buffer_printf(&sql, "%sDATA_PATH ", separator);
    duck_quote(&sql, whole.data == NULL ? "" : whole.data, '\'');
    sql.failed = sql.failed || whole.failed;
    sl_buffer_release(&whole);
    separator = ", ";
  }
  if (read_only) {
    sl_buffer_printf(&sql, "%sREAD_ONLY", separator);
    separator = ", ";
  }
  sl_buffer_text(&sql, separator[0] == ',' ? ")" : "");
  rc = rc == SL_OK ? sl_buffer_check(&full, err) : rc;
  rc = rc == SL_OK ? sl_buffer_check(&sql, err) : rc;
  rc = rc == SL_OK ? sl_duckdb_attach(connection, location, read_only, sql.data, err) : rc;
  if (rc == SL_OK) {
    sl_buffer_reset(&sql);
    sl_buffer_text(&sql, "USE ");
    duck_quote(&sql, name.data == NULL ? "" : name.data, '"');
    rc = run(connection, &sql, err);
  }
  if (rc != SL_OK) {
    sl_error_add_context(err, "opening a DuckLake");
  }
  sl_buffer_release(&sql);
  sl_buffer_release(&name);
  sl_buffer_release(&full);
  return rc;
}
