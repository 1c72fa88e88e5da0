"""Settings of the relational normalizer: dicts."""
from typing import Any

RelationalNormalizerConfig = RelationalNormalizerConfigPropagation = dict[str, Any]
