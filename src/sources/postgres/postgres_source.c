/* postgres_source.c - the tables of functions that make PostgreSQL a source, and its options. */
#include "sources/postgres/postgres_source.h"

#include <stdlib.h>

#include "database/options.h"
#include "sources/postgres/session.h"

sl_status pg_scalar(struct sl_db_session *base, const struct sl_db_table *table,
                    const char *function, const struct sl_db_column *column, const char *condition,
                    char **out, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  *out = NULL;
  if (column == NULL) {
    sl_db_select_scalar(&pg_driver, table, function, NULL, condition, &sql);
  } else { /* not every type has max(), but each that can be a cursor has an order */
    sl_buffer_text(&sql, "SELECT ");
    sl_db_quote(&pg_driver, column->name, &sql);
    sl_buffer_text(&sql, " FROM ");
    sl_db_from(&pg_driver, table, &sql);
    sl_buffer_text(&sql, " WHERE ");
    sl_db_quote(&pg_driver, column->name, &sql);
    sl_buffer_text(&sql, " IS NOT NULL");
    if (condition != NULL) {
      sl_buffer_printf(&sql, " AND (%s\n)", condition);
    }
    sl_buffer_text(&sql, " ORDER BY 1 DESC LIMIT 1");
  }
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = pg_ask(base, sql.data, out, err);
  }
  sl_buffer_release(&sql);
  return rc;
}

/* A quoted literal takes the type of what it is compared with, so this is exact for every type. */
sl_status pg_compare(const struct sl_db_table *table, const struct sl_db_column *column,
                     enum sl_db_comparison comparison, const char *value, struct sl_buffer *out,
                     struct sl_error *err) {
  static const char *const operators[] = { " = ", " < ", " <= ", " > ", " >= ", " IS NULL" };
  (void)table;
  (void)err;
  sl_db_quote(&pg_driver, column->name, out);
  sl_buffer_text(out, operators[comparison]);
  if (comparison != SL_DB_IS_NULL) {
    sl_db_quote_text(value, out);
  }
  return SL_OK;
}

const struct sl_db_driver pg_driver = {
  .name = "postgres",
  .quote = '"',
  .resumable = true,
  .connect = pg_connect,
  .list = pg_list,
  .describe = pg_describe,
  .describe_all = pg_describe_all,
  .split = pg_split,
  .open = pg_open,
  .next = pg_next,
  .finish = pg_finish,
  .scalar = pg_scalar,
  .compare = pg_compare,
  .has_index = pg_has_index,
  .mark = pg_mark,
  .unchanged = pg_unchanged,
  .hash = pg_hash,
  .ask = pg_ask,
  .hashes = SL_SUM_POSTGRES,
  .join_open = "",
  .join = " || ",
  .join_close = "",
  .cancel = pg_cancel,
  .close = pg_close,
};

/* ---- the source ---- */

struct postgres_settings {
  struct sl_db_settings common;
};

static const struct sl_option options[] = {
  SL_DB_OPTIONS(struct postgres_settings, common),
  { .name = NULL },
};

static const char *const schemes[] = { "postgres", "postgresql", "postgresql+psycopg2", NULL };

static sl_status postgres_open(struct sl_source **out, const struct sl_source_config *config,
                               struct sl_error *err) {
  const struct postgres_settings *settings = config->settings;
  sl_status rc = pg_check_location(config->location, err);
  if (rc != SL_OK) {
    *out = NULL;
    return rc;
  }
  return sl_db_source_open(out, &sl_postgres_source, &pg_driver, config, &settings->common, err);
}

const struct sl_source_ops sl_postgres_source = {
  .struct_size = sizeof(struct sl_source_ops),
  .name = "postgres",
  .schemes = schemes,
  .options = options,
  .settings_bytes = sizeof(struct postgres_settings),
  .help =
      "PostgreSQL: postgres://user@host/database, postgres:host=… dbname=…, postgres:service=….",
  .default_name = pg_default_name,
  .open = postgres_open,
  .discover = sl_db_source_discover,
  .start = sl_db_source_start,
  .claim = sl_db_source_claim,
  .fill = sl_db_source_fill,
  .state = sl_db_source_state,
  .count = sl_db_source_count,
  .sums = sl_db_source_sums,
  .cancel = sl_db_source_cancel,
  .close = sl_db_source_close,
  .position = sl_db_source_position,
  .resume = sl_db_source_resume,
  .pause = sl_db_source_pause,
};
