"""The destinations of the chaos trials: where they are, and what an independent reader finds there.

rows(dataset, table) gives dicts of texts as a client of that system sees them, [] when the table is not there."""
import csv
import io
import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import duckdb

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "contract"), str(TESTS / "e2e")]
import servers_mysql  # noqa: E402
from files_support import Folder, exact_rows, loaded  # noqa: E402
from servers_postgres import postgres_server  # noqa: E402
from support import SLUICE  # noqa: E402, F401


KEPT = "substr(table_name, 1, 8) = '_sluice_' and table_name not in ('_sluice_chunks', '_sluice_generations')"


class Place:
    name = ""
    sql = True  # so merges are possible, and --verify is
    server = None  # with start(), kill() and a port, when there is a process that may be killed

    def __init__(self, folder):
        self.folder, self.number = folder / self.name, 0
        self.folder.mkdir()

    def new(self):
        """A dataset that nobody has used."""
        self.number += 1
        return f"d{self.number}"

    def loads(self, dataset):
        """The load ids that are complete, which is what makes rows of an append count."""
        return [r["load_id"] for r in self.rows(dataset, "_dlt_loads")]

    def kept(self, dataset):
        """Names of tables in which rows wait over checkpoints."""
        return []

    def close(self):
        pass


class DuckDb(Place):
    name = "DuckDB"

    def drop(self, dataset):
        for old in self.folder.glob(f"w-{dataset}.duckdb*"):
            old.unlink()

    def url(self, dataset, port=None):
        return f"duckdb:{self.folder}/w-{dataset}.duckdb"

    def rows(self, dataset, table):
        path = self.folder / f"w-{dataset}.duckdb"
        if not path.exists() or path.stat().st_size < 3 * 4096:  # a file that is being made has not its three headers yet
            return []
        with duckdb.connect(str(path)) as connection:
            try:
                found = connection.execute(f'select columns(*)::varchar from {dataset}."{table}"')
            except duckdb.CatalogException:
                return []
            names = [c[0] for c in found.description]
            return [dict(zip(names, row)) for row in found.fetchall()]


    def kept(self, dataset):
        with duckdb.connect(f"{self.folder}/w-{dataset}.duckdb") as connection:
            return connection.execute(f"select table_name from duckdb_tables() where schema_name = '{dataset}' and {KEPT}").fetchall()


class Sqlite(Place):
    name = "SQLite"

    def drop(self, dataset):
        for names in (f"{dataset}.db*", f"{dataset}__{dataset}.db*"):  # d4, and not d40
            for old in self.folder.glob(names):
                old.unlink()

    def url(self, dataset, port=None):
        return f"sqlite:{self.folder}/{dataset}.db"

    def rows(self, dataset, table):
        path = self.folder / f"{dataset}__{dataset}.db"
        if not path.exists():
            return []
        connection = sqlite3.connect(path)
        try:
            found = connection.execute(f'select * from "{table}"')
            names = [c[0] for c in found.description]
            return [dict(zip(names, (None if v is None else str(v) for v in row))) for row in found.fetchall()]
        except sqlite3.OperationalError as problem:
            if "no such table" not in str(problem):
                raise
            return []
        finally:
            connection.close()


    def kept(self, dataset):
        with sqlite3.connect(self.folder / f"{dataset}__{dataset}.db") as connection:
            found = connection.execute(f"select name from (select name, name as table_name from sqlite_master) where {KEPT}").fetchall()
        connection.close()
        return found


class Postgres(Place):
    name = "PostgreSQL"

    def __init__(self, folder):
        super().__init__(folder)
        self.context = postgres_server(log_statement="none", restart_after_crash="on")
        self.server = self.context.__enter__()
        self.server.sql("create database chaos")

    def drop(self, dataset):
        for schema in (dataset, dataset + "_staging"):
            self.server.sql(f"set client_min_messages = error; drop schema if exists {schema} cascade", "chaos")

    def url(self, dataset, port=None):
        return self.server.url("chaos", port=port)

    def rows(self, dataset, table):
        there = self.server.rows(f"select to_regclass('{dataset}.{table}') is null", "chaos")
        if there == [("t",)]:
            return []
        text = self.server.psql("--csv", "-c", f"select * from {dataset}.{table}", database="chaos")
        return list(csv.DictReader(io.StringIO(text)))

    def kept(self, dataset):
        return self.server.rows(f"select table_name from information_schema.tables where table_schema = '{dataset}' and {KEPT}", "chaos")

    def close(self):
        self.context.__exit__(None, None, None)


class Mariadb(Place):
    name = "MariaDB"

    def __init__(self, folder):
        super().__init__(folder)
        self.server = servers_mysql.Server("--innodb-flush-log-at-trx-commit=1")

    def drop(self, dataset):
        for database in (dataset, dataset + "_staging"):
            self.server.sql(f"drop database if exists `{database}`")

    def url(self, dataset, port=None):
        return f"mysql://root@127.0.0.1:{port or self.server.port}/"

    def rows(self, dataset, table):
        columns = self.server.sql("select column_name from information_schema.columns where table_schema = "
                                  f"'{dataset}' and table_name = '{table}' order by ordinal_position")
        names = [c for (c,) in columns]
        if not names:
            return []
        return [dict(zip(names, row)) for row in self.server.sql(f"select * from `{dataset}`.`{table}`")]

    def kept(self, dataset):
        return self.server.sql(f"select table_name from information_schema.tables where table_schema = '{dataset}' and {KEPT}")

    def close(self):
        self.server.remove()


class Files(Place):
    name = "filesystem"
    sql = False

    def drop(self, dataset):
        shutil.rmtree(self.folder / dataset, ignore_errors=True)

    def url(self, dataset, port=None):
        return f"file:{self.folder}/"

    def rows(self, dataset, table):
        place = Folder(self.folder)
        if table == "_dlt_loads":
            return [{"load_id": i} for i in loaded(place, dataset)]
        return [{k: None if v is None else str(v) for k, v in r.items()} for r in exact_rows(place, dataset, table)]


PLACES = {p.name.lower(): p for p in (DuckDb, Postgres, Mariadb, Sqlite, Files)}
