"""dlt.common.incremental.typing: what incrementals are said with."""
from collections.abc import Callable, Sequence
from typing import Any, Literal, Optional, TypedDict, TypeVar, Union

from sluice.common.typing import TSortOrder, TTableHintTemplate

TCursorValue = TypeVar("TCursorValue", bound=Any)
LastValueFunc = Callable[[Sequence[TCursorValue]], Any]
OnCursorValueMissing = Literal["raise", "include", "exclude"]
TIncrementalRange = Literal["open", "closed"]
TColumnNames = Union[str, Sequence[str]]


class IncrementalColumnState(TypedDict):
    """What a resource's state has for a cursor."""

    initial_value: Optional[Any]
    last_value: Optional[Any]
    unique_hashes: list[str]
    start_value: Optional[Any]


class IncrementalArgs(TypedDict, total=False):
    """An incremental as a dict."""

    cursor_path: str
    initial_value: Optional[Any]
    last_value_func: Optional[Union[LastValueFunc[str], Literal["min", "max"]]]
    primary_key: Optional[TTableHintTemplate]
    end_value: Optional[Any]
    row_order: Optional[TSortOrder]
    allow_external_schedulers: Optional[bool]
    lag: Optional[Union[float, int]]
    on_cursor_value_missing: Optional[OnCursorValueMissing]
    range_start: Optional[TIncrementalRange]
    range_end: Optional[TIncrementalRange]
