-- mssql: types. https://learn.microsoft.com/en-us/sql/t-sql/statements/statements
--;
IF SCHEMA_ID(N'ds') IS NULL EXEC(N'CREATE SCHEMA [ds]')
--;
CREATE TABLE [ds].[every_type] ([c_text] nvarchar(max) NULL, [c_text_40] nvarchar(40) NULL, [c_key] nvarchar(max) NOT NULL, [c_unique] nvarchar(450) NULL, [c_double] float NULL, [c_bool] bit NULL, [c_timestamp] datetimeoffset(6) NULL, [c_timestamp_3] datetimeoffset(3) NULL, [c_naive] datetime2(6) NULL, [c_bigint] bigint NULL, [c_int_8] smallint NULL, [c_int_16] smallint NULL, [c_int_32] int NULL, [c_int_64] bigint NULL, [c_int_128] decimal(38,0) NULL, [c_binary] varbinary(max) NULL, [c_binary_16] varbinary(16) NULL, [c_json] nvarchar(max) NULL, [c_decimal] decimal(38,9) NULL, [c_decimal_12_2] decimal(12,2) NULL, [c_decimal_31_20] decimal(31,20) NULL, [c_wei] decimal(38,0) NULL, [c_date] date NULL, [c_time] time(6) NULL)
--;
CREATE TABLE [ds].[hinted] ([note] nvarchar(max) NULL, [id] bigint NOT NULL, [day] date NULL, [region] bigint NULL, [at] datetimeoffset(6) NULL, [it's "At"] bigint NULL)
--;
CREATE TABLE [#every_type] ([c_text] nvarchar(max) COLLATE DATABASE_DEFAULT NULL, [c_text_40] nvarchar(40) COLLATE DATABASE_DEFAULT NULL, [c_key] nvarchar(max) COLLATE DATABASE_DEFAULT NULL, [c_unique] nvarchar(450) COLLATE DATABASE_DEFAULT NULL, [c_double] float NULL, [c_bool] bit NULL, [c_timestamp] datetimeoffset(6) NULL, [c_timestamp_3] datetimeoffset(3) NULL, [c_naive] datetime2(6) NULL, [c_bigint] bigint NULL, [c_int_8] smallint NULL, [c_int_16] smallint NULL, [c_int_32] int NULL, [c_int_64] bigint NULL, [c_int_128] decimal(38,0) NULL, [c_binary] varbinary(max) NULL, [c_binary_16] varbinary(16) NULL, [c_json] nvarchar(max) COLLATE DATABASE_DEFAULT NULL, [c_decimal] decimal(38,9) NULL, [c_decimal_12_2] decimal(12,2) NULL, [c_decimal_31_20] decimal(31,20) NULL, [c_wei] decimal(38,0) NULL, [c_date] date NULL, [c_time] time(6) NULL)
--;
DROP TABLE IF EXISTS [ds].[every_type]
