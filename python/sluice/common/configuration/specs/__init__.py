"""dlt.common.configuration.specs: configurations as classes."""
from sluice.common.configuration.specs.base_configuration import (BaseConfiguration, ConfigSectionContext, CredentialsConfiguration,  # noqa: F401
                                                                  NotResolved, configspec, inject_section, resolve_configuration)
