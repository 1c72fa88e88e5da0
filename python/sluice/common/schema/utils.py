"""dlt.common.schema.utils: columns as dicts."""


def new_column(column_name, data_type=None, nullable=True, **more):
    return {"name": column_name, "nullable": nullable, **({"data_type": data_type} if data_type else {}), **more}


def merge_column(col_a, col_b, merge_defaults=True):
    """What col_b says goes over col_a, which is changed and returned."""
    col_a.update(col_b)
    return col_a


def new_table(table_name, parent_table_name=None, write_disposition=None, columns=None, **more):
    table = {"name": table_name, "columns": {c["name"]: c for c in columns or []}, **more}
    return {**table, **({"parent": parent_table_name} if parent_table_name else {"write_disposition": write_disposition or "append"})}
