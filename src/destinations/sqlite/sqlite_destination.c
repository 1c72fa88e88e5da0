/* sqlite_destination.c - SQLite's table of functions: connection, transactions, statements. */
#include "sqlite_destination.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/decimal.h"
#include "sql/capabilities.h"
#include "sqlite_internal.h"

static void sqlite_dest_close(struct sl_destination *base) {
  struct sqlite_destination *d = (struct sqlite_destination *)base;
  if (d->db != NULL) {
    SL_SQLITE(close_v2)(d->db); /* rolls back what is open */
  }
  sqlite_datasets_release(d);
  free(d->path);
  free(d);
}

/* Decimals that are kept as texts, by value; what is no number comes first. */
static int compare_decimals(void *unused, int n, const void *a, int m, const void *b) {
  struct sl_decimal x = { 0 };
  struct sl_decimal y = { 0 };
  bool x_is = sl_decimal_parse((struct sl_text){ a, (size_t)n }, &x);
  bool y_is = sl_decimal_parse((struct sl_text){ b, (size_t)m }, &y);
  (void)unused;
  if (!x_is || !y_is) {
    return (int)x_is - (int)y_is;
  }
  if (!sl_decimal_rescale(&x, y.scale) && !sl_decimal_rescale(&y, x.scale)) {
    double left = sl_decimal_to_double(x);
    double right = sl_decimal_to_double(y);
    return (left > right) - (left < right);
  }
  return (x.coefficient > y.coefficient) - (x.coefficient < y.coefficient);
}

static sl_status check_path(const struct sqlite_destination *d, struct sl_error *err) {
  struct stat status;
  if (d->path == NULL) {
    return SL_OK;
  }
  bool there = stat(d->path, &status) == 0;
  if (there && S_ISDIR(status.st_mode)) {
    return sl_fail(err, SL_EUSAGE, "sqlite: %s is a folder; name a file in it", d->path);
  }
  if (!there && d->read_only) {
    return sl_fail_errno(err, errno, "sqlite: there is no database %s", d->path);
  }
  return SL_OK;
}

static sl_status connect_to(struct sqlite_destination *d, struct sl_error *err) {
  enum { DQS_DML = 1013, DQS_DDL = 1014 }; /* "x" is a name and never a text, SQLite 3.29 */
  struct sl_buffer name = { 0 };
  bool bare = d->path != NULL && d->path[0] != '/'; /* ":memory:.db" is a file, too */
  sl_buffer_printf(&name, "%s%s", bare ? "./" : "", d->path == NULL ? ":memory:" : d->path);
  sl_status rc = sl_buffer_check(&name, err);
  if (rc == SL_OK) {
    int flags = (d->read_only && d->path != NULL ? SQLITE_OPEN_READONLY
                                                 : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) |
                SQLITE_OPEN_NOMUTEX;
    int code = SL_SQLITE(open_v2)(name.data, &d->db, flags, NULL);
    rc = code == SQLITE_OK ? SL_OK : sqlite_dest_fail(d, code, "opening the file", err);
  }
  sl_buffer_release(&name);
  if (rc == SL_OK) {
    SL_SQLITE(busy_timeout)(d->db, (int)(d->settings.busy_timeout * 1000));
    SL_SQLITE(db_config)(d->db, DQS_DML, 0, NULL);
    SL_SQLITE(db_config)(d->db, DQS_DDL, 0, NULL);
    SL_SQLITE(create_collation_v2)
    (d->db, "sluice_decimal", SQLITE_UTF8, NULL, compare_decimals, NULL);
    int64_t pages; /* opens the file: a wrong one is told now */
    rc = sqlite_dest_number(d, "PRAGMA main.page_count", "opening the file", &pages, err);
  }
  return rc == SL_OK ? sqlite_datasets_add_main(d, err) : rc;
}

