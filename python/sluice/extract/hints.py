"""What is said about a table: names, keys, columns, contracts; and how the engine is told."""
import dataclasses
import datetime
import decimal
import enum
import types
import typing
import uuid
from collections import abc

from sluice.exceptions import ConfigurationException, DataItemRequiredForDynamicTableHints, InconsistentTableTemplate

NAMES = ("table_name", "parent_table_name", "write_disposition", "columns", "primary_key", "merge_key", "schema_contract",
         "table_format", "file_format", "references", "nested_hints", "incremental", "validator")

_TYPES = ((bool, "bool"), (enum.IntEnum, "bigint"), (enum.Enum, "text"), (str, "text"), (int, "bigint"), (float, "double"),
          (decimal.Decimal, "decimal"), (datetime.datetime, "timestamp"), (datetime.date, "date"), (datetime.time, "time"),
          (bytes, "binary"), (uuid.UUID, "text"))


class TableNameMeta:
    """Rows for another table than the resource's own."""

    def __init__(self, table_name):
        self.table_name = table_name


class HintsMeta:
    """Hints that come with a row; for a variant only the row's table gets them."""

    def __init__(self, hints, create_table_variant=False):
        self.hints, self.create_table_variant = hints, create_table_variant


class DataItemWithMeta:
    def __init__(self, meta, data):
        self.meta, self.data = meta, data


class MaterializedEmptyList(list):
    """No rows, but a table."""


