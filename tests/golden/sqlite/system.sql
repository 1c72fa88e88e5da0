-- sqlite: system. https://www.sqlite.org/lang.html
--;
CREATE TABLE "ds"."_dlt_version" ("version" BIGINT NOT NULL, "engine_version" BIGINT NOT NULL, "inserted_at" TIMESTAMP NOT NULL, "schema_name" TEXT NOT NULL, "version_hash" TEXT NOT NULL, "schema" TEXT NOT NULL)
--;
CREATE TABLE "ds"."_dlt_loads" ("load_id" VARCHAR(64) NOT NULL, "schema_name" TEXT, "status" BIGINT NOT NULL, "inserted_at" TIMESTAMP NOT NULL, "schema_version_hash" TEXT)
--;
CREATE TABLE "ds"."_dlt_pipeline_state" ("version" BIGINT NOT NULL, "engine_version" BIGINT NOT NULL, "pipeline_name" TEXT NOT NULL, "state" TEXT NOT NULL, "created_at" TIMESTAMP NOT NULL, "version_hash" TEXT, "_dlt_load_id" VARCHAR(64) NOT NULL, "_dlt_id" VARCHAR(128) NOT NULL)
--;
INSERT INTO "ds"."_dlt_loads" ("load_id", "schema_name", "status", "inserted_at", "schema_version_hash") VALUES ('1704164645.000006', 'shop', 0, '1970-01-01 00:00:00.000000+00:00', 'hash=')
--;
INSERT INTO "ds"."_dlt_pipeline_state" ("version", "engine_version", "pipeline_name", "state", "created_at", "version_hash", "_dlt_load_id", "_dlt_id") VALUES (1, 4, 'p', 'eNpj', '2024-01-02 03:04:05.000006+00:00', 'hash=', '1704164645.000006', 'aB3')
--;
INSERT INTO "ds"."_dlt_version" ("version", "engine_version", "inserted_at", "schema_name", "version_hash", "schema") VALUES (0, 11, '1970-01-01 00:00:00.000000+00:00', 'shop', '', '{"a": 1}')
--;
SELECT "schema" FROM "ds"."_dlt_version" WHERE "schema_name" = 'shop' ORDER BY "inserted_at" DESC, "version" DESC LIMIT 1
--;
SELECT "version_hash" FROM "ds"."_dlt_version" WHERE "version_hash" = 'hash=' LIMIT 1
--;
SELECT "load_id" FROM "ds"."_dlt_loads" WHERE "load_id" = '1704164645.000006' AND "status" = 0 LIMIT 1
--;
SELECT s."state" FROM "ds"."_dlt_pipeline_state" s JOIN "ds"."_dlt_loads" l ON l."load_id" = s."_dlt_load_id" WHERE l."status" = 0 AND s."pipeline_name" = 'p' ORDER BY l."load_id" DESC LIMIT 1
