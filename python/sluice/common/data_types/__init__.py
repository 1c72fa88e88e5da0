"""dlt.common.data_types: types of columns."""
from sluice.common.data_types.type_helpers import coerce_value, py_type_to_sc_type  # noqa: F401
from sluice.common.data_types.typing import DATA_TYPES, TDataType  # noqa: F401
