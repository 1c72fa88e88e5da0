"""MySQL and MariaDB: which tables and columns are read, in parts and whole, and what the options do."""
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from mysql_support import SLUICE, Loads, loads  # noqa: F401

N = 45000  # rows that are cut into parts


def numbers(n):
    return f"select seq from seq_1_to_{n}"


# ---- tables and columns ----


def test_all_tables_but_no_views(loads):
    loads.sql("create table a (id int primary key, x int); create table `b c` (`select` int, `ü ``q` text); create view v as select * from a;"
              "create sequence s; insert into a values (1, 2), (2, null); insert into `b c` values (1, 'é')")
    loads.load()
    assert loads.tables() == {"a", "b_c"}
    assert loads.rows("select id, x from ds.a order by 1") == [(1, 2), (2, None)]
    loads.load("--include-views")
    assert loads.tables() == {"a", "b_c", "v"}


@pytest.mark.parametrize("options,want", [
    (["--table", "a*"], {"a1", "a2"}), (["--table", "a1,b1"], {"a1", "b1"}), (["--exclude-tables", "a?"], {"b1"}),
    (["--table", "v"], {"v"}), (["--table", "*", "--include-views", "--exclude-tables", "*1"], {"a2", "v"})])
def test_selected_tables(loads, options, want):
    loads.sql("create table a1 (i int); create table a2 (i int); create table b1 (i int); create view v as select 1 as i;"
              "insert into a1 values (1); insert into a2 values (1); insert into b1 values (1)")
    loads.load(*options)
    assert loads.tables() == want


def test_empty_tables_keep_their_columns(loads):
    loads.sql("create table t (id int unsigned not null, d decimal(7,3), j json, z timestamp null)")
    loads.load()
    assert loads.columns("t").items() >= {"id": "BIGINT", "d": "DECIMAL(7,3)", "j": "JSON", "z": "TIMESTAMP WITH TIME ZONE"}.items()
    nullable = dict(loads.rows("select column_name, is_nullable from information_schema.columns where table_name = 't'"))
    assert (nullable["id"], nullable["d"]) == ("NO", "YES")


def test_several_databases(loads):
    other = loads.server.new_database(loads.name + "_b")
    loads.sql("create table t (i int); insert into t values (1); create table u (i int); insert into u values (1)")
    loads.server.sql("create table t (i int); insert into t values (2)", other)
    loads.load("--schema", f"{loads.name}*")
    assert loads.tables() == {f"{loads.name}_t", f"{other}_t", "u"}
    loads.load(url=loads.server.url("") + "?", expect=2)
    loads.load("--schema", other, url=loads.server.url(""))
    assert loads.ids("t", "i") == [2]


def test_columns_selected(loads):
    loads.sql("create table t (id int primary key, a int, b int, ab int); insert into t values (1, 2, 3, 4)")
    loads.load("--include-columns", "id,a*")
    assert loads.rows("select id, a, ab from ds.t") == [(1, 2, 4)] and "b" not in loads.columns("t")
    done = loads.load("--include-columns", "id,aa", expect=1)
    assert "table t has no column 'aa' (did you mean 'a'?)" in done.err or "did you mean" in done.err


def test_where_and_query(loads):
    loads.sql("create table t (id int primary key, s varchar(9)); insert into t values (1, 'a\\\\'), (2, 'b'), (3, 'it''s')")
    loads.load("--where", "id > 1 or s = 'zz'")
    assert loads.ids() == [2, 3]
    loads.load("--query", "select id, concat(s, '!') as e, 1/3 as q, id + 0.5 as h, now() as n from t where id < 3", "--as", "r")
    assert loads.rows("select id, e, q, h from ds.r order by 1")[1][:2] == (2, "b!")
    assert loads.columns("r")["q"] == "DECIMAL(5,4)"


def test_reflection_levels(loads):
    loads.sql("create table t (a smallint, b int, c bigint, d varchar(3)); insert into t values (1, 2, 3, 'x')")
    loads.load("--reflection", "full_with_precision")
    assert loads.columns("t").items() >= {"a": "SMALLINT", "b": "INTEGER", "c": "BIGINT", "d": "VARCHAR"}.items()


