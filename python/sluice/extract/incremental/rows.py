"""The incremental window over rows, one by one: the rules are dlt's, see dlt.md 1.5."""
import base64
import calendar
import datetime
import hashlib
import json

from sluice._values import convert
from sluice.common.jsonpath import JsonPath
from sluice.exceptions import (IncrementalCursorInvalidCoercion, IncrementalCursorPathHasValueNone, IncrementalCursorPathMissing,
                               IncrementalPrimaryKeyMissing, UnsupportedValue)
from sluice.extract.incremental.values import _alike


def digest(value, bytes_=15):
    return base64.b64encode(hashlib.shake_128(value.encode("utf-8")).digest(bytes_)).decode("ascii")


def _plain(value):
    if hasattr(value, "isoformat"):
        return value.isoformat()
    try:
        return convert(value) if hasattr(value, "model_dump") else str(value)
    except UnsupportedValue:
        return str(value)


def _counted(value):
    """Moments as microseconds since 1970, whatever their zone; naive ones are UTC."""
    if isinstance(value, datetime.datetime):
        return calendar.timegm(value.utctimetuple()) * 1_000_000 + value.microsecond
    return _plain(value)


def row_hash(value, legacy=False):
    """dlt's hash of a row or a key; legacy: that of dlt before 1.29, which older states have."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain if legacy else _counted)
    return digest(text, 15 if legacy else 9)


def is_legacy(hashes):
    return any(len(one) == 20 for one in hashes)


def field(row, name):
    """A value by its name, of a dict or of an object; KeyError when it has none."""
    try:
        return row[name]
    except (TypeError, IndexError):
        pass
    if hasattr(row, name):
        return getattr(row, name)
    if hasattr(row, "model_dump"):  # by the name that the rows of the table have
        return row.model_dump(by_alias=True)[name]
    raise KeyError(name)


class RowWindow:
    """One reading of rows: which of them are new, and the state behind them."""

    def __init__(self, incremental):
        self.incremental, self.state = incremental, incremental._cached_state
        self.fresh = set(self.state["unique_hashes"])
        self.known, self.legacy = set(self.fresh), is_legacy(self.fresh)
        path = JsonPath(incremental.cursor_path)
        self.name, self.path = path.field, path
        self.collected, self.dedups = [], incremental.deduplicates

    def hash(self, row, legacy=None):
        """What tells a row from others with the same cursor."""
        keys = self.incremental.primary_key
        try:
            if callable(keys):
                keys = keys(row)
            what = row if keys is None else field(row, keys) if isinstance(keys, str) else [field(row, key) for key in keys]
        except KeyError as error:
            raise IncrementalPrimaryKeyMissing(self.incremental.resource_name, error.args[0], row) from None
        return row_hash(what, self.legacy if legacy is None else legacy)

    def cursor_of(self, row):
        """(keep, value) of a row; value None = no cursor and kept all the same."""
        incremental, missing = self.incremental, False
        if self.name is not None:
            try:
                value = field(row, self.name)
            except KeyError:
                value, missing = None, True
        else:
            found = self.path.find(row)
            value, missing = (found[0], False) if found else (None, True)
        if value is None and incremental.on_cursor_value_missing == "raise":
            kind = IncrementalCursorPathMissing if missing else IncrementalCursorPathHasValueNone
            raise kind(incremental.resource_name, incremental.cursor_path, row)
        return value is not None or incremental.on_cursor_value_missing == "include", value

    def _compared(self, value, other, name):
        """What last_value_func makes of both."""
        incremental = self.incremental
        try:
            return incremental.last_value_func((value,) if other is None else (value, other))
        except Exception as error:
            raise IncrementalCursorInvalidCoercion(incremental.resource_name, incremental.cursor_path, other, name, value, type(value).__name__,
                                                   str(error)) from error

    def _is_behind(self, value, own, end):
        return self._compared(value, end, "end_value") != end or (self.incremental.range_end == "open" and own == end)

    def keeps(self, row):
        """Whether a row is new; collects the rows whose hashes the state needs at the end of the page."""
        keep, value = self.cursor_of(row)
        incremental, state = self.incremental, self.state
        incremental.start_out_of_range = incremental.end_out_of_range = False
        if value is None:
            return keep
        func = incremental.last_value_func
        own = value if func is max or func is min else self._compared(value, None, "row's value")
        end, start, last = (_alike(v, value) for v in (incremental.end_value, incremental.start_value, state["last_value"]))
        if end is not None and self._is_behind(value, own, end):
            incremental.end_out_of_range = True
            return False
        new = self._compared(value, last, "start_value/initial_value")
        if last is None or new != last:
            state["last_value"] = new
            self.collected, self.fresh = [row] if self.dedups else [], set()
            return True
        if (incremental.range_start == "open" and own == start) or self._is_known(row, value, own, start):
            incremental.start_out_of_range = True
            return False
        if own == last and self.dedups:
            self.collected.append(row)
        return True

    def _is_known(self, row, value, own, start):
        """Before the start, or at it and loaded by an earlier run."""
        if self._compared(value, start, "start_value/initial_value") != start:
            return False
        return own != start or (self.dedups and self.hash(row) in self.known)

    def filter(self, page):
        """Rows of a page that are new; the state is then that after the page."""
        incremental, kept = self.incremental, []
        self.collected, self.dedups = [], incremental.deduplicates
        for row in page:
            if row is None:
                continue
            if self.keeps(row):
                kept.append(row)
            if incremental.row_order is not None:
                incremental.close_when_done()
        if self.dedups:
            self.fresh.update(self.hash(row, is_legacy(self.fresh)) for row in self.collected)
        else:
            self.fresh.clear()
        self.state["unique_hashes"] = sorted(self.fresh)
        return kept
