"""Firebird as a destination: the contract suite over a server (over a file it runs with the other destinations), values that its own
client reads back, staging tables of killed and parallel loads, and what databases refuse."""
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "e2e")]
from servers_firebird import Server, isql  # noqa: E402
from support import SLUICE  # noqa: E402


@pytest.fixture(scope="module")
def server():
    one = Server()
    yield one
    one.remove()


class Loads:
    def __init__(self, folder, server):
        self.folder, self.server, self.url = folder, server, "firebird:shop.fdb"

    def start(self, *words, env=None):
        return subprocess.Popen([SLUICE, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.folder, text=True, env=env)

    def load(self, source, *options, expect=0, url=None, pipelines="pipelines"):
        done = self.start("load", source, url or self.url, "--dataset", "main", "--retries", "0", "--pipelines-dir", pipelines, *options)
        out, err = done.communicate(timeout=60)
        assert done.returncode == expect, f"exit {done.returncode}\n{err}\n{out}"
        return err

    def write(self, name, *documents):
        path = self.folder / name
        path.write_text("".join(json.dumps(d) + "\n" for d in documents))
        return path

    def rows(self, text):
        return isql(self.folder / "shop.fdb", text)

    def staging(self):
        return self.rows("select count(*) from rdb$relations where rdb$relation_type = 4;")


@pytest.fixture
def loads(tmp_path, server):
    return Loads(tmp_path, server)


@pytest.mark.parametrize("program", ["contract_destination_stops"])
def test_contract_over_a_server(program, server):
    prefix = "SLUICE_CONTRACT_DESTINATION_FIREBIRD"
    file = server.folder / "contract.fdb"
    environment = {
        **os.environ, "SLUICE_CONTRACT_PLACE": "firebird", prefix: server.url(f"/{file}"),
        f"{prefix}_RESET": f"rm -f {file}", f"{prefix}_VOLUME": "4000", f"{prefix}_MISSING": server.url("/nowhere/shop.fdb"),
        f"{prefix}_BROKEN": "firebird://sysdba:pass@127.0.0.1:1/shop", f"{prefix}_SECRET": server.url(user="loader", password="s3cr3tS3nt1n3l")}
    done = subprocess.run([Path(SLUICE).parent / program], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and ", 0 failed" in done.stdout, done.stdout + done.stderr


def test_values_as_its_client_reads_them(loads):
    loads.load(loads.write("v.jsonl", {
        "id": 1, "big": -9223372036854775808, "f": 0.1, "t": "2024-05-06T07:08:09.1234+02:00", "d": "2024-02-29", "text": "é\U0001f600 'x'",
        "flag": True, "nested": {"a": [1]}, "exact": "12345678901234567890.5", "price": "-12.30"}, {"id": 2}),
        "--as", "v", "--columns", "nested:json,d:date,exact:decimal(38,9),price:decimal(9,2)", "--verify")
    assert loads.rows("select big, f, t, d, cast(text as varchar(40)) text, flag, cast(nested as varchar(40)) nested, exact, price from v where id = 1;") == [[
        "-9223372036854775808", "0.1000000000000000", "2024-05-06 05:08:09.1234", "2024-02-29", "é\U0001f600 'x'", "<true>", '{"a":[1]}',
        "12345678901234567890.500000000", "-12.30"]]
    assert loads.rows("select count(*) from v where big is null and nested is null;") == [["1"]]


def test_five_loads_with_children(loads):
    for day in range(5):
        documents = [{"id": i, "d": day, "tags": [{"n": i, "d": day}] * (i % 3)} for i in range(day, day + 6)]
        loads.load(loads.write(f"d{day}.jsonl", *documents), "--as", "items", "--primary-key", "id", "--write-disposition", "merge")
    assert loads.rows("select count(*), sum(d), sum(id) from items;") == [["10", str(0 + 1 + 2 + 3 + 4 * 6), "45"]]
    assert loads.rows("select count(*) n, count(distinct d) from items__tags;") == [["9", "3"]]
    assert loads.staging() == [["0"]]


def test_descriptions_are_comments(loads):
    columns = {"a": {"name": "a", "data_type": "bigint", "description": "it's a number"}}
    (loads.folder / "t.schema.json").write_text(json.dumps({"version": 1, "version_hash": "x", "engine_version": 11, "name": "t",
                                                           "tables": {"t": {"description": "a table", "columns": columns}}}))
    loads.load(loads.write("t.jsonl", {"a": 1}), "--as", "t", "--import-schema", "t.schema.json")
    assert loads.rows("select cast(rdb$description as varchar(40)) d from rdb$relations where rdb$relation_name = 'T';") == [["a table"]]
    assert loads.rows("select cast(rdb$description as varchar(40)) d from rdb$relation_fields where rdb$relation_name = 'T' and rdb$field_name = 'A';") == [
        ["it's a number"]]


def test_a_replace_is_undone(loads):
    options = ("--as", "o", "--write-disposition", "replace", "--keep-generations", "1", "--columns", "price:decimal(9,2),doc:json")
    for price in ("1.25", "2.50"):
        loads.load(loads.write("o.jsonl", {"id": 1, "price": price, "doc": {"a": 1}, "kids": [{"k": price}]}), *options, "--pipeline", "p")
    assert loads.rows("select price from o;") == [["2.50"]]
    done = subprocess.run([SLUICE, "undo", loads.url, "--dataset", "main", "--pipeline", "p", "--pipelines-dir", "pipelines"], cwd=loads.folder,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert loads.rows("select price, cast(doc as varchar(20)) doc from o;") == [["1.25", '{"a":1}']]
    assert loads.rows("select cast(k as varchar(20)) k from o__kids;") == [["1.25"]]


def test_names_at_the_limit(loads):
    """31 bytes in Firebird 3: dlt's shortening, and a hash where the dataset is in the name."""
    long = "a_column_whose_name_is_longer_than_thirty_one_bytes"
    path = loads.write("n.jsonl", {long: 1, long + "_2": 2, "select": 3})
    loads.load(path, "--as", "a_table_with_a_name_that_is_far_too_long", "--dataset", "a_long_dataset")
    loads.load(path, "--as", "a_table_with_a_name_that_is_far_too_long", "--dataset", "a_long_dataset")
    names = [n for n, in loads.rows("select trim(rdb$relation_name) from rdb$relations where rdb$system_flag = 0;")]
    assert all(len(n) <= 31 for n in names) and len(names) == 4
    table = next(n for n in names if n.startswith("A_LONG_DATASET___A_TAB"))
    columns = [c for c, in loads.rows(f"select trim(rdb$field_name) from rdb$relation_fields where rdb$relation_name = '{table}';")]
    assert len(columns) == 5 and all(len(c) <= 31 for c in columns)
    assert loads.rows(f'select sum("SELECT") from {table};') == [["6"]]


def test_a_killed_load_leaves_nothing(loads):
    loads.load("example:orders?rows=100", "--as", "o")
    for point in ("after-block", "after-change", "before-commit"):
        child = loads.start("load", "example:orders?rows=100", loads.url, "--as", "o", "--dataset", "main", "--pipelines-dir", "pipelines",
                            env={**os.environ, "SLUICE_FAULT": f"{point}=kill"})
        child.communicate(timeout=60)
        assert child.returncode == -signal.SIGKILL
        assert loads.rows("select count(*) from o;") == [["100"]] and loads.staging() != [["0"]]
    loads.load("example:orders?rows=100", "--as", "o")
    assert loads.rows("select count(*) from o;") == [["200"]] and loads.staging() == [["0"]]


def test_loads_at_the_same_time(loads, server):
    """Into one dataset of one server: each has staging tables of its own, and those who make tables at once get them whole."""
    url = server.url(f"/{loads.folder}/many.fdb")
    loads.folder.chmod(0o777)
    loads.load("example:orders?rows=10", "--as", "t0", url=url, pipelines="p0")
    children = [loads.start("load", "example:orders?rows=1000", url, "--dataset", "main", "--as", f"t{i}", "--pipeline", f"p{i}", "--pipelines-dir", f"q{i}",
                            "--primary-key", "id", "--write-disposition", "merge") for i in range(1, 7)]
    for child in children:
        out, err = child.communicate(timeout=60)
        assert child.returncode == 0, out + err
    for i in range(1, 7):
        assert server.sql(f"select count(*) from t{i};", path=loads.folder / "many.fdb") == [["1000"]]
    assert server.sql("select count(*) from rdb$relations where rdb$relation_type = 4;", path=loads.folder / "many.fdb") == [["0"]]


def test_a_leftover_that_cannot_be_dropped(loads):
    """Nobody's load fails for it, and it keeps no other table."""
    loads.load("example:orders?rows=10", "--as", "o")
    loads.rows('create global temporary table "_DLT_999998_AB" (n integer) on commit preserve rows;'
               'create global temporary table "_DLT_999999_AB" (n integer) on commit preserve rows; commit; create view user_made as select n from "_DLT_999998_AB";')
    loads.load("example:orders?rows=10", "--as", "o", "--primary-key", "id", "--write-disposition", "merge")
    assert loads.rows("select trim(rdb$relation_name) from rdb$relations where rdb$relation_type = 4;") == [["_DLT_999998_AB"]]


# ---- what databases refuse ----

def test_no_permission(loads, server):
    path = loads.folder / "own.fdb"
    loads.folder.chmod(0o777)
    loads.load("example:orders?rows=10", "--as", "o", url=server.url(f"/{path}"), pipelines="p0")
    err = loads.load("example:orders?rows=10", "--as", "o", url=server.url(f"/{path}", user="few"), expect=1)
    assert "no permission" in err and "GRANT" in err
    assert server.sql("select count(*) from o;", path=path) == [["10"]]


def test_read_only_database(loads):
    loads.load("example:orders?rows=10", "--as", "o")
    subprocess.run(["gfix", "-user", "SYSDBA", "-mode", "read_only", loads.folder / "shop.fdb"], check=True)
    err = loads.load("example:orders?rows=10", "--as", "o", expect=1)
    assert "read-only" in err and loads.rows("select count(*) from o;") == [["10"]]


def test_unsupported_type_is_said_before_a_row_moves(loads):
    err = loads.load(loads.write("a.jsonl", {"id": 1}), "--as", "a", "--columns", "id:bigint(128)", expect=1)
    assert "no type for bigint" in err and loads.rows("select count(*) from rdb$relations where rdb$system_flag = 0 and rdb$relation_name = 'A';") == [["0"]]


def test_altered_by_hand(loads):
    path = loads.write("a.jsonl", {"id": 1, "name": "x", "n": 5})
    loads.load(path, "--as", "a")
    loads.rows("alter table a drop n;")
    loads.load(path, "--as", "a")  # the column comes back
    assert loads.rows("select count(*), count(n) from a;") == [["2", "1"]]
    loads.rows("alter table a drop n; commit; alter table a add n date;")
    assert "not of the column's type" in loads.load(path, "--as", "a", expect=1)
    assert loads.rows("select count(*) from a;") == [["2"]]
    loads.rows("drop table a;")
    loads.load(path, "--as", "a")
    assert loads.rows("select count(*), count(n) from a;") == [["1", "1"]]


def test_duplicate_key(loads):
    path = loads.write("a.jsonl", {"id": 1, "n": 1}, {"id": 1, "n": 2})
    loads.load(loads.write("first.jsonl", {"id": 2, "n": 0}), "--as", "a")
    loads.rows("create unique index by_id on a (id);")
    err = loads.load(path, "--as", "a", expect=1)
    assert "unique index" in err and loads.rows("select count(*) from a;") == [["1"]]
    loads.load(path, "--as", "a", "--write-disposition", "merge", "--strategy", "upsert", "--primary-key", "id")  # the last one wins
    assert loads.rows("select id, n from a order by id;") == [["1", "2"], ["2", "0"]]
