-- sqlite: evolution. https://www.sqlite.org/lang.html
--;
ALTER TABLE "ds"."every_type" ADD COLUMN "c_text" TEXT
--;
ALTER TABLE "ds"."every_type" ADD COLUMN "c_text" TEXT
--;
ALTER TABLE "ds"."every_type" ADD COLUMN "c_double" DOUBLE
--;
ALTER TABLE "ds"."every_type" ADD COLUMN "c_timestamp" TIMESTAMP
--;
ALTER TABLE "ds"."every_type" ADD COLUMN "_dlt_altered" VARCHAR(40)
--;
UPDATE "ds"."every_type" SET "_dlt_altered" = "c_text_40"
--;
ALTER TABLE "ds"."every_type" DROP COLUMN "c_text_40"
--;
ALTER TABLE "ds"."every_type" RENAME COLUMN "_dlt_altered" TO "c_text_40"
--;
UPDATE "ds"."every_type" SET "_dlt_id" = lower(hex(randomblob(10))) WHERE "_dlt_id" IS NULL
