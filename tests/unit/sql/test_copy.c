/* test_copy.c - what databases are told that load staged files themselves; the pages are named in
 * sql/copy.h. */
#include "sql/copy.h"
#include "unit/test.h"

static const struct sl_capabilities capabilities = { .dialect = "any",
                                                     .supported_staging_file_formats = "parquet" };

static struct sl_sql_context context_of(const char *dialect) {
  return (struct sl_sql_context){ .dialect = sl_dialect_find(dialect),
                                  .capabilities = &capabilities };
}

static const struct sl_copy_store bucket = {
  .scheme = "s3", .region = "eu-west-1", .key_id = "AKIA", .secret = "a'b\\c/d+e="
};
static const struct sl_table_name items = { .dataset = "ds", .table = "items" };
static const struct sl_sql_target columns[] = { { "id", false }, { "doc", true } };

static void check(const char *dialect, const struct sl_copy_store *store, size_t n,
                  const char *expected) {
  struct sl_sql_context sql = context_of(dialect);
  struct sl_copy_file file = { .table = &items,
                               .columns = columns,
                               .n_columns = n,
                               .url = "s3://b/p/ds/items/1.parquet",
                               .http =
                                   "https://b.s3.eu-west-1.amazonaws.com/p/ds/items/1.parquet" };
  struct sl_statements out = { 0 };
  struct sl_error err = { 0 };
  CHECK_OK(sl_copy_check(&sql, store, &err), &err);
  sl_status rc = sl_copy_write(&sql, store, &file, &out, &err);
  if (expected == NULL) {
    CHECK_INT("refused", rc, SL_EUNSUPPORTED);
  } else {
    CHECK_OK(rc, &err);
    CHECK_STR(dialect, out.count == 1 ? out.items[0] : "", expected);
  }
  sl_statements_release(&out);
}

TEST(statements_of_databases) {
  struct sl_copy_store role = bucket;
  role.role = "arn:aws:iam::1:role/r";
  struct sl_copy_store token = bucket;
  token.token = "t";
  check("duckdb", &bucket, 2,
        "INSERT INTO \"ds\".\"items\" (\"id\", \"doc\") SELECT \"id\", \"doc\" FROM "
        "read_parquet('s3://b/p/ds/items/1.parquet')");
  check("clickhouse", &bucket, 1,
        "INSERT INTO `ds`.`items` (`id`) SELECT `id` FROM "
        "s3('https://b.s3.eu-west-1.amazonaws.com/p/ds/items/1.parquet', 'AKIA', "
        "'a\\'b\\\\c/d+e=', 'Parquet')");
  check("starrocks", &token, 2,
        "INSERT INTO `ds`.`items` (`id`, `doc`) SELECT `id`, PARSE_JSON(`doc`) FROM FILES(\"path\" "
        "= 's3://b/p/ds/items/1.parquet', \"format\" = \"parquet\", \"aws.s3.access_key\" = "
        "'AKIA', \"aws.s3.secret_key\" = 'a\\'b\\\\c/d+e=', \"aws.s3.session_token\" = 't', "
        "\"aws.s3.region\" = 'eu-west-1')");
  check("redshift", &token, 1,
        "COPY \"ds\".\"items\" (\"id\") FROM 's3://b/p/ds/items/1.parquet' ACCESS_KEY_ID 'AKIA' "
        "SECRET_ACCESS_KEY 'a\\'b\\\\c/d+e=' SESSION_TOKEN 't' FORMAT AS PARQUET");
  check("redshift", &role, 1,
        "COPY \"ds\".\"items\" (\"id\") FROM 's3://b/p/ds/items/1.parquet' IAM_ROLE "
        "'arn:aws:iam::1:role/r' FORMAT AS PARQUET");
  check("snowflake", &bucket, 1,
        "COPY INTO \"DS\".\"ITEMS\" FROM 's3://b/p/ds/items/1.parquet' CREDENTIALS = (AWS_KEY_ID = "
        "'AKIA' AWS_SECRET_KEY = 'a\\'b\\\\c/d+e=') FILE_FORMAT = (TYPE = PARQUET BINARY_AS_TEXT = "
        "FALSE USE_LOGICAL_TYPE = TRUE) MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE");
}

/* A VARIANT or SUPER would hold the text, and not what is in it. */
TEST(json_is_refused_where_it_would_stay_a_text) {
  check("redshift", &bucket, 2, NULL);
  check("snowflake", &bucket, 2, NULL);
}

TEST(places_that_a_database_does_not_read_are_refused) {
  static const char *const cases[][2] = { { "redshift", "gs" },  { "redshift", "file" },
                                          { "snowflake", "az" }, { "starrocks", "file" },
                                          { "duckdb", "az" },    { "postgres", "s3" },
                                          { "trino", "s3" },     { "bigquery", "gs" },
                                          { "mysql", "file" } };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct sl_sql_context sql = context_of(cases[i][0]);
    struct sl_copy_store store = { .scheme = cases[i][1] };
    struct sl_error err = { 0 };
    CHECK_INT(cases[i][0], sl_copy_check(&sql, &store, &err), SL_EUNSUPPORTED);
    CHECK_CASE(cases[i][0], strstr(err.message, "--staging") != NULL);
  }
}

TEST(duckdb_is_told_the_keys_once) {
  struct sl_sql_context sql = context_of("duckdb");
  struct sl_copy_store store = bucket;
  struct sl_statements out = { 0 };
  struct sl_error err = { 0 };
  store.endpoint = "http://127.0.0.1:9000";
  CHECK_OK(sl_copy_prepare(&sql, &store, &out, &err), &err);
  CHECK_INT("statements", out.count, 3);
  CHECK_STR("secret", out.items[2],
            "CREATE OR REPLACE TEMPORARY SECRET sluice_staging (TYPE s3, KEY_ID "
            "'AKIA', SECRET 'a''b\\c/d+e=', REGION 'eu-west-1', ENDPOINT "
            "'127.0.0.1:9000', URL_STYLE 'path', USE_SSL false)");
  sl_statements_release(&out);
  store.scheme = "file";
  CHECK_OK(sl_copy_prepare(&sql, &store, &out, &err), &err);
  CHECK_INT("none for a folder", out.count, 0);
}
