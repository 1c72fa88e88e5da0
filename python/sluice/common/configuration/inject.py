"""dlt.common.configuration.inject: functions whose arguments come from the configuration."""
import inspect

from sluice._config import with_config  # noqa: F401


def get_fun_spec(f):
    """The class with the fields that the configuration may give to a function, a source or a resource."""
    from sluice.common.reflection.spec import spec_from_signature

    function = inspect.unwrap(f)
    spec = getattr(function, "__SPEC__", None)
    if spec is None:
        spec, _ = spec_from_signature(function, inspect.signature(function))
        set_fun_spec(function, spec)
    return spec


def set_fun_spec(f, spec):
    inspect.unwrap(f).__SPEC__ = spec


def get_fun_last_config(f):
    """What the function was called with last, as an object of its spec; None: it was not called."""
    values = getattr(inspect.unwrap(f), "_dlt_config", None)
    if values is None:
        return None
    config = get_fun_spec(f)()
    config.update({name: value for name, value in values.items() if name in config.field_names()})
    return config
