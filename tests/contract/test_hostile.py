"""Hostile table, column and value names: what arrives is what was sent, and nothing else happens in the destination."""
import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "e2e")]
import servers_mysql  # noqa: E402
from servers_postgres import postgres_server  # noqa: E402
from support import Work  # noqa: E402

NAMED = "t'\"`]; DROP TABLE canary; --"
TABLE = "t__`]; DROP TABLE canary; --"  # the naming "direct" keeps all but quotes, as dlt's does
HOSTILE = ["'", '"', "`", "]", "\\", "\\'; DROP TABLE canary; --", "'; DROP TABLE canary; --", '"; DROP TABLE canary; --', "`; DROP TABLE canary; --", "/* not */ closed /*",
           "-- ", "# ", "a\nb", "a\rb", "a\tb", "$$; DROP TABLE canary; $$", "%s %d {} ? :a @b $1", "${x}", "\U0001f41a e\u0301 \u202e", "select", "NULL", "x'41'", "\\N", "\\."]
NAMES = [*HOSTILE, "n" * 300, "\u00e4" * 30]
KEPT = {n for n in NAMES if len(n) <= 30 and n.strip() == n and not {*n} & {*"'\"\r\n"}}  # by the naming, as they are
VALUES = [*HOSTILE, "", "v" * 50000]
DESCRIPTIONS = {"": "the table's\n'; DROP TABLE canary; --", "a": "Zo\u00eb's \\ \"number\" `1`", "later": "\\'; DROP TABLE canary; --"}


class Place:
    """Where loads go: rows come back as texts through hexadecimal, which no client can spoil."""

    def __init__(self, work):
        self.work = work

    def columns(self):
        return [bytes.fromhex(name).decode() for name, in self.ask(self.names)]

    def rows(self):
        chosen = [c for c in self.columns() if not c.startswith("_dlt")]
        found = self.ask("SELECT " + ", ".join(self.hex(self.quote(c)) for c in chosen) + f" FROM {self.table}")
        return [sorted(bytes.fromhex(v).decode() for v in row if v is not None) for row in found]


class DuckDB(Place):
    prepared = "CREATE TABLE canary AS SELECT 1 AS a"
    names = f"SELECT hex(encode(column_name)) FROM information_schema.columns WHERE table_schema = 'ds' AND table_name = '{TABLE}'"
    tables = "SELECT count(*) FROM information_schema.tables WHERE table_name NOT LIKE '\\_dlt%' ESCAPE '\\'"

    comments = ("SELECT '', comment FROM duckdb_tables() WHERE schema_name = 'ds' AND table_name = 't' UNION ALL "
                "SELECT column_name, comment FROM duckdb_columns() WHERE schema_name = 'ds' AND table_name = 't'")

    def __init__(self, work):
        super().__init__(work)
        self.url, self.table = f"duckdb:{work.database}", "ds." + self.quote(TABLE)
        with duckdb.connect(str(work.database)) as connection:
            connection.execute(self.prepared)

    def quote(self, name):
        return '"' + name.replace('"', '""') + '"'

    def hex(self, column):
        return f"hex(encode({column}))"

    def ask(self, sql):
        return self.work.rows(sql)


class SQLite(DuckDB):
    names = f"SELECT hex(name) FROM pragma_table_info('{TABLE}')"
    tables = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_dlt%' ESCAPE '\\'"

    def __init__(self, work):
        Place.__init__(self, work)
        self.url, self.table, self.file = "sqlite:shop.db", self.quote(TABLE), work.folder / "shop__ds.db"
        with closing(sqlite3.connect(self.file)) as connection:
            connection.execute(self.prepared)
            connection.commit()

    def hex(self, column):
        return f"hex({column})"

    def ask(self, sql):
        with closing(sqlite3.connect(self.file)) as connection:
            return connection.execute(sql).fetchall()


class Postgres(DuckDB):
    names = f"SELECT encode(convert_to(column_name, 'UTF8'), 'hex') FROM information_schema.columns WHERE table_schema = 'ds' AND table_name = '{TABLE}'"
    tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema IN ('ds', 'public') AND table_name NOT LIKE '\\_dlt%'"

    comments = ("SELECT '', obj_description('ds.t'::regclass) UNION ALL SELECT attname, col_description(attrelid, attnum) FROM pg_attribute "
                "WHERE attrelid = 'ds.t'::regclass AND attnum > 0")

    def __init__(self, work, server):
        Place.__init__(self, work)
        self.url, self.table, self.server = server.url("hostile"), "ds." + self.quote(TABLE), server
        server.sql("CREATE DATABASE hostile")
        server.sql("CREATE SCHEMA ds; CREATE TABLE ds.canary AS SELECT 1 AS a", "hostile")

    def hex(self, column):
        return f"encode(convert_to({column}, 'UTF8'), 'hex')"

    def ask(self, sql):
        return [tuple(v for v in row) for row in self.server.rows(sql, "hostile")]


