-- sqlite: rows. https://www.sqlite.org/lang.html
--;
INSERT INTO "ds"."items" ("id", "note") VALUES (?, ?)
--;
INSERT INTO "ds"."items" ("id", "note", "doc") VALUES (?, ?, ?)
--;
INSERT INTO "ds"."items" ("v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11") VALUES (-9223372036854775808, 0.1e0, TRUE, FALSE, -12.50, '1969-12-31 23:59:59.999999+00:00', '2024-01-02 03:04:05.000006+00:00', '2024-01-02', '23:59:59.999999', x'00ff275c', '{"a": "it''s \\"}', NULL), (-9223372036854775808, 0.1e0, TRUE, FALSE, -12.50, '1969-12-31 23:59:59.999999+00:00', '2024-01-02 03:04:05.000006+00:00', '2024-01-02', '23:59:59.999999', x'00ff275c', '{"a": "it''s \\"}', NULL)
--;
DELETE FROM "ds"."items"
