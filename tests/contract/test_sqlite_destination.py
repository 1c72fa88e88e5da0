"""SQLite as a destination: whole loads that Python's own SQLite reads back, held against the same loads into DuckDB."""
import json
import sqlite3
import sys
from contextlib import closing
from datetime import date, datetime, time, timezone
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow
import pyarrow.parquet
import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "e2e")]
from support import Work  # noqa: E402

HOSTILE = ["", "'", '"', "it's \"quoted\" `all` ways; -- no /* comment */", "back\\slash %s {} ? :a @b $c", "lines\r\nand\ttabs ", "NULL",
           "007", "1e5", "-0", " 12 ", "\U0001f41a \u4e2d\u6587 e\u0301", "nul \0 inside", "0x1F", "9" * 40, "NaN", "2024-01-01"]


class Loads(Work):
    def load(self, source, *options, to="sqlite:shop.db", dataset="ds", **kw):
        return self.run("load", source, to, "--dataset", dataset, "--pipelines-dir", "pipelines-" + to[:4], *options, **kw)

    def both(self, source, *options):
        """The same load into SQLite and into DuckDB."""
        self.load(source, *options)
        self.load(source, *options, to=f"duckdb:{self.database}")

    def documents(self, name, *documents):
        return self.write(name, "".join(json.dumps(d) + "\n" for d in documents))

    def ask(self, sql, file="shop__ds.db", **kw):
        with closing(sqlite3.connect(self.folder / file, **kw)) as connection:
            return connection.execute(sql).fetchall()

    def columns(self, table):
        return {name: kind for _, name, kind, *_ in self.ask(f'PRAGMA table_info("{table}")') if not name.startswith("_dlt")}

    def same_rows(self, *tables):
        """Rows of both destinations, without row keys, which are random."""
        for table in tables:
            with duckdb.connect(str(self.database), read_only=True) as connection:
                names = [name for name, *_ in connection.execute(f'DESCRIBE ds."{table}"').fetchall() if not name.startswith("_dlt")]
                chosen = ", ".join(f'"{name}"' for name in names)
                want = connection.execute(f'SELECT {chosen} FROM ds."{table}"').fetchall()
            want = [tuple(int(v) if isinstance(v, bool) else v for v in row) for row in want]
            got = self.ask(f'SELECT {chosen} FROM "{table}"')
            assert sorted(map(repr, got)) == sorted(map(repr, want)), table


@pytest.fixture
def loads(tmp_path):
    return Loads(tmp_path)


COLUMNS = [
    pyarrow.field("id", pyarrow.int64(), False), pyarrow.field("b", pyarrow.bool_()), pyarrow.field("i", pyarrow.int64()),
    pyarrow.field("f", pyarrow.float64()), pyarrow.field("d5", pyarrow.decimal128(5, 2)), pyarrow.field("d15", pyarrow.decimal128(15, 15)),
    pyarrow.field("d18", pyarrow.decimal128(18, 4)), pyarrow.field("d38", pyarrow.decimal128(38, 9)), pyarrow.field("t", pyarrow.string()),
    pyarrow.field("z", pyarrow.binary()), pyarrow.field("day", pyarrow.date32()), pyarrow.field("clock", pyarrow.time64("us")),
    pyarrow.field("naive", pyarrow.timestamp("us")), pyarrow.field("instant", pyarrow.timestamp("us", "UTC"))]
