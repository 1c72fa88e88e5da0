"""Names as they come, but for quotes and line ends."""
from sluice.common.normalizers.naming.naming import EngineConvention


class NamingConvention(EngineConvention):
    """Case sensitive; ▶ parts the names of a path."""

    PATH_SEPARATOR = "▶"
    _engine_name = "direct"
    is_case_sensitive = True
