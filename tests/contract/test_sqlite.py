"""The SQLite source: every value of every declared type, kinds of tables, parallel reading, snapshots.

What must arrive is computed here from what Python's own SQLite reads, by rules written a second time.
"""
import datetime
import json
import math
import re
import struct
import subprocess
import threading
import time
from decimal import Decimal

import pytest

from servers_sqlite import SLUICE, SqliteWork, big


@pytest.fixture
def work(tmp_path):
    return SqliteWork(tmp_path)


# ---- types ----

# declared type -> what its column becomes
DECLARED = {
    "INTEGER": "int", "INT": "int", "SMALLINT": "int", "TINYINT(3)": "int", "UNSIGNED BIG INT": "int", "BIGINT": "int",
    "REAL": "real", "DOUBLE PRECISION": "real", "FLOAT": "real", "double": "real",
    "NUMERIC": ("decimal", 38, 9), "DECIMAL(10,2)": ("decimal", 10, 2), "decimal( 38 , 10 )": ("decimal", 38, 10),
    "NUMERIC(5)": ("decimal", 5, 0), "NUMBER(18,4)": ("decimal", 18, 4), "DECIMAL(60,2)": ("decimal", 38, 2),
    "MONEY": ("decimal", 38, 9), "DECIMAL_TEXT(20, 4)": ("decimal", 20, 4),
    "BOOLEAN": "bool", "BOOL": "bool",
    "DATE": "date", "DATETIME": "timestamp", "TIMESTAMP": "timestamp", "TIMESTAMP WITH TIME ZONE": "timestamptz",
    "TIME": "time",
    "TEXT": "text", "VARCHAR(10)": "text", "NVARCHAR(5)": "text", "CLOB": "text", "UUID": "text",
    "JSON": "json",
    "BLOB": "blob", "VARBINARY(8)": "blob",
}
DUCKDB = {"int": "BIGINT", "real": "DOUBLE", "bool": "BOOLEAN", "date": "DATE", "timestamp": "TIMESTAMP", "time": "TIME",
          "timestamptz": "TIMESTAMP WITH TIME ZONE", "text": "VARCHAR", "json": "JSON", "blob": "BLOB"}

VALUES = """NULL 0 1 -1 7 255 65536 2147483648 9007199254740993 9223372036854775807 -9223372036854775808
0.0 0.1 -0.0 -2.5 3.14159 99.995 12345678.25 0.30000000000000004 1e15 1e20 123456789012345678 1.7976931348623157e308 5e-324
9e999 -9e999 1700000000 1700000000.5 2460000.5
'' ' ' 'abc' '12' ' 12 ' '12.50' '0x1F' '1_000' '1e3' 'NaN' 'inf' 'true' 'FALSE' 't' 'yes' 'naïve日本😀' 'a''b"c' 'tab\tline\n'
'2024-02-29' '2023-02-29' '0001-01-01' '9999-12-31' '0000-01-01' '2024-05-31 10:20' '2024-05-31 10:20:30'
'2024-05-31T10:20:30.5' '2024-05-31 10:20:30.123456' '2024-05-31 10:20:30.1234567' '2024-05-31 10:20:30.12345600'
'2024-05-31 00:00:00' '2024-05-31T10:20:30Z' '2024-05-31T10:20:30+02:00' '2024-05-31 10:20:30 -0530' '2024-05-31 24:00:00'
'9999-12-31 23:59:59.999999' '0001-01-01T00:00:00+01:00' '2024/05/31' '20240531' '31.05.2024' '10:20' '10:20:30' '10:20:30.000001'
'23:59:59.999999' '24:00:00' '10:20:30Z' '{"a":[1,2,{"b":null}]}' '[]' 'null' '"text"' '{"a":1,}' '{"a":NaN}'
x'' x'00' x'00ff10' x'616263' x'7b7d' cast(x'ff' as text) cast(x'c3' as text) 'a'||char(0)||'b' cast(x'eda080' as text)"""


def literals():
    """Splits at blanks outside of quotes."""
    for word in re.findall(r"(?:'(?:[^']|'')*'|cast\([^)]*\)|[^\s'])+", VALUES):
        yield word.replace("\\t", "\t").replace("\\n", "\n")