ROWS = [
    (1, True, 2**63 - 1, 0.1, Decimal("999.99"), Decimal("0.999999999999999"), Decimal("99999999999999.9999"), Decimal("9" * 29 + ".999999999"),
     "text", b"\0\xff", date(9999, 12, 31), time(23, 59, 59, 999999), datetime(9999, 12, 31, 23, 59, 59, 999999),
     datetime(2024, 2, 29, 12, 0, 0, 5, timezone.utc)),
    (2, False, -2**63, -1e-300, Decimal("-0.01"), Decimal("0.000000000000001"), Decimal("-0.0001"), Decimal("-0.000000001"),
     "", b"", date(1, 1, 1), time(0), datetime(1, 1, 1), datetime(1, 1, 1, tzinfo=timezone.utc)),
    (3, None, None, None, None, None, None, None, None, None, None, None, None, None),
    (4, True, 0, float("inf"), Decimal("100.00"), Decimal("0"), Decimal("100"), Decimal("12345678901234567890"),
     "007", b"text", date(1970, 1, 1), time(12), datetime(1970, 1, 1), datetime(1969, 12, 31, 23, 59, 59, 999999, timezone.utc)),
    (5, True, 5, float("nan"), Decimal("1.10"), Decimal("0.1"), Decimal("1"), Decimal("0"), "\0", b"\x01", date(2024, 1, 1),
     time(1, 2, 3), datetime(2024, 1, 1), datetime(2024, 1, 1, tzinfo=timezone.utc)),
] + [(6 + i, i % 2 == 0, i, i / 7, Decimal(i) / 100, Decimal(i).scaleb(-15), Decimal(i).scaleb(-4), Decimal(i * 10**20 + i).scaleb(-9), h, h.encode(),
      date(2000, 1, 1), time(0, 0, i), datetime(2000, 1, 1), datetime(2000, 1, 1, tzinfo=timezone.utc)) for i, h in enumerate(HOSTILE)]


def test_types_arrive_and_come_back(loads):
    """Parquet -> SQLite -> DuckDB is Parquet -> DuckDB, types and all; in between everything is what a reader expects."""
    arrays = [pyarrow.array([row[i] for row in ROWS], field.type) for i, field in enumerate(COLUMNS)]
    pyarrow.parquet.write_table(pyarrow.Table.from_arrays(arrays, schema=pyarrow.schema(COLUMNS)), loads.folder / "all.parquet")
    loads.load("all.parquet", "--as", "v")
    assert loads.columns("v") == {
        "id": "BIGINT", "b": "BOOLEAN", "i": "BIGINT", "f": "DOUBLE", "d5": "NUMERIC(5, 2)", "d15": "NUMERIC(15, 15)",
        "d18": "DECIMAL_TEXT(18, 4)", "d38": "DECIMAL_TEXT(38, 9)", "t": "TEXT", "z": "BLOB", "day": "DATE", "clock": "TIME",
        "naive": "DATETIME", "instant": "TIMESTAMP"}
    names = [field.name for field in COLUMNS]
    for want, got in zip(ROWS, loads.ask(f"SELECT {', '.join(names)} FROM v ORDER BY id"), strict=True):
        want, got = dict(zip(names, want)), dict(zip(names, got))
        assert (got["i"], got["t"], got["z"]) == (want["i"], want["t"], want["z"])
        assert got["f"] == ("NaN" if want["f"] != want["f"] else want["f"])
        if want["b"] is not None:
            assert got["b"] == want["b"] and got["day"] == want["day"].isoformat()
            assert got["clock"] == want["clock"].isoformat("microseconds") and got["naive"] == want["naive"].isoformat(" ", "microseconds")
            assert got["instant"] == want["instant"].isoformat(" ", "microseconds")
            assert (Decimal(got["d18"]), Decimal(got["d38"])) == (want["d18"], want["d38"])
            assert Decimal(format(got["d5"], ".15g")) == want["d5"] and Decimal(format(got["d15"], ".15g")) == want["d15"]
    duck = f"duckdb:{loads.database}"
    loads.run("load", "sqlite:shop__ds.db", duck, "--table", "v", "--dataset", "back", "--pipelines-dir", "p1")
    loads.run("load", "all.parquet", duck, "--as", "v", "--dataset", "direct", "--pipelines-dir", "p2")
    chosen = ", ".join(names)
    types = "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = '{}' AND column_name NOT LIKE '\\_dlt%' ESCAPE '\\'"
    assert dict(loads.rows(types.format("back"))) == dict(loads.rows(types.format("direct")))
    for a, b in (("back", "direct"), ("direct", "back")):
        assert loads.rows(f"SELECT {chosen} FROM {a}.v EXCEPT SELECT {chosen} FROM {b}.v") == []


