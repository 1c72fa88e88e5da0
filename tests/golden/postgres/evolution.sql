-- postgres: evolution. https://www.postgresql.org/docs/current/sql-commands.html
--;
ALTER TABLE "ds"."every_type" ADD COLUMN "c_text" varchar
--;
ALTER TABLE "ds"."every_type" ADD COLUMN "c_text" varchar, ADD COLUMN "c_double" double precision, ADD COLUMN "c_timestamp" timestamp with time zone
--;
ALTER TABLE "ds"."every_type" ALTER COLUMN "c_text_40" TYPE varchar(40)
--;
UPDATE "ds"."every_type" SET "_dlt_id" = left(replace(gen_random_uuid()::text, '-', ''), 20) WHERE "_dlt_id" IS NULL
