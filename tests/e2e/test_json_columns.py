"""JSON columns of a database: kept as json, or made into columns and child tables by --max-nesting."""
import sqlite3

import pytest
from support import Work

ROWS = [(1, '{"a": {"b": 1.5}, "list": [1, 2, {"x": "y"}], "exact": 0.12345678901234567891, "big": 12345678901234567890}', b"\x00\xff"),
        (2, '[1,\n 2]', None), (3, None, b""), (4, '"\uf026 only a text"', b"x")]


@pytest.fixture
def work(tmp_path):
    with sqlite3.connect(tmp_path / "shop.sqlite") as connection:
        connection.execute("create table items (id integer primary key, doc json, raw blob)")
        connection.executemany("insert into items values (?, ?, ?)", ROWS)
    return Work(tmp_path)


def test_json_stays_json(work):
    work.load("sqlite:shop.sqlite")
    assert work.rows("select typeof(doc) from ds.items limit 1") == [("JSON",)]
    assert work.rows("select id, doc::varchar, raw from ds.items order by id") == ROWS


def test_max_nesting_makes_child_tables(work):
    work.load("sqlite:shop.sqlite", "--max-nesting", "5")
    assert work.rows("select id, raw from ds.items order by id") == [(i, raw) for i, _, raw in ROWS]
    assert work.rows("select doc__a__b, doc__exact::varchar, doc__big::varchar from ds.items where id = 1") == [
        (1.5, "0.12345678901234567891", "12345678901234567890")]
    assert work.rows("select value, x from ds.items__doc__list order by _dlt_list_idx") == [(1, None), (2, None), (None, "y")]
    assert work.rows("select value from ds.items__doc order by _dlt_list_idx") == [(1,), (2,)]
    assert work.rows("select doc from ds.items where id = 4") == [("\uf026 only a text",)]


def test_text_that_is_no_json_stays_text(work):
    with sqlite3.connect(work.folder / "shop.sqlite") as connection:
        connection.execute("update items set doc = '{broken' where id = 2")
    work.load("sqlite:shop.sqlite", "--max-nesting", "5")
    assert work.rows("select doc, doc__a__b from ds.items where id in (1, 2) order by id") == [(None, 1.5), ("{broken", None)]