def test_json_stays_as_it_is(loads):
    """Bare numbers too, of which SQLite would make other ones; and the source reads them all back."""
    texts = ['{"a":[1,2.50,null]}', "[]", "null", '"text"', "5", "-7", "1.5", "1.50", "100.0", "1e5", "-0", "0.1", "12345678901234567890123",
             "9223372036854775807", "9223372036854775808", "0.1234567890123456789"]
    pyarrow.parquet.write_table(pyarrow.table({"id": list(range(len(texts))), "j": texts}), loads.folder / "j.parquet")
    loads.load("j.parquet", "--as", "v", "--columns", "j:json")
    stored = [j.decode() if isinstance(j, bytes) else str(j) for (j,) in loads.ask("SELECT j FROM v ORDER BY id")]
    assert stored == texts and loads.columns("v")["j"] == "JSON"
    loads.run("load", "sqlite:shop__ds.db", f"duckdb:{loads.database}", "--table", "v", "--dataset", "ds", "--pipelines-dir", "p", "--columns", "j:json")
    assert [j for (j,) in loads.rows("SELECT j::VARCHAR FROM ds.v ORDER BY id")] == texts


ORDERS = [
    [{"id": i, "name": f"first {i}", "lines": [{"q": i}, {"q": i + 1, "tags": ["a", "b"]}]} for i in range(1, 8)],
    [{"id": i, "name": f"second {i}", "lines": [{"q": -i}], "deep": {"x": {"y": i}}} for i in range(4, 10)],
    [{"id": 5, "name": "third", "gone": True}, {"id": 6, "name": "third", "lines": []}, {"id": 77, "gone": True, "lines": [{"q": 0}]}],
    [{"id": 6, "name": "fourth", "lines": [{"q": 4}]}, {"id": 6, "name": "fourth again", "lines": [{"q": 5}, {"q": 6}]}],
    [{"id": 10, "name": "fifth", "lines": [{"q": 7, "tags": ["c"]}]}]]


@pytest.mark.parametrize("options", [
    ["--write-disposition", "append"], ["--write-disposition", "replace"],
    *[["--write-disposition", "merge", "--primary-key", "id", "--strategy", s, "--hard-delete", "gone"] for s in ("delete-insert", "upsert", "insert-only")],
    ["--write-disposition", "merge", "--primary-key", "id", "--strategy", "cdc"],
    ["--write-disposition", "merge", "--strategy", "scd2"],
    ["--write-disposition", "merge", "--merge-key", "id"]], ids=lambda o: "-".join(w for w in o[1::2] if w not in ("id", "merge")))
def test_dispositions_over_five_loads(loads, options):
    for i, documents in enumerate(ORDERS):
        loads.both(loads.documents(f"{i}.jsonl", *documents), "--as", "orders", *options)
        if "scd2" not in options: loads.same_rows("orders", "orders__lines", "orders__lines__tags")
    counts = "SELECT count(*), count(DISTINCT _dlt_id) FROM {}"
    for table in ("orders", "orders__lines", "orders__lines__tags"):
        assert loads.ask(counts.format(table)) == loads.rows(counts.format("ds." + table))
    if "scd2" in options:
        active = "SELECT id, name FROM {}orders WHERE _dlt_valid_to IS NULL ORDER BY id, name"
        assert loads.ask(active.format("")) == loads.rows(active.format("ds."))
        assert len(loads.ask("SELECT DISTINCT _dlt_valid_to FROM orders")) == 5
    assert loads.ask("SELECT count(*) FROM _dlt_loads WHERE status = 0") == [(5,)]


