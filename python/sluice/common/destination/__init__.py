"""dlt.common.destination: destinations, and what they promise."""
from sluice.common.destination.capabilities import DestinationCapabilitiesContext  # noqa: F401
from sluice.destinations import Destination  # noqa: F401
