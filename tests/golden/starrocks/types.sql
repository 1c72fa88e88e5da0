-- starrocks: types. https://docs.starrocks.io/docs/sql-reference/sql-statements/
--;
CREATE DATABASE IF NOT EXISTS `ds`
--;
CREATE TABLE `ds`.`every_type` (`c_key` VARCHAR(65533) NOT NULL, `c_text` VARCHAR(1048576), `c_text_40` VARCHAR(160), `c_unique` VARCHAR(65533), `c_double` DOUBLE, `c_bool` BOOLEAN, `c_timestamp` DATETIME, `c_timestamp_3` DATETIME, `c_naive` DATETIME, `c_bigint` BIGINT, `c_int_8` TINYINT, `c_int_16` SMALLINT, `c_int_32` INT, `c_int_64` BIGINT, `c_int_128` LARGEINT, `c_binary` VARBINARY, `c_binary_16` VARBINARY, `c_json` JSON, `c_decimal` DECIMAL(38,9), `c_decimal_12_2` DECIMAL(12,2), `c_decimal_31_20` DECIMAL(31,20), `c_wei` DECIMAL(38,0), `c_date` DATE, `c_time` VARCHAR(15)) ENGINE = OLAP DUPLICATE KEY (`c_key`) DISTRIBUTED BY HASH (`c_key`)
--;
CREATE TABLE `ds`.`hinted` (`id` BIGINT NOT NULL, `note` VARCHAR(1048576), `day` DATE, `region` BIGINT, `at` DATETIME, `it's "At"` BIGINT) ENGINE = OLAP DUPLICATE KEY (`id`) PARTITION BY date_trunc('day', `day`) DISTRIBUTED BY HASH (`id`)
--;
DROP TABLE IF EXISTS `ds`.`every_type`
