"""ODBC as a destination, against real servers through real drivers: the contract suite, and whole loads that the servers' own
clients read back."""
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "e2e")]
import servers_mysql  # noqa: E402
import servers_odbc as odbc  # noqa: E402
from servers_postgres import Proxy, binaries, postgres_server  # noqa: E402
from support import REPO, SLUICE  # noqa: E402

pytestmark = [pytest.mark.skipif(not odbc.manager(), reason="no libodbc.so.2 here: tools/bootstrap test installs it"),
              pytest.mark.skipif(not all(map(odbc.library, odbc.LIBRARIES)), reason="ODBC drivers are missing: tools/bootstrap test"),
              pytest.mark.skipif(binaries() is None, reason="no PostgreSQL server here: tools/bootstrap test")]
PROGRAMS = ["contract_destinations", "contract_destination_loads", "contract_destination_stops"]
PREFIX = "SLUICE_CONTRACT_DESTINATION_ODBC"


@pytest.fixture(scope="module")
def pg():
    with postgres_server() as running:
        yield running


@pytest.fixture(scope="module")
def ini(tmp_path_factory):
    return odbc.Odbc(tmp_path_factory.mktemp("odbc"))


def run_contract(program, environment):
    done = subprocess.run([Path(SLUICE).parent / program], env={**os.environ, "SLUICE_CONTRACT_PLACE": "odbc*", **environment}, capture_output=True,
                          text=True, timeout=120)
    assert done.returncode == 0 and ", 0 failed" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("program", PROGRAMS)
def test_contract_on_postgres(program, pg, ini):
    psql = f"{pg.bin}/psql -X -q -h {pg.folder} -p {pg.port} -U postgres"
    pg.sql("DROP DATABASE IF EXISTS contract WITH (FORCE)")
    pg.sql("CREATE DATABASE contract")
    run_contract(program, {
        **ini.env, PREFIX: odbc.postgres(pg, "contract"), f"{PREFIX}_NO_NUL": "1", f"{PREFIX}_VOLUME": "1500",
        f"{PREFIX}_RESET": f'{psql} -c "DROP DATABASE contract WITH (FORCE)" -c "CREATE DATABASE contract"',
        f"{PREFIX}_SLOW_QUERY": "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b",
        f"{PREFIX}_REFUSED": "odbc:", f"{PREFIX}_MISSING": odbc.postgres(pg, "contrakt"),
        f"{PREFIX}_BROKEN": odbc.postgres(pg, "contract", port=1), f"{PREFIX}_SECRET": odbc.postgres(pg, "contract", password="s3cr3tS3nt1n3l")})


class Loads:
    """Loads over ODBC into a database of its own, which its own client reads back."""

    def __init__(self, folder, ini, server, location):
        self.folder, self.ini, self.server, self.location = folder, ini, server, location

    def run(self, *words, expect=0, env=None):
        done = subprocess.run([SLUICE, *map(str, words)], capture_output=True, text=True, cwd=self.folder, timeout=60,
                              env={**os.environ, **self.ini.env, **(env or {})})
        assert done.returncode == expect, f"exit {done.returncode}\n{done.stderr}\n{done.stdout}"
        assert "pässwörd" not in done.stdout + done.stderr and "s3cret" not in done.stdout + done.stderr
        return done

    def load(self, source, *options, to=None, expect=0, env=None):
        return self.run("load", source, to or self.location, "--dataset", "ds", "--retries", "0", "--pipelines-dir", "pipelines", *options, expect=expect, env=env)

    def write(self, name, *documents):
        path = self.folder / name
        path.write_text("".join(json.dumps(d) + "\n" for d in documents))
        return path

    def rows(self, query):
        return self.server.rows(query, "dest")


@pytest.fixture
def loads(tmp_path, pg, ini):
    pg.sql("DROP DATABASE IF EXISTS dest WITH (FORCE)")
    pg.sql("CREATE DATABASE dest")
    return Loads(tmp_path, ini, pg, odbc.postgres(pg, "dest"))


VALUES = {"big": 9223372036854775807, "small": -9223372036854775808, "exact": "12345678901234567890.123456789", "f": 1.7976931348623157e308,
          "tiny": 5e-324, "t": "0001-01-01T00:00:00Z", "late": "9999-12-31T23:59:59.999999Z", "text": "é😀 \t\n'\\\"; DROP TABLE ds.v; --?",
          "flag": False, "nested": {"a": [1, {"b": "it's"}]}, "day": "2024-02-29", "clock": "23:59:59.999999", "nothing": ""}
