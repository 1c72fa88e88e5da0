"""The incremental of a function that has a parameter for one: which one a reading takes."""
import copy
import inspect
import types
import typing

from sluice import _config
from sluice.exceptions import ConfigurationValueError
from sluice.extract.incremental import NOT_EMPTY, Incremental

_FROM_CONFIGURATION = ("initial_value", "end_value", "lag", "row_order", "on_cursor_value_missing")


def _is_incremental(annotation):
    if isinstance(annotation, str):
        return "incremental" in annotation.lower() and "IncrementalResourceWrapper" not in annotation
    if typing.get_origin(annotation) in (typing.Union, types.UnionType, typing.Annotated):
        return any(_is_incremental(one) for one in typing.get_args(annotation))
    kind = typing.get_origin(annotation) or annotation
    return isinstance(kind, type) and issubclass(kind, Incremental)


def _kind_of(annotation):
    """incremental[type] of an annotation, or None."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType, typing.Annotated):
        return next(filter(None, map(_kind_of, typing.get_args(annotation))), None)
    return annotation if typing.get_origin(annotation) is Incremental else None


def _may_be_none(parameter):
    if parameter.default is None or parameter.annotation is parameter.empty or isinstance(parameter.annotation, str):
        return True
    return type(None) in typing.get_args(parameter.annotation)


def configured(incremental, sections):
    """[sources.x.y.updated_at] initial_value = …: the incremental with what was not said in the code."""
    if incremental.is_partial() or "." in incremental.cursor_path:
        return incremental
    found = {name: value for name in _FROM_CONFIGURATION if getattr(incremental, name) is None
             and (value := _config.lookup(name, (*sections, incremental.cursor_path))[0]) is not None}
    if not found:
        return incremental
    made = copy.copy(incremental)
    for name, value in found.items():
        setattr(made, name, float(value) if name == "lag" else value)
    made.start_value = made.initial_value
    return made


class IncrementalResourceWrapper:
    """Stands in the pipe where the incremental will be once the function has got it."""

    placement_affinity = Incremental.placement_affinity

    def __init__(self):
        self._incremental = self._of_decorator = self._primary_key = self._bound = None
        self._from_hints = False

    # ---- which functions ----

    @staticmethod
    def get_incremental_arg(sig):
        """The parameter of a signature that takes an incremental, or None."""
        return next((p for p in sig.parameters.values() if isinstance(p.default, Incremental) or _is_incremental(p.annotation)), None)

    @staticmethod
    def should_wrap(sig):
        return IncrementalResourceWrapper.get_incremental_arg(sig) is not None

    @classmethod
    def of_function(cls, function):
        """One for a function that has such a parameter, else None."""
        return cls() if function is not None and cls.should_wrap(inspect.signature(function)) else None

    # ---- which incremental ----

    @property
    def incremental(self):
        """What hints or the decorator say; after a reading, what it had."""
        return self._incremental

    def set_incremental(self, incremental, from_hints=False):
        """What hints say goes over all else; None: nothing is said."""
        if self._from_hints and not from_hints:
            return
        if incremental is not None:
            incremental = Incremental.ensure_instance(incremental)
            self._agree(incremental)
        self._incremental, self._from_hints = incremental, from_hints and incremental is not None

    def say(self, incremental):
        """What the decorator says: for functions that are given none and have none as default."""
        self._of_decorator = Incremental.ensure_instance(incremental)
        self.set_incremental(self._of_decorator)

    def _agree(self, incremental):
        """A key that the incremental has is its own; else it has that of the resource."""
        if self._primary_key is not None:
            incremental.set_deduplication_key(self._primary_key, from_hints=True)
        if incremental.primary_key is not None:
            self._primary_key = incremental.primary_key

    @property
    def primary_key(self):
        return self._primary_key

    @primary_key.setter
    def primary_key(self, value):
        self.set_deduplication_key(value, from_hints=True)

    def set_deduplication_key(self, value, from_hints=True):
        """Hints of the resource do not change a key that was said of the incremental."""
        self._primary_key = value
        if self._incremental is not None:
            self._incremental.set_deduplication_key(value, from_hints)
            self._primary_key = self._incremental.primary_key

    @property
    def allow_external_schedulers(self):
        return self._incremental is not None and self._incremental.allow_external_schedulers

    @property
    def custom_metrics(self):
        return self._incremental.custom_metrics if self._incremental is not None else {}

    # ---- one reading ----

    def take(self, name, parameter, given, sections):
        """The incremental for the parameter, bound for the resource of that name; None: there is none. `given` are the arguments."""
        chosen = self._chosen(parameter, given, sections)
        if chosen is None and given.get(parameter.name, parameter.default) is None and not _may_be_none(parameter):
            raise ConfigurationValueError(f"resource '{name}': the parameter {parameter.name} has no incremental; if it may have none its annotation "
                                          "says so: Optional[…]")
        if chosen is not None:
            self._type(chosen, parameter)
            chosen = configured(chosen, sections)
            self._agree(chosen)
        self._incremental = chosen if chosen is not None or not self._from_hints else self._incremental
        self._bound = None if chosen is None else chosen.bind(types.SimpleNamespace(name=name))
        return self._bound

    def _chosen(self, parameter, given, sections):
        default, value = parameter.default, given.get(parameter.name)
        if Incremental.EMPTY is value or Incremental.EMPTY is default:
            raise ConfigurationValueError(NOT_EMPTY)
        has_default = isinstance(default, Incremental)
        if self._from_hints and self._incremental is not None:
            return default.merge(self._incremental) if self._incremental.is_partial() and has_default else self._incremental
        if isinstance(value, Incremental):
            chosen = default.merge(value) if has_default else value.copy()
        elif has_default and parameter.name not in given:
            chosen = default.copy()
        elif has_default and not isinstance(value, _config._Marker):
            chosen = default.copy()
            chosen.parse_native_representation(value)  # None: begins anew
        else:
            chosen = self._of_configuration(parameter, sections) or (self._of_decorator.copy() if self._of_decorator is not None else None)
        return None if chosen is None or chosen.is_partial() else chosen

    @staticmethod
    def _of_configuration(parameter, sections):
        found = {key: value for key in ("cursor_path", "initial_value", "end_value", "row_order", "lag")
                 if (value := _config.lookup(key, sections, inner=(parameter.name,))[0]) is not None}
        return Incremental(**found) if "cursor_path" in found else None

    @staticmethod
    def _type(incremental, parameter):
        kind = _kind_of(parameter.annotation)
        if kind is not None and not hasattr(incremental, "__orig_class__"):
            incremental.__orig_class__ = kind

    def bind(self, _pipe):
        """The step of the reading that has begun: the incremental that its function has got, or None."""
        return self._bound

    def __call__(self, item, meta=None):
        return item if self._bound is None else self._bound(item, meta)
