"""dlt.common.configuration.inject"""
from sluice._config import with_config  # noqa: F401
