"""From one system into another with one command line each, and nothing but the two locations in it."""
import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "e2e")]
import servers_mysql  # noqa: E402
from servers_postgres import postgres_server  # noqa: E402
from support import SLUICE  # noqa: E402

ROWS = [(1, "ä'\"\\\n", "12345678901234.5678", -1.5, "2024-02-29", "2024-01-02 03:04:05.000006", True),
        (2, "", "-0.0001", 1e300, "1999-12-31", "1970-01-01 00:00:00", False),
        (9007199254740993, None, None, None, None, None, None)]
TYPES = {"postgres": ("numeric(20,4)", "double precision", "timestamp"), "mysql": ("decimal(20,4)", "double", "datetime(6)"),
         "sqlite": ("text", "real", "timestamp")}
QUERY = "select id, name, amount, rate, day, at, yes from {}.goods order by id"


@pytest.fixture(scope="module")
def postgres():
    with postgres_server() as running:
        yield running


def script(system):
    """CREATE TABLE and INSERT of ROWS."""
    amount, rate, at = TYPES[system]

    def literal(value):
        if not isinstance(value, str):
            return "null" if value is None else repr(value).lower()
        text = value.replace("\\", "\\\\") if system == "mysql" else value
        return "'" + text.replace("'", "''") + "'"

    values = ", ".join("(" + ", ".join(map(literal, row)) + ")" for row in ROWS)
    return (f"create table goods (id bigint primary key, name varchar(100), amount {amount}, rate {rate}, day date, at {at}, yes boolean); "
            f"insert into goods values {values};")


def filled(system, folder, postgres):
    """The location of a database with the table `goods`."""
    if system == "postgres":
        postgres.sql("drop database if exists shop with (force)")
        postgres.sql("create database shop")
        postgres.sql(script(system), "shop")
        return postgres.url("shop")
    if system == "mysql":
        server = servers_mysql.server()
        server.new_database("shop")
        server.sql(script(system), "shop")
        return server.url("shop")
    with sqlite3.connect(folder / "shop.sqlite") as connection:
        connection.executescript(script(system))
    return "sqlite:shop.sqlite"


def target(system, postgres):
    if system == "postgres":
        postgres.sql("drop database if exists warehouse with (force)")
        postgres.sql("create database warehouse")
        return postgres.url("warehouse"), lambda query: [list(row) for row in postgres.rows(query, "warehouse")]
    server = servers_mysql.server()
    server.sql("drop database if exists shop_dataset")
    return server.url("").rstrip("/"), lambda query: [[v and v.replace("\\n", "\n").replace("\\\\", "\\") for v in row] for row in server.sql(query)]


def run(folder, *words):
    done = subprocess.run([SLUICE, *words], cwd=folder, capture_output=True, text=True, timeout=60, env={"HOME": str(folder), "PATH": "/usr/bin:/bin"})
    assert done.returncode == 0, done.stderr


def normal(rows):
    """The values as numbers and texts, whichever way a system prints them."""
    def value(column, text):
        if text is None:
            return None
        return {0: int, 3: float, 6: lambda t: t in ("t", "1"), 5: lambda t: t.rstrip("0").rstrip(".") if "." in t else t}.get(column, str)(text)

    return [tuple(value(i, v) for i, v in enumerate(row)) for row in rows]


@pytest.mark.parametrize("source, destination", [("postgres", "postgres"), ("mysql", "postgres"), ("postgres", "mysql"), ("sqlite", "postgres")])
def test_tables_of_a_database(tmp_path, postgres, source, destination):
    location = filled(source, tmp_path, postgres)
    url, rows = target(destination, postgres)
    run(tmp_path, "load", location, url, "--dataset", "shop_dataset", "--pipelines-dir", "p")
    got = normal(rows(QUERY.format("shop_dataset")))
    assert got == normal([[v if v is None else str(v).replace("True", "t") for v in row] for row in ROWS])


def test_nested_documents(tmp_path, postgres):
    documents = [{"id": 1, "who": {"name": "ä"}, "lines": [{"q": 1, "tags": ["x", "y"]}, {"q": 2}]}, {"id": 2, "lines": []}]
    (tmp_path / "orders.jsonl").write_text("".join(json.dumps(d) + "\n" for d in documents))
    url, rows = target("postgres", postgres)
    run(tmp_path, "load", "orders.jsonl", url, "--dataset", "ds", "--pipelines-dir", "p")
    assert rows("select id, who__name from ds.orders order by id") == [["1", "ä"], ["2", None]]
    assert rows("select o.id, l.q, t.value from ds.orders o join ds.orders__lines l on l._dlt_parent_id = o._dlt_id "
                "left join ds.orders__lines__tags t on t._dlt_parent_id = l._dlt_id order by 2, 3") == [
        ["1", "1", "x"], ["1", "1", "y"], ["1", "2", None]]
