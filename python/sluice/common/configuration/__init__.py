"""dlt.common.configuration: what sources use of it."""
from sluice._config import with_config  # noqa: F401
from sluice.exceptions import ConfigFieldMissingException, ConfigurationException  # noqa: F401


def configspec(cls=None, **_ignored):
    """A dataclass; its fields are filled by who makes it."""
    import dataclasses

    def make(kind):
        return dataclasses.dataclass(kind)

    return make if cls is None else make(cls)
