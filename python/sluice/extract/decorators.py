"""@source, @resource, @transformer and @defer."""
import functools
import inspect
from typing import Callable

from sluice import exceptions
from sluice.extract import hints as hinting
from sluice.extract import state as states
from sluice.extract.factory import SingleSource as _DltSingleSource  # noqa: F401  (by dlt's names)
from sluice.extract.factory import SourceFactory as DltSourceFactoryWrapper  # noqa: F401
from sluice.extract.factory import SingleSourceFactory, SourceFactory, from_reference, is_inner, name_of, section_of
from sluice.extract.arguments import check_transformer
from sluice.extract.concurrency import Deferred
from sluice.extract.pipe import Pipe
from sluice.extract.resource import DltResource
from sluice.extract.utils import check_name, dynstr


def source(func=None, /, name=None, section=None, max_table_nesting=None, root_key=None, schema=None, schema_contract=None, spec=None,
           parallelized=False, _impl_cls=None):
    """Marks a function that returns or yields resources."""
    if name and schema is not None:
        raise exceptions.ArgumentsOverloadException("a source with a schema has its name: leave `name` away", source.__name__)
    options = dict(name=name, section=section, max_table_nesting=max_table_nesting, root_key=root_key, schema=schema,
                   schema_contract=schema_contract, spec=spec, parallelized=parallelized)

    def wrap(function):
        return SourceFactory(function, options, _impl_cls).registered()

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

    more = dict(selected=selected, parallelized=parallelized, max_table_nesting=max_table_nesting, spec=spec, impl_cls=_impl_cls)

    def make(given):
        return _make(given, name, hints, section, incremental, data_from, more)

    if data is None:
        return make
    return make(data)


def _make(data, name, hints, section, incremental, data_from, more):
    transforms = data_from is not None
    function = data if callable(data) and not isinstance(data, (DltResource, type)) and not hasattr(data, "__iter__") else None
    if isinstance(data, DltResource):
        made = data._clone(name)
        made.merge_hints({k: v for k, v in hints.items() if v is not None})
        return made
    if data is None:
        raise exceptions.ResourceFunctionExpected(str(name), "resource() was given None: it takes a function, a generator, or rows")
    shown = (name_of(function) if function else getattr(data, "__name__", None)) if name is None or callable(name) else name
    if shown is None:
        raise exceptions.ResourceNameMissing(data)
    check_name(shown)
    if isinstance(data, (int, float)):
        raise exceptions.InvalidResourceDataTypeBasic(shown, f"resource '{shown}': rows come from generators, lists, frames or functions, not from "
                                                 f"{type(data).__name__}")
    if section is None or callable(section):
        place = function or getattr(data, "gi_frame", None)
        section = section, section_of(place) if place is not None else None
    else:
        section = None, section
    parent = DltResource.Empty._pipe if transforms else None
    pipe = Pipe.from_data(dynstr(shown, name) if callable(name) else shown, data, parent)
    made = (more["impl_cls"] or DltResource)(pipe, hints, more["selected"], section=section[1])
    made.max_table_nesting = more["max_table_nesting"]
    if more["parallelized"]:
        made.parallelize()
    made._spec, made._spec_section = more["spec"], section[0]
    if incremental is not None:
        made.set_incremental(incremental, from_hints=False)
    if transforms and data_from is not DltResource.Empty:
        made.pipe_data_from(data_from)
    if function is not None and not is_inner(function):
        made._factory = SingleSourceFactory(made, {"name": None if callable(name) else shown}).registered()
    return made


def transformer(f=None, /, data_from=DltResource.Empty, name=None, **options):
    """Marks a function whose first argument is a page of another resource."""
    def make(function):
        check_transformer(name, function)
        return resource(function, name=name, data_from=data_from, **options)

    return make if f is None else make(f)


def defer(function):
    """Calls of the function are made by threads, several at once."""
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return Deferred(function, args, kwargs)

    signature = inspect.signature(function)
    if signature.return_annotation is not inspect.Signature.empty:
        wrapper.__signature__ = signature.replace(return_annotation=Callable[[], signature.return_annotation])
    return wrapper
