-- redshift: types. https://docs.aws.amazon.com/redshift/latest/dg/c_SQL_commands.html
--;
CREATE SCHEMA IF NOT EXISTS "ds"
--;
CREATE TABLE "ds"."every_type" ("c_text" varchar(65535), "c_text_40" varchar(160), "c_key" varchar(65535) NOT NULL, "c_unique" varchar(65535), "c_double" double precision, "c_bool" boolean, "c_timestamp" timestamp with time zone, "c_timestamp_3" timestamp with time zone, "c_naive" timestamp without time zone, "c_bigint" bigint, "c_int_8" smallint, "c_int_16" smallint, "c_int_32" integer, "c_int_64" bigint, "c_int_128" numeric(38,0), "c_binary" varbyte(1024000), "c_binary_16" varbyte(16), "c_json" super, "c_decimal" numeric(38,9), "c_decimal_12_2" numeric(12,2), "c_decimal_31_20" numeric(31,20), "c_wei" numeric(38,0), "c_date" date, "c_time" time without time zone)
--;
CREATE TABLE "ds"."hinted" ("note" varchar(65535), "id" bigint NOT NULL, "day" date, "region" bigint, "at" timestamp with time zone, "it's ""at""" bigint) DISTKEY("region") SORTKEY("at", "it's ""at""")
--;
COMMENT ON TABLE "ds"."hinted" IS 'it\'s "hinted"
and said to be'
--;
COMMENT ON COLUMN "ds"."hinted"."id" IS 'Zoë\'s number'
--;
CREATE TEMPORARY TABLE "every_type" ("c_text" varchar(65535), "c_text_40" varchar(160), "c_key" varchar(65535), "c_unique" varchar(65535), "c_double" double precision, "c_bool" boolean, "c_timestamp" timestamp with time zone, "c_timestamp_3" timestamp with time zone, "c_naive" timestamp without time zone, "c_bigint" bigint, "c_int_8" smallint, "c_int_16" smallint, "c_int_32" integer, "c_int_64" bigint, "c_int_128" numeric(38,0), "c_binary" varbyte(1024000), "c_binary_16" varbyte(16), "c_json" super, "c_decimal" numeric(38,9), "c_decimal_12_2" numeric(12,2), "c_decimal_31_20" numeric(31,20), "c_wei" numeric(38,0), "c_date" date, "c_time" time without time zone)
--;
DROP TABLE IF EXISTS "ds"."every_type"
