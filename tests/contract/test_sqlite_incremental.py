"""Incremental loads from SQLite: cursors of every kind, compared as they are stored, taking turns with the real dlt."""
import json
import sqlite3
from decimal import Decimal

import dlt
import pytest

from servers_sqlite import SqliteWork, big


@pytest.fixture
def work(tmp_path):
    return SqliteWork(tmp_path)


def state_of(work, table="t", cursor="c", pipeline="shop"):
    """What is remembered, as dlt's state has it."""
    state = json.loads((work.folder / "pipelines" / pipeline / "state.json").read_text())
    return state["sources"][pipeline]["resources"][table]["incremental"][cursor]


def ids(work, table="t"):
    return [number for (number,) in work.rows(f"select id from ds.{table} order by id")]


APPEND = ["--write-disposition", "append"]

# declared type, values of three loads (the second begins with one more row of the first's highest value)
CURSORS = {
    "INTEGER": ([1, 2, 3], [3, 4], [10]),
    "REAL": ([0.1, 0.3, 0.30000000000000004], [0.30000000000000004, 0.5], [1e300]),
    "DECIMAL(12,2)": ([9.99, 10, 100.5], [100.5, 100.51], [1000]),
    "NUMERIC": ([1, 2.5, 9007199254740993], [9007199254740993, 9007199254740994], [9223372036854775807]),
    "TEXT": (["a", "b", "it's"], ["it's", "j"], ["ü"]),
    "TEXT COLLATE NOCASE": (["a", "B", "c"], ["C", "d"], ["E"]),
    "": ([1, 2, 3], [3, 4], [5]),
    "DATE": (["2024-05-29", "2024-05-30", "2024-05-31"], ["2024-05-31", "2024-06-01"], ["2025-01-01"]),
    "DATETIME": (["2024-05-31 10:00:00", "2024-05-31 10:00:01", "2024-05-31 10:00:01.5"],
                 ["2024-05-31 10:00:01.5", "2024-05-31 10:00:01.75"], ["2024-06-01 00:00:00"]),
    "TIMESTAMP": (["2024-05-31T10:00:00Z", "2024-05-31T10:00:01Z", "2024-05-31T10:00:02Z"],
                  ["2024-05-31T10:00:02Z", "2024-05-31T10:00:03Z"], ["2024-06-01T00:00:00Z"]),
    "DATETIME /* unix */": ([999999999, 1000000000, 1700000000], [1700000000, 1700000001], [1800000000]),
    "TIMESTAMP /* julian */": ([2460461.5, 2460461.75, 2460462.93090278], [2460462.93090278, 2460463.1], [2460470]),
}


@pytest.mark.parametrize("declared, key", [*[(declared, "INTEGER PRIMARY KEY") for declared in CURSORS], ("INTEGER", ""), ("TEXT", ""), ("TIMESTAMP", "")])
def test_only_what_is_new(work, declared, key):
    connection = work.make(f"CREATE TABLE t (id {key}, c {declared.split('/*')[0]})")
    total = 0
    for values in (*CURSORS[declared], []):  # at last nothing is new
        for value in values:
            total += 1
            connection.execute("INSERT INTO t VALUES (?, ?)", (total, value))
        work.load_sqlite("--cursor", "c", *APPEND)
        assert ids(work) == list(range(1, total + 1))
    assert len(state_of(work)["unique_hashes"]) == 1
    stored = work.rows("select state from ds._dlt_pipeline_state order by version desc limit 1")
    assert stored  # in the destination too, in one transaction with the rows


def test_merging_by_key_takes_changed_rows(work):
    connection = work.make("CREATE TABLE t (id INTEGER PRIMARY KEY, c DATETIME, v TEXT); CREATE INDEX i ON t (c);"
                           "INSERT INTO t VALUES (1, '2024-05-31 10:00:00', 'a'), (2, '2024-05-31 11:00:00', 'b'), (3, '2024-05-31 12:00:00', 'c')")
    work.load_sqlite("--cursor", "c")
    connection.executescript("UPDATE t SET v = 'changed', c = '2024-05-31 13:00:00' WHERE id = 1; UPDATE t SET v = 'not seen' WHERE id = 2;"
                             "INSERT INTO t VALUES (4, '2024-05-31 12:00:00', 'd')")
    done = work.load_sqlite("--cursor", "c")
    assert "no index" not in done.err
    assert work.rows("select id, v from ds.t order by id") == [(1, "changed"), (2, "b"), (3, "c"), (4, "d")]


