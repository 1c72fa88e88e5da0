"""MySQL and MariaDB as a destination, against a real MariaDB server: the contract suite in both ways of writing, whole loads that the
mariadb client reads back, kills and lost connections, and what servers refuse."""
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "e2e")]
import servers_mysql  # noqa: E402
import servers_odbc  # noqa: E402
from breaking import Breaker  # noqa: E402
from servers_postgres import binaries, postgres_server  # noqa: E402
from support import SLUICE  # noqa: E402

PROGRAMS = ["contract_destinations", "contract_destination_loads", "contract_destination_stops"]
PASSWORD = "p%C3%A4ss%2F%40%3A"


@pytest.fixture(scope="module")
def server():
    one = servers_mysql.Server("--innodb-flush-log-at-trx-commit=1")
    one.sql("create user loader@'%' identified by 'pass'; grant all on *.* to loader@'%' with grant option;"
            "create user few@'%' identified by 'pass'; grant all on mine.* to few@'%'; create database mine")
    yield one
    one.remove()


class Loads:
    def __init__(self, folder, server):
        self.folder, self.server = folder, server
        server.sql("drop database if exists ds; drop database if exists copy")

    def url(self, port=None, user="loader", password="pass", rest=""):
        return f"mysql://{user}:{password}@127.0.0.1:{port or self.server.port}{rest}"

    def run(self, *words, expect=0):
        done = subprocess.run([SLUICE, *map(str, words)], capture_output=True, cwd=self.folder, timeout=60)
        done.out, done.err = done.stdout.decode(), done.stderr.decode()
        assert expect is None or done.returncode == expect, f"exit {done.returncode}\n{done.err}\n{done.out}"
        return done

    def load(self, source, *options, expect=0, url=None):
        return self.run("load", source, url or self.url(), "--dataset", "ds", "--retries", "0", "--pipelines-dir", "pipelines", *options, expect=expect)

    def write(self, name, *documents):
        path = self.folder / name
        path.write_text("".join(json.dumps(d) + "\n" for d in documents))
        return path

    def rows(self, query):
        return [tuple(row) for row in self.server.sql(query, "ds")]


@pytest.fixture
def loads(tmp_path, server):
    return Loads(tmp_path, server)


