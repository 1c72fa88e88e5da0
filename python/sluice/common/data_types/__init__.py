"""dlt.common.data_types: the names of dlt's types."""
from sluice.common.data_types.typing import DATA_TYPES, TDataType  # noqa: F401
