"""The server or the connection goes at ten points of a load, counted in bytes: the load is complete or ends with a clear error and
leaves the tables as they were, and the next one is complete, with equal checksums."""
import os
import re
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import servers_mongodb
import servers_mysql
import servers_odbc
from breaking import Breaker, kill_all, points
from servers_postgres import postgres_server

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from support import SLUICE, Work  # noqa: E402

ROWS = 20000
CLEAR = re.compile(r"connection (to \S+ )?was lost|(connection to|connecting to|cannot connect to) .*(did|is) the server|closed the connection", re.S)


class Postgres:
    def __init__(self):
        self.context = postgres_server()
        self.server = self.context.__enter__()
        self.server.sql("CREATE DATABASE shop")
        self.server.sql(f"CREATE TABLE big AS SELECT i AS id, i / 7.0 AS n, 'name ' || i AS name, repeat(md5(i::text), 4) AS filling FROM generate_series(1, {ROWS}) i;"
                        "ALTER TABLE big ADD PRIMARY KEY (id); CREATE TABLE small AS SELECT 1 AS id; CHECKPOINT", "shop")

    def port(self):
        return self.server.port

    def url(self, port):
        return self.server.url("shop", port=port)

    def odbc(self, port):
        return servers_odbc.postgres(self.server, "shop", port=port)

    def kill(self):
        kill_all(int((self.server.data / "postmaster.pid").read_text().split()[0]))

    def start(self):
        # Where nobody waits for dead processes their numbers live on, and these files would stop a new server.
        for name in (self.server.data / "postmaster.pid", self.server.folder / f".s.PGSQL.{self.server.port}.lock"):
            name.unlink(missing_ok=True)
        self.server.start()

    def close(self):
        self.context.__exit__(None, None, None)


class Mariadb:
    def __init__(self):
        self.server = servers_mysql.Server("--innodb-flush-log-at-trx-commit=1")  # what was written is there after a kill
        self.server.new_database("shop")
        self.server.sql(f"create table big (id int primary key, n decimal(12,2), name varchar(30), filling text); create table small (id int primary key);"
                        f"insert into big select seq, seq / 7, concat('name ', seq), repeat(md5(seq), 4) from seq_1_to_{ROWS}; insert into small values (1);"
                        "analyze table big", "shop")

    def port(self):
        return self.server.port

    def url(self, port):
        return f"mysql://root@127.0.0.1:{port}/shop"

    def odbc(self, port):
        return servers_odbc.mariadb(self.server, "shop", port=port)

    def kill(self):
        self.server.stop()

    def start(self):
        self.server.start()

    def close(self):
        self.server.remove()


