"""The interval that a scheduler has for a run: the window of incrementals with allow_external_schedulers."""
import datetime
import decimal
import os

from sluice.common.configuration.container import ContainerInjectableContext
from sluice.common.time import ensure_datetime
from sluice.exceptions import JoinSchedulerError
from sluice.extract.incremental.values import _alike


class TimeIntervalContext(ContainerInjectableContext):
    """(start, end) of the run: as given, from DLT_INTERVAL_START and DLT_INTERVAL_END, or Airflow's data interval.

    allow_external_schedulers is said for all incrementals; None: each says it for itself."""

    def __init__(self, interval=None, allow_external_schedulers=None):
        if allow_external_schedulers is None and os.environ.get("DLT_ALLOW_EXTERNAL_SCHEDULERS", "").lower() == "true":
            allow_external_schedulers = True
        self.allow_external_schedulers, self._interval = allow_external_schedulers, interval

    @classmethod
    def active(cls):
        return cls._current.get() or cls()  # the environment may have changed

    @property
    def interval(self):
        """Both ends, or None."""
        return self._interval if self._interval is not None else _of_environment() or _of_airflow()


def get_interval_context():
    return TimeIntervalContext.active()


def _of_environment():
    ends = [os.environ.get(f"DLT_INTERVAL_{end}") for end in ("START", "END")]
    if not all(ends):
        return None
    zone = datetime.timezone.utc
    if os.environ.get("DLT_INTERVAL_TIMEZONE"):
        from zoneinfo import ZoneInfo

        zone = ZoneInfo(os.environ["DLT_INTERVAL_TIMEZONE"])
    return tuple(ensure_datetime(end).astimezone(zone) for end in ends)


def _of_airflow():
    try:
        try:
            from airflow.operators.python import get_current_context
        except ImportError:
            from airflow.sdk import get_current_context
        context = get_current_context()
    except Exception:  # not installed, or no task is running
        return None
    ends = context.get("data_interval_start"), context.get("data_interval_end")
    return None if None in ends else ends


def _reader(kind, resource_name):
    """The function that makes a cursor of a moment."""
    if kind in (float, decimal.Decimal):
        return datetime.datetime.timestamp
    if isinstance(kind, type) and issubclass(kind, int):
        return lambda moment: int(moment.timestamp())
    if isinstance(kind, type) and issubclass(kind, datetime.datetime):
        return lambda moment: moment
    if isinstance(kind, type) and issubclass(kind, datetime.date):
        return datetime.datetime.date
    raise JoinSchedulerError(resource_name, f"In resource `{resource_name}`: the scheduler's interval cannot be the window of a cursor of type "
                             f"{getattr(kind, '__name__', kind)}: say incremental[datetime] (or date, float, int for seconds) and turn texts into "
                             "dates by add_map")


def join(incremental, context):
    """The scheduler's interval as the incremental's window, where that one has no narrower ends; without a scheduler nothing changes, since
    dlt's verified sources ask for one and are run without."""
    if context.interval is None:
        return
    read, better = _reader(incremental.get_incremental_value_type(), incremental.resource_name), incremental.last_value_func
    start, end = (read(ensure_datetime(moment)) for moment in context.interval)
    if incremental.initial_value is not None:
        start = better((incremental.initial_value, _alike(start, incremental.initial_value)))
    if incremental.end_value is not None:
        end = _alike(end, incremental.end_value)
        end = incremental.end_value if better((incremental.end_value, end)) == end else end
    incremental.initial_value, incremental.end_value = start, end
