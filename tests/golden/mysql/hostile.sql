-- mysql: hostile. https://dev.mysql.com/doc/refman/8.0/en/sql-statements.html
--;
CREATE DATABASE IF NOT EXISTS `select` DEFAULT CHARACTER SET utf8mb4/*!80017 COLLATE utf8mb4_0900_bin*//*M! COLLATE utf8mb4_nopad_bin*/
--;
CREATE TABLE `select`.`select` (`select` BIGINT NOT NULL) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4/*!80017 COLLATE utf8mb4_0900_bin*//*M! COLLATE utf8mb4_nopad_bin*/
--;
CREATE DATABASE IF NOT EXISTS `it's` DEFAULT CHARACTER SET utf8mb4/*!80017 COLLATE utf8mb4_0900_bin*//*M! COLLATE utf8mb4_nopad_bin*/
--;
CREATE TABLE `it's`.`it's` (`it's` BIGINT NOT NULL) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4/*!80017 COLLATE utf8mb4_0900_bin*//*M! COLLATE utf8mb4_nopad_bin*/
--;
CREATE DATABASE IF NOT EXISTS `a"b` DEFAULT CHARACTER SET utf8mb4/*!80017 COLLATE utf8mb4_0900_bin*//*M! COLLATE utf8mb4_nopad_bin*/
--;
CREATE TABLE `a"b`.`a"b` (`a"b` BIGINT NOT NULL) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4/*!80017 COLLATE utf8mb4_0900_bin*//*M! COLLATE utf8mb4_nopad_bin*/
--;
CREATE DATABASE IF NOT EXISTS `a``b` DEFAULT CHARACTER SET utf8mb4/*!80017 COLLATE utf8mb4_0900_bin*//*M! COLLATE utf8mb4_nopad_bin*/
--;
CREATE TABLE `a``b`.`a``b` (`a``b` BIGINT NOT NULL) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4/*!80017 COLLATE utf8mb4_0900_bin*//*M! COLLATE utf8mb4_nopad_bin*/
--;
CREATE DATABASE IF NOT EXISTS `a]b` DEFAULT CHARACTER SET utf8mb4/*!80017 COLLATE utf8mb4_0900_bin*//*M! COLLATE utf8mb4_nopad_bin*/
--;
CREATE TABLE `a]b`.`a]b` (`a]b` BIGINT NOT NULL) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4/*!80017 COLLATE utf8mb4_0900_bin*//*M! COLLATE utf8mb4_nopad_bin*/
--;
CREATE DATABASE IF NOT EXISTS `a\b` DEFAULT CHARACTER SET utf8mb4/*!80017 COLLATE utf8mb4_0900_bin*//*M! COLLATE utf8mb4_nopad_bin*/
--;
CREATE TABLE `a\b`.`a\b` (`a\b` BIGINT NOT NULL) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4/*!80017 COLLATE utf8mb4_0900_bin*//*M! COLLATE utf8mb4_nopad_bin*/
--;
CREATE DATABASE IF NOT EXISTS `x; DROP TABLE t; --` DEFAULT CHARACTER SET utf8mb4/*!80017 COLLATE utf8mb4_0900_bin*//*M! COLLATE utf8mb4_nopad_bin*/
--;
CREATE TABLE `x; DROP TABLE t; --`.`x; DROP TABLE t; --` (`x; DROP TABLE t; --` BIGINT NOT NULL) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4/*!80017 COLLATE utf8mb4_0900_bin*//*M! COLLATE utf8mb4_nopad_bin*/
--;
INSERT INTO `ds`.`_dlt_loads` (`load_id`, `schema_name`, `status`, `inserted_at`, `schema_version_hash`) VALUES ('it''s', 'shop', 0, '1970-01-01 00:00:00.000000', 'hash')
--;
INSERT INTO `ds`.`_dlt_loads` (`load_id`, `schema_name`, `status`, `inserted_at`, `schema_version_hash`) VALUES ('''; DROP TABLE t; --', 'shop', 0, '1970-01-01 00:00:00.000000', 'hash')
--;
INSERT INTO `ds`.`_dlt_loads` (`load_id`, `schema_name`, `status`, `inserted_at`, `schema_version_hash`) VALUES (_utf8mb4 X'5C273B2044524F50205441424C4520743B202D2D', 'shop', 0, '1970-01-01 00:00:00.000000', 'hash')
--;
INSERT INTO `ds`.`_dlt_loads` (`load_id`, `schema_name`, `status`, `inserted_at`, `schema_version_hash`) VALUES (_utf8mb4 X'5C', 'shop', 0, '1970-01-01 00:00:00.000000', 'hash')
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
INSERT INTO `ds`.`_dlt_loads` (`load_id`, `schema_name`, `status`, `inserted_at`, `schema_version_hash`) VALUES ('{ts ''x''}', 'shop', 0, '1970-01-01 00:00:00.000000', 'hash')
--;
INSERT INTO `ds`.`_dlt_loads` (`load_id`, `schema_name`, `status`, `inserted_at`, `schema_version_hash`) VALUES ('?', 'shop', 0, '1970-01-01 00:00:00.000000', 'hash')
