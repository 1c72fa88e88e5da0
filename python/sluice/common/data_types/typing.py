"""The names of dlt's types."""
from typing import Literal

TDataType = Literal["text", "double", "bool", "timestamp", "bigint", "binary", "json", "decimal", "wei", "date", "time"]
DATA_TYPES = set(TDataType.__args__)
