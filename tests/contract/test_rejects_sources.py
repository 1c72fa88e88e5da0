"""--rejects table with databases: one value in the middle of a table that no column can hold, for each source and kind of value."""
import json
import sqlite3
import sys
from pathlib import Path

import bson
import pytest
from bson.codec_options import CodecOptions, DatetimeConversion
from bson.decimal128 import Decimal128

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "e2e")]
import servers_mongodb  # noqa: E402
import servers_mysql  # noqa: E402
import servers_odbc as odbc  # noqa: E402
from servers_postgres import postgres_server  # noqa: E402
from support import Work  # noqa: E402

ROWS, BAD = 101, 50
# source, kind -> column's type, a good value, the bad one; what _rejects has as raw bytes, or how they begin; words of the reason
CASES = {
    ("postgres", "no number"): ("numeric(10,2)", "1.5", "'NaN'", b"NaN", "numeric(10,2)"),
    ("postgres", "no day"): ("date", "'2024-02-29'", "'infinity'", b"infinity", "type date"),
    ("postgres", "no moment"): ("timestamptz", "'2024-02-29'", "'-infinity'", b"-infinity", "timestamp with time zone"),
    ("postgres", "too many digits"): ("numeric", "1.5", "1e40", b"1" + b"0" * 40, "numeric"),
    ("postgres", "no UTF-8"): ("text", "'seven'", r"E'a\xffb'", b"a\xffb", "no text in UTF-8"),
    ("mariadb", "no day"): ("date", "'2024-02-29'", "'0000-00-00'", b"0000-00-00", "type date"),
    ("mariadb", "out of range"): ("time", "'10:00'", "'838:59:59'", b"838:59:59", "type time"),
    ("sqlite", "another type"): ("integer", "7", "'seven'", b"seven", "type integer"),
    ("sqlite", "no UTF-8"): ("text", "'seven'", "cast(x'61ff62' as text)", b"a\xffb", "type text"),
    ("sqlite", "no day"): ("date", "'2024-02-29'", "'soon'", b"soon", "type date"),
    ("sqlite", "no number"): ("decimal(6,2)", "1.5", "'1.567'", b"1.567", "decimal(6,2)"),
    ("odbc", "another type"): ("integer", "7", "'seven'", b"seven", "type"),
    ("odbc", "no day"): ("date", "'2024-02-29'", "'infinity'", b"infinity", "type"),
    ("mongodb", "no number"): (None, Decimal128("1.5"), Decimal128("NaN"), None, "no column can hold NaN"),
    ("mongodb", "no moment"): (None, 1, bson.datetime_ms.DatetimeMS(2**62), None, "no column can hold"),
}


def fill(sql, create, good, bad):
    sql(create)
    sql("INSERT INTO items VALUES " + ", ".join(f"({i}, {bad if i == BAD else good})" for i in range(ROWS)))


@pytest.fixture(scope="module")
def postgres():
    with postgres_server() as server:
        yield server


