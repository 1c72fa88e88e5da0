"""Makes `import dlt` and `import dlt.x.y` mean this package, for programs that were written for dlt and are left as they are; and
`import dagster_dlt` dagster_sluice."""
import importlib
import importlib.abc
import importlib.util
import os
import sys
from pathlib import Path


_NAMES = {"dlt": "sluice", "dagster_dlt": "dagster_sluice"}


def _ours(name):
    """Our module for one of theirs; None: not ours."""
    root, dot, rest = name.partition(".")
    return _NAMES[root] + dot + rest if root in _NAMES else None


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        ours = _ours(name)
        if ours is None:
            return None
        try:
            found = importlib.util.find_spec(ours)
        except ModuleNotFoundError:
            found = None
        if found is None:
            return None
        return importlib.util.spec_from_loader(name, self, is_package=found.submodule_search_locations is not None)

    def create_module(self, spec):
        module = importlib.import_module(_ours(spec.name))
        self._own = module.__spec__
        return module

    def exec_module(self, module):
        module.__spec__ = importlib.util.find_spec(module.__name__) if module.__spec__ is None else self._own


def install():
    """From now on, and for modules that are imported already."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
    for name in [n for n in sys.modules if _ours(n)]:
        if not getattr(sys.modules[name], "__name__", "").startswith(tuple(_NAMES.values())):
            del sys.modules[name]


def install_for_children():
    """Programs that this one starts with the same Python have it too, as the servers of code that Dagster starts."""
    here = str(Path(__file__).parent / "_startup")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
