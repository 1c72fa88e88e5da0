"""What runs beside the calling thread: calls that ask for a thread, and coroutines."""
import contextlib
import contextvars
import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout


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
            with contextlib.suppress(TimeoutError, FutureTimeout):  # of one that does not let itself be cancelled
                self.asyncio.run_coroutine_threadsafe(self._end_all(), self.loop).result(5)
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join(5)
        self.loop.close()

    async def _end_all(self):
        tasks = self.asyncio.all_tasks() - {self.asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await self.asyncio.gather(*tasks, return_exceptions=True)
        await self.loop.shutdown_asyncgens()


class Flights:
    """Calls and coroutines under way, each with a note of what its result is for."""

    def __init__(self, workers):
        self.workers, self.count = workers, 0
        self._pool = self._loop = None
        self._flying, self._done = set(), queue.SimpleQueue()

    def call(self, note, function, *args):
        """In a thread, with the context of the caller."""
        self._pool = self._pool or ThreadPoolExecutor(self.workers, thread_name_prefix="sluice-extract")
        return self._take_off(note, self._pool.submit(contextvars.copy_context().run, function, *args))

    def run(self, note, coroutine):
        """In the event loop."""
        self._loop = self._loop or Loop()
        return self._take_off(note, self._loop.submit(coroutine))

    def _take_off(self, note, future):
        self.count += 1
        self._flying.add(future)
        future.add_done_callback(lambda done: self._done.put((done, note)))
        return future

    def landed(self, seconds=0):
        """(future, note) of one that is done, waited for as long as that; None: there is none yet."""
        try:
            future, note = self._done.get(timeout=seconds) if seconds else self._done.get_nowait()
        except queue.Empty:
            return None
        self.count -= 1
        self._flying.discard(future)
        return future, note

    def close(self):
        for future in self._flying:
            future.cancel()
        self._flying.clear()
        self.count = 0
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
        if self._loop is not None:
            self._loop.close()
        self._pool = self._loop = None
