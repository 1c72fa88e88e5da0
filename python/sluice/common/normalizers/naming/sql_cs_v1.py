"""Names that SQL databases take without quotes, with their capitals."""
from sluice.common.normalizers.naming.naming import EngineConvention


class NamingConvention(EngineConvention):
    """Letters, digits and single _, case sensitive."""

    _engine_name = "sql_cs_v1"
    is_case_sensitive = True
