"""Nested tables with keys of their own: their rows leave the rows they are nested in and go to a table like others."""
import dataclasses
import functools

from sluice.extract import hints as hinting


@functools.lru_cache(maxsize=4096)
def _plain(name):
    """What is left of a name when writing does not count: DataBlob and data_blob are one."""
    return "".join(c for c in name if c.isalnum()).lower() or name


def _as_dict(row):
    if isinstance(row, dict):
        return row
    if hasattr(row, "model_dump"):
        return row.model_dump()
    return dataclasses.asdict(row) if dataclasses.is_dataclass(row) and not isinstance(row, type) else None


class Splitter:
    """Takes the rows of such tables out of a page; the user's objects stay as they are."""

    def __init__(self, nested):
        self.nested = nested  # [(path, hints)], the inner before the outer ones

    @classmethod
    def of(cls, hints):
        """None when no nested table of these hints has a key."""
        found = [(path, one) for path, one in hinting.nested_of(hints) if hinting.has_own_key(one)]
        return cls(found[::-1]) if found else None

    def split(self, page):
        """(page, [(path, hints, rows)])"""
        single = not isinstance(page, list)
        rows, taken = [page] if single else page, []
        for path, hints in self.nested:
            below = []
            rows = [self._without(row, path, below) for row in rows]
            taken.append((path, hints, below))
        return (rows[0] if single else rows), taken

    def _without(self, row, path, below):
        """The row, or a copy of it that has not the lists at the path: those are added to `below`."""
        found = _as_dict(row)
        key = None if found is None else next((k for k in found if isinstance(k, str) and (k == path[0] or _plain(k) == _plain(path[0]))), None)
        if key is None:
            return row
        value = found[key]
        if len(path) == 1:
            if not isinstance(value, list):
                return row
            below.extend(one if _as_dict(one) is not None else {"list" if isinstance(one, list) else "value": one} for one in value)
            return {k: v for k, v in found.items() if k != key}
        if isinstance(value, list):
            return {**found, key: [self._without(one, path[1:], below) for one in value]}
        return {**found, key: self._without(value, path[1:], below)}


def hints_of(part, path, hints):
    """What the table of such rows is told: its own hints, and what it has from the one that it is nested in."""
    given = {key: value for key, value in hints.items() if key != "nested_hints"}
    given["table_name"] = "__".join((part.target, *path))
    inner = {p[len(path):]: one for p, one in hinting.nested_of(part.hints) if len(p) > len(path) and p[:len(path)] == path}
    if inner:
        given["nested_hints"] = {p: one for p, one in inner.items() if not hinting.has_own_key(one)}
    if part.hints.get("schema_contract") is not None:
        given.setdefault("schema_contract", part.hints["schema_contract"])
    if part.hints.get("max_table_nesting") is not None:
        given["max_table_nesting"] = max(0, part.hints["max_table_nesting"] - len(path))
    return given
