"""A DuckLake as a destination: the contract suite, and whole loads that are compared with the same loads into a DuckDB file."""
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "e2e")]
from duckdb_extensions import extension_directory  # noqa: E402
from support import SLUICE  # noqa: E402

PROGRAMS = ["contract_destinations", "contract_destination_loads", "contract_destination_stops"]


@pytest.fixture(scope="module")
def extensions(tmp_path_factory):
    return extension_directory(tmp_path_factory.mktemp("extensions"), "ducklake")


class Lake:
    def __init__(self, folder, extensions):
        self.folder, self.extensions = folder, extensions
        self.url = "ducklake:shop.ducklake"

    def run(self, *words, expect=0):
        done = subprocess.run([SLUICE, *map(str, words)], capture_output=True, text=True, cwd=self.folder, timeout=60)
        assert done.returncode == expect, f"exit {done.returncode}\n{done.stderr}\n{done.stdout}"
        return done

    def load(self, source, *options, url=None, **kw):
        url = url or self.url
        return self.run("load", source, url, "--dataset", "ds", "--as", "items", "--pipelines-dir", "pipelines-" + url.partition(":")[0],
                        "--extension-directory", self.extensions, *options, **kw)

    def write(self, name, *documents):
        (self.folder / name).write_text("".join(json.dumps(d) + "\n" for d in documents))
        return name

    def rows(self, query):
        with duckdb.connect(":memory:", config={"extension_directory": str(self.extensions)}) as c:
            c.execute(f"load ducklake; attach 'ducklake:{self.folder}/shop.ducklake' as shop (read_only); use shop")
            return c.execute(query).fetchall()

    def rows_of_file(self, query):
        with duckdb.connect(str(self.folder / "same.duckdb"), read_only=True) as c:
            return c.execute(query).fetchall()


@pytest.fixture
def lake(tmp_path, extensions):
    return Lake(tmp_path, extensions)


@pytest.mark.parametrize("program", PROGRAMS)
def test_contract(program, extensions):
    prefix = "SLUICE_CONTRACT_DESTINATION_DUCKDB"
    environment = {**os.environ, "SLUICE_CONTRACT_PLACE": "duckdb", prefix: "ducklake:{}/shop.ducklake",
                   f"{prefix}_OPTIONS": f"extension-directory={extensions}", f"{prefix}_MISSING": "ducklake:{}/nothing.ducklake",
                   f"{prefix}_BROKEN": "ducklake:/dev/null/shop.ducklake", f"{prefix}_NO_NEGATIVE_ZERO": "1",
                   f"{prefix}_SLOW_QUERY": "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE (a.range + b.range) % 7 = 3"}
    done = subprocess.run([Path(SLUICE).parent / program], env=environment, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0 and ", 0 failed" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("options", [
    ["replace", "--strategy", "staging-optimized"], ["merge", "--primary-key", "id"], ["merge", "--strategy", "scd2"]],
    ids=lambda o: o[-1])
def test_dispositions_are_those_of_a_duckdb_file(lake, options):
    """Three loads with child tables, new columns and a value of another type."""
    lake.write("0.jsonl", {"id": 1, "v": 1, "kids": [{"k": 1}, {"k": 2}]}, {"id": 2, "v": 2, "name": "ä'\""})
    lake.write("1.jsonl", {"id": 2, "v": 2.5, "kids": [{"k": 3}], "doc": {"x": 1}}, {"id": 3, "v": "text"})
    lake.write("2.jsonl", {"id": 1, "v": 7, "kids": []}, {"id": 3, "v": 8, "kids": [{"k": 4, "deep": [5]}]})
    for url in (lake.url, "duckdb:same.duckdb"):
        for n in range(3):
            lake.load(f"{n}.jsonl", "--write-disposition", *options, "--verify", url=url)
    tables = {r[0] for r in lake.rows_of_file("select table_name from duckdb_tables() where schema_name = 'ds'")}
    assert "items__kids__deep" in tables and "_dlt_loads" in tables
    for table in sorted(t for t in tables if not t.startswith("_dlt")):
        names = [r[0] for r in lake.rows_of_file(f"describe ds.{table}") if not r[0].startswith("_dlt")]
        query = f"select {', '.join(names)} from ds.{table} order by all"
        assert [r[:1] for r in lake.rows(f"describe ds.{table}")] == [r[:1] for r in lake.rows_of_file(f"describe ds.{table}")]
        assert lake.rows(query) == lake.rows_of_file(query), table


def test_data_path_and_many_rows(lake):
    lake.write("a.jsonl", *({"id": i, "text": f"row {i}"} for i in range(30000)))
    lake.load("a.jsonl", "--data-path", "files/")
    assert lake.rows("select count(*), sum(id) from ds.items") == [(30000, sum(range(30000)))]
    assert list((lake.folder / "files").rglob("*.parquet"))
    lake.load(lake.write("b.jsonl", {"id": -1}))  # the catalog knows where its files are
    assert lake.rows("select count(*) from ds.items") == [(30001,)]


def test_killed_load_leaves_nothing(lake):
    lake.load(lake.write("a.jsonl", {"id": 1}))
    lake.write("b.jsonl", *({"id": i, "text": "x" * 300} for i in range(200000)))
    load = subprocess.Popen([SLUICE, "load", "b.jsonl", lake.url, "--dataset", "ds", "--as", "items", "--pipelines-dir", "pipelines-ducklake",
                             "--extension-directory", lake.extensions], cwd=lake.folder, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 30
    while not list(lake.folder.rglob("*.parquet")) and load.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
    load.send_signal(signal.SIGKILL)
    assert load.wait() == -signal.SIGKILL
    assert lake.rows("select id from ds.items") == [(1,)]
    lake.load("b.jsonl")
    assert lake.rows("select count(*) from ds.items") == [(200001,)]


def test_extension_that_is_not_there(lake, tmp_path):
    (tmp_path / "none").mkdir()
    lake.extensions = tmp_path / "none"
    done = subprocess.run([SLUICE, "load", lake.write("a.jsonl", {"id": 1}), lake.url, "--extension-directory", tmp_path / "none"],
                          cwd=lake.folder, capture_output=True, text=True, env={**os.environ, "http_proxy": "http://127.0.0.1:1"})
    assert done.returncode != 0 and "extension ducklake is needed" in done.stderr and "--extension-directory" in done.stderr


def test_another_data_path_is_refused(lake):
    lake.load(lake.write("a.jsonl", {"id": 1}), "--data-path", "files/")
    done = lake.load("a.jsonl", "--data-path", "elsewhere/", expect=1)
    assert "DATA_PATH" in done.stderr and lake.rows("select count(*) from ds.items") == [(1,)]
