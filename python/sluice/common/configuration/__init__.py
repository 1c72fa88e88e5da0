"""dlt.common.configuration: what sources use of it."""
from sluice._config import with_config  # noqa: F401
from sluice.common.configuration.specs import configspec, inject_section, known_sections, resolve_configuration  # noqa: F401
from sluice.exceptions import ConfigFieldMissingException, ConfigurationException, ConfigurationValueError  # noqa: F401
