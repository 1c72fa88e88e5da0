"""dlt.common.normalizers.naming: how names of sources become names of tables and columns."""
from sluice.common.normalizers.naming.naming import NamingConvention
from sluice.common.normalizers.naming.snake_case import NamingConvention as SnakeCaseNamingConvention

__all__ = ["NamingConvention", "SnakeCaseNamingConvention"]
