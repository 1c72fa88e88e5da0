"""Custom sources that read the warehouse while it is written: DuckDB lets no second process open a file that one writes, so
`duckdb.connect(path, read_only=True)` opens a copy of what is committed when the engine that runs the source has the file open."""
import functools
import importlib.abc
import importlib.machinery
import os
import sys


class _Finder(importlib.abc.MetaPathFinder):
    """Waits for `import duckdb`."""

    def __init__(self, copy_of):
        self._copy_of = copy_of

    def find_spec(self, name, path=None, target=None):
        if name != "duckdb":
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is not None and spec.loader is not None:
            run = spec.loader.exec_module

            def exec_module(module):
                run(module)
                module.connect = _connecting(module, self._copy_of)

            spec.loader.exec_module = exec_module
        return spec


def _connecting(duckdb, copy_of):
    original = duckdb.connect

    @functools.wraps(original)
    def connect(database=":memory:", read_only=False, *args, **kwargs):
        try:
            return original(database, read_only, *args, **kwargs)
        except duckdb.IOException as error:
            path = os.path.abspath(os.fspath(database))
            copy = copy_of(path) if read_only and "lock" in str(error) and os.path.isfile(path) else None
            if copy is None:
                raise
            return original(copy, True, *args, **kwargs)

    return connect


def install(copy_of):
    """copy_of(path) makes the copy, or says None."""
    sys.meta_path.insert(0, _Finder(copy_of))
