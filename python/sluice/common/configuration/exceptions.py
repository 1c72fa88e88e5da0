"""dlt.common.configuration.exceptions: where dlt has them."""
from sluice.exceptions import (ConfigFieldMissingException, ConfigurationException, ConfigurationValueError,  # noqa: F401
                               ConfigValueCannotBeCoercedException)
