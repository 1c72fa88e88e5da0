-- clickhouse: system. https://clickhouse.com/docs/en/sql-reference/statements/
--;
CREATE TABLE `ds`.`_dlt_version` (`version` Int64, `engine_version` Int64, `inserted_at` DateTime64(6, 'UTC'), `schema_name` String, `version_hash` String, `schema` String) ENGINE = MergeTree ORDER BY tuple()
--;
CREATE TABLE `ds`.`_dlt_loads` (`load_id` String, `schema_name` Nullable(String), `status` Int64, `inserted_at` DateTime64(6, 'UTC'), `schema_version_hash` Nullable(String)) ENGINE = MergeTree ORDER BY tuple()
--;
CREATE TABLE `ds`.`_dlt_pipeline_state` (`version` Int64, `engine_version` Int64, `pipeline_name` String, `state` String, `created_at` DateTime64(6, 'UTC'), `version_hash` Nullable(String), `_dlt_load_id` String, `_dlt_id` String) ENGINE = MergeTree ORDER BY tuple()
--;
INSERT INTO `ds`.`_dlt_loads` (`load_id`, `schema_name`, `status`, `inserted_at`, `schema_version_hash`) VALUES ('1704164645.000006', 'shop', 0, toDateTime64('1970-01-01 00:00:00.000000', 6, 'UTC'), 'hash=')
--;
INSERT INTO `ds`.`_dlt_pipeline_state` (`version`, `engine_version`, `pipeline_name`, `state`, `created_at`, `version_hash`, `_dlt_load_id`, `_dlt_id`) VALUES (1, 4, 'p', 'eNpj', toDateTime64('2024-01-02 03:04:05.000006', 6, 'UTC'), 'hash=', '1704164645.000006', 'aB3')
--;
INSERT INTO `ds`.`_dlt_version` (`version`, `engine_version`, `inserted_at`, `schema_name`, `version_hash`, `schema`) VALUES (0, 11, toDateTime64('1970-01-01 00:00:00.000000', 6, 'UTC'), 'shop', '', '{"a": 1}')
--;
SELECT `schema` FROM `ds`.`_dlt_version` WHERE `schema_name` = 'shop' ORDER BY `inserted_at` DESC, `version` DESC LIMIT 1
--;
SELECT `version_hash` FROM `ds`.`_dlt_version` WHERE `version_hash` = 'hash=' LIMIT 1
--;
SELECT `load_id` FROM `ds`.`_dlt_loads` WHERE `load_id` = '1704164645.000006' AND `status` = 0 LIMIT 1
--;
SELECT s.`state` FROM `ds`.`_dlt_pipeline_state` s JOIN `ds`.`_dlt_loads` l ON l.`load_id` = s.`_dlt_load_id` WHERE l.`status` = 0 AND s.`pipeline_name` = 'p' ORDER BY l.`load_id` DESC LIMIT 1
