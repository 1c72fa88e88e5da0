"""Generations, undo and the parameters of scd2 where transactions, DDL and names differ: SQLite, PostgreSQL, MariaDB, and PostgreSQL over ODBC."""
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "e2e")]
import servers_mysql  # noqa: E402
import servers_odbc as odbc  # noqa: E402
from servers_postgres import postgres_server  # noqa: E402
from support import SLUICE  # noqa: E402

KINDS = ("sqlite", "postgres", "mysql", "odbc")
COLUMNS = "price:decimal(12,2),at:timestamp,doc:json,raw:binary,day:date"
REPLACE = ("--write-disposition", "replace", "--keep-generations", "1", "--columns", COLUMNS)
TABLES = ("things", "things__kids", "a_name_of_a_table_that_is_rather_long_but_still_fits_into_it")


class Place:
    def __init__(self, kind, folder, url, env):
        self.kind, self.folder, self.url, self.env = kind, folder, url, {**os.environ, **env}

    def run(self, *words, expect=0, **env):
        done = subprocess.run([SLUICE, *map(str, words)], capture_output=True, text=True, cwd=self.folder, timeout=60, env={**self.env, **env})
        assert done.returncode == expect, f"exit {done.returncode}\n{done.stderr}\n{done.stdout}"
        return done.stdout + done.stderr

    def load(self, source, *options, name="things", **kw):
        return self.run("load", source, self.url, "--dataset", self.kind, "--as", name, "--pipeline", name, "--pipelines-dir",
                        self.folder / "pipelines", *options, **kw)

    def write(self, *documents):
        path = self.folder / "in.jsonl"
        path.write_text("".join(json.dumps(d) + "\n" for d in documents))
        return path

    def undo(self, *words, name="things", **kw):
        return self.run("undo", self.url, "--dataset", self.kind, "--pipeline", name, "--pipelines-dir", self.folder / "pipelines", *words, **kw)

    def query(self, sql):
        return json.loads(self.run("query", self.url, sql, "--format", "json"))

    def rows(self, table, columns="*"):
        quote = "`" if self.kind == "mysql" else '"'
        return sorted(json.dumps(row) for row in self.query(f"SELECT {columns} FROM {quote}{self.kind}{quote}.{quote}{table}{quote}"))

    def tables(self):
        """Names of kept tables, from what is noted of them."""
        return [json.loads(r)["kept_as"] for r in self.rows("_sluice_generations", "kept_as")]


def document(i):
    return {"id": i, "price": f"{i}234.50", "at": f"2024-03-31T01:30:00.12345{i}Z", "doc": {"a": [i, None]}, "raw": "AP8=", "day": "2024-02-29",
            "text": f"Zoë '{i}' \\", "nothing": None, "kids": [{"k": i}, {"k": i + 1}]}


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undo")
    ini = odbc.Odbc(tmp_path_factory.mktemp("odbc"))
    maria = servers_mysql.Server()
    with postgres_server() as pg:
        pg.sql("CREATE DATABASE dest")
        maria.sql("create user loader@'%' identified by 'pass'; grant all on *.* to loader@'%'")
        urls = {"sqlite": f"sqlite:{folder}/out.sqlite", "postgres": pg.url("dest"), "mysql": f"mysql://loader:pass@127.0.0.1:{maria.port}",
                "odbc": odbc.postgres(pg, "dest")}
        yield {kind: Place(kind, folder / kind, urls[kind], ini.env) for kind in KINDS}
    maria.remove()


@pytest.fixture
def place(request, places):
    found = places[request.param]
    found.folder.mkdir(exist_ok=True)
    return found


@pytest.mark.parametrize("place", KINDS, indirect=True)
def test_replace_append_and_merge(place):
    place.load(place.write(document(1), document(2)), *REPLACE)
    before = {t: place.rows(t) for t in TABLES[:2]}
    place.load(place.write(document(3)), *REPLACE)
    assert len(place.rows("things")) == 1 and len([t for t in place.tables() if t]) == 2
    assert "This would undo" in place.undo("--dry-run") and len(place.rows("things")) == 1
    assert "Undid load" in place.undo()
    assert {t: place.rows(t) for t in TABLES[:2]} == before
    place.load(place.write(document(4)), "--write-disposition", "append", "--columns", COLUMNS)
    assert len(place.rows("things")) == 3 and len(place.rows("things__kids")) == 6
    place.undo()
    assert {t: place.rows(t) for t in TABLES[:2]} == before
    place.load(place.write(document(2)), "--write-disposition", "merge", "--primary-key", "id", "--columns", COLUMNS)
    assert "cannot" in place.undo(expect=2) or "was not kept" in place.undo(expect=2)
    assert len(place.rows("things")) == 2


