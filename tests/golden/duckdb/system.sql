-- duckdb: system. https://duckdb.org/docs/stable/sql/introduction
--;
CREATE TABLE "ds"."_dlt_version" ("version" BIGINT NOT NULL, "engine_version" BIGINT NOT NULL, "inserted_at" TIMESTAMP WITH TIME ZONE NOT NULL, "schema_name" VARCHAR NOT NULL, "version_hash" VARCHAR NOT NULL, "schema" VARCHAR NOT NULL)
--;
CREATE TABLE "ds"."_dlt_loads" ("load_id" VARCHAR NOT NULL, "schema_name" VARCHAR, "status" BIGINT NOT NULL, "inserted_at" TIMESTAMP WITH TIME ZONE NOT NULL, "schema_version_hash" VARCHAR)
--;
CREATE TABLE "ds"."_dlt_pipeline_state" ("version" BIGINT NOT NULL, "engine_version" BIGINT NOT NULL, "pipeline_name" VARCHAR NOT NULL, "state" VARCHAR NOT NULL, "created_at" TIMESTAMP WITH TIME ZONE NOT NULL, "version_hash" VARCHAR, "_dlt_load_id" VARCHAR NOT NULL, "_dlt_id" VARCHAR NOT NULL USING COMPRESSION uncompressed)
--;
INSERT INTO "ds"."_dlt_loads" ("load_id", "schema_name", "status", "inserted_at", "schema_version_hash") VALUES ('1704164645.000006', 'shop', 0, '1970-01-01T00:00:00+00:00', 'hash=')
--;
INSERT INTO "ds"."_dlt_pipeline_state" ("version", "engine_version", "pipeline_name", "state", "created_at", "version_hash", "_dlt_load_id", "_dlt_id") VALUES (1, 4, 'p', 'eNpj', '2024-01-02T03:04:05.000006+00:00', 'hash=', '1704164645.000006', 'aB3')
--;
INSERT INTO "ds"."_dlt_version" ("version", "engine_version", "inserted_at", "schema_name", "version_hash", "schema") VALUES (0, 11, '1970-01-01T00:00:00+00:00', 'shop', '', '{"a": 1}')
--;
SELECT "schema" FROM "ds"."_dlt_version" WHERE "schema_name" = 'shop' ORDER BY "inserted_at" DESC, "version" DESC LIMIT 1
--;
SELECT "version_hash" FROM "ds"."_dlt_version" WHERE "version_hash" = 'hash=' LIMIT 1
--;
SELECT "load_id" FROM "ds"."_dlt_loads" WHERE "load_id" = '1704164645.000006' AND "status" = 0 LIMIT 1
--;
SELECT s."state" FROM "ds"."_dlt_pipeline_state" s JOIN "ds"."_dlt_loads" l ON l."load_id" = s."_dlt_load_id" WHERE l."status" = 0 AND s."pipeline_name" = 'p' ORDER BY l."load_id" DESC LIMIT 1
