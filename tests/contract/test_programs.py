"""The contract programs (build/contract_source*) against databases: each is told its place by environment variables,
as docs/new-source.md says. Servers come from the servers_*.py beside this file; without one its tests are skipped.
MongoDB's turn is in test_mongodb.py."""
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from support import REPO, SLUICE  # noqa: E402

BUILD = Path(SLUICE).resolve().parent
PROGRAMS = ["contract_sources", "contract_source_stops", "contract_source_memory"]
SECRET = "s3cr3tS3nt1n3l"
ROWS, LARGE_ROWS, MORE_ROWS = 30_000, 1_000_000, 50


@contextmanager
def sqlite_place(folder):
    import sqlite3

    fill = ("CREATE TABLE {0} (id INTEGER PRIMARY KEY, name TEXT, weight REAL, amount DECIMAL(12,2), day DATE, moment DATETIME, "
            "filling TEXT);\nINSERT INTO {0} WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < {1}) "
            "SELECT i, 'row ' || i, CASE WHEN i % 7 THEN i * 0.25 END, i / 100.0, date('2024-01-01', '+' || (i % 900) || ' days'), "
            "datetime('2024-01-01', '+' || i || ' seconds'), hex(zeroblob(i % 60)) FROM r;")
    for name, rows in (("small", ROWS), ("large", LARGE_ROWS)):
        with sqlite3.connect(folder / f"{name}.db", isolation_level=None) as connection:
            connection.execute("PRAGMA synchronous = off")
            connection.executescript(fill.format("items", rows))
    (folder / "broken.db").write_bytes(b"SQLite format 3\0" + b"not a database" * 500)
    (folder / "grow.py").write_text(
        f"import sqlite3\nsqlite3.connect('{folder}/small.db', isolation_level=None).execute('INSERT INTO items SELECT id + {ROWS}, "
        f"name, 1, 1, day, moment, filling FROM items WHERE id <= {MORE_ROWS}')\n")
    slow = "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r) SELECT i FROM r WHERE i < 0"
    yield {"": f"sqlite:{folder}/small.db", "_MISSING": f"sqlite:{folder}/nothing.db", "_BROKEN": f"sqlite:{folder}/broken.db",
           "_LARGE": f"sqlite:{folder}/large.db", "_ONLY_NEW": "cursor=id", "_GROW": f"{sys.executable} {folder}/grow.py",
           "_GROWN_ROWS": str(MORE_ROWS), "slow query": slow}


@contextmanager
def postgres_place(folder):
    import servers_postgres

    if servers_postgres.binaries() is None:
        pytest.skip("there is no PostgreSQL server on this machine")
    fill = ("CREATE TABLE items AS SELECT i AS id, 'row ' || i AS name, CASE WHEN i % 7 > 0 THEN i * 0.25::float8 END AS weight, "
            "(i / 100.0)::numeric(12,2) AS amount, date '2024-01-01' + i % 900 AS day, timestamptz '2024-01-01Z' + i * interval '1s' "
            "AS moment, repeat('text ', i % 30) AS filling FROM generate_series(1, {0}) r(i);\nALTER TABLE items ADD PRIMARY KEY (id);")
    with servers_postgres.postgres_server() as server:
        for name, rows in (("small", ROWS), ("large", LARGE_ROWS)):
            server.sql(f"CREATE DATABASE {name}")
            server.sql(fill.format(rows), database=name)
        grow = f"INSERT INTO items SELECT id + {ROWS}, name, 1, 1, day, moment, 'new' FROM items WHERE id <= {MORE_ROWS}"
        yield {"": server.url("small"), "_MISSING": server.url("no_such_database"), "_LARGE": server.url("large"),
               "_SECRET": server.url("small", password=SECRET), "_BROKEN": server.url("small", port=1),
               "_ONLY_NEW": "cursor=id", "_GROWN_ROWS": str(MORE_ROWS), "slow query": "SELECT 1 AS one FROM pg_sleep(600)",
               "_GROW": f'{server.bin}/psql -q -h {server.folder} -p {server.port} -U postgres -d small -c "{grow}"'}


