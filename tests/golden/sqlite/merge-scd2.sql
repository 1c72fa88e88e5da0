-- sqlite: merge-scd2. https://www.sqlite.org/lang.html
--;
UPDATE "ds"."items" AS d SET "_dlt_valid_to" = '2024-01-02 03:04:05.000006+00:00' WHERE d."_dlt_valid_to" IS NULL AND ((d."_dlt_id") IN (SELECT s."_dlt_id" FROM "temp"."items" AS s)) IS NOT TRUE
--;
INSERT INTO "ds"."items" ("_dlt_valid_from", "_dlt_valid_to", "id", "day", "note", "changed", "gone", "_dlt_id") SELECT '2024-01-02 03:04:05.000006+00:00', NULL, s."id", s."day", s."note", s."changed", s."gone", s."_dlt_id" FROM "temp"."items" AS s WHERE ((s."_dlt_id") IN (SELECT d."_dlt_id" FROM "ds"."items" AS d WHERE d."_dlt_valid_to" IS NULL)) IS NOT TRUE
--;
INSERT INTO "ds"."items__tags" ("value", "_dlt_root_id", "_dlt_id") SELECT s."value", s."_dlt_root_id", s."_dlt_id" FROM "temp"."items__tags" AS s WHERE ((s."_dlt_id") IN (SELECT d."_dlt_id" FROM "ds"."items__tags" AS d)) IS NOT TRUE
--;
UPDATE "ds"."items" AS d SET "_dlt_valid_to" = '2024-01-02 03:04:05.000006+00:00' WHERE d."_dlt_valid_to" IS NULL AND ((d."_dlt_id") IN (SELECT s."_dlt_id" FROM "temp"."items" AS s)) IS NOT TRUE AND ((d."day") IN (SELECT p."day" FROM "temp"."items" AS p))
--;
INSERT INTO "ds"."items" ("_dlt_valid_from", "_dlt_valid_to", "id", "day", "note", "changed", "gone", "_dlt_id") SELECT '2024-01-02 03:04:05.000006+00:00', NULL, s."id", s."day", s."note", s."changed", s."gone", s."_dlt_id" FROM "temp"."items" AS s WHERE ((s."_dlt_id") IN (SELECT d."_dlt_id" FROM "ds"."items" AS d WHERE d."_dlt_valid_to" IS NULL)) IS NOT TRUE
--;
INSERT INTO "ds"."items__tags" ("value", "_dlt_root_id", "_dlt_id") SELECT s."value", s."_dlt_root_id", s."_dlt_id" FROM "temp"."items__tags" AS s WHERE ((s."_dlt_id") IN (SELECT d."_dlt_id" FROM "ds"."items__tags" AS d)) IS NOT TRUE
