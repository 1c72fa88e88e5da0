"""SQLite files as they are found: names, attached files, WAL, locks, read-only folders, damage."""
import gzip
import os
import shutil
import sqlite3
import subprocess
import threading
import time
from decimal import Decimal

import duckdb
import pytest

from servers_sqlite import SLUICE, SqliteWork, as_user, big

SMALL = "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'one'), (2, 'two')"


@pytest.fixture
def work(tmp_path):
    return SqliteWork(tmp_path)


def loaded(work):
    return work.rows("select id, v from ds.t order by id")


# ---- names ----

@pytest.mark.parametrize("name, location", [
    ("shop.db", "sqlite:shop.db"), ("shop.db", "sqlite3:shop.db"), ("shop.db", "sqlite:///shop.db"), ("shop.db", "sqlite:file:shop.db"),
    ("shop.db", "sqlite:shop.db?mode=ro"), ("shop.db", "sqlite:///shop.db?mode=ro&cache=private"), ("shop.db", "sqlite:shop.db?immutable=1"),
    ("shop.db", "sqlite:{}/shop.db"), ("shop.db", "sqlite:///{}/shop.db"), ("shop.db", "sqlite://{}/shop.db"), ("shop.db", "sqlite:file://{}/shop.db"),
    ("a b.db", "sqlite:a b.db"), ("a b.db", "sqlite:///a%20b.db"), ("what?.db", "sqlite:what?.db"), ("what?.db", "sqlite:///what%3F.db?mode=ro"),
    ("100%.db", "sqlite:100%.db"), ("a%20b.db", "sqlite:a%20b.db"), ("#1;'\"&=.db", "sqlite:#1;'\"&=.db"), ("ünï 日本.db", "sqlite:ünï 日本.db"),
    ("no_ending", "sqlite:no_ending"), ("new\nline.db", "sqlite:new\nline.db"),
])
def test_names(work, name, location):
    work.make(SMALL, name).close()
    work.load_sqlite(location=location.format(work.folder), *())
    assert loaded(work) == [(1, "one"), (2, "two")]


def test_links(work):
    (work.folder / "real").mkdir()
    connection = work.make(SMALL, "real/shop.db", mode="wal")
    os.symlink("real/shop.db", work.folder / "link.db")
    work.load_sqlite(location="sqlite:link.db")
    assert loaded(work) == [(1, "one"), (2, "two")]
    connection.close()


@pytest.mark.parametrize("location, code, message", [
    ("sqlite:none.db", 1, "there is no file 'none.db' (No such file or directory)"),
    ("sqlite:///none.db?mode=ro", 1, "there is no file 'none.db'"),
    ("sqlite:", 2, "name a database file, as in sqlite:shop.db"),
    ("sqlite://", 2, "name a database file"),
    ("sqlite::memory:", 2, "an in-memory database has nothing to load"),
    ("sqlite:.", 2, ". is a folder; name the database file in it"),
    ("sqlite:shop.db?mode=memory", 2, "mode=memory cannot be read"),
    ("sqlite:shop.db?colour=red", 2, "unknown parameter 'colour' after the file name; known are mode, immutable, nolock and vfs"),
    ("sqlite:shop.db?vfs=none", 1, "no such vfs: none"),
])
def test_bad_locations(work, location, code, message):
    work.make(SMALL).close()
    assert message in work.load_sqlite(location=location, expect=code).err


def test_missing_library(work):
    work.make(SMALL).close()
    failed = work.load_sqlite(expect=1, env={"SLUICE_LIBSQLITE3": "/nowhere/libsqlite3.so.0"})
    assert "apt install libsqlite3-0" in failed.err and "SLUICE_LIBSQLITE3" in failed.err
    failed = work.load_sqlite(expect=1, env={"SLUICE_LIBSQLITE3": "libz.so.1"})
    assert "this libsqlite3 has no sqlite3_libversion" in failed.err


# ---- attached files ----