TYPES = "exact:decimal(38,9),nested:json,t:timestamp,late:timestamp,day:date,clock:time"


@pytest.mark.parametrize("how", ["arrays", "literals"])
def test_values_arrive_exactly(loads, how):
    loads.load(loads.write("a.jsonl", VALUES, {"big": None}), "--as", "v", "--columns", TYPES, "--odbc-insert", how)
    assert loads.rows("SELECT big, small, exact, f, tiny, t, late, text, flag, nested::text, day, clock, nothing FROM ds.v WHERE big IS NOT NULL") == [
        ("9223372036854775807", "-9223372036854775808", "12345678901234567890.123456789", "1.7976931348623157e+308", "5e-324",
         "0001-01-01 00:00:00+00", "9999-12-31 23:59:59.999999+00", VALUES["text"], "f", '{"a": [1, {"b": "it\'s"}]}', "2024-02-29", "23:59:59.999999",
         "")]
    loads.load(loads.write("b.jsonl", VALUES), "--as", "v", "--columns", TYPES)  # what is there is found again as what it is
    assert loads.rows("SELECT count(*) FROM ds.v") == [("3",)]


# psqlodbc as a driver that takes one set of parameters at a time; and who binds any is told that it failed.
NO_ARRAYS = """
#include <dlfcn.h>
#include <sql.h>
#include <sqlext.h>
typedef SQLRETURN (*setter)(SQLHSTMT, SQLINTEGER, SQLPOINTER, SQLINTEGER);
static SQLRETURN set(const char *name, SQLHSTMT h, SQLINTEGER what, SQLPOINTER value, SQLINTEGER n) {
  setter real = (setter)dlsym(dlopen(DRIVER, RTLD_NOW), name);
  return what == SQL_ATTR_PARAMSET_SIZE && (SQLULEN)value > 1 ? SQL_SUCCESS_WITH_INFO : real(h, what, value, n);
}
SQLRETURN SQLSetStmtAttr(SQLHSTMT h, SQLINTEGER w, SQLPOINTER v, SQLINTEGER n) { return set("SQLSetStmtAttr", h, w, v, n); }
SQLRETURN SQLSetStmtAttrW(SQLHSTMT h, SQLINTEGER w, SQLPOINTER v, SQLINTEGER n) { return set("SQLSetStmtAttrW", h, w, v, n); }
SQLRETURN SQLBindParameter(SQLHSTMT h, SQLUSMALLINT i, SQLSMALLINT io, SQLSMALLINT c, SQLSMALLINT s, SQLULEN l, SQLSMALLINT d, SQLPOINTER p, SQLLEN b, SQLLEN *n) {
  (void)h, (void)i, (void)io, (void)c, (void)s, (void)l, (void)d, (void)p, (void)b, (void)n;
  return SQL_ERROR;
}
"""


def test_a_driver_without_arrays_gets_literals(loads, tmp_path):
    ini, real = odbc.Odbc(tmp_path), odbc.library("PostgreSQL Unicode")
    (tmp_path / "no_arrays.c").write_text(NO_ARRAYS)
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", f'-DDRIVER="{real}"', "-o", "no_arrays.so", "no_arrays.c", "-Wl,--no-as-needed", real,
                    f"-Wl,-rpath,{Path(real).parent}", "-ldl"], check=True, cwd=tmp_path)
    ini.write("odbcinst.ini", {"No arrays": {"Driver": tmp_path / "no_arrays.so"}})
    to = odbc.postgres(loads.server, "dest", driver="No arrays")
    loads.load(loads.write("a.jsonl", VALUES, {"big": None}), "--as", "v", "--columns", TYPES, to=to, env=ini.env)
    assert loads.rows("SELECT count(*), count(big), max(exact) FROM ds.v") == [("2", "1", "12345678901234567890.123456789")]
    failed = loads.load("a.jsonl", "--as", "w", "--odbc-insert", "arrays", to=to, env=ini.env, expect=1)  # nobody but literals gets through
    assert "w" in failed.stderr and loads.rows("SELECT to_regclass('ds.w') IS NULL") == [("t",)]


