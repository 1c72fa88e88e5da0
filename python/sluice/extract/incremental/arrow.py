"""The incremental window over Arrow tables and data frames: the same rules as for rows, vectorised by pyarrow."""
import datetime

from sluice._values import as_arrow
from sluice.exceptions import (IncrementalCursorInvalid, IncrementalCursorInvalidCoercion, IncrementalCursorPathHasValueNone,
                               IncrementalCursorPathMissing, IncrementalPrimaryKeyMissing)
from sluice.extract.hints import names
from sluice.extract.incremental.rows import is_legacy
from sluice.extract.incremental.values import UTC, _alike


def filter_table(window, page):
    """The rows of a table, batch or frame that are new, as what the page was; batches become tables. None: there are none."""
    import pyarrow as pa

    table = page if isinstance(page, pa.Table) else _table(page, pa)
    incremental, path = window.incremental, window.name or window.incremental.cursor_path
    if incremental.last_value_func not in (max, min):
        raise IncrementalCursorInvalid(incremental.resource_name, f"In resource `{incremental.resource_name}`: Arrow data can only be filtered by "
                                       "max or min")
    if path not in table.column_names:
        raise IncrementalCursorPathMissing(incremental.resource_name, path, table.column_names)
    window.dedups = incremental.deduplicates
    kept = _Table(window, table, table[path]).keep()
    incremental.close_when_done()
    if kept is None:
        return page if table.num_rows else None
    return _filtered(page, table, kept)


def _table(page, pa):
    if type(page).__module__.startswith("pandas"):
        return pa.Table.from_pandas(page, preserve_index=False)
    return pa.table(page) if hasattr(page, "__arrow_c_stream__") or hasattr(page, "__arrow_c_array__") else as_arrow(page)


def _filtered(page, table, kept):
    import pyarrow.compute as pc

    if not pc.any(kept).as_py():
        return None
    if type(page).__module__.startswith("pandas"):
        return page[kept.to_numpy(zero_copy_only=False)]
    return page.filter(kept.to_pylist()) if type(page).__module__.startswith("polars") else table.filter(kept)


class _Table:
    """One page as pyarrow sees it."""

    def __init__(self, window, table, cursor):
        import pyarrow.compute as pc

        self.pc, self.window, self.incremental, self.table, self.cursor = pc, window, window.incremental, table, cursor
        self.rising = self.incremental.last_value_func is max

    def keep(self):
        """Which rows are new, as an array of truths; None: all of them."""
        pc, incremental, window = self.pc, self.incremental, self.window
        incremental.start_out_of_range = incremental.end_out_of_range = False
        there, kept = self._there(), None
        best = (pc.max if self.rising else pc.min)(self.cursor).as_py()
        if best is not None:
            kept = self._in_window(best)
            kept = self._without_known(kept, _alike(incremental.start_value, best))
            self._advance(kept, best)
        if there is not None:
            kept = there if kept is None else pc.fill_null(kept, False)
            if incremental.on_cursor_value_missing == "include":
                kept = pc.or_(kept, pc.invert(there))
        if not window.dedups:
            window.fresh.clear()
        window.state["unique_hashes"] = sorted(window.fresh)
        return None if kept is None else pc.fill_null(kept, False).combine_chunks()

    def _there(self):
        """Which rows have a cursor; None: all."""
        if self.cursor.null_count == 0:
            return None
        if self.incremental.on_cursor_value_missing == "raise":
            raise IncrementalCursorPathHasValueNone(self.incremental.resource_name, self.incremental.cursor_path, "of an Arrow table")
        return self.pc.is_valid(self.cursor)

    def _scalar(self, value, name):
        import pyarrow as pa

        if isinstance(value, datetime.datetime) and value.tzinfo is not None:
            value = value.astimezone(UTC)
        try:
            return pa.scalar(value, self.cursor.type)
        except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError) as error:
            raise IncrementalCursorInvalidCoercion(self.incremental.resource_name, self.incremental.cursor_path, value, name, "a column",
                                                   self.cursor.type, str(error)) from error

    def _in_window(self, best):
        pc, incremental, kept = self.pc, self.incremental, None
        start, end = _alike(incremental.start_value, best), _alike(incremental.end_value, best)
        if end is not None:
            before, until = (pc.less, pc.less_equal) if self.rising else (pc.greater, pc.greater_equal)
            kept = (before if incremental.range_end == "open" else until)(self.cursor, self._scalar(end, "end_value"))
            incremental.end_out_of_range = not pc.all(kept).as_py()
        if start is not None:
            after, since = (pc.greater, pc.greater_equal) if self.rising else (pc.less, pc.less_equal)
            new = (after if incremental.range_start == "open" else since)(self.cursor, self._scalar(start, "start_value/initial_value"))
            incremental.start_out_of_range = not pc.all(new).as_py()
            kept = new if kept is None else pc.and_(kept, new)
        return kept

    def _hashes_at(self, kept, value, legacy):
        """(row numbers, hashes) of the kept rows with this cursor value."""
        import pyarrow as pa

        mask = self.pc.equal(self.cursor, self._scalar(value, "value"))
        numbers = self.pc.indices_nonzero(mask if kept is None else self.pc.and_(mask, kept))
        rows, keys = self.table.take(numbers), self.incremental.primary_key
        if keys and not callable(keys):
            missing = [key for key in names(keys) if key not in self.table.column_names]
            if missing:
                raise IncrementalPrimaryKeyMissing(self.incremental.resource_name, missing[0], self.table.column_names)
            rows = rows.select(names(keys))
        numbers = numbers.to_pylist() if isinstance(numbers, (pa.Array, pa.ChunkedArray)) else list(numbers)
        return numbers, [self.window.hash(row, legacy) for row in rows.to_pylist()]

    def _without_known(self, kept, start):
        """Rows at the start that an earlier run has loaded go."""
        import pyarrow as pa

        window = self.window
        if start is None or not window.dedups or not window.known:
            return kept
        numbers, hashes = self._hashes_at(kept, start, window.legacy)
        known = {number for number, one in zip(numbers, hashes) if one in window.known}
        if not known:
            return kept
        new = pa.array([number not in known for number in range(self.table.num_rows)])
        return pa.chunked_array([new]) if kept is None else self.pc.and_(kept, new)

    def _advance(self, kept, best):
        incremental, window = self.incremental, self.window
        last = _alike(window.state["last_value"], best)
        if last is not None and best != last and incremental.last_value_func((best, last)) == last:
            return
        if last is None or best != last:
            window.fresh, window.state["last_value"] = set(), best
        if window.dedups:
            window.fresh.update(self._hashes_at(kept, best, is_legacy(window.fresh))[1])
