"""dlt.sources.config"""
from sluice._config import with_config  # noqa: F401
from sluice.common.configuration.specs import configspec  # noqa: F401
