-- starrocks: evolution. https://docs.starrocks.io/docs/sql-reference/sql-statements/
--;
ALTER TABLE `ds`.`every_type` ADD COLUMN `c_text` VARCHAR(1048576)
--;
ALTER TABLE `ds`.`every_type` ADD COLUMN `c_text` VARCHAR(1048576), ADD COLUMN `c_double` DOUBLE, ADD COLUMN `c_timestamp` DATETIME
--;
ALTER TABLE `ds`.`every_type` MODIFY COLUMN `c_text_40` VARCHAR(160)
