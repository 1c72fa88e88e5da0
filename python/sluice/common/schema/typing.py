"""Type names of dlt.common.schema.typing: columns and tables are dicts."""
from typing import Any, Literal, NewType, Union

from sluice.common.data_types.typing import TDataType
from sluice.common.schema.columns import COLUMN_HINTS, COLUMN_PROPS, ColumnPropInfos, TColumnPropInfo  # noqa: F401

SCHEMA_ENGINE_VERSION = 11
VERSION_TABLE_NAME, LOADS_TABLE_NAME, PIPELINE_STATE_TABLE_NAME = "_dlt_version", "_dlt_loads", "_dlt_pipeline_state"
DLT_NAME_PREFIX, C_DLT_ID, C_DLT_LOAD_ID, C_DLT_LOADS_TABLE_LOAD_ID = "_dlt", "_dlt_id", "_dlt_load_id", "load_id"
C_CHILD_PARENT_REF_LABEL, C_DESCENDANT_ROOT_REF_LABEL, C_ROOT_LOAD_REF_LABEL = "_dlt_parent", "_dlt_root", "_dlt_load"
C_VERSION_SCHEMA_VERSION_LABEL, C_VERSION_SCHEMA_NAME_LABEL = "_dlt_schema_version", "_dlt_schema_name"
SIMPLE_REGEX_PREFIX = "re:"

TSimpleRegex = NewType("TSimpleRegex", str)
TColumnName = NewType("TColumnName", str)
TColumnSchema = dict[str, Any]
TColumnSchemaBase = TColumnType = TColumnHint = TTableSchema = TPartialTableSchema = TStoredSchema = TColumnSchema
TTableSchemaColumns = dict[str, TColumnSchema]
TTableReference = TTableReferenceInline = TTableReferenceStandalone = dict[str, Any]
TSchemaTables = dict[str, TTableSchema]
TSchemaUpdate = dict[str, list[TTableSchema]]
TWriteDisposition = Literal["skip", "append", "replace", "merge"]
TWriteDispositionConfig = Union[TWriteDisposition, dict[str, Any]]
TLoaderMergeStrategy = Literal["delete-insert", "scd2", "upsert", "insert-only"]
TLoaderReplaceStrategy = Literal["truncate-and-insert", "insert-from-staging", "staging-optimized"]
WRITE_DISPOSITIONS, MERGE_STRATEGIES, REPLACE_STRATEGIES = (
    sorted(kind.__args__) for kind in (TWriteDisposition, TLoaderMergeStrategy, TLoaderReplaceStrategy))
TColumnNames = Union[str, list[str]]
TColumnProp = TColumnDefaultHint = str
TAnySchemaColumns = Union[TTableSchemaColumns, list[TColumnSchema]]
TSchemaEvolutionMode = Literal["evolve", "discard_value", "freeze", "discard_row"]
TSchemaContractEntities = Literal["tables", "columns", "data_type"]
TSchemaContractDict = dict[str, TSchemaEvolutionMode]
TSchemaContract = Union[str, TSchemaContractDict]
TTableFormat = Literal["iceberg", "delta", "hive", "native"]
TTypeDetections = Literal["timestamp", "iso_timestamp", "iso_date", "large_integer", "hexbytes_to_text", "wei_to_double"]
DATA_TYPES = set(TDataType.__args__)
