"""Files in a folder as a destination: what is written, how it becomes visible, and what happens when it does not."""
import datetime
import decimal
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow.parquet as parquet
import pytest

sys.path[:0] = [str(Path(__file__).parent)]
from files_support import Folder, Loads, exact_rows, files, kill_library, loaded, rows  # noqa: E402

UTC = datetime.timezone.utc


@pytest.fixture
def loads(tmp_path):
    return Loads(tmp_path, Folder(tmp_path / "out"))


@pytest.fixture(scope="session")
def kill_at(tmp_path_factory):
    return kill_library(tmp_path_factory.mktemp("kill"))


ROWS = [
    {"id": 1, "name": "ä\"b,\n", "real": 1.5, "at": "2024-01-02T03:04:05.0006Z", "yes": True, "big": 2**62, "kids": [{"k": 1}, {"k": 2}]},
    {"id": 2, "name": None, "real": -1e300, "yes": False, "kids": []},
    {"id": 3, "name": ""},
]


@pytest.mark.parametrize("kind, ending", [("parquet", "parquet"), ("jsonl", "jsonl.gz"), ("csv", "csv.gz")])
def test_formats(loads, kind, ending):
    loads.load(loads.write("in.jsonl", *ROWS), "--file-format", kind)
    (key,) = files(loads.place, "ds", "items")
    assert re.fullmatch(r"ds/items/\d+\.\d+\.[0-9a-f]{10}\." + re.escape(ending), key)
    got = rows(loads.place, "ds", "items")
    assert [int(r["id"]) for r in got] == [1, 2, 3]
    if kind == "csv":
        assert got[0]["name"] == 'ä"b,\n' and got[0]["yes"] == "True" and got[0]["at"] == "2024-01-02 03:04:05.000600+00:00"
        assert got[1]["name"] == "" and got[0]["big"] == str(2**62)
    else:
        at = datetime.datetime(2024, 1, 2, 3, 4, 5, 600, UTC)
        assert got[0]["name"] == 'ä"b,\n' and got[0]["yes"] is True and got[0]["big"] == 2**62
        assert got[0]["at"] in (at, at.isoformat()) and got[1]["real"] == -1e300
        assert got[1].get("name") is None and got[2]["name"] == ""
    assert sorted(int(r["k"]) for r in rows(loads.place, "ds", "items__kids")) == [1, 2]


@pytest.mark.parametrize("kind, packing, ending", [("jsonl", "none", "jsonl"), ("jsonl", "zstd", "jsonl.zst"), ("csv", "none", "csv"),
                                                   ("parquet", "zstd", "parquet"), ("parquet", "none", "parquet")])
def test_compression(loads, kind, packing, ending):
    loads.load(loads.write("in.jsonl", *ROWS), "--file-format", kind, "--file-compression", packing)
    (key,) = files(loads.place, "ds", "items")
    assert key.endswith("." + ending)
    path = loads.place.path / key
    reader = {"jsonl": "read_json", "csv": "read_csv", "parquet": "read_parquet"}[kind]
    assert duckdb.execute(f"select count(*), sum(id) from {reader}('{path}')").fetchone() == (3, 6)
    if kind == "parquet":
        codec = parquet.ParquetFile(path).metadata.row_group(0).column(0).compression
        assert codec == {"none": "UNCOMPRESSED", "zstd": "ZSTD"}[packing]


def test_types_in_parquet(loads):
    columns = "amount:decimal(20,4),day:date,clock:time,local:timestamp,raw:binary,doc:json"
    loads.load(loads.write("in.jsonl", {"id": 1, "amount": "1234567890123456.7891", "day": "2024-02-29", "clock": "03:04:05.000007",
                                        "local": "2024-01-02T03:04:05", "raw": "AP8=", "doc": {"a": [1]}}), "--columns", columns)
    (row,) = rows(loads.place, "ds", "items")
    assert row["amount"] == decimal.Decimal("1234567890123456.7891") and row["day"] == datetime.date(2024, 2, 29)
    assert row["clock"] == datetime.time(3, 4, 5, 7) and row["raw"] == b"\x00\xff" and json.loads(row["doc"]) == {"a": [1]}
    (key,) = files(loads.place, "ds", "items")
    schema = parquet.read_schema(loads.place.path / key)
    assert str(schema.field("amount").type) == "decimal128(20, 4)" and str(schema.field("doc").type) == "string"


