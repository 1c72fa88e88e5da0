-- duckdb: evolution. https://duckdb.org/docs/stable/sql/introduction
--;
ALTER TABLE "ds"."every_type" ADD COLUMN "c_text" VARCHAR
--;
ALTER TABLE "ds"."every_type" ADD COLUMN "c_text" VARCHAR
--;
ALTER TABLE "ds"."every_type" ADD COLUMN "c_double" DOUBLE
--;
ALTER TABLE "ds"."every_type" ADD COLUMN "c_timestamp" TIMESTAMP WITH TIME ZONE
--;
ALTER TABLE "ds"."every_type" ALTER COLUMN "c_text_40" TYPE VARCHAR
--;
UPDATE "ds"."every_type" SET "_dlt_id" = left(replace(CAST(uuid() AS VARCHAR), '-', ''), 20) WHERE "_dlt_id" IS NULL
