"""dlt.common.libs.pyarrow"""
import pyarrow
import pyarrow.compute  # noqa: F401
import pyarrow.parquet  # noqa: F401

__all__ = ["pyarrow"]
