"""ODBC as a source, with real drivers (psqlODBC, MariaDB's, SQLite's, FreeTDS) and real servers."""
import json
import os
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import time
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "e2e")]
import matrix_postgres  # noqa: E402
import servers_odbc as odbc  # noqa: E402
import test_mysql_types as matrix_mariadb  # noqa: E402
from servers_mysql import server as mariadb_server  # noqa: E402
from servers_postgres import Proxy, binaries, postgres_server  # noqa: E402
from support import SLUICE, Work  # noqa: E402

pytestmark = [pytest.mark.skipif(not odbc.manager(), reason="no libodbc.so.2 here: tools/bootstrap test installs it"),
              pytest.mark.skipif(not all(map(odbc.library, odbc.LIBRARIES)), reason="ODBC drivers are missing: tools/bootstrap test"),
              pytest.mark.skipif(binaries() is None, reason="no PostgreSQL server here: tools/bootstrap test")]

ANSI = "PostgreSQL ANSI"


@pytest.fixture(scope="module")
def pg():
    with postgres_server() as server:
        server.sql("CREATE DATABASE shop")
        server.sql(POSTGRES, "shop")
        yield server


@pytest.fixture(scope="module")
def maria():
    server = mariadb_server()
    server.new_database("odbc_shop")
    server.sql(MARIADB, "odbc_shop")
    return server


@pytest.fixture
def work(tmp_path):
    return OdbcWork(tmp_path)


