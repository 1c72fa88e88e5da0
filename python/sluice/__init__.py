"""Sluice: dlt's API on an engine in C. `import sluice as dlt` is enough for most programs; see docs/python.md."""
import importlib

__version__ = "0.1.0"

# What the package gives, and the module that has it: nothing is imported before it is asked for.
_PLACES = {
    "source": "extract.decorators", "resource": "extract.decorators", "transformer": "extract.decorators", "defer": "extract.decorators",
    "config": "_config", "secrets": "_config", "pipeline": "pipeline", "attach": "pipeline", "run": "pipeline", "Schema": "schema",
    "Pipeline": "pipeline", "destination": "destinations.sink",
    "TSecretValue": "common.typing", "TCredentials": "common.typing", "TSecretStrValue": "common.typing",
}
_MODULES = ("current", "mark", "progress", "sources", "destinations", "common", "extract", "exceptions")
__all__ = [*_PLACES, *_MODULES]


def __getattr__(name):
    if name in _PLACES:
        value = getattr(importlib.import_module(f"sluice.{_PLACES[name]}"), name)
    elif name in _MODULES:
        value = importlib.import_module(f"sluice.{name}")
    else:
        raise AttributeError(f"module 'sluice' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *__all__})
