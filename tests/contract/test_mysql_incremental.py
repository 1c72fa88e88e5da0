"""MySQL and MariaDB: loads of what is new, and tables that change between loads."""
import pytest
from mysql_support import loads  # noqa: F401

# type: values in ascending order, the first three loaded first
CURSORS = {
    "int": [1, 2, 5, 7, 9],
    "bigint unsigned": ["9223372036854775807", "9223372036854775808", "18446744073709551600", "18446744073709551610", "18446744073709551615"],
    "decimal(20,6)": ["-5.5", "0.000001", "1.25", "1.250001", "99999999999999.999999"],
    "double": ["-1e300", "0.1", "0.30000000000000004", "0.4", "1e300"],
    "float": ["-1.5", "0.1", "0.2", "0.3", "1e30"],
    "date": ["'1990-01-01'", "'2024-02-28'", "'2024-02-29'", "'2024-03-01'", "'9999-12-31'"],
    "datetime": ["'1990-01-01 00:00:00'", "'2024-01-01 00:00:01'", "'2024-01-01 00:00:02'", "'2024-01-01 00:00:03'", "'2025-01-01 00:00:00'"],
    "datetime(6)": ["'2024-01-01 00:00:00'", "'2024-01-01 00:00:00.000001'", "'2024-01-01 00:00:00.000002'", "'2024-01-01 00:00:00.000003'", "'2024-01-01 00:00:00.1'"],
    "timestamp": ["'1990-01-01 00:00:00'", "'2024-01-01 00:00:01'", "'2024-03-31 01:30:00'", "'2024-03-31 02:30:00'", "'2025-01-01 00:00:00'"],
    "timestamp(3)": ["'2024-01-01 00:00:00.001'", "'2024-01-01 00:00:00.002'", "'2024-01-01 00:00:00.003'", "'2024-01-01 00:00:00.004'", "'2024-01-01 00:00:00.1'"],
    "time": ["'00:00:00'", "'00:00:01'", "'10:00:00'", "'11:00:00'", "'23:59:59'"],
    "year": ["1990", "2000", "2024", "2025", "2100"],
    "bit(20)": ["1", "2", "3", "300", "70000"],
    "varchar(20)": ["'a'", "'B'", "'c'", "'D'", "'e'"],
    "varchar(20) collate utf8mb4_bin": ["'A'", "'B'", "'a'", "'b\\\\'", "'it''s'"],
    "binary(4)": ["x'00'", "x'01'", "x'80'", "x'ff'", "x'ffff'"],
    "enum('a','b','c','d','e')": ["'a'", "'b'", "'c'", "'d'", "'e'"],
}


@pytest.mark.parametrize("type_", CURSORS)
@pytest.mark.parametrize("key", ["primary key", "unique"])
def test_second_load_moves_what_is_new(loads, type_, key):
    """Appended without a key, merged with one; rows at the border never come twice."""
    zone = "set time_zone = '+00:00', sql_mode = '';"
    loads.sql(f"{zone} create table t (id int {key}, c {type_} not null, key (c));" + "".join(
        f"insert into t values ({i}, {v});" for i, v in enumerate(CURSORS[type_][:3])))
    loads.load("--cursor", "c")
    assert loads.ids() == [0, 1, 2]
    done = loads.load("--cursor", "c")
    assert loads.ids() == [0, 1, 2], "nothing new"
    loads.sql(zone + f"insert into t values (10, {CURSORS[type_][2]});" + "".join(
        f"insert into t values ({i}, {v});" for i, v in enumerate(CURSORS[type_][3:], 3)))
    done = loads.load("--cursor", "c")
    assert loads.ids() == [0, 1, 2, 3, 4, 10], done.err
    assert loads.rows("select count(*) from ds.t where _dlt_load_id = (select max(load_id) from ds._dlt_loads)")[0][0] in (3, 4)


def test_texts_that_are_equal_in_their_collation(loads):
    """'ABC' was the end, now 'abc' is: the same value to the database."""
    loads.sql("create table t (id int, c varchar(9)); insert into t values (1, 'aa'), (2, 'ABC')")
    loads.load("--cursor", "c", "--on-cursor-null", "exclude")
    for i, value in enumerate(["abc", "Abc", "abC "], 3):
        loads.sql(f"insert into t values ({i}, '{value}')")
        loads.load("--cursor", "c", "--on-cursor-null", "exclude")
        assert loads.ids() == list(range(1, i + 1))


