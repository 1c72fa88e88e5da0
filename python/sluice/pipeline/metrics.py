"""What an extract tells of its resources: rows, metrics that they keep themselves, hints; and the tables that it has found."""
from typing import NamedTuple

from sluice.extract import hints as hinting


class ResourceMetrics(NamedTuple):
    """Rows that a resource has given, and what its functions and steps have counted."""

    items_count: int
    custom_metrics: dict


class TableMetrics(NamedTuple):
    items_count: int


def of_feed(feed, summary):
    """One dict for each source, in the shape of dlt's ExtractInfo.metrics."""
    loaded = {table["name"]: table["rows"] for table in (summary or {}).get("tables", [])}
    rows = {id(part): _rows_of(part, feed.parts, loaded) for part in feed.parts}
    return [{"schema_name": source.name, **_of_source(source, feed.parts, rows)} for source in feed.sources]


def _rows_of(part, parts, loaded):
    """The engine counts what it takes by itself; where parts share a table only what went through here can be told apart."""
    alone = sum(one.target == part.target for one in parts) == 1
    return loaded.get(part.target, part.rows) if alone else part.rows


def _of_source(source, parts, rows):
    resources, tables = {}, {}
    for resource in source.selected_resources.values():
        own = [part for part in parts if part.resource is resource]
        resources[resource.name] = ResourceMetrics(sum(rows[id(part)] for part in own), _counted(resource))
        for part in own:
            tables[part.target] = TableMetrics(tables.get(part.target, TableMetrics(0)).items_count + rows[id(part)])
    return {"resource_metrics": resources, "table_metrics": tables,
            "hints": {resource.name: _hints_of(resource) for resource in source.selected_resources.values()}}


def _counted(resource):
    """What the resource and its steps have counted."""
    found = dict(resource.custom_metrics)
    for step in resource._pipe.steps:
        found.update(getattr(step, "custom_metrics", {}))
    return found


def incremental_of(resource):
    """The incremental of a resource, wrapped or not; None: it has none."""
    found = resource.incremental
    return getattr(found, "incremental", found)


def _hints_of(resource):
    """Hints as plain values: functions by their names."""
    told = {}
    for name, value in resource.hints.items():
        if name == "columns" and not callable(value):
            told[name] = hinting.as_columns(value)
        elif name not in ("incremental", "validator"):
            told[name] = getattr(value, "__name__", str(value)) if callable(value) else value
    incremental = incremental_of(resource)
    if incremental is not None:
        told["incremental"] = {name: value for name, value in incremental.said().items() if name != "last_value_func"}
    return told


def add_cursors(cursors, feed):
    """Notes the columns that incrementals follow: {table: the columns of its incrementals, the present one last}."""
    for part in feed.parts:
        incremental = incremental_of(part.resource)
        if incremental is not None and not incremental.is_partial():
            known, column = cursors.setdefault(part.target, []), incremental.get_cursor_column_name()
            known[:] = [one for one in known if one != column] + [column]


def add_tables(schema, feed):
    """Puts the tables that wait to be loaded into a schema, as far as hints tell of them."""
    for part in feed.parts:
        schema.update_table(hinting.table_schema(part.resource, {**part.hints, "table_name": part.target}))


def mark_cursors(schema, cursors):
    """The columns that incrementals follow say so; one of each table."""
    for table, followed in cursors.items():
        name = schema.naming.normalize_tables_path(table)
        if name not in schema.tables:
            continue
        columns = schema.tables[name]["columns"]
        for column in filter(None, followed):
            props = columns.setdefault(schema.naming.normalize_identifier(column), {"name": schema.naming.normalize_identifier(column)})
            props.pop("incremental", None)
        if followed[-1] is not None:
            props["incremental"] = True