def test_a_cursor_without_an_index_is_warned_of(work):
    work.make("CREATE TABLE t (id INTEGER PRIMARY KEY, c INT); INSERT INTO t VALUES (1, 1)")
    assert "no index begins with the cursor c" in work.load_sqlite("--cursor", "c").err
    assert "no index" not in work.load_sqlite("--cursor", "id", "--pipeline", "other").err


@pytest.mark.parametrize("stored, initial, wanted", [
    ("2024-05-31 10:00:0{}", "2024-05-31T10:00:02", [2, 3]),
    ("2024-05-31 10:00:0{}", "2024-05-31T10:00:02Z", [2, 3]),
    ("2024-05-31 10:00:0{}", "2024-05-31T12:00:02+02:00", [2, 3]),
    ("2024-05-31T10:00:0{}", "2024-05-31 10:00:02", [2, 3]),
    ("2024-05-31T10:00:0{}Z", "2024-05-31 10:00:02", [2, 3]),
    ("2024-05-31T10:00:0{}+00:00", "2024-05-31 10:00:02", [2, 3]),
    ("2024-05-31 10:00:0{}", "2024-05-31", [1, 2, 3]),
    ("2024-05-3{} 10:00:00", "2024-05-31", [1]),
    ("2024-05-0{}", "2024-05-02T00:00:00", [2, 3]),
])
def test_values_of_users_take_the_stored_form(work, stored, initial, wanted):
    connection = work.make("CREATE TABLE t (id INTEGER PRIMARY KEY, c DATETIME)")
    for number in ([1] if "3{}" in stored else [1, 2, 3]):
        connection.execute("INSERT INTO t VALUES (?, ?)", (number, stored.format(number)))
    work.load_sqlite("--cursor", "c", "--initial-value", initial, *APPEND)
    assert ids(work) == wanted


@pytest.mark.parametrize("declared", ["DATE", "DATETIME", "TIMESTAMP"])
def test_a_text_that_is_no_time_is_refused(work, declared):
    work.make(f"CREATE TABLE t (id INTEGER PRIMARY KEY, c {declared}); INSERT INTO t VALUES (1, '2024-05-31')")
    for options in (["--initial-value", "soon"], ["--initial-value", "2024-01-01", "--end-value", "31/12/2024"]):
        done = work.load_sqlite("--cursor", "c", *options, expect=2)
        assert f"'{options[-1]}' is no date or time, but column c is {declared}" in done.err


@pytest.mark.parametrize("declared, values, lag, wanted", [
    ("INT", [1, 2, 3, 4, 5], "2", [3, 4, 5]),
    ("REAL", [1.5, 2.5, 3.5], "1", [2, 3]),
    ("DATE", ["2024-05-28", "2024-05-30", "2024-05-31"], "1", [2, 3]),
    ("DATETIME", ["2024-05-31 10:00:00", "2024-05-31 10:00:05", "2024-05-31 10:00:10"], "5", [2, 3]),
    ("TEXT", ["2024-05-31T10:00:00Z", "2024-05-31T10:00:05Z", "2024-05-31T10:00:10Z"], "5", [2, 3]),
    ("TEXT", ["2024-05-28", "2024-05-30", "2024-05-31"], "1", [2, 3]),
    ("DATETIME", [1700000000, 1700000005, 1700000010], "5", [2, 3]),
])
def test_lag(work, declared, values, lag, wanted):
    connection = work.make(f"CREATE TABLE t (id INTEGER, c {declared})")
    connection.executemany("INSERT INTO t VALUES (?, ?)", enumerate(values, 1))
    work.load_sqlite("--cursor", "c", "--lag", lag, *APPEND)
    work.load_sqlite("--cursor", "c", "--lag", lag, *APPEND)
    assert ids(work) == sorted(list(range(1, len(values) + 1)) + wanted)


def test_ranges(work):
    work.make("CREATE TABLE t (id INTEGER PRIMARY KEY, c INT); INSERT INTO t VALUES (1, 10), (2, 20), (3, 20), (4, 30), (5, 40)")

    def load(*options):
        work.load_sqlite("--cursor", "c", "--as", "r", "--write-disposition", "replace", *options)
        return ids(work, "r")

    assert load("--initial-value", "20", "--end-value", "40") == [2, 3, 4]
    assert load("--initial-value", "20", "--end-value", "40", "--range-end", "closed") == [2, 3, 4, 5]
    assert load("--initial-value", "20", "--end-value", "40", "--range-start", "open") == [4]
    assert load("--initial-value", "20", "--end-value", "40", "--where", "id <> 3", "--row-order", "desc") == [2, 4]
    with pytest.raises(KeyError):
        state_of(work, "r", pipeline="r")  # a backfill remembers nothing
    assert "needs --initial-value" in work.load_sqlite("--cursor", "c", "--end-value", "40", expect=2).err
    assert "lies after --end-value" in work.load_sqlite("--cursor", "c", "--initial-value", "50", "--end-value", "40", expect=2).err
    assert "'x' is no number, but column c is INT" in work.load_sqlite("--cursor", "c", "--initial-value", "x", expect=2).err


