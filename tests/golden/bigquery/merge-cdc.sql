-- bigquery: merge-cdc. https://cloud.google.com/bigquery/docs/reference/standard-sql/
--;
DELETE FROM `ds`.`items__tags` WHERE `_dlt_root_id` IN (SELECT d.`_dlt_id` FROM `ds`.`items` d WHERE NOT EXISTS (SELECT 1 FROM _SESSION.`items` s WHERE d.`id` = s.`id`))
--;
DELETE FROM `ds`.`items` d WHERE NOT EXISTS (SELECT 1 FROM _SESSION.`items` s WHERE d.`id` = s.`id`)
--;
MERGE INTO `ds`.`items` d USING (SELECT * FROM (SELECT `id`, `day`, `note`, `changed`, `gone`, `_dlt_id`, `_dlt_root_row`, ROW_NUMBER() OVER (PARTITION BY `id` ORDER BY `_dlt_root_row` DESC) AS `_dlt_dedup_rn` FROM _SESSION.`items`) `_dlt_dedup_numbered` WHERE `_dlt_dedup_rn` = 1) s ON (d.`id` = s.`id`) WHEN MATCHED THEN UPDATE SET `id` = s.`id`, `day` = s.`day`, `note` = s.`note`, `changed` = s.`changed`, `gone` = s.`gone`, `_dlt_id` = s.`_dlt_id` WHEN NOT MATCHED THEN INSERT (`id`, `day`, `note`, `changed`, `gone`, `_dlt_id`) VALUES (s.`id`, s.`day`, s.`note`, s.`changed`, s.`gone`, s.`_dlt_id`)
--;
DELETE FROM `ds`.`items__tags` WHERE `_dlt_root_id` IN (SELECT s.`_dlt_id` FROM _SESSION.`items` s)
--;
INSERT INTO `ds`.`items__tags` (`value`, `_dlt_root_id`, `_dlt_id`) SELECT `value`, `_dlt_root_id`, `_dlt_id` FROM (SELECT t.*, ROW_NUMBER() OVER (PARTITION BY t.`_dlt_id` ORDER BY t.`_dlt_root_row` DESC) AS `_dlt_dedup_rn` FROM _SESSION.`items__tags` t WHERE t.`_dlt_root_row` IN (SELECT s.`_dlt_root_row` FROM (SELECT * FROM (SELECT `id`, `day`, `note`, `changed`, `gone`, `_dlt_id`, `_dlt_root_row`, ROW_NUMBER() OVER (PARTITION BY `id` ORDER BY `_dlt_root_row` DESC) AS `_dlt_dedup_rn` FROM _SESSION.`items`) `_dlt_dedup_numbered` WHERE `_dlt_dedup_rn` = 1) s WHERE 1 = 1)) c WHERE c.`_dlt_dedup_rn` = 1
--;
DELETE FROM `ds`.`items__tags` WHERE `_dlt_root_id` IN (SELECT d.`_dlt_id` FROM `ds`.`items` d WHERE NOT EXISTS (SELECT 1 FROM _SESSION.`items` s WHERE d.`id` = s.`id`) AND EXISTS (SELECT 1 FROM _SESSION.`items` p WHERE d.`day` = p.`day`))
--;
DELETE FROM `ds`.`items` d WHERE NOT EXISTS (SELECT 1 FROM _SESSION.`items` s WHERE d.`id` = s.`id`) AND EXISTS (SELECT 1 FROM _SESSION.`items` p WHERE d.`day` = p.`day`)
--;
MERGE INTO `ds`.`items` d USING (SELECT * FROM (SELECT `id`, `day`, `note`, `changed`, `gone`, `_dlt_id`, `_dlt_root_row`, ROW_NUMBER() OVER (PARTITION BY `id` ORDER BY `changed` DESC, `_dlt_root_row` DESC) AS `_dlt_dedup_rn` FROM _SESSION.`items`) `_dlt_dedup_numbered` WHERE `_dlt_dedup_rn` = 1) s ON (d.`id` = s.`id`) WHEN MATCHED AND (s.`gone` = TRUE) THEN DELETE WHEN MATCHED THEN UPDATE SET `id` = s.`id`, `day` = s.`day`, `note` = s.`note`, `changed` = s.`changed`, `gone` = s.`gone`, `_dlt_id` = s.`_dlt_id` WHEN NOT MATCHED AND (CASE WHEN s.`gone` = TRUE THEN 1 ELSE 0 END = 0) THEN INSERT (`id`, `day`, `note`, `changed`, `gone`, `_dlt_id`) VALUES (s.`id`, s.`day`, s.`note`, s.`changed`, s.`gone`, s.`_dlt_id`)
--;
DELETE FROM `ds`.`items__tags` WHERE `_dlt_root_id` IN (SELECT s.`_dlt_id` FROM _SESSION.`items` s)
--;
INSERT INTO `ds`.`items__tags` (`value`, `_dlt_root_id`, `_dlt_id`) SELECT `value`, `_dlt_root_id`, `_dlt_id` FROM (SELECT t.*, ROW_NUMBER() OVER (PARTITION BY t.`_dlt_id` ORDER BY t.`_dlt_root_row` DESC) AS `_dlt_dedup_rn` FROM _SESSION.`items__tags` t WHERE t.`_dlt_root_row` IN (SELECT s.`_dlt_root_row` FROM (SELECT * FROM (SELECT `id`, `day`, `note`, `changed`, `gone`, `_dlt_id`, `_dlt_root_row`, ROW_NUMBER() OVER (PARTITION BY `id` ORDER BY `changed` DESC, `_dlt_root_row` DESC) AS `_dlt_dedup_rn` FROM _SESSION.`items`) `_dlt_dedup_numbered` WHERE `_dlt_dedup_rn` = 1) s WHERE (CASE WHEN s.`gone` = TRUE THEN 1 ELSE 0 END = 0))) c WHERE c.`_dlt_dedup_rn` = 1
