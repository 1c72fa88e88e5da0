"""@source, @resource, @transformer and @defer."""
import functools
import inspect
from collections import abc

from sluice import _config, exceptions
from sluice._values import is_arrow, is_frame
from sluice.extract import hints as hinting
from sluice.extract import state as states
from sluice.extract.incremental import Incremental
from sluice.extract.pipes import Deferred
from sluice.extract.resource import DltResource, check_name
from sluice.extract.source import DltSource

_registry = {}  # sources by name and by section.name


def _section_of(function):
    """The last part of the module's name, as dlt's sections are made."""
    module = inspect.getmodule(function)
    name = getattr(module, "__source_name__", None) or function.__module__ or ""
    if name == "__main__" and getattr(module, "__file__", None):
        import os

        return os.path.splitext(os.path.basename(module.__file__))[0]
    return name.rsplit(".", 1)[-1]


class SourceFactory:
    """The decorated function: calling it makes a DltSource."""

    def __init__(self, function, name, section, options):
        self._function, self.name, self.section, self._options = function, name, section, options
        self._limit, self._after = None, []
        self.__signature__ = inspect.signature(function)
        functools.update_wrapper(self, function)

    def __call__(self, *args, **kwargs):
        sections = tuple(s for s in ("sources", self.section, self.name) if s)
        try:
            bound = self.__signature__.bind_partial(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{self.name}(): {error}") from None
        _config.inject(self._function, self.__signature__, bound.arguments, sections)
        token = _config.source_sections.set(sections)
        try:
            with states.in_source(self.name):
                made = self._function(*bound.args, **bound.kwargs)
                resources = self._resources(made)
        finally:
            _config.source_sections.reset(token)
        source = DltSource(self.name, self.section, resources, self._options["max_table_nesting"], self._options["root_key"],
                           self._options["schema_contract"])
        if self._options["parallelized"]:
            for resource in source.resources.values():
                if not resource.is_transformer and (resource._function is not None or isinstance(resource._data, abc.Iterator)):
                    resource.parallelize()
        if self._limit is not None:
            source.add_limit(*self._limit[0], **self._limit[1])
        for function in self._after:
            source = function(source)
        return source

    def _resources(self, made):
        if made is None:
            raise exceptions.SourceDataIsNone(self.name)
        if isinstance(made, DltSource):
            return list(made.resources.values())
        if isinstance(made, DltResource):
            return [made]
        if isinstance(made, (dict, str, bytes)) or is_arrow(made) or is_frame(made) or not isinstance(made, abc.Iterable):
            return [resource(made, name=self.name)]
        parts = list(made)
        found = [r for part in parts for r in (part.resources.values() if isinstance(part, DltSource) else [part])]
        if any(isinstance(r, DltResource) for r in found):
            wrong = [r for r in found if not isinstance(r, DltResource)]
            if wrong:
                raise exceptions.InvalidResourceDataType(self.name, f"source '{self.name}' returned {wrong[0]!r} among its resources")
            return found
        return [resource(parts, name=self.name)] if parts else []

    def clone(self, name=None, section=None, **options):
        twin = SourceFactory(self._function, name or self.name, section or self.section, {**self._options, **options})
        twin._limit, twin._after = self._limit, list(self._after)
        return twin

    with_args = clone

    def add_limit(self, *args, **kwargs):
        twin = self.clone()
        twin._limit = (args, kwargs)
        return twin

    def add_postprocessor(self, function):
        twin = self.clone()
        twin._after.append(function)
        return twin

    @classmethod
    def from_reference(cls, ref, **kwargs):
        return from_reference(ref, **kwargs)


def from_reference(ref, **kwargs):
    """A source by name, section.name or import path."""
    factory = _registry.get(ref)
    if factory is None and "." in ref:
        import importlib

        module, _, attribute = ref.rpartition(".")
        try:
            factory = getattr(importlib.import_module(module), attribute)
        except (ImportError, AttributeError):
            factory = None
    if factory is None:
        import difflib

        near = difflib.get_close_matches(ref, list(_registry), n=1)
        raise exceptions.UnknownSourceReference(f"there is no source '{ref}'" + (f"; did you mean {near[0]}?" if near else ""))
    return factory(**kwargs)


def source(func=None, /, name=None, section=None, max_table_nesting=None, root_key=None, schema=None, schema_contract=None, spec=None,
           parallelized=False, _impl_cls=None):
    """Marks a function that returns or yields resources."""
    def wrap(function):
        if isinstance(function, type):
            raise exceptions.SourceIsAClassTypeError(f"@source decorates functions, not the class {function.__name__}")
        if name and schema is not None and name != schema.name:
            raise exceptions.ExplicitSourceNameInvalid(name, schema.name)
        if not callable(function) or isinstance(function, DltResource):
            raise exceptions.SourceNotAFunction(f"@source decorates functions, not {function!r}")
        named = name or getattr(schema, "name", None) or function.__name__.strip("_")
        factory = SourceFactory(function, named, section or _section_of(function), dict(
            max_table_nesting=max_table_nesting, root_key=root_key, schema_contract=schema_contract, parallelized=parallelized))
        _registry[named] = _registry[f"{factory.section}.{named}"] = factory
        return factory

    return wrap if func is None else wrap(func)


source.from_reference = from_reference


def resource(data=None, /, name=None, table_name=None, max_table_nesting=None, write_disposition=None, columns=None, primary_key=None,
             merge_key=None, schema_contract=None, table_format=None, file_format=None, references=None, nested_hints=None, selected=True,
             spec=None, parallelized=False, incremental=None, section=None, data_from=None, standalone=None, _impl_cls=None,
             _base_spec=None):
    """Marks a generator function, or wraps data, whose rows go into one table."""
    hints = dict(table_name=table_name, write_disposition=write_disposition, columns=columns, primary_key=primary_key, merge_key=merge_key,
                 schema_contract=schema_contract, table_format=table_format, file_format=file_format, references=references,
                 nested_hints=nested_hints)
    hinting.check_dynamic({k: v for k, v in hints.items() if v is not None})

    def make(given):
        return _make(given, name, hints, section, selected, parallelized, incremental, max_table_nesting, data_from)

    if data is None:
        return make
    return make(data)


def _make(data, name, hints, section, selected, parallelized, incremental, max_table_nesting, data_from):
    transforms = data_from is not None
    function = data if callable(data) and not isinstance(data, (DltResource, type)) and not hasattr(data, "__iter__") else None
    if isinstance(data, DltResource):
        made = data._clone()
        made.name = name or made.name
        made.merge_hints({k: v for k, v in hints.items() if v is not None})
        return made
    named = name or getattr(data, "__name__", None)
    if named is None:
        raise exceptions.ResourceNameMissing(data)
    shown = named
    if callable(named):
        shown = getattr(data, "__name__", "resource")
    check_name(shown)
    if function is None and (data is None or isinstance(data, (int, float))):
        raise exceptions.InvalidResourceDataTypeBasic(shown, f"resource '{shown}': rows come from generators, lists, frames or functions, not from "
                                                 f"{type(data).__name__}")
    around = _config.source_sections.get()  # resources of a source are configured in its section
    section = section or (around[1] if len(around) == 3 else _section_of(function) if function else None)
    made = DltResource(shown, None if function else data, function, None, hints, section,
                       selected, parallelized, spec_name=named, source_name=states.current_source(), is_transformer=transforms,
                       max_table_nesting=max_table_nesting)
    if incremental is not None:
        made._incremental = Incremental(**incremental) if isinstance(incremental, dict) else incremental
    if transforms and data_from is not DltResource.Empty:
        made.pipe_data_from(data_from)
    return made


def transformer(f=None, /, data_from=DltResource.Empty, name=None, **options):
    """Marks a function whose first argument is a page of another resource."""
    def make(function):
        if not callable(function):
            raise exceptions.InvalidTransformerDataTypeGeneratorFunctionRequired(
                str(name), f"a transformer is a function, not {type(function).__name__}")
        if not [p for p in inspect.signature(function).parameters.values() if p.kind is not p.KEYWORD_ONLY]:
            raise exceptions.InvalidTransformerDataTypeGeneratorFunctionRequired(
                name or function.__name__, f"transformer '{function.__name__}' has no parameter for the rows that it gets")
        return resource(function, name=name, data_from=data_from, **options)

    return make if f is None else make(f)


def defer(function):
    """Calls of the function are made by threads, several at once."""
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return Deferred(function, args, kwargs)

    return wrapper
