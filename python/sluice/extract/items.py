"""dlt.extract.items: rows with something said of them."""
from sluice.extract.hints import DataItemWithMeta, HintsMeta, MaterializedEmptyList, TableNameMeta  # noqa: F401
