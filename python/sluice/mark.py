"""dlt.mark: what can be said of a row when it is yielded."""
from sluice.extract.hints import (DataItemWithMeta, HintsMeta, MaterializedEmptyList, TableNameMeta, make_hints,  # noqa: F401
                                  make_nested_hints)


def with_table_name(item, table_name):
    """The row goes into another table."""
    return DataItemWithMeta(TableNameMeta(table_name), item)


def with_hints(item, hints, create_table_variant=False):
    """The row comes with hints for its table."""
    return DataItemWithMeta(HintsMeta(hints, create_table_variant), item)


def materialize_table_schema():
    """Creates the table although there are no rows."""
    return MaterializedEmptyList()


def with_file_import(file_path, file_format, items_count=0, hints=None):
    """The rows of a file, which the engine reads: csv, jsonl or parquet. Rows of CSV and Parquet files go as they are, without _dlt_id."""
    from sluice.sources.filesystem.items import local_items
    from sluice.sources.filesystem.reading import imported

    rows = imported(local_items([file_path]), file_format)
    return rows if hints is None else DataItemWithMeta(HintsMeta(hints, False), rows)
