-- sqlite: merge-cdc. https://www.sqlite.org/lang.html
--;
DELETE FROM "ds"."items__tags" WHERE "_dlt_root_id" IN (SELECT d."_dlt_id" FROM "ds"."items" AS d WHERE ((d."id") IN (SELECT s."id" FROM "temp"."items" AS s)) IS NOT TRUE)
--;
DELETE FROM "ds"."items" AS d WHERE ((d."id") IN (SELECT s."id" FROM "temp"."items" AS s)) IS NOT TRUE
--;
UPDATE "ds"."items" AS d SET "id" = s."id", "day" = s."day", "note" = s."note", "changed" = s."changed", "gone" = s."gone", "_dlt_id" = s."_dlt_id" FROM (SELECT * FROM (SELECT "id", "day", "note", "changed", "gone", "_dlt_id", "root_row", ROW_NUMBER() OVER (PARTITION BY "id" ORDER BY _rowid_ DESC) AS "_dlt_dedup_rn" FROM "temp"."items") AS "_dlt_dedup_numbered" WHERE "_dlt_dedup_rn" = 1) AS s WHERE d."id" = s."id"
--;
INSERT INTO "ds"."items" ("id", "day", "note", "changed", "gone", "_dlt_id") SELECT s."id", s."day", s."note", s."changed", s."gone", s."_dlt_id" FROM (SELECT * FROM (SELECT "id", "day", "note", "changed", "gone", "_dlt_id", "root_row", ROW_NUMBER() OVER (PARTITION BY "id" ORDER BY _rowid_ DESC) AS "_dlt_dedup_rn" FROM "temp"."items") AS "_dlt_dedup_numbered" WHERE "_dlt_dedup_rn" = 1) AS s WHERE ((s."id") IN (SELECT d."id" FROM "ds"."items" AS d)) IS NOT TRUE
--;
DELETE FROM "ds"."items__tags" WHERE "_dlt_root_id" IN (SELECT s."_dlt_id" FROM "temp"."items" AS s)
--;
INSERT INTO "ds"."items__tags" ("value", "_dlt_root_id", "_dlt_id") SELECT "value", "_dlt_root_id", "_dlt_id" FROM (SELECT t.*, ROW_NUMBER() OVER (PARTITION BY t."_dlt_id" ORDER BY t._rowid_ DESC) AS "_dlt_dedup_rn" FROM "temp"."items__tags" AS t WHERE t."root_row" IN (SELECT s."root_row" FROM (SELECT * FROM (SELECT "id", "day", "note", "changed", "gone", "_dlt_id", "root_row", ROW_NUMBER() OVER (PARTITION BY "id" ORDER BY _rowid_ DESC) AS "_dlt_dedup_rn" FROM "temp"."items") AS "_dlt_dedup_numbered" WHERE "_dlt_dedup_rn" = 1) AS s WHERE 1 = 1)) AS c WHERE c."_dlt_dedup_rn" = 1
--;
DELETE FROM "ds"."items__tags" WHERE "_dlt_root_id" IN (SELECT d."_dlt_id" FROM "ds"."items" AS d WHERE ((d."id") IN (SELECT s."id" FROM "temp"."items" AS s)) IS NOT TRUE AND ((d."day") IN (SELECT p."day" FROM "temp"."items" AS p)))
--;
DELETE FROM "ds"."items" AS d WHERE ((d."id") IN (SELECT s."id" FROM "temp"."items" AS s)) IS NOT TRUE AND ((d."day") IN (SELECT p."day" FROM "temp"."items" AS p))
--;
CREATE TEMPORARY TABLE "temp"."items_delete_0a1b2c3d" AS SELECT d._rowid_ AS r FROM "ds"."items" AS d WHERE ((d."id") IN (SELECT s."id" FROM (SELECT * FROM (SELECT "id", "day", "note", "changed", "gone", "_dlt_id", "root_row", ROW_NUMBER() OVER (PARTITION BY "id" ORDER BY "changed" DESC, _rowid_ DESC) AS "_dlt_dedup_rn" FROM "temp"."items") AS "_dlt_dedup_numbered" WHERE "_dlt_dedup_rn" = 1) AS s WHERE (s."gone" = TRUE)))
--;
UPDATE "ds"."items" AS d SET "id" = s."id", "day" = s."day", "note" = s."note", "changed" = s."changed", "gone" = s."gone", "_dlt_id" = s."_dlt_id" FROM (SELECT * FROM (SELECT "id", "day", "note", "changed", "gone", "_dlt_id", "root_row", ROW_NUMBER() OVER (PARTITION BY "id" ORDER BY "changed" DESC, _rowid_ DESC) AS "_dlt_dedup_rn" FROM "temp"."items") AS "_dlt_dedup_numbered" WHERE "_dlt_dedup_rn" = 1) AS s WHERE d."id" = s."id" AND (CASE WHEN s."gone" = TRUE THEN 1 ELSE 0 END = 0)
--;
INSERT INTO "ds"."items" ("id", "day", "note", "changed", "gone", "_dlt_id") SELECT s."id", s."day", s."note", s."changed", s."gone", s."_dlt_id" FROM (SELECT * FROM (SELECT "id", "day", "note", "changed", "gone", "_dlt_id", "root_row", ROW_NUMBER() OVER (PARTITION BY "id" ORDER BY "changed" DESC, _rowid_ DESC) AS "_dlt_dedup_rn" FROM "temp"."items") AS "_dlt_dedup_numbered" WHERE "_dlt_dedup_rn" = 1) AS s WHERE ((s."id") IN (SELECT d."id" FROM "ds"."items" AS d)) IS NOT TRUE AND (CASE WHEN s."gone" = TRUE THEN 1 ELSE 0 END = 0)
--;
DELETE FROM "ds"."items" WHERE _rowid_ IN (SELECT r FROM "temp"."items_delete_0a1b2c3d")
--;
DELETE FROM "ds"."items__tags" WHERE "_dlt_root_id" IN (SELECT s."_dlt_id" FROM "temp"."items" AS s)
--;
INSERT INTO "ds"."items__tags" ("value", "_dlt_root_id", "_dlt_id") SELECT "value", "_dlt_root_id", "_dlt_id" FROM (SELECT t.*, ROW_NUMBER() OVER (PARTITION BY t."_dlt_id" ORDER BY t._rowid_ DESC) AS "_dlt_dedup_rn" FROM "temp"."items__tags" AS t WHERE t."root_row" IN (SELECT s."root_row" FROM (SELECT * FROM (SELECT "id", "day", "note", "changed", "gone", "_dlt_id", "root_row", ROW_NUMBER() OVER (PARTITION BY "id" ORDER BY "changed" DESC, _rowid_ DESC) AS "_dlt_dedup_rn" FROM "temp"."items") AS "_dlt_dedup_numbered" WHERE "_dlt_dedup_rn" = 1) AS s WHERE (CASE WHEN s."gone" = TRUE THEN 1 ELSE 0 END = 0))) AS c WHERE c."_dlt_dedup_rn" = 1
