"""PostgreSQL as a source, against a real server: what psql prints is what must be in DuckDB afterwards."""
import json
import os
import signal
import struct
import subprocess
import sys
import time
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation
from pathlib import Path

import duckdb
import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "e2e")]
import matrix_postgres as matrix  # noqa: E402
from breaking import Breaker  # noqa: E402
from servers_postgres import Proxy, binaries, postgres_server  # noqa: E402
from support import SLUICE, Work  # noqa: E402

pytestmark = pytest.mark.skipif(binaries() is None, reason="no PostgreSQL server here: tools/bootstrap test installs one")


@pytest.fixture(scope="module")
def server():
    with postgres_server() as running:
        running.sql("CREATE DATABASE shop")
        running.sql(FIXTURES, "shop")
        yield running


@pytest.fixture
def work(tmp_path):
    return PostgresWork(tmp_path)


class PostgresWork(Work):
    def run(self, *words, expect=0, env=None, **_):
        """expect=None: any exit code, but 3 and above, which no bad input may cause."""
        done = subprocess.run([SLUICE, *map(str, words)], capture_output=True, timeout=60, cwd=self.folder, env={**os.environ, **(env or {})})
        done.out, done.err = done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
        assert done.returncode == expect or expect is None and done.returncode in (0, 1, 2), f"exit {done.returncode}\n{done.err}\n{done.out}"
        return done

    def pull(self, source, *options, expect=0, **kw):
        base = ["--dataset", "ds", "--retries", "0", "--pipelines-dir", self.folder / "pipelines", "--pipeline", "p"]
        return self.run("load", source, f"duckdb:{self.database}", *base, *options, expect=expect, **kw)

    def count(self, table):
        return self.rows(f"SELECT count(*) FROM ds.{table}")[0][0]

    def digest(self, table):
        """Order does not matter, every bit of every value does."""
        columns = [r[0] for r in self.rows(f"DESCRIBE ds.{table}") if not r[0].startswith("_dlt")]
        listed = ", ".join(f'"{c}"' for c in columns)
        return self.rows(f"SELECT count(*), bit_xor(hash({listed})), sum(hash({listed})::HUGEINT) FROM ds.{table}")[0]


# Some 12 MB in `big`, never analyzed; parts of very different sizes.
FIXTURES = """
CREATE TABLE big (id int8 PRIMARY KEY, n numeric(12,2), day date, at timestamptz, name text, maybe int) WITH (autovacuum_enabled = off);
INSERT INTO big SELECT i, i / 7.0, date '2020-01-01' + (i % 1000)::int, timestamptz '2024-01-01 00:00:00+00' + i * interval '1.5 s',
  repeat('name ' || i, (i % 5)::int), CASE WHEN i % 3 = 0 THEN NULL ELSE i END FROM generate_series(1, 120000::int8) i;
CREATE TABLE small (id int PRIMARY KEY, name text NOT NULL, price numeric(10,2));
INSERT INTO small SELECT i, 'n' || i, i * 1.25 FROM generate_series(1, 50) i;
CREATE TABLE nothing (id int, name text);
CREATE TABLE parted (id int, day date, filling text) PARTITION BY RANGE (day);
CREATE TABLE parted_a PARTITION OF parted FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE parted_b (filling text, day date, gone int, id int);
ALTER TABLE parted_b DROP COLUMN gone;
ALTER TABLE parted ATTACH PARTITION parted_b DEFAULT;
INSERT INTO parted SELECT i, date '2020-01-01' + i % 800, repeat('y', 200) FROM generate_series(1, 40000) i;
CREATE TABLE parent (id int, filling text);
CREATE TABLE child (extra int) INHERITS (parent);
INSERT INTO parent SELECT i, repeat('p', 500) FROM generate_series(1, 10000) i;
INSERT INTO child SELECT i, repeat('c', 500), 1 FROM generate_series(1, 10000) i;
CREATE VIEW view_of_small AS SELECT id, upper(name) AS name FROM small;
CREATE MATERIALIZED VIEW stored_view AS SELECT * FROM small WHERE id <= 10;
CREATE SCHEMA sales; CREATE TABLE sales.small (id int, "Col umn" text); INSERT INTO sales.small VALUES (1, 'x');
CREATE SCHEMA sales_old; CREATE TABLE sales_old.orders (id int); INSERT INTO sales_old.orders VALUES (1), (2);
"""


# ---- types ----

def column_values(work, table):
    """{id: (value of v, text of its variant)}; values as DuckDB prints them, except where that loses something."""
    types = {r[0]: r[1] for r in work.rows(f"DESCRIBE ds.{table}")}
    kind = types.get("v", "VARCHAR")
    value = {"BLOB": "'\\x' || lower(hex(v))", "TIMESTAMP WITH TIME ZONE": "epoch_us(v)", "DOUBLE": "v"}.get(kind, "CAST(v AS VARCHAR)")
    variant = "v__v_text" if "v__v_text" in types else "NULL"
    value = value if "v" in types else "NULL"
    return {r[0]: r[1:] for r in work.rows(f"SELECT id, {value}, {variant} FROM ds.{table}")}


