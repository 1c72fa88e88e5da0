"""What may be wrong with a destination, the same for each SQL database: it is said, nothing is lost, and the next load goes on.

Firebird's are in test_firebird_destination.py, a type that there is not among them, for these have one for everything; what happens at random moments is in tests/chaos/."""
import json
import os
import pwd
import random
import resource
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "e2e"), str(Path(__file__).parents[1] / "chaos")]
import servers_mysql  # noqa: E402
import servers_odbc as odbc  # noqa: E402
from machine import with_little_room  # noqa: E402
from servers_postgres import postgres_server  # noqa: E402
from support import SLUICE  # noqa: E402

KINDS = ("duckdb", "sqlite", "postgres", "mysql", "odbc")
FILES = ("duckdb", "sqlite")
SERVERS = ("postgres", "mysql", "odbc")
FAR_TOO_LONG = "a_column_" + "x" * 200
MANY = [{"id": i, "text": random.Random(i).randbytes(7000).hex()} for i in range(2500)]  # 35 MB that are not compressed away


class Place:
    """A dataset `ds` of one database, which its own client reads and changes."""

    def __init__(self, kind, folder, pg=None, maria=None, ini=None):
        self.kind, self.folder, self.pg, self.maria = kind, folder, pg, maria
        self.env = {**os.environ, **(ini.env if ini else {})}
        self.file = folder / {"duckdb": "shop.duckdb", "sqlite": "shop__ds.db"}.get(kind, "")
        if pg:
            pg.sql("DROP DATABASE IF EXISTS dest WITH (FORCE)")
            pg.sql("CREATE DATABASE dest")
        if kind == "mysql":
            maria.sql("set global read_only = 0; drop database if exists ds")

    def url(self, user=None):
        if self.kind == "mysql":
            return f"mysql://{user or 'loader'}:pass@127.0.0.1:{self.maria.port}"
        if self.kind == "odbc":
            return odbc.postgres(self.pg, "dest", **({"user": user, "password": "pass"} if user else {}))
        return {"duckdb": "duckdb:shop.duckdb", "sqlite": "sqlite:shop.db",
                "postgres": self.pg and self.pg.url("dest", **({"user": user, "password": "pass"} if user else {}))}[self.kind]

    def load(self, source, *options, expect=0, user=None, env=(), preexec_fn=None, pipelines="pipelines"):
        done = subprocess.run([SLUICE, "load", source, self.url(user), "--as", "t", "--dataset", "ds", "--pipelines-dir", pipelines, *options],
                              capture_output=True, text=True, cwd=self.folder, timeout=60, env={**self.env, **dict(env)}, preexec_fn=preexec_fn,
                              restore_signals=preexec_fn is None)
        assert done.returncode == expect, f"exit {done.returncode}\n{done.stderr}\n{done.stdout}"
        return done.stderr

    def write(self, *documents, name="in.jsonl"):
        (self.folder / name).write_text("".join(json.dumps(d) + "\n" for d in documents))
        return name

    def ask(self, sql):
        """Rows as texts."""
        if self.kind == "duckdb":
            with duckdb.connect(str(self.file)) as connection:
                connection.execute("SET search_path = 'ds'")
                rows = connection.execute(sql).fetchall()
        elif self.kind == "sqlite":
            with closing(sqlite3.connect(self.file, isolation_level=None)) as connection:
                rows = connection.execute(sql).fetchall()
        elif self.kind == "mysql":
            rows = self.maria.sql(sql, "ds")
        else:
            rows = self.pg.rows(f"SET search_path = ds; {sql}", "dest")
            rows = [r for r in rows if r != ("SET",)]
        return [tuple(None if v is None else str(v) for v in row) for row in rows]

    def tables(self):
        if self.kind == "sqlite":
            return {n for n, in self.ask("SELECT name FROM sqlite_master WHERE type = 'table'")}
        return {n for n, in self.ask("SELECT table_name FROM information_schema.tables WHERE table_schema = 'ds'")}


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    maria = servers_mysql.Server()
    maria.sql("create user loader@'%' identified by 'pass'; grant all on *.* to loader@'%'; revoke super, read_only admin on *.* from loader@'%';"
              "create user few@'%' identified by 'pass'")
    with postgres_server() as pg:
        pg.sql("CREATE ROLE few LOGIN PASSWORD 'pass'")
        yield {"pg": pg, "maria": maria, "ini": odbc.Odbc(tmp_path_factory.mktemp("odbc"))}
    maria.remove()


