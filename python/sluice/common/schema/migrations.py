"""dlt.common.schema.migrations: where dlt has it."""
from sluice.common.schema.stored import migrate_schema  # noqa: F401
