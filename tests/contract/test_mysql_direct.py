"""Appends whose columns are known go straight into their table of MariaDB, in one transaction: what is seen of them before its end, of
loads that are killed or fail, and of rows that need more columns than were known."""
import itertools
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import duckdb
import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "e2e")]
import servers_mysql  # noqa: E402
from support import SLUICE  # noqa: E402

ROWS, EVERY = 16000, "3000rows"  # of Parquet: eight blocks
SYSTEM = ["_dlt_loads", "_dlt_pipeline_state", "_dlt_version"]
numbers = itertools.count()


class Dataset:
    def __init__(self, folder):
        self.server, self.folder, self.name = servers_mysql.server(), folder, f"direct{next(numbers)}"

    def words(self, source, *options, table="t", pipeline="p"):
        return [str(w) for w in (SLUICE, "load", source, self.server.url(""), "--dataset", self.name, "--as", table, "--pipeline", pipeline,
                                 "--pipelines-dir", self.folder / self.name, "--retries", "0", "--json", *options)]

    def load(self, source, *options, fault=None, expect=0, **more):
        env = {**os.environ, **({"SLUICE_FAULT": fault} if fault else {})}
        done = subprocess.run(self.words(source, *options, **more), capture_output=True, text=True, timeout=60, env=env)
        assert done.returncode == expect, f"exit {done.returncode} with {fault}\n{done.stderr}"
        return json.loads(done.stdout) if expect == 0 else done.stderr

    def rows(self, query):
        return self.server.sql(query, self.name)

    def tables(self):
        return [name for (name,) in self.rows("show tables")]

    def complete(self):
        """How often each id is there, in rows of loads that are complete."""
        loads = [load for (load,) in self.rows("select load_id from _dlt_loads")] if "_dlt_loads" in self.tables() else []
        if not loads or "t" not in self.tables():
            return Counter()
        return Counter(int(i) for (i,) in self.rows("select id from t join _dlt_loads on load_id = _dlt_load_id"))

    def moved(self):
        """Statements so far, of the whole server, that move rows from one table to another."""
        return int(self.server.sql("show global status like 'Com_insert_select'")[0][1])