@pytest.fixture
def place(request, tmp_path, servers):
    kind = request.param
    return Place(kind, tmp_path, pg=servers["pg"] if kind in ("postgres", "odbc") else None, maria=servers["maria"] if kind == "mysql" else None, ini=servers["ini"])


def nobody():
    if os.getuid() == 0:
        entry = pwd.getpwnam("nobody")
        os.setgroups([])
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)


def let_nobody_in(place):
    """To read, and to keep a pipeline of its own."""
    for path in [place.folder, *place.folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o444)
    for parent in place.folder.parents:
        if parent.stat().st_uid == os.getuid() and str(parent) not in ("/", "/tmp"):
            parent.chmod(parent.stat().st_mode | 0o055)
    (place.folder / "theirs").mkdir()
    (place.folder / "theirs").chmod(0o777)


@pytest.mark.parametrize("place", KINDS, indirect=True)
def test_no_permission(place):
    place.load(place.write({"id": 1}))
    if place.kind in FILES:
        let_nobody_in(place)
        err = place.load("in.jsonl", preexec_fn=nobody, pipelines="theirs", expect=1)
        assert "ermission" in err, err
    else:
        err = place.load("in.jsonl", user="few", expect=1, pipelines="theirs")
        assert ("denied" in err) and "GRANT" in err, err
    assert place.ask("SELECT id FROM t") == [("1",)]


@pytest.mark.parametrize("place", SERVERS, indirect=True)
def test_a_server_that_only_reads(place):
    place.load(place.write({"id": 1}))
    if place.kind == "mysql":
        place.maria.sql("set global read_only = 1")
    else:
        place.pg.sql("ALTER DATABASE dest SET default_transaction_read_only = on")
    try:
        err = place.load("in.jsonl", expect=1)
        assert "read-only" in err, err
    finally:
        if place.kind == "mysql":
            place.maria.sql("set global read_only = 0")
    assert place.ask("SELECT count(*) FROM t") == [("1",)]


def little_room():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8 << 20, 8 << 20))


@pytest.mark.parametrize("place", ["duckdb", "sqlite", "postgres", "mysql"], indirect=True)
def test_a_full_disk(place):
    place.load(place.write({"id": 1, "text": "x"}))
    many = place.write(*MANY, name="many.jsonl")
    if place.kind in FILES:
        err = place.load(many, "--compression", "uncompressed", expect=1, preexec_fn=little_room) if place.kind == "duckdb" else place.load(
            many, expect=1, preexec_fn=little_room)
    else:
        server = place.maria or place.pg
        with_little_room(server)
        try:
            err = place.load(many, expect=1)
        finally:
            server.stop()
            server.start()
    # InnoDB may end itself rather than go on without room for its log.
    assert any(word in err for word in ("full", "space", "too large", "disk I/O", *(["was lost"] if place.kind == "mysql" else []))), err
    assert place.ask("SELECT id FROM t") == [("1",)]
    place.load("in.jsonl")
    assert place.ask("SELECT count(*) FROM t") == [("2",)]


@pytest.mark.parametrize("place", KINDS, indirect=True)
def test_names_that_are_too_long(place):
    """They are shortened, each in its own way, and the same at the next load."""
    for _ in range(2):
        place.load(place.write({FAR_TOO_LONG + "1": 1, FAR_TOO_LONG + "2": 2, "list" + "y" * 200: [{"z": 3}]}))
    columns = {"duckdb": "name FROM pragma_table_info('t')", "sqlite": "name FROM pragma_table_info('t')"}.get(
        place.kind, "column_name FROM information_schema.columns WHERE table_schema = 'ds' AND table_name = 't'")
    names = [n for n, in place.ask(f"SELECT {columns}") if not n.startswith("_dlt")]
    quote = "`" if place.kind == "mysql" else '"'
    values = place.ask("SELECT DISTINCT " + ", ".join(f"{quote}{n}{quote}" for n in sorted(names)) + " FROM t")
    assert len(names) == 2 and sorted(values[0]) == ["1", "2"] and len(values) == 1
    child = next(t for t in place.tables() if t.startswith("t__list"))
    assert place.ask(f"SELECT count(*), max(z) FROM {quote}{child}{quote}") == [("2", "3")]