class OdbcWork(Work):
    def __init__(self, folder):
        super().__init__(folder)
        self.ini = odbc.Odbc(folder)

    def run(self, *words, expect=0, env=None, timeout=60, **kw):
        return super().run(*words, expect=expect, env={**self.ini.env, **(env or {})}, timeout=timeout, **kw)

    def pull(self, source, *options, expect=0, **kw):
        base = ["--dataset", "ds", "--retries", "0", "--pipelines-dir", self.folder / "pipelines", "--pipeline", "p"]
        return self.run("load", source, f"duckdb:{self.database}", *base, *options, expect=expect, **kw)

    def start(self, source, *options):
        """The program while it runs."""
        words = [SLUICE, "load", source, f"duckdb:{self.database}", "--dataset", "ds", "--pipelines-dir", self.folder / "pipelines", *options]
        return subprocess.Popen([str(w) for w in words], env={**os.environ, **self.ini.env}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def digest(self, table):
        """Order does not matter, every bit of every value does."""
        columns = [r[0] for r in self.rows(f"DESCRIBE ds.{table}") if not r[0].startswith("_dlt")]
        listed = ", ".join(f'"{c}"' for c in columns)
        return self.rows(f"SELECT count(*), bit_xor(hash({listed})), sum(hash({listed})::HUGEINT) FROM ds.{table}")[0]

    def types(self, table):
        return {r[0]: r[1] for r in self.rows(f"DESCRIBE ds.{table}") if not r[0].startswith("_dlt")}


POSTGRES = """
CREATE TABLE big (id int8 PRIMARY KEY, n numeric(12,2), day date, at timestamptz, name text, maybe int);
INSERT INTO big SELECT i, i / 7.0, date '2020-01-01' + (i % 1000)::int, timestamptz '2024-01-01 00:00:00+00' + i * interval '1.5 s',
  repeat('name ' || i, (i % 5)::int), CASE WHEN i % 3 = 0 THEN NULL ELSE i END FROM generate_series(1, 60000::int8) i;
CREATE TABLE small (id int PRIMARY KEY, name text NOT NULL, price numeric(10,2));
INSERT INTO small SELECT i, 'n' || i, i * 1.25 FROM generate_series(1, 50) i;
CREATE TABLE nothing (id int, name text);
CREATE TABLE "Ärger ""mit"" Namen" ("die Nummer" int PRIMARY KEY, "sélèct" text, "a%b_c" int);
INSERT INTO "Ärger ""mit"" Namen" VALUES (1, 'x', 2);
CREATE TABLE longs (id int PRIMARY KEY, t text, b bytea);
INSERT INTO longs SELECT i, repeat('𝄞é', i * 37), decode(repeat('00ff', i * 61), 'hex') FROM generate_series(0, 120) i;
INSERT INTO longs VALUES (1000, repeat('x', 5000000), decode(repeat('ab', 3000000), 'hex')), (1001, NULL, NULL), (1002, '', '');
CREATE VIEW view_of_small AS SELECT id, upper(name) AS name FROM small;
CREATE SCHEMA sales; CREATE TABLE sales.small (id int, "Col umn" text); INSERT INTO sales.small VALUES (1, 'x');
CREATE TABLE keyed (b int, a int, s int2 NOT NULL, n numeric(12,2) NOT NULL, u numeric, j jsonb, PRIMARY KEY (a, b));
CREATE TABLE parents (id int PRIMARY KEY, name text UNIQUE);
CREATE TABLE children (id int PRIMARY KEY, parent int REFERENCES parents, note text);
INSERT INTO parents VALUES (1, 'one'), (2, 'two'); INSERT INTO children VALUES (10, 1, 'a'), (11, 2, NULL);
CREATE SEQUENCE numbers; CREATE TABLE secret (id int); INSERT INTO secret VALUES (1);
CREATE USER reader PASSWORD 'r'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader; REVOKE ALL ON secret FROM reader;
"""

MARIADB = """
create table small (id int primary key, name varchar(50) not null, price decimal(10,2), at timestamp null, loose datetime(6));
insert into small select seq, concat('n', seq), seq * 1.25, date_add('2024-01-01', interval seq second), date_add('2024-01-01', interval seq microsecond)
  from seq_1_to_50;
create table pages (id bigint primary key, name varchar(40), amount decimal(12,2));
insert into pages select cast(seq as signed) * 3 - 70000, concat('row ', seq), seq / 7 from seq_1_to_45000;
create table `back``tick "quoted"` (`the id` int primary key, `näme` varchar(10)); insert into `back``tick "quoted"` values (1, 'é');
create table longs (id int primary key, t longtext, b longblob, v varchar(1500));
insert into longs select seq, repeat('𝄞é', seq * 37), repeat(x'00ff', seq * 61), repeat('𝄞', seq * 10) from seq_0_to_120;
insert into longs values (1000, repeat('x', 5000000), repeat(x'ab', 3000000), null), (1002, '', '', '');
create view view_of_small as select id, upper(name) as name from small;
"""


# ---- types ----

def postgres_values(work, table):
    """{id: (value of v, text of its variant)}; values as DuckDB prints them, except where that loses something."""
    types = work.types(table)
    kind = types.get("v", "VARCHAR")
    value = {"BLOB": "'\\x' || lower(hex(v))", "TIMESTAMP WITH TIME ZONE": "epoch_us(v)", "DOUBLE": "v"}.get(kind, "CAST(v AS VARCHAR)")
    variant = "v__v_text" if "v__v_text" in types else "NULL"
    return {r[0]: r[1:] for r in work.rows(f"SELECT id, {value if 'v' in types else 'NULL'}, {variant} FROM ds.{table}")}


def same(kind, printed, value, variant):
    """Is what psql printed what arrived?"""
    if printed is None or variant is not None:
        return value is None and variant == printed
    if isinstance(value, float):
        return struct.pack("<d", value) == struct.pack("<d", float(printed)) or value != value and printed == "NaN"
    if value is None:
        return False
    if kind == "bool":
        return value == {"t": "true", "f": "false"}[printed]
    if kind == "money":
        printed = printed.replace("$", "").replace(",", "")
    if kind.startswith(("numeric", "money", "price")) and not kind.endswith("[]"):
        try:
            return Decimal(value) == Decimal(printed)
        except InvalidOperation:
            return False
    if kind == "timestamptz":
        moment = datetime.fromisoformat(printed + ":00").astimezone(timezone.utc) - datetime(1970, 1, 1, tzinfo=timezone.utc)
        return value == (moment.days * 86400 + moment.seconds) * 1000000 + moment.microseconds
    return value == printed


def printed_by_psql(pg):
    """{table: [(id, text)]}, in one call: what type output functions give."""
    union = " UNION ALL ".join(f"SELECT '{t[0]}', id, num_nulls(v) = 1, format('%s', v) FROM {t[0]}" for t in matrix_postgres.tables())
    out = {}
    for table, number, null, text in pg.rows(union, "types"):
        out.setdefault(table, []).append((number, None if null == "t" else text))
    return out


@pytest.mark.parametrize("driver,fetch", [("PostgreSQL Unicode", "auto"), (ANSI, "row")])
def test_postgres_types_arrive_as_psql_prints_them(pg, work, driver, fetch):
    if not pg.rows("SELECT 1 FROM pg_database WHERE datname = 'types'"):
        pg.sql("CREATE DATABASE types")
        pg.sql(matrix_postgres.script(), "types")
    work.pull(odbc.postgres(pg, "types", driver), "--odbc-fetch", fetch)
    all_printed = printed_by_psql(pg)
    wrong = []
    for table, kind, values, _ in matrix_postgres.tables():
        arrived = postgres_values(work, table)
        printed = all_printed[table]
        assert len(arrived) == len(printed) == len(values)
        wrong += [(kind, values[int(i)], text, arrived[int(i)]) for i, text in printed if not same(kind, text, *arrived[int(i)])]
    assert not wrong, wrong


# What MariaDB's driver shows otherwise than the mysql source does, which reads the wire itself.
MARIADB_TYPES = {"json": "VARCHAR", "point": "BLOB", "geometry": "BLOB", "int invisible": None}


def test_mariadb_types_arrive_as_its_client_prints_them(maria, work):
    m = matrix_mariadb
    names = m.table_names()
    maria.new_database("odbc_types")
    script = [m.MODE, "use odbc_types;"]
    for type_, name in names.items():
        script.append(f"create table {name} (id int primary key, v {type_});")
        script += [f"insert into {name} (id, v) values ({i}, {value});" for i, value in enumerate(m.values_of(type_))]
    maria.sql("\n".join(script))
    work.pull(odbc.mariadb(maria, "odbc_types"))
    wrong = []
    for type_, name in names.items():
        types = work.types(name)
        wanted_type = MARIADB_TYPES.get(type_, m.MATRIX.get(type_, (0, types.get("v"), []))[1])
        assert types.get("v") == wanted_type, type_
        if types.get("v") is None:
            continue
        variants = [n for n in types if n.startswith("v__v_")]
        extra = f"coalesce({', '.join(variants)}, null)" if variants else "null"
        arrived = {r[0]: r[1:] for r in work.rows(f"select id, {m.as_text(types['v'])}, {extra} from ds.{name}")}
        asked = "hex(v)" if types["v"] == "BLOB" else "hex(convert(v using utf8mb4))" if type_ == "json" else m.MATRIX.get(type_, (m.PLAIN, "", []))[0]
        for i, null, text in maria.sql(f"select id, v is null, {asked} from {name} order by id", "odbc_types"):
            want = None if null == "1" else text
            value, variant = arrived[int(i)]
            value = variant if variant is not None else value
            if types["v"] == "VARCHAR" and not asked.startswith("hex") and value is not None and variant is None:
                value = bytes.fromhex(value).decode()
            if m.canonical(value, type_) != m.canonical(want, type_):
                wrong.append((type_, m.values_of(type_)[int(i)], want, value))
    assert not wrong, wrong


# declared type -> (type in DuckDB, values); a value that arrives elsewhere than in its column is (value, text in the variant)
SQLITE_TYPES = {
    "integer": ("BIGINT", [0, 1, -1, 2**63 - 1, -2**63, (1.5, "1.5"), ("abc", "abc")]),
    "bigint": ("BIGINT", [2**31, -2**31 - 1, 2**62]),
    "smallint": ("BIGINT", [32767, 70000]),
    "real": ("DOUBLE", [0.1, -2.5, 1e300, 5e-324, 3.141592653589793, 1 / 3, 123456789.123456789, ("x", "x")]),
    "double": ("DOUBLE", [2.0, 1e22, -1e-7]),
    "float": ("DOUBLE", [0.30000000000000004]),
    "decimal(12,2)": ("DECIMAL(12,2)", [Decimal("12.50"), Decimal("-0.01"), Decimal("0.10"), Decimal("9999999999.99"), ("n/a", "n/a")]),
    "numeric(5,0)": ("DECIMAL(5,0)", [Decimal(99999), Decimal(-1)]),
    "boolean": ("BOOLEAN", [True, False]),
    "text": ("VARCHAR", ["", "a", "héllo 𝄞", "x" * 100000, "it's \"quoted\" \\ \n\t", " blanks "]),
    "varchar(5)": ("VARCHAR", ["longer than five", "12345", "äöüßé"]),
    "char(3)": ("VARCHAR", ["ab", "abc"]),
    "blob": ("BLOB", [b"", b"\0", b"\0\xff" * 5000, bytes(range(256))]),
    "date": ("DATE", ["2024-02-29", "0001-01-01", "9999-12-31", "1969-12-31", ("no date", "no date"), ("2023-02-29", "2023-02-29")]),
    "time": ("TIME", ["00:00:00", "23:59:59", "12:34:56.789", ("25:00:00", "25:00:00")]),
    "timestamp": ("TIMESTAMP", ["2024-01-02 03:04:05", "2024-01-02 03:04:05.123456", "0001-01-01 00:00:00", "9999-12-31 23:59:59.999999"]),
    "datetime": ("TIMESTAMP", ["2024-01-02 03:04:05.1", "1969-12-31 23:59:59"]),
}


def test_sqlite_types(work):
    path = work.folder / "types.db"
    with sqlite3.connect(path) as c:
        for n, (type_, (_, values)) in enumerate(SQLITE_TYPES.items()):
            c.execute(f"create table t{n} (id integer primary key, v {type_})")
            for i, value in enumerate([*values, None]):
                value = value[0] if isinstance(value, tuple) else value
                c.execute(f"insert into t{n} values (?, ?)", (i, str(value) if isinstance(value, Decimal) else value))
    work.pull(odbc.sqlite(path))
    for n, (type_, (wanted, values)) in enumerate(SQLITE_TYPES.items()):
        types = work.types(f"t{n}")
        assert types["v"] == wanted, type_
        value = "v::varchar" if wanted.startswith(("DATE", "TIME")) else "v"
        extra = "v__v_text" if "v__v_text" in types else "null"
        arrived = dict((r[0], r[1:]) for r in work.rows(f"select id, {value}, {extra} from ds.t{n}"))
        for i, v in enumerate([*values, None]):
            assert arrived[i] == ((None, v[1]) if isinstance(v, tuple) else (v, None)), (type_, v)


def test_long_values_in_every_way_of_fetching(pg, maria, work):
    digests = set()
    for source in (odbc.postgres(pg, "shop"), odbc.postgres(pg, "shop", ANSI), odbc.postgres(pg, "shop", UseDeclareFetch=0)):
        for options in ([], ["--odbc-fetch", "row"], ["--batch-rows", "7"]):
            work.pull(source, "--table", "longs", *options)
            digests.add(work.digest("longs"))
    wanted = pg.rows("SELECT id, md5(t), md5(b), length(t) FROM longs ORDER BY id", "shop")
    got = work.rows("SELECT id::VARCHAR, md5(t), md5(b), length(t)::VARCHAR FROM ds.longs ORDER BY id")
    assert got == wanted and len(digests) == 1
    for options in ([], ["--odbc-fetch", "row"]):
        work.pull(odbc.mariadb(maria, "odbc_shop"), "--table", "longs", "--as", "longs2", *options)
        got = work.rows("SELECT id::VARCHAR, md5(t), md5(b), md5(v) FROM ds.longs2 ORDER BY id")
        assert [list(r) for r in got] == maria.sql("select id, md5(t), md5(b), md5(v) from longs order by id", "odbc_shop")


def test_wide_tables(pg, work):
    columns = [f"c{i}" for i in range(400)]
    pg.sql("CREATE TABLE wide (id int PRIMARY KEY, " + ", ".join(f"{c} varchar(2000)" for c in columns) + ");"
           "INSERT INTO wide (id, c0, c399) SELECT i, 'a' || i, repeat('z', i) FROM generate_series(1, 300) i", "shop")
    work.pull(odbc.postgres(pg, "shop"), "--table", "wide")
    assert work.rows("SELECT count(*), sum(length(c0)), sum(length(c399)), count(c200) FROM ds.wide") == [(300, 1092, 45150, 0)]
    pg.sql("DROP TABLE wide", "shop")


# ---- what is read ----

def test_declared_types_keys_and_names(pg, maria, work):
    work.pull(odbc.postgres(pg, "shop"), "--table", "keyed,Ärger*,nothing")
    columns = {r[0]: (r[1], r[2]) for r in work.rows("DESCRIBE ds.keyed")}
    assert columns["a"] == ("BIGINT", "NO") and columns["s"] == ("BIGINT", "NO") and columns["n"] == ("DECIMAL(12,2)", "NO")
    assert columns["u"] == ("DECIMAL(38,9)", "YES") and columns["j"][0] == "JSON"
    assert work.types("nothing") == {"id": "BIGINT", "name": "VARCHAR"}
    table = work.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 'ds' AND table_name LIKE '%namen%'")[0][0]
    assert [r[:3] for r in work.rows(f'SELECT * FROM ds."{table}"')] == [(1, "x", 2)]
    schema = json.loads(work.rows("SELECT schema FROM ds._dlt_version ORDER BY inserted_at DESC LIMIT 1")[0][0])
    keys = [c for c, hints in schema["tables"]["keyed"]["columns"].items() if hints.get("primary_key")]
    assert sorted(keys) == ["a", "b"]
    work.pull(odbc.mariadb(maria, "odbc_shop"), "--table", "back*")
    table = work.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 'ds' AND table_name LIKE 'back%'")[0][0]
    assert [r[:2] for r in work.rows(f'SELECT * FROM ds."{table}"')] == [(1, "é")]


def tables_of(work, source, *options):
    return {line.split("  ")[0] for line in work.run("inspect", source, *options).out.splitlines() if line.endswith((" rows)", "(rows not counted)"))}


def test_all_tables_schemas_and_views(pg, maria, work):
    assert tables_of(work, odbc.postgres(pg, "shop")) == {"big", "small", "nothing", "_rger_mit_namen", "longs", "keyed", "parents", "children",
                                                          "secret"}
    both = tables_of(work, odbc.postgres(pg, "shop"), "--schema", "sales,public", "--include-views", "--exclude-tables", "[bln]*")
    assert {"public_small", "sales_small", "view_of_small"} <= both and "big" not in both
    work.pull(odbc.postgres(pg, "shop"), "--table", "parents,children,view_of_small")
    assert work.rows("SELECT c.note, p.name FROM ds.children c JOIN ds.parents p ON p.id = c.parent ORDER BY c.id") == [("a", "one"), (None, "two")]
    assert work.rows("SELECT name FROM ds.view_of_small WHERE id = 1") == [("N1",)]
    assert {"small", "pages", "longs"} < tables_of(work, odbc.mariadb(maria, "odbc_shop")) <= {
        "small", "pages", "longs", "back_tick_quotedx", "inc", "r", "plain"}
    assert "small" in tables_of(work, odbc.mariadb(maria, "mysql"), "--schema", "odbc_s*")
    work.pull(odbc.mariadb(maria, "mysql"), "--schema", "odbc_shop", "--table", "small", "--as", "m")
    assert work.rows("SELECT count(*), max(epoch_us(small.at)), max(loose)::VARCHAR FROM ds.m AS small") == [(50, 1704067250000000, "2024-01-01 00:00:00.00005")]


def test_queries_conditions_and_columns(pg, maria, work):
    for source in (odbc.postgres(pg, "shop"), odbc.mariadb(maria, "odbc_shop")):
        work.pull(source, "--query", "SELECT id * 2 AS twice, name FROM small -- half", "--where", "twice > 90", "--as", "q")
        assert work.rows("SELECT twice, name FROM ds.q ORDER BY 1") == [(i * 2, f"n{i}") for i in range(46, 51)]
        work.pull(source, "--table", "small", "--where", "id <= 3", "--exclude-columns", "p*,[al]*")
        assert work.rows("SELECT id, name FROM ds.small ORDER BY 1") == [(1, "n1"), (2, "n2"), (3, "n3")]
        assert set(work.types("small")) == {"id", "name"}
        work.database.unlink()
        shutil.rmtree(work.folder / "pipelines")


def test_data_sources_and_urls(pg, work):
    work.ini.write("odbc.ini", {"shöp": {"Driver": "PostgreSQL Unicode", "Servername": "127.0.0.1", "Port": pg.port, "Database": "shop"},
                                "plain": {"Driver": "PostgreSQL ANSI", "Servername": "127.0.0.1", "Port": pg.port, "Database": "shop"}})
    password = "p%C3%A4ssw%C3%B6rd%2F%40%3A"
    for location in (f"odbc://postgres:{password}@plain", "odbc:DSN=plain;UID=postgres;PWD=pässwörd/@:", f"odbc:plain?UID=postgres&PWD={password}",
                     f"odbc://postgres:{password}@plain?Driver=ignored"):
        work.pull(location, "--table", "small")
        assert work.rows("SELECT count(*) FROM ds.small") == [(50,)]


def test_the_session_reads_only_in_utc_and_in_one_snapshot(pg, maria, work):
    asked = "SELECT current_setting('transaction_isolation') i, current_setting('transaction_read_only') r, current_setting('TimeZone') z, " \
            "current_setting('application_name') a"
    work.pull(odbc.postgres(pg, "shop"), "--query", asked, "--as", "q")
    assert work.rows("SELECT i, r, z, a FROM ds.q") == [("repeatable read", "on", "UTC", "sluice")]
    asked = "select @@transaction_isolation i, @@transaction_read_only r, @@time_zone z, @@in_transaction t"
    work.pull(odbc.mariadb(maria, "odbc_shop"), "--query", asked.replace("transaction_isolation", "tx_isolation").replace(
        "transaction_read_only", "tx_read_only"), "--as", "m")
    assert work.rows("SELECT i, r, z FROM ds.m") == [("REPEATABLE-READ", 1, "+00:00")]
    work.pull(odbc.postgres(pg, "shop"), "--query", "SELECT current_setting('transaction_isolation') i", "--as", "q2", "--isolation", "serializable")
    assert work.rows("SELECT i FROM ds.q2") == [("serializable",)]
    failed = work.pull(odbc.postgres(pg, "shop"), "--query", "SELECT nextval('numbers') AS n", "--as", "w", expect=1)
    assert "read-only transaction" in failed.err


def test_tables_of_one_load_are_of_one_moment(pg, work):
    """While `big` is read, rows are added to `later`: they are not seen."""
    pg.sql("CREATE TABLE zlater (id int PRIMARY KEY); INSERT INTO zlater VALUES (1)", "shop")

    def add():
        pg.sql("INSERT INTO zlater VALUES (2), (3)", "shop")
        return False

    with Proxy(pg.port, {0: (1_000_000, add)}) as proxy:
        work.pull(odbc.postgres(pg, "shop", port=proxy.port), "--table", "big,zlater")
    assert pg.rows("SELECT count(*) FROM zlater", "shop") == [("3",)]
    assert work.rows("SELECT count(*) FROM ds.zlater") == [(1,)]
    pg.sql("DROP TABLE zlater", "shop")


# ---- incremental ----

CURSORS = {  # cursor: (type in PostgreSQL, type in MariaDB, first values, what is added)
    "int": ("int", "int", ["1", "2", "2"], ["2", "3"]),
    "decimal": ("numeric(10,3)", "decimal(10,3)", ["1.001", "1.002"], ["1.002", "1.0030"]),
    "timestamp": ("timestamp", "datetime(6)", ["'2024-01-01 00:00:00'", "'2024-01-01 00:00:00.000001'"],
                  ["'2024-01-01 00:00:00.000001'", "'2024-01-01 00:00:00.000002'"]),
    "instant": ("timestamptz", "timestamp(6) null", ["'2024-06-01 12:00:00'", "'2024-06-01 12:00:00.5'"], ["'2024-06-01 12:00:00.5'", "'2024-06-02 00:00:00'"]),
    "date": ("date", "date", ["'2024-01-01'", "'2024-01-02'"], ["'2024-01-02'", "'2024-01-03'"]),
    "text": ("text COLLATE \"C\"", "varchar(20) collate utf8mb4_bin", ["'a'", "'it''s'"], ["'it''s'", "'z\\\\q'"]),
}


@pytest.mark.parametrize("kind", CURSORS)
@pytest.mark.parametrize("where", ["postgres", "mariadb"])
def test_only_new_rows_are_read(pg, maria, work, kind, where):
    pg_type, maria_type, first, added = CURSORS[kind]
    sql = (lambda text: pg.sql(text.replace("\\\\", "\\"), "shop")) if where == "postgres" else (lambda text: maria.sql(text, "odbc_shop"))
    source = odbc.postgres(pg, "shop") if where == "postgres" else odbc.mariadb(maria, "odbc_shop")
    sql(f"DROP TABLE IF EXISTS inc; CREATE TABLE inc (n int, c {pg_type if where == 'postgres' else maria_type});"
        + "".join(f"INSERT INTO inc VALUES ({i}, {v});" for i, v in enumerate(first)))
    options = ["--table", "inc", "--cursor", "c"]
    work.pull(source, *options)
    work.pull(source, *options)
    assert work.rows("SELECT n FROM ds.inc ORDER BY n") == [(i,) for i in range(len(first))]
    sql("".join(f"INSERT INTO inc VALUES ({100 + i}, {v});" for i, v in enumerate(added)))
    work.pull(source, *options)
    work.pull(source, *options)
    assert work.rows("SELECT n FROM ds.inc ORDER BY n") == [(i,) for i in [*range(len(first)), *range(100, 100 + len(added))]]


def test_windows_lags_nulls_and_merging(pg, work):
    source = odbc.postgres(pg, "shop")
    work.pull(source, "--table", "big", "--cursor", "at", "--initial-value", "2024-01-01T00:01:00Z", "--end-value", "2024-01-01T02:02:00+02:00",
              "--as", "window")
    assert work.rows("SELECT min(id), max(id) FROM ds.window") == [(40, 79)]
    pg.sql("DROP TABLE IF EXISTS up; CREATE TABLE up (id int PRIMARY KEY, at timestamptz, v int);"
           "INSERT INTO up VALUES (1, '2024-01-01', 1), (2, '2024-01-02', 1), (3, NULL, 1)", "shop")
    options = ["--table", "up", "--cursor", "at"]
    failed = work.pull(source, *options, expect=1)
    assert "in 1 rows the cursor at is NULL" in failed.err
    work.pull(source, *options, "--on-cursor-null", "exclude")
    pg.sql("UPDATE up SET v = 2 WHERE id = 1; UPDATE up SET v = 2, at = '2024-01-03' WHERE id = 2", "shop")
    work.pull(source, *options, "--on-cursor-null", "include", "--lag", "172800")
    assert work.rows("SELECT id, v FROM ds.up ORDER BY id") == [(1, 2), (2, 2), (3, 1)]


def test_a_cursor_without_index_is_told(pg, work):
    loaded = work.pull(odbc.postgres(pg, "shop"), "--table", "small", "--cursor", "price")
    assert "index" in loaded.err and "price" in loaded.err
    loaded = work.pull(odbc.postgres(pg, "shop"), "--table", "small", "--cursor", "id", "--as", "s2")
    assert "index" not in loaded.err


def test_a_table_that_changes_its_form(pg, work):
    source = odbc.postgres(pg, "shop")
    pg.sql("DROP TABLE IF EXISTS form; CREATE TABLE form (id int PRIMARY KEY, a int); INSERT INTO form VALUES (1, 1), (2, 2)", "shop")
    work.pull(source, "--table", "form", "--cursor", "id")
    pg.sql("ALTER TABLE form ADD b text; ALTER TABLE form DROP a; INSERT INTO form VALUES (3, 'new')", "shop")
    work.pull(source, "--table", "form", "--cursor", "id")
    assert work.rows("SELECT id, a, b FROM ds.form WHERE id <> 2 ORDER BY id") == [(1, 1, None), (3, None, "new")]


# ---- many rows ----

def test_pages_and_key_ranges_give_all_rows(pg, maria, work):
    """MariaDB's driver holds results, so tables come in pages of 20,000 rows; --split-by-key reads over several connections."""
    source = odbc.mariadb(maria, "odbc_shop")
    work.pull(source, "--table", "pages")
    paged = work.digest("pages")
    assert work.rows("SELECT count(*), min(id), max(id), sum(amount) FROM ds.pages") == [
        (45000, -69997, 65000, Decimal(maria.sql("select sum(amount) from pages", "odbc_shop")[0][0]))]
    work.pull(source, "--query", "select * from pages", "--as", "pages")
    assert work.digest("pages") == paged
    work.pull(source, "--table", "pages", "--split-by-key", "--parallel", "4")
    assert work.digest("pages") == paged
    work.pull(source, "--table", "pages", "--where", "id % 2 = 0 or id = 1 -- a comment")
    assert work.rows("SELECT count(*) FROM ds.pages")[0][0] == int(maria.sql("select count(*) from pages where id % 2 = 0 or id = 1", "odbc_shop")[0][0])
    work.pull(odbc.postgres(pg, "shop"), "--table", "big")
    alone = work.digest("big")
    work.pull(odbc.postgres(pg, "shop"), "--table", "big", "--split-by-key", "--parallel", "3")
    assert work.digest("big") == alone and alone[0] == 60000
    one = pg.rows("SELECT count(DISTINCT pid) FROM pg_stat_activity WHERE application_name = 'sluice'")
    assert one == [("0",)]


def peak_memory(work, *words):
    code = ("import resource, subprocess, sys; r = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL); "
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(r.returncode)")
    done = subprocess.run([sys.executable, "-c", code, SLUICE, *map(str, words)], capture_output=True, env={**os.environ, **work.ini.env}, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return int(done.stdout.split()[-1]) // 1024


def test_memory_stays_bounded(pg, maria, work):
    """A driver that held the result would need 300 MB for it alone; what DuckDB takes is in the figure."""
    pg.sql("CREATE TABLE heavy AS SELECT i AS id, repeat(md5(i::text), 128) AS filling FROM generate_series(1, 75000) i", "shop")
    maria.sql("create table heavy (id int primary key, filling text);"
              "insert into heavy select seq, repeat(md5(seq), 128) from seq_1_to_75000", "odbc_shop")
    for n, source in enumerate((odbc.postgres(pg, "shop"), odbc.mariadb(maria, "odbc_shop"))):
        peak = peak_memory(work, "load", source, f"duckdb:{work.database}", "--table", "heavy", "--as", f"heavy{n}", "--dataset", "ds",
                           "--pipelines-dir", work.folder / "p", "--memory", "128MB")
        assert work.rows(f"SELECT count(*), count(DISTINCT filling), min(length(filling)) FROM ds.heavy{n}") == [(75000, 75000, 4096)]
        assert peak < 500, f"{peak} MB"
    pg.sql("DROP TABLE heavy", "shop")
    maria.sql("drop table heavy", "odbc_shop")


# ---- bad cases ----

def bad_cases(pg, maria):
    """(location, options, exit code, parts of the message)"""
    good = odbc.postgres(pg, "shop")
    nothing = odbc.connection("FreeTDS", Server="127.0.0.1", Port=1, Database="db", UID="sa", PWD="s3cret", TDS_Version="7.4")
    return [
        ("odbc:nodsn", [], 2, ["Data source name not found", "installed drivers:", "PostgreSQL Unicode", "odbcinst -q -s"]),
        ("odbc:Driver={PostgreSQL 99};Server=x", [], 1, ["Can't open lib 'PostgreSQL 99'", "installed drivers:", "the package is odbc-postgresql"]),
        ("odbc:", [], 2, ["needs the name of a data source"]),
        ("oracle://scott:s3cret@h/x", [], 1, ["no ODBC driver for oracle://", "oracle-instantclient-odbc", "?driver=NAME"]),
        ("snowflake://u:s3cret@h/x?driver=Snowflake", [], 1, ["Can't open lib 'Snowflake'", "snowflake-odbc"]),
        ("db2:host", [], 2, ["db2://user:password@host/database"]),
        ("mssql://sa:s3cret@127.0.0.1:1/db", [], 1, ["connecting to mssql://sa:***@127.0.0.1:1/db", "Unable to connect", "is the server running"]),
        (nothing, [], 1, ["PWD=***", "Unable to connect", "is the server running"]),
        ("mssql://sa:s3cret@nohost.invalid/db", [], 1, ["Unknown host machine name", "check the host name"]),
        (odbc.postgres(pg, "shop", port=1), [], 1, ["Connection refused", "is the server running"]),
        (odbc.postgres(pg, "shop", password="wrong"), [], 1, ["password authentication failed", "check user and password"]),
        (odbc.postgres(pg, "nodb"), [], 1, ['database "nodb" does not exist', "check the name"]),
        (odbc.postgres(pg, "shop", SSLmode="require"), [], 1, ["SSL", "TLS settings"]),
        (good.replace("127.0.0.1", "nohost.invalid"), [], 1, ["could not translate host name", "check the host name"]),
        (good, ["--table", "smal"], 1, ["has no table 'smal'", "did you mean 'small'"]),
        (good, ["--table", "small", "--include-columns", "nam"], 1, ["has no column 'nam'", "did you mean 'name'"]),
        (good, ["--table", "small", "--cursor", "ids"], 1, ["has no column 'ids'", "did you mean 'id'"]),
        (good, ["--table", "small", "--where", "nope = 1"], 1, ['column "nope" does not exist']),
        (good, ["--query", "SELECT * FROM nope", "--as", "q"], 1, ['relation "nope" does not exist', "running --query"]),
        (good, ["--query", "SELEC 1", "--as", "q"], 2, ["syntax error"]),
        (good, ["--query", "SELECT 1 / (id - 5) AS x FROM small", "--as", "q"], 1, ["division by zero", "reading table query"]),
        (odbc.postgres(pg, "shop", user="reader", password="r"), ["--table", "secret"], 1, ["permission denied for table secret", "right to SELECT"]),
        (good, ["--query", "SELECT pg_sleep(9)::text AS t", "--as", "q", "--statement-timeout", "1"], 1, ["--statement-timeout"]),
        (odbc.mariadb(maria, "odbc_shop", password="wrong"), [], 1, ["Access denied", "check user and password"]),
        (odbc.mariadb(maria, "odbc_shop", port=1), [], 1, ["Can't connect", "is the server running"]),
        (odbc.mariadb(maria, "nodb"), [], 1, ["Unknown database 'nodb'", "check the name"]),
        (odbc.mariadb(maria, "odbc_shop"), ["--query", "select * from nope", "--as", "q"], 1, ["nope", "doesn't exist", "sluice inspect"]),
        (odbc.mariadb(maria, "odbc_shop"), ["--table", "small", "--cursor", "at", "--initial-value", "notadate"], 2,
         ["'notadate' is no date or time, but column at is"]),
        (odbc.sqlite("/no/such/folder/x.db"), [], 1, ["connect failed", "check the path"]),
    ]


def test_bad_cases_say_what_to_do(pg, maria, work):
    for location, options, code, parts in bad_cases(pg, maria):
        failed = work.pull(location, *options, expect=code)
        for part in [*parts, "sluice: "]:
            assert part in failed.err, (location, part, failed.err)
        assert "s3cret" not in failed.err and "pässwörd" not in failed.err
        assert len(failed.err) < 900 and failed.err.count("\n") == 1, failed.err


def test_without_the_driver_manager(work):
    failed = work.pull("odbc:shop", expect=1, env={"SLUICE_LIBODBC": "/no/libodbc.so.2"})
    assert "the ODBC driver manager cannot be opened" in failed.err and "libodbc2" in failed.err


# ---- the contract of all sources ----

@pytest.mark.parametrize("which", ["postgres", "mariadb", "sqlite"])
@pytest.mark.parametrize("program", ["contract_sources", "contract_source_stops", "contract_source_memory"])
def test_the_contract_of_all_sources(pg, maria, work, which, program):
    build = Path(SLUICE).parent
    if not (build / program).exists():
        pytest.skip(f"{program} is not built")
    memory = program.endswith("memory")
    rows = 400000 if memory and which != "mariadb" else 100000 if memory else 10
    place = "SLUICE_CONTRACT_SOURCE_ODBC"
    env = {"SLUICE_CONTRACT_PLACE": "odbc", f"{place}_OPTIONS": "include-views=yes&batch-rows=3000", f"{place}_REFUSED": "odbc:",
           f"{place}_SECRET": odbc.connection("FreeTDS", Server="127.0.0.1", Port=1, UID="sa", PWD="s3cr3tS3nt1n3l")}
    if which == "postgres":
        for name, sql in {"c_small": "CREATE TABLE t AS SELECT i AS id, repeat('ab', i % 40) AS a, (i / 8.0)::numeric(12,3) AS d FROM generate_series(1, 20000) i",
                          "c_slow": "CREATE VIEW t AS SELECT i AS id, pg_sleep(600)::text AS v FROM generate_series(1, 9) i",
                          "c_broken": "CREATE VIEW t AS SELECT i AS id, 1 / (i - 5) AS v FROM generate_series(1, 9) i",
                          "c_large": f"CREATE TABLE t AS SELECT i AS id, repeat('x', 200) AS f FROM generate_series(1, {rows}) i"}.items():
            pg.sql(f"DROP DATABASE IF EXISTS {name}")
            pg.sql(f"CREATE DATABASE {name}")
            pg.sql(sql, name)
        env |= {place: odbc.postgres(pg, "c_small"), f"{place}_MISSING": odbc.postgres(pg, "c_nothing"), f"{place}_BROKEN": odbc.postgres(pg, "c_broken"),
                f"{place}_SLOW": odbc.postgres(pg, "c_slow"), f"{place}_LARGE": odbc.postgres(pg, "c_large")}
    elif which == "mariadb":
        for name, sql in {"oc_small": "create table t (id int primary key, a varchar(100), d decimal(9,2), b blob);"
                                      "insert into t select seq, repeat('ab', seq % 40), seq / 8, x'00ff' from seq_1_to_20000",
                          "oc_slow": "create view t as select seq as id, sleep(600) as v from seq_1_to_9",
                          "oc_broken": "create view t as select 1 as id, (select 1 union select 2) as v",
                          "oc_large": f"create table t (id int primary key, f text); insert into t select seq, repeat('x', 800) from seq_1_to_{rows}"}.items():
            maria.new_database(name)
            maria.sql(sql, name)
        env |= {place: odbc.mariadb(maria, "oc_small"), f"{place}_MISSING": odbc.mariadb(maria, "oc_nothing"),
                f"{place}_BROKEN": odbc.mariadb(maria, "oc_broken"), f"{place}_SLOW": odbc.mariadb(maria, "oc_slow"),
                f"{place}_LARGE": odbc.mariadb(maria, "oc_large")}
    else:
        path = work.folder / "c.db"
        with sqlite3.connect(path) as c:
            c.execute("create table t (id integer primary key, a text, d real)")
            c.executemany("insert into t values (?, ?, ?)", ((i, "x" * (200 if memory else i % 40), i / 8) for i in range(rows if memory else 20000)))
        env |= {place: odbc.sqlite(path), f"{place}_LARGE": odbc.sqlite(path)}
    done = subprocess.run([build / program], env={**os.environ, **work.ini.env, **env}, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and " 0 failed" in done.stdout, done.stdout + done.stderr


# ---- stopping (servers and connections that go: test_breaks.py) ----

def test_a_stop_reaches_the_server(pg, work):
    query = "SELECT id, pg_sleep(0.2)::text AS s FROM big"
    running = work.start(odbc.postgres(pg, "shop"), "--query", query, "--as", "q")
    active = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%FETCH FORWARD%' AND state = 'active' AND application_name = 'sluice'"
    for _ in range(100):
        if pg.rows(active) == [("1",)]:
            break
        time.sleep(0.05)
    assert pg.rows(active) == [("1",)]
    begun = time.monotonic()
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=20)
    assert running.returncode not in (0, -signal.SIGINT) and time.monotonic() - begun < 5, err
    for _ in range(40):
        if pg.rows(active) == [("0",)]:
            return
        time.sleep(0.05)
    raise AssertionError("the query still runs on the server")


def test_values_out_of_range(maria, work):
    """A column that is altered into something wider while state says otherwise arrives whole."""
    maria.sql("drop table if exists r; create table r (id int primary key, v smallint); insert into r values (1, 5)", "odbc_shop")
    source = odbc.mariadb(maria, "odbc_shop")
    work.pull(source, "--table", "r", "--cursor", "id")
    maria.sql("alter table r modify v decimal(30,4); insert into r values (2, 12345678901234567890.1234)", "odbc_shop")
    work.pull(source, "--table", "r", "--cursor", "id")
    types = work.types("r")
    values = ", ".join(f"{c}::VARCHAR" for c in types if c.startswith("v"))
    assert "12345678901234567890.123400000" in [v for row in work.rows(f"SELECT {values} FROM ds.r") for v in row]


def test_the_same_rows_by_every_driver(pg, maria, work):
    """One table of plain types in three databases arrives the same."""
    rows = [(i, f"näme {i}", f"{i}.25", f"2024-01-{i % 28 + 1:02} 10:00:00.{i:06}") for i in range(1, 301)]
    insert = ",".join(f"({i}, '{n}', {d}, '{t}')" for i, n, d, t in rows)
    pg.sql(f"DROP TABLE IF EXISTS plain; CREATE TABLE plain (id bigint PRIMARY KEY, name varchar(40), price numeric(10,2), at timestamp);"
           f"INSERT INTO plain VALUES {insert}", "shop")
    maria.sql(f"drop table if exists plain; create table plain (id bigint primary key, name varchar(40), price decimal(10,2), at datetime(6));"
              f"insert into plain values {insert}", "odbc_shop")
    with sqlite3.connect(work.folder / "p.db") as c:
        c.execute("create table plain (id bigint primary key, name varchar(40), price decimal(10,2), at timestamp)")
        c.executemany("insert into plain values (?, ?, ?, ?)", rows)
    digests = set()
    for n, source in enumerate((odbc.postgres(pg, "shop"), odbc.postgres(pg, "shop", ANSI), odbc.mariadb(maria, "odbc_shop"),
                                odbc.sqlite(work.folder / "p.db"))):
        work.pull(source, "--table", "plain", "--as", f"plain{n}")
        digests.add((work.digest(f"plain{n}"), tuple(work.types(f"plain{n}").items())))
    assert len(digests) == 1
    assert work.rows("SELECT id, name, price::VARCHAR, strftime(p.at, '%Y-%m-%d %H:%M:%S.%f') FROM ds.plain0 p ORDER BY id") == rows
