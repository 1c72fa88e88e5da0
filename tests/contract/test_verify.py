"""--verify: triggers in PostgreSQL corrupt what is written, one thing at a time, and each time the load must fail and leave nothing."""
import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "e2e")]
import servers_mysql  # noqa: E402
from servers_postgres import postgres_server  # noqa: E402
from support import SLUICE  # noqa: E402

COLUMNS = ("id:bigint,price:decimal(12,2),wide:decimal(38,10),ratio:double,zero:double,name:text,empty:text,note:text,flag:bool,day:date,"
           "at:timestamp,tod:time,doc:json,raw:binary")


def document(i):
    return {"id": i, "price": f"{i}234.50", "wide": f"1234567890123456789012345678.{i}987654321", "ratio": 0.1 * i + 1, "zero": 0.0,
            "name": f"Zoë {i}  ", "empty": "", "note": None if i % 2 == 0 else "n", "flag": i % 2 == 0, "day": f"2024-02-2{i}",
            "at": f"2024-03-31T01:30:00.12345{i}Z", "tod": f"23:59:5{i}.5", "doc": {"a": 1, "b": [i, None, "x"], "c": {"d": 1.5}},
            "raw": base64.b64encode(bytes([0, i, 255, 0])).decode(), "kids": [{"k": i, "t": "one"}, {"k": i + 10, "t": "two"}]}


# What becomes of the row with id 2, which has no note.
CHANGES = {
    "one digit of a decimal": "NEW.price := NEW.price + 0.01",
    "the sign of a decimal": "NEW.price := -NEW.price",
    "a rounded decimal": "NEW.price := round(NEW.price)",
    "the last of 38 digits": "NEW.wide := NEW.wide + 0.0000000001",
    "a decimal that went through a double": "NEW.wide := NEW.wide::float8::numeric",
    "an integer off by one": "NEW.id := NEW.id + 1",
    "an integer that became zero": "NEW.id := 0",
    "a double as a float": "NEW.ratio := NEW.ratio::float4",
    "the last bit of a double": "NEW.ratio := NEW.ratio + 2.220446049250313e-16",
    "a double that is no number": "NEW.ratio := 'NaN'",
    "minus zero": "NEW.zero := '-0'::float8",
    "a lost trailing space": "NEW.name := left(NEW.name, -1)",
    "another case": "NEW.name := upper(NEW.name)",
    "another normal form of Unicode": "NEW.name := normalize(NEW.name, NFD)",
    "a text cut short": "NEW.name := left(NEW.name, 3)",
    "an empty text": "NEW.name := ''",
    "a text that became null": "NEW.name := NULL",
    "a null for an empty text": "NEW.empty := NULL",
    "an empty text for a null": "NEW.note := ''",
    "the word null for a null": "NEW.note := 'null'",
    "a truth value turned round": "NEW.flag := NOT NEW.flag",
    "a truth value lost": "NEW.flag := NULL",
    "a date off by one day": "NEW.day := NEW.day + 1",
    "another century": "NEW.day := NEW.day - interval '100 years'",
    "a shifted time zone": "NEW.at := NEW.at + interval '1 hour'",
    "a timestamp cut to milliseconds": "NEW.at := date_trunc('milliseconds', NEW.at)",
    "a microsecond": "NEW.at := NEW.at + interval '1 microsecond'",
    "a time without its fraction": "NEW.tod := date_trunc('second', NEW.tod)",
    "one value within JSON": "NEW.doc := jsonb_set(NEW.doc, '{c,d}', '1.6')",
    "a member of JSON lost": "NEW.doc := NEW.doc - 'a'",
    "a number in JSON as text": "NEW.doc := jsonb_set(NEW.doc, '{a}', '\"1\"')",
    "another order in a JSON list": "NEW.doc := jsonb_set(NEW.doc, '{b}', '[null, 2, \"x\"]')",
    "one byte of binary": "NEW.raw := set_byte(NEW.raw, 3, 1)",
    "a byte of binary cut off": "NEW.raw := substring(NEW.raw FROM 1 FOR 3)",
    "a row that never arrived": "RETURN NULL",
    "another row key": "NEW._dlt_id := 'x' || NEW._dlt_id",
}


class Loads:
    def __init__(self, folder, server):
        self.folder, self.server = folder, server

    def load(self, *options, expect=0, name="a.jsonl", dataset="ds"):
        done = subprocess.run([SLUICE, "load", str(self.folder / name), self.server.url("postgres"), "--dataset", dataset, "--as", "items", "--columns",
                               COLUMNS, "--pipelines-dir", str(self.folder / "p"), "--verify", "--json", *options], capture_output=True, timeout=60)
        assert done.returncode == expect, done.stderr.decode() + done.stdout.decode()
        return json.loads(done.stdout or "null"), done.stderr.decode()

    def sql(self, text):
        return self.server.sql(text)

    def count(self, table):
        return int(self.server.rows(f"SELECT count(*) FROM ds.{table}")[0][0])


