-- starrocks: copies. https://docs.starrocks.io/docs/sql-reference/sql-statements/
--;
CREATE TABLE `ds`.`_sluice_1704164645_000006_items` AS SELECT * FROM `ds`.`items` WHERE 1 = 0
--;
INSERT INTO `ds`.`_sluice_1704164645_000006_items` SELECT * FROM `ds`.`items`
--;
DELETE FROM `ds`.`items`
--;
DELETE FROM `ds`.`items`
--;
INSERT INTO `ds`.`items` (`id`, `it's "quoted"`) SELECT `id`, `it's "quoted"` FROM `ds`.`_sluice_1704164645_000006_items`
--;
DELETE FROM `ds`.`items` WHERE `_dlt_load_id` = 'it\'s'