def test_window_options(loads):
    loads.sql("create table t (id int, c datetime not null, key (c)); insert into t select seq, '2024-01-01' + interval seq hour from seq_1_to_50")
    loads.load("--cursor", "c", "--initial-value", "2024-01-02", "--end-value", "2024-01-02T12:00:00Z")
    assert loads.ids() == list(range(24, 36))
    loads.load("--cursor", "c", "--initial-value", "2024-01-02", "--end-value", "2024-01-02 12:00", "--range-start", "open", "--range-end", "closed",
               "--write-disposition", "replace")
    assert loads.ids() == list(range(25, 37))
    loads.load("--cursor", "c", "--initial-value", "2024-01-02T12:00:00", "--write-disposition", "replace")
    assert loads.ids() == list(range(36, 51)), "a backfill leaves no state"
    loads.load("--cursor", "c", "--lag", "7200", "--write-disposition", "merge", "--primary-key", "id")
    assert loads.ids() == list(range(36, 51))
    done = loads.load("--cursor", "c", "--initial-value", "yesterday", "--pipeline", "other", expect=2)
    assert "'yesterday' is no date or time, but column c is datetime" in done.err


def test_row_order(loads):
    loads.sql("create table t (id int primary key, c int not null, key (c)); insert into t select seq, 100 - seq from seq_1_to_99")
    done = loads.load("--cursor", "c", "--row-order", "asc", "--limit", "10")
    assert loads.ids() == list(range(90, 100)), done.err
    assert "t: --limit 10 left rows unread, so the cursor stays where it was" in done.err
    loads.load("--cursor", "c", "--write-disposition", "merge", "--primary-key", "id")
    assert loads.ids() == list(range(1, 100)), "nothing is skipped by the load after a limit"


@pytest.mark.parametrize("how,want", [("raise", None), ("include", [1, 2, 3]), ("exclude", [1, 3])])
def test_null_cursors(loads, how, want):
    loads.sql("create table t (id int primary key, c int); insert into t values (1, 1), (2, null), (3, 3)")
    done = loads.load("--cursor", "c", "--on-cursor-null", how, expect=1 if want is None else 0)
    if want is None:
        assert "table t: in 1 rows the cursor c is NULL" in done.err
    else:
        assert loads.ids() == want
        loads.sql("insert into t values (4, 4), (5, null)")
        loads.load("--cursor", "c", "--on-cursor-null", how)
        assert loads.ids() == sorted([*want, 4] + ([5] if how == "include" else []))


def test_a_cursor_without_index_is_told(loads):
    loads.sql("create table t (id int primary key, c int not null); insert into t values (1, 1)")
    assert "t: no index begins with the cursor c, so each load reads the whole table" in loads.load("--cursor", "c").err
    assert "no index" not in loads.load("--cursor", "id", "--pipeline", "q").err


def test_many_rows_at_the_border(loads):
    loads.sql("create table t (id int, c int not null, key (c)); insert into t select seq, seq div 10000 from seq_1_to_29999")
    loads.load("--cursor", "c")
    loads.sql("insert into t select seq, seq div 10000 from seq_30000_to_30005; insert into t values (50000, 2)")
    loads.load("--cursor", "c")
    assert loads.rows("select count(*), count(distinct id) from ds.t") == [(30006, 30006)]


def test_cursor_of_a_query(loads):
    loads.sql("create table t (id int primary key, s varchar(9)); insert into t values (1, 'a'), (2, 'b')")
    words = ["--query", "select id, upper(s) as u from t where s <> 'x'", "--cursor", "id", "--as", "q"]
    loads.load(*words)
    loads.sql("insert into t values (3, 'x'), (4, 'd')")
    loads.load(*words)
    assert loads.rows("select id, u from ds.q order by 1") == [(1, "A"), (2, "B"), (4, "D")]


def test_updates_are_merged(loads):
    loads.sql("create table t (id int primary key, v int, at timestamp(6) not null, key (at)); insert into t values (1, 10, '2024-01-01'), (2, 20, '2024-01-02')")
    loads.load("--cursor", "at")
    loads.sql("update t set v = 11, at = '2024-01-03' where id = 1; insert into t values (3, 30, '2024-01-03')")
    loads.load("--cursor", "at")
    assert loads.rows("select id, v from ds.t order by 1") == [(1, 11), (2, 20), (3, 30)]


