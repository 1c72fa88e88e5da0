/* source_type.c - see source_type.h. */
#include "project/source_type.h"

#include <string.h>

#include <sluice/engine.h>
#include <sluice/registry.h>

#define FIELDS static const struct sl_source_field
#define END \
  { .key = NULL }

/* clang-format off */
#define INCREMENTAL                                                                               \
  { .key = "incremental", .kind = SL_FIELD_MAP,                                                   \
    .help = "cursor_column, initial_value, end_value, lag, row_order, range_start, range_end, "   \
            "on_cursor_value_missing: only rows beyond the last sync are read, and merged." },    \
  { .key = "tables", .kind = SL_FIELD_MAP,                                                        \
    .help = "Settings of single tables: tables: {orders: {incremental: {…}, where: …}}." }
#define TUNING                                                                                    \
  { .key = "chunk_size", .kind = SL_FIELD_INTEGER, .option = "batch-rows",                        \
    .help = "Rows that are handed on at once." },                                                 \
  { .key = "reflection_level", .kind = SL_FIELD_TEXT, .option = "reflection",                     \
    .help = "minimal, full or full_with_precision." },                                            \
  { .key = "backend", .kind = SL_FIELD_TEXT,                                                      \
    .help = "dlt's reader; read and not needed, for there is one engine." },                      \
  { .key = "included_columns", .kind = SL_FIELD_LIST, .option = "include-columns",                \
    .help = "Columns to read." },                                                                 \
  { .key = "excluded_columns", .kind = SL_FIELD_LIST, .option = "exclude-columns",                \
    .help = "Columns to leave out." }
#define TABLES                                                                                    \
  { .key = "table_names", .kind = SL_FIELD_LIST, .option = "table",                               \
    .prompt = "Table names (comma-separated, or blank for all)",                                  \
    .help = "Tables to read; all when left away." }
#define URL(variable)                                                                             \
  { .key = "credentials_env", .kind = SL_FIELD_VARIABLE, .required = true,                        \
    .prompt = "Environment variable for connection URL", .default_text = variable,                \
    .help = "Variable of .env that holds the connection URL." }
/* clang-format on */

FIELDS postgres_fields[] = { URL("POSTGRES_CREDENTIALS"),
                             { .key = "schema",
                               .kind = SL_FIELD_TEXT,
                               .option = "schema",
                               .prompt = "Schema (default: public)",
                               .default_text = "public",
                               .help = "Schema to read." },
                             TABLES,
                             INCREMENTAL,
                             TUNING,
                             END };
FIELDS mysql_fields[] = { URL("MYSQL_CREDENTIALS"),
                          { .key = "schema",
                            .kind = SL_FIELD_TEXT,
                            .option = "schema",
                            .prompt = "Database (blank for the one of the URL)",
                            .help = "Database to read; that of the URL when left away." },
                          TABLES,
                          INCREMENTAL,
                          TUNING,
                          END };
FIELDS sqlite_fields[] = { { .key = "path",
                             .kind = SL_FIELD_TEXT,
                             .prompt = "Path of the SQLite file",
                             .help = "The file, from the project's folder." },
                           { .key = "credentials_env",
                             .kind = SL_FIELD_VARIABLE,
                             .help = "Variable that holds sqlite:path, instead of path." },
                           TABLES,
                           INCREMENTAL,
                           TUNING,
                           END };
FIELDS odbc_fields[] = { URL("MSSQL_CREDENTIALS"),
                         { .key = "schema",
                           .kind = SL_FIELD_TEXT,
                           .option = "schema",
                           .prompt = "Schema (blank for the default one)",
                           .help = "Schema to read." },
                         TABLES,
                         INCREMENTAL,
                         TUNING,
                         END };
