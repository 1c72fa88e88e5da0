"""Cursor values in the form of the data."""
import datetime


def _alike(value, model):
    """A stored or configured value in the form of the data: states are JSON, so dates come back as texts."""
    if value is None or type(value) is type(model):
        if isinstance(value, datetime.datetime) and (value.tzinfo is None) != (model.tzinfo is None):
            return value.replace(tzinfo=None if model.tzinfo is None else datetime.timezone.utc)
        return value
    if isinstance(model, datetime.datetime):
        if isinstance(value, str):
            value = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
        elif isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
            value = datetime.datetime(value.year, value.month, value.day)
        if isinstance(value, datetime.datetime) and (value.tzinfo is None) != (model.tzinfo is None):
            value = value.replace(tzinfo=None if model.tzinfo is None else datetime.timezone.utc)
        return value
    if isinstance(model, datetime.date):
        if isinstance(value, str):
            return datetime.date.fromisoformat(value[:10])
        return value.date() if isinstance(value, datetime.datetime) else value
    if isinstance(model, str) and isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    return value
