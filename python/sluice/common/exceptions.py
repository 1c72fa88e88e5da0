"""dlt.common.exceptions: where dlt has them."""
from sluice.exceptions import *  # noqa: F401,F403
