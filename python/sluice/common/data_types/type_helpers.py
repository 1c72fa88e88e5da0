"""The type that a column gets from a value of Python, and values as another type: by the engine's rules."""
import datetime
import decimal
import enum
import sys
from collections import abc

from sluice._values import HexBytes, Wei

# A subclass of one of them has its type; the first that fits counts.
_KINDS = ((bool, "bool"), (datetime.datetime, "timestamp"), (datetime.date, "date"), (datetime.time, "time"), (Wei, "wei"),
          (decimal.Decimal, "decimal"), (bytes, "binary"), (float, "double"), (int, "bigint"), (str, "text"), ((abc.Mapping, abc.Sequence, abc.Set), "json"))
PY_TYPE_TO_SC_TYPE = {str: "text", float: "double", bool: "bool", datetime.datetime: "timestamp", int: "bigint", bytes: "binary",
                      HexBytes: "binary", list: "json", tuple: "json", dict: "json", decimal.Decimal: "decimal", Wei: "wei",
                      datetime.date: "date", datetime.time: "time"}
_DAY0, _MOMENT0 = datetime.date(1970, 1, 1), datetime.datetime(1970, 1, 1)
_MICRO = datetime.timedelta(microseconds=1)
_WIDE = {"text": str, "double": float, "decimal": decimal.Decimal, "wei": Wei}

_NUMBERS = {"bigint", "double", "decimal", "wei"}
# Which types the engine makes each of; whether it can be done with a value is another question.
_MADE_OF = {"text": {name for _, name in _KINDS}, "binary": {"text", "bigint"}, "json": {"text"}, "bool": {"text", *_NUMBERS},
            "timestamp": {"text", "bigint", "double", "date"}, "date": {"text", "bigint", "double", "timestamp"}, "time": {"text"},
            **{name: {"text", *_NUMBERS} for name in _NUMBERS}}


def py_type_to_sc_type(kind):
    """dlt's name for a type of Python; TypeError where there is none."""
    known = PY_TYPE_TO_SC_TYPE.get(kind)
    if known is not None:
        return known
    for base, name in _KINDS:
        if issubclass(kind, base):
            return name
    if issubclass(kind, enum.Enum):
        values = {type(member.value) for member in kind}
        return py_type_to_sc_type(values.pop()) if len(values) == 1 else "text"
    raise TypeError(f"a column cannot hold values of {kind}")


def _to_engine(kind, value):
    """(type, value) as the engine takes them."""
    if kind == "json":
        from sluice.common import json as typed

        return kind, typed.dumps(value)
    if kind == "bigint":
        return (kind, int(value)) if -2**63 <= value < 2**63 else ("decimal", str(int(value)))
    if kind in ("decimal", "wei"):
        return kind, str(value)
    if kind == "timestamp":
        u = value if value.tzinfo is None else value.astimezone(datetime.timezone.utc)
        return kind, (datetime.datetime(u.year, u.month, u.day, u.hour, u.minute, u.second, u.microsecond) - _MOMENT0) // _MICRO
    if kind == "date":
        return kind, (datetime.date(value.year, value.month, value.day) - _DAY0).days
    if kind == "time":
        return kind, ((value.hour * 60 + value.minute) * 60 + value.second) * 1000000 + value.microsecond
    return kind, str(value) if kind == "text" else bytes(value) if kind == "binary" else value


def _from_engine(kind, value):
    if kind in ("decimal", "wei"):
        return decimal.Decimal(value) if kind == "decimal" else Wei(value)
    if kind == "date":
        return _pendulum(_DAY0 + datetime.timedelta(days=value))
    if kind == "timestamp":
        micros, zoned = value
        moment = _MOMENT0 + micros * _MICRO
        return in_utc(moment) if zoned else _pendulum(moment)
    if kind == "time":
        return _pendulum((_MOMENT0 + value * _MICRO).time())
    if kind == "json":
        from sluice.common import json as typed

        return typed.loads(value)
    return value


def _pendulum(value):
    """Of the kind that programs with the package pendulum expect."""
    pendulum = sys.modules.get("pendulum")
    return value if pendulum is None else pendulum.instance(value, tz=None)


def in_utc(value):
    """A moment with UTC as its zone; one without zone is taken to be in it."""
    pendulum = sys.modules.get("pendulum")
    zone = datetime.timezone.utc if pendulum is None else pendulum.UTC
    value = value.replace(tzinfo=datetime.timezone.utc) if value.tzinfo is None else value
    return _pendulum(value.astimezone(zone))


def normalize_timezone(value, timezone):
    """A moment as a column keeps it: in UTC, or without zone."""
    moment = in_utc(value)
    return moment if timezone is None or timezone else moment.replace(tzinfo=None)


def _without_marks(value):
    """JSON has texts alone for what typed JSON marks."""
    from sluice.common.json import custom_pua_remove

    if isinstance(value, dict):
        return {key: _without_marks(inner) for key, inner in value.items()}
    return [_without_marks(inner) for inner in value] if isinstance(value, (list, tuple)) else custom_pua_remove(value)


def can_coerce_type(to_type, from_type):
    return to_type == from_type or from_type in _MADE_OF.get(to_type, ())


def coerce_value(to_type, from_type, value):
    """The value as the type of a column; ValueError where the engine would make a variant of it."""
    from sluice import _engine

    if isinstance(value, enum.Enum):  # whose members may be of several types
        value = value.value
        from_type = py_type_to_sc_type(type(value))
    if from_type == "json":
        value = _without_marks(value)
    if to_type == from_type:
        return value
    if to_type == "text" and isinstance(value, HexBytes):
        return f"0x{bytes.hex(value)}"
    try:
        kind, plain = _to_engine(from_type, value)
        found = _engine.coerce(kind, plain, to_type)
    except ValueError:  # more digits than the engine's columns hold
        if isinstance(value, (int, decimal.Decimal)) and to_type in _WIDE:
            return _WIDE[to_type](value)
        raise
    if found is None:
        raise ValueError(f"the {from_type} {value!r} cannot become a {to_type}")
    return _from_engine(to_type, found)


def autodetect_sc_type(detection_fs, t, v):
    """The type that detectors, by their names, give a value; None: that of its own type."""
    from sluice import _engine

    if not detection_fs or v is None:
        return None
    if issubclass(t, HexBytes):
        return "text" if "hexbytes_to_text" in detection_fs else None
    if issubclass(t, Wei):
        return "double" if "wei_to_double" in detection_fs else None
    if issubclass(t, int) and isinstance(v, int) and not issubclass(t, bool) and not -2**63 <= v < 2**63:
        return None if "large_integer" not in detection_fs or v < 0 else "wei" if v <= Wei.MOST else "text"
    if not issubclass(t, (str, int, float)) or issubclass(t, bool) or not isinstance(v, t):
        return None
    own = py_type_to_sc_type(t)
    found = _engine.detect(own, _to_engine(own, v)[1], list(detection_fs))
    return found if found != own else None
