-- mssql: evolution. https://learn.microsoft.com/en-us/sql/t-sql/statements/statements
--;
ALTER TABLE [ds].[every_type] ADD [c_text] nvarchar(max) NULL
--;
ALTER TABLE [ds].[every_type] ADD [c_text] nvarchar(max) NULL, [c_double] float NULL, [c_timestamp] datetimeoffset(6) NULL
--;
ALTER TABLE [ds].[every_type] ALTER COLUMN [c_text_40] nvarchar(40) NULL
--;
UPDATE [ds].[every_type] SET [_dlt_id] = LEFT(REPLACE(CONVERT(nvarchar(36), NEWID()), '-', ''), 20) WHERE [_dlt_id] IS NULL