def read_iso(text):
    """(days, microseconds, offset or None) of the forms that are taken; None for all others."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(?: ?(Z|[+-]\d\d(?::?\d\d)?))?)?", text)
    if match is None:
        return None
    day, hour, minute, second, fraction, zone = match.groups()
    fraction = (fraction or "").rstrip("0")
    if len(fraction) > 6:
        return None
    try:
        days = datetime.date.fromisoformat(day)
        clock = datetime.time(int(hour or 0), int(minute or 0), int(second or 0), int((fraction or "0").ljust(6, "0")))
    except ValueError:
        return None
    shift = datetime.timedelta(0)
    if zone not in (None, "Z"):
        digits = zone[1:].replace(":", "").ljust(4, "0")
        shift = datetime.timedelta(hours=int(digits[:2]), minutes=int(digits[2:])) * (-1 if zone[0] == "-" else 1)
    return days, clock, shift


def expect_time(kind, text):
    if kind == "time":
        match = re.fullmatch(r"(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?", text)
        try:
            return match and datetime.time(int(match[1]), int(match[2]), int(match[3] or 0), int((match[4] or "0").ljust(6, "0")))
        except ValueError:
            return None
    parts = read_iso(text)
    if parts is None:
        return None
    days, clock, shift = parts
    if kind == "date":
        return days if clock == datetime.time(0) and not shift else None
    try:
        return datetime.datetime.combine(days, clock) - shift
    except OverflowError:
        return None


def expect_decimal(value, printed, precision, scale):
    number = Decimal(value) if isinstance(value, int) else Decimal(printed)
    if not number.is_finite():
        return None
    with_scale = number.quantize(Decimal(1).scaleb(-scale), context=__import__("decimal").Context(prec=400))
    return with_scale if with_scale == number and len(with_scale.as_tuple().digits) <= precision else None


def is_json(text):
    def refuse(constant):
        raise ValueError(constant)

    try:
        json.loads(text, parse_constant=refuse)
        return True
    except ValueError:
        return False


def expect(kind, stored, value, printed):
    """(suffix of the column, value) for a value as Python's SQLite reads it: typeof, the value, cast(… as text)."""
    if stored == "null":
        return None
    if stored == "blob" and kind == "json":
        text = value.decode("utf-8", "replace")  # what the destination keeps numbers of many digits in
        return ("", text) if is_json(text) else ("binary", value)
    if stored == "blob":
        return ("", value) if kind == "blob" else ("binary", value)
    if stored == "text":
        try:
            text = value.decode("utf-8")
        except UnicodeDecodeError:
            return ("" if kind == "blob" else "binary", value)
        if kind == "text" or (kind == "json" and is_json(text)):
            return ("", text)
        if kind == "real" and text == "NaN":
            return ("", math.nan)
        if isinstance(kind, tuple) and re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text):
            number = expect_decimal(None, text, *kind[1:])
            return ("text", text) if number is None else ("", number)
        if kind == "bool" and text.lower() in ("true", "false", "t", "f"):
            return ("", text.lower() in ("true", "t"))
        if kind in ("date", "timestamp", "timestamptz", "time") and expect_time(kind, text) is not None:
            return ("", expect_time(kind, text))
        return ("text", text)
    own = "bigint" if stored == "integer" else "double"
    if kind == {"integer": "int", "real": "real"}[stored]:
        return ("", value)
    if kind == "bool" and value in (0, 1) and stored == "integer":
        return ("", bool(value))
    if kind == "json" and math.isfinite(value):
        return ("", str(value) if stored == "integer" else value)
    if isinstance(kind, tuple):
        number = expect_decimal(value, printed, *kind[1:])
        return (own, value) if number is None else ("", number)
    return (own, value)


def same(got, want):
    if isinstance(want, float) and isinstance(got, str):  # a number that became JSON
        got = float(got)
    if isinstance(want, float):
        return isinstance(got, float) and struct.pack("d", got) == struct.pack("d", want)
    return type(got) is type(want) and got == want and str(got) == str(want)


