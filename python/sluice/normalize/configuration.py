"""Settings of normalizing."""
import typing

from sluice.common.configuration.specs import BaseConfiguration, NotResolved, configspec
from sluice.common.destination.capabilities import DestinationCapabilitiesContext


@configspec
class NormalizeConfiguration(BaseConfiguration):
    """What the destination can do decides the names; None: no destination in particular."""

    destination_capabilities: typing.Annotated[typing.Optional[DestinationCapabilitiesContext], NotResolved()] = None

    def on_resolved(self):
        if self.destination_capabilities is None:
            self.destination_capabilities = DestinationCapabilitiesContext.current()
