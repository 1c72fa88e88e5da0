"""What run() accepts: sources, resources, data, and the objects of the real dlt."""
import contextlib

from sluice import exceptions, mark
from sluice._streams import read_now
from sluice._values import is_arrow, is_frame
from sluice.dataset import Relation
from sluice.extract import state as states
from sluice.extract.decorators import SourceFactory, from_reference, resource
from sluice.extract.pipe import Pipe
from sluice.extract.resource import DltResource
from sluice.extract.source import DltSource


def sources_of(data, pipeline, table_name=None):
    """A list of sources with everything in `data`."""
    name = pipeline.default_schema_name
    if isinstance(data, str):
        data = from_reference(data)
    if isinstance(data, SourceFactory):
        data = data()
    if _is_real(data):
        return [_adapted(data, name)]
    if isinstance(data, DltSource):
        return [data]
    if isinstance(data, DltResource):
        return [DltSource(name, None, [data])]
    if isinstance(data, (list, tuple)) and data and all(isinstance(d, (DltSource, DltResource, SourceFactory)) or _is_real(d) for d in data):
        loose = [d for d in data if isinstance(d, DltResource)]
        found = [s for d in data if not isinstance(d, DltResource) for s in sources_of(d, pipeline)]
        return found + ([DltSource(name, None, loose)] if loose else [])
    named = table_name or getattr(data, "__name__", None)
    if named is None:
        raise exceptions.TableNameMissing("run() got data without a name: say table_name='…', or decorate it with resource")
    if isinstance(data, dict) and not (is_arrow(data) or is_frame(data)):
        data = [data]
    if isinstance(data, Relation) and data.location == pipeline.dataset_location:
        data = read_now(data)  # the load writes where it would read
    return [DltSource(name, None, [resource(data, name=named)])]


# ---- the real dlt ----


def _is_real(data):
    module = type(data).__module__
    return module.startswith("dlt.") and hasattr(data, "__iter__") and (hasattr(data, "resources") or hasattr(data, "compute_table_schema"))


_KEPT = ("write_disposition", "schema_contract", "table_format", "file_format", "references")


def _adapted(data, name):
    """A source that reads one of the real dlt by dlt's own pipes; incremental and other state lives in ours."""
    from dlt.common.schema import Schema
    from dlt.extract.source import DltSource as RealSource

    real = data if hasattr(data, "resources") else RealSource(Schema(name), "", [data])
    return DltSource(real.name, None, [DltResource(Pipe.from_data(f"{real.name}_of_dlt", lambda: _read(real)))])


def _read(real):
    """Pages with the hints of their resources."""
    from dlt.common.configuration import inject_section
    from dlt.common.configuration.container import Container
    from dlt.common.configuration.specs.config_section_context import ConfigSectionContext
    from dlt.common.pipeline import StateInjectableContext
    from dlt.extract.decorators import SourceSchemaInjectableContext
    from dlt.extract.pipe_iterator import PipeIterator

    resources = {resource._pipe.name: resource for resource in real.resources.selected.values()}
    container, known, silent = Container(), {}, dict(resources)
    with contextlib.ExitStack() as stack:
        stack.enter_context(container.injectable_context(StateInjectableContext(state={"sources": states.state()["sources"]})))
        stack.enter_context(container.injectable_context(SourceSchemaInjectableContext(real.schema)))
        stack.enter_context(inject_section(ConfigSectionContext(sections=("sources", real.section, real.name), source_state_key=real.name)))
        pipes = stack.enter_context(PipeIterator.from_pipes(real.resources.selected_pipes))
        for item in pipes:
            resource = resources.get(item.pipe.name)
            if resource is None:
                continue  # an unselected parent
            silent.pop(resource.name, None)
            yield from _pages(resource, item.item, item.meta, known)
    for resource in silent.values():  # without rows: replaced all the same
        if resource.write_disposition == "replace" and not callable(resource.table_name):
            yield mark.with_hints(mark.materialize_table_schema(), _hints_of(resource.compute_table_schema()), True)


def _pages(resource, item, meta, known):
    if callable(resource.table_name) and not hasattr(meta, "table_name"):
        for row in item if isinstance(item, list) else [item]:
            yield mark.with_hints(row, _hints_of(resource.compute_table_schema(row, meta)), True)
        return
    key = (resource.name, getattr(meta, "table_name", None))
    if key not in known or hasattr(meta, "hints"):
        hints = _hints_of(resource.compute_table_schema(item[0] if isinstance(item, list) and item else item, meta))
        known[key] = {**hints, **({"table_name": key[1]} if key[1] else {})}
    yield mark.with_hints(item, known[key], True)


def _hints_of(schema):
    columns = schema.get("columns", {})
    hints = {key: schema[key] for key in _KEPT if schema.get(key) is not None}
    strategy = schema.get("x-merge-strategy")
    if strategy:
        hints["write_disposition"] = {"disposition": "merge", "strategy": strategy}
    for key in ("primary_key", "merge_key"):
        marked = [name for name, props in columns.items() if props.get(key)]
        if marked:
            hints[key] = marked
    hints["columns"] = {name: {k: v for k, v in props.items() if k not in ("primary_key", "merge_key")} for name, props in columns.items()}
    return {**hints, "table_name": schema["name"]}
