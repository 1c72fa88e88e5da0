"""What the function of a resource is called with: what it was given, its incremental, and the configuration."""
import inspect
from collections import abc

from sluice import _config, exceptions
from sluice.extract.concurrency import Deferred
from sluice.extract.incremental import Incremental
from sluice.extract.incremental.wrapper import IncrementalResourceWrapper
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
        """What the function returned; of a transformer the step that calls the function."""
        function, bound = self._split(gen)[0], self._arguments(gen)
        if not transforms:
            made = function(*bound.args, **bound.kwargs)
            if made is None:
                raise exceptions.InvalidResourceDataTypeIsNone(self.name, f"resource '{self.name}': its function returned nothing; yield rows, or "
                                                               "return an empty list if there are none")
            return made
        return _step_of(function, bound, self._pipe.parallelized)

    def _arguments(self, gen):
        """Arguments of the function, incremental and configuration included."""
        function = self._split(gen)[0]
        signature, bound = self._given(gen)
        given, wrapper = bound.arguments, self._pipe.get_by_type(IncrementalResourceWrapper)
        if wrapper is not None:
            parameter = wrapper.get_incremental_arg(signature)
            taken = wrapper.take(self.name, parameter, given, self._sections())
            if taken is not None or parameter.name in given or isinstance(parameter.default, Incremental):
                given[parameter.name] = taken
        _config.inject(function, signature, given, self._sections(), skip=set(given), spec=self._spec)
        missing = [p.name for p in self._free(signature) if p.name not in given and p.default is p.empty and p.kind in _NAMED]
        if missing:
            raise exceptions.ParametrizedResourceUnbound(self.name, name_of(function), signature,
                                                         "transformer" if self.is_transformer else "resource", f"it wants {', '.join(missing)}")
        return bound

    # ---- incremental ----

    @property
    def incremental(self):
        """The step that lets through what is new, or the place of one in functions that have a parameter for it."""
        return self._pipe.get_by_type(IncrementalResourceWrapper, Incremental)

    def set_incremental(self, incremental, from_hints=True):
        """Only what is new goes on; EMPTY or None: everything. from_hints=False: functions may be given another one."""
        incremental = None if incremental is None or incremental is Incremental.EMPTY else Incremental.ensure_instance(incremental)
        place = self.incremental
        if isinstance(place, IncrementalResourceWrapper):
            place.set_incremental(incremental, from_hints=True) if from_hints else place.say(incremental)
            return incremental
        self._pipe.remove_by_type(Incremental)
        if incremental is not None:
            self.add_step(incremental)
            self._tell_key()
        return incremental

    def _take_incremental(self):
        """A place for the incremental that the function wants, and the one that the hints have."""
        place = IncrementalResourceWrapper.of_function(self._function)
        if place is not None and self.incremental is None:
            self._pipe.append_step(place)
            self._tell_key()
        if self._hints.get("incremental") is not None:
            self.set_incremental(self._hints["incremental"])

    def _tell_key(self):
        if self._hints.get("primary_key") is not None:
            self.incremental.set_deduplication_key(self._hints["primary_key"], from_hints=True)


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
