-- mysql: merge-scd2. https://dev.mysql.com/doc/refman/8.0/en/sql-statements.html
--;
ALTER TABLE `ds`.`_dlt_stage_7afe194e60baa1f8` ADD INDEX (`_dlt_id`)
--;
ALTER TABLE `ds`.`_dlt_stage_6cd95e8f44b515a2` ADD INDEX (`_dlt_id`)
--;
UPDATE `ds`.`items` AS d SET `_dlt_valid_to` = '2024-01-02 03:04:05.000006' WHERE d.`_dlt_valid_to` IS NULL AND NOT EXISTS (SELECT 1 FROM `ds`.`_dlt_stage_7afe194e60baa1f8` AS s WHERE s.`_dlt_id` = d.`_dlt_id`)
--;
CREATE TEMPORARY TABLE `ds`.`_dlt_stage_9cfb3768a46a578c` (KEY (r))/*M! ENGINE=Aria TRANSACTIONAL=0*/ DEFAULT CHARACTER SET utf8mb4/*!80017 COLLATE utf8mb4_0900_bin*//*M! COLLATE utf8mb4_nopad_bin*/ AS SELECT s.`row` AS r FROM `ds`.`items` AS d JOIN `ds`.`_dlt_stage_7afe194e60baa1f8` AS s ON d.`_dlt_id` = s.`_dlt_id` WHERE d.`_dlt_valid_to` IS NULL
--;
INSERT INTO `ds`.`items` (`_dlt_valid_from`, `_dlt_valid_to`, `id`, `day`, `note`, `changed`, `gone`, `_dlt_id`) SELECT '2024-01-02 03:04:05.000006', NULL, s.`id`, s.`day`, s.`note`, s.`changed`, s.`gone`, s.`_dlt_id` FROM `ds`.`_dlt_stage_7afe194e60baa1f8` AS s WHERE NOT EXISTS (SELECT 1 FROM `ds`.`_dlt_stage_9cfb3768a46a578c` AS k WHERE k.r = s.`row`)
--;
CREATE TEMPORARY TABLE `ds`.`_dlt_stage_f3c781eac5cc2550` (KEY (r))/*M! ENGINE=Aria TRANSACTIONAL=0*/ DEFAULT CHARACTER SET utf8mb4/*!80017 COLLATE utf8mb4_0900_bin*//*M! COLLATE utf8mb4_nopad_bin*/ AS SELECT s.`row` AS r FROM `ds`.`items__tags` AS d JOIN `ds`.`_dlt_stage_6cd95e8f44b515a2` AS s ON d.`_dlt_id` = s.`_dlt_id`
--;
INSERT INTO `ds`.`items__tags` (`value`, `_dlt_root_id`, `_dlt_id`) SELECT s.`value`, s.`_dlt_root_id`, s.`_dlt_id` FROM `ds`.`_dlt_stage_6cd95e8f44b515a2` AS s WHERE NOT EXISTS (SELECT 1 FROM `ds`.`_dlt_stage_f3c781eac5cc2550` AS k WHERE k.r = s.`row`)
--;
CREATE TEMPORARY TABLE `ds`.`_dlt_stage_2f3f356018cbd368` (KEY (`day`))/*M! ENGINE=Aria TRANSACTIONAL=0*/ DEFAULT CHARACTER SET utf8mb4/*!80017 COLLATE utf8mb4_0900_bin*//*M! COLLATE utf8mb4_nopad_bin*/ AS SELECT DISTINCT `day` FROM `ds`.`_dlt_stage_7afe194e60baa1f8`
--;
ALTER TABLE `ds`.`_dlt_stage_7afe194e60baa1f8` ADD INDEX (`day`), ADD INDEX (`_dlt_id`)
--;
ALTER TABLE `ds`.`_dlt_stage_6cd95e8f44b515a2` ADD INDEX (`_dlt_id`)
--;
UPDATE `ds`.`items` AS d SET `_dlt_valid_to` = '2024-01-02 03:04:05.000006' WHERE d.`_dlt_valid_to` IS NULL AND NOT EXISTS (SELECT 1 FROM `ds`.`_dlt_stage_7afe194e60baa1f8` AS s WHERE s.`_dlt_id` = d.`_dlt_id`) AND EXISTS (SELECT 1 FROM `ds`.`_dlt_stage_2f3f356018cbd368` AS p WHERE d.`day` = p.`day`)
--;
CREATE TEMPORARY TABLE `ds`.`_dlt_stage_9cfb3768a46a578c` (KEY (r))/*M! ENGINE=Aria TRANSACTIONAL=0*/ DEFAULT CHARACTER SET utf8mb4/*!80017 COLLATE utf8mb4_0900_bin*//*M! COLLATE utf8mb4_nopad_bin*/ AS SELECT s.`row` AS r FROM `ds`.`items` AS d JOIN `ds`.`_dlt_stage_7afe194e60baa1f8` AS s ON d.`_dlt_id` = s.`_dlt_id` WHERE d.`_dlt_valid_to` IS NULL
--;
INSERT INTO `ds`.`items` (`_dlt_valid_from`, `_dlt_valid_to`, `id`, `day`, `note`, `changed`, `gone`, `_dlt_id`) SELECT '2024-01-02 03:04:05.000006', NULL, s.`id`, s.`day`, s.`note`, s.`changed`, s.`gone`, s.`_dlt_id` FROM `ds`.`_dlt_stage_7afe194e60baa1f8` AS s WHERE NOT EXISTS (SELECT 1 FROM `ds`.`_dlt_stage_9cfb3768a46a578c` AS k WHERE k.r = s.`row`)
--;
CREATE TEMPORARY TABLE `ds`.`_dlt_stage_f3c781eac5cc2550` (KEY (r))/*M! ENGINE=Aria TRANSACTIONAL=0*/ DEFAULT CHARACTER SET utf8mb4/*!80017 COLLATE utf8mb4_0900_bin*//*M! COLLATE utf8mb4_nopad_bin*/ AS SELECT s.`row` AS r FROM `ds`.`items__tags` AS d JOIN `ds`.`_dlt_stage_6cd95e8f44b515a2` AS s ON d.`_dlt_id` = s.`_dlt_id`
--;
INSERT INTO `ds`.`items__tags` (`value`, `_dlt_root_id`, `_dlt_id`) SELECT s.`value`, s.`_dlt_root_id`, s.`_dlt_id` FROM `ds`.`_dlt_stage_6cd95e8f44b515a2` AS s WHERE NOT EXISTS (SELECT 1 FROM `ds`.`_dlt_stage_f3c781eac5cc2550` AS k WHERE k.r = s.`row`)
