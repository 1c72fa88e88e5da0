"""Type names of dlt.common.schema.typing: columns and tables are dicts."""
from typing import Any, Literal, Union

from sluice.common.data_types.typing import TDataType

TColumnSchema = dict[str, Any]
TColumnSchemaBase = TColumnType = TColumnHint = TTableSchema = TColumnSchema
TTableSchemaColumns = dict[str, TColumnSchema]
TWriteDisposition = Literal["skip", "append", "replace", "merge"]
TWriteDispositionConfig = Union[TWriteDisposition, dict[str, Any]]
TColumnNames = Union[str, list[str]]
TAnySchemaColumns = Union[TTableSchemaColumns, list[TColumnSchema]]
TSchemaContract = Union[str, dict[str, str]]
TTableFormat = Literal["iceberg", "delta", "hive", "native"]
DATA_TYPES = set(TDataType.__args__)
