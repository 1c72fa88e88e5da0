"""Reading pipes: whose turn it is, and the way of each page through its steps; functions in threads, coroutines in a loop.

Only the calling thread runs user code, but for what asks for threads (parallelize, defer) or is asynchronous."""
import functools
import inspect
from collections import abc

from sluice import _config, exceptions
from sluice._values import as_arrow, is_arrow, is_frame
from sluice.extract.concurrency import Flights
from sluice.extract.incremental import Incremental
from sluice.extract.items import DataItemWithMeta, PipeItem
from sluice.extract.items_transform import LimitItem
from sluice.extract.native import NativeRows
from sluice.extract.pipe import END, Pipe, call_user

__all__ = ["ManagedPipeIterator", "Pipe", "PipeItem", "PipeIterator"]


class Source:
    """An iterator that is being read: a head, or what a step made of a page. Its pages have left that step."""

    __slots__ = ("pages", "step", "pipe", "meta", "future", "closed", "in_loop", "in_thread")

    def __init__(self, pages, step, pipe, meta=None):
        self.pages, self.step, self.pipe, self.meta = pages, step, pipe, meta
        self.future, self.closed, self.in_loop = None, False, hasattr(pages, "__anext__")
        self.in_thread = pipe.parallelized and step == pipe._gen_idx and not self.in_loop

    def close(self):
        self.closed = True
        if hasattr(self.pages, "close"):
            try:
                self.pages.close()
            except (RuntimeError, ValueError):  # a thread is inside of it: it ends with its page
                pass


def _setting(key, given, default):
    return given if given is not None else _config.lookup(key, ("extract",))[0] or default


