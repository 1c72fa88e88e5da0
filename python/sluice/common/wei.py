"""dlt.common.wei"""
from sluice._values import Wei  # noqa: F401
