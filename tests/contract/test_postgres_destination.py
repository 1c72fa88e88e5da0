"""PostgreSQL as a destination, against a real server: the contract suite, and whole loads that psql reads back."""
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "e2e")]
from servers_postgres import binaries, postgres_server  # noqa: E402
from support import SLUICE  # noqa: E402

pytestmark = pytest.mark.skipif(binaries() is None, reason="no PostgreSQL server here: tools/bootstrap test installs one")
PROGRAMS = ["contract_destinations", "contract_destination_loads", "contract_destination_stops"]
PASSWORD = "p%C3%A4ssw%C3%B6rd%2F%40%3A"


@pytest.fixture(scope="module")
def server():
    with postgres_server() as running:
        yield running


class Loads:
    def __init__(self, folder, server):
        self.folder, self.server = folder, server
        server.sql("DROP DATABASE IF EXISTS dest WITH (FORCE)")
        server.sql("CREATE DATABASE dest")

    def run(self, *words, expect=0):
        done = subprocess.run([SLUICE, *map(str, words)], capture_output=True, cwd=self.folder, timeout=60)
        done.out, done.err = done.stdout.decode(), done.stderr.decode()
        assert done.returncode == expect, f"exit {done.returncode}\n{done.err}\n{done.out}"
        assert "pässwörd" not in done.out + done.err and PASSWORD not in done.out + done.err
        return done

    def load(self, source, *options, expect=0):
        return self.run("load", source, self.server.url("dest"), "--dataset", "ds", "--retries", "0", "--pipelines-dir", "pipelines", *options,
                        expect=expect)

    def write(self, name, *documents):
        path = self.folder / name
        path.write_text("".join(json.dumps(d) + "\n" for d in documents))
        return path

    def rows(self, query):
        return self.server.rows(query, "dest")


@pytest.fixture
def loads(tmp_path, server):
    return Loads(tmp_path, server)


