"""What the schema of a source says of its tables, as hints below those of its resources."""


def _hints(table):
    """Of one table: dlt keeps the strategy apart from the disposition."""
    columns = {name: dict(props) for name, props in table.get("columns", {}).items() if not name.startswith("_dlt")}
    hints = {"columns": columns or None, "schema_contract": table.get("schema_contract"), "references": table.get("references")}
    disposition = table.get("write_disposition")
    strategy = table.get("x-merge-strategy" if disposition == "merge" else "x-replace-strategy")
    hints["write_disposition"] = {"disposition": disposition, "strategy": strategy} if strategy else disposition
    return {key: value for key, value in hints.items() if value is not None}


def _nested(schema, parent, path):
    for table in list(schema.tables.values()):
        if table.get("parent") == parent:
            below = (*path, table["name"].removeprefix(parent).removeprefix(schema.naming.PATH_SEPARATOR))
            hints = _hints(table)
            if hints:
                yield below, hints
            yield from _nested(schema, table["name"], below)


def below(schema, target, hints):
    """The hints with what the schema adds: columns that they do not name, and what they do not say."""
    name = schema.naming.normalize_tables_path(target)
    table = schema.tables.get(name)
    if table is None:
        return hints
    said = _hints(table)
    merged = {**said, **{key: value for key, value in hints.items() if value is not None}}
    if "columns" in said:
        given = hints.get("columns") or {}
        known = {schema.naming.normalize_path(column) for column in given}
        merged["columns"] = {**{column: props for column, props in said["columns"].items() if column not in known}, **given}
    nested = dict(_nested(schema, name, ()))
    if nested:
        merged["nested_hints"] = {**nested, **(hints.get("nested_hints") or {})}
    return merged