def test_other_engines_and_partitions(loads):
    loads.sql(f"""create table m (id int primary key) engine=myisam; insert into m {numbers(30000)};
        create table a (id int primary key) engine=aria; insert into a {numbers(10)};
        create table p (id int primary key, x int) partition by hash(id) partitions 4; insert into p select seq, seq from seq_1_to_{N};
        create table r (id int, y int, primary key (y, id)) partition by range (y) (partition p0 values less than (10), partition p1 values less than maxvalue);
        insert into r select seq, seq % 20 from seq_1_to_{N}; analyze table p, r""")
    loads.load("--parallel", "3")
    assert loads.rows("select (select count(*) from ds.m), (select count(*) from ds.a), (select sum(id) from ds.p), (select sum(id) from ds.r)") == [
        (30000, 10, N * (N + 1) // 2, N * (N + 1) // 2)]


# ---- values by option ----


def test_special_values(loads):
    loads.sql("set sql_mode = ''; create table t (id int primary key, d date); insert into t values (1, '0000-00-00'), (2, '2024-01-02'), (3, '2024-01-00')")
    loads.load("--special-values", "null")
    assert [str(r[0]) for r in loads.rows("select d from ds.t order by id")] == ["None", "2024-01-02", "None"]
    done = loads.load("--special-values", "error", expect=1)
    assert "sluice: table t, column d (date): no column of that type can hold the value 0000-00-00; choose --special-values variant" in done.err
    loads.load()
    assert loads.rows("select id, d::varchar, d__v_text from ds.t order by id") == [(1, None, "0000-00-00"), (2, "2024-01-02", None), (3, None, "2024-01-00")]


def test_unsigned_bigint_and_tinyint1(loads):
    loads.sql("create table t (u bigint unsigned, b tinyint(1)); insert into t values (18446744073709551615, 1), (7, 0), (8, 2)")
    loads.load("--unsigned-bigint", "bigint", "--tinyint1-is-bool", "--table", "t")
    columns = loads.columns("t")
    assert (columns["u"], columns["b"]) == ("BIGINT", "BOOLEAN")
    assert loads.rows("select u, b from ds.t order by u nulls last") == [(7, False), (8, None), (None, True)]
    variants = [c for c in columns if c.startswith(("u__v", "b__v"))]
    assert len(variants) == 2
    assert {str(v) for r in loads.rows(f"select {', '.join(variants)} from ds.t") for v in r if v is not None} == {"18446744073709551615", "2"}


def test_geometry_keeps_its_srid(loads):
    loads.sql("create table t (g point); insert into t values (st_geomfromtext('POINT(1 2)', 4326))")
    loads.load()
    assert loads.rows("select g from ds.t") == [("0101000020E6100000" + "000000000000F03F" + "0000000000000040",)]


def test_wide_rows_and_many_columns(loads):
    names = [f"c{i}" for i in range(400)]
    loads.sql(f"create table t (id int primary key, {', '.join(f'{n} int' for n in names)}); insert into t (id, c0, c7, c8, c399) values (1, 5, 6, 7, 8);"
              "create table l (id int primary key, x longtext); set max_statement_time=60; insert into l select seq, repeat(char(96 + seq), 20000000) from seq_1_to_3")
    loads.load()
    assert loads.rows("select c0, c1, c7, c8, c399 from ds.t") == [(5, None, 6, 7, 8)]
    assert loads.rows("select id, length(x), x[20000000] from ds.l order by 1") == [(1, 20000000, "a"), (2, 20000000, "b"), (3, 20000000, "c")]


# ---- parts ----

KEYS = {
    "int": ("k int primary key", "seq"),
    "negative": ("k int primary key", f"cast(seq as signed) - {N // 2}"),
    "lone huge value": ("k bigint unsigned primary key", "if(seq = 5, 18446744073709551615, seq)"),
    "gaps": ("k bigint primary key", "seq + (seq div 1000) * 1000000000"),
    "dense end": ("k bigint primary key", "if(seq < 100, seq * 90000000000000, 9200000000000000000 + seq)"),
    "two columns": ("a int, k int, primary key (a, k)", "seq", "7"),
    "two columns, skewed": ("a int, k int, primary key (a, k)", "seq", "if(seq < 100, seq, 5000)"),
    "three columns": ("a char(1), b int, k int, primary key (a, b, k)", "seq", "'x'", "3"),
    "unique, no primary": ("k int not null, unique (k)", "seq"),
    "text": ("k varchar(40) primary key", "concat('Key ', lpad(seq, 9, '0'))"),
    "text, hexadecimal": ("k char(32) primary key", "md5(seq)"),
    "text, binary": ("k varchar(40) collate utf8mb4_bin primary key", "concat(elt(seq % 3 + 1, 'A', 'a', 'Z'), md5(seq))"),
    "text, quotes": ("k varchar(40) primary key", "concat(elt(seq % 4 + 1, '''', '\\\\', '\"', 'é'), lpad(seq, 9, '0'))"),
    "text, chinese": ("k varchar(40) primary key", "concat('键', lpad(seq, 9, '0'))"),
    "text, latin1": ("k varchar(40) character set latin1 primary key", "concat('ä', lpad(seq, 9, '0'))"),
    "text, unicode collation": ("k varchar(40) collate utf8mb4_unicode_ci primary key", "concat(elt(seq % 3 + 1, '-', 'a', 'B'), lpad(seq, 9, '0'))"),
    "binary": ("k binary(16) primary key", "unhex(md5(seq))"),
    "date and number": ("a date, k int, primary key (a, k)", "seq", "'2020-01-01' + interval seq % 30 day"),
    "datetime": ("k datetime primary key", "'2020-01-01' + interval seq minute"),
    "timestamp(6)": ("k timestamp(6) primary key", "from_unixtime(1600000000 + seq / 1000)"),
    "uuid": ("k uuid primary key", "uuid()"),
    "decimal": ("k decimal(10,2) primary key", "seq / 4"),
    "none": ("k int", "seq"),
    "nullable unique": ("k int, unique (k)", "nullif(seq, 3)"),
    "prefix": ("k text, primary key (k(20))", "md5(seq)"),
}
WHOLE = {"uuid", "decimal", "none", "nullable unique", "prefix"}  # one stream


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """All of them in one load, and the statements that the server was asked: {name: conditions}."""
    loads = Loads(tmp_path_factory.mktemp("parts"), "parts")
    script = ["set sql_mode = ''"]
    for i, (columns, k, *others) in enumerate(KEYS.values()):
        script.append(f"create table t{i} ({columns}, x int); insert into t{i} select {', '.join([*others, k, 'seq'])} from seq_1_to_{N}; analyze table t{i}")
    loads.sql(";".join(script))
    asked = {name: [] for name in KEYS}
    for line in loads.logged(lambda: loads.load("--parallel", "3")):
        table, _, condition = line.partition(" FROM `parts`.`t")[2].partition("`")
        if "\tExecute\t" in line.replace(" Execute", "\tExecute") and table:
            asked[list(KEYS)[int(table)]].append(condition.removeprefix(" WHERE "))
    return loads, asked


@pytest.mark.parametrize("name", KEYS)
def test_parts_are_the_whole(parts, name):
    loads, asked = parts
    table = f"t{list(KEYS).index(name)}"
    assert loads.rows(f"select count(*), count(distinct x), sum(x) from ds.{table}") == [(N, N, N * (N + 1) // 2)]
    assert len(asked[name]) == 1 if name in WHOLE else 3 <= len(asked[name]) <= 24, asked[name]


@pytest.mark.parametrize("name", ["int", "lone huge value", "gaps", "dense end", "two columns, skewed", "text, hexadecimal", "binary"])
def test_parts_have_alike_sizes(parts, name):
    """No part has more than half of the rows, whatever the values are."""
    loads, asked = parts
    counts = [int(loads.sql(f"select count(*) from t{list(KEYS).index(name)} where {c}")[0][0]) for c in asked[name]]
    assert sum(counts) == N and max(counts) <= N / 2, counts


def test_parts_with_a_condition(loads):
    loads.sql(f"create table t (id int primary key, x int, key (x)); insert into t select seq, seq % 7 from seq_1_to_{N}; analyze table t")
    loads.load("--parallel", "3", "--where", "x = 3 or x = 5 -- a comment")
    assert loads.rows("select count(*), count(distinct id) from ds.t") == [(sum(1 for i in range(1, N + 1) if i % 7 in (3, 5)),) * 2]


# ---- one moment ----


def test_all_connections_see_one_moment(loads):
    """Money moves between two tables and far rows all the time; the sum never changes."""
    loads.sql(f"create table a (id int primary key, m int, f char(100) default 'x'); insert into a (id, m) select seq, 100 from seq_1_to_{N};"
              f"create table b like a; insert into b select * from a; analyze table a, b")
    stop = threading.Event()

    def move():
        i = 1
        while not stop.is_set():
            i = i * 7919 % N + 1
            loads.sql(";".join(f"begin; update a set m = m - 1 where id = {(i + j * 31) % N + 1}; update b set m = m + 1 where id = {(N - i + j) % N + 1}; commit" for j in range(50)))

    thread = threading.Thread(target=move)
    thread.start()
    try:
        for _ in range(3):
            done = loads.load("--parallel", "4")
            assert "warning" not in done.err
            assert loads.rows("select (select sum(m) from ds.a) + (select sum(m) from ds.b), (select count(*) from ds.a)") == [(200 * N, N)]
    finally:
        stop.set()
        thread.join()


@pytest.fixture
def big(loads):
    loads.sql(f"create table t (id int primary key, f char(50) default 'x'); insert into t (id) {numbers(N)}; analyze table t; flush tables")
    return loads


def connections(s):
    return int(s.sql("show global status like 'Connections'")[0][1])


@pytest.mark.parametrize("rights,parts,warned", [
    ("grant select on {db}.* to '{u}'@'%'", 1, True),
    ("grant select, lock tables on {db}.* to '{u}'@'%'", 3, False),
    ("grant select on {db}.* to '{u}'@'%'; grant reload on *.* to '{u}'@'%'", 3, False)])
def test_rights_for_a_lock(big, rights, parts, warned):
    u = "u" + str(parts) + str(int(warned)) + str(len(rights))
    big.sql(f"drop user if exists '{u}'@'%'; create user '{u}'@'%' identified by 'pw'; " + rights.format(db=big.name, u=u))
    done = big.load("--parallel", "3", url=big.server.url(big.name, u, "pw"))
    assert ("one connection reads everything, because no lock could be had" in done.err) == warned
    assert "pw" not in done.err and big.ids() == list(range(1, N + 1))
    if warned:
        assert "one connection" not in big.load("--parallel", "1", url=big.server.url(big.name, u, "pw")).err
        assert "--snapshot loose: the connections see the data at slightly different moments" in big.load(
            "--parallel", "3", "--snapshot", "loose", url=big.server.url(big.name, u, "pw")).err


def test_no_lock_is_left_and_tables_can_be_altered(big):
    """While the second table is read, the first can be altered, and both can be written."""
    big.sql(f"create table u (id int primary key, f varchar(2000)); insert into u select seq, repeat('y', 1500) from seq_1_to_{N}; analyze table u")
    process = big.start("--parallel", "2", "--table", "t,u")
    time.sleep(0.2)
    start = time.monotonic()
    big.sql("set lock_wait_timeout = 30; insert into u values (0, ''); insert into t (id) values (0); alter table t add column z int")
    assert time.monotonic() - start < 20
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0 or "altered" in err, err


# ---- the contract of all sources ----


@pytest.mark.parametrize("program", ["contract_sources", "contract_source_stops", "contract_source_memory"])
def test_the_contract_of_all_sources(loads, program):
    build = Path(SLUICE).parent
    if not (build / program).exists():
        pytest.skip(f"{program} is not built")
    rows = 800000 if program.endswith("memory") else 10
    slow, broken, large = (loads.server.new_database(f"{loads.name[:40]}_{n}") for n in ("slow", "broken", "large"))
    loads.sql("create table t (id int primary key, a varchar(100), d decimal(9,2), m timestamp(3) null, b blob); insert into t select seq, repeat('ab', seq % 40), seq / 8, '2024-01-01' + interval seq second, x'00ff' from seq_1_to_20000")
    loads.server.sql("create view v as select 1 as id, sleep(600) as s", slow)
    loads.server.sql("create view v as select 1 as id, (select 1 union select 2) as s", broken)
    loads.server.sql(f"create table t (id int primary key, f char(200)); insert into t select seq, repeat('x', 200) from seq_1_to_{rows}; analyze table t", large)
    place = "SLUICE_CONTRACT_SOURCE_MYSQL"
    url = loads.server.url
    env = {**os.environ, "SLUICE_CONTRACT_PLACE": "mysql", place: url(loads.name), f"{place}_OPTIONS": "include-views=yes&batch-rows=3000",
           f"{place}_MISSING": url(loads.name + "_no"), f"{place}_BROKEN": url(broken), f"{place}_REFUSED": url(loads.name, options="?ssl-mode=no"),
           f"{place}_SECRET": url(loads.name, "nobody", "s3cr3tS3nt1n3l"), f"{place}_SLOW": url(slow), f"{place}_LARGE": url(large)}
    done = subprocess.run([build / program], env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and " 0 failed" in done.stdout, done.stdout + done.stderr


# ---- limits ----


def test_limit_stops_early(big):
    done = big.load("--limit", "10")
    assert "10 rows" in done.out and len(big.ids()) == 10


def test_memory_does_not_grow_with_the_table(big):
    big.sql("create table w (id int primary key, a varchar(1000), b varchar(1000)); insert into w select seq, repeat(md5(seq), 7), repeat(md5(seq + 1), 7) from seq_1_to_600000; analyze table w")
    code = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)"
    done = subprocess.run([sys.executable, "-c", code, SLUICE, *map(str, big.words("--table", "w", "-q", "--memory", "96MB"))], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 256, f"{done.stdout} MB for a table of 275 MB"
    assert big.rows("select count(*), sum(length(a)) from ds.w") == [(600000, 600000 * 224)]


def test_inspect_shows_tables(loads):
    loads.sql("create table t (id int unsigned primary key, d decimal(9,2) comment 'money') comment 'all of it'; insert into t values (1, 2)")
    done = loads.run("inspect", loads.server.url(loads.name))
    assert f"{loads.name}.t" in done.out


def test_version_does_not_open_the_library(loads):
    start = time.monotonic()
    loads.run("--version", env={"SLUICE_LIBMARIADB": "/nowhere"})
    assert time.monotonic() - start < 0.5
    done = loads.load(expect=1, env={"SLUICE_LIBMARIADB": "/nowhere"})
    assert "libmariadb cannot be opened (looked for /nowhere)" in done.err and "libmariadb3" in done.err



def test_many_tables_in_few_queries(loads):
    """Names and keys of all tables at once, in the order of the tables; of a few, each for itself."""
    loads.sql("".join(f"create table T{i} (id{i} int, k int, b decimal(5,{i % 5}), primary key (k, id{i}));" for i in range(40)) + "create view v as select k from T7")
    lines = loads.logged(lambda: loads.run("inspect", loads.server.url(loads.name), "--include-views"))
    assert sum("information_schema" in line and "Query" in line for line in lines) <= 4, lines  # names, columns, keys, sizes
    done = json.loads(loads.run("inspect", loads.server.url(loads.name), "--include-views", "--json").out)
    assert len(done["tables"]) == 41
    for i in range(40):
        columns = next(t["columns"] for t in done["tables"] if t["name"] == f"t{i}")
        assert {c["name"]: c["nullable"] for c in columns} == {f"id{i}": False, "k": False, "b": True}
    loads.load("--table", "T1,T2,v")
    stored = loads.rows("select schema from ds._dlt_version order by inserted_at desc limit 1")[0][0].replace(" ", "")
    assert stored.count('"primary_key":true') == 4
