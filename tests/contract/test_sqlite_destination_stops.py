"""SQLite as a destination when things go wrong, when others use the file, and when dlt does."""
import json
import os
import pwd
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from dlt.common.destination import Destination

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "e2e")]
from support import SLUICE  # noqa: E402
from test_sqlite_destination import Loads  # noqa: E402


@pytest.fixture
def loads(tmp_path):
    return Loads(tmp_path)


@pytest.fixture
def first(loads):
    """Ten rows are there."""
    loads.load(loads.documents("ten.jsonl", *[{"id": i, "list": [1, 2]} for i in range(10)]), "--as", "t")
    return loads


def start(loads, source, *options, dataset="ds", **kw):
    words = [SLUICE, "load", source, "sqlite:shop.db", "--as", "t", "--dataset", dataset, "--pipelines-dir", "pipelines-sqli", *options]
    return subprocess.Popen(list(map(str, words)), cwd=loads.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **kw)


def large(loads, rows=60000):
    return loads.write("large.jsonl", "".join(f'{{"id": {i}, "text": "{"x" * 150}", "list": [1, 2, 3]}}\n' for i in range(rows)))


@pytest.mark.parametrize("lock", ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE", "BEGIN; SELECT * FROM t"])
def test_a_file_that_others_use(first, lock):
    """Writers wait for each other; a reader is in the way of the commit alone; both are told in words, and nothing is lost."""
    with closing(sqlite3.connect(first.folder / "shop__ds.db", isolation_level=None)) as other:
        for statement in lock.split("; "):
            other.execute(statement).fetchall()
        done = first.load("ten.jsonl", "--as", "t", "--destination-busy-timeout", "0", expect=1)
        assert "another program" in done.err and "--destination-busy-timeout" in done.err
        waiting = start(first, "ten.jsonl")
        time.sleep(0.2)
        other.execute("ROLLBACK")
        _, err = waiting.communicate(timeout=30)
        assert waiting.returncode == 0, err
    assert first.ask("SELECT count(*) FROM t") == [(20,)]


@pytest.mark.parametrize("journal", ["keep", "wal"])
def test_pipelines_at_the_same_time(loads, journal):
    """Into one new dataset, each into its table and two into the same one: they take turns."""
    source = loads.documents("a.jsonl", *[{"id": i, "list": [i]} for i in range(2000)])
    words = [SLUICE, "load", source, "sqlite:shop.db", "--dataset", "ds", "--destination-journal", journal]
    running = [subprocess.Popen([*map(str, words), "--as", f"t{i % 5}", "--pipeline", f"p{i}", "--pipelines-dir", f"p{i}"], cwd=loads.folder,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for i in range(6)]
    for one in running:
        _, err = one.communicate(timeout=60)
        assert one.returncode == 0, err
    counts = [loads.ask(f"SELECT count(*), (SELECT count(*) FROM t{i}__list) FROM t{i}")[0] for i in range(5)]
    assert counts == [(4000, 4000)] + [(2000, 2000)] * 4 and loads.ask("SELECT count(*) FROM _dlt_loads") == [(6,)]
    assert loads.ask("PRAGMA journal_mode") == [("wal" if journal == "wal" else "delete",)]


def test_readers_see_whole_loads_only(first):
    """In WAL mode they read on while a load writes more than fits into its cache; the file is locked for a moment when it is closed."""
    first.load("ten.jsonl", "--as", "t", "--destination-journal", "wal")
    load = start(first, large(first), "--memory", "64MB")
    seen = set()
    while load.poll() is None:
        seen.add(first.ask("SELECT count(*) FROM t", timeout=0.2)[0][0])
    assert load.returncode == 0, load.stderr.read()
    assert seen <= {20, 60020} and 20 in seen and first.ask("SELECT count(*) FROM t") == [(60020,)]


@pytest.mark.parametrize("disposition", ["append", "replace", "merge"])
@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_a_killed_load_leaves_no_trace(first, disposition, journal):
    """At moments that the growth of the file gives: at its begin, when pages reach the disk, near the end."""
    options = ["--write-disposition", disposition, "--destination-journal", journal, "--memory", "64MB", *(["--primary-key", "id"] if disposition == "merge" else [])]
    source = large(first, 30000)
    base = sum(p.stat().st_size for p in first.folder.glob("shop__ds.db*"))
    killed = 0
    for growth in (0, 1 << 16, 4 << 20):
        load = start(first, source, *options)
        while load.poll() is None and sum(p.stat().st_size for p in first.folder.glob("shop__ds.db*")) - base < growth:
            time.sleep(0.002)
        load.send_signal(signal.SIGKILL)
        load.wait()
        if load.returncode == 0:
            break
        killed += 1
        assert first.ask("PRAGMA integrity_check") == [("ok",)]
        assert first.ask("SELECT count(*), max(id), (SELECT count(*) FROM t__list) FROM t") == [(10, 9, 20)]
    assert killed >= 2
    first.load(source, "--as", "t", *options)
    assert first.ask("SELECT count(*) FROM t WHERE id < 30000")[0][0] >= 30000
    assert [p for p in first.folder.glob("shop__ds.db-*")] == []


def limited():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 << 20, 2 << 20))


