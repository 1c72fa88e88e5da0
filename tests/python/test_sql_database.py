"""sources.sql_database: by the engine, by pages in Python, and beside the real dlt."""
import sqlite3

import pytest

import sluice as dlt
from sluice import exceptions
from sluice.sources.sql_database import sql_database, sql_table

URL = "sqlite:///shop.db"


@pytest.fixture(autouse=True)
def shop(folder):
    with sqlite3.connect("shop.db") as connection:
        connection.executescript("""
            create table users(id integer primary key, name text not null, age integer, born date, at timestamp);
            insert into users values (1, 'Ann', 30, '1990-01-02', '2024-01-01 10:00:00'), (2, 'Bob', null, null, '2024-01-02 11:00:00.5'),
                                     (3, 'Zoë', 41, '1979-12-31', '2024-01-03 00:00:00');
            create table items(sku text, price numeric(8, 2));
            insert into items values ('a', 1.25), ('b', 3);
            create view old as select * from users where age > 35;""")

    def change(sql):
        with sqlite3.connect("shop.db") as connection:
            connection.execute(sql)

    return change


def ids(rows):
    return [row[0] for row in rows("select id from ds.users order by id")]


def test_tables_go_through_the_engine(pipe, rows, monkeypatch):
    from sluice.sources.sql_database import _Table

    monkeypatch.setattr(_Table, "pages", lambda *a: pytest.fail("rows came to Python"))
    source = sql_database(URL)
    assert list(source.resources) == ["items", "users"] and source.users._hints["primary_key"] == ["id"]
    assert pipe().run(source).row_counts == {"items": 2, "users": 3}
    assert rows("select count(_dlt_id) from ds.users") == [(3,)]
    assert pipe().run(sql_database(URL, table_names=["users"]), write_disposition="replace").row_counts == {"users": 3}
    assert "old" in sql_database(URL, include_views=True).resources
    assert pipe("other", dataset_name="other").run(sql_table(URL, "users", schema="main")).row_counts == {"users": 3}


def test_the_same_tables_as_dlt(pipe, rows, folder):
    import dlt as real
    from dlt.sources.sql_database import sql_database as theirs

    pipe().run(sql_database(URL))
    pipeline = real.pipeline("theirs", destination=real.destinations.duckdb(str(folder / "theirs.duckdb")), dataset_name="ds")
    pipeline.run(theirs(URL))
    import duckdb

    for table in ("users", "items"):
        sql = f"select columns(c -> c not like '\\_dlt%' escape '\\') from ds.{table} order by 1"
        with duckdb.connect(str(folder / "theirs.duckdb"), read_only=True) as connection:
            assert [tuple(map(str, row)) for row in rows(sql)] == [tuple(map(str, row)) for row in connection.execute(sql).fetchall()]
    with duckdb.connect(str(folder / "theirs.duckdb"), read_only=True) as connection:
        names = "select column_name from information_schema.columns where table_name = 'users' order by ordinal_position"
        assert rows(names) == connection.execute(names).fetchall()


@pytest.mark.parametrize("changed", [False, True])
def test_only_what_is_new(pipe, rows, shop, changed):
    def resource(**options):
        made = sql_table(URL, "users", incremental=dlt.sources.incremental("id", **options))
        return made.add_map(lambda row: row) if changed else made

    assert pipe().run(resource()).row_counts == {"users": 3}
    state = pipe().state["sources"]["shop"]["resources"]["users"]["incremental"]["id"]
    assert state["last_value"] == 3 and len(state["unique_hashes"]) == 1
    assert pipe().run(resource()).row_counts.get("users", 0) == 0
    shop("insert into users values (4, 'Dan', 1, null, null)")
    assert pipe().run(resource()).row_counts == {"users": 1}
    assert ids(rows) == [1, 2, 3, 4]
    assert pipe("other", dataset_name="window").run(resource(initial_value=1, end_value=3)).row_counts == {"users": 2}


def test_engine_and_python_take_turns(pipe, rows, shop):
    resource = lambda: sql_table(URL, "users", incremental=dlt.sources.incremental("id"), write_disposition="merge")  # noqa: E731
    pipe().run(resource())
    shop("insert into users values (4, 'Dan', 1, null, '2024-01-03 00:00:00')")
    pipe().run(resource().add_map(lambda row: row))
    shop("insert into users values (5, 'Eve', 1, null, '2024-01-04 00:00:00')")
    assert pipe().run(resource()).row_counts["users"] <= 2  # the row at the boundary is known to the one who has read it
    assert ids(rows) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("backend, kind", [("sqlalchemy", "dict"), ("pyarrow", "Table"), ("connectorx", "Table")])
