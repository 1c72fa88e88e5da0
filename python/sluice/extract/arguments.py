"""What the function of a resource is called with: what it was given, its incremental, and the configuration."""
import copy
import inspect
from collections import abc

from sluice import _config, exceptions
from sluice.extract.concurrency import Deferred
from sluice.extract.incremental import Incremental
from sluice.extract.pipe import BoundCall, is_function, is_single, name_of

_NAMED = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class Arguments:
    """The part of DltResource that completes the head of its pipe."""

    @property
    def _function(self):
        """What makes the rows, if it is a function."""
        return self._split(None if self._pipe.is_empty else self._pipe.gen)[0]

    @staticmethod
    def _split(gen):
        """(function, args, kwargs) of a head."""
        if isinstance(gen, BoundCall):
            return gen.function, gen.args, gen.kwargs
        return gen if is_function(gen) else None, (), {}

    @property
    def signature(self):
        return inspect.signature(self._function) if self._function is not None else None

    def _free(self, signature):
        """Parameters that rows do not fill: a transformer's first is the page, its `meta` what was said of it."""
        parameters = list(signature.parameters.values())
        return [p for p in parameters[1:] if p.name != "meta"] if self.is_transformer else parameters

    def _given(self, gen):
        function, args, kwargs = self._split(gen)
        signature = inspect.signature(function)
        return signature, signature.bind_partial(*((None,) if self.is_transformer else ()), *args, **kwargs)

    @property
    def requires_args(self):
        """True when a parameter has neither a value nor a default."""
        if self._function is None:
            return False
        signature, bound = self._given(self._pipe.gen)
        return any(p.default is p.empty and p.name not in bound.arguments and p.kind in _NAMED for p in self._free(signature))

    @property
    def explicit_args(self):
        """What it was called with."""
        if self._function is None:
            return {}
        given = dict(self._given(self._pipe.gen)[1].arguments)
        return dict(list(given.items())[1:]) if self.is_transformer else given

    def _sections(self):
        """Where its arguments are in the configuration: in the section of the source that is read, else in its own."""
        around = _config.source_sections.get()
        section = around[1] if len(around) == 3 and around[0] == "sources" and around[1] else self.section
        return tuple(s for s in ("sources", section, self._spec_name if type(self._spec_name) is str else str(self.name)) if s)

    # ---- for one reading ----

    def complete(self, gen, transforms):
        """(what the function returned, bound incremental); (step that calls the function, bound incremental) of a transformer."""
        function = self._split(gen)[0]
        bound, incremental = self._arguments(gen)
        incremental = incremental or self.hinted_incremental()
        if not transforms:
            made = function(*bound.args, **bound.kwargs)
            if made is None:
                raise exceptions.InvalidResourceDataTypeIsNone(self.name, f"resource '{self.name}': its function returned nothing; yield rows, or "
                                                               "return an empty list if there are none")
            return made, incremental
        return _step_of(function, bound, self._pipe.parallelized), incremental

    def _arguments(self, gen):
        """Arguments of the function, incremental and configuration included; and the bound incremental."""
        function = self._split(gen)[0]
        signature, bound = self._given(gen)
        given, incremental = bound.arguments, None
        for parameter in self._free(signature):
            value = self._as_incremental(parameter, given.get(parameter.name, parameter.default))
            if isinstance(value, Incremental):
                default = parameter.default
                if parameter.name in given and isinstance(default, Incremental) and value is not default:
                    value = default.merge(value)
                if value.cursor_path is None:
                    given[parameter.name] = None
                    continue
                if self._incremental is not None:
                    value = value.merge(self._incremental)
                incremental = self._configured(value).bound(self.name, self._hints.get("primary_key"))
                given[parameter.name] = incremental
            elif parameter.name in given or parameter.default is parameter.empty:
                continue
            elif self._incremental is not None and "incremental" in str(parameter.annotation).lower():
                incremental = self._configured(self._incremental).bound(self.name, self._hints.get("primary_key"))
                given[parameter.name] = incremental
        _config.inject(function, signature, given, self._sections(), skip=set(given), spec=self._spec)
        missing = [p.name for p in self._free(signature) if p.name not in given and p.default is p.empty and p.kind in _NAMED]
        if missing:
            raise exceptions.ParametrizedResourceUnbound(self.name, name_of(function), signature,
                                                         "transformer" if self.is_transformer else "resource", f"it wants {', '.join(missing)}")
        return bound, incremental

    # ---- incremental ----

    def _own_incremental(self):
        """The incremental that is a default or an argument of the function."""
        given = self.explicit_args
        for parameter in self._free(self.signature) if self._function is not None else ():
            value = given.get(parameter.name, parameter.default)
            if isinstance(value, Incremental):
                return value
        return self._hints.get("incremental") if isinstance(self._hints.get("incremental"), Incremental) else None

    def _as_incremental(self, parameter, value):
        """A plain value is where an incremental begins; a missing one may stand in the configuration."""
        default, name = parameter.default, parameter.name
        if isinstance(default, Incremental) and value is not None and not isinstance(value, Incremental):
            return default.merge(Incremental(initial_value=value))
        wanted = (value is None or isinstance(value, _config._Marker)) and "incremental" in str(parameter.annotation).lower()
        if wanted and self._incremental is None:
            fields = {key: found for key in ("cursor_path", "initial_value", "end_value", "row_order", "lag")
                      if (found := _config.lookup(key, self._sections(), inner=(name,))[0]) is not None}
            if "cursor_path" in fields:
                return Incremental(**fields)
        return value

    def _configured(self, incremental):
        """[sources.x.y.updated_at] initial_value = …"""
        sections = tuple(s for s in ("sources", self.section, self.name, incremental.cursor_path) if s)
        changes = {}
        for key in ("initial_value", "end_value", "lag", "row_order", "on_cursor_value_missing"):
            if getattr(incremental, key) is None:
                place, _ = _config.lookup(key, sections[:2] + sections[-2:]) if "." not in incremental.cursor_path else (None, ())
                if place is not None:
                    changes[key] = place
        if not changes:
            return incremental
        made = copy.copy(incremental)
        for key, value in changes.items():
            setattr(made, key, float(value) if key == "lag" else value)
        made.start_value = made.initial_value
        return made

    def hinted_incremental(self):
        """The incremental of the hints, bound."""
        given = self._incremental or self._hints.get("incremental")
        if given is None or given.cursor_path is None:
            return None
        return self._configured(given).bound(self.name, self._hints.get("primary_key"))


