"""The destination contract for files, whole loads into a folder and into an S3 bucket: types, names, evolution, dispositions, pipelines side
by side, other machines, shapes of tables. Stops and failures are in test_files_destination.py and test_files_stores.py."""
import base64
import datetime
import decimal
import itertools
import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "e2e")]
from files_support import Folder, Loads, exact_rows, files, loaded, rows  # noqa: E402
from servers_s3 import Bucket, s3_server  # noqa: E402
from support import SLUICE  # noqa: E402


numbers = itertools.count()


@pytest.fixture(scope="module")
def s3(tmp_path_factory):
    with s3_server(tmp_path_factory.mktemp("moto")) as running:
        yield running


@pytest.fixture(params=["folder", "s3"])
def loads(request, tmp_path):
    if request.param == "folder":
        return Loads(tmp_path, Folder(tmp_path / "out"))
    bucket = Bucket(request.getfixturevalue("s3"), f"contract-{next(numbers)}")
    return Loads(tmp_path, bucket, env=bucket.env(HOME=str(tmp_path)))


def test_types_come_back(loads):
    """Each type at its borders and as null, as a reader of Parquet gets it."""
    columns = ("i:bigint,d:double,yes:bool,text:text,amount:decimal(38,9),day:date,clock:time,at:timestamp,raw:binary,doc:json")
    top = {"i": 2**63 - 1, "d": 1.7976931348623157e308, "yes": True, "text": "\u0000ä\U0001f600\r\n\"", "amount": "99999999999999999999999999999.999999999",
           "day": "9999-12-31", "clock": "23:59:59.999999", "at": "9999-12-31T23:59:59.999999Z", "raw": base64.b64encode(bytes(range(256))).decode(), "doc": {"a": [1, None]}}
    low = {"i": -2**63, "d": -5e-324, "yes": False, "text": "", "amount": "-0.000000001", "day": "0001-01-01", "clock": "00:00:00",
           "at": "0001-01-01T00:00:00Z", "raw": "", "doc": []}
    loads.load(loads.write("in.jsonl", top, low, {"i": 0}), "--columns", columns)
    got = {r["i"]: r for r in rows(loads.place, "ds", "items")}
    utc = datetime.timezone.utc
    expected = {
        2**63 - 1: (top["d"], True, top["text"], decimal.Decimal(top["amount"]), datetime.date(9999, 12, 31), datetime.time(23, 59, 59, 999999),
                    datetime.datetime(9999, 12, 31, 23, 59, 59, 999999, utc), bytes(range(256)), {"a": [1, None]}),
        -2**63: (low["d"], False, "", decimal.Decimal(low["amount"]), datetime.date(1, 1, 1), datetime.time(0), datetime.datetime(1, 1, 1, tzinfo=utc), b"", []),
        0: (None,) * 9}
    for key, values in expected.items():
        found = [got[key][name] for name in ("d", "yes", "text", "amount", "day", "clock", "at", "raw", "doc")]
        assert (*found[:-1], found[-1] and json.loads(found[-1])) == values


def test_names_at_their_limits(loads):
    long = "n" * 200
    loads.load(loads.write("in.jsonl", {"id": 1, long: 1, "select": 2, "Group By": 3, "ä/ö": 4, "kids": [{"order": 5}]}), "--as", "t" * 100)
    (key,) = files(loads.place, "ds", "t" * 100)
    (row,) = rows(loads.place, "ds", "t" * 100)
    assert row[long] == 1 and row["select"] == 2 and row["group_by"] == 3 and 4 in row.values() and key.endswith(".parquet")
    assert [r["order"] for r in rows(loads.place, "ds", "t" * 100 + "__kids")] == [5]


@pytest.mark.parametrize("disposition", ["append", "replace"])
def test_five_loads_with_children(loads, disposition):
    """A column more and a wider type at each; the children of a load come and go with it."""
    for n in range(5):
        document = {"id": n, "kids": [{"k": n, f"extra{n}": True}] * n, f"c{n}": n, "v": n if n < 2 else n + 0.5 if n < 4 else "text"}
        loads.load(loads.write(f"{n}.jsonl", document), "--write-disposition", disposition)
        expected = list(range(n + 1)) if disposition == "append" else [n]
        assert loads.ids() == expected == loads.exact_ids()
        assert len(rows(loads.place, "ds", "items__kids")) == sum(expected) == len(exact_rows(loads.place, "ds", "items__kids"))
    assert len(loaded(loads.place, "ds")) == 5
    (last,) = [r for r in rows(loads.place, "ds", "items") if r["id"] == 4]
    assert last["c4"] == 4 and last["v__v_text"] == "text"


def test_pipelines_side_by_side(loads):
    """Three at the same time into one dataset, one of them replacing its own table."""
    def begin(name, disposition):
        source = loads.write(f"{name}.jsonl", *({"id": i} for i in range(500)))
        return subprocess.Popen([SLUICE, "load", source, loads.place.url, "--dataset", "ds", "--as", f"of_{name}", "--pipeline", name, "--pipelines-dir", "p",
                                 "--write-disposition", disposition], cwd=loads.folder, env=loads.env, stderr=subprocess.PIPE, text=True)

    for _ in range(2):
        running = [begin("a", "append"), begin("b", "append"), begin("c", "replace")]
        for load in running:
            assert load.wait() == 0, load.stderr.read()
    assert [len(exact_rows(loads.place, "ds", f"of_{name}")) for name in "abc"] == [1000, 1000, 500]
    assert len(loaded(loads.place, "ds")) == 6


def test_state_on_a_new_machine(loads):
    """The cursor comes back with the dataset."""
    with sqlite3.connect(loads.folder / "shop.db") as shop:
        shop.executescript("create table items (id integer primary key, name text); insert into items values (1, 'a'), (2, 'b')")
        loads.load("sqlite:shop.db", "--table", "items", "--cursor", "id", "--write-disposition", "append")
        subprocess.run(["rm", "-rf", loads.folder / "pipelines"], check=True)
        shop.execute("insert into items values (3, 'c')")
        shop.commit()
        loads.load("sqlite:shop.db", "--table", "items", "--cursor", "id", "--write-disposition", "append")
    assert loads.ids() == [1, 2, 3] == loads.exact_ids()


def test_shapes_of_tables(loads):
    """200 columns, one column, no rows, 16 MB in a value."""
    loads.load(loads.write("wide.jsonl", {f"c{i}": i for i in range(200)}), "--as", "wide")
    loads.load(loads.write("narrow.jsonl", {"only": 1}), "--as", "narrow", "--no-dlt-id", "--no-dlt-load-id")
    loads.load(loads.write("none.jsonl"), "--as", "none")
    loads.load(loads.write("large.jsonl", {"id": 1, "text": "ä" * (8 << 20)}), "--as", "large")
    (wide,) = rows(loads.place, "ds", "wide")
    assert [wide[f"c{i}"] for i in range(200)] == list(range(200))
    assert rows(loads.place, "ds", "narrow") == [{"only": 1}] and rows(loads.place, "ds", "none") == []
    assert rows(loads.place, "ds", "large")[0]["text"] == "ä" * (8 << 20)
    assert len(loaded(loads.place, "ds")) == 4


def test_a_load_that_fails_leaves_nothing(loads):
    loads.load(loads.write("a.jsonl", {"id": 1}))
    before = loads.place.keys()
    (loads.folder / "bad.jsonl").write_text("".join(json.dumps({"id": i, "kids": [i]}) + "\n" for i in range(50000)) + "{\n")
    loads.load("bad.jsonl", expect=1)
    assert loads.place.keys() == before and not loads.place.uploads()
