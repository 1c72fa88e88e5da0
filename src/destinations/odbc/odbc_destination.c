/* odbc_destination.c - the table of functions: connection, dialect, transactions. */
#include "odbc_destination.h"

#include <stdio.h>
#include <stdlib.h>

#include <sluice/registry.h>

#include "odbc/diag.h"
#include "odbc_writing.h"

static struct odbc_destination *of(struct sl_destination *base) {
  return (struct odbc_destination *)base;
}

/* ---- open and close ---- */

static void odbc_out_close(struct sl_destination *base) {
  struct odbc_destination *d = of(base);
  odbc_out_release_rows(d);
  odbc_link_close(&d->link); /* rolls back what is open */
  free(d);
}

static const char *scheme_of(const struct sl_destination_config *config) {
  return config->scheme == NULL || config->scheme[0] == '\0' ? "odbc" : config->scheme;
}

/* What is wrongly written is told before anything is connected. */
static sl_status check_location(const char *scheme, const char *location, struct sl_error *err) {
  const struct odbc_installed_list none = { 0 };
  struct sl_buffer string = { 0 };
  sl_status rc = odbc_connection_string(scheme, location, &none, &string, err);
  sl_buffer_release(&string);
  return rc == SL_ENOTFOUND ? SL_OK : rc;
}

static sl_status find_dialect(struct odbc_destination *d, const char *wanted,
                              struct sl_error *err) {
  char database[256] = "";
  struct sl_buffer known = { 0 };
  const struct sl_dialect *found = NULL;
  sl_status rc = sl_plugins_load(err); /* they may bring dialects */
  if (rc != SL_OK) {
    return rc;
  }
  odbc_info_text(&d->link, SQL_DBMS_NAME, database, sizeof database);
  found = wanted != NULL ? sl_dialect_find(wanted) : sl_dialect_of_database(database);
  if (found == NULL || sl_dialect_capabilities(found) == NULL) {
    sl_dialect_list(&known);
    rc = sl_fail(err, SL_EUSAGE,
                 "%s: no SQL dialect is known %s '%s'; say which one it speaks with "
                 "--dialect: %s",
                 d->link.place, wanted != NULL ? "by the name" : "for",
                 wanted != NULL ? wanted : database, known.data == NULL ? "" : known.data);
    sl_buffer_release(&known);
    return rc;
  }
  d->capabilities = *sl_dialect_capabilities(found);
  d->sql = (struct sl_sql_context){ .dialect = found, .capabilities = &d->capabilities };
  return SL_OK;
}

/* What this driver can do, beyond what the dialect says. */
static void learn(struct odbc_destination *d) {
  SQLUINTEGER schemas = 0;
  SQLUSMALLINT location = 0;
  SQLUSMALLINT transactions = SQL_TC_ALL;
  SQLSMALLINT length;
  char text[64];
  ODBC(GetInfo)(d->link.dbc, SQL_SCHEMA_USAGE, &schemas, sizeof schemas, &length);
  ODBC(GetInfo)(d->link.dbc, SQL_CATALOG_LOCATION, &location, sizeof location, &length);
  odbc_info_text(&d->link, SQL_CATALOG_NAME, text, sizeof text);
  d->catalog_schemas = schemas == 0 && text[0] == 'Y' && location == SQL_CL_START;
  odbc_info_text(&d->link, SQL_SEARCH_PATTERN_ESCAPE, d->escape, sizeof d->escape);
  if (SQL_SUCCEEDED(ODBC(GetInfo)(d->link.dbc, SQL_TXN_CAPABLE, &transactions, sizeof transactions,
                                  &length)) &&
      transactions == SQL_TC_NONE) {
    d->capabilities.supports_transactions = false;
    d->capabilities.supports_ddl_transactions = false;
    d->capabilities.merge_strategies = 0;
    d->capabilities.replace_strategies = 0;
  }
  d->keeps_nul = strcmp(sl_dialect_family(d->sql.dialect), "mysql") == 0;
  d->utf8 = !d->link.wide || d->link.profile->utf8;
}

/* Whether a statement is executed for an array of parameters at once. */
static bool takes_arrays(struct odbc_destination *d) {
  SQLRETURN code =
      ODBC(SetStmtAttr)(d->link.stmt, SQL_ATTR_PARAMSET_SIZE, (SQLPOINTER)(SQLULEN)2, 0);
  (void)ODBC(SetStmtAttr)(d->link.stmt, SQL_ATTR_PARAMSET_SIZE, (SQLPOINTER)(SQLULEN)1, 0);
  return code == SQL_SUCCESS; /* with information: it took another number */
}

