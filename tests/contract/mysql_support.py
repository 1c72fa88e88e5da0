"""What the MySQL tests share: loads of one database into a DuckDB file, and rows on both sides."""
import subprocess
import sys
from pathlib import Path

import pytest
from servers_mysql import server

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from support import SLUICE, Work  # noqa: E402


class Loads(Work):
    """One database of the server, and one DuckDB file that it is loaded into."""

    def __init__(self, folder, database):
        super().__init__(folder)
        self.server, self.name = server(), database
        self.server.new_database(database)

    def sql(self, text):
        return self.server.sql(text, self.name)

    def words(self, *options, url=None):
        return ["load", url or self.server.url(self.name), f"duckdb:{self.database}", "--dataset", "ds", "--pipelines-dir",
                self.folder / "p", "--retries", "0", *options]

    def load(self, *options, url=None, **kw):
        return self.run(*self.words(*options, url=url), **kw)

    def start(self, *options, url=None):
        return subprocess.Popen([SLUICE, *map(str, self.words(*options, url=url))], cwd=self.folder, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def logged(self, action):
        """The lines of the server's log of statements while the action runs."""
        self.sql("set global general_log_file = 'statements.log'; set global log_output = 'FILE'; set global general_log = 1")
        try:
            action()
        finally:
            self.sql("set global general_log = 0")
        log = self.server.data / "statements.log"
        lines = log.read_text(errors="replace").splitlines()
        log.unlink()
        return lines

    def columns(self, table):
        return dict(self.rows(f"select column_name, data_type from information_schema.columns where table_schema = 'ds' and table_name = '{table}'"))

    def tables(self):
        return {r[0] for r in self.rows("select table_name from information_schema.tables where table_schema = 'ds' and not starts_with(table_name, '_dlt')")}

    def ids(self, table="t", column="id"):
        return [r[0] for r in self.rows(f"select {column} from ds.{table} order by all")]


@pytest.fixture
def loads(tmp_path, request):
    return Loads(tmp_path, "d_" + "".join(c if c.isalnum() else "_" for c in request.node.name)[:55])