static sl_status sqlite_dest_open(struct sl_destination **out,
                                  const struct sl_destination_config *config,
                                  struct sl_error *err) {
  *out = NULL;
  struct sqlite_target target = { 0 };
  sl_status rc = sl_sqlite_load(err);
  if (rc == SL_OK) {
    rc = sqlite_target_parse(config->location, &target, err);
  }
  struct sqlite_destination *d = rc == SL_OK ? calloc(1, sizeof *d) : NULL;
  if (d == NULL) {
    free(target.path);
    return rc != SL_OK ? rc : sl_fail(err, SL_ENOMEM, "out of memory for a destination");
  }
  d->base.ops = &sl_sqlite_destination;
  d->settings = *(const struct sqlite_dest_settings *)config->settings;
  d->path = target.path;
  d->read_only = config->read_only || target.read_only;
  d->cache_kib = config->memory_bytes / 4 / 1024 < 8192 ? 8192 : config->memory_bytes / 4 / 1024;
  rc = sl_sql_context_of(&d->sql, &d->base, err);
  if (rc == SL_OK) {
    rc = check_path(d, err);
  }
  if (rc == SL_OK) {
    rc = connect_to(d, err);
  }
  if (rc != SL_OK) {
    sqlite_dest_close(&d->base);
    return rc;
  }
  *out = &d->base;
  return SL_OK;
}

/* ---- transactions ---- */

/* Files are locked one by one, when they are first used: see sqlite_dataset_use. */
static sl_status sqlite_dest_begin(struct sl_destination *base, struct sl_error *err) {
  struct sqlite_destination *d = (struct sqlite_destination *)base;
  if (d->in_transaction) {
    return sl_fail(err, SL_EDEST, "a transaction has begun already and is not over");
  }
  sl_status rc = sqlite_dest_run(d, "BEGIN", "beginning a transaction", err);
  d->in_transaction = rc == SL_OK;
  return rc;
}

static sl_status sqlite_dest_commit(struct sl_destination *base, struct sl_error *err) {
  struct sqlite_destination *d = (struct sqlite_destination *)base;
  if (!d->in_transaction) {
    return sl_fail(err, SL_EDEST, "there is no transaction to commit");
  }
  sl_status rc = sqlite_dest_run(d, "COMMIT", "committing", err);
  if (rc == SL_OK) {
    d->in_transaction = false;
    sqlite_datasets_unlock(d);
  }
  return rc;
}

static void sqlite_dest_rollback(struct sl_destination *base) {
  struct sqlite_destination *d = (struct sqlite_destination *)base;
  struct sl_error ignored; /* SQLite may have rolled back already */
  if (d->in_transaction) {
    sl_status rc = sqlite_dest_run(d, "ROLLBACK", "rolling back", &ignored);
    (void)rc;
    d->in_transaction = false;
  }
  sqlite_datasets_unlock(d);
}

/* ---- statements ---- */

/* What SQLite does not have: a schema is a file. The name is quoted as the dialect quotes. */
static sl_status change_dataset(struct sqlite_destination *d, const char *quoted,
                                sl_status (*change)(struct sqlite_destination *d, const char *name,
                                                    struct sl_error *err),
                                struct sl_error *err) {
  struct sl_buffer name = { 0 };
  for (const char *c = quoted + 1; *c != '\0' && !(c[0] == '"' && c[1] != '"'); c++) {
    c += *c == '"'; /* doubled */
    sl_buffer_char(&name, *c);
  }
  sl_status rc = sl_buffer_check(&name, err);
  if (rc == SL_OK) {
    rc = change(d, name.data == NULL ? "" : name.data, err);
  }
  sl_buffer_release(&name);
  return rc;
}

