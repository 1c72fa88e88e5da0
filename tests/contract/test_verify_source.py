"""--verify-source: checksums that the source makes of its table by SQL must be those of the rows in the destination."""
import json
import sqlite3
import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "e2e")]
import servers_mysql  # noqa: E402
from servers_postgres import postgres_server  # noqa: E402
from support import Work  # noqa: E402

# (type, values): the edges of each type.
POSTGRES = [
    ("int", "-1", "0", "2147483647"), ("smallint", "-32768", "1", "2"), ("bigint", "-9223372036854775808", "4294967296", "9223372036854775807"),
    ("boolean", "true", "false", "true"), ("numeric(12,2)", "-0.01", "0", "9999999999.99"), ("numeric", "1e-9", "-100", "12345678901234567890.5"),
    ("numeric(38,10)", "1234567890123456789012345678.0000000001", "0", "-1"), ("float8", "0.1", "-0.0", "'NaN'"), ("float4", "0.1", "1e30", "-3.5"),
    ("text", "''", "'Zo\u00eb '", "repeat('abcdefghijkl', 3)"), ("varchar(9)", "'a'", "' '", "'\u65e5\u672c\u8a9e'"), ("char(5)", "'a'", "'abcde'", "''"),
    ("name", "'n'", "'m'", "''"), ("uuid", "'0b0e5e3c-0000-4000-8000-00000000000a'", "gen_random_uuid()", "gen_random_uuid()"),
    ("date", "'1969-12-31'", "'2024-02-29'", "'0001-01-01'"), ("time", "'00:00'", "'23:59:59.999999'", "'12:00:00.5'"),
    ("timestamp", "'1969-12-31 23:59:59.999999'", "'2024-03-31 01:30:00.123456'", "'0001-01-01'"),
    ("timestamptz", "'2024-03-31 01:30:00.123456+02'", "'1900-01-01+00'", "'9999-12-31 23:59:59+00'"), ("bytea", r"'\x00ff'", "''", r"'\x61'"),
    ("inet", "'10.0.0.1'", "'10.0.0.0/8'", "'::1'"), ("interval", "'1 day 02:03'", "'-1 year'", "'0'"), ("money", "1.5", "-0.01", "0"),
    ("oid", "0", "1", "4294967295"), ("int[]", "'{1}'", "'{}'", "'{2,3}'"), ("jsonb", "'1'", "'{}'", "'[]'")]
MARIADB = [
    ("int", "-1", "0", "2147483647"), ("int(8) zerofill", "1", "0", "4294967295"), ("bigint", "-9223372036854775808", "1", "9223372036854775807"),
    ("bigint unsigned", "18446744073709551615", "0", "1"), ("tinyint(1)", "1", "0", "1"), ("decimal(12,2)", "-0.01", "0", "9999999999.99"),
    ("decimal(38,10)", "1234567890123456789012345678.0000000001", "0", "-1"), ("double", "0.1", "1e300", "-0.5"), ("year", "1901", "2024", "2155"),
    ("bit(1)", "1", "0", "1"), ("bit(40)", "1", "0", "b'1111111111111111111111111111111111111111'"), ("text", "''", "'Zo\u00eb '", "repeat('abc', 9)"),
    ("varchar(9) character set latin1", "'\u00e9'", "''", "'a'"), ("char(5)", "'a'", "'abcde'", "''"), ("enum('a','b')", "'a'", "'b'", "'a'"),
    ("date", "'1969-12-31'", "'2024-02-29'", "'1000-01-01'"), ("time(6)", "'00:00:00'", "'23:59:59.999999'", "'12:00:00.5'"),
    ("datetime(6)", "'1969-12-31 23:59:59.999999'", "'2024-03-31 01:30:00.123456'", "'1000-01-01'"), ("datetime", "'2024-01-01 00:00:01'", "'1970-01-01'", "'2000-01-01'"),
    ("timestamp(6) null", "'2024-03-31 01:30:00.123456'", "'1999-01-01'", "'1971-01-01'"), ("blob", "x'00ff'", "''", "x'61'"), ("binary(4)", "x'00ff'", "'a'", "''"),
    ("uuid", "'0b0e5e3c-0000-4000-8000-00000000000a'", "uuid()", "uuid()"), ("json", "'1'", "'{}'", "'[]'")]
SQLITE = [("integer", "-1", "9223372036854775807", "0"), ("real", "0.1", "-0.0", "7"), ("text", "''", "'Zo\u00eb '", "'a'"), ("blob", "x'00ff'", "x''", "x'61'"),
          ("boolean", "1", "0", "1"), ("date", "'2024-02-29'", "'1969-12-31'", "'2000-01-01'"), ("decimal(10,2)", "1.5", "2", "3.25")]
# Of these the source makes none.
NONE = {"postgres": {"int[]", "jsonb"}, "mariadb": {"double", "json"}, "sqlite": {"boolean", "date", "decimal(10,2)"}}


