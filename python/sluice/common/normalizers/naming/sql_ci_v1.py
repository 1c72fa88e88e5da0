"""Names that SQL databases take without quotes, in lower case."""
from sluice.common.normalizers.naming.naming import EngineConvention


class NamingConvention(EngineConvention):
    """Letters, digits and single _, lower case."""

    _engine_name = "sql_ci_v1"
