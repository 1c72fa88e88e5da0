"""Columns in the forms in which they may be given: dicts, pydantic models, dataclasses, TypedDicts, Arrow schemas."""
import dataclasses
import datetime
import decimal
import enum
import types
import typing
import uuid
from collections import abc

_TYPES = ((bool, "bool"), (enum.IntEnum, "bigint"), (enum.Enum, "text"), (str, "text"), (int, "bigint"), (float, "double"),
          (decimal.Decimal, "decimal"), (datetime.datetime, "timestamp"), (datetime.date, "date"), (datetime.time, "time"),
          (bytes, "binary"), (uuid.UUID, "text"))


def type_of(hint):
    """dlt's name for a Python type; json for what holds other values. None: not known."""
    origin = typing.get_origin(hint)
    if origin is typing.Annotated:
        return type_of(typing.get_args(hint)[0])
    if origin in (typing.Union, types.UnionType):
        kinds = [a for a in typing.get_args(hint) if a is not type(None)]
        return type_of(kinds[0]) if kinds else None
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


def _columns_of_fields(fields):
    """Of a class that is no model: what holds other values becomes child tables and columns of its own."""
    columns = {}
    for name, (hint, _required) in fields.items():
        kind = type_of(hint)
        if kind != "json":
            columns[name] = {"name": name, "nullable": _nullable(hint), **({"data_type": kind} if kind else {})}
    return columns


def _nullable(hint):
    return type(None) in typing.get_args(hint) or hint is type(None)


def _inner_model(hint):
    return next((kind for kind in (hint, *typing.get_args(hint)) if is_model(kind)), None)


def _columns_of_model(model):
    """Nested values are JSON; with skip_nested_types models become columns of their own and lists are left to the rows."""
    settings = getattr(model, "dlt_config", {}) or {}
    skip = settings.get("skip_complex_types") or settings.get("skip_nested_types", False)
    columns = {}
    for name, (hint, _required) in _model_fields(model).items():
        kind, inner = type_of(hint), _inner_model(hint)
        if skip and inner is not None and typing.get_origin(hint) not in (list, dict, tuple, set):
            for below, props in _columns_of_model(inner).items():
                path = f"{name}__{below}"
                columns[path] = {**props, "name": path, "nullable": props["nullable"] or _nullable(hint)}
        elif kind is not None and not (skip and kind == "json"):
            columns[name] = {"name": name, "data_type": kind, "nullable": _nullable(hint)}
    return columns


def as_columns(columns):
    """{name: properties} of any of the forms in which columns may be given."""
    if columns is None:
        return {}
    if is_model(columns):
        return _columns_of_model(columns)
    if dataclasses.is_dataclass(columns):
        hints = typing.get_type_hints(columns, include_extras=True)
        return _columns_of_fields({f.name: (hints[f.name], f.default is dataclasses.MISSING) for f in dataclasses.fields(columns)})
    if isinstance(columns, type) and hasattr(columns, "__annotations__"):  # TypedDict
        return _columns_of_fields({k: (v, True) for k, v in typing.get_type_hints(columns, include_extras=True).items()})
    if hasattr(columns, "names") and hasattr(columns, "field"):  # pyarrow.Schema
        return {name: {"name": name, **_arrow_column(columns.field(name))} for name in columns.names}
    named = columns.items() if isinstance(columns, dict) else ((props["name"], props) for props in columns)
    return {name: {**props, "name": name, **({"data_type": "json"} if props.get("data_type") == "complex" else {})} for name, props in named}


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
