/* system.c - rows and queries of the _dlt_ tables (dlt.md 3.2). */
#include <inttypes.h>

#include "schema/stored.h"
#include "sql/dialect.h"

static void system_table(const struct sl_sql_context *sql, const char *dataset, const char *table,
                         struct sl_buffer *out) {
  struct sl_table_name name = { .dataset = dataset, .table = table };
  sl_sql_table(sql, &name, out);
}

/* SELECT name FROM ds.table WHERE key = … */
static void select_from(const struct sl_sql_context *sql, const char *name, const char *dataset,
                        const char *table, const char *key, struct sl_buffer *out) {
  sl_buffer_printf(out, "SELECT %s",
                   sql->dialect->select_one == NULL ? "" : sql->dialect->select_one);
  sl_sql_identifier(sql, name, out);
  sl_buffer_text(out, " FROM ");
  system_table(sql, dataset, table, out);
  sl_buffer_text(out, " WHERE ");
  sl_sql_identifier(sql, key, out);
  sl_buffer_text(out, " = ");
}

static void limit_one(const struct sl_sql_context *sql, struct sl_buffer *out) {
  sl_buffer_text(out, sql->dialect->limit_one == NULL ? " LIMIT 1" : sql->dialect->limit_one);
}

/* a.b */
static void column_of(const struct sl_sql_context *sql, const char *alias, const char *column,
                      struct sl_buffer *out) {
  sl_buffer_printf(out, "%s.", alias);
  sl_sql_identifier(sql, column, out);
}

static void text(const struct sl_sql_context *sql, const char *value, struct sl_buffer *out) {
  if (value == NULL) {
    sl_buffer_text(out, "NULL");
  } else {
    sl_sql_text_literal(sql, value, strlen(value), out);
  }
}

static void timestamp(const struct sl_sql_context *sql, int64_t micros, struct sl_buffer *out) {
  struct sl_value v = { .type = SL_TYPE_TIMESTAMP, .as.integer = micros, .zoned = true };
  sl_sql_literal(sql, &v, out);
}

/* ("a", "b") */
static void columns(const struct sl_sql_context *sql, const char *const *names, size_t n,
                    struct sl_buffer *out) {
  for (size_t i = 0; i < n; i++) {
    sl_buffer_text(out, i == 0 ? " (" : ", ");
    sl_sql_identifier(sql, names[i], out);
  }
  sl_buffer_text(out, ") VALUES (");
}

sl_status sl_sql_insert_load(const struct sl_sql_context *sql, const char *dataset,
                             const char *load_id, const char *schema_name, const char *schema_hash,
                             int64_t inserted_at, struct sl_statements *out, struct sl_error *err) {
  static const char *const names[] = { "load_id", "schema_name", "status", "inserted_at",
                                       "schema_version_hash" };
  struct sl_buffer s = { 0 };
  sl_buffer_text(&s, "INSERT INTO ");
  system_table(sql, dataset, "_dlt_loads", &s);
  columns(sql, names, 5, &s);
  text(sql, load_id, &s);
  sl_buffer_text(&s, ", ");
  text(sql, schema_name, &s);
  sl_buffer_text(&s, ", 0, ");
  timestamp(sql, inserted_at, &s);
  sl_buffer_text(&s, ", ");
  text(sql, schema_hash, &s);
  sl_buffer_char(&s, ')');
  sl_status rc = sl_statements_add(out, &s, err);
  sl_buffer_release(&s);
  return rc;
}

sl_status sl_sql_insert_version(const struct sl_sql_context *sql, const char *dataset,
                                const struct sl_schema *schema, const char *schema_json,
                                int64_t inserted_at, struct sl_statements *out,
                                struct sl_error *err) {
  static const char *const names[] = { "version",     "engine_version", "inserted_at",
                                       "schema_name", "version_hash",   "schema" };
  struct sl_buffer s = { 0 };
  struct sl_buffer packed = { 0 };
  sl_status rc = SL_OK;
  int64_t limit = sql->capabilities->max_text_data_type_length;
  if (limit > 0 && (int64_t)strlen(schema_json) > limit) {
    rc = sl_text_compress(schema_json, strlen(schema_json), &packed, err);
  }
  sl_buffer_text(&s, "INSERT INTO ");
  system_table(sql, dataset, "_dlt_version", &s);
  columns(sql, names, 6, &s);
  sl_buffer_printf(&s, "%" PRId64 ", %d, ", schema->version, SL_SCHEMA_ENGINE_VERSION);
  timestamp(sql, inserted_at, &s);
  sl_buffer_text(&s, ", ");
  text(sql, schema->name, &s);
  sl_buffer_text(&s, ", ");
  text(sql, schema->version_hash, &s);
  sl_buffer_text(&s, ", ");
  text(sql, packed.length > 0 ? packed.data : schema_json, &s);
  sl_buffer_char(&s, ')');
  if (rc == SL_OK) {
    rc = sl_statements_add(out, &s, err);
  }
  sl_buffer_release(&packed);
  sl_buffer_release(&s);
  return rc;
}

