"""Sources that come with the package, and what every source needs: sources.incremental."""
import importlib

from sluice.common.typing import TDataItem, TDataItems  # noqa: F401
from sluice.extract.incremental import Incremental
from sluice.extract.resource import DltResource
from sluice.extract.source import DltSource

incremental = Incremental
_MODULES = ("filesystem", "helpers", "rest_api", "sql_database")
__all__ = ["DltResource", "DltSource", "incremental", *_MODULES]


def __getattr__(name):
    if name in _MODULES:
        return importlib.import_module(f"sluice.sources.{name}")
    raise AttributeError(f"module 'sluice.sources' has no attribute {name!r}")
