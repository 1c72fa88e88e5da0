-- mysql: merge-delete-insert. https://dev.mysql.com/doc/refman/8.0/en/sql-statements.html
--;
CREATE TEMPORARY TABLE `ds`.`_dlt_stage_9ea38be4bcf460f5` (KEY (r))/*M! ENGINE=Aria TRANSACTIONAL=0*/ DEFAULT CHARACTER SET utf8mb4/*!80017 COLLATE utf8mb4_0900_bin*//*M! COLLATE utf8mb4_nopad_bin*/ AS SELECT _dlt_dedup_r AS r FROM (SELECT s.`row` AS _dlt_dedup_r, ROW_NUMBER() OVER (PARTITION BY s.`id` ORDER BY s.`row` DESC) AS _dlt_dedup_rn FROM `ds`.`_dlt_stage_7afe194e60baa1f8` AS s) AS numbered WHERE _dlt_dedup_rn > 1
--;
DELETE `ds`.`_dlt_stage_7afe194e60baa1f8` FROM `ds`.`_dlt_stage_7afe194e60baa1f8` JOIN `ds`.`_dlt_stage_9ea38be4bcf460f5` AS l ON l.r = `ds`.`_dlt_stage_7afe194e60baa1f8`.`row`
--;
ALTER TABLE `ds`.`_dlt_stage_7afe194e60baa1f8` ADD INDEX (`id`), ADD INDEX (`_dlt_id`)
--;
ALTER TABLE `ds`.`_dlt_stage_6cd95e8f44b515a2` ADD INDEX (`_dlt_id`)
--;
CREATE TEMPORARY TABLE `ds`.`_dlt_stage_7da8885ea5a973de` (id LONGTEXT, KEY (id(128)))/*M! ENGINE=Aria TRANSACTIONAL=0*/ DEFAULT CHARACTER SET utf8mb4/*!80017 COLLATE utf8mb4_0900_bin*//*M! COLLATE utf8mb4_nopad_bin*/ AS SELECT d.`_dlt_id` AS id FROM `ds`.`items` AS d JOIN `ds`.`_dlt_stage_7afe194e60baa1f8` AS s ON d.`id` = s.`id`
--;
DELETE `ds`.`items__tags` FROM `ds`.`items__tags` JOIN `ds`.`_dlt_stage_7da8885ea5a973de` AS x ON x.id = `ds`.`items__tags`.`_dlt_root_id`
--;
DELETE `ds`.`items` FROM `ds`.`items` JOIN `ds`.`_dlt_stage_7da8885ea5a973de` AS x ON x.id = `ds`.`items`.`_dlt_id`
--;
INSERT INTO `ds`.`items` (`id`, `day`, `note`, `changed`, `gone`, `_dlt_id`) SELECT s.`id`, s.`day`, s.`note`, s.`changed`, s.`gone`, s.`_dlt_id` FROM `ds`.`_dlt_stage_7afe194e60baa1f8` AS s WHERE 1 = 1
--;
INSERT INTO `ds`.`items__tags` (`value`, `_dlt_root_id`, `_dlt_id`) SELECT s.`value`, s.`_dlt_root_id`, s.`_dlt_id` FROM `ds`.`_dlt_stage_6cd95e8f44b515a2` AS s WHERE s.`_dlt_root_id` IN (SELECT r.`_dlt_id` FROM `ds`.`_dlt_stage_7afe194e60baa1f8` AS r WHERE 1 = 1)
--;
CREATE TEMPORARY TABLE `ds`.`_dlt_stage_2f3f356018cbd368` (KEY (`day`))/*M! ENGINE=Aria TRANSACTIONAL=0*/ DEFAULT CHARACTER SET utf8mb4/*!80017 COLLATE utf8mb4_0900_bin*//*M! COLLATE utf8mb4_nopad_bin*/ AS SELECT DISTINCT `day` FROM `ds`.`_dlt_stage_7afe194e60baa1f8`
--;
CREATE TEMPORARY TABLE `ds`.`_dlt_stage_9ea38be4bcf460f5` (KEY (r))/*M! ENGINE=Aria TRANSACTIONAL=0*/ DEFAULT CHARACTER SET utf8mb4/*!80017 COLLATE utf8mb4_0900_bin*//*M! COLLATE utf8mb4_nopad_bin*/ AS SELECT _dlt_dedup_r AS r FROM (SELECT s.`row` AS _dlt_dedup_r, ROW_NUMBER() OVER (PARTITION BY s.`id` ORDER BY s.`changed` DESC, s.`row` DESC) AS _dlt_dedup_rn FROM `ds`.`_dlt_stage_7afe194e60baa1f8` AS s) AS numbered WHERE _dlt_dedup_rn > 1
--;
DELETE `ds`.`_dlt_stage_7afe194e60baa1f8` FROM `ds`.`_dlt_stage_7afe194e60baa1f8` JOIN `ds`.`_dlt_stage_9ea38be4bcf460f5` AS l ON l.r = `ds`.`_dlt_stage_7afe194e60baa1f8`.`row`
--;
ALTER TABLE `ds`.`_dlt_stage_7afe194e60baa1f8` ADD INDEX (`id`), ADD INDEX (`day`), ADD INDEX (`_dlt_id`)
--;
ALTER TABLE `ds`.`_dlt_stage_6cd95e8f44b515a2` ADD INDEX (`_dlt_id`)
--;
CREATE TEMPORARY TABLE `ds`.`_dlt_stage_7da8885ea5a973de` (id LONGTEXT, KEY (id(128)))/*M! ENGINE=Aria TRANSACTIONAL=0*/ DEFAULT CHARACTER SET utf8mb4/*!80017 COLLATE utf8mb4_0900_bin*//*M! COLLATE utf8mb4_nopad_bin*/ AS SELECT d.`_dlt_id` AS id FROM `ds`.`items` AS d JOIN `ds`.`_dlt_stage_7afe194e60baa1f8` AS s ON d.`id` = s.`id`
--;
INSERT INTO `ds`.`_dlt_stage_7da8885ea5a973de` SELECT d.`_dlt_id` AS id FROM `ds`.`items` AS d WHERE TRUE AND EXISTS (SELECT 1 FROM `ds`.`_dlt_stage_2f3f356018cbd368` AS p WHERE d.`day` = p.`day`)
--;
DELETE `ds`.`items__tags` FROM `ds`.`items__tags` JOIN `ds`.`_dlt_stage_7da8885ea5a973de` AS x ON x.id = `ds`.`items__tags`.`_dlt_root_id`
--;
DELETE `ds`.`items` FROM `ds`.`items` JOIN `ds`.`_dlt_stage_7da8885ea5a973de` AS x ON x.id = `ds`.`items`.`_dlt_id`
--;
INSERT INTO `ds`.`items` (`id`, `day`, `note`, `changed`, `gone`, `_dlt_id`) SELECT s.`id`, s.`day`, s.`note`, s.`changed`, s.`gone`, s.`_dlt_id` FROM `ds`.`_dlt_stage_7afe194e60baa1f8` AS s WHERE (CASE WHEN s.`gone` = TRUE THEN 1 ELSE 0 END = 0)
--;
INSERT INTO `ds`.`items__tags` (`value`, `_dlt_root_id`, `_dlt_id`) SELECT s.`value`, s.`_dlt_root_id`, s.`_dlt_id` FROM `ds`.`_dlt_stage_6cd95e8f44b515a2` AS s WHERE s.`_dlt_root_id` IN (SELECT r.`_dlt_id` FROM `ds`.`_dlt_stage_7afe194e60baa1f8` AS r WHERE (CASE WHEN r.`gone` = TRUE THEN 1 ELSE 0 END = 0))
