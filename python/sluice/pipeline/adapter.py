"""What run() accepts: sources, resources, data, and the objects of the real dlt."""
import contextlib

from sluice import exceptions
from sluice._values import is_arrow, is_frame
from sluice.extract import state as states
from sluice.extract.decorators import SourceFactory, from_reference, resource
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
    return [DltSource(name, None, [resource(data, name=named)])]


# ---- the real dlt ----


def _is_real(data):
    module = type(data).__module__
    return module.startswith("dlt.") and hasattr(data, "__iter__") and (hasattr(data, "resources") or hasattr(data, "compute_table_schema"))


def _adapted(data, name):
    """A source whose resources read those of the real dlt; its incremental state lives in ours."""
    if hasattr(data, "resources"):
        source = DltSource(data.name, data.section)
        found = list(data.selected_resources.values())
    else:
        source, found = DltSource(name), [data]
    for real in found:
        source.add(_adapted_resource(real, source.name))
    return source


_KEPT = ("write_disposition", "schema_contract", "table_format", "file_format")


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
    return hints


def _adapted_resource(real, source_name):
    def rows():
        from dlt.common.configuration.container import Container
        from dlt.common.pipeline import StateInjectableContext

        state = {"sources": states.state()["sources"]}
        with contextlib.ExitStack() as stack:
            stack.enter_context(Container().injectable_context(StateInjectableContext(state=state)))
            for item in real:
                if item is not None:
                    yield item

    if callable(real._hints.get("table_name")) if isinstance(real._hints, dict) else False:
        return DltResource(real.name, function=rows, hints={"table_name": real._hints["table_name"]}, source_name=source_name)
    schema = real.compute_table_schema()
    hints = _hints_of(schema)
    if schema.get("name") and schema["name"] != real.name:
        hints["table_name"] = schema["name"]
    return DltResource(real.name, function=rows, hints=hints, source_name=source_name)
