"""Loading what is new: the cursor, its window, rows at the boundary, lag. The rules are dlt's, see dlt.md 1.5."""
import base64
import calendar
import copy
import datetime
import hashlib
import json
import os
import re
import typing

from sluice import exceptions
from sluice.extract import state as states
from sluice.extract.incremental.lag import apply_lag
from sluice.extract.incremental.values import _alike

MANY_HASHES = 200


def digest(value, bytes_=15):
    return base64.b64encode(hashlib.shake_128(value.encode("utf-8")).digest(bytes_)).decode("ascii")


def _plain(value):
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _counted(value):
    """Moments as microseconds since 1970, whatever their zone; naive ones are UTC."""
    if isinstance(value, datetime.datetime):
        return calendar.timegm(value.utctimetuple()) * 1_000_000 + value.microsecond
    return _plain(value)


def row_hash(value, legacy=False):
    """dlt's hash of a row or a key; legacy: that of dlt before 1.29, which older states have."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain if legacy else _counted)
    return digest(text, 15 if legacy else 9)


def _is_legacy(hashes):
    return any(len(one) == 20 for one in hashes)


def parse_path(path):
    """Steps of a field name or a simple JSONPath: $.a.b[0], a["b c"], items[*].at."""
    if not re.search(r"[.\[\]$*]", path):
        return [path]
    steps = []
    for name, quoted, index in re.findall(r"([^.\[\]$]+)|\[['\"](.*?)['\"]\]|\[(\d+|\*)\]", path):
        steps.append("*" if index == "*" or name == "*" else int(index) if index else quoted or name)
    return steps


def find(item, steps):
    """The first value at the path; KeyError when there is none."""
    for position, step in enumerate(steps):
        if step == "*":
            inner = item.values() if isinstance(item, dict) else item
            for one in inner:
                try:
                    return find(one, steps[position + 1:])
                except KeyError:
                    continue
            raise KeyError(step)
        if isinstance(item, dict) or isinstance(step, int):
            try:
                item = item[step]
            except (IndexError, TypeError):
                raise KeyError(step) from None
        elif hasattr(item, str(step)):
            item = getattr(item, step)
        else:
            raise KeyError(step)
    return item


class Incremental:
    """`dlt.sources.incremental`: see the parameters in docs/python.md; as a resource's argument it tells where to go on."""

    cursor_type = typing.Any

    def __class_getitem__(cls, kind):
        return type("Incremental", (cls,), {"cursor_type": kind, "__module__": cls.__module__})

    def __init__(self, cursor_path=None, initial_value=None, last_value_func=max, primary_key=None, end_value=None, row_order=None,
                 allow_external_schedulers=False, on_cursor_value_missing="raise", lag=None, range_start="closed", range_end="open"):
        if on_cursor_value_missing not in ("raise", "include", "exclude"):
            raise ValueError(f"on_cursor_value_missing: {on_cursor_value_missing!r} is not one of raise, include, exclude")
        if range_start not in ("open", "closed") or range_end not in ("open", "closed"):
            raise ValueError("range_start and range_end are open or closed")
        if end_value is not None and initial_value is None:
            raise exceptions.ConfigurationException("Incremental 'end_value' was given without 'initial_value': a window has two ends")
        if isinstance(last_value_func, str):
            last_value_func = {"max": max, "min": min}[last_value_func]
        if end_value is not None and last_value_func((end_value, initial_value)) != end_value:
            raise exceptions.ConfigurationException(f"Incremental 'initial_value' ({initial_value}) is behind 'end_value' ({end_value})")
        self.cursor_path, self.initial_value, self.last_value_func, self.end_value = cursor_path, initial_value, last_value_func, end_value
        self._primary_key, self.row_order, self.allow_external_schedulers = primary_key, row_order, allow_external_schedulers
        self.on_cursor_value_missing, self.lag, self.range_start, self.range_end = on_cursor_value_missing, lag, range_start, range_end
        self.resource_name, self.start_value, self._state = None, initial_value, None
        self.start_out_of_range = self.end_out_of_range = False
        self._steps = parse_path(cursor_path) if cursor_path else []

    EMPTY = None  # set below: stands for "no incremental"

    @property
    def primary_key(self):
        return self._primary_key

    @primary_key.setter
    def primary_key(self, value):
        self._primary_key = value

    @property
    def last_value(self):
        """The highest value seen, shifted back by the lag at the start of a run."""
        if self._state is None or self.end_value is not None:
            return self.start_value if self.end_value is not None or self._state is None else self._state["last_value"]
        value = self._state["last_value"]
        return self._lagged(value) if self.lag and value is not None else value

    @property
    def last_value_func_name(self):
        return getattr(self.last_value_func, "__name__", "custom")

    def merge(self, other):
        """This one with what the other says instead."""
        merged = copy.copy(other)
        defaults = Incremental()
        for name in ("cursor_path", "initial_value", "end_value", "_primary_key", "row_order", "lag", "allow_external_schedulers",
                     "on_cursor_value_missing", "range_start", "range_end", "last_value_func"):
            if getattr(other, name) == getattr(defaults, name):
                setattr(merged, name, getattr(self, name))
        merged._steps = parse_path(merged.cursor_path)
        merged.start_value = merged.initial_value
        return merged

    # ---- one run ----

    def bound(self, resource_name, primary_key=None):
        """A copy that begins where the resource's state says."""
        mine = copy.copy(self)
        mine.resource_name = resource_name
        mine.start_out_of_range = mine.end_out_of_range = False
        if mine._primary_key is None and primary_key:
            mine._primary_key = primary_key
        if mine.allow_external_schedulers or os.environ.get("DLT_ALLOW_EXTERNAL_SCHEDULERS", "").lower() == "true":
            mine._take_schedule()
        if mine.end_value is not None:
            mine._state = {"initial_value": mine.initial_value, "last_value": mine.initial_value, "unique_hashes": []}
        else:
            stored = states.resource_state(resource_name).setdefault("incremental", {})
            mine._state = stored.setdefault(mine.cursor_path, {"initial_value": mine.initial_value, "last_value": mine.initial_value,
                                                               "unique_hashes": []})
        mine.start_value = mine.last_value
        mine._start_hashes = set(mine._state["unique_hashes"])
        mine._fresh = set(mine._state["unique_hashes"])
        mine._legacy = _is_legacy(mine._start_hashes)
        return mine

    def _take_schedule(self):
        start, end = os.environ.get("DLT_INTERVAL_START") or os.environ.get("DLT_START_VALUE"), \
            os.environ.get("DLT_INTERVAL_END") or os.environ.get("DLT_END_VALUE")
        kind = self._value_type(self.initial_value)

        def read(text):
            moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
            return {int: lambda: int(moment.timestamp()), float: moment.timestamp, str: lambda: text,
                    datetime.date: moment.date}.get(kind, lambda: moment)()

        if start:
            self.initial_value = read(start)
        if end:
            self.end_value = read(end)

    def _value_type(self, value):
        kind = type(self).cursor_type
        if isinstance(kind, type):
            return kind
        return type(self.initial_value if self.initial_value is not None else value)

    def _lagged(self, value):
        if self.end_value is not None or self.last_value_func not in (max, min):
            return value
        return apply_lag(self.lag, self.initial_value, value, self.last_value_func, self._value_type(value))

    @property
    def _dedups(self):
        return (self.end_value is None and self.range_start == "closed" and self._primary_key != () and self._primary_key != []
                and not (self.lag and self.last_value_func in (max, min)))

    def _hash(self, row, legacy=False):
        keys = self._primary_key
        if callable(keys):
            keys = keys(row)
        if not keys:
            return row_hash(row, legacy)
        try:
            return row_hash(find(row, [keys]) if isinstance(keys, str) else [find(row, [key]) for key in keys], legacy)
        except KeyError as error:
            raise exceptions.IncrementalPrimaryKeyMissing(self.resource_name, error.args[0], row) from None

    def cursor_of(self, row):
        """(keep, value) of a row; value None = no cursor and kept all the same."""
        try:
            value = find(row, self._steps)
        except KeyError:
            if self.on_cursor_value_missing == "raise":
                raise exceptions.IncrementalCursorPathMissing(self.resource_name, self.cursor_path, row) from None
            value = None
        if value is None and self.on_cursor_value_missing == "raise":
            raise exceptions.IncrementalCursorPathHasValueNone(self.resource_name, self.cursor_path, row)
        return value is not None or self.on_cursor_value_missing == "include", value

    def keeps(self, row):
        """The rule of dlt for one row; collects the rows whose hashes the state needs at the end of the page."""
        keep, value = self.cursor_of(row)
        if value is None:
            return keep
        func, state = self.last_value_func, self._state
        start, end, last = (_alike(v, value) for v in (self.start_value, self.end_value, state["last_value"]))
        try:
            if end is not None:
                if func((value, end)) != end or (self.range_end == "open" and value == end):
                    self.end_out_of_range = self.end_out_of_range or func((value, end)) != end
                    return False
            new = value if last is None else func((value, last))
            if start is not None and (new == last or self.end_value is not None or self.lag):
                if self.range_start == "open" and value == start:
                    return False
                if func((value, start)) == start and value != start:
                    self.start_out_of_range = True
                    return False
        except TypeError as error:
            raise exceptions.IncrementalCursorInvalidCoercion(
                self.resource_name, f"In resource `{self.resource_name}`: the cursor '{self.cursor_path}' has {value!r} of type "
                f"{type(value).__name__}, which cannot be compared with {last!r} of type {type(last).__name__}: {error}") from None
        if last is not None and new == last:
            if value == start and self._dedups and self._hash(row, self._legacy) in self._start_hashes:
                return False
            if value == last and self._dedups:
                self._collected.append(row)
            return True
        state["last_value"] = new
        self._collected, self._fresh = [row] if self._dedups else [], set()
        return True

    def filter_page(self, page):
        """Rows of a page that are new; the state is then that after the page."""
        self._collected = []
        kept = [row for row in page if self.keeps(row)]
        self._fresh.update(self._hash(row, _is_legacy(self._fresh)) for row in self._collected)
        self._state["unique_hashes"] = sorted(self._fresh)
        return kept

    def can_close(self):
        """All further rows are out of the window: the rows come in order."""
        return (self.row_order == "asc" and self.end_out_of_range) or (self.row_order == "desc" and self.start_out_of_range)

    def filter_arrow(self, table):
        from sluice.extract.incremental.arrow import filter_table

        return filter_table(self, table)

    def __eq__(self, other):
        said = ("cursor_path", "initial_value", "last_value_func", "end_value", "_primary_key", "row_order", "lag", "range_start", "range_end",
                "allow_external_schedulers", "on_cursor_value_missing")
        return isinstance(other, Incremental) and all(getattr(self, name) == getattr(other, name) for name in said)

    __hash__ = object.__hash__

    def __repr__(self):
        return f"Incremental({self.cursor_path!r}, last_value={self.last_value!r}, end_value={self.end_value!r})"


Incremental.EMPTY = Incremental()
