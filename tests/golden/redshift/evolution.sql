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
ALTER TABLE "ds"."every_type" ALTER COLUMN "c_text_40" TYPE varchar(160)
--;
UPDATE "ds"."every_type" SET "_dlt_id" = LEFT(MD5(CAST(RANDOM() AS varchar(40)) || CAST(RANDOM() AS varchar(40))), 20) WHERE "_dlt_id" IS NULL
