"""What @source makes of a function: an object that makes sources, knows its options, and can be found by reference."""
import contextlib
import functools
import inspect
import os
from collections import abc

from sluice import _config, exceptions
from sluice._values import is_arrow, is_frame
from sluice.extract import state as states
from sluice.extract.concurrency import Deferred
from sluice.extract.reference import SourceReference
from sluice.extract.resource import DltResource
from sluice.extract.source import DltSource

_OPTIONS = ("name", "section", "max_table_nesting", "root_key", "schema", "schema_contract", "spec", "parallelized")


def section_of(function):
    """The last part of the module's name, or what the module calls itself for its configuration."""
    module = inspect.getmodule(function)
    name = getattr(module, "__source_name__", None) or getattr(module, "__name__", None) or getattr(function, "__module__", None) or ""
    if name == "__main__" and getattr(module, "__file__", None):
        return os.path.splitext(os.path.basename(module.__file__))[0]
    return name.rsplit(".", 1)[-1]


def name_of(function):
    return getattr(function, "__name__", None) or type(function).__name__


def is_inner(function):
    """Made inside of another function: such ones cannot be imported."""
    return "<locals>" in getattr(function, "__qualname__", "")


def resources_of(name, made):
    """The resources in whatever the function of a source returns."""
    from sluice.extract.decorators import resource

    if isinstance(made, Deferred):
        made = made()
    if made is None:
        raise exceptions.SourceDataIsNone(name)
    if isinstance(made, DltSource):
        return list(made.resources.values())
    if isinstance(made, DltResource):
        return [made]
    if isinstance(made, (dict, str, bytes)) or is_arrow(made) or is_frame(made) or not isinstance(made, abc.Iterable):
        return [resource(made, name=name)]
    parts = list(made)
    found = [r for part in parts for r in (part.resources.values() if isinstance(part, DltSource) else [part])]
    if not any(isinstance(r, DltResource) for r in found):
        return [resource(parts, name=name)] if parts else []
    by_name = {}
    for one in found:
        if not isinstance(one, DltResource):
            raise exceptions.InvalidResourceDataType(name, f"source '{name}' returned {one!r} among its resources")
        if by_name.setdefault(one.name, one) is not one:
            raise exceptions.InvalidResourceDataTypeMultiplePipes(
                name, f"source '{name}' returned two resources '{one.name}': give one of them another name by with_name()")
    return list(by_name.values())


class Planned:
    """The schema of a source while its function runs. A new one is only made when somebody asks for it: most do not."""

    def __init__(self, name, make):
        self.name = name
        self.made = make() if make is not None else None if name.isidentifier() else self.schema

    @property
    def schema(self):
        from sluice.schema import Schema

        self.made = self.__dict__.get("made") or Schema(self.name)
        return self.made