def same(kind, printed, value, variant):
    """Is what psql printed what arrived?"""
    if printed is None or variant is not None:
        return value is None and variant == printed
    if isinstance(value, float):
        return struct.pack("<d", value) == struct.pack("<d", float(printed)) or value != value and printed == "NaN"
    if value is None:
        return False
    if kind.endswith("[]"):
        return value == printed
    if kind == "bool":
        return value == {"t": "true", "f": "false"}[printed]
    if kind == "money":
        printed = printed.replace("$", "").replace(",", "")
    if kind.startswith(("numeric", "money", "price")):
        try:
            return Decimal(value) == Decimal(printed)
        except InvalidOperation:
            return False
    if kind == "timestamptz":
        moment = datetime.fromisoformat(printed + ":00").astimezone(timezone.utc) - datetime(1970, 1, 1, tzinfo=timezone.utc)
        return value == (moment.days * 86400 + moment.seconds) * 1000000 + moment.microseconds
    return value == printed


def test_types_arrive_as_psql_prints_them(server, work):
    server.sql("CREATE DATABASE types")
    server.sql(matrix.script(), "types")
    work.pull(server.url("types"))
    wrong = []
    for table, kind, values, as_json in matrix.tables():
        arrived = column_values(work, table)
        printed = server.rows(f"SELECT id, {'to_json(v)' if as_json else 'v'} FROM {table} ORDER BY id", "types")
        assert len(arrived) == len(printed) == len(values)
        wrong += [(kind, values[int(i)], text, arrived[int(i)]) for i, text in printed if not same(kind, text, *arrived[int(i)])]
    assert not wrong, wrong


def test_declared_types_and_keys(server, work):
    server.sql("""CREATE DATABASE declared;""")
    server.sql("""CREATE TABLE t (b int, a int, s int2 NOT NULL, n numeric(12,2) NOT NULL, u numeric, f float4, t text, j jsonb, z bytea,
        d date, tm time, ts timestamp, tz timestamptz, ok bool, PRIMARY KEY (a, b) INCLUDE (s))""", "declared")
    work.pull(server.url("declared"))
    types = {r[0]: (r[1], r[2]) for r in work.rows("DESCRIBE ds.t")}
    assert {k: v[0] for k, v in types.items() if not k.startswith("_")} == {
        "a": "BIGINT", "b": "BIGINT", "s": "BIGINT", "n": "DECIMAL(12,2)", "u": "DECIMAL(38,9)", "f": "DOUBLE", "t": "VARCHAR", "j": "JSON",
        "z": "BLOB", "d": "DATE", "tm": "TIME", "ts": "TIMESTAMP", "tz": "TIMESTAMP WITH TIME ZONE", "ok": "BOOLEAN"}
    assert [c for c, (_, null) in types.items() if null == "NO" and not c.startswith("_")] == ["a", "b", "s", "n"]
    stored = work.rows("SELECT schema FROM ds._dlt_version ORDER BY inserted_at DESC LIMIT 1")[0][0]
    assert '"primary_key":true' in stored.replace(" ", "")
    work.pull(server.url("declared"), "--reflection", "full_with_precision", "--dataset", "precise", "--pipeline", "q")
    precise = {r[0]: r[1] for r in work.rows("DESCRIBE precise.t")}
    assert (precise["s"], precise["b"], precise["n"]) == ("SMALLINT", "INTEGER", "DECIMAL(12,2)")


SPECIAL = "CREATE TABLE IF NOT EXISTS special AS SELECT i AS id, CASE WHEN i = 3 THEN 'NaN' ELSE i::numeric(8,2) END::numeric(8,2) AS n FROM generate_series(1, 4) i"


def test_special_values_by_policy(server, work):
    server.sql(SPECIAL, "shop")
    work.pull(server.url("shop"), "--table", "special", "--special-values", "null")
    assert work.rows("SELECT n FROM ds.special ORDER BY id") == [(1,), (2,), (None,), (4,)]
    done = work.pull(server.url("shop"), "--table", "special", "--special-values", "error", expect=1)
    assert "table special, column n (numeric(8,2)): no column of that type can hold the value NaN" in done.err
    assert work.count("special") == 4


# ---- parallel reading ----

@pytest.mark.parametrize("table", ["big", "parted", "parent"])
def test_parallel_is_the_same_as_one_connection(server, work, table):
    mark = server.log_mark()
    work.pull(server.url("shop"), "--table", table, "--parallel", "4")
    parallel = work.digest(table)
    log = server.log_since(mark)
    assert log.count("COPY (SELECT") >= 4 and "ctid <" in log
    assert log.count("SET TRANSACTION SNAPSHOT") >= 1
    mark = server.log_mark()
    work.pull(server.url("shop"), "--table", table, "--parallel", "1")
    assert server.log_since(mark).count("COPY (SELECT") == 1
    assert work.digest(table) == parallel
    assert parallel[0] == int(server.rows(f"SELECT count(*) FROM {table}", "shop")[0][0])


def test_small_tables_take_one_connection(server, work):
    mark = server.log_mark()
    work.pull(server.url("shop"), "--table", "small,nothing", "--parallel", "4")
    log = server.log_since(mark)
    assert (work.count("small"), work.count("nothing")) == (50, 0)
    assert log.count("BEGIN ISOLATION") == 2 and "SET TRANSACTION SNAPSHOT" not in log


def test_all_tables_are_seen_at_one_moment(server, work):
    server.sql("CREATE DATABASE moment")
    server.sql(FIXTURES.split("CREATE VIEW")[0], "moment")
    changes = "DELETE FROM big WHERE id > 1000; UPDATE big SET name = 'new'; DELETE FROM parted; INSERT INTO small VALUES (1000, 'new', 0)"

    def change():
        server.sql(changes, "moment")

    with Proxy(server.port, {0: (100000, change)}) as proxy:  # the first rows of `big` are on their way
        work.pull(server.url("moment", port=proxy.port), "--table", "big,small,parted", "--parallel", "3")
    assert server.rows("SELECT count(*) FROM big", "moment") == [("1000",)]
    assert (work.count("big"), work.count("small"), work.count("parted")) == (120000, 50, 40000)
    assert work.rows("SELECT count(*) FROM ds.big WHERE name = 'new'") == [(0,)]