def test_the_winner_of_decimals_is_the_greatest(loads):
    """Decimals that are texts in SQLite are compared as numbers when rows of one key compete."""
    values = ["9.5", "10.25", "-3", "10.24", "1e-9", "99999999999999999999.1", "100000000000000000000"]
    documents = [{"id": i % 2, "rank": v, "v": v} for i, v in enumerate(values)]
    loads.both(loads.documents("a.jsonl", *documents), "--as", "t", "--columns", "rank:decimal(38,9)", "--write-disposition", "merge",
               "--primary-key", "id", "--dedup-sort", "rank:desc")
    assert loads.ask("SELECT id, v FROM t ORDER BY id") == loads.rows("SELECT id, v FROM ds.t ORDER BY id")
    assert dict(loads.ask("SELECT id, v FROM t"))[1] == "99999999999999999999.1"


def test_columns_come_widen_and_part(loads):
    loads.both(loads.documents("a.jsonl", {"id": 1, "n": 1, "big": 2**60, "same": "x"}), "--as", "t", "--on-type-change", "widen")
    with closing(sqlite3.connect(loads.folder / "shop__ds.db")) as connection:
        connection.executescript("CREATE INDEX by_id ON t (id); CREATE TABLE log (id); CREATE TRIGGER note AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.id); END")
    loads.both(loads.documents("b.jsonl", {"id": 2, "n": 2.5, "big": 0.125, "same": 7, "fresh": [1], "at": "2024-01-01"}), "--as", "t", "--on-type-change", "widen")
    loads.both(loads.documents("c.jsonl", {"id": "three", "n": 3}), "--as", "t")
    assert loads.columns("t")["n"] == "DECIMAL_TEXT(38, 18)" and loads.columns("t")["id__v_text"] == "TEXT"
    assert loads.ask("SELECT n FROM t WHERE id = 1") == [("1.000000000000000000",)] and loads.ask("SELECT * FROM log") == [(2,), (None,)]
    assert [Decimal(b) for (b,) in loads.ask("SELECT big FROM t WHERE big IS NOT NULL ORDER BY id")] == [Decimal(2**60), Decimal("0.125")]
    assert loads.ask("SELECT count(*) FROM sqlite_master WHERE name IN ('by_id', 'note')") == [(2,)]
    loads.same_rows("t__fresh")


def test_names_and_values_that_break_things(loads):
    names = {"select": 1, "a; DROP TABLE x; --": 2, "\u00dcn\u00ef": 3, "it's": 4, "rowid": 5, "main": 6, "group": 7, "[b]": 8, "temp.x": 9}
    loads.load(loads.documents("a.jsonl", names), "--as", "from where; --", "--naming", "direct")
    (row,) = loads.ask('SELECT * FROM "from where; --"')
    assert row[:len(names)] == tuple(names.values()) and len(loads.columns("from where; --")) == len(names)
    documents = [{"id": i, "v": v} for i, v in enumerate(HOSTILE)]
    for _ in range(2):
        loads.load(loads.documents("b.jsonl", *documents), "--as", "values", "--columns", "v:text", "--write-disposition", "merge", "--primary-key", "v",
                   "--strategy", "upsert")
    assert loads.ask('SELECT id, v FROM "values" ORDER BY id') == list(enumerate(HOSTILE))
    loads.load(loads.documents("c.jsonl", {"Id": 1, "iD": 2}), "--as", "cases", "--naming", "direct", expect=1)


def test_wide_narrow_empty_and_large(loads):
    wide = [{f"c{i}": i * n for i in range(200)} for n in range(50)]
    loads.both(loads.documents("wide.jsonl", *wide), "--as", "wide")
    loads.both(loads.documents("narrow.jsonl", *[{"x": i} for i in range(3000)]), "--as", "narrow", "--no-dlt-id", "--no-dlt-load-id")
    loads.same_rows("wide", "narrow")
    assert [name for _, name, *_ in loads.ask("PRAGMA table_info(narrow)")] == ["x"]
    with closing(sqlite3.connect(loads.folder / "src.db")) as source:
        source.execute("CREATE TABLE empty (id INTEGER)")
    loads.load("sqlite:src.db")
    assert loads.ask("SELECT count(*) FROM empty") == [(0,)]
    text = "\u00e4" * (8 << 20)
    pyarrow.parquet.write_table(pyarrow.table({"t": [text], "z": [b"\0\xff" * (8 << 20)]}), loads.folder / "large.parquet")
    loads.load("large.parquet", "--as", "large", "--memory", "2GB")
    assert loads.ask("SELECT t, z FROM large") == [(text, b"\0\xff" * (8 << 20))]


