"""Tables of a schema, as dicts of dlt's shape: parents and children, what children inherit, and how two of them become one."""
import copy
import functools
import json

from sluice.common.schema import columns as cols
from sluice.common.schema import exceptions

DEFAULT_WRITE_DISPOSITION = "append"
PROCESSING_HINTS = ("x-normalizer", "x-loader", "x-extractor")


def new_table(table_name, parent_table_name=None, write_disposition=None, columns=None, validate_schema=False, resource=None,
              schema_contract=None, table_format=None, file_format=None, references=None, **more):
    """A table with its columns; "complex", as dlt once called json, becomes that."""
    made = {c["name"]: {**c, "data_type": "json"} if c.get("data_type") == "complex" else c for c in columns or ()}
    given = {"write_disposition": write_disposition, "schema_contract": schema_contract, "table_format": table_format,
             "file_format": file_format, "references": references, "resource": resource, "parent": parent_table_name}
    table = {"name": table_name, "columns": made, **{key: value for key, value in given.items() if value}, **more}
    if not parent_table_name:
        table.setdefault("write_disposition", DEFAULT_WRITE_DISPOSITION)
        table.setdefault("resource", table_name)
    return table


def is_nested_table(table):
    return bool(table.get("parent"))


def may_be_nested(table):
    """A table with keys of its own is no child of another."""
    return not any(cols.has_column_with_prop(table, key, include_incomplete=True) for key in ("primary_key", "merge_key"))


def has_table_seen_data(table):
    return table.get("x-normalizer", {}).get("seen-data") is True


def get_root_table(tables, table_name):
    table = tables[table_name]
    while is_nested_table(table):
        table = tables[table["parent"]]
    return table


def get_nested_tables(tables, table_name, max_nesting=None, include_self=True):
    """The table and those below it, parents before their children."""
    found = []

    def add(table, level):
        if level > 0 or include_self:
            found.append(table)
        if max_nesting is None or level < max_nesting:
            for child in tables.values():
                if is_nested_table(child) and child["parent"] == table["name"]:
                    add(child, level + 1)

    if table_name in tables:
        add(tables[table_name], 0)
    return found


def parents_first(tables):
    """All tables, parents before their children."""
    return [table for root in list(tables.values()) if not is_nested_table(root) for table in get_nested_tables(tables, root["name"])]


def group_tables_by_resource(tables, pattern=None):
    """{resource: its tables and those below them}"""
    groups = {}
    for table in tables.values():
        resource = table.get("resource")
        if resource and (pattern is None or pattern.match(resource)):
            groups.setdefault(resource, []).extend(get_nested_tables(tables, table["name"]))
    return groups


def get_inherited_table_hint(tables, table_name, table_hint_name, allow_none=False):
    """What the table says, or the nearest of its parents that says something."""
    table = tables.get(table_name, {})
    while table_hint_name not in table and is_nested_table(table):
        table = tables.get(table["parent"], {})
    if table_hint_name not in table and not allow_none:
        raise ValueError(f"neither the table {table_name} nor one of its parents has {table_hint_name}")
    return table.get(table_hint_name)


def get_write_disposition(tables, table_name):
    return get_inherited_table_hint(tables, table_name, "write_disposition")


def get_table_format(tables, table_name):
    return get_inherited_table_hint(tables, table_name, "table_format", allow_none=True)


def get_file_format(tables, table_name):
    return get_inherited_table_hint(tables, table_name, "file_format", allow_none=True)


def get_merge_strategy(tables, table_name):
    return get_inherited_table_hint(tables, table_name, "x-merge-strategy", allow_none=True)


def fill_hints_from_parent_and_clone_table(tables, table):
    """A copy of the table with what it inherits."""
    filled = copy.deepcopy(table)
    for name in ("write_disposition", "table_format", "file_format", "x-merge-strategy"):
        value = get_inherited_table_hint(tables, table["name"], name, allow_none=True)
        if value is not None:
            filled.setdefault(name, value)
    return filled


def is_dlt_table_or_column(name, normalized_dlt_prefix):
    """Whether the name is dlt's own: begins with the prefix, and no further _ follows."""
    return name.startswith(normalized_dlt_prefix)


def diff_table_references(a, b):
    """References of b that a has not, or with other columns."""
    def pairs(reference):
        return dict(zip(reference["columns"], reference["referenced_columns"]))

    known = {reference["referenced_table"]: pairs(reference) for reference in a}
    return [reference for reference in b if known.get(reference["referenced_table"]) != pairs(reference)]


