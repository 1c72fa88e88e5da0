"""dlt.sources.helpers.transform: functions for add_filter and add_map."""
import itertools

from sluice.common import jsonpath


def take_first(max_items):
    """A filter for the first rows of a resource."""
    numbers = itertools.count()
    return lambda _row: next(numbers) < max_items


def skip_first(max_items):
    """A filter for all but the first rows of a resource."""
    numbers = itertools.count()
    return lambda _row: next(numbers) >= max_items


def pivot(paths="$", prefix="col"):
    """Lists of lists at the paths become lists of dicts with numbered names: [[1, 2]] is [{"col0": 1, "col1": 2}]."""
    paths = [paths] if isinstance(paths, str) else paths

    def named(value, path):
        if not isinstance(value, list) or not all(isinstance(one, (list, tuple)) for one in value):
            raise ValueError(f"pivot: what is at `{path}` is not a sequence of sequences")
        return [{f"{prefix}{number}": one for number, one in enumerate(row)} for row in value]

    def pivoted(item):
        for path in paths:
            if path == "$":
                item = named([item], path)
                continue
            for value in jsonpath.find_values(path, item):
                value[:] = named(value, path)
        return item

    return pivoted


def add_row_hash_to_table(row_hash_column_name):
    """Adds a column with a number for the content of each row to frames, tables and batches, as a row version for scd2."""
    def hashed(table):
        import pandas

        if isinstance(table, pandas.DataFrame):
            table[row_hash_column_name] = pandas.util.hash_pandas_object(table, index=False).to_numpy().astype("int64")
            return table
        import pyarrow

        hashes = pandas.util.hash_pandas_object(table.to_pandas(deduplicate_objects=False), index=False)
        return table.append_column(row_hash_column_name, pyarrow.array(hashes.to_numpy().astype("int64")))

    return hashed