def check_transformer(name, function):
    """A transformer is a function whose first argument, which may be given by its place, is the page."""
    if not callable(function):
        raise exceptions.InvalidTransformerDataTypeGeneratorFunctionRequired(str(name), f"a transformer is a function, not {type(function).__name__}")
    signature = inspect.signature(function)
    parameters = list(signature.parameters.values())
    if not parameters:
        code = 1
    elif sum(p.kind is p.POSITIONAL_ONLY for p in parameters) > 1:
        code = 2
    else:
        code = 0 if parameters[0].kind in (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD) else 3
    if code:
        raise exceptions.InvalidTransformerGeneratorFunction(str(name or name_of(function)), name_of(function), signature, code)


def _step_of(function, bound, in_threads):
    """Calls a transformer for a page with the arguments that it has; in_threads: in those of the pool."""
    given = bound.arguments
    page_name = next(iter(bound.signature.parameters))
    says_meta = "meta" in bound.signature.parameters and page_name != "meta" and "meta" not in given
    given.pop(page_name, None)
    in_threads = in_threads and not inspect.isgeneratorfunction(function)

    def transform(item, meta=None):
        given[page_name] = item
        if says_meta:
            given["meta"] = meta
        args, kwargs = bound.args, bound.kwargs
        if in_threads:
            return Deferred(function, args, kwargs)
        made = function(*args, **kwargs)
        if isinstance(made, abc.Iterable) and not isinstance(made, (list, tuple, abc.Iterator)) and not is_single(made):
            return iter(made)  # a set, a range, …
        return made

    return transform
