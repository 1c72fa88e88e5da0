/* copy.c - see copy.h. */
#include "sql/copy.h"

#include <string.h>

#include "sql/dialect.h"

struct sl_dialect_copy {
  const char *schemes; /* "s3|gs" */
  bool keeps_json;     /* JSON comes as a text in Parquet, and would stay one */
  void (*write)(const struct sl_sql_context *, const struct sl_copy_store *,
                const struct sl_copy_file *, struct sl_buffer *);
};

static void put_text(const struct sl_sql_context *sql, const char *before, const char *text,
                     struct sl_buffer *out) {
  sl_buffer_text(out, before);
  sl_sql_text_literal(sql, text, strlen(text), out);
}

static void put_if(const struct sl_sql_context *sql, const char *before, const char *text,
                   struct sl_buffer *out) {
  if (text != NULL) {
    put_text(sql, before, text, out);
  }
}

static void put_columns(const struct sl_sql_context *sql, const struct sl_copy_file *f,
                        bool convert, struct sl_buffer *out) {
  const struct sl_dialect *d = sql->dialect;
  for (size_t i = 0; i < f->n_columns; i++) {
    bool wrapped = convert && f->columns[i].json && d->json_prefix != NULL;
    sl_buffer_printf(out, "%s%s", i == 0 ? "" : ", ", wrapped ? d->json_prefix : "");
    sl_sql_identifier(sql, f->columns[i].name, out);
    sl_buffer_text(out, wrapped ? d->json_suffix : "");
  }
}

/* "INSERT INTO t (a, b) SELECT a, b FROM " */
static void put_insert(const struct sl_sql_context *sql, const struct sl_copy_file *f,
                       struct sl_buffer *out) {
  sl_buffer_text(out, "INSERT INTO ");
  sl_sql_table(sql, f->table, out);
  sl_buffer_text(out, " (");
  put_columns(sql, f, false, out);
  sl_buffer_text(out, ") SELECT ");
  put_columns(sql, f, true, out);
  sl_buffer_text(out, " FROM ");
}

static void write_duckdb(const struct sl_sql_context *sql, const struct sl_copy_store *store,
                         const struct sl_copy_file *f, struct sl_buffer *out) {
  (void)store;
  put_insert(sql, f, out);
  put_text(sql, "read_parquet(", f->url, out);
  sl_buffer_char(out, ')');
}

static void write_clickhouse(const struct sl_sql_context *sql, const struct sl_copy_store *store,
                             const struct sl_copy_file *f, struct sl_buffer *out) {
  put_insert(sql, f, out);
  put_text(sql, "s3(", f->http, out);
  put_text(sql, ", ", store->key_id, out);
  put_text(sql, ", ", store->secret, out);
  put_if(sql, ", ", store->token, out);
  sl_buffer_text(out, ", 'Parquet')");
}

static void write_starrocks(const struct sl_sql_context *sql, const struct sl_copy_store *store,
                            const struct sl_copy_file *f, struct sl_buffer *out) {
  put_insert(sql, f, out);
  put_text(sql, "FILES(\"path\" = ", f->url, out);
  put_text(sql, ", \"format\" = \"parquet\", \"aws.s3.access_key\" = ", store->key_id, out);
  put_text(sql, ", \"aws.s3.secret_key\" = ", store->secret, out);
  put_if(sql, ", \"aws.s3.session_token\" = ", store->token, out);
  put_if(sql, ", \"aws.s3.region\" = ", store->region, out);
  put_if(sql, ", \"aws.s3.endpoint\" = ", store->endpoint, out);
  sl_buffer_char(out, ')');
}

static void write_redshift(const struct sl_sql_context *sql, const struct sl_copy_store *store,
                           const struct sl_copy_file *f, struct sl_buffer *out) {
  sl_buffer_text(out, "COPY ");
  sl_sql_table(sql, f->table, out);
  sl_buffer_text(out, " (");
  put_columns(sql, f, false, out);
  put_text(sql, ") FROM ", f->url, out);
  if (store->role != NULL) {
    put_text(sql, " IAM_ROLE ", store->role, out);
  } else {
    put_text(sql, " ACCESS_KEY_ID ", store->key_id, out);
    put_text(sql, " SECRET_ACCESS_KEY ", store->secret, out);
    put_if(sql, " SESSION_TOKEN ", store->token, out);
  }
  sl_buffer_text(out, " FORMAT AS PARQUET");
}

