"""The steps before the engine: resources, sources, hints, incremental loading."""
from sluice.extract.incremental import Incremental
from sluice.extract.resource import DltResource
from sluice.extract.source import DltSource

__all__ = ["DltResource", "DltSource", "Incremental"]
