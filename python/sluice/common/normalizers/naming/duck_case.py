"""Names as DuckDB takes them: all but double quotes and line ends."""
from sluice.common.normalizers.naming.naming import EngineConvention


class NamingConvention(EngineConvention):
    """Case sensitive, runs of _ as one."""

    _engine_name = "duck_case"
    is_case_sensitive = True
