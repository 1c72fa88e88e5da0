-- postgres: rows. https://www.postgresql.org/docs/current/sql-commands.html
--;
INSERT INTO "ds"."items" ("id", "note") VALUES (?, ?)
--;
INSERT INTO "ds"."items" ("id", "note", "doc") VALUES (?, ?, ?)
--;
INSERT INTO "ds"."items" ("v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12") VALUES (-9223372036854775808, 0.1e0, TRUE, FALSE, -12.50, 1.2345678901, '1969-12-31T23:59:59.999999+00:00', '2024-01-02T03:04:05.000006+00:00', '2024-01-02', '23:59:59.999999', '\x00ff275c'::bytea, '{"a": "it''s \\"}', NULL), (-9223372036854775808, 0.1e0, TRUE, FALSE, -12.50, 1.2345678901, '1969-12-31T23:59:59.999999+00:00', '2024-01-02T03:04:05.000006+00:00', '2024-01-02', '23:59:59.999999', '\x00ff275c'::bytea, '{"a": "it''s \\"}', NULL)
--;
DELETE FROM "ds"."items"
