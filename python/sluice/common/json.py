"""dlt.common.json: JSON that knows dates, decimals, UUIDs, bytes, models and dataclasses.

The typed functions mark such values with a character of Unicode's private use area, as dlt does in its states and files, so that
reading gives what was written. The module is also the object `json` that programs take from here and from dlt.common."""
import base64
import datetime
import decimal
import enum
import json as _json
import math
import sys
import uuid

from sluice._values import HexBytes, Wei, convert
from sluice.exceptions import UnsupportedValue

_impl_name = "sluice"
PUA_START = 0xF026
_DECIMAL, _DATETIME, _DATE, _UUIDT, _HEXBYTES, _B64BYTES, _WEI, _TIME = (chr(PUA_START + number) for number in range(8))
PUA_START_UTF8_MAGIC = _DECIMAL.encode()[:2]
_PLAIN = frozenset((str, int, bool, type(None)))
_custom_encoder = None


# ---- writing ----


def _hex(value):
    return "0x" + value.hex()


def _base64(value):
    return base64.b64encode(value).decode("ascii")


# The first that fits: a Wei is a decimal, a datetime is a date.
_TEXTS = ((Wei, _WEI, str), (decimal.Decimal, _DECIMAL, str), (datetime.datetime, _DATETIME, datetime.datetime.isoformat),
          (datetime.date, _DATE, datetime.date.isoformat), (datetime.time, _TIME, datetime.time.isoformat), (uuid.UUID, _UUIDT, str),
          (HexBytes, _HEXBYTES, _hex), ((bytes, bytearray, memoryview), _B64BYTES, _base64))


def _encode(value, marked):
    """Something plainer for what JSON has no form for."""
    for kind, mark, text in _TEXTS:
        if isinstance(value, kind):
            return mark + text(value) if marked else text(value)
    if hasattr(value, "asdict"):
        return value.asdict()
    try:
        return convert(value)
    except UnsupportedValue:
        if _custom_encoder is not None:
            return _custom_encoder(value)
        raise TypeError(f"`{value!r}` is not JSON serializable") from None


def custom_encode(obj):
    return _encode(obj, False)


def custom_pua_encode(obj):
    return _encode(obj, True)


def set_custom_encoder(encoder):
    """encoder(value) is asked for what has no form here; None: nothing is."""
    global _custom_encoder
    _custom_encoder = encoder


def _key(key):
    if key is None or isinstance(key, bool):
        return {None: "null", True: "true", False: "false"}[key]
    plain = key if isinstance(key, str) and not isinstance(key, enum.Enum) else _plain(key, False)
    return plain if isinstance(plain, str) else str(plain)


def _plain(value, marked):
    kind = type(value)
    if kind in _PLAIN:
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key if type(key) is str else _key(key): _plain(one, marked) for key, one in value.items()}
    if kind is list or kind is tuple:
        return [_plain(one, marked) for one in value]
    if isinstance(value, (str, int)) and not isinstance(value, enum.Enum):
        return value
    return _plain(_encode(value, marked), marked)


def _text(obj, sort_keys, pretty, marked):
    return _json.dumps(_plain(obj, marked), sort_keys=sort_keys, indent=2 if pretty else None, ensure_ascii=False,
                       separators=(",", ": ") if pretty else (",", ":"))


def dumps(obj, sort_keys=False, pretty=False):
    return _text(obj, sort_keys, pretty, False)


def dumpb(obj, sort_keys=False, pretty=False):
    return dumps(obj, sort_keys, pretty).encode()


def dump(obj, fp, sort_keys=False, pretty=False):
    """Into a file that is open for bytes."""
    fp.write(dumpb(obj, sort_keys, pretty))


def typed_dumps(obj, sort_keys=False, pretty=False):
    return _text(obj, sort_keys, pretty, True)


def typed_dumpb(obj, sort_keys=False, pretty=False):
    return typed_dumps(obj, sort_keys, pretty).encode()


def typed_dump(obj, fp, pretty=False):
    fp.write(typed_dumpb(obj, pretty=pretty))


# ---- reading ----


def as_pendulum(value):
    """pendulum's kind of a date or time, in programs that use that package; its kinds are those of datetime as well."""
    pendulum = sys.modules.get("pendulum")
    if pendulum is None:
        return value
    return pendulum.instance(value, tz=None)


def _moment(text):
    return datetime.datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text)


def _bytes(text):
    return HexBytes(bytes.fromhex(text.removeprefix("0x")))


PY_DATETIME_DECODERS = [decimal.Decimal, _moment, datetime.date.fromisoformat, uuid.UUID, _bytes, base64.b64decode, Wei,
                        datetime.time.fromisoformat]
DECODERS = list(PY_DATETIME_DECODERS)
for _number in (1, 2, 7):
    DECODERS[_number] = lambda text, read=PY_DATETIME_DECODERS[_number]: as_pendulum(read(text))
PUA_CHARACTER_MAX = len(DECODERS)


def custom_pua_decode(obj, decoders=DECODERS):
    """The value of a marked text; a text that its mark does not fit stays as it is."""
    if isinstance(obj, str) and len(obj) > 1 and 0 <= ord(obj[0]) - PUA_START < len(decoders):
        try:
            return decoders[ord(obj[0]) - PUA_START](obj[1:])
        except (ValueError, ArithmeticError):
            return obj
    return obj


def custom_pua_decode_nested(obj, decoders=DECODERS):
    """The same for all values of dicts and lists, in place."""
    if isinstance(obj, dict):
        for key, value in obj.items():
            obj[key] = custom_pua_decode_nested(value, decoders)
        return obj
    if isinstance(obj, list):
        obj[:] = [custom_pua_decode_nested(one, decoders) for one in obj]
        return obj
    return custom_pua_decode(obj, decoders)


def custom_pua_remove(obj):
    """A marked text without its mark."""
    return obj[1:] if isinstance(obj, str) and len(obj) > 1 and 0 <= ord(obj[0]) - PUA_START < PUA_CHARACTER_MAX else obj


def may_have_pua(line):
    return PUA_START_UTF8_MAGIC in line


def loads(s):
    return _json.loads(s)


def loadb(s):
    return _json.loads(s if isinstance(s, (str, bytes, bytearray)) else bytes(s))


def load(fp):
    return loadb(fp.read())


def typed_loads(s):
    return custom_pua_decode_nested(loads(s))


def typed_loadb(s, decoders=DECODERS):
    return custom_pua_decode_nested(loadb(s), decoders)


json = sys.modules[__name__]
