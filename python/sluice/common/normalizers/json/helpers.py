"""Questions of the relational normalizer to a schema, and the ids of rows."""
from sluice.common import json
from sluice.common.destination.capabilities import resolve_merge_strategy
from sluice.common.normalizers.utils import DLT_ID_LENGTH_BYTES
from sluice.common.schema.columns import get_columns_names_with_prop, get_first_column_name_with_prop, has_column_with_prop
from sluice.common.schema.tables import get_nested_tables, is_nested_table
from sluice.common.utils import digest128


def normalize_table_identifier(schema, naming, table_name):
    breaks = schema._normalizers_config.get("use_break_path_on_normalize", True)
    return (naming.normalize_tables_path if breaks else naming.normalize_table_identifier)(table_name)


def normalize_identifier(schema, naming, identifier):
    breaks = schema._normalizers_config.get("use_break_path_on_normalize", True)
    return (naming.normalize_path if breaks else naming.normalize_identifier)(identifier)


def get_table_nesting_level(schema, table_name, default_nesting=1000):
    """How deep objects of a table are taken apart."""
    stated = schema.tables.get(table_name, {}).get("x-normalizer", {}).get("max_nesting")
    return default_nesting if stated is None else stated


def get_primary_key(schema, table_name):
    table = schema.tables.get(table_name)
    return [] if table is None else get_columns_names_with_prop(table, "primary_key", include_incomplete=True)


def is_nested_type(schema, table_name, field_name, _r_lvl):
    """Whether an object or list stays as it is: no level is left, or its column is JSON."""
    if _r_lvl <= 0:
        return True
    column = schema.tables.get(table_name, {}).get("columns", {}).get(field_name, {})
    return (column.get("data_type") or schema.get_preferred_type(field_name)) == "json"


def should_be_nested(schema, table_name):
    """Whether rows of a table hang on those of another; a table that nobody declared is the normalizer's, so they do."""
    table = schema.tables.get(table_name)
    return table is None or is_nested_table(table)


def get_root_row_id_type(schema, table_name):
    """What ids of rows without parent are made of: "key_hash", "row_hash" or "random"."""
    table = schema.tables.get(table_name)
    strategy = None if table is None else resolve_merge_strategy(schema.tables, table)
    if strategy in ("upsert", "insert-only"):
        return "key_hash"
    if strategy == "scd2":
        versioned = get_first_column_name_with_prop(table, "x-row-version", include_incomplete=True)
        if versioned == schema.naming.normalize_identifier("_dlt_id"):
            return "row_hash"
    return "random"


def requires_root_key(schema, root_table, root_key_propagation):
    """Whether rows below those of a table carry the id of their root: asked for, needed for merging, or a table below has the column."""
    name = root_table["name"]
    assert not is_nested_table(root_table), f"{name} is no root table"
    wanted = root_key_propagation
    if name in schema.dlt_table_names():
        wanted = False
    elif wanted is None:
        wanted = resolve_merge_strategy(schema.tables, root_table) in ("delete-insert", "upsert", "insert-only")
    return wanted or any(has_column_with_prop(table, "root_key", include_incomplete=True) for table in get_nested_tables(schema.tables, name))


def get_row_hash(row, subset=None):
    """The id of a row by its content: of the columns `subset`, or of all that are not dlt's."""
    chosen = {k: row[k] for k in subset} if subset is not None else {k: v for k, v in row.items() if not k.startswith("_dlt")}
    return digest128(json.dumps(chosen, sort_keys=True), DLT_ID_LENGTH_BYTES)


def get_nested_row_hash(parent_row_id, nested_table, list_idx):
    """The id of a row below another: the same whenever the same list comes with the same parent."""
    return digest128(f"{parent_row_id}_{nested_table}_{list_idx}", DLT_ID_LENGTH_BYTES)
