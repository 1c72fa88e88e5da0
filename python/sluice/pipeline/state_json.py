"""The pipeline's state as JSON: dates and decimals marked as dlt marks them, so that they come back as what they were."""
import datetime
import decimal
import json
import sys


def _moment(text):
    """A datetime; pendulum's, which is one as well, in programs that use that."""
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return sys.modules["pendulum"].instance(moment) if "pendulum" in sys.modules else moment


_MARKS = {"\uf026": decimal.Decimal, "\uf027": _moment,
          "\uf028": datetime.date.fromisoformat, "\uf02d": datetime.time.fromisoformat}


def _mark(value):
    for kind, mark in ((decimal.Decimal, "\uf026"), (datetime.datetime, "\uf027"), (datetime.date, "\uf028"), (datetime.time, "\uf02d")):
        if isinstance(value, kind):
            return mark + (str(value) if kind is decimal.Decimal else value.isoformat())
    if hasattr(value, "item"):  # NumPy
        return value.item()
    return str(value)


def dump(state):
    return json.dumps(state, default=_mark, ensure_ascii=False)


def _unmark(value):
    if isinstance(value, str):
        read = _MARKS.get(value[:1])
        return read(value[1:]) if read else value
    if isinstance(value, list):
        return [_unmark(one) for one in value]
    if isinstance(value, dict):
        return {key: _unmark(one) for key, one in value.items()}
    return value


def load(text):
    return _unmark(json.loads(text))
