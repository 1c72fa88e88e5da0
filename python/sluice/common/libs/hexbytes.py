"""dlt.common.libs.hexbytes"""
from sluice._values import HexBytes  # noqa: F401