@pytest.mark.parametrize("program, bulk", [*[(p, "load-data") for p in PROGRAMS], (PROGRAMS[0], "insert")])
def test_contract(program, bulk, server):
    prefix = "SLUICE_CONTRACT_DESTINATION_MYSQL"
    client = f"mariadb --no-defaults -S {server.socket} -uroot"
    server.sql("create database if not exists contract")
    url = f"mysql://loader:pass@127.0.0.1:{server.port}"
    environment = {
        **os.environ, "SLUICE_CONTRACT_PLACE": "mysql", prefix: f"{url}/contract", f"{prefix}_OPTIONS": f"mysql-bulk={bulk}",
        f"{prefix}_RESET": f"{client} -e 'drop database if exists `contract data`; drop database if exists loads; drop table if exists contract.slow'",
        f"{prefix}_SLOW_QUERY": "SELECT count(*) FROM seq_1_to_1000000 a, seq_1_to_1000000 b WHERE (a.seq + b.seq) % 7 = 3",
        f"{prefix}_NO_INFINITY": "1", f"{prefix}_NO_NEGATIVE_ZERO": "1", f"{prefix}_VOLUME": "4000",
        f"{prefix}_REFUSED": f"{url}/contract?nonsense=1", f"{prefix}_MISSING": f"{url}/contrakt",
        f"{prefix}_BROKEN": "mysql://loader:pass@127.0.0.1:1/contract", f"{prefix}_SECRET": f"mysql://loader:s3cr3tS3nt1n3l@127.0.0.1:{server.port}/contract"}
    done = subprocess.run([Path(SLUICE).parent / program], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and ", 0 failed" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("program", PROGRAMS[:2])
def test_contract_over_odbc(program, server):
    """The same database by its ODBC driver: the dialect and the way of loading are the same."""
    prefix = "SLUICE_CONTRACT_DESTINATION_ODBC"
    server.sql("create database if not exists contract")
    environment = {
        **os.environ, "SLUICE_CONTRACT_PLACE": "odbc", prefix: servers_odbc.mariadb(server, "contract", "loader", "pass"), f"{prefix}_NO_NUL": "1",
        f"{prefix}_RESET": f"mariadb --no-defaults -S {server.socket} -uroot -e 'drop database if exists `contract data`; drop database if exists loads'",
        f"{prefix}_NO_INFINITY": "1", f"{prefix}_NO_NEGATIVE_ZERO": "1", f"{prefix}_VOLUME": "4000"}
    done = subprocess.run([Path(SLUICE).parent / program], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and ", 0 failed" in done.stdout, done.stdout + done.stderr


VALUES = {"big": 9223372036854775807, "small": -9223372036854775808, "exact": "12345678901234567890.123456789", "f": 1.7976931348623157e308,
          "tiny": 5e-324, "t": "0001-01-01T00:00:00Z", "late": "9999-12-31T23:59:59.999999Z", "zoned": "2024-05-06T07:08:09.5+02:00",
          "text": "é\U0001f600 \t\n\\N 'NULL' \\t", "flag": False, "nested": {"a": [1, {"b": None}]}, "raw": "AP8Kcg==", "long": "x" * 100000}


@pytest.mark.parametrize("bulk", ["load-data", "insert"])
def test_values_arrive_exactly(loads, bulk):
    columns = "exact:decimal(38,9),nested:json,t:timestamp,late:timestamp,zoned:timestamp,raw:binary"
    loads.load(loads.write("a.jsonl", VALUES, {"text": None}), "--as", "v", "--columns", columns, "--mysql-bulk", bulk, "--verify")
    assert loads.rows("select big, small, exact, f, tiny, t, late, zoned, hex(text), flag, nested, hex(raw), length(`long`), md5(`long`) from v where big > 0") == [
        ("9223372036854775807", "-9223372036854775808", "12345678901234567890.123456789", "1.7976931348623157e308", "5e-324",
         "0001-01-01 00:00:00.000000", "9999-12-31 23:59:59.999999", "2024-05-06 05:08:09.500000", VALUES["text"].encode().hex().upper(), "0",
         '{"a":[1,{"b":null}]}', "00FF0A72", "100000", loads.server.sql("select md5(repeat('x', 100000))")[0][0])]
    types = dict(loads.rows("select column_name, column_type from information_schema.columns where table_schema = 'ds' and table_name = 'v'"))
    assert {types[c] for c in ("big", "exact", "f", "t", "text", "flag", "nested", "raw", "_dlt_id")} == {
        "bigint(20)", "decimal(38,9)", "double", "datetime(6)", "longtext", "tinyint(1)", "longblob", "varchar(128)"}


def test_rows_of_16_megabytes(loads):
    path = loads.write("a.jsonl", *[{"id": i, "text": c * (16 << 20)} for i, c in enumerate("a\\'")])
    loads.load(path, "--as", "wide")
    assert loads.rows("select id, length(text), left(text, 1) from wide order by id") == [(str(i), str(16 << 20), c.replace("\\", "\\\\")) for i, c in enumerate("a\\'")]


def test_200_columns_and_one(loads):
    for n in (200, 1):
        document = {f"column_{i}": f"text {i}" for i in range(n)}
        loads.load(loads.write(f"t{n}.jsonl", document, document), "--as", f"t{n}")
        assert loads.rows(f"select column_0, column_{n - 1} from t{n}") == [("text 0", f"text {n - 1}")] * 2


MERGES = {
    "append": ["--write-disposition", "append"],
    "replace": ["--write-disposition", "replace"],
    "delete-insert": ["--primary-key", "id"],
    "text key": ["--primary-key", "name"],
    "two keys": ["--primary-key", "day,id"],
    "merge key": ["--merge-key", "day"],
    "both keys": ["--primary-key", "id", "--merge-key", "day"],
    "dedup": ["--primary-key", "id", "--dedup-sort", "n:desc"],
    "hard delete": ["--primary-key", "id", "--hard-delete", "gone"],
    "filter": ["--primary-key", "id", "--source-filter", "n > 2"],
    "scope": ["--primary-key", "id", "--destination-scope", "n < 5"],
    "upsert": ["--strategy", "upsert", "--primary-key", "id"],
    "upsert, text key": ["--strategy", "upsert", "--primary-key", "name,day"],
    "upsert, hard delete": ["--strategy", "upsert", "--primary-key", "id", "--hard-delete", "gone"],
    "insert-only": ["--strategy", "insert-only", "--primary-key", "id"],
    "scd2": ["--strategy", "scd2"],
    "scd2, merge key": ["--strategy", "scd2", "--merge-key", "day"],
    "cdc": ["--strategy", "cdc", "--primary-key", "id"],
    "cdc, merge key": ["--strategy", "cdc", "--primary-key", "id", "--merge-key", "day"],
    "cdc, hard delete": ["--strategy", "cdc", "--primary-key", "id", "--hard-delete", "gone"],
}


def documents(load):
    """Keys that come again, twice in a load, only with other capitals or blanks; a new column, children that change."""
    rows = [{"id": i, "day": i % 3, "name": name, "n": (i * 7 + load) % 10, "gone": (i + load) % 5 == 0, "tags": [{"v": f"{load}-{i}-{k}"} for k in range((i + load) % 3)]}
            for i, name in enumerate(["a", "A", "a ", "ä", "b", "it's", "\\", "c" * 300, "c" * 299 + "d", "x"], load * 3)]
    if load > 0:
        rows += [{**rows[0], "n": 99, "fresh": load}, {**rows[1], "n": -1}]
    return rows


@pytest.mark.parametrize("how", MERGES)
def test_dispositions_do_what_they_do_in_duckdb(loads, how):
    options = MERGES[how] if "--write-disposition" in MERGES[how] else ["--write-disposition", "merge", *MERGES[how]]
    for load in range(3):
        path = loads.write(f"{load}.jsonl", *documents(load))
        loads.load(path, "--as", "items", *options)
        loads.run("load", path, "duckdb:other.duckdb", "--dataset", "ds", "--pipelines-dir", "others", "--as", "items", *options)
    valid = ", _dlt_valid_to is null" if "scd2" in how else ""
    root = f"select id, day, name, n, gone, fresh{valid} from items"
    child = "select i.id, i.n, t.v from items i join items__tags t on t._dlt_parent_id = i._dlt_id"
    with duckdb.connect(str(loads.folder / "other.duckdb")) as connection:
        connection.execute("use ds")
        for query in (root, child, "select count(*) from items__tags", "select count(*) from _dlt_loads where status = 0"):
            theirs = sorted(tuple(None if v is None else str(int(v)) if isinstance(v, bool) else str(v) for v in row) for row in connection.execute(query).fetchall())
            ours = sorted(tuple(None if v is None else v.replace("\\\\", "\\") for v in row) for row in loads.rows(query))
            assert sorted(ours, key=str) == sorted(theirs, key=str), query


def test_tables_evolve(loads):
    loads.load(loads.write("a.jsonl", {"id": 1, "n": 5}), "--as", "t")
    many = [{"id": i} for i in range(2, 3000)] + [{"id": 3000, "late": "x", "n": 2.5, "list": [{"q": 1}]}]
    loads.load(loads.write("b.jsonl", *many), "--as", "t", "--on-type-change", "widen")
    assert loads.rows("select id, n = 5, n = 2.5, late from t where id in (1, 3000) order by id") == [("1", "1", "0", None), ("3000", "0", "1", "x")]
    assert loads.rows("select count(*) from t") == [("3000",)] and loads.rows("select q from t__list") == [("1",)]
    loads.load(loads.write("c.jsonl", {"id": "word"}), "--as", "t")
    assert loads.rows("select id__v_text from t where id is null") == [("word",)]


def test_a_table_that_was_there_before(loads):
    loads.server.sql("create database ds; create table ds.t (id int primary key, name varchar(5) not null, extra text) engine=InnoDB;"
                     "insert into ds.t values (1, 'old', 'kept'), (2, 'two', 'stays')")
    merge = ["--as", "t", "--write-disposition", "merge", "--strategy", "upsert", "--primary-key", "id"]
    loads.load(loads.write("a.jsonl", {"id": 1, "name": "new"}, {"id": 3, "name": "three"}), *merge)
    assert loads.rows("select id, name, extra from t order by id") == [("1", "new", "kept"), ("2", "two", "stays"), ("3", "three", None)]
    done = loads.load(loads.write("b.jsonl", {"id": 4, "name": "too long"}), *merge, expect=1)
    assert "name" in done.err and "does not fit" in done.err
    done = loads.load(loads.write("c.jsonl", {"id": 1, "name": "again"}), "--as", "t", "--write-disposition", "append", expect=1)
    assert "Duplicate entry" in done.err and "unique index" in done.err
    assert loads.rows("select count(*) from t") == [("3",)] and loads.rows("select count(*) from _dlt_loads") == [("1",)]


def test_hostile_names_stay_names(loads):
    names = ["a; DROP TABLE ds.x; --", "select", "Ünï", "dollar$", "n" * 64]
    loads.load(loads.write("a.jsonl", {name: i for i, name in enumerate(names)}), "--as", "from where", "--naming", "direct")
    columns = [name for (name,) in loads.rows("select column_name from information_schema.columns where table_name = 'from where' and column_name not like '\\_dlt%' order by ordinal_position")]
    assert [c.replace("\\\\", "\\") for c in columns] == names
    loads.load(loads.write("b.jsonl", {"w" * 90: 1, "list_of_things": [{"x" * 90: 2}]}), "--as", "t" * 80)
    lengths = loads.rows("select max(length(table_name)), max(length(column_name)) from information_schema.columns where table_schema = 'ds'")
    assert lengths == [("64", "64")]


def test_rejected_rows_are_kept(loads):
    (loads.folder / "a.jsonl").write_text('{"id": 1}\n{"id": \n{"id": 3}\n')
    loads.load("a.jsonl", "--as", "t", "--rejects", "table", expect=3)
    assert loads.rows("select count(*) from t") == [("2",)] and loads.rows("select line from _rejects") == [("2",)]


def test_from_and_to_other_databases(loads):
    with sqlite3.connect(loads.folder / "shop.sqlite") as connection:
        connection.execute("create table items (id integer primary key, price decimal(10,2), photo blob, made date, seen timestamp)")
        connection.execute("create table empty (id integer primary key, note text)")
        connection.execute("insert into items values (1, '19.90', x'00ff27', '2024-02-29', '2024-02-29 12:00:00'), (2, null, null, null, null)")
    loads.load("sqlite:shop.sqlite")
    loads.run("load", loads.url(rest="/ds"), loads.url(), "--table", "items,empty", "--dataset", "copy", "--pipelines-dir", "pipelines")
    for database in ("ds", "copy"):
        assert loads.rows(f"select id, price, hex(photo), made, seen from {database}.items order by id") == [
            ("1", "19.90", "00FF27", "2024-02-29", "2024-02-29 12:00:00.000000"), ("2", None, None, None, None)]
        assert loads.rows(f"select count(*) from {database}.empty") == [("0",)]


@pytest.mark.skipif(binaries() is None, reason="no PostgreSQL server here: tools/bootstrap test installs one")
def test_between_postgres_and_mysql(loads):
    with postgres_server() as other:
        other.sql("create database shop")
        other.sql("create table items as select i as id, i * 1.25::numeric(12,2) as price, now() as seen, decode(lpad(to_hex(i), 8, '0'), 'hex') as raw,"
                  "jsonb_build_object('i', i) as doc, i % 2 = 0 as even from generate_series(1, 5000) i", "shop")
        loads.load(other.url("shop"), "--table", "items")
        assert loads.rows("select count(*), sum(price), sum(even), sum(json_value(doc, '$.i') = id), hex(max(raw)) from items") == [("5000", "15628125.000000000", "2500", "5000", "00001388")]
        loads.run("load", loads.url(rest="/ds"), other.url("shop"), "--table", "items", "--dataset", "back", "--pipelines-dir", "pipelines")
        assert other.rows("select count(*) from public.items a join back.items b using (id) where a.price = b.price and a.raw = b.raw and a.doc = b.doc and a.seen = b.seen at time zone 'UTC'",
                          "shop") == [("5000",)]


def test_state_comes_back_from_the_destination(loads):
    with sqlite3.connect(loads.folder / "s.db") as connection:
        connection.execute("create table t (id integer primary key)")
        connection.executemany("insert into t values (?)", [(i,) for i in range(10)])
    loads.load("sqlite:s.db", "--cursor", "id")
    with sqlite3.connect(loads.folder / "s.db") as connection:
        connection.executemany("insert into t values (?)", [(i,) for i in range(10, 15)])
    (loads.folder / "pipelines").rename(loads.folder / "gone")
    loads.load("sqlite:s.db", "--cursor", "id")
    assert loads.rows("select count(*), count(distinct id) from t") == [("15", "15")]


def many_rows(loads):
    with open(loads.folder / "big.jsonl", "w") as big:
        big.writelines(json.dumps({"id": i, "text": "x" * 100, "list": [1, 2, 3]}) + "\n" for i in range(10000))
    return "big.jsonl"


@pytest.mark.parametrize("disposition", ["append", "merge"])
def test_lost_connections_and_kills_lose_and_double_nothing(loads, disposition):
    """The connection goes, or the program is killed, at bytes that the server sends: after each of its answers, up to the commit's."""
    options = ["--as", "t", "--write-disposition", disposition, "--primary-key", "id"]
    loads.load(loads.write("a.jsonl", {"id": -1, "list": [7]}), *options)
    source = many_rows(loads)
    with Breaker(loads.server.port) as whole:
        loads.load(source, *options, url=loads.url(whole.port))
        total = whole.passed
    rows = 10000 + (disposition != "replace")

    def state():
        return [int(n) for (n,) in loads.rows("select count(*) from t union all select count(*) from t__list union all select count(*) from _dlt_loads")]

    expected = state()
    assert expected == [rows, rows * 3 - 2 * (disposition != "replace"), 2]
    for part, kill in ((0.6, True), (0.9, False), (0.97, True), (0.995, False), (0.999, False)):
        with Breaker(loads.server.port, at=int(total * part)) as breaker:
            words = ["load", source, loads.url(breaker.port), "--dataset", "ds", "--pipelines-dir", "pipelines", *options]
            load = subprocess.Popen([SLUICE, *words], cwd=loads.folder, stderr=subprocess.PIPE)
            if kill:
                breaker.action = lambda: load.send_signal(signal.SIGKILL)
            told = load.communicate(timeout=60)[1].decode()
        added = 10000 if disposition == "append" else 0
        after = [expected[0] + added, expected[1] + added * 3, expected[2] + 1]
        for _ in range(100):  # the server may still be rolling back, or committing
            now = state()
            if now == (after if load.returncode == 0 else expected):
                break
            assert now in (expected, after), (part, told)
            if load.returncode < 0 and now == after:
                break
            time.sleep(0.05)
        assert now == after or (load.returncode != 0 and (kill or "lost" in told or "the server closed the connection" in told)), (part, told)
        expected = now
    loads.load(source, *options)
    assert state()[0] == expected[0] + (10000 if disposition == "append" else 0)


def test_the_server_is_killed_while_rows_come(tmp_path):
    own = servers_mysql.Server("--innodb-flush-log-at-trx-commit=1")
    try:
        own.sql("create user loader@'%' identified by 'pass'; grant all on *.* to loader@'%'")
        loads = Loads(tmp_path, own)
        loads.load(loads.write("a.jsonl", {"id": -1, "list": [7]}), "--as", "t")
        source = many_rows(loads)
        with Breaker(own.port) as whole:
            loads.load(source, "--as", "t", url=loads.url(whole.port))
        with Breaker(own.port, at=int(whole.passed * 0.9), action=own.stop) as breaker:
            done = loads.load(source, "--as", "t", url=loads.url(breaker.port), expect=1)
        assert "was lost" in done.err
        own.start()
        assert loads.rows("select count(*) from t union all select count(*) from _dlt_loads") == [("10001",), ("2",)]
        loads.load(source, "--as", "t")
        assert loads.rows("select count(*) from t") == [("20001",)]
    finally:
        own.remove()


def refused(loads, *options, **more):
    done = loads.load(loads.write("a.jsonl", {"id": 1, "text": "x" * 3000}), "--as", "t", *options, expect=1, **more)
    assert "pass@" not in done.err and "Traceback" not in done.err
    return done.err


def test_wrong_password_host_and_database(loads):
    assert "wrong user name or password" in refused(loads, url=loads.url(password="s3cr3t"))
    assert "is the server running" in refused(loads, url=loads.url(port=1))
    assert "no such host" in refused(loads, url="mysql://loader:pass@no-such-host.invalid/")
    assert "no database 'contrakt'" in refused(loads, url=loads.url(rest="/contrakt"))
    assert "s3cr3t" not in refused(loads, url=loads.url(password="s3cr3t"))


def test_rights(loads):
    told = refused(loads, url=loads.url(user="few"))
    assert "GRANT ALL ON the dataset's database" in told and "denied" in told
    url = loads.url(user="few")
    loads.run("load", loads.write("a.jsonl", {"id": 1}), url, "--as", "t", "--dataset", "mine", "--pipelines-dir", "pipelines")
    loads.server.sql("revoke all on mine.* from few@'%'; grant select, insert, delete, update, create temporary tables on mine.* to few@'%'")
    loads.run("load", loads.write("a.jsonl", {"id": 2}), url, "--as", "t", "--dataset", "mine", "--pipelines-dir", "pipelines")
    done = loads.run("load", loads.write("a.jsonl", {"id": 3, "new": 1}), url, "--as", "t", "--dataset", "mine", "--pipelines-dir", "pipelines", expect=1)
    assert "denied" in done.err and "ALTER" in done.err
    assert loads.server.sql("select id from mine.t order by id") == [["1"], ["2"]]


def test_a_server_that_only_reads(loads):
    loads.load(loads.write("b.jsonl", {"id": 0}), "--as", "t")
    loads.server.sql("create user plain@'%' identified by 'pass'; grant all on ds.* to plain@'%'; set global read_only = on")
    try:
        told = refused(loads, url=loads.url(user="plain"))
    finally:
        loads.server.sql("set global read_only = off; drop user plain@'%'")
    assert "read-only" in told and "load into the primary" in told
    assert loads.rows("select id from t") == [("0",)]


def test_packets_and_local_infile(loads):
    """Servers that take no LOAD DATA LOCAL get INSERTs below what they take at once; a row above it is told."""
    loads.server.sql("set global local_infile = off; set global max_allowed_packet = 65536")
    try:
        loads.load(loads.write("a.jsonl", *[{"id": i, "text": "y" * 3000} for i in range(200)]), "--as", "t")
        told = loads.load(loads.write("b.jsonl", {"id": 1, "text": "z" * 70000}), "--as", "t", expect=1).err
        assert "max_allowed_packet" in told and "larger" in told
        assert "local_infile = ON" in refused(loads, "--mysql-bulk", "load-data")
    finally:
        loads.server.sql("set global local_infile = on; set global max_allowed_packet = 268435456")
    assert loads.rows("select count(*), sum(length(text)) from t") == [("200", "600000")]


def test_values_that_do_not_exist_there(loads):
    path = loads.folder / "a.csv"
    path.write_text("id,n\n1,1.5\n2,nan\n")
    told = loads.load(path, "--as", "t", "--columns", "n:double", expect=1).err
    assert "not a number" in told and "--columns n:text" in told
    assert loads.server.sql("show tables from ds") == []


def test_two_loads_into_one_dataset(loads):
    for i in range(2):
        with open(loads.folder / f"{i}.jsonl", "w") as file:
            file.writelines(json.dumps({"id": i * 5000 + k, "list": [k]}) + "\n" for k in range(5000))
    running = [subprocess.Popen([SLUICE, "load", f"{i}.jsonl", loads.url(), "--as", f"t{i}", "--dataset", "ds", "--pipelines-dir", f"p{i}"], cwd=loads.folder, stderr=subprocess.PIPE)
               for i in range(2)]
    for i, one in enumerate(running):
        told = one.communicate(timeout=60)[1].decode()
        if one.returncode != 0:  # both made the dataset's own tables
            assert "at the same moment" in told, told
            loads.run("load", f"{i}.jsonl", loads.url(), "--as", f"t{i}", "--dataset", "ds", "--pipelines-dir", f"p{i}")
    assert loads.rows("select (select count(*) from t0), (select count(*) from t1), (select count(*) from _dlt_loads)") == [("5000", "5000", "2")]
