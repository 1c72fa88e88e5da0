-- mysql: evolution. https://dev.mysql.com/doc/refman/8.0/en/sql-statements.html
--;
ALTER TABLE `ds`.`every_type` ADD COLUMN `c_text` LONGTEXT
--;
ALTER TABLE `ds`.`every_type` ADD COLUMN `c_text` LONGTEXT, ADD COLUMN `c_double` DOUBLE, ADD COLUMN `c_timestamp` DATETIME(6)
--;
ALTER TABLE `ds`.`every_type` MODIFY COLUMN `c_text_40` VARCHAR(40)
--;
UPDATE `ds`.`every_type` SET `_dlt_id` = LEFT(MD5(CONCAT(UUID(), RAND(), RAND())), 20) WHERE `_dlt_id` IS NULL
