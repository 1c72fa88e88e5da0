"""Reading resources: each root in turn, transformers fed from it, functions in threads, coroutines in a loop.

Only the calling thread runs user code, but for what asks for threads (parallelize, defer) or is asynchronous."""
import contextvars
import inspect
import queue
import threading
import time
from collections import abc, deque
from concurrent.futures import ThreadPoolExecutor

from sluice import _config, exceptions
from sluice._values import as_arrow, is_arrow, is_frame
from sluice.extract import state as states
from sluice.extract.hints import DataItemWithMeta, MaterializedEmptyList, TableNameMeta
from sluice.extract.native import NativeRows
from sluice.extract.resource import pages_of

_END = object()


class Deferred:
    """A call that a thread of the pool makes."""

    def __init__(self, function, args, kwargs):
        self.function, self.args, self.kwargs = function, args, kwargs

    def __call__(self):
        return self.function(*self.args, **self.kwargs)


class Loop:
    """One event loop in a thread of its own, made on first use."""

    def __init__(self):
        import asyncio  # a third of the package's import time

        self.asyncio, self.loop, self.thread = asyncio, asyncio.new_event_loop(), None

    def submit(self, coroutine):
        if self.thread is None:
            self.thread = threading.Thread(target=self.loop.run_forever, name="sluice-async", daemon=True)
            self.thread.start()
        return self.asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def close(self):
        if self.thread is not None:
            self.asyncio.run_coroutine_threadsafe(self._cancel_all(), self.loop).result(5)
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join(5)
        self.loop.close()

    async def _cancel_all(self):
        for task in self.asyncio.all_tasks() - {self.asyncio.current_task()}:
            task.cancel()


class Reading:
    """One generator that is being read: of a root, or of what a transformer gave for a page."""

    def __init__(self, resource, pages, incremental, limits):
        self.resource, self.pages, self.incremental, self.limits = resource, pages, incremental, limits
        self.future, self.closed = None, False

    def close(self):
        self.closed = True
        if hasattr(self.pages, "close"):
            try:
                self.pages.close()
            except (RuntimeError, ValueError):  # a thread is inside of it: it ends with its page
                pass


class Counter:
    """How much of a limit is used up; one for a resource in a run."""

    def __init__(self, limit):
        self.limit, self.count, self.started = limit, 0, time.monotonic()

    def full(self):
        limit = self.limit
        return (limit.max_items is not None and limit.max_items >= 0 and self.count >= limit.max_items) or \
            (limit.max_time is not None and time.monotonic() - self.started >= limit.max_time)

    def add(self, page):
        rows = len(page) if isinstance(page, list) else page.num_rows if hasattr(page, "num_rows") else 1
        self.count += rows if self.limit.count_rows else 1


