-- clickhouse: types. https://clickhouse.com/docs/en/sql-reference/statements/
--;
CREATE DATABASE IF NOT EXISTS `ds`
--;
CREATE TABLE `ds`.`every_type` (`c_text` Nullable(String), `c_text_40` Nullable(String), `c_key` String, `c_unique` Nullable(String), `c_double` Nullable(Float64), `c_bool` Nullable(Bool), `c_timestamp` Nullable(DateTime64(6, 'UTC')), `c_timestamp_3` Nullable(DateTime64(3, 'UTC')), `c_naive` Nullable(DateTime64(6, 'UTC')), `c_bigint` Nullable(Int64), `c_int_8` Nullable(Int8), `c_int_16` Nullable(Int16), `c_int_32` Nullable(Int32), `c_int_64` Nullable(Int64), `c_int_128` Nullable(Int128), `c_binary` Nullable(String), `c_binary_16` Nullable(String), `c_json` Nullable(String), `c_decimal` Nullable(Decimal(38, 9)), `c_decimal_12_2` Nullable(Decimal(12, 2)), `c_decimal_31_20` Nullable(Decimal(31, 20)), `c_wei` Nullable(Decimal(76, 0)), `c_date` Nullable(Date32), `c_time` Nullable(String)) ENGINE = MergeTree ORDER BY (`c_key`)
--;
CREATE TABLE `ds`.`hinted` (`note` Nullable(String), `id` Int64 COMMENT 'Zoë\'s number', `day` Nullable(Date32), `region` Nullable(Int64), `at` Nullable(DateTime64(6, 'UTC')), `it's "At"` Nullable(Int64)) ENGINE = MergeTree PARTITION BY (`day`) ORDER BY (`at`, `it's "At"`) SETTINGS allow_nullable_key = 1 COMMENT 'it\'s "hinted"
and said to be'
--;
DROP TABLE IF EXISTS `ds`.`every_type`