def test_every_value_of_every_declared_type(work):
    connection = work.make()
    connection.text_factory = bytes
    columns = {f"c{number}x": declared for number, declared in enumerate(DECLARED)}
    connection.execute(f"CREATE TABLE t (id INTEGER PRIMARY KEY, {', '.join(f'{name} {declared}' for name, declared in columns.items())})")
    for number, literal in enumerate(literals()):
        connection.execute(f"INSERT INTO t VALUES (?{f', {literal}' * len(columns)})", (number,))
    work.load_sqlite()
    types = work.table_types("t")
    zoned = [name for name, declared in columns.items() if DECLARED[declared] == "timestamptz"]
    rows = work.dicts(f"select * replace ({', '.join(f'{name} at time zone $$UTC$$ as {name}' for name in zoned)}) from ds.t order by id")
    cases, wrong = 0, []
    for name, declared in columns.items():
        kind = DECLARED[declared]
        assert types[name] == (f"DECIMAL({kind[1]},{kind[2]})" if isinstance(kind, tuple) else DUCKDB[kind])
        read = connection.execute(f"SELECT typeof({name}), {name}, cast({name} as text) FROM t ORDER BY id").fetchall()
        for literal, (stored, value, printed), row in zip(literals(), read, rows, strict=True):
            want = expect(kind, stored.decode(), value, printed and printed.decode("latin-1"))
            got = {column: value for column, value in row.items() if column.startswith(name) and value is not None}
            at = None if want is None else name if want[0] == "" else f"{name}__v_{want[0]}"
            cases += 1
            if not (got == {} if want is None else list(got) == [at] and same(got[at], want[1])):
                wrong.append((declared, literal, stored, want, got))
    assert not wrong, "\n".join(map(str, wrong))
    assert cases > 2000


def test_columns_without_a_known_type_follow_their_values(work):
    work.make("""
        CREATE TABLE t (id INTEGER PRIMARY KEY, ints, reals, either, texts, blobs, mixed, void, odd FANTASY, late);
        INSERT INTO t VALUES (1, 5, 1.5, 1, 'a', x'00', 1, NULL, 'x', NULL), (2, 6, 2.5, 2.5, 'b', x'01', 'two', NULL, 'y', NULL),
                             (3, 7, 3.5, 9007199254740993, 3, x'02', 'three', NULL, 'z', 8);
        CREATE TABLE empty (a, b FANTASY, c INT);
        CREATE VIEW v AS SELECT id, id * 1.5 AS half, upper(texts) AS big FROM t;
    """)
    work.load_sqlite("--include-views")
    assert work.table_types("t") == {"id": "BIGINT", "ints": "BIGINT", "reals": "DOUBLE", "either": "DOUBLE", "texts": "VARCHAR",
                                     "blobs": "BLOB", "mixed": "VARCHAR", "odd": "VARCHAR", "late": "BIGINT",
                                     "either__v_bigint": "BIGINT", "texts__v_bigint": "BIGINT", "mixed__v_bigint": "BIGINT"}
    assert work.rows("select either, either__v_bigint, texts, texts__v_bigint, mixed, mixed__v_bigint from ds.t order by id") == [
        (1.0, None, "a", None, None, 1), (2.5, None, "b", None, "two", None), (None, 9007199254740993, None, 3, "three", None)]
    assert work.table_types("empty") == {"c": "BIGINT"}
    assert work.rows("select id, half, big, big__v_text from (select *, null as big__v_text from ds.v) order by id")[0] == (1, 1.5, "A", None)


@pytest.mark.parametrize("unit, numbers, wanted", [
    ("seconds", (0, 1700000000, 1700000000.25), ["1970-01-01 00:00:00", "2023-11-14 22:13:20", "2023-11-14 22:13:20.25"]),
    ("milliseconds", (0, 1700000000123, -1), ["1970-01-01 00:00:00", "2023-11-14 22:13:20.123", "1969-12-31 23:59:59.999"]),
    ("julian", (2440587.5, 2460000, 2460461.93090278), ["1970-01-01 00:00:00", "2023-02-24 12:00:00", "2024-05-31 10:20:30"]),
])
def test_numbers_as_times_when_told_so(work, unit, numbers, wanted):
    connection = work.make("CREATE TABLE t (id INTEGER PRIMARY KEY, moment DATETIME)")
    connection.executemany("INSERT INTO t (moment) VALUES (?)", [(number,) for number in numbers])
    connection.execute("INSERT INTO t (moment) VALUES (9e300), ('2024-05-31 10:20:30')")
    work.load_sqlite("--number-times", unit)
    assert work.rows("select moment::varchar from ds.t order by id") == [(text,) for text in wanted] + [(None,), ("2024-05-31 10:20:30",)]
    assert work.rows("select moment__v_double from ds.t where moment__v_double is not null") == [(9e300,)]