class Pipes:
    """Iterates (resource, page, meta) of the wanted resources: pages are lists of rows, single rows, or Arrow data."""

    def __init__(self, resources, wanted):
        self.wanted, self.children, self.roots = wanted, {}, []
        self.incrementals, self.counters, self.ready = {}, {}, deque()
        self.readings, self.flying = deque(), []
        self.pool = self.loop = None
        self.plain = False  # nobody else reads along
        self.native = False  # who reads can take tables that the engine reads itself
        self.done = queue.SimpleQueue()
        read = lambda key, default: int(_config.lookup(key, ("extract",))[0] or default)  # noqa: E731
        self.workers, self.most = read("workers", 5), read("max_parallel_items", 20)
        self.fifo = _config.lookup("next_item_mode", ("extract",))[0] == "fifo"
        for resource in resources:
            self._add(resource)

    def _add(self, resource):
        parent = resource._parent
        if resource.is_transformer:
            if parent is None:
                raise exceptions.InvalidParentResourceIsNotAResource(
                    resource.name, f"transformer '{resource.name}' gets no rows: give it data_from or pipe a resource into it")
            siblings = self.children.setdefault(id(parent), [])
            if resource not in siblings:
                siblings.append(resource)
                self._add(parent)
        elif resource not in self.roots:
            self.roots.append(resource)

    # ---- user code ----

    def _user(self, resource, function, *args):
        """Calls user code with the resource as the current one; failures say which it was."""
        with states.in_resource(resource.name):
            try:
                return function(*args)
            except (StopIteration, StopAsyncIteration):
                return _END
            except (exceptions.DltException, KeyboardInterrupt, SystemExit) as error:
                if isinstance(error, SystemExit):
                    raise exceptions.ResourceExtractionError(resource.name, function, f"the code called sys.exit({error.code!r})",
                                                             "generator") from error
                raise
            except BaseException as error:
                kind = "transform" if resource.is_transformer else "generator"
                raise exceptions.ResourceExtractionError(resource.name, function, f"{type(error).__name__}: {error}", kind) from error

    # ---- the loop ----

    def __iter__(self):
        try:
            for root in self.roots:
                pages, incremental = self._user(root, root.open)
                self._start(root, pages, incremental)
            while self.readings or self.flying or self.ready:
                while self.ready:
                    yield self.ready.popleft()
                self._advance()
        finally:
            self.close()

    def _start(self, resource, pages, incremental=None):
        if incremental is not None:
            self.incrementals[id(resource)] = incremental
        if resource._limit is not None and id(resource) not in self.counters:
            self.counters[id(resource)] = Counter(resource._limit)
        if inspect.iscoroutine(pages):
            self._fly(resource, self._async().submit(pages), None)
            return
        reading = Reading(resource, pages, incremental, self.counters.get(id(resource)))
        if reading.limits is not None and reading.limits.full():
            reading.close()
            return
        self.readings.append(reading)

    def _advance(self):
        """One more page of one generator, or one more result of a thread."""
        self._land(block=not self.readings or len(self.flying) >= self.most or all(r.future is not None for r in self.readings))
        if not self.readings or len(self.flying) >= self.most:
            return
        reading = self.readings[0]
        if not self.fifo:
            self.readings.rotate(-1)
        if reading.future is not None:
            return
        if hasattr(reading.pages, "__anext__"):
            reading.future = self._fly(reading.resource, self._async().submit(_next_async(reading.pages)), reading)
        elif reading.resource.parallelized:
            context = contextvars.copy_context()
            reading.future = self._fly(reading.resource, self._threads().submit(context.run, self._user, reading.resource, next,
                                                                                reading.pages), reading)
        else:
            self._take(reading, self._user(reading.resource, next, reading.pages))

    def _take(self, reading, page):
        if page is _END or reading.closed:
            if reading in self.readings:
                self.readings.remove(reading)
            return
        self._feed(reading.resource, page)
        limits, incremental = reading.limits, self.incrementals.get(id(reading.resource))
        if (limits is not None and limits.full()) or (incremental is not None and not reading.resource.is_transformer and incremental.closing):
            reading.close()
            if reading in self.readings:
                self.readings.remove(reading)

    def _threads(self):
        self.pool = self.pool or ThreadPoolExecutor(self.workers, thread_name_prefix="sluice-extract")
        return self.pool

    def _async(self):
        self.loop = self.loop or Loop()
        return self.loop

    def _fly(self, resource, future, reading):
        self.flying.append(future)
        future.add_done_callback(lambda f: self.done.put((f, resource, reading)))
        return future

    def _land(self, block):
        """Takes what threads and coroutines have finished."""
        while self.flying:
            try:
                future, resource, reading = self.done.get(timeout=0.1) if block else self.done.get_nowait()
            except queue.Empty:
                if block:
                    continue  # wakes up for signals
                return
            self.flying.remove(future)
            page = self._user(resource, future.result)
            if reading is not None:
                reading.future = None
                self._take(reading, page)
            elif page is not None and page is not _END:
                self._feed(resource, page)
            block = False

    # ---- the fast road ----

    def drainable(self):
        """One plain generator without steps is left: the engine may take its pages without a look from here."""
        if not self.plain or len(self.readings) != 1 or self.flying or self.ready:
            return False
        reading = self.readings[0]
        resource = reading.resource
        return not (resource.parallelized or resource._steps or resource._metrics_steps or resource.has_dynamic_table_name
                    or resource._only_tables or reading.limits or self.incrementals.get(id(resource)) or self.children
                    or hasattr(reading.pages, "__anext__"))

    def drain(self, load):
        """Hands pages of dicts to the engine until the generator ends (True), something else comes (True, it is ready then), or the
        load wants no more (False)."""
        reading = self.readings[0]
        what, page = self._user(reading.resource, load.drain, reading.pages)
        if what == "end":
            self._take(reading, _END)
        elif what == "more":
            self._take(reading, page)
        return what != "stopped"

    # ---- pages ----

    def _feed(self, resource, page):
        """A page of a resource through its steps, to the tables and to its transformers."""
        meta = None
        if isinstance(page, DataItemWithMeta):
            meta, page = page.meta, page.data
        if page is None:
            return
        if isinstance(page, Deferred):
            context = contextvars.copy_context()
            self._fly(resource, self._threads().submit(context.run, self._user, resource, page), None)
            return
        if inspect.iscoroutine(page):
            self._fly(resource, self._async().submit(page), None)
            return
        if (isinstance(page, abc.Iterator) or inspect.isasyncgen(page)) and not is_arrow(page):
            self._start(resource, page)  # a generator, or map(…), that was yielded: its items are the pages
            return
        limits = self.counters.get(id(resource))
        if limits is not None and limits.full():
            return
        if isinstance(page, NativeRows):
            self._feed_native(resource, page, meta)
            return
        if isinstance(page, list) and page and (is_arrow(page[0]) or is_frame(page[0])):
            for one in page:  # steps see each table
                self._feed(resource, one if meta is None else DataItemWithMeta(meta, one))
            return
        page = self._steps(resource, page, meta)
        if page is None:
            return
        if limits is not None:
            limits.add(page)
        if id(resource) in self.wanted:
            table = meta.table_name if isinstance(meta, TableNameMeta) else None
            if resource._only_tables is None or table is None or table in resource._only_tables:
                self.ready.append((resource, page, meta))
        for child in self.children.get(id(resource), ()):
            if id(child) not in self.incrementals:
                self.incrementals[id(child)] = self._user(child, child.bind_incremental)
            made = self._user(child, child.call, page, self.incrementals[id(child)])
            if made is None or made is _END:
                continue
            if isinstance(made, (Deferred, DataItemWithMeta)) or inspect.iscoroutine(made):
                self._feed(child, made)
            elif isinstance(made, abc.Iterator) or inspect.isasyncgen(made):
                self._start(child, made)
            elif isinstance(made, (list, NativeRows)):
                self._feed(child, made)
            else:
                for one in pages_of(child.name, made):
                    self._feed(child, one)

    def _feed_native(self, resource, page, meta):
        """A table that the engine can read: as it is when nobody here looks at its rows, else page by page."""
        incremental = self.incrementals.get(id(resource))
        seen = (resource._steps or resource._metrics_steps or resource._limit or resource.has_dynamic_table_name or resource._only_tables
                or self.children.get(id(resource)))
        if self.native and not seen and id(resource) in self.wanted and page.keeps(incremental):
            page.incremental = incremental
            self.ready.append((resource, page, meta))
        else:
            self._start(resource, page.pages(incremental))

    def _steps(self, resource, page, meta):
        """The page after maps, filters and the incremental; None when nothing is left."""
        if isinstance(page, tuple) and not hasattr(page, "_asdict"):
            page = list(page)
        if is_frame(page):
            page = as_arrow(page)
        incremental = self.incrementals.get(id(resource))
        if is_arrow(page):
            for step in resource._steps:
                page = self._apply(resource, step, page, meta)
                if page is None:
                    return None
            return page if incremental is None else self._user(resource, incremental.filter_arrow, page)
        if resource._steps or incremental is not None:
            single = not isinstance(page, list)
            rows = [page] if single else page
            for step in resource._steps:
                rows = self._rows(resource, step, rows, meta)
            if incremental is not None:
                rows = self._user(resource, incremental.filter_page, rows)
            if not rows and (page or single):
                return None
            page = rows[0] if single and len(rows) == 1 else rows
        for function in resource._metrics_steps:
            self._user(resource, function, page, meta, resource._custom_metrics)
        return page

    def _apply(self, resource, step, page, meta):
        arguments = (page, meta) if step.takes_meta else (page,)
        made = self._user(resource, step.function, *arguments)
        if step.kind == "filter":
            return page if made else None
        if step.kind == "yield":
            rest = list(made)
            return rest[0] if len(rest) == 1 else rest or None
        return made

    def _rows(self, resource, step, rows, meta):
        kept = []
        for row in rows:
            arguments = (row, meta) if step.takes_meta else (row,)
            made = self._user(resource, step.function, *arguments)
            if step.kind == "filter":
                if made:
                    kept.append(row)
            elif step.kind == "yield":
                kept.extend(one for one in made if one is not None)
            elif made is not None:
                kept.append(made)
        return kept

    def close(self):
        for reading in self.readings:
            reading.close()
        self.readings.clear()
        for future in self.flying:
            future.cancel()
        if self.pool is not None:
            self.pool.shutdown(wait=True, cancel_futures=True)
        if self.loop is not None:
            self.loop.close()


async def _next_async(pages):
    try:
        return await pages.__anext__()
    except StopAsyncIteration:
        return _END


def is_materialized(page):
    return isinstance(page, MaterializedEmptyList)
