"""MySQL and MariaDB: what goes wrong, and what the user is told."""
import itertools
import signal
import socket
import threading
import time

import pytest
from breaking import Breaker
from mysql_support import loads  # noqa: F401
from servers_mysql import Server, free_port

N = 200000


@pytest.fixture
def user(loads):
    """A user with a password full of special characters, who may read."""
    loads.sql(f"drop user if exists 'us:er'@'%'; create user 'us:er'@'%' identified by 'p@ss/w#rd?'; grant select on {loads.name}.* to 'us:er'@'%';"
              "create table t (id int primary key); insert into t values (1)")
    return "us%3Aer", "p%40ss%2Fw%23rd%3F"


# ---- connecting ----


def test_refused(loads):
    port = free_port()
    done = loads.load(url=f"mysql://joe:secret@127.0.0.1:{port}/shop", expect=1)
    assert f"connecting to 127.0.0.1:{port}: Can't connect to server on '127.0.0.1'" in done.err and "(2002); is the server running there" in done.err
    assert "secret" not in done.err


def test_unknown_host(loads):
    done = loads.load(url="mysql://no-such-host.invalid/shop", expect=1)
    assert "connecting to no-such-host.invalid:3306" in done.err and "no such host" in done.err


def test_wrong_password(loads, user):
    done = loads.load(url=loads.server.url(loads.name, user[0], "wrong"), expect=1)
    assert "Access denied for user 'us:er'@'localhost' (using password: YES) (1045); wrong user name or password" in done.err and "wrong'" not in done.err


def test_special_characters(loads, user):
    loads.load(url=loads.server.url(loads.name, *user))
    assert loads.ids() == [1]
    loads.load(url=loads.server.url(loads.name, user[0]), env={"MYSQL_PWD": "p@ss/w#rd?"})
    assert "p@ss" not in loads.load("--table", "x", url=loads.server.url(loads.name, *user), expect=1).err


def test_missing_database(loads):
    done = loads.load(url=loads.server.url(loads.name + "x"), expect=1)
    assert f"the server has no database '{loads.name}x' (did you mean '{loads.name}'?)" in done.err


def test_missing_table(loads):
    loads.sql("create table orders (id int); create table u (id int)")
    done = loads.load("--table", "order", expect=1)
    assert "has no table 'order' (did you mean 'orders'?)" in done.err
    loads.load("--table", "u", "--query", "select 1", expect=2)


def test_no_tables(loads):
    assert "has no table to read" in loads.load(expect=1).err


def test_missing_column(loads):
    loads.sql("create table t (id int, updated_at datetime)")
    assert "table t has no column 'update_at' (did you mean 'updated_at'?)" in loads.load("--cursor", "update_at", expect=1).err
    done = loads.load("--where", "nothing = 1", expect=2)
    assert "table t: Unknown column 'nothing' in 'WHERE' (1054); check --where and --query" in done.err or "Unknown column 'nothing'" in done.err


@pytest.mark.parametrize("query,expect,text", [
    ("selec 1", 2, "--query: You have an error in your SQL syntax"), ("select 1 as a, 2 as a", 2, "--query: Duplicate column name 'a' (1060); give each column"),
    ("select * from nowhere", 1, "nowhere' doesn't exist (1146)"), ("delete from t", 2, "--query: You have an error")])
def test_bad_queries(loads, query, expect, text):
    loads.sql("create table t (id int)")
    done = loads.load("--query", query, expect=expect)
    assert text in done.err


def test_no_right_on_one_of_many(loads):
    loads.sql("".join(f"create table t{i} (id int, c int);" for i in range(8)) + "drop user if exists 'one'@'%'; create user 'one'@'%';" +
              "".join(f"grant select on {loads.name}.t{i} to 'one'@'%';" for i in range(7)) + f"grant insert on {loads.name}.t7 to 'one'@'%'")
    done = loads.load(url=loads.server.url(loads.name, "one"), expect=1)
    assert f"table {loads.name}.t7: SELECT command denied to user 'one'@'localhost' for table `{loads.name}`.`t7` (1142); GRANT SELECT on it to this user, or leave it out (--exclude-tables)" in done.err
    loads.load("--exclude-tables", "t7", url=loads.server.url(loads.name, "one"))
    assert len(loads.tables()) == 7


def test_right_on_some_columns_only(loads):
    loads.sql(f"create table t (id int, c int); insert into t values (1, 2); drop user if exists 'two'@'%'; create user 'two'@'%'; grant select (id) on {loads.name}.t to 'two'@'%'")
    loads.load(url=loads.server.url(loads.name, "two"))
    assert "c" not in loads.columns("t")


def test_broken_view(loads):
    loads.sql("create table t (id int); create view v as select id from t; drop table t")
    done = loads.load("--table", "v", expect=1)
    assert "references invalid table(s)" in done.err and "repair the view" in done.err


