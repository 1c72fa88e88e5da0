"""pytest plugin: `import dlt` is sluice, and what sluice lacks is a name that fails when it is used."""
import asyncio
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import sys
import types

from sluice import _alias


class NotThere(AssertionError):
    pass


class _Kind(type):
    """A class that can be a base, an annotation, a decorator's name; using it says what is missing."""

    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return stand_in(f"{cls.__qualname__}.{name}")

    def __call__(cls, *args, **kwargs):
        if cls.__dict__.get("stands_in"):
            raise NotThere(f"sluice has no {cls.__qualname__}")
        return super().__call__(*args, **kwargs)

    def __getitem__(cls, _item):
        return cls

    def __or__(cls, other):
        return cls

    def __iter__(cls):
        raise NotThere(f"sluice has no {cls.__qualname__}")


def stand_in(name):
    return _Kind(name.rpartition(".")[2], (Exception,), {"__qualname__": name, "stands_in": True})


class _Module(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return stand_in(f"{self.__name__}.{name}")


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """After all others: modules below dlt that sluice lacks."""

    def find_spec(self, name, path=None, target=None):
        parent, _, last = name.rpartition(".")
        if not name.startswith("dlt.") or last in vars(sys.modules.get(parent, types)):
            return None  # also what is there already: mock.patch tries to import each part of a name
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        module = _Module(spec.name)
        module.__path__ = []
        return module

    def exec_module(self, module):
        pass


def _soften(module):
    """`from dlt.x import y` of a name that is missing gives a stand-in."""
    own = module.__dict__.get("__getattr__")

    def lookup(name):
        if own is not None:
            try:
                return own(name)
            except AttributeError:
                pass
        if name.startswith("__") or name == "pytest_plugins":
            raise AttributeError(name)
        if hasattr(module, "__path__") and importlib.util.find_spec(f"{module.__name__}.{name}") is not None:
            return importlib.import_module(f"{module.__name__}.{name}")
        return stand_in("dlt" + module.__name__[len("sluice"):] + "." + name)

    module.__getattr__ = lookup


def provide():
    from sluice import destinations

    inner = destinations._LOCATIONS["duckdb"]

    def duckdb(destination, given, pipeline):
        """Tests give an open connection to :memory: to have an empty database; here it is an empty file."""
        is_open = type(given).__name__ == "DuckDBPyConnection"
        return inner(destination, f"_storage/memory_{id(given)}.duckdb" if is_open else given, pipeline)

    destinations._LOCATIONS["duckdb"] = duckdb
    destinations._LOCATIONS["dummy"] = lambda _destination, _given, pipeline: inner(_destination, f"_storage/{pipeline.pipeline_name}.db", pipeline)


def pytest_pyfunc_call(pyfuncitem):
    """Tests that are coroutines."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}))
    return True


_alias.install()
sys.meta_path.append(_Finder())
_import = _alias._Finder.exec_module


def _exec(self, module):
    _import(self, module)
    if not module.__dict__.get("softened"):
        module.softened = True
        if not hasattr(module, "__path__"):
            module.__path__ = []  # dlt has a package there
        _soften(module)


_alias._Finder.exec_module = _exec
provide()
