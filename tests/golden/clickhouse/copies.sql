-- clickhouse: copies. https://clickhouse.com/docs/en/sql-reference/statements/
--;
DELETE FROM `ds`.`items` WHERE `_dlt_load_id` = 'it\'s'