def test_special_values_null_and_error(work):
    work.make("CREATE TABLE t (id INTEGER PRIMARY KEY, n INT); INSERT INTO t VALUES (1, 5), (2, 'five'), (3, x'00')")
    failed = work.load_sqlite("--special-values", "error", expect=1)
    assert "table t, column n (INT): no column of that type can hold the value five; choose --special-values variant" in failed.err
    work.load_sqlite("--special-values", "null")
    assert work.rows("select id, n from ds.t order by id") == [(1, 5), (2, None), (3, None)]
    assert "n__v_text" not in work.table_types("t")


def test_utf16_database(work):
    work.make("""PRAGMA encoding = 'UTF-16le';
        CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT, d DATE, b BLOB);
        INSERT INTO t VALUES (1, 'naïve 日本 😀', '2024-05-31', x'00ff')""")
    work.load_sqlite()
    assert work.rows("select s, d, b from ds.t") == [("naïve 日本 😀", datetime.date(2024, 5, 31), b"\x00\xff")]


def test_large_values(work):
    connection = work.make("CREATE TABLE t (id INTEGER PRIMARY KEY, b BLOB, s TEXT)")
    for number in range(6):
        connection.execute("INSERT INTO t VALUES (?, randomblob(?), ?)", (number, 3_000_000 + number, "ä" * 500_000))
    work.load_sqlite("--memory", "256MB")
    want = connection.execute("SELECT id, hex(b) FROM t ORDER BY id").fetchall()
    assert work.rows("select id, hex(b) from ds.t order by id") == want
    assert work.rows("select min(length(s)), max(length(s)), count(*) from ds.t") == [(500_000, 500_000, 6)]


# ---- kinds of tables ----

def test_kinds_of_tables(work):
    work.make("""
        CREATE TABLE plain (a INT, b TEXT); INSERT INTO plain VALUES (1, 'x'), (1, 'x'), (NULL, NULL);
        CREATE TABLE without (k TEXT PRIMARY KEY, v INT) WITHOUT ROWID; INSERT INTO without VALUES ('b', 2), ('a', 1);
        CREATE TABLE strict (i INTEGER NOT NULL, r REAL NOT NULL, t TEXT NOT NULL, b BLOB NOT NULL, x ANY) STRICT;
        INSERT INTO strict VALUES (1, 2.5, 't', x'01', 'any'), (2, 3, 'u', x'02', 5);
        CREATE TABLE generated (a INT, b INT AS (a * 2) STORED, c TEXT AS ('v' || a) VIRTUAL); INSERT INTO generated VALUES (21);
        CREATE TABLE taken (rowid TEXT, oid TEXT, _rowid_ TEXT); INSERT INTO taken VALUES ('r', 'o', 'u');
        CREATE TABLE "odd ""name""; --" ("a b" INT, "c""d" INT, "select" INT); INSERT INTO "odd ""name""; --" VALUES (1, 2, 3);
        CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT); INSERT INTO counted (v) VALUES ('one'), ('two');
        CREATE TABLE combined (a INT, b TEXT, v INT, PRIMARY KEY (b, a)); INSERT INTO combined VALUES (1, 'x', 5);
        CREATE VIRTUAL TABLE pages USING fts5(title, body); INSERT INTO pages VALUES ('A', 'some words');
        CREATE VIRTUAL TABLE boxes USING rtree(id, x0, x1); INSERT INTO boxes VALUES (1, 0.5, 1.5);
        CREATE TEMP TABLE passing (a);
        CREATE VIEW seen AS SELECT a, count(*) AS n FROM plain GROUP BY a;
        ANALYZE;
    """)
    work.load_sqlite()
    tables = [name for (name,) in work.rows("select table_name from information_schema.tables where table_schema = 'ds' "
                                          "and table_name not like '\\_dlt%' escape '\\' order by 1")]
    assert tables == sorted(["plain", "without", "strict", "generated", "taken", "odd_namexxx", "counted", "combined", "pages", "boxes"])
    assert work.rows("select a, b from ds.plain order by all") == [(1, "x"), (1, "x"), (None, None)]
    assert work.rows("select * exclude (_dlt_id, _dlt_load_id) from ds.strict order by i") == [
        (1, 2.5, "t", b"\x01", "any", None), (2, 3.0, "u", b"\x02", None, 5)]
    assert work.rows("select a, b, c from ds.generated") == [(21, 42, "v21")]
    assert work.rows("select rowid, oid, _rowidx from ds.taken") == [("r", "o", "u")]
    assert work.rows("select a_b, c_d, \"select\" from ds.odd_namexxx") == [(1, 2, 3)]
    assert work.rows("select title, body from ds.pages") == [("A", "some words")]
    assert work.rows("select id, x0, x1 from ds.boxes") == [(1, 0.5, 1.5)]
    nullable = dict(work.rows("select column_name, is_nullable from information_schema.columns where table_schema = 'ds' and table_name = 'strict'"))
    assert [nullable[name] for name in "irbtx"] == ["NO", "NO", "NO", "YES", "YES"]
    work.load_sqlite("--table", "seen")
    assert work.rows("select a, n from ds.seen order by all") == [(1, 2), (None, 1)]