@pytest.fixture
def source(request, tmp_path):
    """URL and environment of a source with the one bad value in `items`."""
    (kind, _), (type_, good, bad, *_) = request.param, CASES[request.param]
    create = f"CREATE TABLE items (id int PRIMARY KEY, v {type_})"
    if kind == "postgres" or request.param == ("odbc", "no day"):
        server = request.getfixturevalue("postgres")
        server.sql("DROP TABLE IF EXISTS items")
        database = "postgres"
        if request.param[1] == "no UTF-8":
            database = "bytes"
            server.sql("CREATE DATABASE bytes ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
        fill(lambda sql: server.sql(sql, database), create, good, bad)
        return (server.url(database), {}) if kind == "postgres" else (odbc.postgres(server, "postgres"), odbc.Odbc(tmp_path).env)
    if kind == "mariadb":
        server = servers_mysql.server()
        server.new_database("bad")
        fill(lambda sql: server.sql("SET sql_mode = ''; " + sql, "bad"), create, good, bad)
        return server.url("bad"), {}
    if kind in ("sqlite", "odbc"):
        fill(sqlite3.connect(tmp_path / "shop.db", isolation_level=None).execute, create, good, bad)
        return (f"sqlite:{tmp_path}/shop.db", {}) if kind == "sqlite" else (odbc.sqlite(tmp_path / "shop.db"), odbc.Odbc(tmp_path).env)
    fake = servers_mongodb.FakeServer({"items": [{"_id": i, "v": bad if i == BAD else good, "kids": [{"k": i}]} for i in range(ROWS)]}, as_they_are=True)
    request.addfinalizer(lambda: fake.__exit__())
    return fake.url(), {}


@pytest.mark.parametrize("source, case", [(key, key) for key in CASES], indirect=["source"], ids=lambda key: "-".join(key))
def test_one_bad_value_in_the_middle(tmp_path, source, case):
    url, env = source
    *_, raw, reason = CASES[case]
    work = Work(tmp_path)
    words = ["load", url, f"duckdb:{work.database}", "--table", "*items", "--as", "items", "--dataset", "ds", "--retries", "0", "--pipelines-dir", tmp_path / "p", "--json",
             "--special-values", "error"]
    done = work.run(*words, expect=1, env=env)
    assert "special-values" in done.err and "'_rejects'" not in done.out
    assert "max-rejects" in work.run(*words, "--rejects", "table", "--max-rejects", "0", expect=1, env=env).err
    done = json.loads(work.run(*words, "--rejects", "table", expect=3, env=env).out)
    assert (done["rejected"], done["records"]) == (1, ROWS), done
    key = "_id" if case[0] == "mongodb" else "id"
    assert work.rows(f"SELECT count(*), sum({key}), count(*) FILTER (v IS NULL) FROM ds.items") == [(ROWS - 1, sum(range(ROWS)) - BAD, 0)]
    ((table, column, origin, line, offset, found, why),) = work.rows('SELECT table_name, column_name, origin, line, byte_offset, raw, reason FROM ds._rejects')
    assert (table, column, line, offset) == ("items", "v", BAD + 1, -1) and reason.lower() in why.lower(), (column, line, why)
    if case[0] == "mongodb":
        assert bson.decode(found, CodecOptions(datetime_conversion=DatetimeConversion.DATETIME_MS))["_id"] == BAD and origin == 'items { "_id" : { "$numberInt" : "50" } }'
        assert work.rows("SELECT count(*) FROM ds.items__kids") == [(ROWS - 1,)]
    else:
        assert found == raw and origin == "items (id=50)", (found, origin)


def test_with_nesting_keys_and_small_blocks(tmp_path, postgres):
    """JSON that becomes tables, a key of two columns, bad rows in every block and two bad values in a row."""
    postgres.sql("DROP TABLE IF EXISTS orders; CREATE TABLE orders (a int, b text, v numeric, w date, doc jsonb, PRIMARY KEY (a, b)); INSERT INTO orders SELECT i, 'x' || i, "
                 "CASE WHEN i % 10 = 0 THEN numeric 'NaN' ELSE i END, CASE WHEN i % 20 = 0 THEN 'infinity' ELSE DATE '2024-01-01' END, '{\"l\": [1, 2]}' FROM generate_series(1, 1000) i")
    work = Work(tmp_path)
    words = ["load", postgres.url("postgres"), f"duckdb:{work.database}", "--table", "orders", "--dataset", "ds", "--pipelines-dir", tmp_path / "p", "--json", "--special-values",
             "error", "--batch-rows", "7", "--max-nesting", "2", "--rejects", "table", "--verify"]
    done = json.loads(work.run(*words, expect=3).out)
    assert (done["rejected"], done["records"]) == (100, 1000)
    assert work.rows("SELECT count(*), sum(a), (SELECT count(*) FROM ds.orders__doc__l) FROM ds.orders") == [(900, 450000, 1800)]
    assert work.rows("SELECT count(DISTINCT origin), min(column_name), max(column_name) FROM ds._rejects") == [(100, "v", "v")]
    assert work.rows("SELECT count(*) FROM ds._rejects WHERE origin = 'orders (a=20, b=x20)'") == [(1,)]
    done = work.run(*words, "--max-rejects", "9%", expect=1, env={})
    assert "9%" in done.err or "max-rejects" in done.err
