"""Makes `import dlt` and `import dlt.x.y` mean this package, for programs that were written for dlt and are left as they are."""
import importlib
import importlib.abc
import importlib.util
import sys


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name != "dlt" and not name.startswith("dlt."):
            return None
        ours = "sluice" + name[3:]
        try:
            found = importlib.util.find_spec(ours)
        except ModuleNotFoundError:
            found = None
        if found is None:
            return None
        return importlib.util.spec_from_loader(name, self, is_package=found.submodule_search_locations is not None)

    def create_module(self, spec):
        module = importlib.import_module("sluice" + spec.name[3:])
        self._own = module.__spec__
        return module

    def exec_module(self, module):
        module.__spec__ = importlib.util.find_spec(module.__name__) if module.__spec__ is None else self._own


def install():
    """From now on, and for modules that are imported already."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
    for name in [n for n in sys.modules if n == "dlt" or n.startswith("dlt.")]:
        if not getattr(sys.modules[name], "__name__", "").startswith("sluice"):
            del sys.modules[name]