@pytest.fixture
def dataset(tmp_path):
    one = Dataset(tmp_path)
    yield one
    one.server.sql(f"drop database if exists `{one.name}`")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Parquet: new.parquet with ROWS ids from 100 on, old.parquet with those before, wide.parquet with a value too large in its last row."""
    folder = tmp_path_factory.mktemp("files")
    columns = "'text ' || i as text, (i / 100)::decimal(12, 2) as price, date '2024-01-01' + i::int % 100 as day"
    for name, first, end, last in (("old", 0, 100, "i"), ("new", 100, 100 + ROWS, "i"), ("wide", 0, ROWS, f"if(i = {ROWS - 1}, 18446744073709551615, i)")):
        duckdb.execute(f"copy (select i as id, ({last})::ubigint as big, {columns} from range({first}, {end}) r(i)) to '{folder / name}.parquet'")
    return folder


POINTS = {  # into a table, with the first of its rows; the others with checkpoints
    True: (["after-open", "after-block:3", "before-commit", "after-commit"], ["in-checkpoint:2", "before-commit"]),
    False: (["after-block", "after-table"], ["in-checkpoint:1"])}


@pytest.mark.parametrize("old", [True, False], ids=["into rows", "into nothing"])
def test_a_kill_at_any_point_loses_and_doubles_nothing(tmp_path, files, old):
    wanted = Counter(range(0 if old else 100, 100 + ROWS))
    plain, checked = POINTS[old]
    for fault, options in [*((p, []) for p in plain), *((p, ["--checkpoint", EVERY, "--verify"]) for p in checked)]:
        dataset = Dataset(tmp_path)
        moved = dataset.moved()
        if old:
            dataset.load(files / "old.parquet")
        dataset.load(files / "new.parquet", *options, fault=f"{fault}=kill", expect=-signal.SIGKILL)
        dataset.server.sql(f"create database if not exists {dataset.name}")
        over = fault == "after-commit"
        assert dataset.complete() == (wanted if over else Counter(range(100 if old else 0))), fault
        assert dataset.moved() == moved, fault
        if not over:
            done = dataset.load(files / "new.parquet", *options)
            continued = options != [] and fault != "in-checkpoint:1"
            assert (done["continued"] is not None) == continued, (fault, done)
            assert dataset.complete() == wanted and dataset.rows("select count(*) from t") == [[str(len(wanted))]], fault
        dataset.server.sql(f"drop database {dataset.name}")


def test_what_goes_straight_and_what_waits(dataset, files):
    def waits(*words, **more):
        before = dataset.moved()
        dataset.load(*words, **more)
        return dataset.moved() > before

    source = f"sqlite:{dataset.folder}/source.db"
    with sqlite3.connect(dataset.folder / "source.db") as c:
        c.executescript("create table a (id integer primary key, n int); insert into a values (1, 2); create table b (id int); insert into b values (3)")
    new, replace = files / "new.parquet", ["--write-disposition", "replace"]
    assert not waits(new, "--verify")
    assert not waits(files / "old.parquet")
    assert waits(new, *replace)
    assert not waits(new, *replace, table="other")
    assert waits(new, "--write-disposition", "merge", "--primary-key", "id")
    assert not waits(source, "--table", "a", "--cursor", "id", "--write-disposition", "append", table="a")
    (dataset.folder / "lines.jsonl").write_text('{"id": 1}\n')
    assert waits(dataset.folder / "lines.jsonl", table="lines")
    assert dataset.complete() == Counter(range(100, 100 + ROWS))


def test_a_load_that_fails_leaves_no_table(dataset, files):
    told = dataset.load(files / "new.parquet", fault="after-block:3=error", expect=1)
    assert "after-block" in told and dataset.tables() == SYSTEM
    (dataset.folder / "t.jsonl").write_text('{"id": "now a text"}\n')
    dataset.load(dataset.folder / "t.jsonl")
    assert dataset.rows("select id from t") == [["now a text"]]
    dataset.load(files / "new.parquet", "--columns", "id:text", fault="after-block:3=error", expect=1)
    assert dataset.rows("select id from t") == [["now a text"]]


def wait_for(condition):
    for _ in range(600):
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come")


def test_rows_of_others_keep_a_table_that_a_failed_load_made(dataset, files):
    """The load waits for a table that somebody has locked; meanwhile a row of somebody else comes into its table."""
    dataset.load(files / "old.parquet", table="before")
    holder = subprocess.Popen(["mariadb", "--no-defaults", "-S", dataset.server.socket, "-uroot", "-e", f"lock tables {dataset.name}._dlt_version read; do sleep(60)"])
    load = subprocess.Popen(dataset.words(files / "new.parquet"), stderr=subprocess.PIPE, text=True)
    try:
        waiting = f"select id from information_schema.processlist where state like 'Waiting for table%lock' and info like 'INSERT INTO `{dataset.name}`%'"
        ((query,),) = wait_for(lambda: dataset.server.sql(waiting))
        assert dataset.rows("select count(*) from t") == [["0"]]
        dataset.rows("insert into t (id, _dlt_load_id, _dlt_id) values (-1, 'mine', 'mine')")
        dataset.server.sql(f"kill query {query}")
        told = load.communicate(timeout=60)[1]
    finally:
        load.kill()
        dataset.server.sql(f"kill {dataset.server.sql(f'''select id from information_schema.processlist where info = 'do sleep(60)' ''')[0][0]}")
        holder.wait()
    assert load.returncode == 1, told
    assert dataset.rows("select id from t") == [["-1"]]


@pytest.mark.parametrize("options", [["--verify"], ["--checkpoint", EVERY]], ids=["verified", "checkpoints"])
def test_a_row_that_needs_another_column_begins_the_load_again(dataset, files, options):
    moved = dataset.moved()
    done = dataset.load(files / "wide.parquet", *options)
    assert "needs a column that the source did not tell of" in done["notes"][0], done["notes"]
    assert dataset.moved() > moved and dataset.complete() == Counter(range(ROWS))
    assert dataset.rows("select id, big, big__v_wei from t where big is null") == [[str(ROWS - 1), None, "18446744073709551615"]]
    assert dataset.rows("select count(*) from _dlt_loads") == [["1"]] and dataset.tables() == [*SYSTEM, *(["_sluice_chunks"] if "--checkpoint" in options else []), "t"]
    done = dataset.load(files / "wide.parquet", *options)  # now the column is there
    assert not any("began again" in note for note in done["notes"]), done["notes"]
    assert dataset.rows("select count(*), count(distinct _dlt_load_id) from t") == [[str(ROWS * 2), "2"]]


def test_pipelines_at_once(dataset, files):
    """Into one table each, and into the same one: the other one's rows are neither seen nor waited for."""
    dataset.load(files / "old.parquet")
    started = [subprocess.Popen(dataset.words(files / "new.parquet", table=table, pipeline=f"p{i}"), stderr=subprocess.PIPE, text=True)
               for i, table in enumerate(("t", "t", "other"))]
    for one in started:
        told = one.communicate(timeout=60)[1]
        assert one.returncode == 0, told
    assert dataset.complete() == Counter(range(100)) + Counter(range(100, 100 + ROWS)) + Counter(range(100, 100 + ROWS))
    assert dataset.rows("select count(*) from other") == [[str(ROWS)]]