def test_attached_files_are_schemas(work):
    work.make(SMALL).close()
    work.make("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (3, 'three'); CREATE TABLE u (x INT); INSERT INTO u VALUES (7)",
              "other one.db", mode="wal").close()
    attach = ["--attach", "more=other one.db"]
    work.load_sqlite(*attach)
    assert work.rows("select id, v from ds.main_t order by id") == [(1, "one"), (2, "two")]
    assert work.rows("select id, v from ds.more_t") == [(3, "three")]
    assert work.rows("select x from ds.u") == [(7,)]
    work.load_sqlite(*attach, "--schema", "more", "--table", "t")
    assert loaded(work) == [(3, "three")]
    work.load_sqlite(*attach, "--query", "select id, v from t union all select id, v from more.t", "--as", "both_files")
    assert work.rows("select count(*) from ds.both_files") == [(3,)]
    work.load_sqlite(*attach, "--table", "more.u", "--as", "one")
    assert work.rows("select x from ds.one") == [(7,)]


@pytest.mark.parametrize("attach, code, message", [
    ("more", 2, "--attach more: write name=path"), ("=x.db", 2, "write name=path"), ("main=shop.db", 2, "main is a name that SQLite itself uses"),
    ("more=none.db", 1, "--attach more: sqlite: there is no file 'none.db'"), ("a=shop.db,b=text.txt", 1, "text.txt is no SQLite database"),
])
def test_bad_attached_files(work, attach, code, message):
    work.make(SMALL).close()
    work.write("text.txt", "hello world, this is text\n")
    assert message in work.load_sqlite("--attach", attach, expect=code).err


# ---- write-ahead logs ----

def test_wal_with_a_writer_that_is_still_there(work):
    writer = work.make(SMALL, mode="wal")
    writer.execute("INSERT INTO t VALUES (3, 'in the log')")
    writer.execute("BEGIN")
    writer.execute("INSERT INTO t VALUES (4, 'not committed')")
    work.load_sqlite()
    assert loaded(work) == [(1, "one"), (2, "two"), (3, "in the log")]
    writer.execute("COMMIT")
    work.load_sqlite()
    assert loaded(work)[-1] == (4, "not committed")


@pytest.fixture
def locked_folder(work):
    """A folder that the user nobody can read and not write."""
    if os.geteuid() != 0:
        pytest.skip("needs root to become somebody without rights")
    folder = work.folder / "locked"
    folder.mkdir()
    parent = folder
    while parent != parent.parent and str(parent).startswith("/tmp/"):
        parent.chmod(0o755)
        parent = parent.parent
    yield folder


def start_as_nobody(work, path):
    out = work.folder / "nobody"
    out.mkdir(exist_ok=True)
    out.chmod(0o777)
    work.database = out / "out.duckdb"
    return as_user("nobody", SLUICE, "load", f"sqlite:{path}", f"duckdb:{work.database}", "--dataset", "ds", "--pipelines-dir", f"{out}/pipelines",
                   cwd=out, env={**os.environ, "HOME": str(out)})


def load_as_nobody(work, path):
    process = start_as_nobody(work, path)
    process.err = process.communicate(timeout=60)[1]
    return process


def crashed_copy(source, folder, shm):
    """The files of a database whose writer is still there, as a crash would leave them."""
    for ending in ("", "-wal") + (("-shm",) if shm else ()):
        shutil.copy(f"{source}{ending}", folder / f"shop.db{ending}")
        os.chmod(folder / f"shop.db{ending}", 0o644)


@pytest.mark.parametrize("shm", [True, False])
def test_wal_in_a_read_only_folder(work, locked_folder, shm):
    writer = work.make(SMALL, mode="wal")
    writer.execute("INSERT INTO t VALUES (3, 'in the log')")
    crashed_copy(work.folder / "shop.db", locked_folder, shm)
    locked_folder.chmod(0o555)
    before = sorted(os.listdir(locked_folder))
    done = load_as_nobody(work, locked_folder / "shop.db")
    assert done.returncode == 0, done.err
    assert loaded(work) == [(1, "one"), (2, "two"), (3, "in the log")]
    assert sorted(os.listdir(locked_folder)) == before


def test_wal_database_without_its_log_in_a_read_only_folder(work, locked_folder):
    work.make(SMALL, "locked/shop.db", mode="wal").close()
    assert sorted(os.listdir(locked_folder)) == ["shop.db"]
    (locked_folder / "shop.db").chmod(0o644)
    locked_folder.chmod(0o555)
    done = load_as_nobody(work, locked_folder / "shop.db")
    assert done.returncode == 0, done.err
    assert loaded(work) == [(1, "one"), (2, "two")]


