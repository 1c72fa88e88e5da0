-- bigquery: rows. https://cloud.google.com/bigquery/docs/reference/standard-sql/
--;
INSERT INTO `ds`.`items` (`id`, `note`) VALUES (?, ?)
--;
INSERT INTO `ds`.`items` (`id`, `note`, `doc`) VALUES (?, ?, PARSE_JSON(?, wide_number_mode=>'round'))
--;
INSERT INTO `ds`.`items` (`v0`, `v1`, `v2`, `v3`, `v4`, `v5`, `v6`, `v7`, `v8`, `v9`, `v10`, `v11`, `v12`) VALUES (-9223372036854775808, 0.1e0, TRUE, FALSE, NUMERIC '-12.50', BIGNUMERIC '1.2345678901', TIMESTAMP '1969-12-31 23:59:59.999999+00:00', DATETIME '2024-01-02 03:04:05.000006', DATE '2024-01-02', TIME '23:59:59.999999', FROM_HEX('00ff275c'), PARSE_JSON('{"a": "it\'s \\\\"}', wide_number_mode=>'round'), NULL), (-9223372036854775808, 0.1e0, TRUE, FALSE, NUMERIC '-12.50', BIGNUMERIC '1.2345678901', TIMESTAMP '1969-12-31 23:59:59.999999+00:00', DATETIME '2024-01-02 03:04:05.000006', DATE '2024-01-02', TIME '23:59:59.999999', FROM_HEX('00ff275c'), PARSE_JSON('{"a": "it\'s \\\\"}', wide_number_mode=>'round'), NULL)
--;
DELETE FROM `ds`.`items` WHERE TRUE
