"""What a materialization tells of a table: rows, columns, where it is."""
from dagster import MetadataValue, TableColumn, TableColumnConstraints, TableSchema
from dagster._core.definitions.metadata.metadata_set import TableMetadataSet

from dagster_sluice import tables

_SHARED = ("first_run", "started_at", "finished_at", "dataset_name", "destination_name", "destination_type")


def _plain(value):
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def table_schema(schema, table):
    """Columns of the stored schema; those whose type is not known yet are left out."""
    stored = schema.tables.get(table, {}).get("columns", {})
    return TableSchema(columns=[
        TableColumn(name=name, type=column["data_type"], description=column.get("description"), constraints=TableColumnConstraints(
            nullable=column.get("nullable", True), unique=column.get("unique", False),
            other=[key for key, value in column.items() if value is True and key not in ("nullable", "unique")]))
        for name, column in stored.items() if column.get("data_type")])


def of_table(pipeline, info, table, with_children):
    """Metadata of one table after a run. with_children: its child tables have no assets of their own."""
    told = _plain(info.asdict())
    ran = tables.tables_of_run(info)
    schema = pipeline.default_schema
    jobs = [job for package in told.get("load_packages", []) for job in package.get("jobs", []) if job.get("table_name") == table]
    found = {key: told[key] for key in _SHARED if told.get(key) is not None}
    found["jobs"] = jobs
    found["load_id"] = (told.get("loads_ids") or [""])[0]
    one = ran.get(table)
    if one is not None:
        found["rows_loaded"] = MetadataValue.int(one["rows"])
        found.update({f"rows_{what}": MetadataValue.int(one[what]) for what in ("inserted", "updated", "deleted") if one.get(what)})
        if one.get("new_columns"):
            found["new_columns"] = MetadataValue.int(one["new_columns"])
    children = tables.child_tables(schema, table)
    if with_children:
        for child in children:
            found[child] = table_schema(schema, child)
    if children:
        found["child_rows"] = MetadataValue.json({child: ran[child]["rows"] for child in children if child in ran})
    seconds = (getattr(info, "summary", None) or {}).get("seconds")
    if seconds is not None:
        found["seconds"] = MetadataValue.float(round(seconds, 3))
    return {**found, **TableMetadataSet(
        column_schema=table_schema(schema, table), storage_kind=told.get("destination_name"),
        table_name=".".join(filter(None, (told.get("destination_name"), told.get("dataset_name"), table))))}
