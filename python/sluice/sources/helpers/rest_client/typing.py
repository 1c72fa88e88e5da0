"""Types of requests and hooks."""
from collections.abc import Callable
from typing import Any, Literal, Union

HTTPMethodBasic = Literal["GET", "POST"]
HTTPMethodExtended = Literal["PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
HTTPMethod = Union[HTTPMethodBasic, HTTPMethodExtended]
HookFunction = Callable[..., Any]
HookEvent = Union[HookFunction, list[HookFunction]]
Hooks = dict[str, HookEvent]