class MariaDB(Place):
    names = f"SELECT HEX(column_name) FROM information_schema.columns WHERE table_schema = 'ds' AND table_name = '{TABLE}'"
    tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'ds' AND table_name NOT LIKE '\\_dlt%'"

    comments = ("SELECT '', HEX(table_comment) FROM information_schema.tables WHERE table_schema = 'ds' AND table_name = 't' UNION ALL "
                "SELECT column_name, HEX(column_comment) FROM information_schema.columns WHERE table_schema = 'ds' AND table_name = 't'")

    def __init__(self, work):
        super().__init__(work)
        self.server = servers_mysql.server()
        self.server.new_database("ds")
        self.server.sql("CREATE TABLE canary AS SELECT 1 AS a", "ds")
        self.url, self.table = self.server.url("ds"), self.quote(TABLE)

    def quote(self, name):
        return "`" + name.replace("`", "``") + "`"

    def hex(self, column):
        return f"HEX({column})"

    def ask(self, sql):
        return self.server.sql(sql, "ds")


@pytest.fixture(params=["duckdb", "sqlite", "postgres", "mariadb"])
def place(request, tmp_path):
    work = Work(tmp_path)
    if request.param == "postgres":
        with postgres_server() as server:
            yield Postgres(work, server)
    else:
        yield {"duckdb": DuckDB, "sqlite": SQLite, "mariadb": MariaDB}[request.param](work)


def load(place, documents, *options, **kw):
    source = place.work.write("hostile.jsonl", "".join(json.dumps(d) + "\n" for d in documents))
    return place.work.run("load", source, place.url, "--as", NAMED, "--naming", "direct", "--dataset", "ds", "--pipeline", "hostile", "--pipelines-dir", "pipelines",
                          *options, **kw)


def test_hostile_names_and_values(place):
    names = [n for n in NAMES if max(n) <= "\uffff" or not isinstance(place, MariaDB)]  # its names have no others
    documents = [{name: f"{i}.{j}:{value}" for j, name in enumerate(names)} for i, value in enumerate(VALUES)]
    load(place, documents)
    load(place, documents[1:], "--write-disposition", "merge", "--primary-key", "'")
    columns = [c for c in place.columns() if not c.startswith("_dlt")]
    assert len(columns) == len(names) and KEPT & {*names} <= {*columns}
    assert sorted(place.rows()) == sorted(sorted(d.values()) for d in documents)
    assert place.ask(place.tables)[0][0] in (2, "2")  # the table and the canary


def test_names_that_mariadb_cannot_have(tmp_path):
    place = MariaDB(Work(tmp_path))
    done = load(place, [{"a": 1, "\U0001f41a": 2}], expect=1)
    assert "Invalid utf8mb4 character string" in done.err and place.ask(place.tables) == [["1"]]


def test_nul_is_kept_or_refused(place):
    """PostgreSQL's texts have no NUL: said so, and nothing of the load is there."""
    documents = [{"a": "x"}, {"a": "nul \0 inside"}]
    postgres = isinstance(place, Postgres)
    done = load(place, documents, expect=1 if postgres else 0)
    if postgres:
        assert "NUL" in done.err and place.ask(place.tables)[0][0] == "1"
    else:
        assert sorted(place.rows()) == [["nul \0 inside"], ["x"]]


def test_descriptions_are_comments(place):
    """Of the table, of its columns and of one that comes later; SQLite has no comments, and loads the same."""
    columns = {name: {"name": name, "data_type": "bigint", "nullable": True, "description": text} for name, text in DESCRIPTIONS.items() if name}
    schema = {"version": 1, "version_hash": "x", "engine_version": 11, "name": "t"}
    for known in (["a"], ["a", "later"]):
        table = {"description": DESCRIPTIONS[""], "columns": {name: columns[name] for name in known}}
        place.work.write("t.schema.json", json.dumps({**schema, "tables": {"t": table}}))
        source = place.work.write("t.jsonl", json.dumps(dict.fromkeys(known, 1)))
        place.work.run("load", source, place.url, "--as", "t", "--dataset", "ds", "--pipelines-dir", "pipelines", "--import-schema", "t.schema.json")
    if hasattr(place, "comments") and not isinstance(place, SQLite):
        found = {name: text for name, text in place.ask(place.comments) if text}
        if isinstance(place, MariaDB):
            found = {name: bytes.fromhex(text).decode().replace("\\\\", "\\") for name, text in found.items()}  # see dialect_mysql.c
        assert found == DESCRIPTIONS
    assert place.ask(place.tables)[0][0] in (2, "2")  # the table and the canary