@pytest.mark.parametrize("program", PROGRAMS)
def test_contract(program, server):
    binary = Path(SLUICE).parent / program
    prefix = "SLUICE_CONTRACT_DESTINATION_POSTGRES"
    psql = f"{server.bin}/psql -X -q -h {server.folder} -p {server.port} -U postgres"
    server.sql("DROP DATABASE IF EXISTS contract WITH (FORCE)")
    server.sql("CREATE DATABASE contract")
    environment = {
        **os.environ, "SLUICE_CONTRACT_PLACE": "postgres*", prefix: server.url("contract"), f"{prefix}_NO_NUL": "1",
        f"{prefix}_RESET": f'{psql} -c "DROP DATABASE contract WITH (FORCE)" -c "CREATE DATABASE contract"',
        f"{prefix}_SLOW_QUERY": "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b",
        f"{prefix}_REFUSED": server.url("contract", query="?nonsense=1"), f"{prefix}_MISSING": server.url("contrakt"),
        f"{prefix}_BROKEN": server.url("contract", port=1),
        f"{prefix}_SECRET": server.url("contract", password="s3cr3tS3nt1n3l")}
    done = subprocess.run([binary], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and ", 0 failed" in done.stdout, done.stdout + done.stderr


def test_nested_documents_and_merges(loads):
    first = loads.write("a.jsonl", {"id": 1, "name": "ä'\"\\", "lines": [{"q": 1}, {"q": 2}], "deep": {"x": {"y": 1.5}}},
                        {"id": 2, "lines": []})
    second = loads.write("b.jsonl", {"id": 1, "name": "new", "lines": [{"q": 7}], "fresh": True}, {"id": 3})
    for path in (first, second, second):
        loads.load(path, "--as", "orders", "--write-disposition", "merge", "--primary-key", "id")
    assert loads.rows("SELECT id, name, deep__x__y, fresh FROM ds.orders ORDER BY id") == [
        ("1", "new", None, "t"), ("2", None, None, None), ("3", None, None, None)]
    assert loads.rows("SELECT q FROM ds.orders__lines") == [("7",)]
    assert loads.rows("SELECT count(*) FROM ds._dlt_loads WHERE status = 0") == [("3",)]


def test_replace_deletes_the_old_rows_only_with_the_new_ones(loads):
    loads.load(loads.write("a.jsonl", *[{"id": i, "tags": ["x"]} for i in range(50)]), "--as", "t")
    loads.load(loads.write("b.jsonl", {"id": 7}), "--as", "t", "--write-disposition", "replace")
    assert loads.rows("SELECT id FROM ds.t") == [("7",)] and loads.rows("SELECT count(*) FROM ds.t__tags") == [("0",)]
    (loads.folder / "broken.jsonl").write_text('{"id": 8}\n{"id": ')
    loads.load("broken.jsonl", "--as", "t", "--write-disposition", "replace", expect=1)
    assert loads.rows("SELECT id FROM ds.t") == [("7",)]


def test_values_arrive_exactly(loads):
    values = {"big": 9223372036854775807, "small": -9223372036854775808, "exact": "12345678901234567890.123456789",
              "f": 1.7976931348623157e308, "tiny": 5e-324, "t": "0001-01-01T00:00:00Z", "late": "9999-12-31T23:59:59.999999Z",
              "text": "\u00e9\U0001f600 \t\n", "flag": False, "nested": {"a": [1, {"b": None}]}}
    columns = "exact:decimal(38,9),nested:json,t:timestamp,late:timestamp"
    loads.load(loads.write("a.jsonl", values), "--as", "v", "--columns", columns)
    assert loads.rows('SELECT big, small, exact, f, tiny, t, late, text, flag, nested::text FROM ds.v') == [
        ("9223372036854775807", "-9223372036854775808", "12345678901234567890.123456789", "1.7976931348623157e+308",
         "5e-324", "0001-01-01 00:00:00+00", "9999-12-31 23:59:59.999999+00", "\u00e9\U0001f600 \t\n", "f",
         '{"a": [1, {"b": null}]}')]


def test_from_databases(loads):
    with sqlite3.connect(loads.folder / "shop.sqlite") as connection:
        connection.execute("create table items (id integer primary key, price decimal(10,2), photo blob, made date)")
        connection.execute("insert into items values (1, '19.90', x'00ff', '2024-02-29'), (2, null, null, null)")
    loads.load("sqlite:shop.sqlite")
    assert loads.rows("SELECT id, price, photo, made FROM ds.items ORDER BY id") == [
        ("1", "19.90", "\\x00ff", "2024-02-29"), ("2", None, None, None)]
    loads.run("load", loads.server.url("dest"), loads.server.url("dest"), "--schema", "ds", "--table", "items", "--dataset", "copy",
              "--pipelines-dir", "pipelines")
    assert loads.rows("SELECT id, price, photo, made FROM copy.items ORDER BY id") == [
        ("1", "19.90", "\\x00ff", "2024-02-29"), ("2", None, None, None)]


def test_hostile_names_stay_names(loads):
    """What the naming convention lets through is quoted."""
    loads.load(loads.write("a.jsonl", {"a; DROP TABLE ds.x; --": 1, "select": 2, "\u00dcn\u00ef": 3}), "--as", "from where",
               "--naming", "direct")
    columns = [name for (name,) in loads.rows("SELECT column_name FROM information_schema.columns WHERE table_name = 'from where' "
                                              "AND column_name NOT LIKE '\\_dlt%' ORDER BY ordinal_position")]
    assert columns == ["a; DROP TABLE ds.x; --", "select", "\u00dcn\u00ef"]
    assert loads.rows('SELECT "select", "\u00dcn\u00ef" FROM ds."from where"') == [("2", "3")]


def test_names_are_as_long_as_postgres_counts(loads):
    """63 bytes, not characters: a longer one would be cut by the server and then not be found."""
    name = "\u00fc" * 40  # 80 bytes
    for value in (1, 2):
        loads.load(loads.write("a.jsonl", {"id": value, name: value, "l" + name: [{name + "x": value}]}), "--as", "t" + name, "--naming", "direct",
                   "--write-disposition", "merge", "--primary-key", "id")
    tables = [n for (n,) in loads.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'ds' AND tablename NOT LIKE '\\_dlt%' ORDER BY 1")]
    assert len(tables) == 2 and all(n.startswith("t\u00fc") and 60 < len(n.encode()) <= 63 for n in tables), tables
    column = loads.rows(f"SELECT column_name FROM information_schema.columns WHERE table_name = '{tables[0]}' AND column_name LIKE '\u00fc%'")
    assert [len(c.encode()) for (c,) in column] == [62] and loads.rows(f'SELECT sum("{column[0][0]}") FROM ds."{tables[0]}"') == [("3",)]


@pytest.mark.parametrize("disposition", ["append", "replace"])
def test_a_killed_load_leaves_no_trace(loads, disposition):
    loads.load(loads.write("a.jsonl", {"id": 0}), "--as", "t")
    with open(loads.folder / "big.jsonl", "w") as big:
        big.writelines(json.dumps({"id": i, "text": "x" * 200, "list": [1, 2, 3]}) + "\n" for i in range(300000))
    words = ["load", "big.jsonl", loads.server.url("dest"), "--as", "t", "--dataset", "ds", "--pipelines-dir", "pipelines",
             "--write-disposition", disposition]
    # Its input does not end, so it is never over before it is killed.
    load = subprocess.Popen([SLUICE, "load", "-", *words[2:]], cwd=loads.folder, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    load.stdin.write((loads.folder / "big.jsonl").read_bytes())
    load.stdin.flush()
    time.sleep(0.5)
    assert load.poll() is None
    load.send_signal(signal.SIGKILL)
    load.wait()
    assert loads.rows("SELECT id FROM ds.t") == [("0",)]
    loads.run(*words)
    assert loads.rows("SELECT count(*) FROM ds.t") == [("300001" if disposition == "append" else "300000",)]
    assert loads.rows("SELECT count(*) FROM ds.t__list") == [("900000",)]


@pytest.mark.parametrize("change, text", [("?sslmode=require", "TLS"), ("@", "password"), ("/nothing", "nothing")])
def test_a_destination_that_refuses(loads, change, text):
    url = {"?sslmode=require": loads.server.url("dest", query="?sslmode=require"),
           "@": loads.server.url("dest", password="wrong"), "/nothing": loads.server.url("nothing")}[change]
    done = loads.run("load", loads.write("a.jsonl", {"id": 1}), url, "--pipelines-dir", "pipelines", expect=1)
    assert text in done.err
