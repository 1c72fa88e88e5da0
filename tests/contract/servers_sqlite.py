"""SQLite needs no server: files are made by Python's own SQLite, loaded, and read back from DuckDB."""
import os
import pwd
import sqlite3
import subprocess
import sys
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from support import SLUICE, Work  # noqa: E402, F401


class SqliteWork(Work):
    """A folder with SQLite files, a DuckDB file and short calls."""

    def make(self, script="", name="shop.db", mode="delete"):
        """The file with what `script` puts into it; the connection stays open."""
        connection = sqlite3.connect(self.folder / name, isolation_level=None)
        connection.execute(f"PRAGMA journal_mode = {mode}")
        connection.executescript(script)
        return connection

    def load_sqlite(self, *options, location="sqlite:shop.db", **kw):
        """A load without --as: tables keep their names."""
        return self.run("load", location, f"duckdb:{self.database}", "--dataset", "ds",
                        "--pipelines-dir", self.folder / "pipelines", *options, **kw)

    def dicts(self, sql):
        with duckdb.connect(str(self.database), read_only=True) as connection:
            cursor = connection.execute(sql)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row)) for row in cursor.fetchall()]

    def table_types(self, table):
        return dict(self.rows("select column_name, data_type from information_schema.columns where table_schema = 'ds' "
                              f"and table_name = '{table}' and column_name not like '\\_dlt%' escape '\\'"))


BIG = """
CREATE TABLE big (id INTEGER PRIMARY KEY, n INT, amount DECIMAL(12,2), moment DATETIME, name TEXT, filling TEXT);
INSERT INTO big WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < {rows})
  SELECT i{gaps}, i * 7 % 1000, i / 100.0, datetime('2024-01-01', '+' || i || ' seconds'), 'row ' || i,
         hex(zeroblob(60)) FROM r;
"""


def big(rows=60000, gaps=""):
    return BIG.format(rows=rows, gaps=gaps)


def as_user(user, *command, **kw):
    """Starts a command as another user, for permissions that bind; root only."""
    entry = pwd.getpwnam(user)

    def drop():
        os.setgroups([])
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)

    return subprocess.Popen(command, preexec_fn=drop, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **kw)