def test_null_cursors(work):
    work.make("CREATE TABLE t (id INTEGER PRIMARY KEY, c INT); INSERT INTO t VALUES (1, 10), (2, NULL), (3, NULL)")
    failed = work.load_sqlite("--cursor", "c", *APPEND, expect=1)
    assert "table t: in 2 rows the cursor c is NULL" in failed.err and "--on-cursor-null include" in failed.err
    work.load_sqlite("--cursor", "c", *APPEND, "--on-cursor-null", "exclude")
    assert ids(work) == [1]
    work.load_sqlite("--cursor", "c", *APPEND, "--on-cursor-null", "include")
    assert ids(work) == [1, 2, 3]


def test_cursors_of_several_types_are_refused(work):
    work.make("CREATE TABLE t (id INTEGER PRIMARY KEY, c INT); INSERT INTO t VALUES (1, 10), (2, 'ten')")
    failed = work.load_sqlite("--cursor", "c", *APPEND, expect=1)
    assert "the cursor c holds numbers and texts, which SQLite sorts apart" in failed.err
    work.load_sqlite("--cursor", "c", *APPEND, "--where", "typeof(c) = 'integer'")
    assert ids(work) == [1]
    work.make("CREATE TABLE u (id INTEGER PRIMARY KEY, c BLOB); INSERT INTO u VALUES (1, x'00')", "blobs.db")
    assert "the cursor c holds blobs" in work.load_sqlite("--cursor", "c", location="sqlite:blobs.db", expect=1).err


def test_sorted_reading(work):
    work.make("CREATE TABLE t (id INTEGER PRIMARY KEY, c INT); INSERT INTO t VALUES (1, 30), (2, 10), (3, 20)")
    work.load_sqlite("--cursor", "c", "--row-order", "asc", *APPEND)
    assert [n for (n,) in work.rows("select c from ds.t order by rowid")] == [10, 20, 30]


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_sorted_blocks_stay_in_order(work, order):
    """Several workers fill blocks of the one reader: block by block, in the order of the claims."""
    work.make("CREATE TABLE t (id INTEGER PRIMARY KEY, c INT); INSERT INTO t WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 60000) "
              "SELECT i, i * 7919 % 60013 FROM r")
    for number in range(2):
        work.load_sqlite("--cursor", "c", "--row-order", order, "--batch-rows", "200", "--parallel", "4", "--pipeline", f"p{number}", "--as", f"t{number}", *APPEND)
        read = [c for (c,) in work.rows(f"select c from ds.t{number} order by rowid")]
        assert read == sorted(read, reverse=order == "desc") and len(read) == 60000


def test_conditions_that_end_in_a_comment(work):
    """Wherever a condition is put: into ranges, before an ORDER BY, into parentheses."""
    work.make(big(60000))
    work.load_sqlite("--where", "n < 500 -- the lower half", "--parallel", "4", *APPEND)
    assert work.rows("select count(*), max(n) from ds.big") == [(30000, 499)]
    work.load_sqlite("--where", "n < 500 -- the lower half", "--cursor", "id", "--row-order", "desc", "--as", "sorted", "--end-value", "1000", "--initial-value", "0", *APPEND)
    read = [n for (n,) in work.rows("select id from ds.sorted order by rowid")]
    assert read == sorted(read, reverse=True) and len(read) == 499
    work.load_sqlite("--query", "select id, n from big -- all", "--where", "n = 7 -- seven", "--cursor", "id", "--as", "q", *APPEND)
    assert work.rows("select count(*), max(n) from ds.q") == [(60, 7)]


def test_views_and_queries_have_cursors_too(work):
    connection = work.make("CREATE TABLE t (id INTEGER PRIMARY KEY, c INT); INSERT INTO t VALUES (1, 10), (2, 20);"
                           "CREATE VIEW v AS SELECT id, c * 2 AS c FROM t")
    for _ in range(2):
        work.load_sqlite("--table", "v", "--cursor", "c", *APPEND)
        work.load_sqlite("--query", "select id, c + 1 as c from t", "--as", "q", "--cursor", "c", *APPEND)
        assert work.rows("select id, c from ds.v order by id") == [(n, n * 20) for n in ids(work, "v")]
    assert ids(work, "v") == ids(work, "q") == [1, 2]
    connection.execute("INSERT INTO t VALUES (3, 30)")
    work.load_sqlite("--table", "v", "--cursor", "c", *APPEND)
    work.load_sqlite("--query", "select id, c + 1 as c from t", "--as", "q", "--cursor", "c", *APPEND)
    assert ids(work, "v") == ids(work, "q") == [1, 2, 3]


