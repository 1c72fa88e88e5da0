-- bigquery: types. https://cloud.google.com/bigquery/docs/reference/standard-sql/
--;
CREATE SCHEMA IF NOT EXISTS `ds`
--;
CREATE TABLE `ds`.`every_type` (`c_text` STRING, `c_text_40` STRING(40), `c_key` STRING NOT NULL, `c_unique` STRING, `c_double` FLOAT64, `c_bool` BOOL, `c_timestamp` TIMESTAMP, `c_timestamp_3` TIMESTAMP, `c_naive` DATETIME, `c_bigint` INT64, `c_int_8` INT64, `c_int_16` INT64, `c_int_32` INT64, `c_int_64` INT64, `c_int_128` BIGNUMERIC(38), `c_binary` BYTES, `c_binary_16` BYTES(16), `c_json` JSON, `c_decimal` NUMERIC(38, 9), `c_decimal_12_2` NUMERIC(12, 2), `c_decimal_31_20` BIGNUMERIC(31, 20), `c_wei` BIGNUMERIC, `c_date` DATE, `c_time` TIME)
--;
CREATE TABLE `ds`.`hinted` (`note` STRING, `id` INT64 NOT NULL OPTIONS(description='Zoë\'s number'), `day` DATE, `region` INT64, `at` TIMESTAMP, `it's "At"` INT64) PARTITION BY `day` CLUSTER BY `region` OPTIONS(description='it\'s "hinted"\x0aand said to be')
--;
CREATE TEMP TABLE _SESSION.`every_type` (`c_text` STRING, `c_text_40` STRING(40), `c_key` STRING, `c_unique` STRING, `c_double` FLOAT64, `c_bool` BOOL, `c_timestamp` TIMESTAMP, `c_timestamp_3` TIMESTAMP, `c_naive` DATETIME, `c_bigint` INT64, `c_int_8` INT64, `c_int_16` INT64, `c_int_32` INT64, `c_int_64` INT64, `c_int_128` BIGNUMERIC(38), `c_binary` BYTES, `c_binary_16` BYTES(16), `c_json` JSON, `c_decimal` NUMERIC(38, 9), `c_decimal_12_2` NUMERIC(12, 2), `c_decimal_31_20` BIGNUMERIC(31, 20), `c_wei` BIGNUMERIC, `c_date` DATE, `c_time` TIME)
--;
DROP TABLE IF EXISTS `ds`.`every_type`
