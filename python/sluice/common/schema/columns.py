"""Columns of a schema, as dicts of dlt's shape: what their members mean, and how two of them become one."""
from typing import NamedTuple

_UNSET = (False, None)
# Members whose value says no more than their absence would.
_DEFAULTS = {"nullable": (True, None), "timezone": (True, None), "name": (None,), "data_type": (None,), "precision": (None,), "scale": (None,),
             "x-active-record-timestamp": ()}
# Members that stand for one thing that several columns make up.
COMPOUND = ("partition", "cluster", "primary_key", "merge_key", "incremental")


class TColumnPropInfo(NamedTuple):
    """What a member of a column is."""

    name: str
    defaults: tuple = (None,)
    is_hint: bool = False
    compound: bool = False


COLUMN_HINTS = {"nullable", "partition", "cluster", "primary_key", "sort", "unique", "merge_key", "row_key", "parent_key", "root_key", "variant",
                "hard_delete", "dedup_sort", "incremental"}
COLUMN_PROPS = COLUMN_HINTS | {"name", "data_type", "precision", "scale", "timezone", "description"}
ColumnPropInfos = {prop: TColumnPropInfo(prop, _DEFAULTS.get(prop, _UNSET), prop in COLUMN_HINTS, prop in COMPOUND)
                   for prop in sorted(COLUMN_PROPS | {"x-active-record-timestamp"})}


def has_default_column_prop_value(prop, value):
    return value in _DEFAULTS.get(prop, _UNSET)


def is_compound_prop(prop):
    return prop in COMPOUND


def hint_to_column_prop(hint):
    """The member that a default hint sets."""
    return "nullable" if hint == "not_null" else hint


def is_complete_column(column):
    """Whether the column has what is needed to make it."""
    return bool(column.get("name")) and bool(column.get("data_type"))


def is_nullable_column(column):
    return column.get("nullable", True)


def find_incomplete_columns(table):
    for column in table["columns"].values():
        if not is_complete_column(column):
            yield column, is_nullable_column(column)


def compare_complete_columns(a, b):
    return (a["name"], a["data_type"]) == (b["name"], b["data_type"])


def remove_column_defaults(column):
    """Takes what says nothing out of a column, which is given back."""
    for prop in [p for p, value in column.items() if has_default_column_prop_value(p, value)]:
        del column[prop]
    return column


def remove_compound_props(columns, compound_props):
    for column in columns.values():
        for prop in compound_props:
            column.pop(prop, None)
    return columns


def merge_column(col_a, col_b, merge_defaults=True):
    """What col_b says goes over col_a, which is changed and given back."""
    col_a.update(col_b if merge_defaults else remove_column_defaults(dict(col_b)))
    return col_a


def _collect_and_remove_compound_props(source_columns, target_columns):
    """Takes out of the target what columns of the source together say anew."""
    stated = {prop for column in source_columns.values() for prop, value in column.items()
              if is_compound_prop(prop) and not has_default_column_prop_value(prop, value)}
    remove_compound_props(target_columns, stated)


def merge_columns(columns_a, columns_b, merge_compound_props=True):
    """Puts columns_b into columns_a, which is given back. One that gets its type only now moves to the end, where the table gets it."""
    if not merge_compound_props:
        _collect_and_remove_compound_props(columns_b, columns_a)
    for name, column in columns_b.items():
        known = columns_a.get(name)
        if known is not None and is_complete_column(column) and not is_complete_column(known):
            del columns_a[name]
        columns_a[name] = column if known is None else merge_column(known, column)
    return columns_a


def new_column(column_name, data_type=None, nullable=True, precision=None, scale=None, validate_schema=False, **more):
    column = {"name": column_name, "nullable": nullable, "data_type": data_type, "precision": precision, "scale": scale, **more}
    return {key: value for key, value in column.items() if value is not None}


def get_columns_names_with_prop(table, column_prop, include_incomplete=False):
    return [name for name, column in table["columns"].items()
            if column_prop in column and not has_default_column_prop_value(column_prop, column[column_prop])
            and (include_incomplete or is_complete_column(column))]


def get_first_column_name_with_prop(table, column_prop, include_incomplete=False):
    return next(iter(get_columns_names_with_prop(table, column_prop, include_incomplete)), None)


def has_column_with_prop(table, column_prop, include_incomplete=False):
    return bool(get_columns_names_with_prop(table, column_prop, include_incomplete))


def get_dedup_sort_tuple(table, include_incomplete=False):
    """(column, "asc" or "desc") by which rows of one key are sorted, or None."""
    name = get_first_column_name_with_prop(table, "dedup_sort", include_incomplete)
    return None if name is None else (name, table["columns"][name]["dedup_sort"])


def get_validity_column_names(table):
    return [get_first_column_name_with_prop(table, f"x-valid-{end}") for end in ("from", "to")]
