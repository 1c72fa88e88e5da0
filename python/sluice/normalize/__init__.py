"""dlt.normalize: what a load does with items, one at a time and in Python. Loads do it in the engine."""
from sluice.normalize.normalize import Normalize  # noqa: F401