@pytest.mark.parametrize("url,text", [
    ("mysql://h:port/x", "port is not a number"), ("mysql://h/x?ssl_mode=maybe", "ssl-mode=maybe: choose disabled"), ("mysql://h/x?tmo=3", "an option 'tmo' that is not known"),
    ("mysql:h/x", "the URL must look like mysql://"), ("mysql://h/x?ssl-mode=verify-ca", "needs ssl-ca")])
def test_bad_urls(loads, url, text):
    assert text in loads.load(url=url, expect=2).err


def test_a_port_where_nobody_speaks_mysql(loads):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        done = loads.load("--connect-timeout", "1", url=f"mysql://127.0.0.1:{s.getsockname()[1]}/x", expect=1)
    assert "connecting to 127.0.0.1" in done.err


@pytest.mark.parametrize("answers", [2, 4], ids=["before the settings", "among them"])
@pytest.mark.parametrize("side", ["source", "destination"])
def test_a_server_that_says_no_more(loads, side, answers):
    """Nobody can stop a load whose sessions are being set up: it does not wait there for ever."""
    seen, over = itertools.count(1), threading.Event()

    def change(data):
        if next(seen) > answers:
            over.wait(60)
        return data

    with Breaker(loads.server.port, change=change) as line:
        url = f"mysql://root@127.0.0.1:{line.port}/{loads.name if side == 'source' else ''}?ssl-mode=DISABLED"
        if side == "source":
            error = loads.load("--connect-timeout", "1", url=url, expect=1).err
        else:
            rows = loads.write("rows.jsonl", '{"id": 1}\n')
            error = loads.run("load", rows, url, "--pipelines-dir", loads.folder / "p", "--retries", "0", "--destination-connect-timeout", "1", expect=1).err
        over.set()
    assert "lost" in error.lower(), error


def test_too_many_connections(loads):
    loads.sql(f"drop user if exists 'few'@'%'; create user 'few'@'%' with max_user_connections 1; grant all on *.* to 'few'@'%'; create table t (id int primary key, f char(200)); insert into t select seq, 'x' from seq_1_to_50000; analyze table t")
    loads.load("--parallel", "4", url=loads.server.url(loads.name, "few"))
    assert len(loads.ids()) == 50000


# ---- TLS and sockets ----


def test_tls(loads, user):
    """Encrypted where the server can; verified when asked."""
    loads.sql("alter user 'us:er'@'%' require ssl")
    ca = loads.server.folder / "ca.pem"

    def url(options, host="127.0.0.1"):
        return loads.server.url(loads.name, *user, options).replace("127.0.0.1", host)

    loads.load(url=url(""))
    loads.load(url=url("?ssl-mode=REQUIRED"))
    loads.load(url=url(f"?ssl_mode=verify_ca&ssl_ca={ca}"))
    loads.load(url=url(f"?ssl-mode=verify-identity&ssl-ca={ca}", "localhost"))
    assert "Access denied" in loads.load(url=url("?ssl-mode=disabled"), expect=1).err
    for options, host in (("?ssl-mode=verify-identity", "localhost"), (f"?ssl-mode=verify-identity&ssl-ca={ca}", "127.0.0.1")):
        done = loads.load(url=url(options, host), expect=1)
        assert "(2026); see ssl-mode and ssl-ca in docs/sources/mysql.md" in done.err
    loads.sql("alter user 'us:er'@'%' require none")


def test_socket_and_option_file(loads, user):
    loads.load(url=f"mariadb://root@/{loads.name}?socket={loads.server.socket}")
    file = loads.write("my.cnf", f"[client]\nuser = us:er\npassword = \"p@ss/w#rd?\"\nhost = 127.0.0.1\nport = {loads.server.port}\n[other]\nuser = root\n")
    loads.load(url=f"mysql:///{loads.name}?option-file={file}")
    assert loads.ids() == [1]
    done = loads.load(url=f"mysql:///{loads.name}?socket=/nowhere/socket", expect=1)
    assert "connecting to /nowhere/socket" in done.err


def test_schemes_of_sqlalchemy(loads, user):
    loads.load(url=loads.server.url(loads.name, *user, "?charset=utf8mb4", scheme="mysql+pymysql"))
    assert loads.ids() == [1]


# ---- midway ----


@pytest.fixture(scope="module")
def fragile():
    s = Server("--innodb-flush-log-at-trx-commit=1")  # what was written is there after a kill
    s.new_database("big")
    s.sql(f"create table t (id int primary key, f char(200) default 'abc'); insert into t (id) select seq from seq_1_to_{N}; analyze table t", "big")
    yield s
    s.remove()