def ensure_compatible_tables(schema_name, tab_a, tab_b, ensure_columns=True):
    """Both can become one: the same name, parent and types."""
    for prop in ("name", "parent"):
        if tab_a.get(prop) != tab_b.get(prop):
            raise exceptions.TablePropertiesConflictException(schema_name, tab_a["name"], prop, tab_a.get(prop), tab_b.get(prop))
    for name, column in tab_b["columns"].items() if ensure_columns else ():
        known = tab_a["columns"].get(name)
        if known is None or not cols.is_complete_column(known) or not cols.is_complete_column(column):
            continue
        if not cols.compare_complete_columns(known, column):
            raise exceptions.CannotCoerceColumnException(schema_name, tab_a["name"], name, column["data_type"], known["data_type"], None)


def merge_table(schema_name, table, partial_table, merge_compound_props=True):
    """Puts partial_table, which is given back, into table; nothing is lost that it does not replace."""
    ensure_compatible_tables(schema_name, table, partial_table, ensure_columns=False)
    if is_nested_table(table) and partial_table.get("resource"):
        raise exceptions.TablePropertiesConflictException(schema_name, table["name"], "resource", partial_table["resource"], table["parent"])
    cols.merge_columns(table["columns"], partial_table["columns"], merge_compound_props)
    if partial_table.get("references"):
        merged = {reference["referenced_table"]: reference for reference in table.get("references", ())}
        for reference in diff_table_references(list(merged.values()), partial_table["references"]):
            merged[reference["referenced_table"]] = reference
        table["references"] = list(merged.values())
    table.update({key: value for key, value in partial_table.items() if key not in ("columns", "references") and table.get(key) != value})
    return partial_table


def merge_schema_updates(schema_updates):
    """{table: what all updates together add to it}"""
    merged = {}
    for update in schema_updates:
        for name, parts in update.items():
            for part in parts:
                merged.setdefault(name, part)["columns"].update(part["columns"])
    return merged


def normalize_table_identifiers(table, naming):
    """A copy of the table with the names that a convention gives it; columns that get the same name become one."""
    table = dict(table, name=naming.normalize_tables_path(table["name"]))
    if table.get("parent"):
        table["parent"] = naming.normalize_tables_path(table["parent"])
    if table.get("columns"):
        named = {}
        for column in table["columns"].values():
            column = dict(column, name=naming.normalize_path(column["name"]))
            known = named.get(column["name"])
            named[column["name"]] = column if known is None else cols.merge_column(known, column, merge_defaults=False)
        table["columns"] = named
    if table.get("references"):
        named = {}
        for reference in table["references"]:
            target = naming.normalize_tables_path(reference["referenced_table"])
            named[target] = {**reference, "referenced_table": target,
                             **{key: list(map(naming.normalize_path, reference[key])) for key in ("columns", "referenced_columns")}}
        table["references"] = list(named.values())
    return table


def get_processing_hints(tables):
    """({table: its hints that loads have made}, {table: {column: the same}})"""
    of_tables, of_columns = {}, {}
    for table in tables.values():
        found = [hint for hint in PROCESSING_HINTS if hint in table]
        if found:
            of_tables[table["name"]] = found
        for name, column in table["columns"].items():
            if "x-normalizer" in column:
                of_columns.setdefault(table["name"], {})[name] = ["x-normalizer"]
    return of_tables, of_columns


def remove_processing_hints(tables):
    """Takes out what loads have made, in place."""
    of_tables, of_columns = get_processing_hints(tables)
    for name, hints in of_tables.items():
        for hint in hints:
            del tables[name][hint]
    for name, columns in of_columns.items():
        for column, hints in columns.items():
            for hint in hints:
                del tables[name]["columns"][column][hint]
    return tables


# ---- tables of dlt itself ----


@functools.lru_cache(maxsize=1)
def _standard_tables():
    from sluice import _engine

    return json.dumps(json.loads(_engine.schema_new("standard"))["tables"])


def _standard(name):
    table = json.loads(_standard_tables())[name]
    return {"name": name, **table, "columns": {column: {"name": column, **props} for column, props in table["columns"].items()}}


def version_table():
    return _standard("_dlt_version")


def loads_table():
    return _standard("_dlt_loads")


def pipeline_state_table(add_dlt_id=False):
    table = _standard("_dlt_pipeline_state")
    table.pop("x-normalizer", None)  # of a load, which has seen it
    if not add_dlt_id:
        table["columns"].pop("_dlt_id")
    return table


def dlt_id_column():
    return pipeline_state_table(add_dlt_id=True)["columns"]["_dlt_id"]


def dlt_load_id_column():
    return pipeline_state_table()["columns"]["_dlt_load_id"]
