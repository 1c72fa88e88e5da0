-- trino: copies. https://trino.io/docs/current/sql.html
--;
DELETE FROM "ds"."items" WHERE "_dlt_load_id" = 'it''s'