def test_tables_without_the_cursor_are_loaded_whole(work):
    work.make("CREATE TABLE t (id INTEGER PRIMARY KEY, c INT); INSERT INTO t VALUES (1, 1); CREATE TABLE u (id INTEGER PRIMARY KEY); INSERT INTO u VALUES (1)")
    work.load_sqlite("--cursor", "c")
    work.load_sqlite("--cursor", "c")
    assert ids(work) == [1] and ids(work, "u") == [1]


# ---- tables that change between loads ----

def test_schema_changes_between_loads(work):
    connection = work.make("CREATE TABLE t (id INTEGER PRIMARY KEY, a INT, b TEXT); INSERT INTO t VALUES (1, 1, 'x')")
    work.load_sqlite("--cursor", "id", *APPEND)
    connection.executescript("ALTER TABLE t ADD COLUMN added DECIMAL(5,2); ALTER TABLE t DROP COLUMN b; INSERT INTO t VALUES (2, 2, 1.5)")
    work.load_sqlite("--cursor", "id", *APPEND)
    connection.executescript("ALTER TABLE t RENAME TO old; CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, added REAL);"
                             "INSERT INTO t SELECT * FROM old; DROP TABLE old; INSERT INTO t VALUES (3, 'three', 2.25), (4, '4', 1e10)")
    work.load_sqlite("--cursor", "id", *APPEND)
    assert work.rows("select id, a, b, added, a__v_text, added__v_double from ds.t order by id") == [
        (1, 1, "x", None, None, None), (2, 2, None, Decimal("1.50"), None, None), (3, None, None, Decimal("2.25"), "three", None),
        (4, 4, None, None, None, 1e10)]
    connection.executescript("ALTER TABLE t ADD COLUMN more INT; INSERT INTO t VALUES (5, 'x', 1, 1)")
    failed = work.load_sqlite("--cursor", "id", *APPEND, "--contract", "columns=freeze", expect=1)
    assert "more" in failed.err
    connection.execute("DROP TABLE t")
    connection.execute("CREATE TABLE other (id INT)")
    assert "has no table 't'" in work.load_sqlite("--table", "t", expect=1).err


# ---- taking turns with dlt ----

def dlt_load(work, key, columns="id, c"):
    pipeline = dlt.pipeline("shop", destination=dlt.destinations.duckdb(str(work.database)), dataset_name="ds", pipelines_dir=str(work.folder / "pipelines"))

    @dlt.resource(name="t", primary_key=key, write_disposition="append")
    def t(cursor=dlt.sources.incremental("c")):
        with sqlite3.connect(work.folder / "shop.db") as connection:
            connection.row_factory = sqlite3.Row
            yield [dict(row) for row in connection.execute(f"SELECT {columns} FROM t ORDER BY id")]

    pipeline.run(t())


@pytest.mark.parametrize("declared, values", [("INTEGER", [[5, 7], [7, 7, 9], [9, 11]]),
                                              ("TEXT", [["a", "b"], ["b", "c"], ["c", "d"]]),
                                              ("REAL", [[0.5, 1.5], [1.5, 1e20], [1e20, 1e21]])])
@pytest.mark.parametrize("key", [None, ["id"]])
def test_dlt_and_sluice_take_turns(work, declared, values, key):
    """Rows that share the highest value with known ones come once, whoever has loaded those. Keys are lists, as those of dlt's
    sql_database are; hashes of a key that is a str are other ones in dlt, and Sluice knows them but does not write them."""
    declared_key = "INTEGER PRIMARY KEY" if key else "INTEGER"
    connection = work.make(f"CREATE TABLE t (id {declared_key}, c {declared})")
    total = 0
    for turn, added in enumerate(values):
        for value in added:
            total += 1
            connection.execute("INSERT INTO t VALUES (?, ?)", (total, value))
        if turn % 2 == 0:
            dlt_load(work, key)
        else:
            work.load_sqlite("--pipeline", "shop", "--table", "t", "--cursor", "c", *APPEND)
        assert ids(work) == list(range(1, total + 1)), f"turn {turn}"
        assert len(state_of(work)["unique_hashes"]) == len([v for part in values[:turn + 1] for v in part if v == added[-1]])
