"""Sources of loads that are killed and go on: every form of files, and databases whose rows change in between."""
import gzip
import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow
import pyarrow.parquet as parquet
import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "e2e")]
import servers_mysql  # noqa: E402
from servers_postgres import postgres_server  # noqa: E402
from support import SLUICE  # noqa: E402

ROWS = 12000


class Loads:
    def __init__(self, folder):
        self.folder, self.database = folder, folder / "o.duckdb"

    def run(self, source, *options, fault=None):
        env = {**os.environ, "SLUICE_TEST_BLOCK_BYTES": "6000", **({"SLUICE_FAULT": fault} if fault else {})}
        done = subprocess.run([SLUICE, "load", str(source), f"duckdb:{self.database}", "--dataset", "ds", "--pipelines-dir", str(self.folder / "p"),
                               "--parallel", "2", "--json", *options], capture_output=True, text=True, timeout=60, env=env)
        assert done.returncode == (-signal.SIGKILL if fault else 0), done.stderr
        return None if fault else json.loads(done.stdout)

    def rows(self, sql):
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(sql).fetchall()


def lines(first, last):
    return "".join(json.dumps({"id": i, "name": f"n{i}", "v": i / 8}) + "\n" for i in range(first, last))


def table(first, last):
    return "id,name,v\n" + "".join(f'{i},"n{i}",{i / 8}\n' for i in range(first, last))


def write_files(folder, form):
    """The rows in two files, so that one of them is done or both are under way."""
    for n, (first, last) in enumerate([(0, ROWS // 3), (ROWS // 3, ROWS)]):
        path = folder / f"f{n}.{form}"
        if form == "parquet":
            ids = list(range(first, last))
            parquet.write_table(pyarrow.table({"id": ids, "name": [f"n{i}" for i in ids], "v": [i / 8 for i in ids]}), path, row_group_size=500)
            continue
        text = table(first, last) if form.startswith("csv") else lines(first, last)
        if form == "json":
            text = "[" + text.strip().replace("\n", ",\n") + "]"
        path.write_bytes(gzip.compress(text.encode()) if form.endswith("gz") else text.encode())
    return folder / f"f*.{form}"


@pytest.mark.parametrize("form", ["jsonl", "jsonl.gz", "json", "csv", "csv.gz", "parquet"])
def test_files_go_on_in_the_middle(tmp_path, form):
    for time in (1,) if form == "parquet" else (1, 3):
        loads = Loads(tmp_path / str(time))
        loads.folder.mkdir()
        files = write_files(loads.folder, form)
        options = ["--as", "items", "--checkpoint", "1500rows"]
        loads.run(files, *options, fault=f"after-checkpoint:{time}=kill")
        done = loads.run(files, *options)
        assert done["continued"] and 0 < done["continued"]["records"] and done["records"] == ROWS, done
        assert time > 1 or done["continued"]["records"] < ROWS, done
        assert "at row" in done["notes"][0], done["notes"]
        wanted = [(ROWS, ROWS, sum(range(ROWS)), sum(i / 8 for i in range(ROWS)), ROWS)]
        assert loads.rows("select count(*), count(distinct id), sum(id), sum(v), count(distinct name) from ds.items") == wanted


def test_lines_are_counted_on(tmp_path):
    loads = Loads(tmp_path)
    source = tmp_path / "a.jsonl"
    source.write_text(lines(0, ROWS) + "{broken\n")
    options = ["--as", "items", "--checkpoint", "1500rows", "--rejects", "table"]
    loads.run(source, *options, fault="after-checkpoint:3=kill")
    subprocess.run([SLUICE, "load", str(source), f"duckdb:{loads.database}", "--dataset", "ds", "--pipelines-dir", str(tmp_path / "p"), "--parallel", "2", *options],
                   capture_output=True, timeout=60, env={**os.environ, "SLUICE_TEST_BLOCK_BYTES": "6000"})
    assert loads.rows("select line, raw from ds._rejects") == [(ROWS + 1, b"{broken")]
    assert loads.rows("select count(*), count(distinct id) from ds.items") == [(ROWS, ROWS)]


CHANGES = [  # what happens between the two loads, whether rows that were read are concerned
    (None, False), ("update big set v = v + 1 where id = 5", True), ("delete from big where id = 7", True),
    ("insert into big (id, v, pad) values (900000, 1, 'x')", False), ("vacuum full big", True)]


def test_postgres_reads_what_was_read_again_only_if_it_changed(tmp_path):
    with postgres_server() as server:
        server.sql("create table big as select i as id, i * 2 as v, repeat('x', 300) as pad from generate_series(1, 60000) i;"
                   "create table a_small as select 1 as id; create table z_last as select i as id from generate_series(1, 10) i")
        for number, (change, concerned) in enumerate(CHANGES):
            loads = Loads(tmp_path / str(number))
            loads.folder.mkdir()
            options = ["--checkpoint", "9000rows", "--write-disposition", "replace"]
            loads.run(server.url(), *options, fault="after-checkpoint:2=kill")
            if change:
                server.sql(change)
            done = loads.run(server.url(), *options)
            again = any("begins table public.big again" in n for n in done["notes"])
            assert again == concerned and done["continued"], (change, done["notes"])
            wanted = [tuple(map(int, r)) for r in server.rows("select count(*), count(distinct id), sum(v) from big")]
            assert loads.rows("select count(*), count(distinct id), sum(v)::bigint from ds.big") == wanted, change
            assert loads.rows("select (select count(*) from ds.a_small), (select count(*) from ds.z_last)") == [(1, 10)]


def check_database(loads, source, count):
    """A table that is read by ranges of its key: goes on; and begins again when rows were added where it has read."""
    options = ["--checkpoint", "9000rows", "--table", "big"]
    loads.run(source, *options, fault="after-checkpoint:1=kill")
    done = loads.run(source, *options)
    assert done["continued"]["records"] > 0 and done["records"] == count, done
    assert loads.rows("select count(*), count(distinct id), sum(v)::bigint from ds.big") == [(count, count, count * (count + 1))]


def test_sqlite(tmp_path):
    with sqlite3.connect(tmp_path / "s.db") as connection:
        connection.execute("create table big (id integer primary key, v integer, pad text)")
        connection.executemany("insert into big values (?, ?, ?)", ((i, i * 2, "x" * 200) for i in range(1, 60001)))
    check_database(Loads(tmp_path), f"sqlite:{tmp_path}/s.db", 60000)


def test_mariadb(tmp_path):
    server = servers_mysql.server()
    server.new_database("resume")
    server.sql("create table big (id int primary key, v int, pad text); insert into big select seq, seq * 2, repeat('x', 200) from seq_1_to_60000; "
               "analyze table big", "resume")
    check_database(Loads(tmp_path), server.url("resume"), 60000)
