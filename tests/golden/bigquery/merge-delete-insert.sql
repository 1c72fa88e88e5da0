-- bigquery: merge-delete-insert. https://cloud.google.com/bigquery/docs/reference/standard-sql/
--;
DELETE FROM `ds`.`items__tags` WHERE `_dlt_root_id` IN (SELECT d.`_dlt_id` FROM `ds`.`items` d WHERE EXISTS (SELECT 1 FROM _SESSION.`items` s WHERE d.`id` = s.`id`))
--;
DELETE FROM `ds`.`items` WHERE `_dlt_id` IN (SELECT d.`_dlt_id` FROM `ds`.`items` d WHERE EXISTS (SELECT 1 FROM _SESSION.`items` s WHERE d.`id` = s.`id`))
--;
INSERT INTO `ds`.`items` (`id`, `day`, `note`, `changed`, `gone`, `_dlt_id`) SELECT `id`, `day`, `note`, `changed`, `gone`, `_dlt_id` FROM (SELECT * FROM (SELECT `id`, `day`, `note`, `changed`, `gone`, `_dlt_id`, `_dlt_root_row`, ROW_NUMBER() OVER (PARTITION BY `id` ORDER BY `_dlt_root_row` DESC) AS `_dlt_dedup_rn` FROM _SESSION.`items`) `_dlt_dedup_numbered` WHERE `_dlt_dedup_rn` = 1) s WHERE 1 = 1
--;
INSERT INTO `ds`.`items__tags` (`value`, `_dlt_root_id`, `_dlt_id`) SELECT `value`, `_dlt_root_id`, `_dlt_id` FROM _SESSION.`items__tags` WHERE `_dlt_root_id` IN (SELECT s.`_dlt_id` FROM (SELECT * FROM (SELECT `id`, `day`, `note`, `changed`, `gone`, `_dlt_id`, `_dlt_root_row`, ROW_NUMBER() OVER (PARTITION BY `id` ORDER BY `_dlt_root_row` DESC) AS `_dlt_dedup_rn` FROM _SESSION.`items`) `_dlt_dedup_numbered` WHERE `_dlt_dedup_rn` = 1) s WHERE 1 = 1)
--;
DELETE FROM `ds`.`items__tags` WHERE `_dlt_root_id` IN (SELECT d.`_dlt_id` FROM `ds`.`items` d WHERE EXISTS (SELECT 1 FROM _SESSION.`items` s WHERE d.`id` = s.`id`) UNION DISTINCT SELECT d.`_dlt_id` FROM `ds`.`items` d WHERE EXISTS (SELECT 1 FROM _SESSION.`items` s WHERE d.`day` = s.`day`))
--;
DELETE FROM `ds`.`items` WHERE `_dlt_id` IN (SELECT d.`_dlt_id` FROM `ds`.`items` d WHERE EXISTS (SELECT 1 FROM _SESSION.`items` s WHERE d.`id` = s.`id`) UNION DISTINCT SELECT d.`_dlt_id` FROM `ds`.`items` d WHERE EXISTS (SELECT 1 FROM _SESSION.`items` s WHERE d.`day` = s.`day`))
--;
INSERT INTO `ds`.`items` (`id`, `day`, `note`, `changed`, `gone`, `_dlt_id`) SELECT `id`, `day`, `note`, `changed`, `gone`, `_dlt_id` FROM (SELECT * FROM (SELECT `id`, `day`, `note`, `changed`, `gone`, `_dlt_id`, `_dlt_root_row`, ROW_NUMBER() OVER (PARTITION BY `id` ORDER BY `changed` DESC, `_dlt_root_row` DESC) AS `_dlt_dedup_rn` FROM _SESSION.`items`) `_dlt_dedup_numbered` WHERE `_dlt_dedup_rn` = 1) s WHERE (CASE WHEN s.`gone` = TRUE THEN 1 ELSE 0 END = 0)
--;
INSERT INTO `ds`.`items__tags` (`value`, `_dlt_root_id`, `_dlt_id`) SELECT `value`, `_dlt_root_id`, `_dlt_id` FROM _SESSION.`items__tags` WHERE `_dlt_root_id` IN (SELECT s.`_dlt_id` FROM (SELECT * FROM (SELECT `id`, `day`, `note`, `changed`, `gone`, `_dlt_id`, `_dlt_root_row`, ROW_NUMBER() OVER (PARTITION BY `id` ORDER BY `changed` DESC, `_dlt_root_row` DESC) AS `_dlt_dedup_rn` FROM _SESSION.`items`) `_dlt_dedup_numbered` WHERE `_dlt_dedup_rn` = 1) s WHERE (CASE WHEN s.`gone` = TRUE THEN 1 ELSE 0 END = 0))
