"""Cursor values in the form of the data."""
import datetime

UTC = datetime.timezone.utc


def _same_zone(value, model):
    """A datetime with a zone when the other has one: naive ones are UTC."""
    if (value.tzinfo is None) == (model.tzinfo is None):
        return value
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)


def _alike(value, model):
    """A stored or configured value in the form of the data: states are JSON, so dates may come back as texts."""
    if value is None:
        return None
    if isinstance(model, datetime.datetime):
        if isinstance(value, str):
            value = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
        elif isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
            value = datetime.datetime(value.year, value.month, value.day)
        return _same_zone(value, model) if isinstance(value, datetime.datetime) else value
    if isinstance(model, datetime.date):
        if isinstance(value, str):
            return datetime.date.fromisoformat(value[:10])
        return value.date() if isinstance(value, datetime.datetime) else value
    if isinstance(model, str) and isinstance(value, datetime.date):
        return value.isoformat()
    return value
