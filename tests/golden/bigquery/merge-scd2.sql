-- bigquery: merge-scd2. https://cloud.google.com/bigquery/docs/reference/standard-sql/
--;
UPDATE `ds`.`items` d SET `_dlt_valid_to` = TIMESTAMP '2024-01-02 03:04:05.000006+00:00' WHERE d.`_dlt_valid_to` IS NULL AND NOT EXISTS (SELECT 1 FROM _SESSION.`items` s WHERE s.`_dlt_id` = d.`_dlt_id`)
--;
INSERT INTO `ds`.`items` (`_dlt_valid_from`, `_dlt_valid_to`, `id`, `day`, `note`, `changed`, `gone`, `_dlt_id`) SELECT TIMESTAMP '2024-01-02 03:04:05.000006+00:00', NULL, s.`id`, s.`day`, s.`note`, s.`changed`, s.`gone`, s.`_dlt_id` FROM _SESSION.`items` s WHERE NOT EXISTS (SELECT 1 FROM `ds`.`items` d WHERE d.`_dlt_id` = s.`_dlt_id` AND d.`_dlt_valid_to` IS NULL)
--;
INSERT INTO `ds`.`items__tags` (`value`, `_dlt_root_id`, `_dlt_id`) SELECT s.`value`, s.`_dlt_root_id`, s.`_dlt_id` FROM _SESSION.`items__tags` s WHERE NOT EXISTS (SELECT 1 FROM `ds`.`items__tags` d WHERE d.`_dlt_id` = s.`_dlt_id`)
--;
UPDATE `ds`.`items` d SET `_dlt_valid_to` = TIMESTAMP '2024-01-02 03:04:05.000006+00:00' WHERE d.`_dlt_valid_to` IS NULL AND NOT EXISTS (SELECT 1 FROM _SESSION.`items` s WHERE s.`_dlt_id` = d.`_dlt_id`) AND EXISTS (SELECT 1 FROM _SESSION.`items` p WHERE d.`day` = p.`day`)
--;
INSERT INTO `ds`.`items` (`_dlt_valid_from`, `_dlt_valid_to`, `id`, `day`, `note`, `changed`, `gone`, `_dlt_id`) SELECT TIMESTAMP '2024-01-02 03:04:05.000006+00:00', NULL, s.`id`, s.`day`, s.`note`, s.`changed`, s.`gone`, s.`_dlt_id` FROM _SESSION.`items` s WHERE NOT EXISTS (SELECT 1 FROM `ds`.`items` d WHERE d.`_dlt_id` = s.`_dlt_id` AND d.`_dlt_valid_to` IS NULL)
--;
INSERT INTO `ds`.`items__tags` (`value`, `_dlt_root_id`, `_dlt_id`) SELECT s.`value`, s.`_dlt_root_id`, s.`_dlt_id` FROM _SESSION.`items__tags` s WHERE NOT EXISTS (SELECT 1 FROM `ds`.`items__tags` d WHERE d.`_dlt_id` = s.`_dlt_id`)
