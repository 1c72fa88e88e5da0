"""Tables that the engine reads itself: a page that stands for all rows of one, as long as nothing in Python wants to see them."""
import base64
import datetime
import decimal
import json
import uuid
import warnings

from sluice.exceptions import MissingDependencyException


class NativeBatch:
    """A batch of the engine's, for whatever takes the Arrow PyCapsule interface."""

    def __init__(self, pair):
        self._pair = pair

    def __arrow_c_array__(self, requested_schema=None):
        return self._pair


class NativeRows:
    """What a resource yields instead of rows.

    `open(incremental)` makes the _sluice.Source that has them (incremental: what the engine is to keep track of, or None);
    `pages(incremental)` yields them for steps in Python; `keeps(incremental)` tells whether the engine can do what it asks for."""

    def __init__(self, open, table, pages, keeps=lambda incremental: incremental is None, arrow=False):
        self._open, self.table, self.pages, self.keeps, self.arrow = open, table, pages, keeps, arrow
        self.incremental = self._source = None

    @property
    def source(self):
        """Made once; the load that reads it connects."""
        if self._source is None:
            self._source = self._open(self.incremental)
        return self._source

    def primary_key(self):
        """What the database says."""
        said = next((t["primary_key"] for t in self.source.tables() if self.table in (t["name"], t["target"], "")), None)
        return said.split(",") if said else None

    def close(self):
        if self._source is not None:
            tell_warnings(self._source)
            self._source.close()


def tell_warnings(source):
    for line in (source.warnings() or "").splitlines():
        warnings.warn(line, stacklevel=2)


_MARKS = {"\uf026": decimal.Decimal, "\uf029": uuid.UUID, "\uf02a": lambda t: bytes.fromhex(t.removeprefix("0x")), "\uf02b": base64.b64decode,
          "\uf02c": int, "\uf028": datetime.date.fromisoformat, "\uf02d": datetime.time.fromisoformat, "\uf02e": str}


def _moment(text):
    if text.startswith("@"):
        return datetime.datetime.fromtimestamp(0, datetime.timezone.utc) + datetime.timedelta(microseconds=int(text[1:]))
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


_MARKS["\uf027"] = _moment


def _value(value):
    """A value of typed JSON; what is no value of its mark's type stays a text."""
    if isinstance(value, str):
        read = _MARKS.get(value[:1])
        try:
            return read(value[1:]) if read else value
        except (ValueError, OverflowError, decimal.InvalidOperation):
            return value[1:]
    if isinstance(value, list):
        return [_value(one) for one in value]
    return {k: _value(v) for k, v in value.items()} if isinstance(value, dict) else value


def pages_of_table(source, table, state=None):
    """The rows of a table: batches of pyarrow, or lists of dicts where the engine has rows without common columns."""
    try:
        import pyarrow
    except ImportError:
        raise MissingDependencyException("reading the engine's rows in Python", ["pyarrow"]) from None
    from sluice import _engine

    try:
        source.start(table, state)
        while (pair := source.next()) is not None:
            if isinstance(pair[0], bytes):
                rows = [json.loads(line) for line in pair[0].splitlines() if line.strip()]
                yield [_value(row) for row in rows] if pair[1] else rows
            else:
                yield pyarrow.record_batch(NativeBatch(pair))
        tell_warnings(source)
    except _engine.EngineError as error:
        raise _engine.translate(error) from error
    finally:
        source.close()
