-- clickhouse: hostile. https://clickhouse.com/docs/en/sql-reference/statements/
--;
CREATE DATABASE IF NOT EXISTS `select`
--;
CREATE TABLE `select`.`select` (`select` Int64) ENGINE = MergeTree ORDER BY (`select`)
--;
CREATE DATABASE IF NOT EXISTS `it's`
--;
CREATE TABLE `it's`.`it's` (`it's` Int64) ENGINE = MergeTree ORDER BY (`it's`)
--;
CREATE DATABASE IF NOT EXISTS `a"b`
--;
CREATE TABLE `a"b`.`a"b` (`a"b` Int64) ENGINE = MergeTree ORDER BY (`a"b`)
--;
CREATE DATABASE IF NOT EXISTS `a\`b`
--;
CREATE TABLE `a\`b`.`a\`b` (`a\`b` Int64) ENGINE = MergeTree ORDER BY (`a\`b`)
--;
CREATE DATABASE IF NOT EXISTS `a]b`
--;
CREATE TABLE `a]b`.`a]b` (`a]b` Int64) ENGINE = MergeTree ORDER BY (`a]b`)
--;
CREATE DATABASE IF NOT EXISTS `a\\b`
--;
CREATE TABLE `a\\b`.`a\\b` (`a\\b` Int64) ENGINE = MergeTree ORDER BY (`a\\b`)
--;
CREATE DATABASE IF NOT EXISTS `x; DROP TABLE t; --`
--;
CREATE TABLE `x; DROP TABLE t; --`.`x; DROP TABLE t; --` (`x; DROP TABLE t; --` Int64) ENGINE = MergeTree ORDER BY (`x; DROP TABLE t; --`)
--;
INSERT INTO `ds`.`_dlt_loads` (`load_id`, `schema_name`, `status`, `inserted_at`, `schema_version_hash`) VALUES ('it\'s', 'shop', 0, toDateTime64('1970-01-01 00:00:00.000000', 6, 'UTC'), 'hash')
--;
INSERT INTO `ds`.`_dlt_loads` (`load_id`, `schema_name`, `status`, `inserted_at`, `schema_version_hash`) VALUES ('\'; DROP TABLE t; --', 'shop', 0, toDateTime64('1970-01-01 00:00:00.000000', 6, 'UTC'), 'hash')
--;
INSERT INTO `ds`.`_dlt_loads` (`load_id`, `schema_name`, `status`, `inserted_at`, `schema_version_hash`) VALUES ('\\\'; DROP TABLE t; --', 'shop', 0, toDateTime64('1970-01-01 00:00:00.000000', 6, 'UTC'), 'hash')
--;
INSERT INTO `ds`.`_dlt_loads` (`load_id`, `schema_name`, `status`, `inserted_at`, `schema_version_hash`) VALUES ('\\', 'shop', 0, toDateTime64('1970-01-01 00:00:00.000000', 6, 'UTC'), 'hash')
--;
INSERT INTO `ds`.`_dlt_loads` (`load_id`, `schema_name`, `status`, `inserted_at`, `schema_version_hash`) VALUES ('a
b	c', 'shop', 0, toDateTime64('1970-01-01 00:00:00.000000', 6, 'UTC'), 'hash')
--;
INSERT INTO `ds`.`_dlt_loads` (`load_id`, `schema_name`, `status`, `inserted_at`, `schema_version_hash`) VALUES ('$$ DELIMITER', 'shop', 0, toDateTime64('1970-01-01 00:00:00.000000', 6, 'UTC'), 'hash')
--;
INSERT INTO `ds`.`_dlt_loads` (`load_id`, `schema_name`, `status`, `inserted_at`, `schema_version_hash`) VALUES ('/* no comment */ -- ', 'shop', 0, toDateTime64('1970-01-01 00:00:00.000000', 6, 'UTC'), 'hash')
--;
INSERT INTO `ds`.`_dlt_loads` (`load_id`, `schema_name`, `status`, `inserted_at`, `schema_version_hash`) VALUES ('ä😀', 'shop', 0, toDateTime64('1970-01-01 00:00:00.000000', 6, 'UTC'), 'hash')
--;
INSERT INTO `ds`.`_dlt_loads` (`load_id`, `schema_name`, `status`, `inserted_at`, `schema_version_hash`) VALUES ('{ts \'x\'}', 'shop', 0, toDateTime64('1970-01-01 00:00:00.000000', 6, 'UTC'), 'hash')
--;
INSERT INTO `ds`.`_dlt_loads` (`load_id`, `schema_name`, `status`, `inserted_at`, `schema_version_hash`) VALUES ('?', 'shop', 0, toDateTime64('1970-01-01 00:00:00.000000', 6, 'UTC'), 'hash')
