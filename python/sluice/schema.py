"""dlt.Schema"""
from sluice.common.schema.schema import Schema  # noqa: F401