def has_open(pid, ending):
    """A handle may close while the list is looked through."""
    try:
        return any(os.path.realpath(f"/proc/{pid}/fd/{n}").endswith(ending) for n in os.listdir(f"/proc/{pid}/fd"))
    except FileNotFoundError:
        return False


def test_writing_into_a_file_that_is_read_without_locks_is_seen(work, locked_folder):
    work.make(big(400000), "locked/shop.db", mode="wal").close()
    (locked_folder / "shop.db").chmod(0o644)
    locked_folder.chmod(0o555)
    process = start_as_nobody(work, locked_folder / "shop.db")
    while not has_open(process.pid, "/shop.db"):
        assert process.poll() is None
    time.sleep(0.05)
    writer = sqlite3.connect(locked_folder / "shop.db", isolation_level=None)  # root may write
    writer.execute("UPDATE big SET n = -1 WHERE id = 1")
    error = process.communicate(timeout=60)[1]
    assert process.returncode == 1
    assert "was written while it was read; its folder cannot be written" in error
    writer.close()


def test_a_file_that_may_not_be_read(work, locked_folder):
    work.make(SMALL, "locked/shop.db").close()
    (locked_folder / "shop.db").chmod(0o600)
    done = load_as_nobody(work, locked_folder / "shop.db")
    assert done.returncode == 1
    assert "shop.db may not be read: Permission denied" in done.err


# ---- other programs ----

def test_waits_for_a_writer_and_gives_up(work):
    writer = work.make(SMALL)
    writer.execute("BEGIN EXCLUSIVE")
    begin = time.monotonic()
    failed = work.load_sqlite("--busy-timeout", "1", "--retries", "0", expect=1)
    assert 1 <= time.monotonic() - begin < 10
    assert "shop.db is being written by another program, and was so for 1 seconds; try again later or wait longer with --busy-timeout" in failed.err
    timer = threading.Timer(1.0, lambda: None)
    process = subprocess.Popen([SLUICE, "load", "sqlite:shop.db", f"duckdb:{work.database}", "--dataset", "ds"], cwd=work.folder)
    time.sleep(0.5)
    writer.execute("COMMIT")
    assert process.wait(30) == 0
    timer.cancel()
    assert loaded(work) == [(1, "one"), (2, "two")]


def test_a_crashed_writer_leaves_a_hot_journal(work):
    """The journal of a transaction that was being written; a reader may not roll it back."""
    script = ("import sqlite3, os; c = sqlite3.connect('shop.db', isolation_level=None); c.execute('PRAGMA cache_size = 1'); c.execute('BEGIN');"
              "c.execute('UPDATE big SET n = n + 1'); os._exit(9)")
    work.make(big(30000)).close()
    subprocess.run(["python3", "-c", script], cwd=work.folder, check=False)
    assert (work.folder / "shop.db-journal").stat().st_size > 0
    failed = work.load_sqlite(expect=1)
    assert "was left in the middle of a change by a program that crashed" in failed.err and "sqlite3 '" in failed.err
    sqlite3.connect(work.folder / "shop.db").execute("SELECT 1 FROM big").fetchone()
    work.load_sqlite()
    assert work.rows("select count(*), min(n) from ds.big") == [(30000, 0)]


def test_nothing_is_written(work):
    """Neither the file nor its folder change, whatever is loaded."""
    work.make(big(30000)).close()
    (work.folder / "in").mkdir()
    shutil.move(work.folder / "shop.db", work.folder / "in" / "shop.db")
    before = (work.folder / "in" / "shop.db").read_bytes()
    work.load_sqlite(location="sqlite:in/shop.db")
    assert (work.folder / "in" / "shop.db").read_bytes() == before
    assert os.listdir(work.folder / "in") == ["shop.db"]
    failed = work.load_sqlite("--query", "delete from big returning id", location="sqlite:in/shop.db", expect=1)
    assert "--query: near \"delete\": syntax error" in failed.err


# ---- what is no SQLite database ----