class SourceFactory:
    """The decorated function: calling it makes a DltSource."""

    def __init__(self, function, options, impl_cls=None):
        if isinstance(function, type):
            raise exceptions.SourceIsAClassTypeError(f"@source decorates functions, not the class {function.__name__}")
        if not callable(function) or isinstance(function, DltResource):
            raise exceptions.SourceNotAFunction(f"@source decorates functions, not {function!r}")
        name, schema = options.get("name"), options.get("schema")
        if name and schema is not None and name != schema.name:
            raise exceptions.ExplicitSourceNameInvalid(name, schema.name)
        self._function, self._options, self._impl_cls = function, {key: options.get(key) for key in _OPTIONS}, impl_cls or DltSource
        self._limit, self._after, self.ref = None, [], None
        functools.update_wrapper(self, function)
        self.__signature__ = inspect.signature(function).replace(return_annotation=self._impl_cls)

    @property
    def name(self):
        return self._options["name"] or name_of(self._function)

    @property
    def section(self):
        return self._options["section"] or section_of(self._function)

    def __getattr__(self, name):
        if name in _OPTIONS and "_options" in self.__dict__:
            return self._options[name]
        raise AttributeError(f"{type(self).__name__} has no attribute '{name}'")

    def registered(self):
        """Can be found by the place of its function from now on."""
        self.ref = SourceReference(f"{self._function.__module__}.{getattr(self._function, '__qualname__', self.name)}", self)
        if not is_inner(self._function):
            SourceReference.register(self.ref)
        return self

    # ---- making sources ----

    def __call__(self, *args, **kwargs):
        try:
            inspect.signature(self._function).bind_partial(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{self.name}(): {error}") from None
        source = self._awaited(args, kwargs) if inspect.iscoroutinefunction(self._function) else self._made(args, kwargs)
        for function in self._after:
            source = function(source)
        return source

    def _made(self, args, kwargs):
        schema, sections = self._schema(), ("sources", self.section, self.name)
        bound = self._injected(args, kwargs, sections)
        with states.making(schema, sections):
            return self._finished(schema, self._function(*bound.args, **bound.kwargs))

    async def _awaited(self, args, kwargs):
        schema, sections = self._schema(), ("sources", self.section, self.name)
        bound = self._injected(args, kwargs, sections)
        with states.making(schema, sections):
            return self._finished(schema, await self._function(*bound.args, **bound.kwargs))

    def _injected(self, args, kwargs, sections):
        signature = inspect.signature(self._function)
        bound = signature.bind_partial(*args, **kwargs)
        _config.inject(self._function, signature, bound.arguments, tuple(s for s in sections if s), spec=self._options["spec"])
        return bound

    def _schema(self):
        """The schema of one source: a copy of the given one, the one in a file beside the function's module, or a new one."""
        given = self._options["schema"]
        if given is not None:
            return Planned(given.name, lambda: given.clone(remove_processing_hints=True))
        path = _schema_file(self._function, self.name)
        return Planned(self.name, (lambda: _read_schema(path)) if path is not None else None)

    def _finished(self, schema, made):
        options = self._options
        source = self._impl_cls(schema.made or schema.name, self.section, resources_of(schema.name, made))
        source._factory = self
        source.schema_contract = options["schema_contract"]
        if options["root_key"] is not None:
            source.root_key = options["root_key"]
        if options["max_table_nesting"] is not None:
            source.max_table_nesting = options["max_table_nesting"]
        if options["parallelized"]:
            for resource in source.resources.values():
                with contextlib.suppress(exceptions.InvalidParallelResourceDataType):
                    resource.parallelize()
        if self._limit is not None:
            source.add_limit(*self._limit[0], **self._limit[1])
        return source

    # ---- other options ----

    def clone(self, **options):
        """The same function with other options."""
        impl_cls = options.pop("_impl_cls", None) or self._impl_cls
        unknown = set(options) - set(_OPTIONS)
        if unknown:
            raise TypeError(f"clone() has no option {', '.join(sorted(unknown))}; there are {', '.join(_OPTIONS)}")
        given = {key: value for key, value in options.items() if value is not None}
        twin = self._twin({**self._options, **given}, impl_cls)
        twin._limit, twin._after, twin.ref = self._limit, list(self._after), self.ref
        return twin

    def _twin(self, options, impl_cls):
        return type(self)(self._function, options, impl_cls)

    with_args = clone

    def add_limit(self, *args, **kwargs):
        twin = self.clone()
        twin._limit = (args, kwargs)
        return twin

    def add_postprocessor(self, function):
        """Calls function(source) -> source with each source that is made."""
        self._after.append(function)
        return self

    @classmethod
    def from_reference(cls, ref, **kwargs):
        return from_reference(ref, **kwargs)


def from_reference(ref, **kwargs):
    """A source by name, section.name or import path, made with these arguments."""
    return SourceReference.find(ref)(**kwargs)


def _schema_file(function, name):
    """<name>.schema.yaml or .json in the folder of the function's module."""
    folder = os.path.dirname(getattr(inspect.getmodule(function), "__file__", None) or "")
    paths = (os.path.join(folder, f"{name}.schema.{ending}") for ending in ("json", "yaml", "yml"))
    return next((path for path in paths if folder and os.path.isfile(path)), None)


def _read_schema(path):
    import json

    from sluice import _engine
    from sluice.schema import Schema

    with open(path, encoding="utf-8") as file:
        stored = json.loads(_engine.schema_read(file.read(), not path.endswith("json")))
    return Schema.from_dict(stored, remove_processing_hints=True)


# ---- single resources ----


class SingleSource(DltSource):
    """The source around a resource that was looked for by reference."""

    @property
    def single_resource(self):
        return next(iter(self.resources.values()))


class SingleSourceFactory(SourceFactory):
    """Makes sources of a resource at the top of a module; arguments are the resource's."""

    def __init__(self, resource, options, impl_cls=None):
        self._resource = resource
        super().__init__(resource._function, options, SingleSource)

    def _twin(self, options, impl_cls):
        return type(self)(self._resource, options, impl_cls)

    @property
    def section(self):
        return self._options["section"] or self._resource.section

    def __call__(self, *args, **kwargs):
        options = self._options
        resource = self._resource
        if options["name"] or options["section"]:
            resource = resource.with_name(options["name"] or resource.name, options["section"])
        resource = resource(*args, **kwargs)
        if options["max_table_nesting"] is not None:
            resource.max_table_nesting = options["max_table_nesting"]
        if options["schema_contract"] is not None:
            resource.apply_hints(schema_contract=options["schema_contract"])
        if options["parallelized"] and not resource.is_transformer:
            resource.parallelize()
        source = SingleSource(resource.name, resource.section, [resource])
        source._factory, source.root_key = self, options["root_key"]
        for function in self._after:
            source = function(source)
        return source
