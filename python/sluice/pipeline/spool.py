"""Rows that wait for their table's turn: encoded, in one file for each table."""
import os
import struct
import tempfile

from sluice import _engine
from sluice._values import classify, convert, is_arrow

CHUNK = 4 << 20


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
        self.folder, self.kinds = None, {}

    def write(self, part, page):
        """Arrow data is kept as it is: its memory is the user's."""
        if is_arrow(page):
            part.batches.append(page)
            return
        rows = page if isinstance(page, list) else [page]
        text = _engine.encode(rows, self.kinds, classify, convert)
        if part.file is None:
            self.folder = self.folder or tempfile.TemporaryDirectory(prefix="sluice-")
            part.file = open(os.path.join(self.folder.name, str(id(part))), "w+b", buffering=1 << 16)
        part.file.write(struct.pack("<Q", len(text)))
        part.file.write(text)

    def replay(self, part, load):
        """False: the load wants no more."""
        if part.file is not None:
            part.file.seek(0)
            while head := part.file.read(8):
                if not load.push_text(part.file.read(struct.unpack("<Q", head)[0])):
                    return False
        return all(load.push_arrow(batch) for batch in part.batches)

    def close(self):
        if self.folder is not None:
            self.folder.cleanup()
            self.folder = None
