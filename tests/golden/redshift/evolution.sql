-- redshift: evolution. https://docs.aws.amazon.com/redshift/latest/dg/c_SQL_commands.html
--;
ALTER TABLE "ds"."every_type" ADD COLUMN "c_text" varchar(65535)
--;
ALTER TABLE "ds"."every_type" ADD COLUMN "c_text" varchar(65535)
--;
ALTER TABLE "ds"."every_type" ADD COLUMN "c_double" double precision
--;
ALTER TABLE "ds"."every_type" ADD COLUMN "c_timestamp" timestamp with time zone
--;
ALTER TABLE "ds"."every_type" ADD COLUMN "_dlt_altered" varchar(160)
--;
UPDATE "ds"."every_type" SET "_dlt_altered" = CAST("c_text_40" AS varchar(160))
--;
ALTER TABLE "ds"."every_type" DROP COLUMN "c_text_40"
--;
ALTER TABLE "ds"."every_type" RENAME COLUMN "_dlt_altered" TO "c_text_40"
--;
UPDATE "ds"."every_type" SET "_dlt_id" = LEFT(MD5(CAST(RANDOM() AS varchar(40)) || CAST(RANDOM() AS varchar(40))), 20) WHERE "_dlt_id" IS NULL
