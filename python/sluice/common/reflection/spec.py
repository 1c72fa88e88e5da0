"""Configuration classes that are made of the signatures of functions: which of their arguments the configuration may give."""
import dataclasses
import inspect
import re
import typing

from sluice import _config
from sluice.common.configuration.specs.base_configuration import BaseConfiguration, configspec
from sluice.common.typing import TSecretValue

_PLAIN = (str, int, float, bool, list, dict, tuple)


def get_spec_name_from_f(f, kind="Configuration"):
    """outer.<locals>.my_source -> OuterMySourceConfiguration"""
    name = getattr(f, "__qualname__", type(f).__name__).replace("<locals>.", "")
    return "".join(part[0].upper() + part[1:] for part in re.split(r"[._]+", name) if part) + kind


def _hint_of(parameter, hint):
    """The type of a field: a secret one, optional where None is the default, else as the default's."""
    default = parameter.default
    if hint is inspect.Parameter.empty:
        hint = typing.Any if default is None or isinstance(default, _config._Marker) else type(default)
    if default is _config.SECRET_VALUE and hint is not TSecretValue:
        return TSecretValue if hint is typing.Any else typing.Annotated[hint, TSecretValue]
    return typing.Optional[hint] if default is None else hint


def spec_from_signature(f, sig, include_defaults=True, base=BaseConfiguration):
    """(class, {name: default}) of the arguments that have defaults, the marks config.value and secrets.value among them."""
    hints, annotations, fields = _config._hints_of(f), {}, {}
    for name, parameter in sig.parameters.items():
        default, marked = parameter.default, isinstance(parameter.default, _config._Marker)
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD) or name in ("self", "cls") or default is parameter.empty:
            continue
        if not marked and (not include_defaults or not (default is None or isinstance(default, _PLAIN))):
            continue
        annotations[name] = _hint_of(parameter, hints.get(name, parameter.annotation))
        fields[name] = None if marked else default
    members = {name: dataclasses.field(default_factory=lambda value=value: value.copy()) if isinstance(value, (list, dict)) else value
               for name, value in fields.items()}
    kind = type(get_spec_name_from_f(f), (base,), {**members, "__module__": getattr(f, "__module__", None), "__annotations__": annotations})
    return configspec(kind), fields