@pytest.fixture(scope="module")
def loads(tmp_path_factory):
    folder = tmp_path_factory.mktemp("verify")
    (folder / "a.jsonl").write_text("".join(json.dumps(document(i)) + "\n" for i in range(1, 5)))
    with postgres_server() as server:
        made = Loads(folder, server)
        result, _ = made.load()
        assert {t["name"]: (t["compared"], t["rows"]) for t in result["certificate"]["tables"]} == {
            "items": ("table", 4), "items__kids": ("table", 8)}
        yield made


def with_trigger(loads, body, table="items", when="BEFORE INSERT", scope="EACH ROW", extra=""):
    loads.sql(f"CREATE OR REPLACE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$")
    loads.sql(f"CREATE TRIGGER spoiled {when} ON ds.{table} {extra} FOR {scope} EXECUTE FUNCTION spoil()")
    rows, kids = loads.count("items"), loads.count("items__kids")
    try:
        result, _ = loads.load("--write-disposition", "append", expect=1)
    finally:
        loads.sql(f"DROP TRIGGER spoiled ON ds.{table}")
    assert (loads.count("items"), loads.count("items__kids")) == (rows, kids), "nothing may be committed"
    return json.dumps(result)


@pytest.mark.parametrize("change", CHANGES)
def test_a_corruption_is_found(loads, change):
    message = with_trigger(loads, f"IF NEW.id = 2 THEN {CHANGES[change]}; END IF; RETURN NEW;")
    assert "verification: " in message and "nothing was committed" in message
    column = CHANGES[change].split(" ")[0].removeprefix("NEW.")
    assert column == "RETURN" or f"column {column} of table items" in message or column == "_dlt_id"


def test_a_corruption_before_a_checkpoint_is_found_at_the_end(loads, monkeypatch):
    """A row of an early chunk is changed, the load is killed, and the trigger is gone when it goes on: the sums of that chunk are in the
    ledger. The chunk stays as it is until --fresh removes it."""
    monkeypatch.setenv("SLUICE_TEST_BLOCK_BYTES", "4000")
    words = ("--checkpoint", "100rows")
    (loads.folder / "c.jsonl").write_text("".join(json.dumps({"id": i, "price": f"{i}.50", "name": "x" * 50}) + "\n" for i in range(1000)))
    (loads.folder / "d.jsonl").write_text(json.dumps(document(1)) + "\n")
    loads.load(name="d.jsonl", dataset="chunks")
    loads.sql("CREATE OR REPLACE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.price := NEW.price + 0.01; RETURN NEW; END $$")
    loads.sql("CREATE TRIGGER spoiled BEFORE INSERT ON chunks.items FOR EACH ROW WHEN (NEW.id = 20) EXECUTE FUNCTION spoil()")
    monkeypatch.setenv("SLUICE_FAULT", "after-checkpoint:3=kill")
    loads.load(*words, name="c.jsonl", dataset="chunks", expect=-9)
    monkeypatch.delenv("SLUICE_FAULT")
    loads.sql("DROP TRIGGER spoiled ON chunks.items")
    for _ in range(2):
        result, _ = loads.load(*words, name="c.jsonl", dataset="chunks", expect=1)
        assert "column price of table items" in json.dumps(result) and "--fresh removes it" in json.dumps(result), result
    spoilt = "SELECT count(*) FROM chunks.items WHERE price = 20.51 AND _dlt_load_id NOT IN (SELECT load_id FROM chunks._dlt_loads)"
    assert loads.server.rows(spoilt) == [("1",)]
    done, _ = loads.load(*words, "--fresh", name="c.jsonl", dataset="chunks")
    assert done["continued"] is None and loads.server.rows("SELECT count(*), sum(price) FROM chunks.items WHERE name LIKE 'x%'") == [("1000", "500000.00")]


def test_a_row_that_came_twice(loads):
    twice = "INSERT INTO ds.items SELECT * FROM new_rows WHERE id = 2; RETURN NULL;"
    body = f"IF pg_trigger_depth() < 2 THEN {twice} END IF; RETURN NULL;"
    message = with_trigger(loads, body, when="AFTER INSERT", scope="EACH STATEMENT", extra="REFERENCING NEW TABLE AS new_rows")
    assert "was sent 4 rows, and has 5" in message


def test_values_that_changed_their_rows(loads):
    swap = ("UPDATE ds.items i SET name = o.name FROM new_rows n JOIN new_rows o ON o.id = 3 - n.id WHERE i._dlt_id = n._dlt_id;"
            " RETURN NULL;")
    message = with_trigger(loads, swap, when="AFTER INSERT", scope="EACH STATEMENT", extra="REFERENCING NEW TABLE AS new_rows")
    assert "in other rows" in message