@contextmanager
def mysql_place(folder):
    import servers_mysql

    if shutil.which("mariadbd") is None:
        pytest.skip("there is no MariaDB server on this machine")
    fill = ("CREATE TABLE items (id BIGINT PRIMARY KEY, name VARCHAR(40), weight DOUBLE, amount DECIMAL(12,2), day DATE, moment DATETIME, "
            "filling TEXT) SELECT seq AS id, CONCAT('row ', seq) AS name, IF(seq % 7, seq * 0.25, NULL) AS weight, seq / 100 AS amount, "
            "DATE '2024-01-01' + INTERVAL seq % 900 DAY AS day, TIMESTAMP '2024-01-01 00:00:00' + INTERVAL seq SECOND AS moment, "
            "REPEAT('text ', seq % 30) AS filling FROM seq_1_to_{0}")
    server = servers_mysql.Server()
    try:
        for name, rows in (("small", ROWS), ("large", LARGE_ROWS)):
            server.sql(f"CREATE DATABASE {name}")
            server.sql(fill.format(rows), database=name)
        server.sql(f"CREATE USER loader@'%' IDENTIFIED BY 'pass'; GRANT ALL ON *.* TO loader@'%'")

        def url(database, password="pass", port=server.port):
            return f"mysql://loader:{password}@127.0.0.1:{port}/{database}"

        grow = f"INSERT INTO items SELECT id + {ROWS}, name, 1, 1, day, moment, 'new' FROM items WHERE id <= {MORE_ROWS}"
        yield {"": url("small"), "_MISSING": url("no_such_database"), "_LARGE": url("large"), "_SECRET": url("small", SECRET),
               "_BROKEN": url("small", port=1), "_ONLY_NEW": "cursor=id", "_GROWN_ROWS": str(MORE_ROWS),
               "slow query": "SELECT SLEEP(600)", "_GROW": f'mariadb --no-defaults -S {server.socket} -uroot small -e "{grow}"'}
    finally:
        server.remove()


@contextmanager
def odbc_place(folder, maker=postgres_place, kind="postgres"):
    """The tables of another place, through a driver."""
    import servers_odbc

    ini = servers_odbc.Odbc(folder)

    def connection(url):
        """The same place as ODBC says it."""
        to = urlsplit(url)
        driver = "PostgreSQL Unicode" if kind == "postgres" else "MariaDB Unicode"
        return servers_odbc.connection(driver, Server=to.hostname, Port=to.port, Database=to.path[1:], UID=to.username, PWD=unquote(to.password))

    with maker(folder) as variables:
        yield {ending: connection(value) if "://" in value else value for ending, value in variables.items()} | {"environment": ini.env}


@contextmanager
def odbc_mariadb_place(folder):
    with odbc_place(folder, mysql_place, "mysql") as variables:
        yield variables


MAKERS = {"sqlite": sqlite_place, "postgres": postgres_place, "mysql": mysql_place, "odbc": odbc_place, "odbc-mariadb": odbc_mariadb_place}


@pytest.fixture(scope="module", params=MAKERS)
def place(request, tmp_path_factory):
    """The source's name, and the environment that tells its place."""
    with MAKERS[request.param](tmp_path_factory.mktemp(request.param)) as variables:
        source = request.param.split("-")[0]
        prefix = f"SLUICE_CONTRACT_SOURCE_{source.upper()}"
        slow = variables.pop("slow query")
        env = {**os.environ, **variables.pop("environment", {}), **{prefix + ending: value for ending, value in variables.items()},
               "SLUICE_CONTRACT_PLACE": source}
        env.setdefault("SLUICE_LIBDUCKDB", str(REPO / ".deps" / "lib" / "libduckdb.so"))
        yield source, env, prefix, slow


def run(program, env, *words):
    if not (BUILD / program).exists():
        pytest.skip(f"{program} is not built")
    done = subprocess.run([BUILD / program, *words], env=env, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0 and " 0 failed" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_database_passes_the_contract(place, program):
    run(program, place[1])


def test_a_slow_query_is_cancelled(place):
    _, env, prefix, slow = place
    query = {**env, f"{prefix}_OPTIONS": f"query={slow}", f"{prefix}_SLOW": env[prefix]}
    run("contract_source_stops", query, "cancel_ends_a_reading_that_waits")
