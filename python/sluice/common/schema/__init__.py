"""dlt.common.schema: the stored schema."""
from sluice.schema import Schema  # noqa: F401
