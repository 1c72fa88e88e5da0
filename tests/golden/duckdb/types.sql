-- duckdb: types. https://duckdb.org/docs/stable/sql/introduction
--;
CREATE SCHEMA IF NOT EXISTS "ds"
--;
CREATE TABLE "ds"."every_type" ("c_text" VARCHAR, "c_text_40" VARCHAR, "c_key" VARCHAR NOT NULL, "c_unique" VARCHAR, "c_double" DOUBLE, "c_bool" BOOLEAN, "c_timestamp" TIMESTAMP WITH TIME ZONE, "c_timestamp_3" TIMESTAMP WITH TIME ZONE, "c_naive" TIMESTAMP, "c_bigint" BIGINT, "c_int_8" TINYINT, "c_int_16" SMALLINT, "c_int_32" INTEGER, "c_int_64" BIGINT, "c_int_128" HUGEINT, "c_binary" BLOB, "c_binary_16" BLOB, "c_json" JSON, "c_decimal" DECIMAL(38,9), "c_decimal_12_2" DECIMAL(12,2), "c_decimal_31_20" DECIMAL(31,20), "c_wei" DECIMAL(38,0), "c_date" DATE, "c_time" TIME)
--;
CREATE TABLE "ds"."hinted" ("note" VARCHAR, "id" BIGINT NOT NULL, "day" DATE, "region" BIGINT, "at" TIMESTAMP WITH TIME ZONE, "it's ""At""" BIGINT)
--;
COMMENT ON TABLE "ds"."hinted" IS 'it''s "hinted"
and said to be'
--;
COMMENT ON COLUMN "ds"."hinted"."id" IS 'Zoë''s number'
--;
CREATE TEMPORARY TABLE "temp"."main"."every_type" ("c_text" VARCHAR, "c_text_40" VARCHAR, "c_key" VARCHAR, "c_unique" VARCHAR, "c_double" DOUBLE, "c_bool" BOOLEAN, "c_timestamp" TIMESTAMP WITH TIME ZONE, "c_timestamp_3" TIMESTAMP WITH TIME ZONE, "c_naive" TIMESTAMP, "c_bigint" BIGINT, "c_int_8" TINYINT, "c_int_16" SMALLINT, "c_int_32" INTEGER, "c_int_64" BIGINT, "c_int_128" HUGEINT, "c_binary" BLOB, "c_binary_16" BLOB, "c_json" JSON, "c_decimal" DECIMAL(38,9), "c_decimal_12_2" DECIMAL(12,2), "c_decimal_31_20" DECIMAL(31,20), "c_wei" DECIMAL(38,0), "c_date" DATE, "c_time" TIME)
--;
DROP TABLE IF EXISTS "ds"."every_type"
