"""Which Python types the engine can write, and what the rare ones are turned into before it does."""
import dataclasses
import datetime
import decimal
import enum
import uuid
from collections import abc, deque

from sluice.exceptions import UnsupportedValue

# enum py_kind of python/engine/encode.c
STR, INT, FLOAT, DICT, SEQUENCE, DECIMAL, DATETIME, DATE, TIME, UUID, BYTES, WEI, CONVERT, HEX = range(1, 15)


class Wei(decimal.Decimal):
    """A number of up to 256 bits. Called, it says what a column rather gets: itself, or beyond what decimals hold a text."""

    MOST = 578960446186580977117854925043439539266  # BigQuery's BIGNUMERIC

    @classmethod
    def from_int256(cls, value, decimals=0):
        with decimal.localcontext() as context:
            context.prec = 78
            return cls(decimal.Decimal(value).scaleb(-decimals)) if decimals else cls(value)

    def __call__(self):
        return self if -self.MOST - 1 <= self <= self.MOST else ("str", str(self))

    def __repr__(self):
        return f"Wei('{self}')"


class HexBytes(bytes):
    """Bytes that print as hexadecimal, and can be made of it."""

    def __new__(cls, value=b""):
        return super().__new__(cls, bytes.fromhex(value.removeprefix("0x").removeprefix("0X")) if isinstance(value, str) else value)

    def __repr__(self):
        return f"HexBytes('0x{self.hex()}')"


_KINDS = ((str, STR), (int, INT), (float, FLOAT), (dict, DICT), (Wei, WEI), (decimal.Decimal, DECIMAL), (datetime.datetime, DATETIME),
          (datetime.date, DATE), (datetime.time, TIME), (uuid.UUID, UUID), (HexBytes, HEX), ((bytes, bytearray, memoryview), BYTES))


def classify(kind):
    """The way in which the engine writes values of a type; asked once for each type."""
    if issubclass(kind, enum.Enum) or hasattr(kind, "_asdict") or dataclasses.is_dataclass(kind):
        return CONVERT
    for base, answer in _KINDS:
        if issubclass(kind, base):
            return answer
    return SEQUENCE if issubclass(kind, (list, tuple, set, frozenset, deque, range)) else CONVERT


def convert(value):
    """Something plainer with the same meaning; may hold values that are converted in turn."""
    if isinstance(value, enum.Enum):
        return value.value
    if hasattr(value, "model_dump"):  # pydantic 2
        return value.model_dump(by_alias=True)
    if hasattr(value, "_asdict"):
        return dict(value._asdict())
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if hasattr(value, "__fields__") and hasattr(value, "dict"):  # pydantic 1
        return value.dict(by_alias=True)
    if isinstance(value, abc.Mapping):
        return dict(value)
    if hasattr(value, "dtype") and hasattr(value, "tolist"):  # NumPy: scalars and arrays
        return value.tolist()
    if isinstance(value, (abc.Sequence, abc.Set)):
        return list(value)
    raise UnsupportedValue(f"a value of type {type(value).__module__}.{type(value).__qualname__} cannot be loaded: "
                           "turn it into a text, number, date or dict first")


def is_arrow(item):
    """Tables, batches and frames of any library: what has the Arrow PyCapsule interface."""
    kind = type(item)
    return hasattr(kind, "__arrow_c_stream__") or (hasattr(kind, "__arrow_c_array__") and hasattr(item, "schema"))


def is_frame(item):
    """pandas and Polars of old, which have to_arrow or none of the interface; NumPy's arrays of records."""
    return (type(item).__name__ == "DataFrame" or _is_records(item)) and not is_arrow(item)


def _is_records(item):
    return getattr(item, "ndim", 0) == 1 and bool(getattr(getattr(item, "dtype", None), "names", None))


def as_arrow(item):
    """A frame of an old library as an Arrow table."""
    if hasattr(item, "to_arrow"):
        return item.to_arrow()
    import pyarrow

    if _is_records(item):
        return pyarrow.table({name: item[name] for name in item.dtype.names})
    return pyarrow.Table.from_pandas(item, preserve_index=False)