static void write_snowflake(const struct sl_sql_context *sql, const struct sl_copy_store *store,
                            const struct sl_copy_file *f, struct sl_buffer *out) {
  sl_buffer_text(out, "COPY INTO ");
  sl_sql_table(sql, f->table, out);
  put_text(sql, " FROM ", f->url, out);
  if (store->role != NULL) {
    sl_buffer_text(out, " STORAGE_INTEGRATION = ");
    sl_sql_identifier(sql, store->role, out);
  } else {
    put_text(sql, " CREDENTIALS = (AWS_KEY_ID = ", store->key_id, out);
    put_text(sql, " AWS_SECRET_KEY = ", store->secret, out);
    put_if(sql, " AWS_TOKEN = ", store->token, out);
    sl_buffer_char(out, ')');
  }
  sl_buffer_text(out,
                 " FILE_FORMAT = (TYPE = PARQUET BINARY_AS_TEXT = FALSE USE_LOGICAL_TYPE = "
                 "TRUE) MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE");
}

const struct sl_dialect_copy sl_dialect_copy_duckdb = { "file|s3|gs", true, write_duckdb };
const struct sl_dialect_copy sl_dialect_copy_clickhouse = { "s3|gs", true, write_clickhouse };
const struct sl_dialect_copy sl_dialect_copy_starrocks = { "s3", true, write_starrocks };
const struct sl_dialect_copy sl_dialect_copy_redshift = { "s3", false, write_redshift };
const struct sl_dialect_copy sl_dialect_copy_snowflake = { "s3", false, write_snowflake };

sl_status sl_copy_check(const struct sl_sql_context *sql, const struct sl_copy_store *store,
                        struct sl_error *err) {
  const struct sl_dialect_copy *copy = sql->dialect->copy;
  const char *name = sl_dialect_name(sql->dialect);
  const char *formats = sql->capabilities->supported_staging_file_formats;
  if (copy == NULL || formats == NULL || !sl_dialect_has_word("parquet", formats)) {
    return sl_fail(
        err, SL_EUNSUPPORTED,
        "%s loads no files by itself that Sluice could stage for it: leave out --staging", name);
  }
  if (!sl_dialect_has_word(copy->schemes, store->scheme)) {
    return sl_fail(err, SL_EUNSUPPORTED,
                   "%s loads staged files from %s, not from %s: choose "
                   "another place with --staging",
                   name, copy->schemes, store->scheme);
  }
  return SL_OK;
}

sl_status sl_copy_prepare(const struct sl_sql_context *sql, const struct sl_copy_store *store,
                          struct sl_statements *out, struct sl_error *err) {
  static const char *const extension[] = { "INSTALL httpfs", "LOAD httpfs" };
  struct sl_buffer s = { 0 };
  const struct sl_dialect_copy *copy = sql->dialect->copy;
  if (copy == NULL || copy->write != write_duckdb || strcmp(store->scheme, "file") == 0) {
    return SL_OK;
  }
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < 2; i++) {
    sl_buffer_text(&s, extension[i]);
    rc = sl_statements_add(out, &s, err);
  }
  sl_buffer_printf(&s, "CREATE OR REPLACE TEMPORARY SECRET sluice_staging (TYPE %s",
                   strcmp(store->scheme, "gs") == 0 ? "gcs" : "s3");
  put_text(sql, ", KEY_ID ", store->key_id, &s);
  put_text(sql, ", SECRET ", store->secret, &s);
  put_if(sql, ", SESSION_TOKEN ", store->token, &s);
  put_if(sql, ", REGION ", store->region, &s);
  const char *host = store->endpoint == NULL ? NULL : strstr(store->endpoint, "://");
  if (host != NULL) {
    put_text(sql, ", ENDPOINT ", host + 3, &s);
    sl_buffer_printf(&s, ", URL_STYLE 'path', USE_SSL %s",
                     strncmp(store->endpoint, "https:", 6) == 0 ? "true" : "false");
  }
  sl_buffer_char(&s, ')');
  rc = rc == SL_OK ? sl_statements_add(out, &s, err) : rc;
  sl_buffer_release(&s);
  return rc;
}

sl_status sl_copy_write(const struct sl_sql_context *sql, const struct sl_copy_store *store,
                        const struct sl_copy_file *file, struct sl_statements *out,
                        struct sl_error *err) {
  const struct sl_dialect_copy *copy = sql->dialect->copy;
  struct sl_buffer s = { 0 };
  for (size_t i = 0; i < file->n_columns && !copy->keeps_json; i++) {
    if (file->columns[i].json) {
      return sl_fail(err, SL_EUNSUPPORTED,
                     "column %s of table %s is JSON, which %s would take from a Parquet file as a "
                     "text: leave out --staging",
                     file->columns[i].name, file->table->table, sl_dialect_name(sql->dialect));
    }
  }
  copy->write(sql, store, file, &s);
  sl_status rc = sl_statements_add(out, &s, err);
  sl_buffer_release(&s);
  return rc;
}