static sl_status connect_to(struct odbc_destination *d, const struct sl_destination_config *config,
                            struct sl_error *err) {
  const struct odbc_out_settings *settings = config->settings;
  int64_t timeout = settings->connect_timeout > 0 ? settings->connect_timeout : 10;
  sl_status rc = odbc_link_open(&d->link, scheme_of(config), config->location, timeout,
                                config->read_only, err);
  if (rc == SL_OK) {
    rc = odbc_link_statement(&d->link, err);
  }
  if (rc == SL_OK) {
    rc = find_dialect(d, settings->dialect, err);
  }
  if (rc == SL_OK) {
    learn(d);
    const char *how = settings->insert == NULL ? "auto" : settings->insert;
    d->literals = strcmp(how, "literals") == 0 || (strcmp(how, "auto") == 0 && !takes_arrays(d));
    rc = odbc_out_set_session(d, err);
  }
  return rc;
}

static sl_status odbc_out_open(struct sl_destination **out,
                               const struct sl_destination_config *config, struct sl_error *err) {
  *out = NULL;
  sl_status rc = check_location(scheme_of(config), config->location, err);
  struct odbc_destination *d = rc == SL_OK ? calloc(1, sizeof *d) : NULL;
  if (d == NULL) {
    return rc != SL_OK ? rc : sl_fail(err, SL_ENOMEM, "out of memory for a destination");
  }
  d->base.ops = &sl_odbc_destination;
  d->read_only = config->read_only;
  d->link.writes = true;
  rc = connect_to(d, config, err);
  if (rc != SL_OK) {
    odbc_out_close(&d->base);
    return rc;
  }
  *out = &d->base;
  return SL_OK;
}

static const struct sl_capabilities *capabilities_of(const struct sl_destination *base) {
  return &((const struct odbc_destination *)base)->capabilities;
}

/* ---- transactions ---- */

static sl_status odbc_out_begin(struct sl_destination *base, struct sl_error *err) {
  struct odbc_destination *d = of(base);
  if (d->in_transaction) {
    return sl_fail(err, SL_EDEST, "a transaction has begun already and is not over");
  }
  if (d->capabilities.supports_transactions &&
      !odbc_link_set(&d->link, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF)) {
    return odbc_fail(&d->link, SQL_HANDLE_DBC, d->link.dbc, err, "beginning a transaction");
  }
  d->in_transaction = true;
  return SL_OK;
}

static sl_status end_transaction(struct odbc_destination *d, SQLSMALLINT how, const char *doing,
                                 struct sl_error *err) {
  sl_status rc = SL_OK;
  odbc_end(&d->link);
  if (d->capabilities.supports_transactions &&
      !SQL_SUCCEEDED(ODBC(EndTran)(SQL_HANDLE_DBC, d->link.dbc, how))) {
    rc = odbc_fail(&d->link, SQL_HANDLE_DBC, d->link.dbc, err, "%s", doing);
  }
  if (rc == SL_OK || how == SQL_ROLLBACK) {
    d->in_transaction = false;
    (void)odbc_link_set(&d->link, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_ON);
  }
  return rc;
}

static sl_status odbc_out_commit(struct sl_destination *base, struct sl_error *err) {
  struct odbc_destination *d = of(base);
  return d->in_transaction ? end_transaction(d, SQL_COMMIT, "committing", err)
                           : sl_fail(err, SL_EDEST, "there is no transaction to commit");
}

static void odbc_out_rollback(struct sl_destination *base) {
  struct odbc_destination *d = of(base);
  struct sl_error ignored; /* a lost connection has rolled back already */
  if (d->in_transaction) {
    sl_status rc = end_transaction(d, SQL_ROLLBACK, "rolling back", &ignored);
    (void)rc;
  }
  odbc_out_forget(d);
}

/* ---- statements ---- */

static sl_status refuse_to_write(struct sl_error *err) {
  return sl_fail(err, SL_EDEST, "the destination was opened for reading only");
}

static sl_status odbc_out_execute(struct sl_destination *base, const char *sql, int64_t *affected,
                                  struct sl_error *err) {
  struct odbc_destination *d = of(base);
  char doing[160];
  SQLLEN count = -1;
  if (d->read_only) {
    return refuse_to_write(err);
  }
  snprintf(doing, sizeof doing, "executing %.120s%s", sql, strlen(sql) > 120 ? "…" : "");
  sl_status rc = odbc_out_run(d, sql, doing, err);
  if (rc == SL_OK && affected != NULL) {
    *affected = SQL_SUCCEEDED(ODBC(RowCount)(d->link.stmt, &count)) && count >= 0 ? count : -1;
  }
  odbc_end(&d->link);
  if (strncmp(sql, "INSERT ", 7) != 0) {
    odbc_out_forget(d); /* it may have changed tables */
  }
  return rc;
}

