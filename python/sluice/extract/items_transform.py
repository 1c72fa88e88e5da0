"""The steps of pipes: maps, filters, limits and what else is done to pages.

A step is called with a page (a list of rows, one row, or Arrow data) and what was said of it, and gives the page that goes on; None: no
page goes on. placement_affinity says where it stands in a pipe whenever it was added: steps with a higher one come later."""
import copy
import inspect
import time
import types

from sluice._values import is_arrow
from sluice.extract.hints import DataItemWithMeta


def takes_meta(function):
    """Whether a function of a row wants what was said of the row as well."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # built in
        return False
    if any(p.name == "meta" and p.kind is not p.VAR_KEYWORD for p in parameters):
        return True
    wanted = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.default is p.empty]
    return len(wanted) > 1


class ItemTransform:
    """A step that is more than a function."""

    placement_affinity = 0
    stop = None  # set by who reads: ends the reading of the pipe
    __class_getitem__ = classmethod(types.GenericAlias)  # of what it gives and of its metrics

    def __class_getitem__(cls, _kinds):
        """ItemTransform[row] is the same class: nothing checks the rows."""
        return cls

    def __init__(self, transform_f):
        self._f, self._with_meta, self._custom_metrics = transform_f, takes_meta(transform_f), {}

    @property
    def custom_metrics(self):
        return self._custom_metrics

    def bind(self, pipe):
        """The step for one reading of the pipe."""
        return self

    def of(self, meta):
        """The function of a row alone."""
        function = self._f
        return (lambda row: function(row, meta)) if self._with_meta else function

    def __call__(self, item, meta=None):
        raise NotImplementedError(f"{type(self).__name__} does not say what becomes of a page")


class MapItem(ItemTransform):
    """Each row becomes what the function returns; None: nothing."""

    def __call__(self, item, meta=None):
        function = self.of(meta)
        if not isinstance(item, list):
            return function(item)
        made = [one for one in map(function, item) if one is not None]
        return made if made or not item else None


class FilterItem(ItemTransform):
    """Rows for which the function returns something true."""

    def __call__(self, item, meta=None):
        function = self.of(meta)
        if not isinstance(item, list):
            return item if function(item) else None
        kept = [row for row in item if function(row)]
        return kept if kept or not item else None


class YieldMapItem(ItemTransform):
    """Each row becomes the rows that the function yields."""

    def __call__(self, item, meta=None):
        function = self.of(meta)
        if isinstance(item, list):
            return self._page(function, item)
        made = function(item)
        return made if hasattr(made, "__next__") else iter(made)

    def _page(self, function, page):
        made = [one for row in page for one in function(row) if one is not None]
        if any(isinstance(one, (list, DataItemWithMeta)) or is_arrow(one) for one in made):
            return iter(made)  # pages, or rows of which something is said
        return made if made or not page else None


class ValidateItem(ItemTransform):
    """Base of what checks rows."""

    placement_affinity = 0.9  # before incrementals

    def __init__(self):
        super().__init__(None)
        self.table_name = None

    def bind(self, pipe):
        self.table_name = pipe.name
        return self


def _rows_in(item):
    return len(item) if isinstance(item, list) else item.num_rows if is_arrow(item) and hasattr(item, "num_rows") else 1


class LimitItem(ItemTransform):
    """Ends the reading after a number of pages, of rows, or of seconds."""

    placement_affinity = 1.1  # counts what the incremental leaves

    def __init__(self, max_items=None, max_time=None, count_rows=False):
        super().__init__(None)
        self.max_items, self.max_time, self.count_rows = -1 if max_items is None else max_items, max_time, count_rows
        self.count, self.started = 0, time.monotonic()

    def bind(self, pipe):
        mine = copy.copy(self)
        mine.count, mine.started = 0, time.monotonic()
        return mine

    def limit(self, chunk_size):
        """How many rows a source needs to ask for, when its pages have chunk_size; None: all."""
        if self.max_items < 0:
            return None
        return self.max_items if self.count_rows else self.max_items * chunk_size

    @property
    def exhausted(self):
        return 0 <= self.max_items <= self.count or bool(self.max_time and time.monotonic() - self.started >= self.max_time)

    def __call__(self, item, meta=None):
        if 0 <= self.max_items <= self.count:
            return None
        self.count += _rows_in(item) if self.count_rows else 1
        if self.exhausted and self.stop is not None:
            self.stop()
        return item


class MetricsItem(ItemTransform):
    """Calls a function with each page, what was said of it, and the metrics of the resource, to which it may write."""

    def __init__(self, metrics_f):
        super().__init__(metrics_f)

    def bind(self, pipe):
        mine = copy.copy(self)
        if pipe.owner is not None:
            mine._custom_metrics = pipe.owner.custom_metrics
        return mine

    def __call__(self, item, meta=None):
        self._f(item, meta, self._custom_metrics)
        return item