# ---- tables that change ----


def test_columns_come_and_go(loads):
    loads.sql("create table t (id int primary key, a int); insert into t values (1, 2)")
    loads.load("--cursor", "id")
    loads.sql("alter table t add column b varchar(9) default 'x', drop column a, add column c decimal(5,1) as (id / 2) stored; insert into t (id) values (2)")
    loads.load("--cursor", "id")
    assert loads.rows("select id, a, b, c::varchar from ds.t order by 1") == [(1, 2, None, None), (2, None, "x", "1.0")] or \
        loads.rows("select id, a, b, c::varchar from ds.t order by 1")[1] == (2, None, "x", "1.0")


def test_types_change(loads):
    loads.sql("create table t (id int primary key, a int, d decimal(5,2)); insert into t values (1, 7, 1.25)")
    loads.load()
    loads.sql("alter table t modify a varchar(20), modify d decimal(12,4); insert into t values (2, 'text', 12345678.1234)")
    loads.load()
    columns = loads.columns("t")
    variant = next(c for c in columns if c.startswith("a__v"))
    assert loads.rows(f"select id, coalesce(a::varchar, {variant}::varchar), d::varchar from ds.t order by 1") == [(1, "7", "1.2500"), (2, "text", "12345678.1234")]


def test_a_schema_with_keys_between_tables(loads):
    """A schema as shops have it: loaded whole, then only what changed."""
    loads.sql("""create table customers (id int unsigned auto_increment primary key, email varchar(200) unique, name varchar(100) character set latin1, created timestamp default current_timestamp, updated timestamp(6) not null default current_timestamp(6) on update current_timestamp(6), key (updated));
        create table products (sku char(8) primary key, title varchar(200), price decimal(10,2), tags set('new','sale','old'), data json, updated timestamp(6) not null default current_timestamp(6) on update current_timestamp(6), key (updated));
        create table orders (id bigint unsigned auto_increment primary key, customer int unsigned not null, status enum('open','paid','sent') default 'open', placed datetime(3), updated timestamp(6) not null default current_timestamp(6) on update current_timestamp(6), key (updated), foreign key (customer) references customers (id));
        create table items (order_id bigint unsigned, line smallint, sku char(8), quantity int, price decimal(10,2), updated timestamp(6) not null default current_timestamp(6) on update current_timestamp(6), primary key (order_id, line), key (updated), foreign key (order_id) references orders (id) on delete cascade, foreign key (sku) references products (sku));
        insert into customers (email, name) select concat('c', seq, '@example.com'), concat('Käufer ', seq) from seq_1_to_1000;
        insert into products (sku, title, price, tags, data) select lpad(seq, 8, '0'), concat('Thing ', seq), seq / 7, seq % 8, json_object('n', seq) from seq_1_to_500;
        insert into orders (customer, status, placed) select seq % 1000 + 1, seq % 3 + 1, '2024-01-01' + interval seq minute from seq_1_to_5000;
        insert into items (order_id, line, sku, quantity, price) select seq div 4 + 1, seq % 4, lpad(seq % 500 + 1, 8, '0'), seq % 9, seq / 3 from seq_1_to_19999""")
    words = ["--cursor", "updated"]
    loads.load(*words)
    counts = "select (select count(*) from {0}customers), (select count(*) from {0}products), (select count(*) from {0}orders), (select count(*) from {0}items)"

    def compare():
        assert [str(v) for v in loads.rows(counts.format("ds."))[0]] == loads.sql(counts.format(""))[0]
        ours = loads.rows("select sum(quantity), sum(price), (select sum(price) from ds.products), (select count(*) from ds.orders where status = 'paid') from ds.items")
        assert [str(v) for v in ours[0]] == loads.sql("select sum(quantity), sum(price), (select sum(price) from products), (select count(*) from orders where status = 'paid') from items")[0]

    compare()
    loads.sql("do sleep(0.01); update orders set status = 'paid' where id % 100 = 0; insert into customers (email, name) values ('new@example.com', 'Neu'); update items set quantity = quantity + 1 where order_id = 7")
    loads.load(*words)
    compare()
    moved = dict(loads.rows("select 'orders', count(*) from ds.orders where _dlt_load_id = (select max(load_id) from ds._dlt_loads)"))
    assert 33 <= moved["orders"] <= 35, "only what was not paid before"
