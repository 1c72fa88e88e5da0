"""dlt.common.destination"""
from sluice.destinations import Destination  # noqa: F401