@pytest.mark.parametrize("layout, pattern", [
    ("{table_name}/{YYYY}/{MM}/{DD}/{load_id}.{file_id}.{ext}", r"ds/items/2024/03/09/\d+\.\d+\.\w+\.parquet"),
    ("{schema_name}/{table_name}/{file_id}", r"ds/pipe/items/\w+\.parquet"),
    ("{table_name}/{dddd}-{MMM}-{Q}-{HH}{mm}{ss}-{SSS}/{team}/{timestamp_ms}-{file_id}.{ext}",
     r"ds/items/saturday-mar-1-040506-078/blue/1709957106078-\w+\.parquet"),
    ("{table_name}.{curr_date}.{d}.{dd}.{YY}.{file_id}.{ext}", r"ds/items\.2024-03-09\.6\.sa\.24\.\w+\.parquet"),
])
def test_layouts(loads, layout, pattern):
    loads.load(loads.write("in.jsonl", *ROWS), "--layout", layout, "--extra-placeholders", "team=blue,x=y",
               "--current-datetime", "2024-03-09T04:05:06.078901Z")
    keys = [k for k in loads.place.keys("ds/") if "_dlt_" not in k and "_sluice" not in k and "kids" not in k and k != "ds/init"]
    assert len(keys) == 1 and re.fullmatch(pattern, keys[0]), keys


@pytest.mark.parametrize("layout, why", [("{table_name}/{load_id}", "{file_id} is missing"), ("{file_id}", "{schema_name} may stand"),
                                         ("{table_name}_{file_id}", "followed by"), ("{table_name}/{nonsense}/{file_id}", "{nonsense}"),
                                         ("../{table_name}/{file_id}", "inside the dataset")])
def test_refused_layouts(loads, layout, why):
    done = loads.load(loads.write("in.jsonl", *ROWS), "--layout", layout, expect=2)
    assert why in done.stderr and not loads.place.keys()


def test_files_are_rotated(loads):
    loads.write("in.jsonl", *({"id": i, "text": f"row {i} " * 20} for i in range(60000)))
    loads.load("in.jsonl", "--file-rows", "10000", "--file-format", "jsonl")
    assert len(files(loads.place, "ds", "items")) > 1
    assert loads.ids() == list(range(60000)) == loads.exact_ids()


def test_append_and_new_columns(loads):
    loads.load(loads.write("a.jsonl", {"id": 1}, {"id": 2}))
    loads.load(loads.write("b.jsonl", {"id": 3, "more": "x"}))
    assert loads.ids() == [1, 2, 3] == loads.exact_ids() and len(loaded(loads.place, "ds")) == 2
    assert [r.get("more") for r in rows(loads.place, "ds", "items")] == [None, None, "x"]


def test_replace_removes_old_files_of_the_chain_alone(loads):
    loads.load(loads.write("a.jsonl", *ROWS))
    loads.load(loads.write("other.jsonl", {"id": 9}), "--as", "items_of_others")
    loads.load(loads.write("b.jsonl", {"id": 7}), "--write-disposition", "replace")
    assert loads.ids() == [7] == loads.exact_ids()
    assert rows(loads.place, "ds", "items__kids") == [] == exact_rows(loads.place, "ds", "items__kids")
    assert len(rows(loads.place, "ds", "items_of_others")) == 1


@pytest.mark.parametrize("options", [["--write-disposition", "merge", "--primary-key", "id"]])
def test_merge_is_refused(loads, options):
    done = loads.load(loads.write("a.jsonl", *ROWS), *options, expect=2)
    assert "cannot merge" in done.stderr and not loads.place.keys("ds/items")


def test_a_new_machine_goes_on(loads):
    loads.load(loads.write("a.jsonl", {"id": 1}))
    subprocess.run(["rm", "-rf", loads.folder / "pipelines"], check=True)
    loads.load(loads.write("b.jsonl", {"id": 2, "late": True}))
    versions = [json.loads(loads.place.read(k)) for k in loads.place.keys("ds/_dlt_version/")]
    assert sorted(v["version"] for v in versions) == [1, 2]