def make_hints(table_name=None, **hints):
    """Hints as a dict, for apply_hints and mark.with_hints."""
    unknown = set(hints) - set(NAMES) - {"create_table_variant"}
    additional = hints.pop("additional_table_hints", None) or {}
    if unknown - {"additional_table_hints"}:
        raise TypeError(f"unknown hint {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    made = {name: value for name, value in {"table_name": table_name, **hints}.items() if value is not None}
    return {**additional, **made}


def make_nested_hints(columns=None, primary_key=None, merge_key=None, write_disposition=None, references=None, **_other):
    return make_hints(columns=columns, primary_key=primary_key, merge_key=merge_key, write_disposition=write_disposition,
                      references=references)


def merge_hints(old, new):
    """The effect of apply_hints: None keeps, an empty value removes, columns are merged."""
    merged = dict(old)
    for name, value in new.items():
        if value is None:
            continue
        if name == "columns" and value and isinstance(merged.get(name), (dict, list, tuple)) and isinstance(value, (dict, list, tuple)):
            columns = as_columns(merged[name])
            for column, props in as_columns(value).items():
                columns[column] = {**columns.get(column, {}), **props}
            merged[name] = columns
        elif value or callable(value) or value is False:
            merged[name] = value
        else:
            merged.pop(name, None)
    check_dynamic(merged)
    return merged


def is_dynamic(hints):
    return any(callable(v) and not isinstance(v, type) for k, v in hints.items() if k not in ("validator", "incremental"))


def check_dynamic(hints):
    others = [k for k, v in hints.items() if callable(v) and not isinstance(v, type) and k not in ("table_name", "validator", "incremental")]
    if others and not callable(hints.get("table_name")):
        raise InconsistentTableTemplate(f"{', '.join(others)} is a function of the row, so table_name must be one as well")


def of_row(hints, row, resource_name):
    """Hints without functions: each was called with the row."""
    if not is_dynamic(hints):
        return hints
    if row is None:
        raise DataItemRequiredForDynamicTableHints(resource_name)
    return {k: v(row) if callable(v) and not isinstance(v, type) and k not in ("validator", "incremental") else v for k, v in hints.items()}


# ---- columns ----


def type_of(hint):
    """dlt's name for a Python type; json for what holds other values. None: not known."""
    origin = typing.get_origin(hint)
    if origin is typing.Annotated:
        return type_of(typing.get_args(hint)[0])
    if origin in (typing.Union, types.UnionType):
        kinds = [a for a in typing.get_args(hint) if a is not type(None)]
        return type_of(kinds[0]) if len(kinds) == 1 else None
    if origin is typing.Literal:
        return type_of(type(typing.get_args(hint)[0]))
    kind = origin or hint
    if not isinstance(kind, type):
        return None
    for base, name in _TYPES:
        if issubclass(kind, base):
            return name
    if issubclass(kind, (abc.Mapping, abc.Sequence, abc.Set)) or is_model(kind) or dataclasses.is_dataclass(kind):
        return "json"
    return None


def is_model(kind):
    """A pydantic model class."""
    return isinstance(kind, type) and (hasattr(kind, "model_fields") or hasattr(kind, "__fields__")) and hasattr(kind, "__annotations__")


def _model_fields(model):
    if hasattr(model, "model_fields"):
        return {field.alias or name: (field.annotation, field.is_required()) for name, field in model.model_fields.items()}
    return {field.alias: (field.outer_type_, field.required) for field in model.__fields__.values()}


def _columns_of_fields(fields, skip_nested):
    columns = {}
    for name, (hint, _required) in fields.items():
        nullable = type(None) in typing.get_args(hint) or hint is type(None)
        kind = type_of(hint)
        if kind == "json" and not skip_nested:
            continue  # becomes child tables and columns of its own
        columns[name] = {"name": name, "nullable": nullable, **({"data_type": kind} if kind else {})}
    return columns


def as_columns(columns):
    """{name: properties} of any of the forms in which columns may be given."""
    if columns is None:
        return {}
    if is_model(columns):
        settings = getattr(columns, "dlt_config", {}) or {}
        return _columns_of_fields(_model_fields(columns), settings.get("skip_complex_types") or settings.get("skip_nested_types", False))
    if dataclasses.is_dataclass(columns):
        hints = typing.get_type_hints(columns, include_extras=True)
        return _columns_of_fields({f.name: (hints[f.name], f.default is dataclasses.MISSING) for f in dataclasses.fields(columns)}, False)
    if isinstance(columns, type) and hasattr(columns, "__annotations__"):  # TypedDict
        return _columns_of_fields({k: (v, True) for k, v in typing.get_type_hints(columns, include_extras=True).items()}, False)
    if hasattr(columns, "names") and hasattr(columns, "field"):  # pyarrow.Schema
        return {name: {"name": name, **_arrow_column(columns.field(name))} for name in columns.names}
    if isinstance(columns, dict):
        return {name: {**props, "name": name} for name, props in columns.items()}
    return {props["name"]: dict(props) for props in columns}


def _arrow_column(field):
    text = str(field.type)
    for start, kind in (("int", "bigint"), ("uint", "bigint"), ("float", "double"), ("double", "double"), ("half", "double"), ("bool", "bool"),
                        ("timestamp", "timestamp"), ("date", "date"), ("time", "time"), ("decimal", "decimal"), ("string", "text"),
                        ("large_string", "text"), ("binary", "binary"), ("large_binary", "binary"), ("struct", "json"), ("list", "json")):
        if text.startswith(start):
            return {"data_type": kind, "nullable": field.nullable}
    return {"nullable": field.nullable}


def contract_of_model(model):
    """What `extra` of a pydantic model means for new columns."""
    extra = (getattr(model, "model_config", None) or {}).get("extra")
    mode = {"forbid": "freeze", "ignore": "discard_value", "allow": "evolve"}.get(extra)
    return {"tables": "evolve", "columns": mode, "data_type": "freeze"} if mode else None


def names(keys):
    return [] if not keys else [keys] if isinstance(keys, str) else list(keys)


# ---- for the engine ----

_STRATEGIES = {"validity_column_names": None, "active_record_timestamp": "scd2-active", "boundary_timestamp": "scd2-boundary",
               "row_version_column_name": "scd2-row-version", "source_filter": "source-filter", "destination_scope": "destination-scope"}
_FLAGS = ("primary_key", "merge_key", "unique", "hard_delete", "partition", "cluster", "sort")


def _disposition(value, options):
    if isinstance(value, str):
        options["write-disposition"] = value
        return
    options["write-disposition"] = value["disposition"]
    if value.get("strategy"):
        options["strategy"] = value["strategy"]
    for key, option in _STRATEGIES.items():
        if option and value.get(key):
            given = value[key]
            options[option] = given.isoformat() if hasattr(given, "isoformat") else str(given)
    if value.get("validity_column_names"):
        options["scd2-valid-from"], options["scd2-valid-to"] = value["validity_column_names"]


def _column(name, props):
    if any(c in name for c in ",:()"):
        raise ConfigurationException(f"column {name!r}: hints cannot be given to columns with one of , : ( ) in their names")
    kind = props.get("data_type") or ""
    if kind and props.get("precision") is not None:
        kind += f"({props['precision']}" + (f",{props['scale']}" if props.get("scale") is not None else "") + ")"
    parts = [name, kind, *(flag for flag in _FLAGS if props.get(flag))]
    if props.get("nullable") is not None:
        parts.append("nullable" if props["nullable"] else "not_null")
    if props.get("timezone") is False:
        parts.append("naive")
    return ":".join(parts)


def contract_text(contract):
    return contract if isinstance(contract, str) else ",".join(f"{entity}={mode}" for entity, mode in contract.items() if mode)


def options_of(hints):
    """Options of a load (as in `sluice load --help`) with the meaning of the hints."""
    options = {}
    _disposition(hints.get("write_disposition") or "append", options)
    columns = as_columns(hints.get("columns"))
    for key in ("primary_key", "merge_key"):
        if names(hints.get(key)):
            options[key.replace("_", "-")] = ",".join(names(hints[key]))
    sorts = [f"{name}:{props['dedup_sort']}" for name, props in columns.items() if props.get("dedup_sort")]
    if sorts:
        options["dedup-sort"] = sorts[0]
    said = [_column(name, props) for name, props in columns.items() if set(props) - {"name", "dedup_sort"}]
    if said:
        options["columns"] = ",".join(said)
    contract = hints.get("schema_contract") or (contract_of_model(hints["columns"]) if is_model(hints.get("columns")) else None)
    if contract:
        options["contract"] = contract_text(contract)
    if hints.get("max_table_nesting") is not None:
        options["max-nesting"] = str(hints["max_table_nesting"])
    return options


def table_schema(resource, hints):
    """dlt's table schema of a resource, for reading: what compute_table_schema gives."""
    disposition = hints.get("write_disposition") or "append"
    columns = as_columns(hints.get("columns"))
    for key in ("primary_key", "merge_key"):
        for name in names(hints.get(key)):
            columns.setdefault(name, {"name": name}).update({key: True, "nullable": False})
    table = {"name": hints.get("table_name") or resource.name, "columns": columns, "resource": resource.name,
             "write_disposition": disposition if isinstance(disposition, str) else disposition["disposition"]}
    if not isinstance(disposition, str) and disposition.get("strategy"):
        table["x-merge-strategy" if table["write_disposition"] == "merge" else "x-replace-strategy"] = disposition["strategy"]
    for key in ("schema_contract", "table_format", "file_format", "references"):
        if hints.get(key) is not None:
            table[key] = hints[key]
    if hints.get("parent_table_name"):
        table["parent"] = hints["parent_table_name"]
    return table
