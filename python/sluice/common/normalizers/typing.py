"""Type names of dlt.common.normalizers.typing."""
import types
from typing import Any, Literal, Union

from sluice.common.normalizers.naming import NamingConvention

TNamingConventionReferenceArg = Union[str, type[NamingConvention], types.ModuleType]
TRowIdType = Literal["random", "row_hash", "key_hash"]
TJSONNormalizer = TNormalizersConfig = dict[str, Any]
