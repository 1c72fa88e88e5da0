-- clickhouse: evolution. https://clickhouse.com/docs/en/sql-reference/statements/
--;
ALTER TABLE `ds`.`every_type` ADD COLUMN `c_text` Nullable(String)
--;
ALTER TABLE `ds`.`every_type` ADD COLUMN `c_text` Nullable(String), ADD COLUMN `c_double` Nullable(Float64), ADD COLUMN `c_timestamp` Nullable(DateTime64(6, 'UTC'))
--;
ALTER TABLE `ds`.`every_type` MODIFY COLUMN `c_text_40` Nullable(String)
