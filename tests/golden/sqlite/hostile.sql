-- sqlite: hostile. https://www.sqlite.org/lang.html
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
CREATE SCHEMA IF NOT EXISTS "x; DROP TABLE t; --"
--;
CREATE TABLE "x; DROP TABLE t; --"."x; DROP TABLE t; --" ("x; DROP TABLE t; --" BIGINT NOT NULL)
--;
INSERT INTO "ds"."_dlt_loads" ("load_id", "schema_name", "status", "inserted_at", "schema_version_hash") VALUES ('it''s', 'shop', 0, '1970-01-01 00:00:00.000000+00:00', 'hash')
--;
INSERT INTO "ds"."_dlt_loads" ("load_id", "schema_name", "status", "inserted_at", "schema_version_hash") VALUES ('''; DROP TABLE t; --', 'shop', 0, '1970-01-01 00:00:00.000000+00:00', 'hash')
--;
INSERT INTO "ds"."_dlt_loads" ("load_id", "schema_name", "status", "inserted_at", "schema_version_hash") VALUES ('\''; DROP TABLE t; --', 'shop', 0, '1970-01-01 00:00:00.000000+00:00', 'hash')
--;
INSERT INTO "ds"."_dlt_loads" ("load_id", "schema_name", "status", "inserted_at", "schema_version_hash") VALUES ('\', 'shop', 0, '1970-01-01 00:00:00.000000+00:00', 'hash')
--;
INSERT INTO "ds"."_dlt_loads" ("load_id", "schema_name", "status", "inserted_at", "schema_version_hash") VALUES ('a
b	c', 'shop', 0, '1970-01-01 00:00:00.000000+00:00', 'hash')
--;
INSERT INTO "ds"."_dlt_loads" ("load_id", "schema_name", "status", "inserted_at", "schema_version_hash") VALUES ('$$ DELIMITER', 'shop', 0, '1970-01-01 00:00:00.000000+00:00', 'hash')
--;
INSERT INTO "ds"."_dlt_loads" ("load_id", "schema_name", "status", "inserted_at", "schema_version_hash") VALUES ('/* no comment */ -- ', 'shop', 0, '1970-01-01 00:00:00.000000+00:00', 'hash')
--;
INSERT INTO "ds"."_dlt_loads" ("load_id", "schema_name", "status", "inserted_at", "schema_version_hash") VALUES ('ä😀', 'shop', 0, '1970-01-01 00:00:00.000000+00:00', 'hash')
--;
INSERT INTO "ds"."_dlt_loads" ("load_id", "schema_name", "status", "inserted_at", "schema_version_hash") VALUES ('{ts ''x''}', 'shop', 0, '1970-01-01 00:00:00.000000+00:00', 'hash')
--;
INSERT INTO "ds"."_dlt_loads" ("load_id", "schema_name", "status", "inserted_at", "schema_version_hash") VALUES ('?', 'shop', 0, '1970-01-01 00:00:00.000000+00:00', 'hash')