def test_a_dialect_for_a_query(loads):
    loads.run("query", loads.location, "SELECT 1 AS one", "--dialect", "redshift", "--format", "csv")
    failed = loads.run("query", loads.location, "SELECT 1", "--dialect", "nothing", expect=2)
    assert "no SQL dialect is known by the name 'nothing'" in failed.stderr


def test_nested_documents_merges_and_evolution(loads):
    first = loads.write("a.jsonl", {"id": 1, "name": "ä'\"\\", "lines": [{"q": 1}, {"q": 2}], "deep": {"x": {"y": 1.5}}}, {"id": 2, "lines": []})
    second = loads.write("b.jsonl", {"id": 1, "name": "new", "lines": [{"q": 7}], "fresh": True}, {"id": 3})
    for path in (first, second, second):
        loads.load(path, "--as", "orders", "--write-disposition", "merge", "--primary-key", "id")
    assert loads.rows("SELECT id, name, deep__x__y, fresh FROM ds.orders ORDER BY id") == [
        ("1", "new", None, "t"), ("2", None, None, None), ("3", None, None, None)]
    assert loads.rows("SELECT q FROM ds.orders__lines") == [("7",)]
    loads.load(loads.write("c.jsonl", {"id": 9}), "--as", "orders", "--write-disposition", "replace")
    assert loads.rows("SELECT id FROM ds.orders") == [("9",)] and loads.rows("SELECT count(*) FROM ds.orders__lines") == [("0",)]
    assert loads.rows("SELECT count(*) FROM ds._dlt_loads WHERE status = 0") == [("4",)]


