-- trino: evolution. https://trino.io/docs/current/sql.html
--;
ALTER TABLE "ds"."every_type" ADD COLUMN "c_text" VARCHAR
--;
ALTER TABLE "ds"."every_type" ADD COLUMN "c_text" VARCHAR
--;
ALTER TABLE "ds"."every_type" ADD COLUMN "c_double" DOUBLE
--;
ALTER TABLE "ds"."every_type" ADD COLUMN "c_timestamp" TIMESTAMP(6) WITH TIME ZONE
--;
ALTER TABLE "ds"."every_type" ALTER COLUMN "c_text_40" SET DATA TYPE VARCHAR(40)
