/* dialect_postgres.c - PostgreSQL's types and literals (dlt.md 5.3). */
#include "sql/dialect.h"

#include <inttypes.h>

static bool write_type(const struct sl_sql_context *sql, const struct sl_column *c,
                       struct sl_buffer *out) {
  int precision, scale;
  switch (c->type) {
    case SL_TYPE_BIGINT:
      sl_buffer_text(out, c->precision < 0     ? "bigint"
                          : c->precision <= 16 ? "smallint"
                          : c->precision <= 32 ? "integer"
                                               : "bigint");
      return true;
    case SL_TYPE_TEXT:
      if (c->precision <= 0) {
        return false;
      }
      sl_buffer_printf(out, "varchar(%d)", c->precision);
      return true;
    case SL_TYPE_TIMESTAMP:
      sl_buffer_text(out, "timestamp");
      if (c->precision >= 0 && c->precision < 6) {
        sl_buffer_printf(out, "(%d)", c->precision);
      }
      sl_buffer_text(out, c->timezone == 0 ? " without time zone" : " with time zone");
      return true;
    case SL_TYPE_WEI:
    case SL_TYPE_DECIMAL:
      sl_dialect_decimal(sql, c, &precision, &scale);
      sl_buffer_printf(out, "numeric(%d,%d)", precision, scale);
      return true;
    default: return false;
  }
}

/* Of the session and not of the transaction: checkpoints commit. Others read `who` in
 * pg_stat_activity, unless the user has given an application_name. */
static void try_lock(uint64_t key, const char *who, struct sl_buffer *out) {
  sl_buffer_printf(out,
                   "SELECT CASE WHEN pg_catalog.pg_try_advisory_lock(%" PRId64
                   ") THEN left(pg_catalog.set_config('application_name', CASE WHEN "
                   "pg_catalog.current_setting('application_name') IN ('', 'sluice') THEN ",
                   (int64_t)key);
  sl_dialect_quote_doubling(who, strlen(who), out);
  sl_buffer_printf(
      out,
      " ELSE pg_catalog.current_setting('application_name') END, false), 0) ELSE coalesce((SELECT "
      "concat_ws(', ', nullif(a.application_name, ''), 'user ' || a.usename, 'from ' || "
      "host(a.client_addr), 'process ' || a.pid || ' of the server', 'since ' || "
      "to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')) FROM "
      "pg_catalog.pg_locks AS l JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid WHERE "
      "l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.classid = %" PRIu64
      "::oid AND l.objid = %" PRIu64
      "::oid AND l.database = (SELECT oid FROM pg_catalog.pg_database "
      "WHERE datname = current_database()) LIMIT 1), 'another session') END",
      key >> 32, key & UINT32_MAX);
}

const struct sl_dialect sl_dialect_postgres = {
  .name = "postgres",
  .dlt_name = "postgres",
  .databases = "PostgreSQL|Greenplum|Cockroach|Yugabyte",
  .capabilities = { SL_POSTGRES_CAPABILITIES },
  .undefined_states = "42P01|3F000|42S02",
  .identifier_quote = '"',
  .temporary_schema = "pg_temp",
  .row_order = "ctid",
  .random_key = "left(replace(gen_random_uuid()::text, '-', ''), 20)",
  .types = { [SL_TYPE_TEXT] = "varchar",
             [SL_TYPE_DOUBLE] = "double precision",
             [SL_TYPE_BOOL] = "boolean",
             [SL_TYPE_BINARY] = "bytea",
             [SL_TYPE_JSON] = "jsonb",
             [SL_TYPE_DATE] = "date",
             [SL_TYPE_TIME] = "time without time zone" },
  .type = write_type,
  /* standard_conforming_strings is on: backslashes are letters. */
  .comment_on = true,
  .text_literal = sl_dialect_quote_doubling,
  .try_lock = try_lock,
  .bytes_prefix = "'\\x",
  .bytes_suffix = "'::bytea",
};