def test_a_full_disk(first):
    load = start(first, large(first), "--memory", "64MB", preexec_fn=limited)
    _, err = load.communicate(timeout=60)
    assert load.returncode == 1 and ("File too large" in err or "full" in err), err
    assert first.ask("SELECT count(*) FROM t") == [(10,)] and first.ask("PRAGMA integrity_check") == [("ok",)]
    with closing(sqlite3.connect(first.folder / "shop__ds.db")) as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    assert pages < 600
    first.load("ten.jsonl", "--as", "t")


def test_files_that_may_not_be_written(first):
    for path in [first.folder, *first.folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o444)

    def nobody():
        if os.getuid() == 0:
            entry = pwd.getpwnam("nobody")
            os.setgroups([])
            os.setgid(entry.pw_gid)
            os.setuid(entry.pw_uid)
    for parent in first.folder.parents:
        if parent.stat().st_uid == os.getuid() and str(parent) not in ("/", "/tmp"):
            parent.chmod(parent.stat().st_mode | 0o055)
    (first.folder / "theirs").mkdir()
    (first.folder / "theirs").chmod(0o777)
    words = [SLUICE, "load", "ten.jsonl", "sqlite:shop.db", "--as", "t", "--dataset", "ds", "--pipelines-dir", "theirs"]
    done = subprocess.run(words, cwd=first.folder, capture_output=True, text=True, preexec_fn=nobody, timeout=30)
    assert done.returncode == 1 and "permissions" in done.stderr, done.stderr
    first.load("ten.jsonl", "--as", "t", to="sqlite:shop.db?mode=ro", expect=1)
    assert first.ask("SELECT count(*) FROM t") == [(10,)]


@pytest.mark.parametrize("content, text", [(b"some text\n" * 200, "no SQLite database"), (b"SQLite format 3\0" + b"\xff" * 4000, "database")])
def test_files_that_are_none(loads, content, text):
    loads.write("shop__ds.db", content)
    done = loads.load(loads.documents("a.jsonl", {"id": 1}), "--as", "t", expect=1)
    assert text in done.err and (loads.folder / "shop__ds.db").read_bytes() == content


def test_tables_that_were_changed_by_hand(first):
    with closing(sqlite3.connect(first.folder / "shop__ds.db")) as connection:
        connection.executescript("ALTER TABLE t DROP COLUMN id; ALTER TABLE t ADD COLUMN id UUID")
    done = first.load("ten.jsonl", "--as", "t", expect=1)
    assert "column id" in done.err
    with closing(sqlite3.connect(first.folder / "shop__ds.db")) as connection:
        connection.executescript("ALTER TABLE t DROP COLUMN id; DELETE FROM t__list; CREATE UNIQUE INDEX one ON t__list (value);")
    assert first.load("ten.jsonl", "--as", "t", expect=1).err.count("UNIQUE") == 1
    assert first.ask("SELECT count(*) FROM t") == [(10,)]


