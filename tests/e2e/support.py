"""The program as a user runs it, results read by DuckDB's own client."""
import os
import subprocess
import time
from pathlib import Path

import duckdb

REPO = Path(__file__).resolve().parents[2]
SLUICE = os.environ.get("SLUICE_BIN", str(REPO / "build" / "sluice"))


def until(condition, seconds=30):
    """Waits for what happens by itself."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


class Work:
    """A folder with a database, a pipelines folder and short calls."""

    def __init__(self, folder):
        self.folder = folder
        self.database = folder / "out.duckdb"

    def write(self, name, data):
        path = self.folder / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8"))
        return path

    def run(self, *words, expect=0, stdin=None, env=None, timeout=120):
        done = subprocess.run([SLUICE, *map(str, words)], capture_output=True, input=stdin, timeout=timeout,
                              cwd=self.folder, env={**os.environ, **(env or {})})
        done.out, done.err = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
        assert done.returncode == expect, f"exit {done.returncode}, wanted {expect}\n{done.err}\n{done.out}"
        return done

    def load(self, source, *options, **kw):
        base = ["--dataset", "ds", "--pipelines-dir", self.folder / "pipelines"]
        if "--as" not in options:
            base += ["--as", "items"]
        return self.run("load", source, f"duckdb:{self.database}", *base, *options, **kw)

    def rows(self, sql):
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(sql).fetchall()
