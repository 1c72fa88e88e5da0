"""Configurations and credentials as classes: fields that are filled from the configuration."""
import contextlib
import dataclasses
import types
import typing

from sluice import _config, exceptions
from sluice.common.typing import TSecretStrValue, TSecretValue


def configspec(cls=None, **_ignored):
    """Makes a class with annotated fields a dataclass whose fields `resolve` can fill."""
    def make(kind):
        return dataclasses.dataclass(kind, repr=False, eq=False)

    return make if cls is None else make(cls)


class NotResolved:
    """In Annotated[…, NotResolved()]: the field is not looked up."""


def _is_optional(hint):
    return typing.get_origin(hint) in (typing.Union, types.UnionType) and type(None) in typing.get_args(hint)


class BaseConfiguration:
    """A dataclass that can be used like a dict and knows which of its fields are missing."""

    __section__ = None

    @classmethod
    def _lookups(cls):
        """{field: (hint, secret)} of the fields that the configuration may have."""
        found = {}
        for field, hint in typing.get_type_hints(cls, include_extras=True).items():
            marks = typing.get_args(hint)[1:] if typing.get_origin(hint) is typing.Annotated else ()
            if field in cls.field_names() and not any(isinstance(mark, NotResolved) for mark in marks):
                found[field] = (hint, any(kind in (TSecretValue, TSecretStrValue) for kind in (hint, *typing.get_args(hint))))
        return found

    @classmethod
    def get_resolvable_fields(cls):
        """{field: type} of what the configuration may have."""
        return {field: hint for field, (hint, _) in cls._lookups().items()}

    @classmethod
    def field_names(cls):
        return [field.name for field in dataclasses.fields(cls)] if dataclasses.is_dataclass(cls) else []

    @classmethod
    def from_init_value(cls, value=None):
        """An object of its fields as a dict, or of a text that stands for it."""
        made = cls()
        if isinstance(value, dict):
            made.update(value)
        elif value is not None:
            made.parse_native_representation(value)
        return made

    def parse_native_representation(self, value):
        raise ValueError(f"{type(self).__name__} cannot be made of a {type(value).__name__}: give its fields {', '.join(self.field_names())}")

    def missing(self):
        """Fields that have no value and need one."""
        return [field for field, (hint, _) in self._lookups().items() if not self._has(field) and not _is_optional(hint)]

    def _has(self, field):
        """It has a value, and not only the mark that one is to be found."""
        value = getattr(self, field, None)
        return value is not None and not isinstance(value, _config._Marker)

    def is_resolved(self):
        return not self.missing()

    def resolve(self, sections=(), accept_partial=False, inner=()):
        """Takes what the configuration has for the fields; ConfigFieldMissingException when a field is still without a value."""
        for field, (hint, secret) in self._lookups().items():
            value, traces = _config.lookup(field, sections, secret, inner)
            if value is not None:
                setattr(self, field, _config.coerce(field, value, hint))
            elif not self._has(field) and not _is_optional(hint) and not accept_partial:
                raise exceptions.ConfigFieldMissingException(type(self).__name__, field, traces, secret)
        self.on_resolved()
        return self

    def on_resolved(self):
        """Called when all fields have their values."""

    def update(self, values):
        for name, value in values.items():
            setattr(self, name, value)

    def keys(self):
        return self.field_names()

    def get(self, name, default=None):
        return getattr(self, name, default) if name in self.field_names() else default

    def __iter__(self):
        return iter(self.field_names())

    def __contains__(self, name):
        return name in self.field_names()

    def __getitem__(self, name):
        if name not in self.field_names():
            raise KeyError(name)
        return getattr(self, name)

    def __setitem__(self, name, value):
        if name not in self.field_names():
            raise KeyError(name)
        setattr(self, name, value)


class CredentialsConfiguration(BaseConfiguration):
    """Fields of which some are secret: they are not shown."""

    __section__ = "credentials"

    def __str__(self):
        return type(self).__name__


@dataclasses.dataclass
class ConfigSectionContext:
    """Where the configuration is looked for."""

    sections: tuple = ()
    pipeline_name: typing.Optional[str] = None
    source_state_key: typing.Optional[str] = None


@contextlib.contextmanager
def inject_section(context, merge_existing=True, **_ignored):
    """Looks below the sections of the context for the time of the block."""
    token = _config.source_sections.set(tuple(context.sections or (_config.source_sections.get() if merge_existing else ())))
    try:
        yield context
    finally:
        _config.source_sections.reset(token)


def resolve_configuration(config, *, sections=None, accept_partial=False, explicit_value=None, **_ignored):
    """Fills a configuration for the source whose function is running; credentials below a section of that name."""
    if isinstance(explicit_value, dict):
        config.update(explicit_value)
    found = tuple(_config.source_sections.get() if sections is None else sections)
    return config.resolve(found, accept_partial, (config.__section__,) if config.__section__ else ())
