"""Names that sources import from dlt.common."""
import importlib
import logging
from decimal import Decimal  # noqa: F401
from time import sleep  # noqa: F401

from sluice._values import HexBytes, Wei  # noqa: F401

logger = logging.getLogger("sluice")


def __getattr__(name):
    if name == "pendulum":
        try:
            return importlib.import_module("pendulum")
        except ImportError:
            raise ImportError("dlt.common.pendulum is the package pendulum: pip install pendulum") from None
    if name in ("configuration", "exceptions", "json", "jsonpath", "schema", "time", "typing", "utils", "validation"):
        return importlib.import_module(f"sluice.common.{name}")
    raise AttributeError(f"module 'sluice.common' has no attribute {name!r}")