def test_long_values(loads):
    """Longer than an array may be: they go alone, and in pieces."""
    sizes = [10, 3_000_000, 6, 16_000_000, 0, 70_000]
    with open(loads.folder / "long.jsonl", "w") as f:
        f.writelines(json.dumps({"id": i, "text": "é" * (n // 2), "more": "x"}) + "\n" for i, n in enumerate(sizes))
    loads.load("long.jsonl", "--as", "long")
    assert loads.rows("SELECT id, octet_length(text), md5(text) = md5(repeat('é', octet_length(text) / 2)), more FROM ds.long ORDER BY id") == [
        (str(i), str(n), "t", "x") for i, n in enumerate(sizes)]


def test_hostile_names_stay_names(loads):
    loads.load(loads.write("a.jsonl", {"a; DROP TABLE ds.x; --": 1, "select": 2, "Ünï": 3, "what?": 4}), "--as", "from where", "--naming", "direct")
    assert loads.rows('SELECT "select", "Ünï", "what?", "a; DROP TABLE ds.x; --" FROM ds."from where"') == [("2", "3", "4", "1")]


def test_dispositions_that_a_dialect_cannot(loads):
    """They are refused before any row moves: Trino has no transactions, Redshift no MERGE with conditions."""
    path = loads.write("a.jsonl", {"id": 1})
    for dialect, options, text in [
            ("trino", ["--write-disposition", "replace"], "no transactions"),
            ("trino", ["--write-disposition", "merge", "--primary-key", "id"], "cannot merge with strategy delete-insert"),
            ("redshift", ["--write-disposition", "merge", "--strategy", "upsert", "--primary-key", "id"], "cannot merge with strategy upsert")]:
        failed = loads.load(path, "--as", "t", "--dialect", dialect, *options, expect=2)
        assert text in failed.stderr, failed.stderr
    assert loads.rows("SELECT count(*) FROM pg_tables WHERE tablename = 't'") == [("0",)]


def test_bad_cases_say_what_to_do(loads, pg):
    pg.sql("DROP ROLE IF EXISTS guest")
    pg.sql("CREATE ROLE guest LOGIN PASSWORD 's3cret'")
    path = loads.write("a.jsonl", {"id": 1})
    for location, options, code, parts in [
            ("odbc:Driver={Sybase};Server=x", [], 1, ["Can't open lib", "installed drivers: PostgreSQL Unicode"]),
            ("odbc:nothing", [], 2, ["Data source name not found", "odbcinst -q"]),
            (odbc.postgres(pg, "dest", password="s3cret"), [], 1, ["password authentication failed", "check user and password"]),
            (odbc.postgres(pg, "nothing"), [], 1, ["does not exist", "check the name"]),
            (odbc.postgres(pg, "dest", port=1), [], 1, ["refused", "is the server running"]),
            (odbc.postgres(pg, "dest", user="guest", password="s3cret"), [], 1, ["permission denied", "GRANT"]),
            (odbc.postgres(pg, "dest"), ["--dialect", "cobol"], 2, ["by the name 'cobol'", "mssql, mysql, oracle, postgres"]),
            (odbc.sqlite(loads.folder / "x.db"), ["--dialect", "nothing"], 2, ["no SQL dialect"]),
            ("odbc:", [], 2, ["needs the name of a data source"])]:
        failed = loads.load(path, "--as", "t", *options, to=location, expect=code)
        for part in [*parts, "sluice: "]:
            assert part in failed.stderr, (location, part, failed.stderr)
        assert len(failed.stderr) < 900 and failed.stderr.count("\n") == 1, failed.stderr


@pytest.mark.parametrize("bytes_sent", [5_000, 30_000])
def test_a_connection_that_breaks_leaves_nothing(loads, pg, bytes_sent):
    """While tables are made, and while rows go."""
    with open(loads.folder / "many.jsonl", "w") as f:
        f.writelines(json.dumps({"id": i, "text": "x" * 200}) + "\n" for i in range(20000))
    with Proxy(pg.port, {0: (bytes_sent, None)}) as proxy:
        failed = loads.load("many.jsonl", "--as", "t", to=odbc.postgres(pg, "dest", port=proxy.port), expect=1)
    assert "the connection was lost" in failed.stderr, failed.stderr
    assert loads.rows("SELECT count(*) FROM pg_tables WHERE schemaname = 'ds'") == [("0",)]
    loads.load("many.jsonl", "--as", "t")
    assert loads.rows("SELECT count(*), sum(id) FROM ds.t") == [("20000", "199990000")]


def test_without_the_driver_manager(loads):
    failed = loads.load(loads.write("a.jsonl", {"id": 1}), expect=1, env={"SLUICE_LIBODBC": "/no/libodbc.so.2"})
    assert "the ODBC driver manager cannot be opened" in failed.stderr and "libodbc2" in failed.stderr


def test_a_dialect_from_a_plugin(loads):
    """The guide's own plug-in, compiled as the guide for plug-ins says."""
    guide = (REPO / "docs" / "destinations" / "odbc.md").read_text()
    (loads.folder / "exasol.c").write_text(re.search(r"```c\n(.*?)```", guide, flags=re.S)[1])
    subprocess.run(["cmake", "--install", Path(SLUICE).resolve().parent, "--component", "headers", "--prefix", loads.folder / "installed"], check=True,
                   stdout=subprocess.DEVNULL)
    subprocess.run([os.environ.get("CC", "cc"), "-std=c17", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-I", loads.folder / "installed/include",
                    "-o", "exasol.so", "exasol.c"], check=True, cwd=loads.folder)
    path = loads.write("a.jsonl", {"id": 1, "doc": {"a": [1]}, "x" * 100: 2})
    loads.load(path, "--as", "t", "--columns", "doc:json", "--dialect", "exasol", env={"SLUICE_PLUGINS": "exasol.so"})
    assert loads.rows("SELECT pg_typeof(doc), doc FROM ds.t") == [("character varying", '{"a":[1]}')]
    failed = loads.load(path, "--as", "u", "--dialect", "exasol", expect=2)
    assert "by the name 'exasol'" in failed.stderr


def test_a_table_that_somebody_made(loads):
    loads.server.sql("CREATE SCHEMA ds; CREATE TABLE ds.t (id text, note varchar(3))", "dest")
    failed = loads.load(loads.write("a.jsonl", {"id": 1}), "--as", "t", expect=1)
    assert "column id is of another type" in failed.stderr and "--columns id:text" in failed.stderr
    failed = loads.load(loads.write("b.jsonl", {"id": "a", "note": "too long"}), "--as", "t", expect=1)
    assert "value too long" in failed.stderr
    assert loads.rows("SELECT count(*) FROM ds.t") == [("0",)]


# ---- MariaDB, whose DDL ends transactions ----

@pytest.fixture(scope="module")
def maria():
    server = servers_mysql.Server()
    server.sql("create database mine; create database contract; create user few@'%' identified by 's3cret'; grant select on mine.* to few@'%'")
    yield server
    server.remove()


@pytest.fixture
def maria_loads(tmp_path, maria, ini):
    maria.sql("drop database if exists ds")
    return MariaLoads(tmp_path, ini, maria, odbc.mariadb(maria, "mine"))


class MariaLoads(Loads):
    def rows(self, query):
        return [tuple(row) for row in self.server.sql(query, "ds")]


@pytest.mark.parametrize("program", PROGRAMS)
def test_contract_on_mariadb(program, maria, ini):
    client = f"mariadb --no-defaults -S {maria.socket} -uroot"
    run_contract(program, {
        **ini.env, PREFIX: odbc.mariadb(maria, "contract"), f"{PREFIX}_NO_INFINITY": "1", f"{PREFIX}_NO_NEGATIVE_ZERO": "1", f"{PREFIX}_VOLUME": "1500",
        f"{PREFIX}_RESET": f"{client} -e 'drop database if exists `contract data`; drop database if exists loads'",
        f"{PREFIX}_SLOW_QUERY": "SELECT count(*) FROM seq_1_to_1000000 a, seq_1_to_1000000 b WHERE (a.seq + b.seq) % 7 = 3",
        f"{PREFIX}_REFUSED": "odbc:", f"{PREFIX}_MISSING": odbc.mariadb(maria, "contrakt"),
        f"{PREFIX}_BROKEN": odbc.mariadb(maria, "contract", port=1), f"{PREFIX}_SECRET": odbc.mariadb(maria, "contract", password="s3cr3tS3nt1n3l")})


@pytest.mark.parametrize("how", ["arrays", "literals"])
def test_values_arrive_exactly_in_mariadb(maria_loads, how):
    loads = maria_loads
    loads.load(loads.write("a.jsonl", VALUES, {"big": None}), "--as", "v", "--columns", TYPES, "--odbc-insert", how)
    assert loads.rows("select big, small, exact, f, tiny, t, late, hex(text), flag, nested, day, clock, nothing from v where big is not null") == [
        ("9223372036854775807", "-9223372036854775808", "12345678901234567890.123456789", "1.7976931348623157e308", "5e-324",
         "0001-01-01 00:00:00.000000", "9999-12-31 23:59:59.999999", VALUES["text"].encode().hex().upper(), "0", '{"a":[1,{"b":"it\'s"}]}',
         "2024-02-29", "23:59:59.999999", "")]
    loads.load(loads.write("b.jsonl", VALUES), "--as", "v", "--columns", TYPES)
    assert loads.rows("select count(*) from v") == [("3",)]


def test_merges_evolution_and_replace_in_mariadb(maria_loads):
    loads = maria_loads
    first = loads.write("a.jsonl", {"id": 1, "name": "ä'\"\\", "lines": [{"q": 1}, {"q": 2}]}, {"id": 2, "lines": []})
    second = loads.write("b.jsonl", {"id": 1, "name": "new", "lines": [{"q": 7}], "fresh": True}, {"id": 3})
    for path in (first, second, second):
        loads.load(path, "--as", "orders", "--write-disposition", "merge", "--primary-key", "id")
    assert loads.rows("select id, name, fresh from orders order by id") == [("1", "new", "1"), ("2", None, None), ("3", None, None)]
    assert loads.rows("select q from orders__lines") == [("7",)]
    (loads.folder / "broken.jsonl").write_text('{"id": 8, "more": 1}\n{"id": ')
    loads.load("broken.jsonl", "--as", "orders", "--write-disposition", "replace", expect=1)
    assert loads.rows("select count(*) from orders") == [("3",)]
    loads.load(loads.write("c.jsonl", {"id": 9}), "--as", "orders", "--write-disposition", "replace")
    assert loads.rows("select id from orders") == [("9",)] and loads.rows("select count(*) from orders__lines") == [("0",)]


def test_bad_cases_in_mariadb(maria_loads, maria):
    path = maria_loads.write("a.jsonl", {"id": 1})
    for location, parts in [
            (odbc.mariadb(maria, "mine", user="few", password="s3cret"), ["denied", "GRANT"]),
            (odbc.mariadb(maria, "mine", user="few", password="wr0ng"), ["Access denied", "check user and password"]),
            (odbc.mariadb(maria, "nothing"), ["Unknown database", "check the name"])]:
        failed = maria_loads.load(path, "--as", "t", to=location, expect=1)
        for part in [*parts, "sluice: "]:
            assert part in failed.stderr, (part, failed.stderr)