FIELDS mongodb_fields[] = { { .key = "connection_url_env",
                              .kind = SL_FIELD_VARIABLE,
                              .required = true,
                              .prompt = "Environment variable for connection URL",
                              .default_text = "MONGODB_CONNECTION_URL",
                              .help = "Variable of .env that holds the connection URL." },
                            { .key = "database",
                              .kind = SL_FIELD_TEXT,
                              .prompt = "Database name",
                              .help = "Database to read; that of the URL when left away." },
                            { .key = "collection_names",
                              .kind = SL_FIELD_LIST,
                              .option = "table",
                              .prompt = "Collection names (comma-separated, or blank for all)",
                              .help = "Collections to read; all when left away." },
                            { .key = "parallel",
                              .kind = SL_FIELD_BOOL,
                              .prompt = "Enable parallel collection loading?",
                              .default_text = "No",
                              .help = "Reads over several connections." },
                            INCREMENTAL,
                            TUNING,
                            END };
FIELDS file_fields[] = { { .key = "directory",
                           .kind = SL_FIELD_TEXT,
                           .required = true,
                           .prompt = "Folder with the files",
                           .default_text = "data/uploads",
                           .help = "Folder with the files, from the project's folder." },
                         { .key = "file_pattern",
                           .kind = SL_FIELD_TEXT,
                           .prompt = "File pattern",
                           .default_text = "*.csv",
                           .help = "Which files of the folder: *.csv, *.parquet, …" },
                         { .key = "notes", .kind = SL_FIELD_TEXT, .help = "For people." },
                         END };
FIELDS filesystem_fields[] = { { .key = "bucket_url",
                                 .kind = SL_FIELD_TEXT,
                                 .required = true,
                                 .prompt = "Folder (path or file:// URL)",
                                 .help = "Folder with the files." },
                               { .key = "file_glob",
                                 .kind = SL_FIELD_TEXT,
                                 .prompt = "File pattern",
                                 .default_text = "*",
                                 .help = "Which files of the folder." },
                               END };
FIELDS native_fields[] = {
  { .key = "source_module", .kind = SL_FIELD_TEXT, .help = "sql_database, or a Python module." },
  { .key = "source_function", .kind = SL_FIELD_TEXT, .help = "Function of the module." },
  { .key = "function_kwargs", .kind = SL_FIELD_MAP, .help = "Arguments of the function." },
  { .key = "timeout",
    .kind = SL_FIELD_INTEGER,
    .option = "timeout",
    .help = "Seconds that the function may go without giving a row." },
  { .key = "pipeline_name", .kind = SL_FIELD_TEXT, .help = "dlt's name of the pipeline." },
  { .key = "dataset_name", .kind = SL_FIELD_TEXT, .help = "Schema that gets the tables." },
  END
};

#define ENGINE(type_name, type_title, ...) \
  { .name = type_name, .title = type_title, .reader = SL_READ_BY_ENGINE, __VA_ARGS__ }
#define LATER(type_name, type_title, key) \
  { .name = type_name, .title = type_title, .config_key = key, .reader = SL_READ_NOT_YET }
#define GENERIC "generic_config"

