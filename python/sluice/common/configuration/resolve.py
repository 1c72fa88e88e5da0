"""dlt.common.configuration.resolve: where dlt has them."""
from sluice.common.configuration.specs.base_configuration import inject_section, resolve_configuration  # noqa: F401