@pytest.mark.parametrize("place", KINDS, indirect=True)
def test_generations_are_counted_and_long_names_are_cut(place):
    name = TABLES[2]
    for i in range(4):
        place.load(place.write({"id": i}), *REPLACE, name=name)
    kept = [t for t in place.tables() if t]
    assert len(kept) == 1 and (place.kind == 'sqlite' or len(kept[0]) <= 64)
    assert [json.loads(r)["id"] for r in place.rows(kept[0])] == [2]
    place.undo(name=name)
    assert [json.loads(r)["id"] for r in place.rows(name)] == [2]
    place.undo(name=name, expect=2)


@pytest.mark.parametrize("place", KINDS, indirect=True)
def test_the_state_goes_back(place):
    source = place.folder / "source.sqlite"
    with sqlite3.connect(source) as db:
        db.execute("create table orders (id integer, at integer not null)")
        db.execute("insert into orders values (1, 10)")
    load = lambda: place.load(f"sqlite:{source}", "--cursor", "at", "--write-disposition", "append", name="orders")  # noqa: E731
    load()
    with sqlite3.connect(source) as db:
        db.execute("insert into orders values (2, 20)")
    load()
    assert len(place.rows("orders")) == 2
    assert "as before the load" in place.undo(name="orders")
    load()
    load()
    assert [json.loads(r)["id"] for r in place.rows("orders", "id")] == [1, 2]


@pytest.mark.parametrize("place", KINDS, indirect=True)
def test_a_load_with_checkpoints_keeps_what_it_replaces(place):
    rows = [{"id": i, "pad": "y", "kids": [{"k": i}]} for i in range(200)]
    load = lambda *words, **kw: place.load(place.write(*rows), *REPLACE, *words, name="large", SLUICE_TEST_BLOCK_BYTES="4000", **kw)  # noqa: E731
    load()
    before = [place.rows(t) for t in ("large", "large__kids")]
    rows = [{"id": -i, "pad": "x" * 200} for i in range(500)]
    load("--checkpoint", "100rows", expect=-9, SLUICE_FAULT="after-checkpoint:2=kill")
    assert "not finished" in place.undo(name="large", expect=2)
    load("--checkpoint", "100rows")
    assert len(place.rows("large")) == 500 and place.rows("large__kids") == []
    place.undo(name="large")
    assert [place.rows(t) for t in ("large", "large__kids")] == before


@pytest.mark.parametrize("place", KINDS, indirect=True)
def test_scd2_with_all_its_words(place):
    """Names of the validity columns, the end of active rows, the moment, a version of the source's own; only rows of the given keys retire."""
    def load(moment, *documents):
        place.load(place.write(*documents), "--write-disposition", "merge", "--strategy", "scd2", "--scd2-valid-from", "since", "--scd2-valid-to", "until",
                   "--scd2-active", "9999-12-31T00:00:00Z", "--scd2-boundary", moment, "--scd2-row-version", "v", "--merge-key", "id", name="history")

    load("2024-01-01T00:00:00Z", {"id": 1, "v": "1a", "n": 1}, {"id": 2, "v": "2a", "n": 2})
    load("2024-02-01T00:00:00Z", {"id": 1, "v": "1b", "n": 10})  # 2 is absent, and stays: it is no key of this load
    load("2024-03-01T00:00:00Z", {"id": 1, "v": "1b", "n": 11}, {"id": 3, "v": "3a", "n": 3})  # the version says that 1 has not changed
    found = sorted((r["id"], r["v"], r["n"], str(r["since"])[:10], str(r["until"])[:10]) for r in map(json.loads, place.rows("history", "id, v, n, since, until")))
    assert found == [(1, "1a", 1, "2024-01-01", "2024-02-01"), (1, "1b", 10, "2024-02-01", "9999-12-31"), (2, "2a", 2, "2024-01-01", "9999-12-31"),
                     (3, "3a", 3, "2024-03-01", "9999-12-31")]
