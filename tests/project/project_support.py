"""A project folder with short calls."""
import json
import os
import pty
import sqlite3
import subprocess
from pathlib import Path

import duckdb
from support import SLUICE, Work


class Project(Work):
    def __init__(self, folder):
        super().__init__(Path(folder))
        self.database = self.folder / "data" / "warehouse.duckdb"
        (self.folder / ".dango").mkdir(parents=True)
        self.write(".dango/project.yml", "project:\n  name: shop\nplatform:\n  auto_dbt: false\n")

    def write(self, name, data):
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        return super().write(name, data)

    def sources(self, text):
        return self.write(".dango/sources.yml", "version: '1.0'\nsources:\n" + text)

    def sync(self, *words, **kw):
        return self.run("sync", *words, **kw)

    def report(self, *words, expect=0, **kw):
        """The result of a sync as JSON, by source."""
        done = self.run("sync", "--json", *words, expect=expect, **kw)
        return {s["source"]: s for s in json.loads(done.out)["sources"]}

    def history(self, source):
        return json.loads((self.folder / f".dango/history/{source}.json").read_text())

    def sqlite(self, name, *statements):
        with sqlite3.connect(self.folder / name) as connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()

    def warehouse(self, sql):
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def ask(self, *words, answers, expect=0, timeout=60):
        """Runs the program on a terminal of its own and types the answers."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen([SLUICE, *map(str, words)], cwd=self.folder, stdin=theirs, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT)
        os.write(ours, "".join(a + "\n" for a in answers).encode())
        out = process.communicate(timeout=timeout)[0].decode()
        os.close(ours)
        os.close(theirs)
        assert process.returncode == expect, out
        return out
