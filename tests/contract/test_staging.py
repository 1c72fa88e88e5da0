"""--staging: rows go to files in a folder or an S3 bucket, and DuckDB loads them from there. The statements of databases that have no
server here are in tests/unit/sql/test_copy.c."""
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "e2e")]
from duckdb_extensions import extension_directory  # noqa: E402
from files_support import Folder  # noqa: E402
from servers_s3 import Bucket, s3_server  # noqa: E402
from support import SLUICE  # noqa: E402

numbers = itertools.count()


@pytest.fixture(scope="module")
def s3(tmp_path_factory):
    with s3_server(tmp_path_factory.mktemp("moto")) as running:
        yield running


class Loads:
    def __init__(self, folder, place, env, options):
        self.folder, self.place, self.options, self.env = folder, place, options, {**os.environ, **env}

    def run(self, source, url, *options, expect=0, env=None):
        done = subprocess.run([SLUICE, "load", source, url, "--dataset", "ds", "--as", "items", "--pipeline", "pipe", "--pipelines-dir", f"p-{url[-9:]}",
                               *options], cwd=self.folder, env={**self.env, **(env or {})}, capture_output=True, text=True, timeout=60)
        assert done.returncode == expect, f"exit {done.returncode}\n{done.stderr}\n{done.stdout}"
        return done

    def load(self, source, *options, **kw):
        return self.run(source, "duckdb:st.duckdb", "--staging", self.place.url, *self.options, *options, **kw)

    def write(self, name, *documents):
        (self.folder / name).write_text("".join(json.dumps(d) + "\n" for d in documents))
        return name

    def rows(self, query, name="st.duckdb"):
        with duckdb.connect(str(self.folder / name), read_only=True) as c:
            return c.execute(query).fetchall()


@pytest.fixture(params=["folder", "s3"])
def loads(request, tmp_path):
    if request.param == "folder":
        return Loads(tmp_path, Folder(tmp_path / "stage"), {}, [])
    bucket = Bucket(request.getfixturevalue("s3"), f"staging-{next(numbers)}")
    extensions = extension_directory(tmp_path / "extensions", "httpfs")
    env = bucket.env(HOME=str(tmp_path), AWS_ENDPOINT_URL_S3=bucket.server.direct)  # DuckDB asks for ranges, which the proxy does not hand on
    return Loads(tmp_path, bucket, env, ["--extension-directory", extensions])


@pytest.mark.parametrize("options", [["append"], ["merge", "--primary-key", "id"]], ids=lambda o: o[-1])
def test_tables_are_those_of_a_load_without(loads, options):
    """Three loads with child tables, new columns and JSON; nothing stays at the place."""
    loads.write("0.jsonl", {"id": 1, "v": 1, "doc": {"a": [1]}, "kids": [{"k": 1}, {"k": 2}]}, {"id": 2, "v": None, "name": "ä'\""})
    loads.write("1.jsonl", {"id": 2, "v": 2.5, "doc": [], "kids": [{"k": 3}]}, {"id": 3, "v": "text", "at": "2024-01-02T03:04:05.000006Z"})
    loads.write("2.jsonl", {"id": 1, "v": 7, "kids": []}, {"id": 3, "v": 8, "more": True, "kids": [{"k": 4, "deep": [5]}]})
    columns = ["--columns", "doc:json", "--write-disposition", *options]
    for n in range(3):
        loads.load(f"{n}.jsonl", *columns, "--verify")
        loads.run(f"{n}.jsonl", "duckdb:plain.duckdb", *columns)
    for table in ("items", "items__kids", "items__kids__deep"):
        described = loads.rows(f"describe ds.{table}", "plain.duckdb")
        assert loads.rows(f"describe ds.{table}") == described
        query = "select " + ", ".join(f'"{r[0]}"' for r in described if not r[0].startswith("_dlt")) + f" from ds.{table} order by all"
        assert loads.rows(query) == loads.rows(query, "plain.duckdb") != []
    assert not loads.place.keys() and not loads.place.uploads()


def test_many_rows_and_files_that_are_kept(loads):
    loads.write("a.jsonl", *({"id": i, "text": f"row {i}" * 50} for i in range(60000)))
    loads.load("a.jsonl", "--file-rows", "20000", "--keep-staged-files")
    assert loads.rows("select count(*), sum(id), count(distinct text) from ds.items") == [(60000, sum(range(60000)), 60000)]
    kept = loads.place.keys()
    assert len(kept) > 1 and all(k.startswith("ds/items/") and k.endswith(".parquet") for k in kept)
    loads.load(loads.write("b.jsonl", {"id": -1}))
    assert loads.place.keys() == kept