def whole(loads):
    return loads.rows("select count(*), sum(id), count(distinct f) from ds.t") == [(N, N * (N + 1) // 2, 1)]


@pytest.mark.parametrize("after", [0.05, 0.15, 0.3, 0.6])
def test_connections_killed_midway(loads, fragile, after):
    url = fragile.url("big")
    process = loads.start("--parallel", "3", url=url)
    time.sleep(after)
    for (line,) in fragile.sql("select concat('kill ', id) from information_schema.processlist where id <> connection_id() and user = 'root'"):
        fragile.sql(line, may_fail=True)  # it may be gone by now
    out, err = process.communicate(timeout=60)
    assert process.returncode in (0, 1), err
    if process.returncode == 1:
        assert "connection" in err.lower() and "run the load again" in err.lower() or "connecting to" in err, err
    loads.load("--parallel", "3", url=url)
    assert whole(loads)


def test_an_idle_connection_is_killed(loads):
    """The other one reads its parts: it sees the same moment."""
    loads.sql("create table a (id int primary key, f char(200) default 'x') engine=myisam; insert into a (id) select seq from seq_1_to_300000;"
              "create table b (id int primary key, f char(200) default 'x'); insert into b (id) select seq from seq_1_to_60000; analyze table b")
    process = loads.start("--parallel", "2")
    mine = f"from information_schema.processlist where db = '{loads.name}' and user = 'root' and id <> connection_id()"
    idle = []
    while process.poll() is None and not idle:
        if loads.server.sql(f"select count(*) {mine} and info like 'SELECT%`a`'") == [["1"]]:
            idle = loads.server.sql(f"select id {mine} and command = 'Sleep'")
    for (number,) in idle:
        loads.server.sql(f"kill {number}")
    out, err = process.communicate(timeout=60)
    if process.returncode != 0:  # it had begun to read when it was killed
        assert "connection" in err.lower(), err
        loads.load("--parallel", "2")
    assert loads.rows("select (select count(*) from ds.a), (select count(*) from ds.b)") == [(300000, 60000)]


def test_altered_midway(loads, fragile):
    """An ALTER waits for the table, or the load says that it came in between."""
    url = fragile.url("big")
    process = loads.start("--parallel", "3", url=url)
    time.sleep(0.1)
    fragile.sql("alter table t add column z int default 1; alter table t drop column z", "big")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0 or "run the load again" in err, err
    loads.load(url=url)
    assert whole(loads)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_stops_the_server_too(loads, number):
    loads.sql("create table t (id int primary key); insert into t values (1)")
    process = loads.start("--query", "select id, sleep(30) as s from t")
    for _ in range(100):
        running = loads.sql("select count(*) from information_schema.processlist where info like '%sleep(30)%' and id <> connection_id()")
        if running != [["0"]]:
            break
        time.sleep(0.05)
    start = time.monotonic()
    process.send_signal(number)
    process.communicate(timeout=20)
    assert time.monotonic() - start < 10 and process.returncode not in (0, None)
    assert loads.sql("select count(*) from information_schema.processlist where info like '%sleep(30)%' and id <> connection_id()") == [["0"]]


def test_statement_timeout(loads):
    loads.sql("create table t (id int primary key); insert into t values (1)")
    start = time.monotonic()
    done = loads.load("--query", "select id, sleep(20) as s from t", "--statement-timeout", "1", expect=1)
    assert time.monotonic() - start < 10 and "raise --statement-timeout" in done.err


def test_it_only_reads(loads):
    loads.sql("create table t (id int primary key);\ndelimiter //\ncreate function f() returns int modifies sql data begin insert into t values (9); return 1; end//")
    done = loads.load("--query", "select f() as x", expect=2)
    assert "Cannot execute statement in a READ ONLY transaction (1792); Sluice only reads" in done.err
    assert loads.sql("select count(*) from t") == [["0"]]


def test_text_of_another_character_set(loads):
    loads.sql("create table t (id int primary key, c varchar(9) character set latin1); insert into t values (1, x'80ff')")
    loads.load()
    assert loads.rows("select c from ds.t") == [("\u20ac\u00ff",)]


def test_text_that_is_no_utf8(loads):
    """Bytes of another character set under a table file that says utf8mb4, as dumps and copied files leave them."""
    loads.sql("create table t (id int, c varchar(8) character set latin1) engine=myisam; insert into t values (1, x'6772fcdf65'), (2, 'ok'), (3, null);"
              "create table u (id int, c varchar(2) character set utf8mb4) engine=myisam; flush tables")
    folder = loads.server.data / loads.name
    (folder / "t.frm").write_bytes((folder / "u.frm").read_bytes())
    loads.sql("flush tables; drop table u")
    done = loads.load()
    assert "table t, column c: values that are no text in UTF-8 are kept as bytes" in done.err
    assert loads.rows("select id, c, hex(c__v_binary) from ds.t order by id") == [(1, None, "6772FCDF65"), (2, "ok", None), (3, None, None)]
    done = loads.load("--special-values", "error", expect=1)
    assert "table t, column c (varchar(2)): a value is no text in UTF-8 (hexadecimal 6772fcdf65); mend it" in done.err

