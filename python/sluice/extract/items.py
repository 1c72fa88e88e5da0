"""dlt.extract.items: rows with something said of them, and what comes out of pipes."""
from typing import Any, NamedTuple

from sluice.extract.hints import DataItemWithMeta, HintsMeta, MaterializedEmptyList, TableNameMeta  # noqa: F401


class PipeItem(NamedTuple):
    """A page that is in a pipe behind the step with this number."""

    item: Any
    step: int
    pipe: Any
    meta: Any