def test_inspect_tells_keys_types_and_rows(work):
    work.make("CREATE TABLE a (x TEXT, y INT, PRIMARY KEY (y, x)) WITHOUT ROWID; CREATE TABLE b (id INTEGER PRIMARY KEY, d DECIMAL(5,2));"
              "INSERT INTO b (d) VALUES (1.5), (2.5)")
    tables = {t["name"]: t for t in json.loads(work.run("inspect", "sqlite:shop.db", "--json").out)["tables"]}
    assert tables["b"]["rows"] == 2
    assert [(c["name"], c["data_type"]) for c in tables["b"]["columns"]] == [("id", "bigint"), ("d", "decimal")]


def test_keys_with_nulls_are_not_taken_over(work):
    work.make("CREATE TABLE t (k TEXT PRIMARY KEY, v INT); INSERT INTO t VALUES ('a', 1), (NULL, 2);"
              "CREATE TABLE u (k INT PRIMARY KEY, v INT); INSERT INTO u VALUES (1, 1), ('x', 2)")
    done = work.load_sqlite()
    assert done.err.count("its primary key (k) is NULL or of another type in some rows") == 2
    assert work.rows("select k, v from ds.t order by v") == [("a", 1), (None, 2)]
    assert work.rows("select k, k__v_text from ds.u order by v") == [(1, None), (None, "x")]


# ---- selection ----

def test_selection(work):
    work.make("""CREATE TABLE a (id INTEGER PRIMARY KEY, x INT, secret TEXT); INSERT INTO a VALUES (1, 10, 's'), (2, 20, 's'), (3, 30, 's');
                 CREATE TABLE b (id INTEGER PRIMARY KEY); CREATE TABLE other (id INTEGER PRIMARY KEY);""")
    work.load_sqlite("--table", "a,b", "--exclude-columns", "secret", "--where", "id > 1")
    assert work.rows("select id, x from ds.a order by id") == [(2, 20), (3, 30)]
    assert work.table_types("a") == {"id": "BIGINT", "x": "BIGINT"}
    work.load_sqlite("--query", "select x / 10 as tens, date('2024-05-31', '+' || id || ' days') as day from a order by id desc", "--as", "q")
    assert work.rows("select tens, day from ds.q order by tens") == [(1, "2024-06-01"), (2, "2024-06-02"), (3, "2024-06-03")]
    work.load_sqlite("--table", "a", "--include-columns", "i*", "--as", "only")
    assert work.table_types("only") == {"id": "BIGINT"}


# ---- parallel reading ----

def checksum(work, table="big"):
    return work.rows(f"select count(*), count(distinct id), sum(id % 1000003), sum(n), sum(amount), min(moment), max(moment), bit_xor(hash(id, n, amount, moment, name, filling)) from ds.{table}")


