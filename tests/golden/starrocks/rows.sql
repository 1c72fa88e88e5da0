-- starrocks: rows. https://docs.starrocks.io/docs/sql-reference/sql-statements/
--;
INSERT INTO `ds`.`items` (`id`, `note`) VALUES (?, ?)
--;
INSERT INTO `ds`.`items` (`id`, `note`, `doc`) VALUES (?, ?, PARSE_JSON(?))
--;
INSERT INTO `ds`.`items` (`v0`, `v1`, `v2`, `v3`, `v4`, `v5`, `v6`, `v7`, `v8`, `v9`, `v10`, `v11`, `v12`) VALUES (-9223372036854775808, 0.1e0, TRUE, FALSE, -12.50, 1.2345678901, '1969-12-31 23:59:59.999999', '2024-01-02 03:04:05.000006', '2024-01-02', '23:59:59.999999', TO_BINARY('00ff275c', 'hex'), PARSE_JSON('{"a": "it\'s \\\\"}'), NULL), (-9223372036854775808, 0.1e0, TRUE, FALSE, -12.50, 1.2345678901, '1969-12-31 23:59:59.999999', '2024-01-02 03:04:05.000006', '2024-01-02', '23:59:59.999999', TO_BINARY('00ff275c', 'hex'), PARSE_JSON('{"a": "it\'s \\\\"}'), NULL)
--;
-- refused: replace is refused: no transactions
