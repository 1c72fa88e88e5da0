"""A schema that is not ours (Chinook, see chinook.py) from every database: loaded whole with one command, every value compared
with what the database's own client says; then rows change and come, and the next load moves these and no others."""
import datetime
import hashlib
import json
import re
import sqlite3
import sys
from pathlib import Path

import bson
import chinook
import pytest
import servers_mongodb
import servers_mysql
import servers_odbc
from servers_postgres import postgres_server

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from support import Work  # noqa: E402

# As the owner of a schema does before it is loaded incrementally. A hundred rows share each moment.
STAMPED = {
    "postgres": 'ALTER TABLE {0} ADD updated_at timestamptz; UPDATE {0} SET updated_at = timestamptz \'2024-01-01Z\' + id / 100 * interval \'1 s\';'
                "CREATE INDEX ON {0} (updated_at);",
    "mysql": "ALTER TABLE {0} ADD updated_at datetime(6), ADD KEY (updated_at);"
             "UPDATE {0} SET updated_at = '2024-01-01' + INTERVAL id DIV 100 SECOND;",
    "sqlite": "ALTER TABLE {0} ADD updated_at datetime; UPDATE {0} SET updated_at = datetime('2024-01-01', '+' || (id / 100) || ' seconds');"
              "CREATE INDEX {0}_updated ON {0} (updated_at);",
}
STAMP = "2024-06-01 12:00:00"
CHANGES = [  # statements, and how many rows of which table they touch
    ("UPDATE chinook_customer SET email = 'neu@example.com', fax = NULL, updated_at = '{0}' WHERE id IN (1, 30, 59)", "customer", 3),
    ("UPDATE chinook_track SET unit_price = 1.29, updated_at = '{0}' WHERE id % 500 = 0", "track", 7),
    ("INSERT INTO chinook_artist VALUES (276, 'Motörhead', '{0}')", "artist", 1),
    ("INSERT INTO chinook_album VALUES (348, 'Ace of Spades', 276, '{0}'), (349, 'Overkill', 276, '{0}')", "album", 2),
    ("UPDATE chinook_invoice SET billingcity = 'Zürich', updated_at = '{0}' WHERE id <= 20", "invoice", 20),
    ("INSERT INTO chinook_playlisttrack VALUES (8716, 18, 1, '{0}'), (8717, 18, 2, '{0}')", "playlisttrack", 2),
]


def snake(name):
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def checksum(rows):
    """Of all values of all rows as texts, whatever the rows' order."""
    digests = [int.from_bytes(hashlib.sha256(repr(tuple(row)).encode()).digest()[:16], "big") for row in rows]
    return len(digests), sum(digests) % (1 << 128)


class Sql:
    """Chinook in a database of SQL: `run` a script, `query` rows of texts, `location` for the program."""

    def __init__(self, dialect, location, run, query, shown=None):
        self.location, self.query, self.shown, self.run = location, query, shown or {}, run
        run(chinook.script(dialect) + "".join(STAMPED[dialect].format(t.name) for t in chinook.tables()))
        self.quote = "`" if dialect == "mysql" else '"'

    def change(self):
        self.run("".join(statement.format(STAMP) + ";" for statement, _, _ in CHANGES))

    def rows(self, table):
        kinds = [(c.name, c.kind) for c in table.columns] + [("updated_at", "DateTimeField")]
        listed = ", ".join(self.shown.get(kind, "{}").format(self.quote + name + self.quote) for name, kind in kinds)
        return self.query(f"SELECT {listed} FROM {table.name}")

    env, names = {}, staticmethod(lambda table: table.name)