@pytest.mark.parametrize("place", KINDS, indirect=True)
def test_duplicate_keys(place):
    place.load(place.write({"id": 1, "n": 0}))
    place.ask("CREATE UNIQUE INDEX by_id ON t (id)")
    err = place.load(place.write({"id": 2, "n": 1}, {"id": 1, "n": 2}), expect=1)
    assert "uplicate" in err or "nique" in err or "UNIQUE" in err, err
    assert place.ask("SELECT id, n FROM t") == [("1", "0")]
    upsert = ["--write-disposition", "merge", "--strategy", "upsert", "--primary-key", "id"]
    if place.kind == "duckdb":  # its index sees what the statement itself has deleted as still there
        place.ask("DROP INDEX by_id")
    place.load(place.write({"id": 2, "n": 1}, {"id": 1, "n": 2}, {"id": 2, "n": 3}), *upsert)
    assert place.ask("SELECT id, n FROM t ORDER BY id") == [("1", "2"), ("2", "3")]


@pytest.mark.parametrize("place", KINDS, indirect=True)
def test_tables_that_were_changed_by_hand(place):
    path = place.write({"id": 1, "n": 5, "kids": [{"k": 1}]})
    place.load(path)
    place.ask("ALTER TABLE t DROP COLUMN n")
    place.load(path)
    assert place.ask("SELECT count(*), count(n) FROM t") == [("2", "1")]
    place.ask("ALTER TABLE t DROP COLUMN n")
    place.ask("ALTER TABLE t ADD COLUMN n DATE")
    err = place.load(path, expect=1)
    assert "by hand" in err or "column n" in err or "`n`" in err or "date" in err, err
    assert place.ask("SELECT count(*) FROM t") == [("2",)]
    place.ask("DROP TABLE t")
    place.load(path)
    assert place.ask("SELECT count(*), max(n) FROM t") == [("1", "5")]


@pytest.mark.parametrize("place", KINDS, indirect=True)
def test_staging_of_an_earlier_crash(place):
    merge = ["--write-disposition", "merge", "--primary-key", "id"]
    place.load(place.write({"id": 1, "n": 0, "kids": [{"k": 1}]}), *merge)
    tables = place.tables()
    for point in ("after-block", "after-merge", "before-commit"):
        place.load(place.write({"id": 1, "n": 1, "kids": [{"k": 2}]}, {"id": 2, "n": 2}), *merge, env={"SLUICE_FAULT": f"{point}=kill"}.items(),
                   expect=-signal.SIGKILL)
        assert place.ask("SELECT id, n FROM t") == [("1", "0")], point
    place.load("in.jsonl", *merge)
    assert place.ask("SELECT id, n FROM t ORDER BY id") == [("1", "1"), ("2", "2")]
    assert place.ask("SELECT k FROM t__kids") == [("2",)]
    assert place.tables() == tables


@pytest.mark.parametrize("place", SERVERS, indirect=True)
def test_first_loads_at_the_same_time(place):
    """Six pipelines, a dataset that is not there, a table of each and one of all: who comes too late to make it tries again."""
    path = place.write(*({"id": i} for i in range(50)))
    words = [SLUICE, "load", path, place.url(), "--dataset", "ds", "--retry-max-wait", "1"]
    for names in ([f"t{i}" for i in range(6)], ["t"] * 6):
        loads = [subprocess.Popen([*map(str, words), "--as", name, "--pipeline", f"{name}{i}", "--pipelines-dir", f"p{i}"], env=place.env, cwd=place.folder,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for i, name in enumerate(names)]
        said = [load.communicate(timeout=120)[1] for load in loads]
        assert [load.returncode for load in loads] == [0] * 6, said
    assert place.ask("SELECT count(*) FROM t") == [("300",)]
    for i in range(6):
        assert place.ask(f"SELECT count(*) FROM t{i}") == [("50",)]
