"""Rows that wait for their table's turn: encoded, in one file for each table."""
import importlib.util
import os
import struct
import tempfile

from sluice import _engine
from sluice._streams import opened, streams_of
from sluice._values import classify, convert, is_arrow

HELD = 64 << 20  # bytes of Arrow data that stay in memory, of all tables together
ROWS, ARROW = b"R", b"A"  # what a piece of a file is


class Part:
    """Rows for one table under one set of hints."""

    def __init__(self, name, target, hints, resource, arrow):
        self.name, self.target, self.hints, self.resource, self.arrow = name, target, hints, resource, arrow
        self.rows, self.empty_too, self.file, self.batches = 0, False, None, []
        self.native = None  # the NativeRows that the engine reads
        self.splitter, self.nested = None, {}  # what takes out rows of nested tables with keys of their own, and their parts by path


class Spool:
    """Files in a folder that disappears with the spool."""

    def __init__(self):
        self.folder, self.kinds, self.held = None, {}, 0

    def write(self, part, page):
        """Small Arrow data is kept as it is: its memory is the user's."""
        if not is_arrow(page):
            rows = page if isinstance(page, list) else [page]
            self._append(part, ROWS, _engine.encode(rows, self.kinds, classify, convert))
            return
        size = getattr(page, "nbytes", HELD)  # readers and frames of other libraries do not say it
        if part.file is None and (self.held + size <= HELD or not _has_pyarrow()):
            self.held += size
            part.batches.append(page)
            return
        for stream in streams_of(page):
            self._append(part, ARROW, stream)

    def _append(self, part, kind, data):
        if part.file is None:
            self.folder = self.folder or tempfile.TemporaryDirectory(prefix="sluice-")
            part.file = open(os.path.join(self.folder.name, str(id(part))), "w+b", buffering=1 << 16)
        part.file.write(struct.pack("<cQ", kind, len(data)))
        part.file.write(data)

    def replay(self, part, load):
        """In the order in which it came. False: the load wants no more."""
        if not all(load.push_arrow(batch) for batch in part.batches):
            return False
        if part.file is not None:
            part.file.seek(0)
            while head := part.file.read(9):
                kind, length = struct.unpack("<cQ", head)
                data = part.file.read(length)
                if not (load.push_text(data) if kind == ROWS else load.push_arrow(opened(data))):
                    return False
        return True

    def close(self):
        if self.folder is not None:
            self.folder.cleanup()
            self.folder = None


def _has_pyarrow():
    return importlib.util.find_spec("pyarrow") is not None
