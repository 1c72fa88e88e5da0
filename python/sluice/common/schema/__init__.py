"""dlt.common.schema: schemas as objects."""
from sluice.common.schema.contracts import DEFAULT_SCHEMA_CONTRACT_MODE  # noqa: F401
from sluice.common.schema.schema import Schema  # noqa: F401
