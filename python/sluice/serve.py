"""Answers the engine of another process, which reads this program's sources: the other side of src/sources/python/.

Both send frames over a socket: a byte of kind, eight of length, so many bytes. The engine asks, as the one inside a Python program does
(python/engine/door.h), so what answers it is the same code: Channel has the methods of _sluice.Load that it uses."""
import atexit
import faulthandler
import itertools
import json
import os
import select
import shutil
import signal
import socket
import struct
import sys
import tempfile
import threading

from sluice import _engine
from sluice._streams import streams_of
from sluice._values import classify, convert, is_arrow
from sluice.extract import hints as hinting
from sluice.extract import state as states
from sluice.extract.pipe_iterator import ManagedPipeIterator

CHUNK = 1 << 20  # bytes of rows in a frame
ROWS = 512  # encoded at once: a page of a million rows is not to be in memory twice
PAGES = 20  # of each table, for who only looks
_QUESTIONS = {"r": "restore", "t": "tables", "h": "hints", "s": "start", "m": "remember", "l": "list"}


class Channel:
    """A socket to the engine."""

    def __init__(self, number):
        self._socket = socket.socket(fileno=number)
        self._socket.setblocking(True)
        self._kinds, self._waiting, self._length, self._question = {}, [], 0, None
        self._sending, self._asking, self._unread = threading.Lock(), threading.Lock(), []
        self.listed, self.restored = [], False  # (source, resource) for who only looks
        self.over = False
        faulthandler.enable()
        faulthandler.register(signal.SIGUSR1, all_threads=False)
        threading.Thread(target=self._watch, name="sluice-watch", daemon=True).start()

    def _watch(self):
        """Ends the program when the engine is gone, whatever it waits for."""
        poll = select.poll()
        poll.register(self._socket, select.POLLRDHUP)
        poll.poll()
        if not self.over:
            threading.Event().wait(2.0)  # it may notice by itself
            if not self.over:
                os._exit(3)

    # ---- frames ----

    def send(self, kind, data):
        """False: nobody reads any more."""
        with self._sending:
            try:
                self._socket.sendall(kind.encode() + struct.pack("<Q", len(data)))
                self._socket.sendall(data)
            except OSError:
                return False
            return True

    def _read(self, length):
        parts = []
        while length > 0:
            try:
                part = self._socket.recv(length)
            except OSError:
                part = b""
            if not part:
                return None
            parts.append(part)
            length -= len(part)
        return b"".join(parts)

    def _frame(self):
        """(kind, text); None: the engine is gone."""
        head = self._read(9)
        data = self._read(struct.unpack("<Q", head[1:])[0]) if head else None
        return None if data is None else (chr(head[0]), data.decode())

    def copy_of(self, database):
        """A copy of a DuckDB file that the engine has open; None: it has not. Any thread, while user code runs."""
        folder = tempfile.mkdtemp(prefix="sluice-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        copy = os.path.join(folder, os.path.basename(database))
        with self._asking:
            self.send("C", f"{database}\n{copy}".encode())
            while (frame := self._frame()) is not None and frame[0] != "c":
                self._unread.append(frame)  # the question that waits until user code has ended
        if frame is not None and frame[1]:
            print(f"sluice: no copy of {database} could be made: {frame[1]}", file=sys.stderr)
        return copy if frame is not None and not frame[1] else None

    # ---- as _sluice.Load ----

    def next(self):
        while True:
            frame = self._unread.pop(0) if self._unread else self._frame()
            if frame is None:
                return "ended", -1, None
            kind, text = frame
            self._question = _QUESTIONS[kind]
            number = int(text) if self._question in ("hints", "start") else -1
            self.restored = self.restored or self._question == "restore"
            if self.restored:
                return self._question, number, text
            self._look(number)

    def _look(self, number):
        """Answers who wants to know what there is, and loads nothing: names, hints, some rows of each table."""
        if self._question == "list":
            self.answer([(resource.name, str(resource.table_name), False) for _, resource in self.listed])
        elif self._question == "hints":
            self.answer(hinting.options_of(self.listed[number][1].hints_for(None)))
        elif self._question == "start":
            source, resource = self.listed[number]
            with states.sources_state({}), states.reading(source), ManagedPipeIterator.from_pipe(resource._pipe) as pages:
                for item in itertools.islice(pages, PAGES):
                    if not (self.push_arrow(item.item) if is_arrow(item.item) else self.push_rows(item.item)):
                        break
            self.end_table()

    def answer(self, answer):
        if self._question == "remember":
            self.send("J", (answer or "null").encode())
        elif self._question != "start":
            self.send("J", json.dumps(answer, ensure_ascii=False).encode())

    def push_text(self, text):
        self._waiting.append(text)
        self._length += len(text)
        return self._flush() if self._length >= CHUNK else True

    def _flush(self):
        data, self._waiting, self._length = b"".join(self._waiting), [], 0
        return self.send("D", data) if data else True

    def push_rows(self, page):
        rows = page if isinstance(page, list) else [page]
        for start in range(0, len(rows), ROWS):
            if not self.push_text(_engine.encode(rows[start:start + ROWS], self._kinds, classify, convert)):
                return False
        return True

    def push_arrow(self, table):
        return self._flush() and all(self.send("A", part) for part in streams_of(table))

    def drain(self, iterator):
        for page in iterator:
            if type(page) is not dict and not (type(page) is list and all(type(row) is dict for row in page)):
                return "more", page
            if not self.push_rows(page):
                return "stopped", None
        return "end", None

    def end_table(self):
        self._flush()
        self.send("E", b"")

    def fail(self, why):
        """The error itself is told at the end, with its line."""

    def close(self):
        self.over = True
        self._socket.close()


def serve(channel, made, name, table_name):
    """Reads the sources for the engine, until it wants no more."""
    from sluice.pipeline.core import Pipeline, _Session

    pipeline = Pipeline(name)
    feed = pipeline._feed(made, table_name, None, None, None, None)
    feed.in_steps = True  # tables that an engine in this process could read come as rows, too
    channel.listed = [(s, r) for s in feed.sources for r in s.selected_resources.values() if not r.has_dynamic_table_name]
    try:
        with pipeline._current():
            _Session(feed, None).serve(channel)
    finally:
        feed.close()


