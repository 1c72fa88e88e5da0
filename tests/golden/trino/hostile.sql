-- trino: hostile. https://trino.io/docs/current/sql.html
--;
CREATE SCHEMA IF NOT EXISTS "select"
--;
CREATE TABLE "select"."select" ("select" BIGINT NOT NULL)
--;
CREATE SCHEMA IF NOT EXISTS "it's"
--;
CREATE TABLE "it's"."it's" ("it's" BIGINT NOT NULL)
--;
CREATE SCHEMA IF NOT EXISTS "a""b"
--;
CREATE TABLE "a""b"."a""b" ("a""b" BIGINT NOT NULL)
--;
CREATE SCHEMA IF NOT EXISTS "a`b"
--;
CREATE TABLE "a`b"."a`b" ("a`b" BIGINT NOT NULL)
--;
CREATE SCHEMA IF NOT EXISTS "a]b"
--;
CREATE TABLE "a]b"."a]b" ("a]b" BIGINT NOT NULL)
--;
CREATE SCHEMA IF NOT EXISTS "a\b"
--;
CREATE TABLE "a\b"."a\b" ("a\b" BIGINT NOT NULL)
--;
CREATE SCHEMA IF NOT EXISTS "x; drop table t; --"
--;
CREATE TABLE "x; drop table t; --"."x; drop table t; --" ("x; drop table t; --" BIGINT NOT NULL)
--;
INSERT INTO "ds"."_dlt_loads" ("load_id", "schema_name", "status", "inserted_at", "schema_version_hash") VALUES ('it''s', 'shop', 0, TIMESTAMP '1970-01-01 00:00:00.000000 UTC', 'hash')
--;
INSERT INTO "ds"."_dlt_loads" ("load_id", "schema_name", "status", "inserted_at", "schema_version_hash") VALUES ('''; DROP TABLE t; --', 'shop', 0, TIMESTAMP '1970-01-01 00:00:00.000000 UTC', 'hash')
--;
INSERT INTO "ds"."_dlt_loads" ("load_id", "schema_name", "status", "inserted_at", "schema_version_hash") VALUES ('\''; DROP TABLE t; --', 'shop', 0, TIMESTAMP '1970-01-01 00:00:00.000000 UTC', 'hash')
--;
INSERT INTO "ds"."_dlt_loads" ("load_id", "schema_name", "status", "inserted_at", "schema_version_hash") VALUES ('\', 'shop', 0, TIMESTAMP '1970-01-01 00:00:00.000000 UTC', 'hash')
--;
INSERT INTO "ds"."_dlt_loads" ("load_id", "schema_name", "status", "inserted_at", "schema_version_hash") VALUES ('a
b	c', 'shop', 0, TIMESTAMP '1970-01-01 00:00:00.000000 UTC', 'hash')
--;
INSERT INTO "ds"."_dlt_loads" ("load_id", "schema_name", "status", "inserted_at", "schema_version_hash") VALUES ('$$ DELIMITER', 'shop', 0, TIMESTAMP '1970-01-01 00:00:00.000000 UTC', 'hash')
--;
INSERT INTO "ds"."_dlt_loads" ("load_id", "schema_name", "status", "inserted_at", "schema_version_hash") VALUES ('/* no comment */ -- ', 'shop', 0, TIMESTAMP '1970-01-01 00:00:00.000000 UTC', 'hash')
--;
INSERT INTO "ds"."_dlt_loads" ("load_id", "schema_name", "status", "inserted_at", "schema_version_hash") VALUES ('ä😀', 'shop', 0, TIMESTAMP '1970-01-01 00:00:00.000000 UTC', 'hash')
--;
INSERT INTO "ds"."_dlt_loads" ("load_id", "schema_name", "status", "inserted_at", "schema_version_hash") VALUES ('{ts ''x''}', 'shop', 0, TIMESTAMP '1970-01-01 00:00:00.000000 UTC', 'hash')
--;
INSERT INTO "ds"."_dlt_loads" ("load_id", "schema_name", "status", "inserted_at", "schema_version_hash") VALUES ('?', 'shop', 0, TIMESTAMP '1970-01-01 00:00:00.000000 UTC', 'hash')