def test_rows_of_child_tables(loads):
    message = with_trigger(loads, "IF NEW.k = 12 THEN NEW.t := 'twO'; END IF; RETURN NEW;", table="items__kids")
    assert "column t of table items__kids" in message
    message = with_trigger(loads, "IF NEW.k = 12 THEN NEW._dlt_parent_id := 'lost'; END IF; RETURN NEW;", table="items__kids")
    assert "items__kids was sent 8 rows, and has 7" in message


def test_a_trigger_that_changes_nothing(loads):
    loads.sql("CREATE OR REPLACE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$")
    loads.sql("CREATE TRIGGER spoiled BEFORE INSERT ON ds.items FOR EACH ROW EXECUTE FUNCTION spoil()")
    result, _ = loads.load("--write-disposition", "append")
    loads.sql("DROP TRIGGER spoiled ON ds.items")
    assert all(t["compared"] == "table" for t in result["certificate"]["tables"])


@pytest.mark.parametrize("strategy", ["delete-insert", "upsert", "insert-only", "scd2", "cdc"])
def test_merges(loads, strategy):
    options = ["--dataset", f"m_{strategy.replace('-', '_')}", "--pipeline", strategy, "--write-disposition", "merge", "--strategy", strategy,
               "--primary-key", "id"]
    first, _ = loads.load(*options)
    assert {t["compared"] for t in first["certificate"]["tables"]} == {"table"}
    again, _ = loads.load(*options)
    whole = strategy in ("delete-insert", "upsert", "cdc")
    assert {t["compared"] for t in again["certificate"]["tables"]} == {"table" if whole else "staging"}


def test_the_trace_shows_it(loads):
    out = subprocess.run([SLUICE, "pipeline", "items", "trace", "--pipelines-dir", str(loads.folder / "p")], capture_output=True).stdout.decode()
    assert "verification: " in out or "row checksum" in out




@pytest.mark.parametrize("where", ["duckdb", "sqlite", "mysql"])
def test_other_databases_hold_what_they_were_sent(tmp_path, where):
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(document(i)) + "\n" for i in range(1, 5)))
    url = {"duckdb": f"{tmp_path}/w.duckdb", "sqlite": f"sqlite:{tmp_path}/w.sqlite"}.get(where) or servers_mysql.server().url("")
    loads = Loads(tmp_path, type("Place", (), {"url": lambda self, _: url})())
    for options in ([], [], ["--write-disposition", "replace"], ["--write-disposition", "merge", "--primary-key", "id", "--as", "merged"]):
        result, _ = loads.load("--dataset", "verified", *options)
        assert {t["compared"] for t in result["certificate"]["tables"]} == {"table"}


def test_the_source_is_asked_how_many_rows_it_has(loads, tmp_path):
    import sqlite3
    loads.sql("CREATE TABLE counted AS SELECT i, 'x' || i AS t FROM generate_series(1, 20000) i; CREATE TABLE none (i int)")
    loads.sql("CREATE VIEW flaky AS SELECT i FROM counted WHERE random() < 0.5")
    with sqlite3.connect(tmp_path / "s.sqlite") as db:
        db.execute("create table counted as with recursive n(i) as (select 1 union all select i + 1 from n where i < 5000) select i from n")
    servers_mysql.server().sql("create database counts; create table counts.counted (i int); insert into counts.counted values (1), (2), (3)")

    def load(source, *options, expect=0):
        done = subprocess.run([SLUICE, "load", source, f"{tmp_path}/out.duckdb", "--dataset", "ds", "--pipelines-dir", str(tmp_path / "p"), "--verify",
                               "--json", *options], capture_output=True, timeout=60)
        assert done.returncode == expect, done.stderr.decode() + done.stdout.decode()
        result = json.loads(done.stdout)
        return result if expect else {t["name"]: (t["source_rows"], t["rows"]) for t in result["certificate"]["tables"]}

    postgres = loads.server.url("postgres")
    assert load(postgres, "--schema", "public", "--table", "counted,none") == {"counted": (20000, 20000)}
    assert load(postgres, "--schema", "public", "--table", "counted", "--where", "i > 19990") == {"counted": (10, 10)}
    assert load(postgres, "--schema", "public", "--table", "counted", "--cursor", "i", "--as", "increments") == {"increments": (None, 20000)}
    assert load(postgres, "--schema", "public", "--table", "counted", "--limit", "7", "--as", "few") == {"few": (None, 7)}
    assert load(f"sqlite:{tmp_path}/s.sqlite") == {"counted": (5000, 5000)}
    assert load(servers_mysql.server().url("counts")) == {"counted": (3, 3)}
    message = load(postgres, "--schema", "public", "--table", "flaky", expect=1)["error"]["message"]
    assert "rows in the source" in message and "were read" in message and "nothing was committed" in message


def test_the_certificate_lies_with_the_load(loads):
    result, _ = loads.load("--pipeline", "kept")
    path = loads.folder / "p" / "kept" / "load" / "loaded" / result["load_id"] / "certificate.json"
    assert json.loads(path.read_text()) == result["certificate"]
