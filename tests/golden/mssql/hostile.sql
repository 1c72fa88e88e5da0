-- mssql: hostile. https://learn.microsoft.com/en-us/sql/t-sql/statements/statements
--;
IF SCHEMA_ID(N'select') IS NULL EXEC(N'CREATE SCHEMA [select]')
--;
CREATE TABLE [select].[select] ([select] bigint NOT NULL)
--;
IF SCHEMA_ID(N'it''s') IS NULL EXEC(N'CREATE SCHEMA [it''s]')
--;
CREATE TABLE [it's].[it's] ([it's] bigint NOT NULL)
--;
IF SCHEMA_ID(N'a"b') IS NULL EXEC(N'CREATE SCHEMA [a"b]')
--;
CREATE TABLE [a"b].[a"b] ([a"b] bigint NOT NULL)
--;
IF SCHEMA_ID(N'a`b') IS NULL EXEC(N'CREATE SCHEMA [a`b]')
--;
CREATE TABLE [a`b].[a`b] ([a`b] bigint NOT NULL)
--;
IF SCHEMA_ID(N'a]b') IS NULL EXEC(N'CREATE SCHEMA [a]]b]')
--;
CREATE TABLE [a]]b].[a]]b] ([a]]b] bigint NOT NULL)
--;
IF SCHEMA_ID(N'a\b') IS NULL EXEC(N'CREATE SCHEMA [a\b]')
--;
CREATE TABLE [a\b].[a\b] ([a\b] bigint NOT NULL)
--;
IF SCHEMA_ID(N'x; DROP TABLE t; --') IS NULL EXEC(N'CREATE SCHEMA [x; DROP TABLE t; --]')
--;
CREATE TABLE [x; DROP TABLE t; --].[x; DROP TABLE t; --] ([x; DROP TABLE t; --] bigint NOT NULL)
--;
INSERT INTO [ds].[_dlt_loads] ([load_id], [schema_name], [status], [inserted_at], [schema_version_hash]) VALUES (N'it''s', N'shop', 0, CAST('1970-01-01 00:00:00.000000 +00:00' AS datetimeoffset(6)), N'hash')
--;
INSERT INTO [ds].[_dlt_loads] ([load_id], [schema_name], [status], [inserted_at], [schema_version_hash]) VALUES (N'''; DROP TABLE t; --', N'shop', 0, CAST('1970-01-01 00:00:00.000000 +00:00' AS datetimeoffset(6)), N'hash')
--;
INSERT INTO [ds].[_dlt_loads] ([load_id], [schema_name], [status], [inserted_at], [schema_version_hash]) VALUES (N'\''; DROP TABLE t; --', N'shop', 0, CAST('1970-01-01 00:00:00.000000 +00:00' AS datetimeoffset(6)), N'hash')
--;
INSERT INTO [ds].[_dlt_loads] ([load_id], [schema_name], [status], [inserted_at], [schema_version_hash]) VALUES (N'\', N'shop', 0, CAST('1970-01-01 00:00:00.000000 +00:00' AS datetimeoffset(6)), N'hash')
--;
INSERT INTO [ds].[_dlt_loads] ([load_id], [schema_name], [status], [inserted_at], [schema_version_hash]) VALUES (N'a
b	c', N'shop', 0, CAST('1970-01-01 00:00:00.000000 +00:00' AS datetimeoffset(6)), N'hash')
--;
INSERT INTO [ds].[_dlt_loads] ([load_id], [schema_name], [status], [inserted_at], [schema_version_hash]) VALUES (N'$$ DELIMITER', N'shop', 0, CAST('1970-01-01 00:00:00.000000 +00:00' AS datetimeoffset(6)), N'hash')
--;
INSERT INTO [ds].[_dlt_loads] ([load_id], [schema_name], [status], [inserted_at], [schema_version_hash]) VALUES (N'/* no comment */ -- ', N'shop', 0, CAST('1970-01-01 00:00:00.000000 +00:00' AS datetimeoffset(6)), N'hash')
--;
INSERT INTO [ds].[_dlt_loads] ([load_id], [schema_name], [status], [inserted_at], [schema_version_hash]) VALUES (N'ä😀', N'shop', 0, CAST('1970-01-01 00:00:00.000000 +00:00' AS datetimeoffset(6)), N'hash')
--;
INSERT INTO [ds].[_dlt_loads] ([load_id], [schema_name], [status], [inserted_at], [schema_version_hash]) VALUES (N'{ts ''x''}', N'shop', 0, CAST('1970-01-01 00:00:00.000000 +00:00' AS datetimeoffset(6)), N'hash')
--;
INSERT INTO [ds].[_dlt_loads] ([load_id], [schema_name], [status], [inserted_at], [schema_version_hash]) VALUES (N'?', N'shop', 0, CAST('1970-01-01 00:00:00.000000 +00:00' AS datetimeoffset(6)), N'hash')