static sl_status odbc_out_append_batch(struct sl_destination *base,
                                       const struct sl_table_name *name,
                                       const struct ArrowSchema *schema, struct ArrowArray *array,
                                       struct sl_error *err) {
  struct odbc_destination *d = of(base);
  sl_status rc = d->read_only ? refuse_to_write(err) : SL_OK;
  if (rc == SL_OK && array->length > 0) {
    rc = odbc_out_append(d, name, schema, array, err);
  }
  if (rc == SL_OK) {
    array->release(array);
  }
  return rc;
}

static sl_status odbc_out_flush(struct sl_destination *base, struct sl_error *err) {
  (void)base, (void)err; /* nothing waits: each append is executed */
  return SL_OK;
}

static void odbc_out_cancel(struct sl_destination *base) {
  struct odbc_destination *d = of(base);
  atomic_store(&d->cancelled, true);
  SQLHSTMT stmt = atomic_load(&d->running);
  if (stmt != NULL) {
    (void)ODBC(Cancel)(stmt);
  }
}

#define SETTING(member) .offset = offsetof(struct odbc_out_settings, member)

static const struct sl_option options[] = {
  { .name = "dialect",
    .kind = SL_OPTION_TEXT,
    .value_name = "NAME",
    .group = "ODBC (destination)",
    .help = "SQL dialect of the database: mssql, oracle, snowflake, … or one from a plug-in; "
            "default: by what the driver calls it.",
    SETTING(dialect) },
  { .name = "odbc-insert",
    .kind = SL_OPTION_CHOICE,
    .value_name = "HOW",
    .choices = "auto|arrays|literals",
    .default_text = "auto",
    .group = "ODBC (destination)",
    .help = "Rows by arrays of parameters, or by INSERT with literals for drivers that do arrays "
            "wrong or slowly.",
    SETTING(insert) },
  { .name = "odbc-connect-timeout",
    .kind = SL_OPTION_INTEGER,
    .value_name = "SECONDS",
    .default_text = "10",
    .minimum = 1,
    .maximum = 3600,
    .group = "ODBC (destination)",
    .help = "How long the connection to the destination may take to be made.",
    SETTING(connect_timeout) },
  { .name = NULL },
};

static const char *const schemes[] = { "odbc",  "mssql",      "oracle", "snowflake", "bigquery",
                                       "trino", "clickhouse", "db2",    NULL };
static const char *const extensions[] = { NULL };

const struct sl_destination_ops sl_odbc_destination = {
  .struct_size = sizeof(struct sl_destination_ops),
  .name = "odbc",
  .schemes = schemes,
  .extensions = extensions,
  .options = options,
  .settings_bytes = sizeof(struct odbc_out_settings),
  /* As far as every dialect goes; a connection says its own. */
  .capabilities = { .dialect = "postgres",
                    .max_identifier_length = 63,
                    .max_column_identifier_length = 63,
                    .identifiers_in_bytes = true,
                    .decimal_precision = 38,
                    .decimal_scale = 9,
                    .wei_precision = 38,
                    .timestamp_precision = 6,
                    .max_timestamp_precision = 6,
                    .supports_transactions = true,
                    .merge_strategies = 1U << SL_MERGE_DELETE_INSERT | 1U << SL_MERGE_SCD2,
                    .replace_strategies = 1U << SL_REPLACE_TRUNCATE | 1U << SL_REPLACE_STAGING,
                    .max_parallel_load_jobs = 1 },
  .help =
      "A database with an ODBC driver: odbc:DSN, odbc:Driver={…};…, mssql://, oracle://, "
      "snowflake://, bigquery://, trino://, clickhouse://, db2://.",
  .open = odbc_out_open,
  .begin = odbc_out_begin,
  .commit = odbc_out_commit,
  .rollback = odbc_out_rollback,
  .execute = odbc_out_execute,
  .query = odbc_out_query,
  .describe = odbc_out_describe,
  .append = odbc_out_append_batch,
  .flush = odbc_out_flush,
  .cancel = odbc_out_cancel,
  .close = odbc_out_close,
  .capabilities_of = capabilities_of,
};