def test_rejects_and_drop(loads):
    source = loads.folder / "bad.jsonl"
    source.write_text('{"id": 1}\n{"id": \n')
    loads.load(source, "--rejects", "table", expect=3)
    assert len(rows(loads.place, "ds", "_rejects")) == 1
    loads.run("pipeline", "pipe", "drop", "--destination", loads.place.url, "--pipelines-dir", "pipelines", "--yes")
    assert not files(loads.place, "ds", "items") and not loads.place.keys("ds/_dlt_version/")


def test_plan_touches_nothing(loads):
    loads.load(loads.write("a.jsonl", {"id": 1}))
    before = loads.place.keys()
    loads.run("plan", loads.write("b.jsonl", {"id": 2, "y": 1}), loads.place.url, "--dataset", "ds", "--as", "items", "--pipeline", "pipe")
    assert loads.place.keys() == before


# ---- stopped anywhere ----

@pytest.mark.parametrize("kind", ["append", "replace"])
def test_killed_at_every_step(loads, kill_at, kind):
    """kill -9 at each call that changes the dataset: a reader sees all or nothing, the next run ends or removes it."""
    loads.write("a.jsonl", {"id": 1, "kids": [{"k": 1}]}, {"id": 2})
    loads.write("b.jsonl", {"id": 3, "kids": [{"k": 2}]})
    loads.write("c.jsonl", {"id": 4})
    killed = 0
    loads.load("a.jsonl")
    subprocess.run("mkdir begin && mv out pipelines begin", shell=True, cwd=loads.folder, check=True)
    for step in range(1, 80):
        subprocess.run("rm -rf out pipelines && cp -r begin/. .", shell=True, cwd=loads.folder, check=True)
        done = loads.load("b.jsonl", "--write-disposition", kind, expect=None,
                          env={"LD_PRELOAD": str(kill_at), "KILL_AT": str(step), "KILL_PATH": "/ds/"})
        after = [3] if kind == "replace" else [1, 2, 3]
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL
        killed += 1
        seen = loads.exact_ids()
        assert seen in ([1, 2], after), f"step {step}"
        loads.load("c.jsonl", "--write-disposition", "append")
        there = loads.exact_ids()
        assert there in ([1, 2, 4], sorted(after + [4])) and set(seen) <= set(there) | {1, 2}, f"step {step}"
        assert loads.ids() == there, f"step {step}"
        assert not loads.place.keys("ds/_sluice/new/") and not loads.place.keys("ds/_sluice/pending/")
    assert killed > 15 and done.returncode == 0


# ---- bad cases ----

def test_read_only_folder(loads):
    if os.geteuid() == 0:
        blocked = Path("/proc/sluice")  # root may write everywhere else
    else:
        blocked = loads.folder / "locked"
        blocked.mkdir(mode=0o500)
    done = loads.load(loads.write("a.jsonl", {"id": 1}), url=f"{blocked}/", expect=1)
    assert "cannot make the folder" in done.stderr


def test_full_disk(loads):
    """A file size limit stands in for a full disk: the write fails half way."""
    loads.write("a.jsonl", *({"id": i, "text": os.urandom(60).hex()} for i in range(30000)))
    done = subprocess.run(["sh", "-c", 'trap "" XFSZ; ulimit -f 600; exec "$0" "$@"', *(str(w) for w in (
        os.environ.get("SLUICE_BIN", Path(__file__).parents[2] / "build" / "sluice"), "load", "a.jsonl", loads.place.url, "--dataset", "ds",
        "--as", "items", "--pipeline", "pipe", "--pipelines-dir", "pipelines", "--file-format", "jsonl", "--file-compression", "none"))],
        cwd=loads.folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "too large" in done.stderr.lower()
    assert not loads.place.keys("ds/items") and not loaded(loads.place, "ds") and not loads.place.keys("ds/_sluice/")


def test_damaged_stored_schema(loads):
    loads.load(loads.write("a.jsonl", {"id": 1}))
    (key,) = loads.place.keys("ds/_dlt_version/")
    (loads.place.path / key).write_text("{")
    done = loads.load("a.jsonl", expect=1)
    assert "changed by hand" in done.stderr and loads.ids() == [1]
