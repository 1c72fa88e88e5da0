-- starrocks: hostile. https://docs.starrocks.io/docs/sql-reference/sql-statements/
--;
CREATE DATABASE IF NOT EXISTS `select`
--;
CREATE TABLE `select`.`select` (`select` BIGINT NOT NULL) ENGINE = OLAP DUPLICATE KEY (`select`) DISTRIBUTED BY HASH (`select`)
--;
CREATE DATABASE IF NOT EXISTS `it's`
--;
CREATE TABLE `it's`.`it's` (`it's` BIGINT NOT NULL) ENGINE = OLAP DUPLICATE KEY (`it's`) DISTRIBUTED BY HASH (`it's`)
--;
CREATE DATABASE IF NOT EXISTS `a"b`
--;
CREATE TABLE `a"b`.`a"b` (`a"b` BIGINT NOT NULL) ENGINE = OLAP DUPLICATE KEY (`a"b`) DISTRIBUTED BY HASH (`a"b`)
--;
CREATE DATABASE IF NOT EXISTS `a``b`
--;
CREATE TABLE `a``b`.`a``b` (`a``b` BIGINT NOT NULL) ENGINE = OLAP DUPLICATE KEY (`a``b`) DISTRIBUTED BY HASH (`a``b`)
--;
CREATE DATABASE IF NOT EXISTS `a]b`
--;
CREATE TABLE `a]b`.`a]b` (`a]b` BIGINT NOT NULL) ENGINE = OLAP DUPLICATE KEY (`a]b`) DISTRIBUTED BY HASH (`a]b`)
--;
CREATE DATABASE IF NOT EXISTS `a\b`
--;
CREATE TABLE `a\b`.`a\b` (`a\b` BIGINT NOT NULL) ENGINE = OLAP DUPLICATE KEY (`a\b`) DISTRIBUTED BY HASH (`a\b`)
--;
CREATE DATABASE IF NOT EXISTS `x; DROP TABLE t; --`
--;
CREATE TABLE `x; DROP TABLE t; --`.`x; DROP TABLE t; --` (`x; DROP TABLE t; --` BIGINT NOT NULL) ENGINE = OLAP DUPLICATE KEY (`x; DROP TABLE t; --`) DISTRIBUTED BY HASH (`x; DROP TABLE t; --`)
--;
INSERT INTO `ds`.`_dlt_loads` (`load_id`, `schema_name`, `status`, `inserted_at`, `schema_version_hash`) VALUES ('it\'s', 'shop', 0, '1970-01-01 00:00:00.000000', 'hash')
--;
INSERT INTO `ds`.`_dlt_loads` (`load_id`, `schema_name`, `status`, `inserted_at`, `schema_version_hash`) VALUES ('\'; DROP TABLE t; --', 'shop', 0, '1970-01-01 00:00:00.000000', 'hash')
--;
INSERT INTO `ds`.`_dlt_loads` (`load_id`, `schema_name`, `status`, `inserted_at`, `schema_version_hash`) VALUES ('\\\'; DROP TABLE t; --', 'shop', 0, '1970-01-01 00:00:00.000000', 'hash')
--;
INSERT INTO `ds`.`_dlt_loads` (`load_id`, `schema_name`, `status`, `inserted_at`, `schema_version_hash`) VALUES ('\\', 'shop', 0, '1970-01-01 00:00:00.000000', 'hash')
--;
INSERT INTO `ds`.`_dlt_loads` (`load_id`, `schema_name`, `status`, `inserted_at`, `schema_version_hash`) VALUES ('a
b	c', 'shop', 0, '1970-01-01 00:00:00.000000', 'hash')
--;
INSERT INTO `ds`.`_dlt_loads` (`load_id`, `schema_name`, `status`, `inserted_at`, `schema_version_hash`) VALUES ('$$ DELIMITER', 'shop', 0, '1970-01-01 00:00:00.000000', 'hash')
--;
INSERT INTO `ds`.`_dlt_loads` (`load_id`, `schema_name`, `status`, `inserted_at`, `schema_version_hash`) VALUES ('/* no comment */ -- ', 'shop', 0, '1970-01-01 00:00:00.000000', 'hash')
--;
INSERT INTO `ds`.`_dlt_loads` (`load_id`, `schema_name`, `status`, `inserted_at`, `schema_version_hash`) VALUES ('ä😀', 'shop', 0, '1970-01-01 00:00:00.000000', 'hash')
--;
INSERT INTO `ds`.`_dlt_loads` (`load_id`, `schema_name`, `status`, `inserted_at`, `schema_version_hash`) VALUES ('{ts \'x\'}', 'shop', 0, '1970-01-01 00:00:00.000000', 'hash')
--;
INSERT INTO `ds`.`_dlt_loads` (`load_id`, `schema_name`, `status`, `inserted_at`, `schema_version_hash`) VALUES ('?', 'shop', 0, '1970-01-01 00:00:00.000000', 'hash')
