"""dlt.common.data_writers: the kinds of rows that a resource may give."""
from typing import Literal

TDataItemFormat = Literal["object", "arrow", "csv", "parquet", "jsonl", "file", "model"]
