-- sqlite: merge-delete-insert. https://www.sqlite.org/lang.html
--;
CREATE TEMPORARY TABLE "temp"."items_delete_0a1b2c3d" AS SELECT d."_dlt_id" FROM "ds"."items" AS d WHERE ((d."id") IN (SELECT s."id" FROM "temp"."items" AS s))
--;
DELETE FROM "ds"."items__tags" WHERE "_dlt_root_id" IN (SELECT "_dlt_id" FROM "temp"."items_delete_0a1b2c3d")
--;
DELETE FROM "ds"."items" WHERE "_dlt_id" IN (SELECT "_dlt_id" FROM "temp"."items_delete_0a1b2c3d")
--;
INSERT INTO "ds"."items" ("id", "day", "note", "changed", "gone", "_dlt_id") SELECT "id", "day", "note", "changed", "gone", "_dlt_id" FROM (SELECT * FROM (SELECT "id", "day", "note", "changed", "gone", "_dlt_id", ROW_NUMBER() OVER (PARTITION BY "id" ORDER BY _rowid_ DESC) AS "_dlt_dedup_rn" FROM "temp"."items") AS "_dlt_dedup_numbered" WHERE "_dlt_dedup_rn" = 1) AS s WHERE 1 = 1
--;
INSERT INTO "ds"."items__tags" ("value", "_dlt_root_id", "_dlt_id") SELECT "value", "_dlt_root_id", "_dlt_id" FROM "temp"."items__tags" WHERE "_dlt_root_id" IN (SELECT s."_dlt_id" FROM (SELECT * FROM (SELECT "id", "day", "note", "changed", "gone", "_dlt_id", ROW_NUMBER() OVER (PARTITION BY "id" ORDER BY _rowid_ DESC) AS "_dlt_dedup_rn" FROM "temp"."items") AS "_dlt_dedup_numbered" WHERE "_dlt_dedup_rn" = 1) AS s WHERE 1 = 1)
--;
CREATE TEMPORARY TABLE "temp"."items_delete_0a1b2c3d" AS SELECT d."_dlt_id" FROM "ds"."items" AS d WHERE ((d."id") IN (SELECT s."id" FROM "temp"."items" AS s)) UNION SELECT d."_dlt_id" FROM "ds"."items" AS d WHERE ((d."day") IN (SELECT s."day" FROM "temp"."items" AS s))
--;
DELETE FROM "ds"."items__tags" WHERE "_dlt_root_id" IN (SELECT "_dlt_id" FROM "temp"."items_delete_0a1b2c3d")
--;
DELETE FROM "ds"."items" WHERE "_dlt_id" IN (SELECT "_dlt_id" FROM "temp"."items_delete_0a1b2c3d")
--;
INSERT INTO "ds"."items" ("id", "day", "note", "changed", "gone", "_dlt_id") SELECT "id", "day", "note", "changed", "gone", "_dlt_id" FROM (SELECT * FROM (SELECT "id", "day", "note", "changed", "gone", "_dlt_id", ROW_NUMBER() OVER (PARTITION BY "id" ORDER BY "changed" DESC, _rowid_ DESC) AS "_dlt_dedup_rn" FROM "temp"."items") AS "_dlt_dedup_numbered" WHERE "_dlt_dedup_rn" = 1) AS s WHERE (CASE WHEN s."gone" = TRUE THEN 1 ELSE 0 END = 0)
--;
INSERT INTO "ds"."items__tags" ("value", "_dlt_root_id", "_dlt_id") SELECT "value", "_dlt_root_id", "_dlt_id" FROM "temp"."items__tags" WHERE "_dlt_root_id" IN (SELECT s."_dlt_id" FROM (SELECT * FROM (SELECT "id", "day", "note", "changed", "gone", "_dlt_id", ROW_NUMBER() OVER (PARTITION BY "id" ORDER BY "changed" DESC, _rowid_ DESC) AS "_dlt_dedup_rn" FROM "temp"."items") AS "_dlt_dedup_numbered" WHERE "_dlt_dedup_rn" = 1) AS s WHERE (CASE WHEN s."gone" = TRUE THEN 1 ELSE 0 END = 0))
