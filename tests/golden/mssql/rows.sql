-- mssql: rows. https://learn.microsoft.com/en-us/sql/t-sql/statements/statements
--;
INSERT INTO [ds].[items] ([id], [note]) VALUES (?, ?)
--;
INSERT INTO [ds].[items] ([id], [note], [doc]) VALUES (?, ?, ?)
--;
INSERT INTO [ds].[items] ([v0], [v1], [v2], [v3], [v4], [v5], [v6], [v7], [v8], [v9], [v10], [v11], [v12]) VALUES (-9223372036854775808, 0.1e0, 1, 0, -12.50, 1.2345678901, CAST('1969-12-31 23:59:59.999999 +00:00' AS datetimeoffset(6)), CAST('2024-01-02 03:04:05.000006' AS datetime2(6)), CAST('2024-01-02' AS date), CAST('23:59:59.999999' AS time(6)), 0x00ff275c, N'{"a": "it''s \\"}', NULL), (-9223372036854775808, 0.1e0, 1, 0, -12.50, 1.2345678901, CAST('1969-12-31 23:59:59.999999 +00:00' AS datetimeoffset(6)), CAST('2024-01-02 03:04:05.000006' AS datetime2(6)), CAST('2024-01-02' AS date), CAST('23:59:59.999999' AS time(6)), 0x00ff275c, N'{"a": "it''s \\"}', NULL)
--;
DELETE FROM [ds].[items]