static sl_status sqlite_dest_execute(struct sl_destination *base, const char *sql,
                                     int64_t *affected, struct sl_error *err) {
  static const char create_schema[] = "CREATE SCHEMA IF NOT EXISTS \"";
  static const char drop_schema[] = "DROP SCHEMA IF EXISTS \"";
  struct sqlite_destination *d = (struct sqlite_destination *)base;
  char doing[160];
  if (affected != NULL) {
    *affected = -1;
  }
  if (strncmp(sql, create_schema, sizeof create_schema - 1) == 0) {
    return change_dataset(d, sql + sizeof create_schema - 2, sqlite_dataset_create, err);
  }
  if (strncmp(sql, drop_schema, sizeof drop_schema - 1) == 0) {
    return change_dataset(d, sql + sizeof drop_schema - 2, sqlite_dataset_drop, err);
  }
  snprintf(doing, sizeof doing, "executing %.120s%s", sql, strlen(sql) > 120 ? "…" : "");
  sqlite3_int64 before = SL_SQLITE(total_changes64)(d->db);
  sl_status rc = sqlite_dest_run(d, sql, doing, err);
  if (rc == SL_OK && affected != NULL) {
    bool changed = SL_SQLITE(total_changes64)(d->db) != before;
    *affected = changed ? SL_SQLITE(changes64)(d->db) : 0;
  }
  return rc;
}

static sl_status sqlite_dest_flush(struct sl_destination *base, struct sl_error *err) {
  (void)base, (void)err; /* nothing waits: each append writes its rows */
  return SL_OK;
}

static void sqlite_dest_cancel(struct sl_destination *base) {
  SL_SQLITE(interrupt)(((struct sqlite_destination *)base)->db);
}

/* ---- options and the table of functions ---- */

static const struct sl_option options[] = {
  { .name = "destination-busy-timeout",
    .kind = SL_OPTION_INTEGER,
    .value_name = "SECONDS",
    .default_text = "60",
    .minimum = 0,
    .maximum = 86400,
    .group = "SQLite (destination)",
    .help = "How long to wait while another program writes the destination's file.",
    .offset = offsetof(struct sqlite_dest_settings, busy_timeout) },
  { .name = "destination-journal",
    .kind = SL_OPTION_CHOICE,
    .value_name = "MODE",
    .choices = "keep|wal|delete",
    .default_text = "keep",
    .group = "SQLite (destination)",
    .help =
        "Journal mode of the files: wal lets others read during a load; keep leaves it as it is.",
    .offset = offsetof(struct sqlite_dest_settings, journal) },
  { .name = NULL },
};

static const char *const schemes[] = { "sqlite", "sqlite3", NULL };
static const char *const extensions[] = { ".sqlite", ".sqlite3", NULL };

const struct sl_destination_ops sl_sqlite_destination = {
  .struct_size = sizeof(struct sl_destination_ops),
  .name = "sqlite",
  .schemes = schemes,
  .extensions = extensions,
  .options = options,
  .settings_bytes = sizeof(struct sqlite_dest_settings),
  /* dlt.md 5.2, column sqlalchemy with sqlite; names: SQLite compares them without case */
  .capabilities = { .dialect = "sqlite",
                    .max_identifier_length = 9999,
                    .max_column_identifier_length = 9999,
                    .decimal_precision = 38,
                    .decimal_scale = 9,
                    .wei_precision = 38,
                    .timestamp_precision = 6,
                    .max_timestamp_precision = 6,
                    .supports_transactions = true,
                    .supports_ddl_transactions = true,
                    .max_query_length = INT64_C(32) << 20,
                    .max_text_data_type_length = INT64_C(1) << 30,
                    .merge_strategies = SL_DIALECT_ALL_MERGES,
                    .replace_strategies = SL_DIALECT_ALL_REPLACES,
                    .max_parallel_load_jobs = 1 },
  .help = "A SQLite file (sqlite:path); each dataset is a file beside it, name__dataset.db.",
  .open = sqlite_dest_open,
  .begin = sqlite_dest_begin,
  .commit = sqlite_dest_commit,
  .rollback = sqlite_dest_rollback,
  .execute = sqlite_dest_execute,
  .query = sqlite_dest_query,
  .describe = sqlite_dest_describe,
  .append = sqlite_dest_append,
  .flush = sqlite_dest_flush,
  .cancel = sqlite_dest_cancel,
  .close = sqlite_dest_close,
};