class Loads(Work):
    """One table `items` with a column c0, c1, … for each type: 256 rows, of which each fourth is NULL."""

    def __init__(self, folder, kind, url, types, sql):
        super().__init__(folder)
        self.kind, self.url, self.types, self.sql = kind, url, types, sql
        sql("CREATE TABLE items (id bigint, " + ", ".join(f"c{i} {t[0]}" for i, t in enumerate(types)) + ")")
        for row in range(3):
            sql(f"INSERT INTO items VALUES ({row}, " + ", ".join(t[1 + row] for t in types) + ")")
        sql("INSERT INTO items (id) VALUES (3)")
        for i in range(6):
            sql(f"INSERT INTO items SELECT {4 << i} + id, " + ", ".join(f"c{i}" for i in range(len(types))) + " FROM items")

    def load(self, *options, expect=0, fault=None, verify="--verify-source", to=None):
        done = self.run("load", self.url, to or f"duckdb:{self.database}", "--table", "items", "--dataset", "ds", "--pipelines-dir", self.folder / "p", "--retries", "0",
                        "--json", *(["--tinyint1-is-bool"] if self.kind == "mariadb" else []), "--write-disposition", "replace", verify, *options, expect=expect,
                        env={"SLUICE_FAULT": fault} if fault else {})
        return json.loads(done.out)

    def compared(self, result):
        """The types that were compared, by what the certificate says."""
        (table,) = [t for t in result["certificate"]["tables"] if t["name"] == "items"]
        source = {c["name"]: c for c in table["source"]}
        assert all("checksum" in source[n] or "reason" in source[n] for n in source) and source["id"]["values"] == 256
        return {t[0] for i, t in enumerate(self.types) if "checksum" in source[f"c{i}"]}


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    with postgres_server() as server:
        yield Loads(tmp_path_factory.mktemp("pg"), "postgres", server.url("postgres"), POSTGRES, server.sql)


@pytest.fixture(scope="module")
def mariadb(tmp_path_factory):
    server = servers_mysql.server()
    server.new_database("sums")
    return Loads(tmp_path_factory.mktemp("my"), "mariadb", server.url("sums"), MARIADB, lambda sql: server.sql(sql, "sums"))


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lite")
    connection = sqlite3.connect(folder / "shop.db", isolation_level=None)
    return Loads(folder, "sqlite", f"sqlite:{folder}/shop.db", SQLITE, connection.execute)


@pytest.fixture(params=["postgres", "mariadb", "sqlite"])
def loads(request):
    return request.getfixturevalue(request.param)


def test_every_type_has_the_same_checksum_at_both_ends(loads):
    result = loads.load()
    wanted = {t[0] for t in loads.types} - NONE[loads.kind]
    assert loads.compared(result) == wanted, wanted ^ loads.compared(result)


def test_other_destinations(postgres):
    postgres.sql("CREATE DATABASE copy")
    assert len(postgres.compared(postgres.load(to=postgres.url.rsplit("/", 1)[0] + "/copy"))) >= 20
    assert len(postgres.compared(postgres.load(to=f"sqlite:{postgres.folder}/copy.db"))) >= 12


def test_a_corruption_before_the_rows_are_ours_is_found(loads):
    """What --verify cannot see: its checksums are made of what was read."""
    assert loads.load(fault="after-read=corrupt", verify="--verify")["certificate"]
    before = loads.rows("SELECT count(*), sum(id) FROM ds.items")
    message = json.dumps(loads.load(fault="after-read=corrupt", expect=1))
    assert "column id of table items has 256 values" in message and "nothing was committed" in message
    assert loads.rows("SELECT count(*), sum(id) FROM ds.items") == before


def test_a_cursor_is_verified_by_the_stream(loads):
    result = loads.load("--cursor", "id")
    assert "read by a cursor" in json.dumps(result["warnings"]) and "source" not in result["certificate"]["tables"][0]


def test_a_condition_holds_for_both(loads):
    result = loads.load("--where", "id < 8 -- few")
    assert {c["values"] for c in result["certificate"]["tables"][0]["source"] if c["name"] == "id"} == {8}


def test_merge_and_hostile_names(postgres):
    postgres.sql("""CREATE TABLE "o'dd; x" ("a""b" int, "sel'ect" text); INSERT INTO "o'dd; x" VALUES (1, 'x'), (1, 'y'), (2, NULL)""")
    for naming in ("snake_case", "direct"):
        done = postgres.run("load", postgres.url, f"duckdb:{postgres.folder}/{naming}.duckdb", "--table", "o'dd; x", "--naming", naming, "--as", "odd", "--dataset", "ds", "--json",
                            "--pipelines-dir", postgres.folder / naming, "--verify-source", "--write-disposition", "merge", "--primary-key", 'a"b')
        (table,) = json.loads(done.out)["certificate"]["tables"]
        assert table["compared"] == "staging" and [c["values"] for c in table["source"]] == [3, 2]


def test_sources_without_sql_refuse(tmp_path):
    work = Work(tmp_path)
    done = work.run("load", work.write("a.jsonl", '{"a": 1}\n'), f"duckdb:{work.database}", "--verify-source", "--pipelines-dir", tmp_path / "p", expect=2)
    assert "cannot make checksums by itself" in done.err and "--verify" in done.err
