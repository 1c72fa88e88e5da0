"""dlt.common.configuration.exceptions: where dlt has them."""
from sluice.exceptions import (ConfigFieldMissingException, ConfigurationException,  # noqa: F401
                               ConfigValueCannotBeCoercedException)
