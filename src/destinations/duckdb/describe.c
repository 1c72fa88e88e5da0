/* describe.c - see describe.h. */
#include "describe.h"

#include <string.h>

#include "column/read.h"
#include "duckdb/query.h"

void duck_quote(struct sl_buffer *out, const char *text, char mark) {
  sl_buffer_char(out, mark);
  for (const char *c = text; *c != '\0'; c++) {
    if (*c == mark) {
      sl_buffer_char(out, mark);
    }
    sl_buffer_char(out, *c);
  }
  sl_buffer_char(out, mark);
}

void duck_qualified(const char *catalog, const struct sl_table_name *name, struct sl_buffer *out) {
  duck_quote(out, name->temporary ? "temp" : catalog, '"');
  sl_buffer_char(out, '.');
  duck_quote(out, name->temporary ? "main" : name->dataset, '"');
  sl_buffer_char(out, '.');
  duck_quote(out, name->table, '"');
}

/* Adds one byte for each row of a query with one boolean column: 'y' or 'n'. */
static sl_status collect_flags(duckdb_connection connection, const char *sql,
                               struct sl_buffer *flags, struct sl_error *err) {
  struct ArrowArrayStream stream = { 0 };
  struct ArrowSchema schema = { 0 };
  struct ArrowArray array = { 0 };
  sl_status rc = sl_duckdb_query(connection, sql, &stream, err);
  if (rc != SL_OK) {
    return rc;
  }
  bool good = stream.get_schema(&stream, &schema) == 0;
  while (good && (good = stream.get_next(&stream, &array) == 0) && array.release != NULL) {
    for (int64_t row = 0; row < array.length; row++) {
      bool yes = sl_array_read(schema.children[0], array.children[0], row).as.boolean;
      sl_buffer_char(flags, yes ? 'y' : 'n');
    }
    array.release(&array);
  }
  if (!good) {
    rc = sl_fail(err, SL_EDEST, "DuckDB: %s", stream.get_last_error(&stream));
  }
  if (schema.release != NULL) {
    schema.release(&schema);
  }
  stream.release(&stream);
  return rc == SL_OK ? sl_buffer_check(flags, err) : rc;
}

enum presence { MISSING, TABLE, VIEW };

/* A look-up by name: queries of the catalog read all of it, which is slow with thousands of tables.
 */
static enum presence find(duckdb_connection connection, const char *catalog,
                          const struct sl_table_name *name) {
  duckdb_table_description found = NULL;
  enum presence is = TABLE;
  if (SL_DUCKDB(table_description_create_ext)(connection, name->temporary ? "temp" : catalog,
                                              name->temporary ? "main" : name->dataset, name->table,
                                              &found) != DuckDBSuccess) {
    const char *message = SL_DUCKDB(table_description_error)(found);
    is = message != NULL && strstr(message, "could be located") != NULL ? MISSING : VIEW;
  }
  SL_DUCKDB(table_description_destroy)(&found);
  return is;
}

/* For each column of the table whether it may be NULL, in order; empty: there is no such table. */
static sl_status read_nullable(duckdb_connection connection, const char *catalog,
                               const struct sl_table_name *name, struct sl_buffer *flags,
                               struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  struct sl_buffer qualified = { 0 };
  enum presence is = find(connection, catalog, name);
  if (is == MISSING) {
    return SL_OK;
  }
  if (is == TABLE) {
    duck_qualified(catalog, name, &qualified);
    sl_buffer_text(&sql, "SELECT NOT \"notnull\" FROM pragma_table_info(");
    duck_quote(&sql, qualified.data == NULL ? "" : qualified.data, '\'');
    sl_buffer_text(&sql, ") ORDER BY cid");
  } else {
    sl_buffer_text(&sql,
                   "SELECT is_nullable FROM duckdb_columns() WHERE lower(database_name) = lower(");
    duck_quote(&sql, name->temporary ? "temp" : catalog, '\'');
    sl_buffer_text(&sql, ") AND lower(schema_name) = lower(");
    duck_quote(&sql, name->temporary ? "main" : name->dataset, '\'');
    sl_buffer_text(&sql, ") AND lower(table_name) = lower(");
    duck_quote(&sql, name->table, '\'');
    sl_buffer_text(&sql, ") ORDER BY column_index");
  }
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = collect_flags(connection, sql.data, flags, err);
  }
  sl_buffer_release(&sql);
  sl_buffer_release(&qualified);
  return rc;
}

/* The types, as DuckDB gives them to Arrow; it calls every column nullable. */
static sl_status read_types(duckdb_connection connection, const char *catalog,
                            const struct sl_table_name *name, struct ArrowSchema *out,
                            struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  struct ArrowArrayStream stream = { 0 };
  sl_buffer_text(&sql, "SELECT * FROM ");
  duck_qualified(catalog, name, &sql);
  sl_buffer_text(&sql, " LIMIT 0");
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = sl_duckdb_query(connection, sql.data, &stream, err);
  }
  if (rc == SL_OK && stream.get_schema(&stream, out) != 0) {
    rc = sl_fail(err, SL_EDEST, "DuckDB: %s", stream.get_last_error(&stream));
  } else if (rc == SL_OK) {
    sl_duckdb_mark_json(&stream, out);
  }
  if (stream.release != NULL) {
    stream.release(&stream);
  }
  sl_buffer_release(&sql);
  return rc;
}

sl_status duck_describe_table(duckdb_connection connection, const char *catalog,
                              const struct sl_table_name *name, struct ArrowSchema *out,
                              struct sl_error *err) {
  struct sl_buffer nullable = { 0 };
  *out = (struct ArrowSchema){ 0 };
  sl_status rc = read_nullable(connection, catalog, name, &nullable, err);
  if (rc == SL_OK && nullable.length > 0) {
    rc = read_types(connection, catalog, name, out, err);
  }
  for (int64_t i = 0; rc == SL_OK && out->release != NULL && i < out->n_children; i++) {
    if ((size_t)i < nullable.length && nullable.data[i] == 'n') {
      out->children[i]->flags &= ~(int64_t)ARROW_FLAG_NULLABLE;
    }
  }
  sl_buffer_release(&nullable);
  return rc;
}
