"""The incremental window over Arrow tables: the same rules as for rows, vectorised by pyarrow."""
import datetime

from sluice import exceptions
from sluice.extract.hints import names


def _scalar(value):
    return value.replace(tzinfo=datetime.timezone.utc) if isinstance(value, datetime.datetime) and value.tzinfo is not None else value


def filter_table(incremental, table):
    """The rows of a pyarrow table, batch or Polars frame that are new, as a pyarrow table."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from sluice.extract.incremental import _alike

    table = table if isinstance(table, pa.Table) else pa.table(table)
    if incremental.last_value_func not in (max, min):
        raise exceptions.IncrementalCursorInvalid(incremental.resource_name, f"In resource `{incremental.resource_name}`: Arrow data "
                                                  "can only be filtered by max or min")
    if incremental.cursor_path not in table.column_names:
        raise exceptions.IncrementalCursorPathMissing(incremental.resource_name, incremental.cursor_path, table.column_names)
    table, missing = _without_nulls(incremental, table, pc)
    cursor = table[incremental.cursor_path]
    if table.num_rows == 0:
        return pa.concat_tables([table, missing]) if missing is not None else table
    rising = incremental.last_value_func is max
    best = (pc.max if rising else pc.min)(cursor).as_py()
    after, at_least = (pc.greater, pc.greater_equal) if rising else (pc.less, pc.less_equal)
    keep = None
    start, end = _alike(incremental.start_value, best), _alike(incremental.end_value, best)
    if end is not None:
        inside = (pc.less if rising else pc.greater) if incremental.range_end == "open" else (pc.less_equal if rising else pc.greater_equal)
        keep = inside(cursor, pa.scalar(_scalar(end), cursor.type))
        incremental.end_out_of_range = incremental.end_out_of_range or not pc.all(keep).as_py()
    if start is not None:
        bound = pa.scalar(_scalar(start), cursor.type)
        new = (after if incremental.range_start == "open" else at_least)(cursor, bound)
        incremental.start_out_of_range = incremental.start_out_of_range or not pc.all(new).as_py()
        keep = new if keep is None else pc.and_(keep, new)
    if keep is not None:
        table = table.filter(keep)
    table = _without_known(incremental, table, start, pa)
    _advance(incremental, table, rising, pc)
    return pa.concat_tables([table, missing]) if missing is not None else table


def _without_nulls(incremental, table, pc):
    nulls = pc.is_null(table[incremental.cursor_path])
    if not pc.any(nulls).as_py():
        return table, None
    if incremental.on_cursor_value_missing == "raise":
        raise exceptions.IncrementalCursorPathHasValueNone(incremental.resource_name, incremental.cursor_path, "of an Arrow table")
    kept = table.filter(nulls) if incremental.on_cursor_value_missing == "include" else None
    return table.filter(pc.invert(nulls)), kept


def _hashes_at(incremental, table, value, pa, legacy):
    """(row numbers, hashes) of the rows with this cursor value."""
    import pyarrow.compute as pc

    cursor = table[incremental.cursor_path]
    mask = pc.equal(cursor, pa.scalar(_scalar(value), cursor.type))
    numbers = pc.indices_nonzero(mask).to_pylist()
    keys = names(incremental.primary_key)
    rows = table.take(pa.array(numbers, pa.int64()))
    if keys:
        if set(keys) - set(table.column_names):
            missing = next(key for key in keys if key not in table.column_names)
            raise exceptions.IncrementalPrimaryKeyMissing(incremental.resource_name, missing, table.column_names)
        rows = rows.select(keys)
    return numbers, [incremental._hash(row, legacy) for row in rows.to_pylist()]


def _without_known(incremental, table, start, pa):
    """Rows at the start of the window that an earlier run has loaded."""
    if start is None or not incremental._dedups or not incremental._start_hashes or table.num_rows == 0:
        return table
    numbers, hashes = _hashes_at(incremental, table, start, pa, incremental._legacy)
    known = {n for n, h in zip(numbers, hashes) if h in incremental._start_hashes}
    kept = [n for n in range(table.num_rows) if n not in known]
    return table.take(pa.array(kept, pa.int64())) if known else table


def _advance(incremental, table, rising, pc):
    from sluice.extract.incremental import _alike, _is_legacy

    if table.num_rows == 0:
        return
    import pyarrow as pa

    state = incremental._state
    best = (pc.max if rising else pc.min)(table[incremental.cursor_path]).as_py()
    last = _alike(state["last_value"], best)
    if last is not None and incremental.last_value_func((best, last)) == last and best != last:
        return
    if best != last:
        incremental._fresh = set()
    state["last_value"] = best
    if incremental._dedups:
        incremental._fresh.update(_hashes_at(incremental, table, best, pa, _is_legacy(incremental._fresh))[1])
    state["unique_hashes"] = sorted(incremental._fresh)
