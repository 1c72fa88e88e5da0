"""The lag of an incremental: cursor values moved back, to read again what may have come late."""
import datetime
import inspect
import re

from sluice.common.json import as_pendulum
from sluice.extract.incremental.values import _alike

_DATE_TEXTS = ((re.compile(r"\d{8}$"), "%Y%m%d"), (re.compile(r"\d{4}-\d\d-\d\d$"), "%Y-%m-%d"))
_TIME_TEXTS = ("%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f",
               "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.%f%z", "%Y-%m-%d %H:%M:%S%z", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S",
               "%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M")


def _format(moment, layout, text):
    made = moment.strftime(layout)
    digits = re.search(r"\.(\d+)", text)
    if "%f" in layout and digits:  # as many digits as the text had
        made = re.sub(r"\.\d+", "." + f"{moment.microsecond:06d}".ljust(9, "0")[:len(digits[1])], made)
    if layout.endswith("%z") and re.search(r"[+-]\d\d:\d\d$", text):
        made = made[:-2] + ":" + made[-2:]
    return made[:-5] + "Z" if layout.endswith("%z") and text.endswith("Z") else made


def shift(value, lag, kind):
    """A cursor value moved by the lag: days for dates, seconds for times, else its own unit."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value + lag)
    if isinstance(value, float):
        return value + lag
    if isinstance(value, datetime.datetime):
        if inspect.isclass(kind) and issubclass(kind, datetime.date) and not issubclass(kind, datetime.datetime):
            day = (value + datetime.timedelta(days=lag)).replace(hour=0, minute=0, second=0, microsecond=0)
            return as_pendulum(day)
        return as_pendulum(value + datetime.timedelta(seconds=lag))
    if isinstance(value, datetime.date):
        return as_pendulum(value + datetime.timedelta(days=lag))
    if isinstance(value, str):
        for pattern, layout in _DATE_TEXTS:
            if pattern.match(value):
                return (datetime.datetime.strptime(value, layout) + datetime.timedelta(days=lag)).strftime(layout)
        for layout in _TIME_TEXTS:
            try:
                return _format(datetime.datetime.strptime(value, layout) + datetime.timedelta(seconds=lag), layout, value)
            except ValueError:
                continue
        raise ValueError(f"lag: the cursor value {value!r} is no date or time")
    raise ValueError(f"lag: a cursor of type {type(value).__name__} cannot be shifted")


def _apply_lag_to_value(lag, value, last_value_func):
    """The value moved by the lag, back for max and on for min."""
    if last_value_func not in (max, min):
        raise ValueError(f"lag: it goes with max and min only, not with {last_value_func!r}")
    return shift(value, -lag if last_value_func is max else lag, type(value))


def apply_lag(lag, initial_value, last_value, last_value_func, kind=None):
    """The last value moved by the lag, but not beyond the initial value."""
    shifted = shift(last_value, -lag if last_value_func is max else lag, kind or type(last_value if initial_value is None else initial_value))
    return shifted if initial_value is None else last_value_func((shifted, _alike(initial_value, shifted)))
