"""dlt.common.libs.pandas"""
import pandas

__all__ = ["pandas", "pandas_to_arrow"]


def pandas_to_arrow(df, preserve_index=False):
    """A frame as a pyarrow table; the index is a column of it only when asked for."""
    import pyarrow

    return pyarrow.Table.from_pandas(df, preserve_index=preserve_index)
