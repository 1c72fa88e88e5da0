"""A load stays under 256 MB at default settings, whatever the table's size: many rows, long rows, many columns, large values."""
import random
import sqlite3
import sys
from pathlib import Path

import pytest
import servers_mysql
from servers_postgres import postgres_server

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from measure import measure  # noqa: E402
from support import SLUICE, Work  # noqa: E402

LIMIT_MB = 256
MANY, LONG, WIDE, LARGE = 600_000, 130_000, 30_000, 6  # more rows than DuckDB writes at once, 122,880, where rows are long
COLUMNS = 200
SHAPES = ["many_rows", "long_rows", "many_columns", "large_values"]


def wide(row, text):
    """200 columns, numbers and texts by turns."""
    return ", ".join(f"{row} + {n} as c{n}" if n % 2 else f"{text(n)} as c{n}" for n in range(COLUMNS))


@pytest.fixture(scope="module")
def postgres():
    with postgres_server(log_statement="none") as server:
        server.sql(f"""
            create table many_rows as select i as id, 'name ' || i as name, i / 100.0 as amount, now() as moment from generate_series(1, {MANY}) i;
            create table long_rows as select i as id, repeat(md5(i::text), 62) as body from generate_series(1, {LONG}) i;
            create table many_columns as select {wide('i', lambda n: f"'text ' || i % {n + 7}")} from generate_series(1, {WIDE}) i;
            create table large_values as select i as id, repeat(md5(i::text), 8 * 32 * 1024) as body from generate_series(1, {LARGE}) i;
            analyze""")
        yield f"postgres:host={server.folder} port={server.port} user=postgres dbname=postgres"


@pytest.fixture(scope="module")
def mysql():
    server = servers_mysql.server()
    server.new_database("memory")
    server.sql(f"""
        create table many_rows (id bigint primary key, name varchar(40), amount decimal(12,2)) as
            select seq as id, concat('name ', seq) as name, seq / 100 as amount from seq_1_to_{MANY};
        create table long_rows (id bigint primary key, body text) as select seq as id, repeat(md5(seq), 62) as body from seq_1_to_{LONG};
        create table many_columns (c1 bigint, primary key (c1)) engine = myisam as
            select {wide('seq', lambda n: f"concat('text ', seq % {n + 7})")} from seq_1_to_{WIDE};
        create table large_values (id bigint primary key, body longtext) as
            select seq as id, repeat(md5(seq), 8 * 32 * 1024) as body from seq_1_to_{LARGE}""", "memory")
    return server.url("memory")


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory):
    path = tmp_path_factory.mktemp("memory") / "shop.db"
    some = random.Random(5)
    with sqlite3.connect(path) as c:
        c.execute("create table many_rows (id integer primary key, name text, amount real)")
        c.executemany("insert into many_rows values (?, ?, ?)", ((i, f"name {i}", i / 100) for i in range(MANY)))
        c.execute("create table long_rows (id integer primary key, body text)")
        c.executemany("insert into long_rows values (?, ?)", ((i, some.randbytes(31).hex() * 32) for i in range(LONG)))
        c.execute("create table many_columns (" + ", ".join(f"c{n} {'integer' if n % 2 else 'text'}" for n in range(COLUMNS)) + ")")
        c.executemany(f"insert into many_columns values ({', '.join('?' * COLUMNS)})",
                      ([i + n if n % 2 else f"text {i % (n + 7)}" for n in range(COLUMNS)] for i in range(WIDE)))
        c.execute("create table large_values (id integer primary key, body text)")
        c.executemany("insert into large_values values (?, ?)", ((i, str(i) * (8 << 20)) for i in range(LARGE)))
    c.close()
    return f"sqlite:{path}"


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("source", ["postgres", "mysql", "sqlite"])
def test_peak_is_under_256_mb(source, shape, request, tmp_path):
    work = Work(tmp_path)
    location = request.getfixturevalue(source)
    _, _, peak, _ = measure([SLUICE, "load", location, f"duckdb:{work.database}", "--table", shape, "--dataset", "ds",
                             "--pipelines-dir", tmp_path / "p", "--parallel", "2", "-q"])
    rows, = work.rows(f"select count(*) from ds.{shape}")[0]
    assert rows == dict(zip(SHAPES, (MANY, LONG, WIDE, LARGE)))[shape]
    assert peak < LIMIT_MB, f"{peak:.0f} MB"