class Mongo:
    def __init__(self):
        db = servers_mongodb.server().client["breaks"]
        db.big.drop()
        db.big.insert_many([{"_id": i, "n": i / 7, "name": f"name {i}", "filling": f"{i:08}" * 16} for i in range(ROWS // 4)])
        db.small.replace_one({"_id": 1}, {"_id": 1}, upsert=True)

    def port(self):
        return servers_mongodb.server().port

    def url(self, port):
        return f"mongodb://127.0.0.1:{port}/breaks"

    def close(self):
        pass


class MortalMongo:
    """The fake server as a process of its own: the other one takes seconds to start again."""
    CODE = ("import sys; sys.path.insert(0, sys.argv[1]); import servers_mongodb as s; "
            "big = [{'_id': i, 'n': i / 7, 'name': f'name {i}', 'filling': f'{i:08}' * 16} for i in range(int(sys.argv[2]))]; "
            "print(s.FakeServer({'big': big, 'small': [{'_id': 1}]}).port, flush=True); sys.stdin.read()")

    def __init__(self):
        self.start()

    def start(self):
        self.process = subprocess.Popen([sys.executable, "-c", self.CODE, str(Path(__file__).parent), str(ROWS // 4)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.number = int(self.process.stdout.readline())

    def port(self):
        return self.number

    def url(self, port):
        return f"mongodb://127.0.0.1:{port}/breaks"

    def kill(self):
        self.process.kill()
        self.process.communicate()

    close = kill


CASES = [(kind, how, maker, name) for kind, maker, name in [
    ("postgres", Postgres, "url"), ("odbc-postgres", Postgres, "odbc"), ("mysql", Mariadb, "url"), ("odbc-mysql", Mariadb, "odbc")]
    for how in ("cut", "kill -9")] + [("mongodb", "cut", Mongo, "url"), ("mongodb", "kill -9", MortalMongo, "url")]


@pytest.fixture(scope="module")
def servers():
    """One server of each kind, started when it is first asked for."""
    made = {}
    yield lambda maker: made[maker] if maker in made else made.setdefault(maker, maker())
    for server in made.values():
        server.close()


class Loads(Work):
    def __init__(self, folder):
        folder.mkdir(exist_ok=True)
        super().__init__(folder)
        self.env = {**os.environ, **servers_odbc.Odbc(folder).env}

    def pull(self, location):
        words = [SLUICE, "load", location, f"duckdb:{self.database}", "--dataset", "ds", "--pipelines-dir", self.folder / "p", "--parallel", "2", "--batch-rows",
                 "500", "--connect-timeout", "2", "--retries", "0", "-q"]
        return subprocess.run([str(w) for w in words], env=self.env, capture_output=True, text=True, timeout=60, cwd=self.folder)

    def checksum(self):
        if not self.database.exists():
            return []
        return [(t, self.rows(f"select count(*), sum(hash(r)::hugeint) from (select columns(c -> not starts_with(c, '_dlt')) from ds.{t}) r"))
                for (t,) in self.rows("select table_name from information_schema.tables where table_schema = 'ds' and table_name in ('big', 'small') order by 1")]


def breaks_at(loads, server, location, at, action):
    """One load that breaks and the one after it."""
    before = loads.checksum()
    with Breaker(server.port(), at, action) as place:
        done = loads.pull(location(place.port))
        assert place.done, f"the load had only {place.passed} bytes, not {at}"
    assert done.returncode in (0, 1), (at, done.stderr)
    if done.returncode == 1:
        assert CLEAR.search(done.stderr) and done.stderr.count("\n") <= 2, (at, done.stderr)
        assert loads.checksum() == before, at
    return done


@pytest.mark.parametrize("kind, how, maker, name", CASES, ids=[f"{kind} {how}" for kind, how, _, _ in CASES])
def test_ten_points(servers, tmp_path, kind, how, maker, name):
    server = servers(maker)
    location = getattr(server, name)
    loads = Loads(tmp_path)
    with Breaker(server.port()) as whole:
        done = loads.pull(location(whole.port))
        assert done.returncode == 0, done.stderr
    wanted = loads.checksum()
    assert [t for t, _ in wanted] == ["big", "small"], kind
    for i, at in enumerate(points(whole.passed)):
        if i % 2 == 0:  # also into a destination that has nothing yet
            loads = Loads(tmp_path / f"{i}")
        done = breaks_at(loads, server, location, at, server.kill if how == "kill -9" else None)
        if how == "kill -9":
            server.start()
            assert done.returncode == 1, "it cannot have been complete"
        done = loads.pull(location(server.port()))
        assert done.returncode == 0, (at, done.stderr)
        assert loads.checksum() == wanted, at


# ---- SQLite: no server, but a file that others write, move and cut ----

FILL = "INSERT INTO big WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 20000) SELECT i, i / 7.0, 'name ' || i, hex(zeroblob(64)) FROM r"
WRITER = """
import os, signal, sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.executescript("PRAGMA cache_size = 10; PRAGMA synchronous = off; BEGIN; UPDATE big SET n = -1 WHERE id % 3 = 0; DELETE FROM small")
for i in range(int(sys.argv[2])):
    c.execute("INSERT INTO big VALUES (?, 0, 'half', 'done')", (100000 + i,))
os.kill(os.getpid(), signal.SIGKILL)
"""


def shop_file(path, mode="delete"):
    with sqlite3.connect(path, isolation_level=None) as c:
        c.executescript(f"PRAGMA journal_mode = {mode}; CREATE TABLE big (id INTEGER PRIMARY KEY, n REAL, name TEXT, filling TEXT); {FILL};"
                        "CREATE TABLE small (id INTEGER PRIMARY KEY); INSERT INTO small VALUES (1)")
    c.close()
    return path


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_writer_of_sqlite_is_killed_at_ten_points(tmp_path, mode):
    """kill -9 in the middle of a transaction: its half is not there. What only a writer may repair is said."""
    loads, path = Loads(tmp_path), shop_file(tmp_path / "shop.db", mode)
    assert loads.pull(f"sqlite:{path}").returncode == 0
    wanted = loads.checksum()
    for rows in (0, 1, 10, 100, 500, 1000, 2000, 4000, 8000, 12000):
        killed = subprocess.run([sys.executable, "-c", WRITER, path, str(rows)], capture_output=True, text=True)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        done = loads.pull(f"sqlite:{path}")
        if mode == "delete":
            assert done.returncode == 1 and "was left in the middle of a change by a program that crashed" in done.stderr
            assert loads.checksum() == wanted
            with sqlite3.connect(path) as c:
                c.execute("SELECT 1 FROM small").fetchall()
            c.close()
            done = loads.pull(f"sqlite:{path}")
        assert done.returncode == 0, done.stderr
        assert loads.checksum() == wanted, rows


def read_so_far(pid):
    try:
        with open(f"/proc/{pid}/io", encoding="ascii") as file:
            return int(file.readline().split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return None


TOLD = {"removed": re.compile("there is no file|disk I/O error"), "replaced": re.compile("is no SQLite database"),
        "cut in half": re.compile("is damaged"), "locked": re.compile("is being written by another program, and was so for 1 second")}


@pytest.mark.parametrize("what", TOLD)
def test_a_file_of_sqlite_goes_at_ten_points(tmp_path, what):
    loads, path = Loads(tmp_path), shop_file(tmp_path / "shop.db")
    kept = path.read_bytes()
    assert loads.pull(f"sqlite:{path}").returncode == 0
    wanted = loads.checksum()
    words = [SLUICE, "load", f"sqlite:{path}", f"duckdb:{loads.database}", "--dataset", "ds", "--pipelines-dir", tmp_path / "p", "-q", "--retries", "0", "--batch-rows", "500",
             "--busy-timeout", "1"]
    for at in range(1, 2 + len(kept), len(kept) // 9):
        running = subprocess.Popen([str(w) for w in words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
        begun = read_so_far(running.pid)
        while (now := read_so_far(running.pid)) is not None and now - begun < at and running.poll() is None:
            pass
        writer = None
        if what == "removed":
            path.unlink()
        elif what == "replaced":
            (tmp_path / "other").write_bytes(b"something else")
            (tmp_path / "other").rename(path)
        elif what == "cut in half":
            os.truncate(path, len(kept) // 2)
        else:
            writer = sqlite3.connect(path, isolation_level=None, timeout=0)
            try:
                writer.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError:
                pass  # the load has it
        err = running.communicate(timeout=30)[1]
        if writer is not None:
            writer.close()
        assert running.returncode in (0, 1), (at, err)
        assert running.returncode == 0 or TOLD[what].search(err), (at, err)
        assert loads.checksum() == wanted, (at, err)
        path.write_bytes(kept)
        assert loads.pull(f"sqlite:{path}").returncode == 0 and loads.checksum() == wanted
