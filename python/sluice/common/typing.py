"""Type names that sources import from dlt.common.typing."""
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence  # noqa: F401
from typing import Any, Dict, List, Literal, NewType, Optional, Tuple, Type, TypedDict, TypeVar, Union  # noqa: F401

TDataItem = Any
TDataItems = Union[TDataItem, list[TDataItem]]
StrAny = Mapping[str, Any]
DictStrAny = dict[str, Any]
DictStrStr = dict[str, str]
StrStr = Mapping[str, str]
TAnyDateTime = Any
TFun = Callable[..., Any]
TSecretValue = NewType("TSecretValue", Any)
TSecretStrValue = NewType("TSecretStrValue", str)
TCredentials = Any
TSortOrder = Literal["asc", "desc"]
TIterable = Iterable[Any]
DictStrOptionalStr = dict[str, Optional[str]]
TTableHintTemplate = Union[TDataItem, Callable[[TDataItem], Any]]
TFunHintTemplate = Callable[[TDataItem], Any]