def test_what_a_killed_load_left_is_removed(loads):
    loads.load(loads.write("a.jsonl", {"id": 1}))
    for key, data in (("ds/items/1.2.abc.parquet", b"PAR1"), ("ds/_sluice/staged/pipe", b"items/1.2.abc.parquet\n")):
        if hasattr(loads.place, "path"):
            (loads.place.path / key).parent.mkdir(parents=True, exist_ok=True)
            (loads.place.path / key).write_bytes(data)
        else:
            loads.place.write(key, data)
    loads.load(loads.write("b.jsonl", {"id": 2}))
    assert not loads.place.keys() and loads.rows("select id from ds.items order by 1") == [(1,), (2,)]


@pytest.mark.parametrize("options", [["append"], ["replace", "--keep-staged-files"]], ids=lambda o: o[0])
def test_a_killed_load_goes_on_behind_a_checkpoint(loads, options):
    """A file that was loaded with its chunk is not loaded again, and the certificate is of all rows."""
    loads.load(loads.write("a.jsonl", *({"id": -i} for i in range(1, 11))))
    loads.write("b.jsonl", *({"id": i, "text": f"row {i}", "kids": [{"k": i}]} for i in range(3000)))
    words = ["--checkpoint", "500rows", "--verify", "--json", "--write-disposition", *options]
    blocks = {"SLUICE_TEST_BLOCK_BYTES": "8000"}
    loads.load("b.jsonl", *words, expect=-9, env={**blocks, "SLUICE_FAULT": "in-checkpoint:2=kill"})
    loads.load("b.jsonl", *words, expect=-9, env={**blocks, "SLUICE_FAULT": "after-block:3=kill"})
    done = json.loads(loads.load("b.jsonl", *words, env=blocks).stdout)
    assert done["continued"]["records"] >= 500 and [t["rows"] for t in done["certificate"]["tables"]] == [3000, 3000]
    old = {(-i,) for i in range(1, 11)} if options[0] == "append" else set()
    found = loads.rows("select id from ds.items")
    assert len(found) == 3000 + len(old) and set(found) == old | {(i,) for i in range(3000)}
    assert loads.rows("select count(*), count(distinct k) from ds.items__kids") == [(3000, 3000)]
    assert bool(loads.place.keys()) == (len(options) > 1) and not loads.place.uploads()


def test_a_load_that_fails_leaves_nothing(loads):
    loads.load(loads.write("a.jsonl", {"id": 1}))
    (loads.folder / "bad.jsonl").write_text("".join(json.dumps({"id": i}) + "\n" for i in range(50000)) + "{\n")
    loads.load("bad.jsonl", expect=1)
    assert not loads.place.keys() and not loads.place.uploads() and loads.rows("select count(*) from ds.items") == [(1,)]


@pytest.mark.parametrize("loads", ["s3"], indirect=True)
def test_secrets_stay_secret(loads):
    """Of keys that may write but that DuckDB cannot read with: the database's own message, without them."""
    secret = loads.place.server.secret
    loads.write("a.jsonl", {"id": 1})
    (loads.folder / "none").mkdir()
    loads.options = ["--extension-directory", loads.folder / "none"]
    failed = loads.load("a.jsonl", expect=1, env={"http_proxy": "http://127.0.0.1:1"})
    assert "httpfs" in failed.stderr and not loads.place.keys()
    loads.options = ["--extension-directory", loads.folder / "extensions"]
    done = loads.load("a.jsonl")
    for text in (failed.stderr, done.stderr, done.stdout, *(p.read_text(errors="replace") for p in loads.folder.rglob("p-*/**/*") if p.is_file())):
        assert secret not in text


@pytest.mark.parametrize("loads", ["folder"], indirect=True)
@pytest.mark.parametrize("url, options, why", [
    ("sqlite:st.sqlite", ["--staging", "stage/"], "loads no files by itself"), ("out/", ["--staging", "stage/"], "for databases only"),
    ("duckdb:st.duckdb", ["--staging", "other.duckdb"], "in a folder or a bucket"),
    ("duckdb:st.duckdb", ["--staging", "stage/", "--file-format", "csv"], "leave out --file-format"),
    ("duckdb:st.duckdb", ["--staging", "az://c/x", "--account-name", "a", "--account-key", "YWJj"], "not from az")])
def test_what_cannot_be_staged_is_said_before_rows_move(loads, url, options, why):
    source = loads.write("a.jsonl", {"id": 1})
    done = subprocess.run([SLUICE, "load", source, url, "--dataset", "ds", *options], cwd=loads.folder, capture_output=True, text=True)
    assert done.returncode in (1, 2) and why in done.stderr and not loads.place.keys()
