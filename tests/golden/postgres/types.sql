-- postgres: types. https://www.postgresql.org/docs/current/sql-commands.html
--;
CREATE SCHEMA IF NOT EXISTS "ds"
--;
CREATE TABLE "ds"."every_type" ("c_text" varchar, "c_text_40" varchar(40), "c_key" varchar NOT NULL, "c_unique" varchar, "c_double" double precision, "c_bool" boolean, "c_timestamp" timestamp with time zone, "c_timestamp_3" timestamp(3) with time zone, "c_naive" timestamp without time zone, "c_bigint" bigint, "c_int_8" smallint, "c_int_16" smallint, "c_int_32" integer, "c_int_64" bigint, "c_int_128" bigint, "c_binary" bytea, "c_binary_16" bytea, "c_json" jsonb, "c_decimal" numeric(38,9), "c_decimal_12_2" numeric(12,2), "c_decimal_31_20" numeric(31,20), "c_wei" numeric(156,78), "c_date" date, "c_time" time without time zone)
--;
CREATE TABLE "ds"."hinted" ("note" varchar, "id" bigint NOT NULL, "day" date, "region" bigint, "at" timestamp with time zone, "it's ""At""" bigint)
--;
COMMENT ON TABLE "ds"."hinted" IS 'it''s "hinted"
and said to be'
--;
COMMENT ON COLUMN "ds"."hinted"."id" IS 'Zoë''s number'
--;
CREATE TEMPORARY TABLE pg_temp."every_type" ("c_text" varchar, "c_text_40" varchar(40), "c_key" varchar, "c_unique" varchar, "c_double" double precision, "c_bool" boolean, "c_timestamp" timestamp with time zone, "c_timestamp_3" timestamp(3) with time zone, "c_naive" timestamp without time zone, "c_bigint" bigint, "c_int_8" smallint, "c_int_16" smallint, "c_int_32" integer, "c_int_64" bigint, "c_int_128" bigint, "c_binary" bytea, "c_binary_16" bytea, "c_json" jsonb, "c_decimal" numeric(38,9), "c_decimal_12_2" numeric(12,2), "c_decimal_31_20" numeric(31,20), "c_wei" numeric(156,78), "c_date" date, "c_time" time without time zone)
--;
DROP TABLE IF EXISTS "ds"."every_type"
