-- trino: types. https://trino.io/docs/current/sql.html
--;
CREATE SCHEMA IF NOT EXISTS "ds"
--;
CREATE TABLE "ds"."every_type" ("c_text" VARCHAR, "c_text_40" VARCHAR(40), "c_key" VARCHAR NOT NULL, "c_unique" VARCHAR, "c_double" DOUBLE, "c_bool" BOOLEAN, "c_timestamp" TIMESTAMP(6) WITH TIME ZONE, "c_timestamp_3" TIMESTAMP(6) WITH TIME ZONE, "c_naive" TIMESTAMP(6), "c_bigint" BIGINT, "c_int_8" INTEGER, "c_int_16" INTEGER, "c_int_32" INTEGER, "c_int_64" BIGINT, "c_int_128" DECIMAL(38,0), "c_binary" VARBINARY, "c_binary_16" VARBINARY, "c_json" VARCHAR, "c_decimal" DECIMAL(38,9), "c_decimal_12_2" DECIMAL(12,2), "c_decimal_31_20" DECIMAL(31,20), "c_wei" DECIMAL(38,0), "c_date" DATE, "c_time" TIME(6))
--;
CREATE TABLE "ds"."hinted" ("note" VARCHAR, "id" BIGINT NOT NULL, "day" DATE, "region" BIGINT, "at" TIMESTAMP(6) WITH TIME ZONE, "it's ""at""" BIGINT) WITH (partitioning = ARRAY['day'], sorted_by = ARRAY['at', '"it''s ""at"""'])
--;
COMMENT ON TABLE "ds"."hinted" IS 'it''s "hinted"
and said to be'
--;
COMMENT ON COLUMN "ds"."hinted"."id" IS 'Zoë''s number'
--;
DROP TABLE IF EXISTS "ds"."every_type"
