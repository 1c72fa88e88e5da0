"""dlt.common.pendulum: the package pendulum, which is installed on its own."""
from datetime import timedelta  # noqa: F401

try:
    import pendulum
except ImportError:
    raise ImportError("dlt.common.pendulum is the package pendulum: pip install pendulum") from None

__all__ = ["pendulum", "timedelta"]


def __getattr__(name):
    return getattr(pendulum, name)
