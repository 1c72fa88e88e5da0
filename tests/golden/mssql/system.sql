-- mssql: system. https://learn.microsoft.com/en-us/sql/t-sql/statements/statements
--;
CREATE TABLE [ds].[_dlt_version] ([version] bigint NOT NULL, [engine_version] bigint NOT NULL, [inserted_at] datetimeoffset(6) NOT NULL, [schema_name] nvarchar(max) NOT NULL, [version_hash] nvarchar(max) NOT NULL, [schema] nvarchar(max) NOT NULL)
--;
CREATE TABLE [ds].[_dlt_loads] ([load_id] nvarchar(64) NOT NULL, [schema_name] nvarchar(max) NULL, [status] bigint NOT NULL, [inserted_at] datetimeoffset(6) NOT NULL, [schema_version_hash] nvarchar(max) NULL)
--;
CREATE TABLE [ds].[_dlt_pipeline_state] ([version] bigint NOT NULL, [engine_version] bigint NOT NULL, [pipeline_name] nvarchar(max) NOT NULL, [state] nvarchar(max) NOT NULL, [created_at] datetimeoffset(6) NOT NULL, [version_hash] nvarchar(max) NULL, [_dlt_load_id] nvarchar(64) NOT NULL, [_dlt_id] nvarchar(450) NOT NULL)
--;
INSERT INTO [ds].[_dlt_loads] ([load_id], [schema_name], [status], [inserted_at], [schema_version_hash]) VALUES (N'1704164645.000006', N'shop', 0, CAST('1970-01-01 00:00:00.000000 +00:00' AS datetimeoffset(6)), N'hash=')
--;
INSERT INTO [ds].[_dlt_pipeline_state] ([version], [engine_version], [pipeline_name], [state], [created_at], [version_hash], [_dlt_load_id], [_dlt_id]) VALUES (1, 4, N'p', N'eNpj', CAST('2024-01-02 03:04:05.000006 +00:00' AS datetimeoffset(6)), N'hash=', N'1704164645.000006', N'aB3')
--;
INSERT INTO [ds].[_dlt_version] ([version], [engine_version], [inserted_at], [schema_name], [version_hash], [schema]) VALUES (0, 11, CAST('1970-01-01 00:00:00.000000 +00:00' AS datetimeoffset(6)), N'shop', N'', N'{"a": 1}')
--;
SELECT TOP 1 [schema] FROM [ds].[_dlt_version] WHERE [schema_name] = N'shop' ORDER BY [inserted_at] DESC, [version] DESC
--;
SELECT TOP 1 [version_hash] FROM [ds].[_dlt_version] WHERE [version_hash] = N'hash='
--;
SELECT TOP 1 [load_id] FROM [ds].[_dlt_loads] WHERE [load_id] = N'1704164645.000006' AND [status] = 0
--;
SELECT TOP 1 s.[state] FROM [ds].[_dlt_pipeline_state] s JOIN [ds].[_dlt_loads] l ON l.[load_id] = s.[_dlt_load_id] WHERE l.[status] = 0 AND s.[pipeline_name] = N'p' ORDER BY l.[load_id] DESC