@pytest.mark.parametrize("kind, message", [
    ("random", "it may be encrypted (SQLCipher, SEE): decrypt it into a plain file first"),
    ("text", "it is a text file: load it by its path, without sqlite:"),
    ("gzip", "it is compressed (gzip): unpack it"),
    ("zip", "it is a zip archive: unpack it"),
    ("duckdb", "it is a DuckDB file"),
    ("parquet", "it is a Parquet file"),
    ("header", "its header is damaged or of a newer format"),
])
def test_foreign_files(work, kind, message):
    path = work.folder / "shop.db"
    if kind == "duckdb":
        duckdb.connect(str(path)).execute("create table t (a int)").close()
    elif kind == "parquet":
        duckdb.execute(f"copy (select 1 as a) to '{path}' (format parquet)")
    elif kind == "header":
        work.make(SMALL).close()
        data = bytearray(path.read_bytes())
        data[16:18] = b"\x12\x34"  # the page size is no power of two
        path.write_bytes(data)
    else:
        path.write_bytes({"random": os.urandom(8192), "text": b"id,name\n1,a\n" * 100, "gzip": gzip.compress(b"x" * 1000),
                          "zip": b"PK\x03\x04" + bytes(600)}[kind])
    assert message in work.load_sqlite(expect=1).err


def test_empty_and_damaged_files(work):
    work.write("shop.db", b"")
    assert "sqlite:shop.db has no table to read" in work.load_sqlite(expect=1).err
    work.make(big(30000), "whole.db").close()
    data = bytearray((work.folder / "whole.db").read_bytes())
    data[len(data) // 2:len(data) // 2 + 40000] = b"\xff" * 40000
    work.write("damaged.db", bytes(data))
    failed = work.load_sqlite(location="sqlite:damaged.db", expect=1)
    assert "damaged.db is damaged" in failed.err and "PRAGMA integrity_check" in failed.err
    work.write("short.db", bytes(data[:len(data) // 2 + 1000]))
    assert "is damaged" in work.load_sqlite(location="sqlite:short.db", expect=1).err


def test_missing_tables_and_columns(work):
    work.make("CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, \"updated at\" TEXT); CREATE VIEW broken AS SELECT * FROM gone").close()
    assert "has no table 'custmers' (did you mean 'customers'?)" in work.load_sqlite("--table", "custmers", expect=1).err
    assert "table customers has no column 'nam' (did you mean 'name'?)" in work.load_sqlite("--cursor", "nam", expect=1).err
    assert "table customers has no column 'nmae'" in work.load_sqlite("--include-columns", "nmae", expect=1).err
    assert "view broken: no such table: main.gone" in work.load_sqlite("--table", "broken", expect=1).err
    assert "no such column: x" in work.load_sqlite("--where", "x > 1", expect=1).err
    assert "no such table: missing" in work.load_sqlite("--query", "select * from missing", "--as", "q", expect=1).err
    assert work.load_sqlite("--query", "  ", "--as", "q", expect=1).err


def test_a_virtual_table_without_its_module_is_left_out(work):
    work.make(SMALL + "; CREATE VIRTUAL TABLE f USING fts5(a)").close()
    connection = sqlite3.connect(work.folder / "shop.db", isolation_level=None)
    connection.execute("PRAGMA writable_schema = on")
    connection.execute("UPDATE sqlite_schema SET sql = 'CREATE VIRTUAL TABLE f USING spatial9(a)' WHERE name = 'f'")
    connection.close()
    done = work.load_sqlite()
    assert "table f is left out" in done.err and "no such module: spatial9" in done.err
    assert loaded(work) == [(1, "one"), (2, "two")]


# ---- memory ----

def test_memory_is_bounded(work):
    """A table that is larger than what the whole program may hold."""
    work.make("CREATE TABLE t (id INTEGER PRIMARY KEY, n INT, price DECIMAL(10,2), filling TEXT);"
              "INSERT INTO t WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 800000)"
              " SELECT i, i % 1000, i / 100.0, hex(randomblob(150)) FROM r").close()
    assert (work.folder / "shop.db").stat().st_size > 256_000_000
    script = ("import resource, subprocess, sys; code = subprocess.run(sys.argv[1:]).returncode;"
              "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024); sys.exit(code)")
    done = subprocess.run(["python3", "-c", script, SLUICE, "load", "sqlite:shop.db", f"duckdb:{work.database}", "--dataset", "ds", "--memory", "128MB", "-q"],
                          cwd=work.folder, capture_output=True, text=True, check=True)
    assert int(done.stdout.split()[-1]) < 256
    assert work.rows("select count(*), sum(n), sum(price), min(length(filling)) from ds.t") == [(800000, 399600000, Decimal("3200004000.00"), 300)]