sl_status sl_sql_insert_state(const struct sl_sql_context *sql, const char *dataset,
                              const struct sl_state_row *row, struct sl_statements *out,
                              struct sl_error *err) {
  static const char *const names[] = { "version",    "engine_version", "pipeline_name", "state",
                                       "created_at", "version_hash",   "_dlt_load_id",  "_dlt_id" };
  struct sl_buffer s = { 0 };
  sl_buffer_text(&s, "INSERT INTO ");
  system_table(sql, dataset, "_dlt_pipeline_state", &s);
  columns(sql, names, 8, &s);
  sl_buffer_printf(&s, "%" PRId64 ", %d, ", row->version, row->engine_version);
  text(sql, row->pipeline, &s);
  sl_buffer_text(&s, ", ");
  text(sql, row->state, &s);
  sl_buffer_text(&s, ", ");
  timestamp(sql, row->created_at, &s);
  sl_buffer_text(&s, ", ");
  text(sql, row->version_hash, &s);
  sl_buffer_text(&s, ", ");
  text(sql, row->load_id, &s);
  sl_buffer_text(&s, ", ");
  text(sql, row->row_id, &s);
  sl_buffer_char(&s, ')');
  sl_status rc = sl_statements_add(out, &s, err);
  sl_buffer_release(&s);
  return rc;
}

sl_status sl_sql_select_schema(const struct sl_sql_context *sql, const char *dataset,
                               const char *schema_name, struct sl_buffer *out,
                               struct sl_error *err) {
  select_from(sql, "schema", dataset, "_dlt_version", "schema_name", out);
  text(sql, schema_name, out);
  sl_buffer_text(out, " ORDER BY ");
  sl_sql_identifier(sql, "inserted_at", out);
  sl_buffer_text(out, " DESC, ");
  sl_sql_identifier(sql, "version", out);
  sl_buffer_text(out, " DESC");
  limit_one(sql, out);
  return sl_buffer_check(out, err);
}

sl_status sl_sql_select_version(const struct sl_sql_context *sql, const char *dataset,
                                const char *version_hash, struct sl_buffer *out,
                                struct sl_error *err) {
  select_from(sql, "version_hash", dataset, "_dlt_version", "version_hash", out);
  text(sql, version_hash, out);
  limit_one(sql, out);
  return sl_buffer_check(out, err);
}

sl_status sl_sql_select_load(const struct sl_sql_context *sql, const char *dataset,
                             const char *load_id, struct sl_buffer *out, struct sl_error *err) {
  if (load_id == NULL) {
    select_from(sql, "load_id", dataset, "_dlt_loads", "status", out);
    sl_buffer_text(out, "0 ORDER BY ");
    sl_sql_identifier(sql, "load_id", out);
    sl_buffer_text(out, " DESC");
    limit_one(sql, out);
    return sl_buffer_check(out, err);
  }
  select_from(sql, "load_id", dataset, "_dlt_loads", "load_id", out);
  text(sql, load_id, out);
  sl_buffer_text(out, " AND ");
  sl_sql_identifier(sql, "status", out);
  sl_buffer_text(out, " = 0");
  limit_one(sql, out);
  return sl_buffer_check(out, err);
}

sl_status sl_sql_select_state(const struct sl_sql_context *sql, const char *dataset,
                              const char *pipeline_name, const char *column, struct sl_buffer *out,
                              struct sl_error *err) {
  sl_buffer_printf(out, "SELECT %s",
                   sql->dialect->select_one == NULL ? "" : sql->dialect->select_one);
  column_of(sql, "s", column, out);
  sl_buffer_text(out, " FROM ");
  system_table(sql, dataset, "_dlt_pipeline_state", out);
  sl_buffer_text(out, " s JOIN ");
  system_table(sql, dataset, "_dlt_loads", out);
  sl_buffer_text(out, " l ON ");
  column_of(sql, "l", "load_id", out);
  sl_buffer_text(out, " = ");
  column_of(sql, "s", "_dlt_load_id", out);
  sl_buffer_text(out, " WHERE ");
  column_of(sql, "l", "status", out);
  sl_buffer_text(out, " = 0 AND ");
  column_of(sql, "s", "pipeline_name", out);
  sl_buffer_text(out, " = ");
  text(sql, pipeline_name, out);
  sl_buffer_text(out, " ORDER BY ");
  column_of(sql, "l", "load_id", out);
  sl_buffer_text(out, " DESC");
  limit_one(sql, out);
  return sl_buffer_check(out, err);
}