const struct sl_source_type sl_source_types[] = {
  ENGINE("postgres", "PostgreSQL", .config_key = GENERIC, .scheme = "postgres",
         .fields = postgres_fields, .example = "postgresql://user:password@localhost:5432/mydb"),
  ENGINE("mongodb", "MongoDB", .config_key = GENERIC, .scheme = "mongodb", .fields = mongodb_fields,
         .example = "mongodb://user:password@localhost:27017/mydb"),
  ENGINE("mysql", "MySQL / MariaDB", .config_key = GENERIC, .scheme = "mysql",
         .fields = mysql_fields, .example = "mysql://user:password@localhost:3306/mydb"),
  ENGINE("sqlite", "SQLite", .config_key = GENERIC, .scheme = "sqlite", .fields = sqlite_fields,
         .example = "sqlite:shop.db"),
  ENGINE("mssql", "Microsoft SQL Server", .config_key = GENERIC, .scheme = "mssql",
         .fields = odbc_fields, .example = "mssql://user:password@localhost:1433/mydb"),
  ENGINE("odbc", "Any database with an ODBC driver", .config_key = GENERIC, .scheme = "odbc",
         .fields = odbc_fields, .example = "odbc:DSN=mydb;UID=user;PWD=password"),
  ENGINE("sql_database", "SQL database (any URL)", .config_key = GENERIC, .fields = odbc_fields,
         .example = "mysql+pymysql://user:password@localhost:3306/mydb"),
  ENGINE("csv", "CSV files", .config_key = "csv", .files = true, .fields = file_fields),
  ENGINE("local_files", "Local files (CSV, JSON, Parquet)", .config_key = "local_files",
         .files = true, .fields = file_fields),
  ENGINE("filesystem", "Files (folder URL)", .config_key = GENERIC, .files = true,
         .fields = filesystem_fields),
  { .name = "dlt_native",
    .title = "dlt source (sql_database, or Python)",
    .config_key = "dlt_native",
    .reader = SL_READ_DLT_NATIVE,
    .fields = native_fields },
  LATER("rest_api", "REST API", "rest_api"),
  LATER("facebook_ads", "Facebook Ads", "facebook_ads"),
  LATER("google_ads", "Google Ads", GENERIC),
  LATER("google_analytics", "Google Analytics", "google_analytics"),
  LATER("google_sheets", "Google Sheets", "google_sheets"),
  LATER("matomo", "Matomo", GENERIC),
  LATER("mux", "Mux", GENERIC),
  LATER("airtable", "Airtable", GENERIC),
  LATER("hubspot", "HubSpot", "hubspot"),
  LATER("salesforce", "Salesforce", "salesforce"),
  LATER("pipedrive", "Pipedrive", GENERIC),
  LATER("freshdesk", "Freshdesk", GENERIC),
  LATER("zendesk", "Zendesk", GENERIC),
  LATER("asana", "Asana", GENERIC),
  LATER("jira", "Jira", GENERIC),
  LATER("workable", "Workable", GENERIC),
  LATER("shopify", "Shopify", GENERIC),
  LATER("stripe", "Stripe", "stripe"),
  LATER("notion", "Notion", GENERIC),
  LATER("inbox", "Inbox", GENERIC),
  LATER("kafka", "Kafka", GENERIC),
  LATER("kinesis", "Kinesis", GENERIC),
  LATER("github", "GitHub", "github"),
  LATER("slack", "Slack", "slack"),
  LATER("chess", "Chess.com", GENERIC),
  LATER("strapi", "Strapi", GENERIC),
  LATER("personio", "Personio", GENERIC),
  { .name = NULL },
};

const struct sl_source_type *sl_source_type_find(const char *name) {
  for (const struct sl_source_type *t = sl_source_types; t->name != NULL; t++) {
    if (strcmp(t->name, name) == 0) {
      return t;
    }
  }
  return NULL;
}

const struct sl_source_field *sl_source_field_find(const struct sl_source_type *type,
                                                   const char *key) {
  for (const struct sl_source_field *f = type->fields; f != NULL && f->key != NULL; f++) {
    if (strcmp(f->key, key) == 0) {
      return f;
    }
  }
  return NULL;
}

/* What a project decides itself. */
static const char *const reserved[] = { "dataset", "pipeline", "pipelines-dir",     "as", "cursor",
                                        "table",   "parallel", "incremental-files", NULL };

const char *sl_source_extra_option(const struct sl_source_type *type, const char *key) {
  char name[64];
  size_t n = 0;
  for (; key[n] != '\0' && n + 1 < sizeof name; n++) {
    name[n] = (char)(key[n] == '_' ? '-' : key[n]);
  }
  name[n] = '\0';
  for (size_t i = 0; reserved[i] != NULL; i++) {
    if (strcmp(reserved[i], name) == 0) {
      return NULL;
    }
  }
  const struct sl_option *option =
      strchr(key, '-') == NULL ? sl_options_find(sl_load_options, name) : NULL;
  for (size_t i = 0; option == NULL && sl_source_at(i) != NULL; i++) {
    const struct sl_source_ops *ops = sl_source_at(i);
    bool fits = type->scheme == NULL && !type->files;
    for (size_t k = 0; ops->schemes[k] != NULL; k++) {
      fits = fits || strcmp(ops->schemes[k], type->files            ? ""
                                             : type->scheme == NULL ? ""
                                                                    : type->scheme) == 0;
    }
    option = fits && strchr(key, '-') == NULL ? sl_options_find(ops->options, name) : NULL;
  }
  return option == NULL ? NULL : option->name;
}
