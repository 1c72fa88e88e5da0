"""dlt.common.configuration: what sources use of it."""
import importlib

_PLACES = {"with_config": "sluice._config",
           **dict.fromkeys(("ConfigFieldMissingException", "ConfigurationException", "ConfigurationValueError"), "sluice.exceptions"),
           **dict.fromkeys(("configspec", "inject_section", "known_sections", "resolve_configuration"), "sluice.common.configuration.specs")}


def __getattr__(name):
    if name not in _PLACES:
        raise AttributeError(f"module 'sluice.common.configuration' has no attribute {name!r}")
    return getattr(importlib.import_module(_PLACES[name]), name)