@pytest.mark.parametrize("url, dataset, file", [
    ("sqlite:data/chess.db", "games", "data/chess__games.db"), ("sqlite:///data/chess.db", "games", "data/chess__games.db"),
    ("sqlite:///{}/data/chess.tar.sqlite", "games", "data/chess.tar__games.sqlite"), ("sqlite3:data/chess", "games", "data/chess__games"),
    ("data/chess.sqlite", "main", "data/chess.sqlite"), ("sqlite:data/.chess", "games", "data/.chess__games"),
    ("sqlite:///data/chess.db?mode=rwc&uri=true", "main", "data/chess.db"), ("sqlite:data/what?.db", "main", None)])
def test_a_dataset_is_a_file(loads, url, dataset, file):
    """dlt's rules: name__dataset.db beside the file of the URL, which is the dataset main."""
    (loads.folder / "data").mkdir()
    source = loads.documents("a.jsonl", {"id": 1, "list": [1]})
    for _ in range(2):
        loads.load(source, "--as", "t", to=url.format(loads.folder), dataset=dataset, expect=0 if file else 2)
    if file:
        assert loads.ask("SELECT count(*) FROM t__list JOIN t ON _dlt_parent_id = t._dlt_id", file) == [(2,)]
        assert len(list((loads.folder / "data").iterdir())) == (1 if dataset == "main" else 2)


def test_in_memory_and_in_no_file(loads):
    source = loads.documents("a.jsonl", {"id": 1})
    for url in ("sqlite::memory:", "sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&cache=shared"):
        assert "Loaded 1 rows" in loads.load(source, "--as", "t", to=url).out
    assert [p.name for p in loads.folder.iterdir() if p.suffix == ".db" or p.name.startswith(":")] == []
    for url, dataset in (("sqlite:", "ds"), ("sqlite:shop.db", "temp"), ("sqlite:.", "ds"), ("sqlite:a/", "ds")):
        loads.load(source, "--as", "t", to=url, dataset=dataset, expect=2)


def test_the_state_is_with_the_rows(loads):
    """A new machine continues where the dataset ends; nothing but the file goes there."""
    with closing(sqlite3.connect(loads.folder / "src.db")) as source:
        source.executescript("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b')")
        for machine, more in (("p1", None), ("p2", (3, "c")), ("p3", None)):
            if more:
                source.execute("INSERT INTO t VALUES (?, ?)", more)
                source.commit()
            loads.run("load", "sqlite:src.db", "sqlite:shop.db", "--cursor", "id", "--dataset", "ds", "--pipelines-dir", machine)
    assert loads.ask("SELECT id, v FROM t ORDER BY id") == [(1, "a"), (2, "b"), (3, "c")]
    assert loads.run("query", "sqlite:shop.db", "SELECT count(*) AS n FROM ds.t", "--format", "csv").out.split() == ["n", "3"]


def test_one_file_read_and_written(loads):
    with closing(sqlite3.connect(loads.folder / "shop.db")) as connection:
        connection.executescript("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b')")
    refused = loads.load("sqlite:shop.db", "--as", "copy", dataset="main", expect=2)
    assert "WAL" in refused.err and loads.ask("SELECT count(*) FROM sqlite_master", "shop.db") == [(1,)]
    loads.load("sqlite:shop.db", "--as", "copy")
    loads.load("sqlite:shop.db", "--as", "copy", "--destination-journal", "wal", dataset="main")
    assert loads.ask("SELECT id, v FROM copy", "shop.db") == loads.ask("SELECT id, v FROM copy") == [(1, "a"), (2, "b")]
