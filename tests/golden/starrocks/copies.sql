-- starrocks: copies. https://docs.starrocks.io/docs/sql-reference/sql-statements/
--;
DELETE FROM `ds`.`items` WHERE `_dlt_load_id` = 'it\'s'
