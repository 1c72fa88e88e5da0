-- bigquery: evolution. https://cloud.google.com/bigquery/docs/reference/standard-sql/
--;
ALTER TABLE `ds`.`every_type` ADD COLUMN `c_text` STRING
--;
ALTER TABLE `ds`.`every_type` ADD COLUMN `c_text` STRING, ADD COLUMN `c_double` FLOAT64, ADD COLUMN `c_timestamp` TIMESTAMP
--;
ALTER TABLE `ds`.`every_type` ALTER COLUMN `c_text_40` SET DATA TYPE STRING(40)
--;
UPDATE `ds`.`every_type` SET `_dlt_id` = SUBSTR(REPLACE(GENERATE_UUID(), '-', ''), 1, 20) WHERE `_dlt_id` IS NULL