class Mongo:
    """The same rows as documents of collections."""
    env, names = {}, staticmethod(lambda table: table.name)

    def __init__(self):
        self.server = servers_mongodb.server()
        self.location = self.server.url("chinook")
        self.server.client.drop_database("chinook")
        self.db = self.server.client["chinook"]
        start = datetime.datetime(2024, 1, 1)
        for table in chinook.tables():
            self.db[table.name].insert_many([self.document(table, row) | {"updated_at": start + datetime.timedelta(seconds=row[0] // 100)}
                                             for row in chinook.rows()[table.name]])
            self.db[table.name].create_index("updated_at")

    @staticmethod
    def document(table, row):
        made = {}
        for c, value in zip(table.columns, row):
            if c.kind == "DateTimeField" and value is not None:
                value = datetime.datetime.fromisoformat(value)
            elif c.kind == "DecimalField":
                value = bson.Decimal128(value)
            made["_id" if c.kind == "AutoField" else c.name] = value
        return made

    def change(self):
        at = datetime.datetime.fromisoformat(STAMP)
        price = bson.Decimal128("1.29")
        self.db.chinook_customer.update_many({"_id": {"$in": [1, 30, 59]}}, {"$set": {"email": "neu@example.com", "fax": None, "updated_at": at}})
        self.db.chinook_track.update_many({"_id": {"$mod": [500, 0]}}, {"$set": {"unit_price": price, "updated_at": at}})
        self.db.chinook_artist.insert_one({"_id": 276, "name": "Motörhead", "updated_at": at})
        self.db.chinook_album.insert_many([{"_id": 348 + i, "title": t, "artist_id": 276, "updated_at": at} for i, t in enumerate(["Ace of Spades", "Overkill"])])
        self.db.chinook_invoice.update_many({"_id": {"$lte": 20}}, {"$set": {"billingcity": "Zürich", "updated_at": at}})
        self.db.chinook_playlisttrack.insert_many([{"_id": 8715 + i, "playlist_id": 18, "track_id": i, "updated_at": at} for i in (1, 2)])

    def rows(self, table):
        def text(value):
            return None if value is None else str(value)

        names = ["_id" if c.kind == "AutoField" else c.name for c in table.columns] + ["updated_at"]
        return [[text(d.get(name)) for name in names] for d in self.db[table.name].find()]


def unescaped(rows):
    """Values as they were before MariaDB's client printed them."""
    signs = {"\\t": "\t", "\\n": "\n", "\\0": "\0", "\\\\": "\\"}
    return [[v if v is None else re.sub(r"\\[tn0\\]", lambda m: signs[m[0]], v) for v in row] for row in rows]


def sqlite_chinook(path):
    connection = sqlite3.connect(path, isolation_level=None)

    def query(sql):
        return [[None if v is None else str(v) for v in row] for row in connection.execute(sql)]

    return Sql("sqlite", f"sqlite:{path}", connection.executescript, query, {"DecimalField": "printf('%.2f', {})"}), connection


@pytest.fixture(scope="module")
def pg():
    with postgres_server(timezone="'UTC'") as server:
        yield server


@pytest.fixture(params=["postgres", "mysql", "sqlite", "mongodb", "odbc-postgres", "odbc-mysql"])
def shop(request, tmp_path):
    kind = request.param
    if kind.endswith("postgres"):
        server = request.getfixturevalue("pg")
        server.sql("DROP DATABASE IF EXISTS chinook")
        server.sql("CREATE DATABASE chinook")
        location = server.url("chinook") if kind == "postgres" else servers_odbc.postgres(server, "chinook")
        made = Sql("postgres", location, lambda text: server.sql(text, "chinook"), lambda text: server.rows(text, "chinook"),
                   {"DateTimeField": "{} AT TIME ZONE 'UTC'"})
    elif kind.endswith("mysql"):
        server = servers_mysql.server()
        server.new_database("chinook")
        location = server.url("chinook") if kind == "mysql" else servers_odbc.mariadb(server, "chinook")
        made = Sql("mysql", location, lambda text: server.sql(text, "chinook"), lambda text: unescaped(server.sql(text, "chinook")),
                   {"DateTimeField": "date_format({}, '%Y-%m-%d %H:%i:%s')"})
    elif kind == "sqlite":
        made, connection = sqlite_chinook(tmp_path / "chinook.db")
        request.addfinalizer(connection.close)
    else:
        made = Mongo()
    if kind.startswith("odbc"):
        made.env = servers_odbc.Odbc(tmp_path).env
    return made


class Loads(Work):
    def pull(self, shop, *options):
        done = self.run("load", shop.location, f"duckdb:{self.database}", "--dataset", "ds", "--pipelines-dir", self.folder / "p", "--json",
                        *options, env={**shop.env, "TZ": "UTC"})
        told = json.loads(done.out)
        return {t["name"]: t["rows"] for t in told["tables"]}, told

    def loaded(self, shop, table):
        types = dict(self.rows(f"SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'ds' AND table_name = '{table.name}'"))
        names = [snake(c.name) for c in table.columns] + ["updated_at"]
        if "_id" in types:  # MongoDB's
            names[0] = "_id"

        def shown(name):
            if name not in types:  # MongoDB: NULL in every document
                return "NULL"
            if types[name].startswith("TIMESTAMP WITH"):
                return f"strftime({name} AT TIME ZONE 'UTC', '%Y-%m-%d %H:%M:%S')"
            text = f'"{name}"::VARCHAR'
            return f"rtrim({text}, '0')" if types[name] == "DECIMAL(38,9)" else text  # MongoDB's decimals state no scale

        return self.rows(f"SELECT {', '.join(map(shown, names))} FROM ds.{table.name}")

    def compare(self, shop):
        for table in chinook.tables():
            there, here = shop.rows(table), self.loaded(shop, table)
            assert checksum(there) == checksum(here), (table.name, set(map(tuple, there)) ^ set(here))


def test_chinook_arrives_whole_and_then_what_changed(shop, tmp_path):
    work = Loads(tmp_path)
    moved, told = work.pull(shop, "--cursor", "updated_at")
    assert moved == {t.name: len(chinook.rows()[t.name]) for t in chinook.tables()} and told["records"] == 15607
    work.compare(shop)
    shop.change()
    moved, told = work.pull(shop, "--cursor", "updated_at")
    wanted = {"chinook_" + table: rows for _, table, rows in CHANGES}
    assert {t: n for t, n in moved.items() if n} == wanted and told["records"] == sum(wanted.values())
    work.compare(shop)
    moved, told = work.pull(shop, "--cursor", "updated_at")
    assert told["records"] == 0 and not any(moved.values())
    work.compare(shop)