def test_partitions_by_name_and_as_a_whole(server, work):
    work.pull(server.url("shop"), "--exclude-tables", "big,special,parent,child")
    tables = {r[0] for r in work.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 'ds'")}
    assert {t for t in tables if not t.startswith("_dlt")} == {"small", "nothing", "parted"}
    work.pull(server.url("shop"), "--table", "parted_a")
    assert work.count("parted_a") == int(server.rows("SELECT count(*) FROM parted_a", "shop")[0][0])


# ---- what is read ----

def test_tables_that_were_never_counted(server, work):
    server.sql("CREATE TABLE uncounted (id int, name text) WITH (autovacuum_enabled = off); INSERT INTO uncounted VALUES (1, 'x')", "shop")
    assert "uncounted  (rows not counted)" in work.run("inspect", server.url("shop"), "--table", "uncounted").out
    work.pull(server.url("shop"), "--table", "uncounted")
    told = work.run("plan", server.url("shop"), f"duckdb:{work.database}", "--dataset", "ds", "--pipelines-dir", work.folder / "pipelines", "--pipeline", "p",
                    "--table", "uncounted", "--json").out
    assert [(t["name"], t["rows"], t["new"]) for t in json.loads(told)["tables"]] == [("uncounted", -1, False)]


def test_views_schemas_and_globs(server, work):
    work.pull(server.url("shop"), "--table", "view_of_small,stored_view")
    assert work.rows("SELECT name FROM ds.view_of_small WHERE id = 7") == [("N7",)] and work.count("stored_view") == 10
    work.pull(server.url("shop"), "--schema", "sales*")
    assert work.rows('SELECT id, col_umn FROM ds.small') == [(1, "x")] and work.count("orders") == 2
    work.pull(server.url("shop"), "--schema", "sales,public", "--table", "*small", "--dataset", "two", "--pipeline", "q")
    assert work.rows("SELECT count(*) FROM two.sales_small") == [(1,)] and work.rows("SELECT count(*) FROM two.public_small") == [(50,)]


def test_where_and_columns(server, work):
    work.pull(server.url("shop"), "--table", "big", "--where", "id % 2 = 0 OR id = 1 -- odd", "--exclude-columns", "n*,maybe", "--parallel", "4")
    assert [r[0] for r in work.rows("DESCRIBE ds.big") if not r[0].startswith("_")] == ["id", "day", "at"]
    assert work.count("big") == 60001
    done = work.pull(server.url("shop"), "--table", "small", "--include-columns", "id,prise", expect=1)
    assert "table small has no column 'prise' (did you mean 'price'?)" in done.err


@pytest.mark.parametrize("query, rows", [
    ("SELECT 1 AS a, 'x'::text AS b, NULL::int AS c", [(1, "x", None)]),
    ("SELECT id AS a, name AS b, price AS c FROM small WHERE id = 4; -- done", [(4, "n4", Decimal("5.00"))]),
    ("WITH w AS (SELECT 1 AS a) SELECT a, ARRAY[a] AS b, ROW(a, 2) AS c FROM w", [(1, "[1]", '{"f1":1,"f2":2}')]),
    ("VALUES (1, 2.50, 'b')", [(1, Decimal("2.500000000"), "b")]),
])
def test_queries(server, work, query, rows):
    work.pull(server.url("shop"), "--query", query, "--as", "items")
    columns = ", ".join(r[0] for r in work.rows("DESCRIBE ds.items") if not r[0].startswith("_dlt"))
    assert work.rows(f"SELECT {columns} FROM ds.items") == rows


@pytest.mark.parametrize("query, message", [
    ("SELECT 1 AS a, 2 AS a", "the query has two columns named a: name one of them otherwise with AS"),
    ("SELECT * FROM smal", 'relation "smal" does not exist'),
    ("SELECT naem FROM small", 'column "naem" does not exist (Perhaps you meant to reference the column "small.name"'),
    ("SELECT 1; SELECT 2", "cannot insert multiple commands into a prepared statement"),
    ("DELETE FROM small RETURNING id", "the query (--query)"),
    ("SELEC 1", "syntax error at or near"),
    ("SET search_path = x", "it must be a SELECT"),
    ("SELECT nextval('pg_catalog.x')", "the query (--query)"),
])
def test_bad_queries(server, work, query, message):
    done = work.pull(server.url("shop"), "--query", query, "--as", "items", expect=None)
    assert done.returncode in (1, 2) and message in done.err
    assert server.rows("SELECT count(*) FROM small", "shop") == [("50",)]


def test_limit_stops_one_table_and_reads_the_next(server, work):
    work.pull(server.url("shop"), "--table", "big,parted,small", "--limit", "7", "--batch-rows", "100")
    assert (work.count("big"), work.count("parted"), work.count("small")) == (7, 7, 7)


# ---- incremental ----

CURSORS = {  # type: values of three rounds; the last of a round comes again in the next
    "int8": ["1", "2", "10"],
    "int2": ["1", "2", "10"],
    "numeric": ["1.5", "1.50001", "12345678901234567890.5"],
    "numeric(10,3)": ["1.5", "1.501", "100.25"],
    "float8": ["0.1", "0.30000000000000004", "1e300"],
    "float4": ["0.1", "0.3", "1e30"],
    "timestamptz": ["2024-01-01 00:00:00+00", "2024-01-01 00:00:00.000001+00", "2024-06-01 12:00:00+02"],
    "timestamp": ["2024-01-01 00:00:00", "2024-01-01 00:00:00.5", "2024-06-01 12:00:00"],
    "date": ["2024-01-01", "2024-01-02", "2025-01-01"],
    "text": ["Apple", "banana", "Cherry''s"],
    "uuid": ["00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002", "f0000000-0000-0000-0000-000000000000"],
}


@pytest.mark.parametrize("kind", CURSORS)
def test_cursors_of_many_types(server, work, kind):
    a, b, c = CURSORS[kind]
    table = "cursor_" + "".join(x for x in kind if x.isalnum())
    collation = ' COLLATE "en-x-icu"' if kind == "text" else ""
    server.sql(f"CREATE TABLE {table} (id int, c {kind}{collation} NOT NULL); INSERT INTO {table} VALUES (1, '{a}'), (2, '{b}'), (3, '{b}')", "shop")
    options = ["--table", table, "--cursor", "c", "--write-disposition", "append"]
    work.pull(server.url("shop"), *options)
    assert work.count(table) == 3
    work.pull(server.url("shop"), *options)
    assert work.count(table) == 3  # the border is read again and known
    server.sql(f"INSERT INTO {table} VALUES (4, '{b}'), (5, '{c}')", "shop")  # one more at the border
    work.pull(server.url("shop"), *options)
    work.pull(server.url("shop"), *options)
    assert work.rows(f"SELECT id FROM ds.{table} ORDER BY id") == [(i,) for i in range(1, 6)]


def test_incremental_merges_by_the_primary_key(server, work):
    server.sql("CREATE TABLE orders (id int PRIMARY KEY, status text, at timestamp NOT NULL);"
               "INSERT INTO orders SELECT i, 'new', '2024-01-01'::timestamp + i * interval '1 h' FROM generate_series(1, 100) i", "shop")
    options = ["--table", "orders", "--cursor", "at"]
    first = work.pull(server.url("shop"), *options)
    assert "no index begins with the cursor at" in first.err
    server.sql("UPDATE orders SET status = 'paid', at = '2025-01-01' WHERE id = 3; INSERT INTO orders VALUES (101, 'new', '2025-01-01');"
               "CREATE INDEX ON orders (at)", "shop")
    second = work.pull(server.url("shop"), *options)
    assert "no index" not in second.err
    assert work.rows("SELECT count(*), count(*) FILTER (status = 'paid') FROM ds.orders") == [(101, 1)]
    state = work.rows("SELECT state FROM ds._dlt_pipeline_state ORDER BY version DESC LIMIT 1")
    assert state


def test_lag_and_ranges(server, work):
    server.sql("CREATE TABLE hours (id int PRIMARY KEY, at timestamptz); INSERT INTO hours "
               "SELECT i, timestamptz '2024-01-01 00:00+00' + i * interval '1 h' FROM generate_series(0, 48) i", "shop")
    base = ["--table", "hours", "--cursor", "at", "--write-disposition", "append"]
    work.pull(server.url("shop"), *base, "--initial-value", "2024-01-01T10:00:00Z", "--end-value", "2024-01-01T20:00:00Z")
    assert work.rows("SELECT min(id), max(id), count(*) FROM ds.hours") == [(10, 19, 10)]
    work.pull(server.url("shop"), *base, "--initial-value", "2024-01-01T20:00:00Z", "--end-value", "2024-01-01T22:00:00Z", "--range-end", "closed",
              "--range-start", "open")
    assert work.rows("SELECT max(id), count(*) FROM ds.hours") == [(22, 12)]
    work.pull(server.url("shop"), *base, "--initial-value", "2024-01-02T00:00:00Z", "--dataset", "lagging", "--pipeline", "lag")
    work.pull(server.url("shop"), *base, "--lag", "7200", "--dataset", "lagging", "--pipeline", "lag")
    assert work.rows("SELECT count(*), count(DISTINCT id) FROM lagging.hours") == [(28, 25)]  # two hours again, and the last


def test_null_cursors(server, work):
    server.sql("CREATE TABLE nulls (id int, c int); INSERT INTO nulls VALUES (1, 1), (2, NULL)", "shop")
    base = ["--table", "nulls", "--cursor", "c"]
    done = work.pull(server.url("shop"), *base, expect=1)
    assert "table nulls: in 1 rows the cursor c is NULL" in done.err
    work.pull(server.url("shop"), *base, "--on-cursor-null", "exclude")
    assert work.count("nulls") == 1
    work.pull(server.url("shop"), *base, "--on-cursor-null", "include", "--dataset", "d2", "--pipeline", "q")
    assert work.rows("SELECT count(*) FROM d2.nulls") == [(2,)]


def test_a_selective_window_uses_the_index_once(server, work):
    options = ["--table", "big", "--cursor", "id", "--parallel", "4"]
    server.sql("ANALYZE big", "shop")
    work.pull(server.url("shop"), *options)
    server.sql("INSERT INTO big SELECT i, 1, '2024-01-01', now(), 'x', 1 FROM generate_series(120001, 120100) i", "shop")
    try:
        mark = server.log_mark()
        work.pull(server.url("shop"), *options)
        assert "ctid" not in server.log_since(mark)
        assert work.count("big") == 120100
    finally:
        server.sql("DELETE FROM big WHERE id > 120000", "shop")


def test_row_order(server, work):
    work.pull(server.url("shop"), "--table", "big", "--cursor", "id", "--row-order", "desc", "--write-disposition", "append")
    assert work.count("big") == 120000
    assert work.rows("SELECT id FROM ds.big LIMIT 1") == [(120000,)]


# ---- schema changes ----

def test_columns_that_come_and_change(server, work):
    server.sql("CREATE TABLE changing (id int PRIMARY KEY, a int); INSERT INTO changing VALUES (1, 1)", "shop")
    options = ["--table", "changing", "--write-disposition", "append"]
    work.pull(server.url("shop"), *options)
    server.sql("ALTER TABLE changing ADD COLUMN b numeric(5,1), ALTER COLUMN a TYPE text; UPDATE changing SET a = 'x', b = 2.5", "shop")
    work.pull(server.url("shop"), *options)
    server.sql("ALTER TABLE changing DROP COLUMN a", "shop")
    work.pull(server.url("shop"), *options)
    assert work.rows("SELECT a, a__v_text, b FROM ds.changing ORDER BY rowid") == [(1, None, None), (None, "x", Decimal("2.5")),
                                                                                   (None, None, Decimal("2.5"))]
    server.sql("ALTER TABLE changing ADD COLUMN c int DEFAULT 1", "shop")
    done = work.pull(server.url("shop"), *options, "--contract", "columns=freeze", expect=1)
    assert "c" in done.err and work.count("changing") == 3


# ---- bad cases ----

@pytest.mark.parametrize("url, message", [
    ("postgres://postgres@127.0.0.1:1/shop", "Connection refused"),
    ("postgres://postgres@no-such-host.invalid/shop", 'could not translate host name "no-such-host.invalid"'),
    ("postgres:host=/nowhere dbname=x", "no server listens on this socket"),
    ("{url:bad}", "password authentication failed for user \"postgres\"; check user and password"),
    ("{url:none}", "no password supplied; give a password in the URL, in PGPASSWORD or in the file ~/.pgpass"),
    ("{shop}?sslmode=require", "server does not support SSL"),
    ("{shopp}", "did you mean 'shop'?"),
    ("{shop} --table smal", "has no table 'smal' (did you mean 'small'?)"),
    ("{shop} --schema salse", "has no schema 'salse' (did you mean 'sales'?)"),
    ("{shop} --table small --cursor idd", "table small has no column 'idd' (did you mean 'id'?)"),
    ("{shop} --table small --cursor id --initial-value abc", 'invalid input syntax for type integer: "abc"'),
    ("{shop} --table small --cursor id --lag x", "--lag 'x' is no number"),
    ("{shop} --table small --write-disposition merge --primary-key ide", "table small has no column 'ide' (did you mean 'id'?)"),
    ("{shop} --table small --where id=", "syntax error"),
    ("{shop} --table small --where nam=1", 'column "nam" does not exist'),
    ("{shop}?sslmod=require", 'invalid URI query parameter: "sslmod"'),
    ("postgres:host=127.0.0.1 password=geheim wort", "no connection string of PostgreSQL"),
    ("postgres://u:gehe%ZZim@h/d", "no connection string of PostgreSQL"),
    ("postgres:service=nothing-there", 'definition of service "nothing-there" not found'),
])
def test_bad_places_and_names(server, work, url, message):
    url = url.replace("{url:bad}", server.url("shop", password="geheim")).replace("{url:none}", server.url("shop", password=None))
    words = url.replace("{shop}", server.url("shop")).replace("{shopp}", server.url("shopp")).split(" --")
    done = work.pull(words[0], *[x for w in words[1:] for x in ("--" + w).split(" ")], expect=None, env={"PGPASSFILE": "/nowhere"})
    assert done.returncode in (1, 2) and message in done.err, done.err
    assert "gehe" not in done.err and "p%C3" not in done.err and "pässw" not in done.err


def test_one_unreadable_table_of_many(server, work):
    server.sql("CREATE DATABASE secrets; CREATE USER reader PASSWORD 'r'")
    server.sql("".join(f"CREATE TABLE t{i} (id int, name text);" for i in range(20)) + "CREATE SCHEMA hidden; CREATE TABLE hidden.x (a int);"
               "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader; REVOKE SELECT ON t7, t9 FROM reader; GRANT SELECT (id) ON t9 TO reader;", "secrets")
    url = server.url("secrets", "reader", "r")
    done = work.pull(url, expect=1)
    assert "user reader may not read 1 of 20 tables: public.t7; nothing was read" in done.err
    assert "GRANT SELECT ON public.t7 TO reader" in done.err and "--exclude-tables 't7'" in done.err
    done = work.pull(url, "--exclude-tables", "t7", expect=1)
    assert "table t9: the user may not read column name" in done.err
    work.pull(url, "--exclude-tables", "t7", "--exclude-columns", "name")
    assert work.count("t9") == 0
    done = work.pull(url, "--schema", "hidden", expect=1)
    assert "GRANT USAGE ON SCHEMA" in done.err


def test_row_security_is_told(server, work):
    server.sql("CREATE TABLE policed (id int, filling text); INSERT INTO policed SELECT i, repeat('z', 1000) FROM generate_series(1, 10000) i;"
               "ALTER TABLE policed ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON policed USING (id % 2 = 0);"
               "DO $$BEGIN CREATE USER limited PASSWORD 'l'; END$$; GRANT SELECT ON policed TO limited", "shop")
    done = work.pull(server.url("shop", "limited", "l"), "--table", "policed")
    assert "row security is active for user limited" in done.err and work.count("policed") == 5000


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "UTF8"])
def test_text_that_is_none(server, work, encoding):
    """Bytes that are no text: of a server that does not look at them, and in a damaged database."""
    name = f"bytes_{encoding.lower()}"
    server.sql(f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    server.sql("SET client_encoding = SQL_ASCII; CREATE TABLE t (id int, a text, l text[], v varchar(9)); INSERT INTO t VALUES "
               "(1, 'gr\u00fc\u00dfe', '{x}', 'ok'), (2, E'gr\\xfc\\xdfe', '{y}', NULL), (3, NULL, ARRAY[E'\\xe9'], E'\\xc3')", name)
    if encoding == "UTF8":
        server.sql(f"UPDATE pg_database SET encoding = pg_char_to_encoding('UTF8') WHERE datname = '{name}'")
    url, rest = server.url(name), ["--exclude-columns", "l"]
    done = work.pull(url, *rest)
    assert "table t, column a: values that are no text in UTF-8 are kept as bytes" in done.err
    assert work.rows("SELECT id, a, hex(a__v_binary), v, hex(v__v_binary) FROM ds.t ORDER BY id") == [
        (1, "gr\u00fc\u00dfe", None, "ok", None), (2, None, "6772FCDF65", None, None), (3, None, None, None, "C3")]
    work.pull(url, *rest, "--special-values", "null", "--dataset", "nulls", "--pipeline", "q")
    assert work.rows("SELECT a, v FROM nulls.t ORDER BY id") == [("gr\u00fc\u00dfe", "ok"), (None, None), (None, None)]
    done = work.pull(url, *rest, "--special-values", "error", expect=1)
    assert "table t, column a (text): a value is no text in UTF-8 (hexadecimal 6772fcdf65); mend it, leave the column out" in done.err
    done = work.pull(url, expect=None, env={"PGCLIENTENCODING": "LATIN1"})  # an array is made JSON by the server
    assert done.returncode == 0 or "invalid byte sequence" in done.err and "--exclude-columns" in done.err, done.err


def test_statement_timeout(server, work):
    done = work.pull(server.url("shop"), "--query", "SELECT pg_sleep(20)::text AS a", "--as", "x", "--statement-timeout", "1", expect=1)
    assert "canceling statement due to statement timeout" in done.err and "--statement-timeout" in done.err


def test_a_locked_table(server, work):
    """Somebody waits to alter the table that is being read: the readers must not wait for him, he waits for them."""
    server.sql("CREATE TABLE wanted AS SELECT i, repeat('w', 100) AS w FROM generate_series(1, 100000) i", "shop")
    waiting = []

    def alter():
        waiting.append(subprocess.Popen([server.bin / "psql", "-X", "-h", server.folder, "-p", str(server.port), "-U", "postgres", "shop", "-c",
                                         "ALTER TABLE wanted ADD COLUMN late int DEFAULT 5"], stdout=subprocess.DEVNULL))
        for _ in range(100):
            if server.rows("SELECT count(*) FROM pg_locks WHERE NOT granted", "shop") != [("0",)]:
                return
            time.sleep(0.02)

    with Proxy(server.port, {0: (20000, alter)}) as proxy:
        work.pull(server.url("shop", port=proxy.port), "--table", "wanted", "--parallel", "2")
    assert waiting[0].wait(20) == 0
    assert work.count("wanted") == 100000 and len(work.rows("DESCRIBE ds.wanted")) == 4


def test_stopped_by_the_user(server, work):
    started = subprocess.Popen([SLUICE, "load", server.url("shop"), f"duckdb:{work.database}", "--query", "SELECT pg_sleep(60)::text AS slow", "--as", "x",
                                "--pipelines-dir", str(work.folder / "p")], stderr=subprocess.PIPE, cwd=work.folder)
    active = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND state = 'active' AND pid <> pg_backend_pid()"
    for _ in range(200):
        if server.rows(active) == [("1",)]:
            break
        time.sleep(0.02)
    else:
        pytest.fail("the query did not begin")
    started.send_signal(signal.SIGINT)
    assert started.wait(5) != 0
    time.sleep(0.2)
    assert server.rows(active) == [("0",)]  # stopped on the server too


# ---- lost connections ----

def load_through(work, server, proxy, *options, expect=None):
    return work.pull(server.url("shop", port=proxy.port), "--table", "big", "--parallel", "2", *options, expect=expect)


@pytest.mark.parametrize("number, size", [(0, 0), (0, 30), (0, 500), (0, 3000), (0, 20000), (0, 300000), (1, 0), (1, 400), (1, 2000), (1, 1000000)])
def test_a_connection_breaks(server, work, number, size):
    work.pull(server.url("shop"), "--table", "big")
    whole = work.digest("big")
    with Proxy(server.port, {number: (size, None)}) as proxy:
        done = load_through(work, server, proxy)
        assert proxy.broken <= 1
    if number == 1:
        assert done.returncode == 0  # read on over a new connection, or over the first one
    if done.returncode != 0:
        assert "lost" in done.err or "closed the connection" in done.err, done.err
    assert work.digest("big") == whole  # complete, or as it was before
    load_through(work, server, server, expect=0)
    assert work.digest("big") == whole


def test_connections_that_are_not_to_be_had(server, work):
    """The first one reads everything then, also what another has begun."""
    server.sql("CREATE USER single PASSWORD 's' CONNECTION LIMIT 1; GRANT pg_read_all_data TO single")
    done = work.pull(server.url("shop", "single", "s"), "--table", "big", "--parallel", "3")
    assert "table big is read over fewer connections than asked for" in done.err and 'too many connections for role "single"' in done.err
    whole = work.digest("big")
    assert whole[0] == 120000

    def close_the_door():
        server.sql("ALTER USER reader2 CONNECTION LIMIT 0")
        return True

    server.sql("CREATE USER reader2 PASSWORD 's'; GRANT pg_read_all_data TO reader2")
    with Proxy(server.port, {1: (600000, close_the_door)}) as proxy:
        done = work.pull(server.url("shop", "reader2", "s", port=proxy.port), "--table", "big", "--parallel", "2")
    assert "was lost" in done.err and work.digest("big") == whole


def test_the_server_dies(work):
    with postgres_server() as server:
        server.sql("CREATE DATABASE shop")
        server.sql(FIXTURES, "shop")
        work.pull(server.url("shop"), "--table", "big")
        whole = work.digest("big")

        def die():
            server.kill()
            return True

        with Proxy(server.port, {0: (1000000, die)}, everything=True) as proxy:
            done = load_through(work, server, proxy, expect=1)
        assert "the connection to" in done.err and "was lost" in done.err or "server ended the connection" in done.err
        assert work.digest("big") == whole
        server.start()
        load_through(work, server, server, expect=0)
        assert work.digest("big") == whole


def test_a_table_is_emptied_before_it_is_read(server, work):
    server.sql("CREATE TABLE first_one AS SELECT i, repeat('f', 100) f FROM generate_series(1, 60000) i; CREATE TABLE later AS SELECT 1 AS a", "shop")
    emptied = []

    def truncate():
        emptied.append(subprocess.Popen([server.bin / "psql", "-X", "-h", server.folder, "-p", str(server.port), "-U", "postgres", "shop", "-c",
                                         "TRUNCATE later"], stdout=subprocess.DEVNULL))
        time.sleep(0.2)

    with Proxy(server.port, {0: (30000, truncate)}) as proxy:
        work.pull(server.url("shop", port=proxy.port), "--table", "first_one,later")
    assert emptied[0].wait(20) == 0
    assert work.count("later") == 1  # it waited for us


# ---- ways to connect ----

def test_sockets_services_and_password_files(server, work):
    (work.folder / "pgpass").write_text(f"127.0.0.1:{server.port}:*:postgres:pässwörd/@\\:\n", encoding="utf-8")
    os.chmod(work.folder / "pgpass", 0o600)
    (work.folder / "services").write_text(f"[shop]\nhost=127.0.0.1\nport={server.port}\ndbname=shop\nuser=postgres\n", encoding="utf-8")
    env = {"PGPASSFILE": str(work.folder / "pgpass"), "PGSERVICEFILE": str(work.folder / "services")}
    for place in (server.socket_url("shop"), server.url("shop", password=None), "postgres:service=shop", "postgresql:///?service=shop",
                  f"postgres://127.0.0.1:1,127.0.0.1:{server.port}/shop?user=postgres", f"postgresql+psycopg2{server.url('shop')[8:]}"):
        work.pull(place, "--table", "big", "--parallel", "2", env=env)
        assert work.count("big") == 120000
    sent = server.rows("SELECT DISTINCT application_name FROM pg_stat_activity WHERE application_name = 'sluice'")
    assert sent in ([], [("sluice",)])


def test_tls(work):
    key, cert = work.folder / "key.pem", work.folder / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    with postgres_server() as server:
        for name in (key, cert):
            target = server.data / name.name
            target.write_bytes(name.read_bytes())
            os.chmod(target, 0o600)
            if server.user:
                import shutil
                shutil.chown(target, server.user)
        server.psql("-c", "ALTER SYSTEM SET ssl_cert_file = 'cert.pem'", "-c", "ALTER SYSTEM SET ssl_key_file = 'key.pem'", "-c", "ALTER SYSTEM SET ssl = on",
                    "-c", "CREATE TABLE t AS SELECT 1 AS a", "-c", "SELECT pg_reload_conf()")
        time.sleep(0.3)
        url = server.url().replace("127.0.0.1", "localhost")
        work.pull(f"{url}?sslmode=verify-full&sslrootcert={cert}", "--table", "t")
        assert work.count("t") == 1
        done = work.pull(f"{server.url()}?sslmode=verify-full&sslrootcert={cert}", expect=1)
        assert "does not match host name" in done.err and "sslmode=verify-ca" in done.err
        done = work.pull(f"{url}?sslmode=verify-full&sslrootcert=/nowhere", expect=1)
        assert "root certificate file" in done.err


# ---- what every source promises ----

@pytest.mark.parametrize("program", ["contract_sources", "contract_source_stops", "contract_source_memory"])
def test_the_contract_of_all_sources(server, work, program):
    path = Path(SLUICE).parent / program
    if not path.exists():
        pytest.skip("the C contract tests are not built")
    existing = {row[0] for row in server.rows("SELECT datname FROM pg_database")}
    if "contract" not in existing:
        server.sql("CREATE DATABASE contract; CREATE DATABASE contract_large;"
                   "CREATE DATABASE contract_broken ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
        server.sql("CREATE TABLE a AS SELECT i AS id, 'row ' || i AS name, CASE WHEN i % 7 = 0 THEN NULL ELSE i / 4.0 END AS weight, i % 2 = 0 AS even, "
                   "date '2024-01-01' + i % 900 AS day, repeat('text ', i % 30) AS filling FROM generate_series(1, 40000) i", "contract")
        server.sql("CREATE TABLE a AS SELECT i AS id, repeat(md5(i::text), 8) AS filling FROM generate_series(1, 300000) i", "contract_large")
        server.sql("SET client_encoding = SQL_ASCII; CREATE TABLE t (a text); INSERT INTO t VALUES (E'gr\\xfc\\xdfe')", "contract_broken")
    place = "SLUICE_CONTRACT_SOURCE_POSTGRES"
    done = subprocess.run([path], capture_output=True, text=True, timeout=60, env={
        **os.environ, "SLUICE_CONTRACT_PLACE": "postgres", place: server.url("contract"), f"{place}_OPTIONS": "batch-rows=3000&special-values=error",
        f"{place}_MISSING": server.url("nothing"), f"{place}_REFUSED": server.url("contract", query="?nonsense=1"),
        f"{place}_BROKEN": server.url("contract_broken"), f"{place}_SECRET": "postgres://joe:s3cr3tS3nt1n3l@127.0.0.1:1/x",
        f"{place}_LARGE": server.url("contract_large")})
    assert done.returncode == 0 and "0 failed" in done.stdout, done.stdout


# ---- size ----

@pytest.mark.skipif(b"__asan_init" in Path(SLUICE).read_bytes(), reason="AddressSanitizer needs memory of its own")
def test_memory_does_not_grow_with_the_table(server, work):
    server.sql("CREATE TABLE large AS SELECT i AS id, md5(i::text) AS a, repeat(md5(i::text), 5) AS b, i / 3.0 AS n FROM generate_series(1, 600000) i", "shop")
    assert int(server.rows("SELECT pg_table_size('large')", "shop")[0][0]) > 130 << 20
    # A child of a small process: one of pytest itself would begin with the peak of pytest.
    code = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    done = subprocess.run([sys.executable, "-c", code, SLUICE, "load", server.url("shop"), f"duckdb:{work.database}", "--table", "large", "--dataset",
                           "ds", "--memory", "128MB", "--parallel", "2", "-q", "--pipelines-dir", str(work.folder / "p")], capture_output=True,
                          text=True, cwd=work.folder)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 256 << 10
    assert work.count("large") == 600000
    server.sql("DROP TABLE large", "shop")


def test_many_tables_in_few_queries(server, work):
    server.sql("CREATE DATABASE many")
    server.sql("SELECT format('CREATE TABLE t%s (id int PRIMARY KEY, a text, b numeric)', i) FROM generate_series(1, 500) i \\gexec", "many")
    mark = server.log_mark()
    done = work.run("inspect", server.url("many"))
    assert "t500" in done.out and server.log_since(mark).count("statement: ") < 10


# ---- older servers, types of extensions ----

LATER = {10: ["jit", "indnkeyatts", "pg_partition_tree", "inhdetachpending"], 11: ["pg_partition_tree", "inhdetachpending"],
         12: ["inhdetachpending"], 13: ["inhdetachpending"]}


@pytest.mark.parametrize("version", LATER)
def test_older_servers_are_asked_for_what_they_have(server, work, version):
    """A server that says it is older: nothing that came later may be in any statement."""
    def older(data):
        return data.replace(b"server_version\x0015", f"server_version\0{version}".encode())

    mark = server.log_mark()
    with Breaker(server.port, change=older) as place:
        work.run("inspect", server.url("shop", port=place.port))
        work.pull(server.url("shop", port=place.port), "--table", "big,parted,small", "--parallel", "3")
        work.pull(server.url("shop", port=place.port), "--table", "small", "--cursor", "id")
    log = server.log_since(mark)
    assert log.count("COPY (SELECT") > 4 and "server_version" not in log
    assert [word for word in LATER[version] if word in log] == []
    assert (work.count("big"), work.count("parted"), work.count("small")) == (120000, 40000, 50)


EXTENSION_TYPES = {  # type -> values, and how it arrives
    "hstore": (["'a=>1, \"b c\"=>NULL, \"q\\\"x\"=>\"\u00e9\"'", "''", "NULL"], "JSON"),
    "hstore[]": (["ARRAY['a=>1'::hstore, NULL]"], "JSON"),
    "citext": (["'CiText'", "''"], "VARCHAR"),
    "ltree": (["'a.b_1.c'", "''"], "VARCHAR"),
    "cube": (["'(1,2),(3,4)'"], "VARCHAR"),
    "isbn13": (["'978-0-393-04002-9'"], "VARCHAR"),
    "seg": (["'1.5 .. 2.5'"], "VARCHAR"),
}


def test_types_of_extensions(server, work):
    server.sql("CREATE DATABASE extended")
    server.sql("".join(f"CREATE EXTENSION {name};" for name in ("hstore", "citext", "ltree", "cube", "isn", "seg")), "extended")
    for number, (kind, (values, _)) in enumerate(EXTENSION_TYPES.items()):
        server.sql(f"CREATE TABLE e{number} (id int PRIMARY KEY, v {kind});" + "".join(f"INSERT INTO e{number} VALUES ({i}, {v});" for i, v in enumerate(values)), "extended")
    work.pull(server.url("extended"))
    for number, (kind, (values, arrives)) in enumerate(EXTENSION_TYPES.items()):
        printed = server.rows(f"SELECT id, {'to_json(v)' if arrives == 'JSON' else 'v'} FROM e{number} ORDER BY id", "extended")
        assert {r[0]: r[1] for r in work.rows(f"DESCRIBE ds.e{number}")}["v"] == arrives
        assert work.rows(f"SELECT id::VARCHAR, v::VARCHAR FROM ds.e{number} ORDER BY id") == printed, kind
    work.pull(server.url("extended"), "--table", "e0", "--max-nesting", "2", "--dataset", "wide", "--pipeline", "q")
    assert work.rows("SELECT v__a, v__q_x FROM wide.e0 ORDER BY id") == [("1", "\u00e9"), (None, None), (None, None)]
