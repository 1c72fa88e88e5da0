"""dlt.common.configuration.specs: configurations as classes."""
from sluice.common.configuration.specs import known_sections  # noqa: F401
from sluice.common.configuration.specs.base_configuration import (BaseConfiguration, ConfigSectionContext, CredentialsConfiguration,  # noqa: F401
                                                                  NotResolved, configspec, inject_section, resolve_configuration)


def __getattr__(name):
    """dlt has the credentials here, too."""
    if name.endswith("Credentials"):
        from sluice.sources import credentials

        return getattr(credentials, name)
    raise AttributeError(f"module 'sluice.common.configuration.specs' has no attribute {name!r}")
