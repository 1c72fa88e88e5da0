-- mysql: types. https://dev.mysql.com/doc/refman/8.0/en/sql-statements.html
--;
CREATE DATABASE IF NOT EXISTS `ds` DEFAULT CHARACTER SET utf8mb4/*!80017 COLLATE utf8mb4_0900_bin*//*M! COLLATE utf8mb4_nopad_bin*/
--;
CREATE TABLE `ds`.`every_type` (`c_text` LONGTEXT, `c_text_40` VARCHAR(40), `c_key` LONGTEXT NOT NULL, `c_unique` VARCHAR(128), `c_double` DOUBLE, `c_bool` TINYINT(1), `c_timestamp` DATETIME(6), `c_timestamp_3` DATETIME(3), `c_naive` DATETIME(6), `c_bigint` BIGINT, `c_int_8` SMALLINT, `c_int_16` SMALLINT, `c_int_32` INT, `c_int_64` BIGINT, `c_int_128` DECIMAL(38,0), `c_binary` LONGBLOB, `c_binary_16` LONGBLOB, `c_json` JSON, `c_decimal` DECIMAL(38,9), `c_decimal_12_2` DECIMAL(12,2), `c_decimal_31_20` DECIMAL(31,20), `c_wei` DECIMAL(38,0), `c_date` DATE, `c_time` TIME(6)) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4/*!80017 COLLATE utf8mb4_0900_bin*//*M! COLLATE utf8mb4_nopad_bin*/
--;
CREATE TABLE `ds`.`hinted` (`note` LONGTEXT, `id` BIGINT NOT NULL COMMENT 'Zoë''s number', `day` DATE, `region` BIGINT, `at` DATETIME(6), `it's "At"` BIGINT) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4/*!80017 COLLATE utf8mb4_0900_bin*//*M! COLLATE utf8mb4_nopad_bin*/ COMMENT 'it''s "hinted"
and said to be'
--;
CREATE TEMPORARY TABLE `_dlt_stage_765456a6a801bd3a` (`c_text` LONGTEXT, `c_text_40` VARCHAR(40), `c_key` LONGTEXT, `c_unique` VARCHAR(128), `c_double` DOUBLE, `c_bool` TINYINT(1), `c_timestamp` DATETIME(6), `c_timestamp_3` DATETIME(3), `c_naive` DATETIME(6), `c_bigint` BIGINT, `c_int_8` SMALLINT, `c_int_16` SMALLINT, `c_int_32` INT, `c_int_64` BIGINT, `c_int_128` DECIMAL(38,0), `c_binary` LONGBLOB, `c_binary_16` LONGBLOB, `c_json` JSON, `c_decimal` DECIMAL(38,9), `c_decimal_12_2` DECIMAL(12,2), `c_decimal_31_20` DECIMAL(31,20), `c_wei` DECIMAL(38,0), `c_date` DATE, `c_time` TIME(6))/*M! ENGINE=Aria TRANSACTIONAL=0*/ DEFAULT CHARACTER SET utf8mb4/*!80017 COLLATE utf8mb4_0900_bin*//*M! COLLATE utf8mb4_nopad_bin*/
--;
DROP TABLE IF EXISTS `ds`.`every_type`
