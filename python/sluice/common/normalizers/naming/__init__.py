"""dlt.common.normalizers.naming: how names of sources become names of tables and columns."""
from sluice.common.normalizers.naming.snake_case import NamingConvention

SnakeCaseNamingConvention = NamingConvention
