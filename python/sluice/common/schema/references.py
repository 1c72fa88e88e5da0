"""References between tables that follow from how rows of them hang together, as dicts of dlt's shape."""
from sluice.common.schema.columns import get_first_column_name_with_prop
from sluice.common.schema.tables import get_nested_tables, get_root_table, is_nested_table
from sluice.common.schema.typing import (C_CHILD_PARENT_REF_LABEL, C_DESCENDANT_ROOT_REF_LABEL, C_ROOT_LOAD_REF_LABEL,
                                         C_VERSION_SCHEMA_NAME_LABEL, C_VERSION_SCHEMA_VERSION_LABEL)
from sluice.exceptions import ValueErrorWithKnownValues


def _reference(label, cardinality, table, column, target, target_column):
    return {"label": label, "cardinality": cardinality, "table": table, "columns": [column], "referenced_table": target,
            "referenced_columns": [target_column]}


def _table(tables, table_name):
    if table_name not in tables:
        raise ValueErrorWithKnownValues("table_name", table_name, list(tables))
    return tables[table_name]


def _name(naming, name):
    return name if naming is None else naming.normalize_identifier(name)


def create_root_child_reference(tables, table_name):
    """From the root key of a table to the row key of its root; ValueError: it is one, or has no root key."""
    table = _table(tables, table_name)
    if not is_nested_table(table):
        raise ValueError(f"Table `{table_name}` is already a root table.")
    column = get_first_column_name_with_prop(table, "root_key")
    if column is None:
        raise ValueError(f"the table {table_name} has no root_key: root_key=True of its source makes one")
    root = get_root_table(tables, table_name)
    return _reference(C_DESCENDANT_ROOT_REF_LABEL, "many_to_one", table_name, column, root["name"], get_first_column_name_with_prop(root, "row_key"))


def create_parent_child_reference(tables, table_name):
    """From the parent key of a table to the row key of its parent; ValueError: it has none."""
    parent = _table(tables, table_name).get("parent")
    if parent is None:
        raise ValueError(f"Table `{table_name}` is a root table and has no parent.")
    return _reference(C_CHILD_PARENT_REF_LABEL, "many_to_one", table_name, get_first_column_name_with_prop(tables[table_name], "parent_key"),
                      parent, get_first_column_name_with_prop(tables[parent], "row_key"))


def _below(tables, table_name, create):
    if is_nested_table(_table(tables, table_name)):
        raise ValueError(f"the table {table_name} is no root")
    return list(_made(create, tables, (table["name"] for table in get_nested_tables(tables, table_name, include_self=False))))


def _made(create, tables, names):
    for name in names:
        try:
            yield create(tables, name)
        except ValueError:  # it has none
            continue


def get_all_root_child_references_from_root(tables, table_name):
    return _below(tables, table_name, create_root_child_reference)


def get_all_parent_child_references_from_root(tables, table_name):
    return _below(tables, table_name, create_parent_child_reference)


def get_all_parent_references_to_root(tables, table_name):
    """From the table up to its root."""
    found = []
    while _table(tables, table_name).get("parent"):
        found.append(create_parent_child_reference(tables, table_name))
        table_name = tables[table_name]["parent"]
    return found


def create_load_table_reference(table, *, naming=None):
    """From a root table to the load of its rows; ValueError: the table has no such column."""
    column = _name(naming, "_dlt_load_id")
    if column not in table["columns"]:
        raise ValueError(f"Table `{table['name']}` is not a root table and has no `{column}` column.")
    return _reference(C_ROOT_LOAD_REF_LABEL, "many_to_one", table["name"], column, _name(naming, "_dlt_loads"), _name(naming, "load_id"))


def _between_own(tables, naming, label, cardinality, column, target_column):
    version, loads = _name(naming, "_dlt_version"), _name(naming, "_dlt_loads")
    for name in (version, loads):
        if name not in tables:
            raise ValueError(f"there is no table {name}")
    return _reference(label, cardinality, version, _name(naming, column), loads, _name(naming, target_column))


def create_version_and_loads_hash_reference(tables, *, naming=None):
    return _between_own(tables, naming, C_VERSION_SCHEMA_VERSION_LABEL, "one_to_many", "version_hash", "schema_version_hash")


def create_version_and_loads_schema_name_reference(tables, *, naming=None):
    return _between_own(tables, naming, C_VERSION_SCHEMA_NAME_LABEL, "many_to_many", "schema_name", "schema_name")


def all_references(tables, naming):
    """Those that follow, and those that tables declare."""
    found = []
    for name, table in tables.items():
        for create in (create_parent_child_reference, create_root_child_reference):
            found.extend(_made(create, tables, [name]))
        found.extend(_made(lambda _tables, of: create_load_table_reference(of, naming=naming), tables, [table]))
        found.extend({"table": name, **reference} for reference in table.get("references") or ())
    own = (create_version_and_loads_hash_reference, create_version_and_loads_schema_name_reference)
    for create in own:
        found.extend(_made(lambda of, _name, create=create: create(of, naming=naming), tables, [None]))
    return found