class PipeIterator:
    """Gives a PipeItem for each page that comes out of the pipes.

    "fifo" reads the first pipe to its end before the next; "round_robin", the default, takes a page of each in turn. An iterator that a step
    gives is read like the pipe itself; a page of None passes the turn on."""

    def __init__(self, sources, max_parallel_items=None, workers=None, next_item_mode=None):
        self._sources, self._roots, self._turn = sources, len(sources), 0
        self._most = int(_setting("max_parallel_items", max_parallel_items, 20))
        self._fifo = _setting("next_item_mode", next_item_mode, "round_robin") == "fifo"
        self._flights = Flights(int(_setting("workers", workers, 5)))
        self.native = False  # who reads can take tables that the engine reads itself
        self.plain = False  # nobody else reads along
        self._handed_back = None  # a page that the fast road does not take
        for source in sources:
            for step in source.pipe.steps:
                self._arm(step, source.pipe)

    @classmethod
    def from_pipe(cls, pipe, **settings):
        """Reads one pipe, and its parents for it."""
        return cls.from_pipes([pipe], yield_parents=False, **settings)

    @classmethod
    def from_pipes(cls, pipes, yield_parents=True, copy_on_fork=False, **settings):
        """Reads several pipes; parents that they share are read once, and give their pages as well if they are among the pipes.
        copy_on_fork: each of them gets its own copy of a page."""
        clones, pairs = cls.clone_pipes(pipes)
        for pipe in pairs.values():
            pipe.evaluate_gen()  # before they are connected: this may add steps
        sources = []
        for pipe in reversed(clones):
            while pipe.parent is not None:
                parent = pipe.parent.fork(pipe, copy_on_fork=copy_on_fork)
                if yield_parents and any(parent is clone for clone in clones):
                    parent.fork(parent, len(parent) - 1)
                pipe = parent
            if not any(source.pipe is pipe for source in sources):
                sources.append(Source(pipe.gen, pipe._gen_idx, pipe))
        return cls([s for s in sources if not _starts_full(s)], **settings)

    @staticmethod
    def clone_pipes(pipes, existing_cloned_pairs=None):
        """(clones of the pipes, {instance_id: clone}): each pipe and each parent is cloned once, and those in existing_cloned_pairs not."""
        pairs, fresh = dict(existing_cloned_pairs or {}), []
        for pipe in pipes:
            one = pipe
            while one is not None and not one.is_empty and one.instance_id not in pairs:
                pairs[one.instance_id] = one._clone()
                fresh.append(pairs[one.instance_id])
                one = one.parent
        for clone in fresh:
            if clone.parent is not None:
                clone.parent = pairs.get(clone.parent.instance_id, clone.parent)
        return [pairs.get(pipe.instance_id, pipe) for pipe in pipes], pairs

    # ---- the loop ----

    def __iter__(self):
        return self

    def __next__(self):
        while True:
            found, self._handed_back = self._handed_back, None
            if found is None and self._flights.count:
                found = self._land(0.1 if self._flights.count >= self._most else 0)
                if found is None and self._flights.count >= self._most:
                    continue  # wakes up for signals
            if found is None:
                found = self._read()
            if found is None:
                if self._flights.count:
                    found = self._land(0.1 if all(s.future is not None for s in self._sources) else 0.01)
                elif not self._sources:
                    raise StopIteration
            if found is not None:
                found = self._through(*found)
                if found is not None:
                    return found

    def _whose_turn(self):
        count = len(self._sources)
        if self._fifo or count - self._roots >= self._most:
            return count - 1
        return (self._turn - 1) % count

    def _read(self):
        """The next page of the source whose turn it is; None when all of them wait or none is left."""
        first = None
        chosen = False
        while self._sources:
            if not chosen:
                self._turn, first, chosen = self._whose_turn(), None, True
            elif self._turn == first:
                return None
            source = self._sources[self._turn]
            page = self._page_of(source)
            if page is END:
                self._sources.pop(self._turn)
                self._roots -= self._turn < self._roots
                chosen = False
            elif page is not None:
                return page if type(page) is PipeItem else (page, source.step, source.pipe, source.meta)
            else:
                first = self._turn if first is None else first
                self._turn = (self._turn - 1) % len(self._sources)
        return None

    def _page_of(self, source):
        """The next page; None: not now."""
        if source.closed:
            return END
        if source.future is not None:
            return None
        note = (source.step, source.pipe, source.meta, source)
        if source.in_loop:
            source.future = call_user(source.pipe, "generator", self._flights.run, note, _next_async(source.pages))
        elif source.in_thread:
            source.future = self._flights.call(note, call_user, source.pipe, "generator", next, source.pages)
        else:
            return call_user(source.pipe, "generator", next, source.pages)
        return None

    def _land(self, seconds):
        """What a thread or a coroutine has finished, as a page on its way."""
        landed = self._flights.landed(seconds)
        if landed is None:
            return None
        future, (step, pipe, meta, source) = landed
        page = call_user(pipe, "generator", future.result)
        if source is not None:
            source.future = None
            if page is END:
                source.closed = True
        return None if page is END or page is None else (page, step, pipe, meta)

    # ---- a page ----

    def _through(self, page, step, pipe, meta):
        """Takes a page through the steps that are left. None: it was dropped, or it is read or waited for first."""
        while page is not None and page is not END:
            if isinstance(page, DataItemWithMeta):
                page, meta = page.data, page.meta
                continue
            if type(page) is not dict:
                page = self._as_page(page, step, pipe, meta)
                if page is None:
                    return None
            steps = pipe._steps
            if step == len(steps) - 1 or type(page) is NativeRows:
                return PipeItem(page, step, pipe, meta)
            step += 1
            page = call_user(pipe, "transform", _call, steps[step], page, meta)
            if type(page) is PipeItem:
                page, step, pipe, meta = page
        return None

    def _as_page(self, page, step, pipe, meta):
        """The page as steps see it; None: it is no page yet."""
        if isinstance(page, list):
            if not page or type(page[0]) is dict or not (is_arrow(page[0]) or is_frame(page[0])):
                return page
            self._sources.append(Source(iter(page), step, pipe, meta))  # steps see each table
        elif is_arrow(page):
            return page
        elif is_frame(page):
            return as_arrow(page)
        elif isinstance(page, tuple):
            return page if hasattr(page, "_asdict") else list(page)
        elif isinstance(page, abc.Iterator) or hasattr(page, "__anext__"):
            self._sources.append(Source(page, step, pipe, meta))
        elif inspect.isawaitable(page):
            call_user(pipe, "generator", self._flights.run, (step, pipe, meta, None), page if inspect.iscoroutine(page) else _result(page))
        elif isinstance(page, NativeRows):
            return self._native_page(page, step, pipe, meta)
        elif callable(page) and not isinstance(page, type):
            self._flights.call((step, pipe, meta, None), call_user, pipe, "generator", page)
        else:
            return page
        return None

    def _native_page(self, page, step, pipe, meta):
        """A table that the engine can read: as it is when nobody here looks at its rows, else page by page."""
        rest = pipe._steps[step + 1:]
        incremental = next((s for s in rest if isinstance(s, Incremental)), None)
        unseen = len(rest) == (incremental is not None) and step == pipe._gen_idx and pipe.owner is not None
        if self.native and unseen and not pipe.owner.has_dynamic_table_name and page.keeps(incremental):
            page.incremental = incremental
            return page
        self._sources.append(Source(page.pages(incremental), step, pipe, meta))
        return None

    # ---- the fast road ----

    def drainable(self):
        """The owner of the one plain generator without steps that is left: the engine may take its pages without a look from here. Else
        None."""
        if not self.plain or len(self._sources) != 1 or self._flights.count or self._handed_back is not None:
            return None
        source = self._sources[0]
        if len(source.pipe) > 1 or source.in_loop or source.in_thread or source.closed or source.pipe.owner.has_dynamic_table_name:
            return None
        return source.pipe.owner

    def drain(self, load):
        """Hands pages of dicts to the engine until the generator ends (True), something else comes (True, it is next then), or the load
        wants no more (False)."""
        source = self._sources[0]
        what, page = call_user(source.pipe, "generator", load.drain, source.pages)
        if what == "end":
            source.closed = True
        elif what == "more":
            self._handed_back = (page, source.step, source.pipe, source.meta)
        return what != "stopped"

    # ---- ends ----

    def _arm(self, step, pipe):
        if hasattr(step, "stop"):
            step.stop = functools.partial(self._stop, pipe)

    def _stop(self, pipe):
        """Nothing more is read of the pipe."""
        for source in self._sources:
            if source.pipe is pipe:
                source.close()

    def close(self):
        self._flights.close()
        for source in self._sources:
            source.close()
        self._sources.clear()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()


class ManagedPipeIterator(PipeIterator):
    """Closes itself at the end and after errors."""

    def __next__(self):
        try:
            return super().__next__()
        except BaseException:
            self.close()
            raise


def _call(step, page, meta):
    return step(page, meta=meta)


def _starts_full(source):
    limit = source.pipe.get_by_type(LimitItem)
    if limit is None or limit.max_items != 0:
        return False
    source.close()
    return True


async def _next_async(pages):
    try:
        return await pages.__anext__()
    except StopAsyncIteration:
        return END


async def _result(awaitable):
    return await awaitable
