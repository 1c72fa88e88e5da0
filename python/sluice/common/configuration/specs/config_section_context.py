"""dlt.common.configuration.specs.config_section_context: where dlt has it."""
from sluice.common.configuration.specs.base_configuration import ConfigSectionContext  # noqa: F401