@pytest.mark.parametrize("gaps", ["", " * 1000003", " + iif(i > 59999, 1 << 61, 0)", " + iif(i > 30000, -(1 << 62), 1 << 61)"])
def test_parallel_reads_each_row_once(work, gaps):
    connection = work.make(big(60000, gaps))
    work.load_sqlite("--parallel", "1")
    one = checksum(work)
    work.load_sqlite("--parallel", "4")
    assert checksum(work) == one
    assert one[0][:4] == connection.execute("SELECT count(*), count(DISTINCT id), sum(id % 1000003), sum(n) FROM big").fetchone()
    work.load_sqlite("--parallel", "4", "--where", "n < 500")
    assert checksum(work)[0][:4] == connection.execute("SELECT count(*), count(*), sum(id % 1000003), sum(n) FROM big WHERE n < 500").fetchone()


def test_parallel_without_rowid(work):
    connection = work.make("CREATE TABLE t (a INT, b TEXT, v REAL, PRIMARY KEY (a, b)) WITHOUT ROWID;"
                           "INSERT INTO t WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 60000) SELECT i / 2, 'x' || i, i / 4.0 FROM r;"
                           "INSERT INTO t VALUES (7.5, 'between', 1), (-3, 'below', 2), (1e9, 'above', 3)")
    work.load_sqlite("--parallel", "4")
    assert work.rows("select count(*), sum(v), count(a__v_double) from ds.t") == [(*connection.execute("SELECT count(*), sum(v) FROM t").fetchone(), 1)]


# ---- one state of the file ----

@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_all_readers_see_one_state(work, mode):
    """A writer moves amounts between rows without a pause: their sum is the same in every state."""
    work.make("CREATE TABLE t (id INTEGER PRIMARY KEY, amount INT, filling TEXT); CREATE TABLE u (id INTEGER PRIMARY KEY, amount INT);"
              "INSERT INTO t WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 40000) SELECT i, 100, hex(zeroblob(40)) FROM r;"
              "INSERT INTO u VALUES (1, 0)", mode=mode).close()
    stop = threading.Event()
    moved = []

    def write():
        import sqlite3

        connection = sqlite3.connect(work.folder / "shop.db", isolation_level=None, timeout=30)
        step = 0
        while not stop.is_set():
            step += 1
            try:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("UPDATE t SET amount = amount - 1 WHERE id = ?", (step % 20000 + 1,))
                connection.execute("UPDATE t SET amount = amount + 1 WHERE id = ?", (40000 - step % 20000,))
                connection.execute("UPDATE u SET amount = amount + 1")
                connection.execute("COMMIT")
                moved.append(step)
            except sqlite3.OperationalError:
                connection.execute("ROLLBACK") if connection.in_transaction else None
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        time.sleep(0.1)
        for _ in range(3):
            work.load_sqlite("--parallel", "4", "--busy-timeout", "60")  # SQLite gives readers no turn of their own
            ((total, count),) = work.rows("select sum(amount), count(*) from ds.t")
            assert (total, count) == (4000000, 40000)
            ((changed,),) = work.rows("select sum(abs(amount - 100)) / 2 from ds.t")
            ((said,),) = work.rows("select amount from ds.u")
            assert changed == said or said > 20000  # the second table is of the same state as the first
    finally:
        stop.set()
        writer.join()
    assert len(moved) > 10


def test_cancel(work):
    work.make(big(60000))
    process = subprocess.Popen([SLUICE, "load", "sqlite:shop.db", f"duckdb:{work.database}", "--query",
                                "select count(*) from big a, big b", "--as", "q"], cwd=work.folder, stderr=subprocess.PIPE)
    time.sleep(0.5)
    begin = time.monotonic()
    process.terminate()
    _, error = process.communicate(timeout=20)
    assert time.monotonic() - begin < 3
    assert process.returncode != 0 and b"stopped" in error


def test_statement_timeout(work):
    work.make(big(60000))
    failed = work.load_sqlite("--query", "select count(*) from big a, big b", "--as", "q", "--statement-timeout", "1", expect=1)
    assert "took longer than --statement-timeout 1 seconds" in failed.err