def test_decimals_that_a_table_of_dlt_would_round(loads):
    """dlt declares NUMERIC(38, 9), of which SQLite keeps 15 digits: what fits goes in as a number, the rest is refused."""
    loads.load(loads.documents("a.jsonl", {"id": 1}), "--as", "t")
    with closing(sqlite3.connect(loads.folder / "shop__ds.db")) as connection:
        connection.executescript("ALTER TABLE t ADD COLUMN d NUMERIC(38, 9)")
    loads.load(loads.documents("b.jsonl", *[{"id": i, "d": d} for i, d in enumerate(("1.5", "123456.789012345", "9007199254740993", "-7"))]), "--as", "t", "--columns", "d:decimal(38,9)")
    assert loads.ask("SELECT d FROM t WHERE d IS NOT NULL") == [(1.5,), (123456.789012345,), (9007199254740993,), (-7,)]
    done = loads.load(loads.documents("c.jsonl", {"id": 9, "d": "1234567890.123456789"}), "--as", "t", "--columns", "d:decimal(38,9)", expect=1)
    assert "1234567890.123456789" in done.err and "DECIMAL_TEXT" in done.err


def dlt_run(folder, documents, **kw):
    """A load by dlt itself through SQLAlchemy, in a process of its own."""
    script = ("import dlt, json, sys; kw = json.loads(sys.argv[2]); "
              "docs = [json.loads(line) for line in open(sys.argv[1])]; "
              "p = dlt.pipeline('t', destination=dlt.destinations.sqlalchemy('sqlite:///shop.db'), dataset_name=kw.pop('dataset'), pipelines_dir='dlt-pipelines'); "
              "p.run(docs, table_name='t', **kw)")
    done = subprocess.run([sys.executable, "-c", script, str(documents), json.dumps(kw)], cwd=folder, capture_output=True, text=True, timeout=120,
                          env={**os.environ, "RUNTIME__DLTHUB_TELEMETRY": "false"})
    assert done.returncode == 0, done.stderr


DOCUMENTS = [{"id": i, "name": f"n{i}", "f": i / 4, "flag": i % 2 == 0, "at": f"2024-01-0{i}T03:04:05.00000{i}Z", "lines": [{"q": i, "tags": ["a", "b"]}, {"q": -i}],
              "deep": {"x": {"y": i}}, "big": 2**62 + i} for i in range(1, 8)]


def plain(rows):
    """A moment with and without its zone is the same: dlt leaves +00:00 away."""
    return [tuple(v.removesuffix("+00:00") if isinstance(v, str) else v for v in row) for row in rows]


def test_the_same_as_dlt(loads):
    """Tables, columns and rows as dlt writes them, and each continues what the other has begun."""
    source = loads.documents("d.jsonl", *DOCUMENTS)
    dlt_run(loads.folder, source, dataset="by_dlt")
    loads.load(source, "--as", "t", "--pipeline", "t", dataset="ours")
    ours, theirs = "shop__ours.db", "shop__by_dlt.db"
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
    assert loads.ask(tables, ours) == loads.ask(tables, theirs)
    for (table,) in loads.ask(tables, ours):
        columns = {file: {c[1]: c[2:4] for c in loads.ask(f"PRAGMA table_info({table})", file)} for file in (ours, theirs)}
        renamed = {name: ("DATETIME" if kind == "TIMESTAMP" else kind, null) for name, (kind, null) in columns[ours].items()}
        assert renamed == columns[theirs], table
        chosen = ", ".join(name for name in sorted(renamed) if not name.startswith("_dlt"))
        if not table.startswith("_dlt"):
            order = f"SELECT {chosen} FROM {table} ORDER BY {chosen}"
            assert plain(loads.ask(order, ours)) == plain(loads.ask(order, theirs)), table
    more = loads.documents("m.jsonl", {"id": 100, "name": "more", "fresh": 1, "at": "2024-02-01T00:00:00Z"})
    loads.load(more, "--as", "t", "--pipeline", "t", dataset="by_dlt")
    dlt_run(loads.folder, more, dataset="ours")
    state = json.loads(next(loads.folder.glob("*/t/state.json")).read_text())
    assert Destination.from_reference(state["destination_type"]).destination_name == "sqlalchemy"  # dlt.attach finds it
    for file in (ours, theirs):
        assert plain(loads.ask("SELECT count(*), max(fresh), max(at) FROM t", file)) == [(8, 1, "2024-02-01 00:00:00.000000")]
        assert loads.ask("SELECT count(*) FROM _dlt_loads", file) == [(2,)]