def test_steps_see_rows_in_the_form_of_the_backend(pipe, rows, backend, kind):
    seen = []
    resource = sql_table(URL, "users", backend=backend, included_columns=["id", "name"]).add_map(lambda row: seen.append(type(row).__name__) or row)
    pipe().run(resource)
    assert set(seen) == {kind} and ids(rows) == [1, 2, 3]
    assert {row["name"] for row in sql_table(URL, "users")} == {"Ann", "Bob", "Zoë"}


def test_limits_count_pages(pipe):
    assert pipe().run(sql_table(URL, "users", chunk_size=2).add_limit(1)).row_counts == {"users": 2}


def test_transformers_get_the_rows(pipe):
    @dlt.transformer
    def names(page):
        for row in page:
            yield {"upper": row["name"].upper()}

    assert pipe().run(sql_table(URL, "users") | names).row_counts == {"names": 3}


def test_columns_and_where(pipe, rows):
    pipe().run(sql_table(URL, "users", excluded_columns=["age", "at"]))
    assert [c[0] for c in rows("select column_name from information_schema.columns where table_name = 'users' order by ordinal_position")][:3] == [
        "id", "name", "born"]


def test_callbacks(pipe, rows):
    import sqlalchemy as sa

    def without_age(table):
        table._columns.remove(table.columns["age"])

    def older(query, table):
        return query.where(table.c.age > 35)

    pipe().run(sql_table(URL, "users", table_adapter_callback=without_age,
                         type_adapter_callback=lambda kind: sa.Text() if isinstance(kind, sa.Date) else None))
    assert rows("select typeof(born), count(*) from ds.users where born is not null group by 1") == [("VARCHAR", 2)]
    assert rows("select count(*) from information_schema.columns where table_name = 'users' and column_name = 'age'") == [(0,)]
    pipe("q", dataset_name="q").run(sql_table(URL, "users", query_adapter_callback=older))
    assert rows("select name from q.users") == [("Zoë",)]


def test_settings_of_tables_come_from_the_configuration(pipe, monkeypatch):
    monkeypatch.setenv("SOURCES__SQL_DATABASE__CREDENTIALS", URL)
    monkeypatch.setenv("SOURCES__SQL_DATABASE__USERS__INCREMENTAL__CURSOR_PATH", "id")
    source = sql_database(table_names=["users"])
    assert source.users.incremental.cursor_path == "id"
    assert [pipe().run(sql_database(table_names=["users"])).row_counts.get("users", 0) for _ in range(2)] == [3, 0]


def test_credentials_in_all_forms():
    import sqlalchemy

    from sluice.sources.sql_database.locations import location_of

    parts = dict(drivername="postgresql+psycopg2", username="u", password="p@ss", host="h", port=5432, database="d", query={"sslmode": "require"})
    assert location_of(parts) == "postgres://u:p%40ss@h:5432/d?sslmode=require"
    assert location_of("mysql+pymysql://u:p@h:3306/d?charset=utf8mb4&ssl_ca=x") == "mysql://u:p@h:3306/d?ssl_ca=x"
    assert location_of("sqlite:////abs/file.db") == "sqlite:/abs/file.db"
    assert location_of("mssql+pyodbc://u:p@h/d?TrustServerCertificate=yes") == "mssql://u:p@h/d?TrustServerCertificate=yes"
    engine = sqlalchemy.create_engine(URL)
    assert location_of(engine) == "sqlite:shop.db"


@pytest.mark.parametrize("call, said", [
    (lambda: sql_table(URL, "userz"), "userz"),
    (lambda: sql_database(URL, backend="odbc"), "backend=odbc"),
    (lambda: sql_database(URL, reflection_level="most"), "reflection_level=most"),
    (lambda: sql_database(URL, resolve_foreign_keys=True), "resolve_foreign_keys is not supported"),
    (lambda: sql_database(URL, defer_table_reflect=True), "table_names are needed"),
    (lambda: sql_database("nosuch://x/y"), "nosuch"),
    (lambda: sql_database(), "SOURCES__SQL_DATABASE__CREDENTIALS"),
])
def test_mistakes_are_named(call, said):
    with pytest.raises((exceptions.DltException, ValueError), match=said):
        call()


def test_a_deferred_table_that_is_not_there(pipe):
    with pytest.raises(exceptions.PipelineStepFailed, match="nope"):
        pipe().run(sql_database(URL, table_names=["nope"], defer_table_reflect=True))


def test_errors_in_steps_leave_nothing_behind(pipe, rows):
    def broken(row):
        raise KeyError("missing")

    source = sql_database(URL)
    source.users.add_map(broken)
    with pytest.raises(exceptions.PipelineStepFailed, match="missing"):
        pipe().run(source)
    assert rows("select count(*) from information_schema.tables where table_schema = 'ds' and table_name in ('users', 'items')") == [(0,)]
