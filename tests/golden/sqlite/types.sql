-- sqlite: types. https://www.sqlite.org/lang.html
--;
CREATE SCHEMA IF NOT EXISTS "ds"
--;
CREATE TABLE "ds"."every_type" ("c_text" TEXT, "c_text_40" VARCHAR(40), "c_key" TEXT NOT NULL, "c_unique" VARCHAR(128), "c_double" DOUBLE, "c_bool" BOOLEAN, "c_timestamp" TIMESTAMP, "c_timestamp_3" TIMESTAMP, "c_naive" DATETIME, "c_bigint" BIGINT, "c_int_8" SMALLINT, "c_int_16" SMALLINT, "c_int_32" INTEGER, "c_int_64" BIGINT, "c_int_128" BIGINT, "c_binary" BLOB, "c_binary_16" BLOB, "c_json" JSON, "c_decimal" DECIMAL_TEXT(38, 9), "c_decimal_12_2" NUMERIC(12, 2), "c_decimal_31_20" DECIMAL_TEXT(31, 20), "c_wei" DECIMAL_TEXT(38, 0), "c_date" DATE, "c_time" TIME)
--;
CREATE TABLE "ds"."hinted" ("note" TEXT, "id" BIGINT NOT NULL, "day" DATE, "region" BIGINT, "at" TIMESTAMP, "it's ""At""" BIGINT)
--;
CREATE TEMPORARY TABLE "temp"."every_type" ("c_text" TEXT, "c_text_40" VARCHAR(40), "c_key" TEXT, "c_unique" VARCHAR(128), "c_double" DOUBLE, "c_bool" BOOLEAN, "c_timestamp" TIMESTAMP, "c_timestamp_3" TIMESTAMP, "c_naive" DATETIME, "c_bigint" BIGINT, "c_int_8" SMALLINT, "c_int_16" SMALLINT, "c_int_32" INTEGER, "c_int_64" BIGINT, "c_int_128" BIGINT, "c_binary" BLOB, "c_binary_16" BLOB, "c_json" JSON, "c_decimal" DECIMAL_TEXT(38, 9), "c_decimal_12_2" NUMERIC(12, 2), "c_decimal_31_20" DECIMAL_TEXT(31, 20), "c_wei" DECIMAL_TEXT(38, 0), "c_date" DATE, "c_time" TIME)
--;
DROP TABLE IF EXISTS "ds"."every_type"
