"""dlt.common.time: what sources use of it."""
import datetime
from datetime import timedelta  # noqa: F401


def ensure_datetime(value):
    """A moment with a zone, of a text, date or number of seconds."""
    if isinstance(value, str):
        value = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
    elif isinstance(value, (int, float)):
        value = datetime.datetime.fromtimestamp(value, datetime.timezone.utc)
    elif isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        value = datetime.datetime(value.year, value.month, value.day)
    return value if value.tzinfo is not None else value.replace(tzinfo=datetime.timezone.utc)


def ensure_pendulum_datetime(value):
    """The same as a pendulum object."""
    import pendulum

    return pendulum.instance(ensure_datetime(value))


def ensure_pendulum_datetime_utc(value):
    """The same in UTC."""
    return ensure_pendulum_datetime(value).in_timezone("UTC")


def ensure_pendulum_datetime_non_utc(value):
    """A pendulum object with the zone that the value has, or none."""
    import pendulum

    if isinstance(value, str):
        value = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
    return pendulum.instance(value, tz=None) if isinstance(value, datetime.datetime) and value.tzinfo is None else ensure_pendulum_datetime(value)


def ensure_pendulum_date(value):
    return ensure_pendulum_datetime(value).date()


def ensure_pendulum_time(value):
    """A time of day as a pendulum object, of a text, time, or number of seconds since midnight."""
    import pendulum

    if isinstance(value, str):
        value = datetime.time.fromisoformat(value)
    elif not isinstance(value, datetime.time):
        since = value if isinstance(value, timedelta) else timedelta(seconds=value)
        value = (datetime.datetime.min + since % timedelta(days=1)).time()
    return pendulum.instance(value, tz=None)


def reduce_pendulum_datetime_precision(value, microsecond_precision):
    """A moment or time of day with so many digits of its fraction; the others are cut off."""
    unit = 10 ** max(0, 6 - microsecond_precision)
    return value.replace(microsecond=value.microsecond // unit * unit)


def parse_iso_like_datetime(text):
    return ensure_datetime(text)


def timestamp_within(timestamp, min_exclusive, max_inclusive):
    return timestamp > (min_exclusive or 0) and timestamp <= (max_inclusive or 2**32)
