"""Loading what is new: the cursor and where it begins, what was said of it, and its place as a step of a pipe."""
import copy
import typing

from sluice._values import is_arrow, is_frame
from sluice.common import logger
from sluice.common.incremental.typing import IncrementalColumnState, LastValueFunc, TCursorValue  # noqa: F401
from sluice.common.jsonpath import JsonPath
from sluice.exceptions import (ConfigurationValueError, IncrementalCursorPathMissing, IncrementalPrimaryKeyMissing,  # noqa: F401
                               IncrementalUnboundError)
from sluice.extract import state as states
from sluice.extract.incremental import context
from sluice.extract.incremental.lag import apply_lag
from sluice.extract.incremental.rows import RowWindow
from sluice.extract.incremental.values import _alike

_CHOICES = {"on_cursor_value_missing": ("raise", "include", "exclude"), "range_start": ("open", "closed"), "range_end": ("open", "closed")}
_SAID = ("cursor_path", "initial_value", "end_value", "row_order", "allow_external_schedulers", "on_cursor_value_missing", "lag",
         "range_start", "range_end", "last_value_func")
_FUNCTIONS = {"max": max, "min": min}
NOT_EMPTY = "Incremental.EMPTY is for apply_hints: as a default or an argument None says that there is no incremental"


class Incremental(typing.Generic[TCursorValue]):
    """`dlt.sources.incremental`: see the parameters in docs/python.md; as a resource's argument it tells where to go on, and as a step of
    its pipe it lets through what is new."""

    placement_affinity = 1  # after maps and checks
    duplicate_cursor_warning_threshold = 200
    stop = None  # set by who reads: ends the reading of the pipe
    EMPTY = None  # set below: stands for "no incremental"

    def __init__(self, cursor_path=None, initial_value=None, last_value_func=max, primary_key=None, end_value=None, row_order=None,
                 allow_external_schedulers=False, on_cursor_value_missing="raise", lag=None, range_start="closed", range_end="open"):
        if isinstance(last_value_func, str):
            if last_value_func not in _FUNCTIONS:
                raise ValueError(f"last_value_func: {last_value_func!r} is not max, min or a function")
            last_value_func = _FUNCTIONS[last_value_func]
        self.cursor_path, self.initial_value, self.last_value_func, self.end_value = cursor_path, initial_value, last_value_func, end_value
        self._primary_key, self.row_order, self.allow_external_schedulers = primary_key, row_order, allow_external_schedulers
        self.on_cursor_value_missing, self.lag, self.range_start, self.range_end = on_cursor_value_missing, lag, range_start, range_end
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name}: {getattr(self, name)!r} is not one of {', '.join(allowed)}")
        if cursor_path:
            JsonPath(cursor_path)  # fails for what is none
        self._dedup_key_from_hints = None if primary_key is None else False
        self.resource_name, self.start_value = None, initial_value
        self._cached_state = self._cached_start = self._window = None
        self.start_out_of_range = self.end_out_of_range = False
        self._counts = dict.fromkeys(("unfiltered_items_count", "unfiltered_batches_count", "initial_unique_hashes_count",
                                      "final_unique_hashes_count"), 0)
        self.custom_metrics = {"incremental": [self._counts]}

    # ---- what was said ----

    @classmethod
    def ensure_instance(cls, value):
        return value if isinstance(value, Incremental) else cls(**value)

    @property
    def primary_key(self):
        """What tells rows with the same cursor value apart; (): they are not told apart."""
        return self._primary_key

    @primary_key.setter
    def primary_key(self, value):
        self.set_deduplication_key(value, from_hints=False)

    def set_deduplication_key(self, value, from_hints):
        """Hints of the resource do not change a key that was said here."""
        if not (from_hints and self._dedup_key_from_hints is False):
            self._primary_key, self._dedup_key_from_hints = value, from_hints

    def said(self):
        """The parameters as a dict, but for primary_key."""
        return {name: getattr(self, name) for name in _SAID}

    def merge(self, other):
        """This one with what the other says instead: all that is not None."""
        kept = {**self.said(), "primary_key": self._primary_key}
        kept.update((name, value) for name, value in {**other.said(), "primary_key": other._primary_key}.items() if value is not None)
        merged = (getattr(self, "__orig_class__", None) or getattr(other, "__orig_class__", None) or type(other))(**kept)
        merged.resource_name = other.resource_name or self.resource_name
        if other._dedup_key_from_hints is not None:
            merged._dedup_key_from_hints = other._dedup_key_from_hints
        return merged

    def copy(self):
        return self.merge(self)

    def parse_native_representation(self, native_value):
        """Takes over another incremental, or a plain value as the initial one."""
        if not isinstance(native_value, Incremental):
            self.initial_value = self.start_value = native_value
            return
        if self is Incremental.EMPTY or native_value is Incremental.EMPTY:
            raise ValueError(NOT_EMPTY)
        merged = self.merge(native_value)
        self.__dict__.update({**merged.said(), "_primary_key": merged._primary_key, "resource_name": merged.resource_name,
                              "start_value": merged.initial_value, "_dedup_key_from_hints": merged._dedup_key_from_hints})
        if hasattr(merged, "__orig_class__"):
            self.__orig_class__ = merged.__orig_class__

    def get_incremental_value_type(self):
        """The type of the cursor: incremental[type], else that of the initial value."""
        for kind in typing.get_args(getattr(self, "__orig_class__", None)):
            if kind is not typing.Any and not isinstance(kind, typing.TypeVar):
                return kind
        return typing.Any if self.initial_value is None else type(self.initial_value)

    def get_cursor_column_name(self):
        """The column of the cursor, when the path is nothing but its name."""
        return JsonPath(self.cursor_path).field

    def is_partial(self):
        return self.cursor_path is None

    def resolve(self):
        """Checks what was said; ConfigurationValueError."""
        if self.end_value is None:
            return self
        if self.initial_value is None:
            raise ConfigurationValueError("Incremental `end_value` was specified without `initial_value`: a window has two ends")
        func = self.last_value_func
        try:
            in_order = func([self.end_value, self.initial_value]) == self.end_value
        except Exception as error:
            raise ConfigurationValueError(f"Incremental `initial_value={self.initial_value}` and `end_value={self.end_value}` cannot be compared: "
                                          f"{error}") from error
        if not in_order and func in (max, min):
            side = "higher" if func is max else "lower"
            raise ConfigurationValueError(f"Incremental `initial_value={self.initial_value}` is {side} than `end_value={self.end_value}`. It is "
                                          "where the window begins")
        if not in_order:
            name = getattr(func, "__name__", "last_value_func")
            raise ConfigurationValueError(f"Incremental `initial_value={self.initial_value}` is behind `end_value={self.end_value}`: The result of "
                                          f"`{name}([end_value, initial_value])` must equal `end_value`")
        return self

    # ---- the state ----

    @classmethod
    def from_existing_state(cls, resource_name, cursor_path):
        """As an earlier step or run of a resource has left it."""
        stored = cls._stored(resource_name, cursor_path)
        made = cls(cursor_path, stored.get("initial_value"))
        made.resource_name = resource_name
        return made

    @staticmethod
    def _stored(resource_name, cursor_path):
        return states.resource_state(resource_name).setdefault("incremental", {}).setdefault(cursor_path, {})

    def get_state(self):
        """What the resource's state has for the cursor; with end_value nothing is kept in it."""
        fresh = {"initial_value": self.initial_value, "last_value": self.initial_value, "unique_hashes": [], "start_value": self.initial_value}
        if self.end_value is not None:
            return fresh
        if not self.resource_name:
            raise IncrementalUnboundError(self.cursor_path, f"the incremental over '{self.cursor_path}' belongs to no resource yet: it has a last "
                                          "value while its resource is read")
        stored = self._stored(self.resource_name, self.cursor_path)
        if not stored:
            stored.update(fresh)
        return stored

    @property
    def last_value(self):
        """The highest value seen, shifted back by the lag."""
        known = self._cached_state if self.end_value is None else None
        return self._lagged((known or self.get_state())["last_value"])

    def _lagged(self, value):
        if not self.lag or value is None or self.end_value is not None:
            return value
        if self.last_value_func not in (max, min):
            logger.warning("In resource `%s`: lag goes with max and min only, not with %r: it is ignored", self.resource_name, self.last_value_func)
            return value
        kind = self.get_incremental_value_type()
        return apply_lag(self.lag, self.initial_value, value, self.last_value_func, type(value) if kind is typing.Any else kind)

    def resolve_bounds(self, apply_lag=True):
        """(lower, upper) of the cursor: the window, or what the state has."""
        if self._cached_state is None:
            return self.initial_value, self.end_value
        upper = self.end_value if self.end_value is not None else self._cached_state["last_value"]
        return self.start_value if apply_lag else self._cached_state.get("start_value"), upper

    # ---- one reading ----

    def bind(self, pipe):
        """The step of one reading: a copy that begins where the state says. `pipe` has the name of the resource. Counts and state stay
        visible here."""
        mine = copy.copy(self)
        mine._begin(pipe.name)
        self.resource_name, self.start_value, self._cached_state = mine.resource_name, mine.start_value, mine._cached_state
        return mine

    def _begin(self, resource_name):
        if self.is_partial():
            raise IncrementalCursorPathMissing(resource_name, None, None, f"In resource `{resource_name}`: the incremental has no cursor_path")
        self.resource_name = resource_name
        schedule = context.get_interval_context()
        wanted = schedule.allow_external_schedulers
        if self.allow_external_schedulers if wanted is None else wanted:
            context.join(self, schedule)
        self.resolve()
        self._cached_state = self.get_state()
        self._cached_start = self._cached_state["last_value"]
        self.start_value = self._lagged(self._cached_start)
        self.start_out_of_range = self.end_out_of_range = False
        self._window = RowWindow(self)

    @property
    def deduplicates(self):
        """Whether rows at the start that an earlier run has loaded are left out."""
        empty = isinstance(self._primary_key, (tuple, list, str)) and len(self._primary_key) == 0
        return not (empty or self.end_value is not None or self.range_start == "open" or (self.lag and self.last_value_func in (max, min)))

    def can_close(self):
        """All further rows are out of the window: the rows come in order."""
        return (self.row_order == "asc" and self.end_out_of_range) or (self.row_order == "desc" and self.start_out_of_range)

    def close_when_done(self):
        """Ends the reading once a row is out of the window."""
        if self.stop is not None and self.can_close():
            self.stop()

    def __call__(self, item, meta=None):
        """A page (rows, one row, a table or frame) without what is not new; None: nothing is left."""
        if item is None or (isinstance(item, list) and not item):
            return item
        self._count(item)
        state = self._cached_state
        before = len(state["unique_hashes"])
        kept = self._filter(item)
        if kept is not None:
            state["start_value"] = self._cached_start
        self._tell(before, len(state["unique_hashes"]))
        return kept

    def _filter(self, item):
        if isinstance(item, list):
            if is_arrow(item[0]) or is_frame(item[0]):
                return [kept for one in item if (kept := self._filter(one)) is not None] or None
            return self._window.filter(item) or None
        if is_arrow(item) or is_frame(item):
            from sluice.extract.incremental.arrow import filter_table

            return filter_table(self._window, item)
        return next(iter(self._window.filter([item])), None)

    def _count(self, item):
        self._counts["unfiltered_batches_count"] += 1
        parts = item if isinstance(item, list) and (is_arrow(item[0]) or is_frame(item[0])) else [item]
        self._counts["unfiltered_items_count"] += sum(
            len(one) if isinstance(one, list) or is_frame(one) or is_arrow(one) and hasattr(one, "__len__") else getattr(one, "num_rows", 1)
            for one in parts)

    def _tell(self, before, after):
        if self.deduplicates:
            self._counts["initial_unique_hashes_count"], self._counts["final_unique_hashes_count"] = before, after
        if before <= self.duplicate_cursor_warning_threshold < after:
            logger.warning(f"In resource `{self.resource_name}`: Large number of records ({after}) have the same value of the cursor "
                           f"'{self.cursor_path}'. The state remembers a hash of each: take a cursor of a higher resolution, or primary_key=() "
                           "and load them again")

    def __eq__(self, other):
        return isinstance(other, Incremental) and self.said() == other.said() and self._primary_key == other._primary_key

    __hash__ = object.__hash__

    def __repr__(self):
        state = self._cached_state or {}
        return f"Incremental({self.cursor_path!r}, last_value={state.get('last_value', self.initial_value)!r}, end_value={self.end_value!r})"


Incremental.EMPTY = Incremental()


def __getattr__(name):
    if name == "IncrementalResourceWrapper":
        from sluice.extract.incremental.wrapper import IncrementalResourceWrapper

        return IncrementalResourceWrapper
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
