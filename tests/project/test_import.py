"""`sluice import`: what other tools' configuration becomes, and what is said of the rest. The examples have the shapes
that the tools' own documents show; where no server is needed the imported project is synced too."""
import json
import os
import shutil
import stat
from pathlib import Path

import pytest
import yaml
from project_support import Project

HERE = Path(__file__).resolve().parent


@pytest.fixture
def theirs(tmp_path):
    """The other tool's folder."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    return folder


@pytest.fixture
def run(project, tmp_path):
    """Imports into the project, with nothing of this machine's user."""
    def run(*words, expect=0):
        return project.run("import", *words, expect=expect, env={"HOME": str(tmp_path)})
    project.sources("")
    project.write(".dango/sources.yml", "version: '1.0'\nsources: []\n")
    return run


def sources(project):
    return {s["name"]: s for s in yaml.safe_load((project.folder / ".dango/sources.yml").read_text())["sources"]}


def variables(project):
    lines = (project.folder / ".env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def check(project, secret):
    """Secrets are in .env alone, which is for the user alone."""
    assert secret in (project.folder / ".env").read_text()
    assert stat.S_IMODE((project.folder / ".env").stat().st_mode) == 0o600
    for file in project.folder.rglob("*.yml"):
        assert secret not in file.read_text()


REPLICATION = """\
source: MY_POSTGRES
target: MY_DUCK

defaults:
  mode: full-refresh
  object: 'analytics.{stream_schema}_{stream_table}'
  target_options:
    column_casing: snake

streams:
  public.*:
  public.orders:
    mode: incremental
    primary_key: [id]
    update_key: updated_at
    select: [id, total, updated_at]
  public.events:
    mode: incremental
    update_key: id
    where: kind <> 'test'
    source_options: {limit: 100, range: '10,20'}
  public.log:
    disabled: true
  sales.invoices:
    mode: change-capture
    columns: {amount: decimal(12,2), note: mystery}
  sales.days:
    sql: select * from sales.days where d > '2024-01-01'

hooks:
  end: []
env:
  SLING_THREADS: 4
"""
SLING_ENV = """\
connections:
  MY_POSTGRES:
    type: postgres
    host: db.example.com
    user: reader
    password: ${PG_PASSWORD}
    port: 5433
    database: shop
    sslmode: require
    ssh_tunnel: ssh://jump
  MY_DUCK:
    type: duckdb
    instance: /data/w.duckdb
"""


def test_sling(project, run, theirs):
    (theirs / "replication.yaml").write_text(REPLICATION)
    (theirs / "env.yaml").write_text(SLING_ENV)
    (theirs / ".env").write_text("PG_PASSWORD='se:cret'\n")
    out = run("sling", theirs / "replication.yaml", "--dry-run").out
    assert "source my_postgres (postgres), from replication.yaml:11" in out and "nothing was written" in out
    assert "se:cret" not in out and "se%3Acret" not in out and sources(project) == {}
    out = run("sling", theirs / "replication.yaml").out
    assert sources(project) == {
        "my_postgres": {"name": "my_postgres", "type": "postgres", "enabled": True, "generic_config": {
            "credentials_env": "MY_POSTGRES_URL", "schema": "public",
            "tables": {"orders": {"primary_key": ["id"], "incremental": {"cursor_column": "updated_at"},
                                  "included_columns": ["id", "total", "updated_at"]},
                       "events": {"incremental": {"cursor_column": "id", "initial_value": "10", "end_value": "20"},
                                  "write_disposition": "append", "where": "kind <> 'test'", "limit": 100}}}},
        "my_postgres_sales": {"name": "my_postgres_sales", "type": "postgres", "enabled": True, "generic_config": {
            "credentials_env": "MY_POSTGRES_SALES_URL", "schema": "sales", "table_names": ["invoices", "days"],
            "tables": {"invoices": {"columns": "amount:decimal"},
                       "days": {"query": "select * from sales.days where d > '2024-01-01'"}}}}}
    url = "postgresql://reader:se%3Acret@db.example.com:5433/shop?sslmode=require"
    assert variables(project) == {"MY_POSTGRES_URL": url, "MY_POSTGRES_SALES_URL": url}
    check(project, "se%3Acret")
    name = theirs / "replication.yaml"
    for line, text in ((2, "target: loads go to the project's DuckDB file"), (6, "object: tables keep their names here"),
                       (8, "column_casing: no counterpart"), (22, "public.log: disabled: left out"),
                       (25, "mode: changes are not read from the database's log"), (26, "note: no type of columns here"),
                       (30, "hooks: no counterpart"), (32, "env: no counterpart")):
        assert f"  {name}:{line}: {text}" in out
    assert f"  {theirs}/env.yaml:10: ssh_tunnel has no counterpart in a URL" in out
    assert "ok      source my_postgres (postgres)" in project.run("validate").out


def test_sling_of_files_syncs(project, run, theirs):
    project.write("in/orders_1.csv", "id,v\n1,a\n")
    (theirs / "replication.yaml").write_text("source: LOCAL\ntarget: MY_DUCK\nstreams:\n  file://in/orders_*.csv:\n"
                                             "    object: main.orders\n")
    run("sling", theirs)
    assert sources(project)["orders_"]["generic_config"] == {"bucket_url": "in", "file_glob": "orders_*.csv"}
    assert project.report()["orders_"]["rows"] == 1


MELTANO = """\
version: 1
default_environment: dev
project_id: 5d6f
environments:
- name: dev
  config:
    plugins:
      extractors:
      - name: tap-postgres
        config:
          host: dev.example.com
- name: prod
plugins:
  extractors:
  - name: tap-postgres
    variant: meltanolabs
    pip_url: meltanolabs-tap-postgres
    config:
      host: prod.example.com
      port: 5432
      user: $PG_USER
      database: shop
      filter_schemas: [public]
      start_date: '2024-01-01'
      max_record_count: 10
    select:
    - public-orders.*
    - '!public-orders.card'
    - public-users.id
    - '!public-secrets.*'
    metadata:
      public-orders:
        replication-method: INCREMENTAL
        replication-key: updated_at
      public-users:
        replication-method: LOG_BASED
  - name: tap-postgres--crm
    inherit_from: tap-postgres
    config:
      database: crm
    select: ['*.*']
  - name: tap-csv
    config:
      files:
      - entity: budget
        path: in/budget.csv
        keys: [id]
        encoding: latin-1
  - name: tap-github
  loaders:
  - name: target-snowflake
  utilities:
  - name: dbt-snowflake
schedules:
- name: daily
  interval: '@daily'
"""


def test_meltano(project, run, theirs):
    (theirs / "meltano.yml").write_text(MELTANO)
    (theirs / ".env").write_text("PG_USER=reader\nTAP_POSTGRES_PASSWORD=pw@1\n")
    project.write("in/budget.csv", "id,budget\n1,10\n")
    out = run("meltano", theirs).out
    found = sources(project)
    assert found["postgres"]["generic_config"] == {
        "credentials_env": "POSTGRES_URL", "schema": "public", "table_names": ["orders", "users"],
        "tables": {"orders": {"excluded_columns": ["card"], "incremental": {"cursor_column": "updated_at"}},
                   "users": {"included_columns": ["id"]}}, "exclude_tables": ["secrets"]}
    assert found["postgres__crm"]["generic_config"] == {"credentials_env": "POSTGRES__CRM_URL", "schema": "public",
                                                        "tables": {"orders": {"incremental": {"cursor_column": "updated_at"}}}}
    assert found["budget"]["csv"] == {"directory": "in", "file_pattern": "budget.csv", "primary_key": ["id"]}
    assert variables(project)["POSTGRES_URL"] == "postgresql://reader:pw%401@dev.example.com:5432/shop"
    assert variables(project)["POSTGRES__CRM_URL"].endswith("/crm")
    check(project, "pw%401")
    name = theirs / "meltano.yml"
    for line, text in ((12, "environment prod: left out"), (24, "start_date: the first sync reads everything"),
                       (25, "max_record_count: no counterpart"), (35, "public-users: LOG_BASED"),
                       (48, "encoding: no counterpart"), (49, "tap-github: nothing reads it here"),
                       (51, "target-snowflake: loads go to"), (53, "dbt-snowflake: no counterpart"),
                       (54, "schedules: not taken over")):
        assert f"  {name}:{line}: {text}" in out, text
    assert project.report("budget")["budget"]["rows"] == 1


PIPELINE = '''\
import os
import dlt
from dlt.sources.sql_database import sql_database, sql_table
from dlt.sources.filesystem import filesystem, read_csv
from dlt.sources.rest_api import rest_api_source

TABLES = ["users", "orders"]


def load_shop():
    source = sql_database("sqlite:///shop.db", table_names=TABLES, chunk_size=1000, backend="pyarrow")
    source.orders.apply_hints(incremental=dlt.sources.incremental("updated_at", initial_value="2024-01-01"), primary_key="id")
    source.users.add_map(lambda row: row)
    pipeline = dlt.pipeline(pipeline_name="shop", destination="duckdb", dataset_name="shop_raw")
    print(pipeline.run(source, write_disposition="merge"))


def load_one():
    table = sql_table(credentials=dlt.secrets["crm.credentials"], table="accounts", schema=os.environ["NOT_KNOWN"],
                      incremental=dlt.sources.incremental("id"), query_adapter_callback=adapt)
    dlt.pipeline("crm", destination="postgres").run(table, write_disposition="append")


def load_files():
    files = filesystem(bucket_url="in", file_glob="*.csv") | read_csv()
    dlt.pipeline("files").run(files)


def load_api():
    source = rest_api_source({"client": {"base_url": "https://api.example.com"}, "resources": ["items"]})
    dlt.pipeline("api").run(source)


@dlt.source
def my_api(base_url, page_size=10):
    return []


if __name__ == "__main__":
    load_shop()
'''


def test_dlt(project, run, theirs):
    (theirs / ".dlt").mkdir()
    (theirs / "shop_pipeline.py").write_text(PIPELINE)
    (theirs / "broken.py").write_text("def f(:\n")
    (theirs / ".dlt/secrets.toml").write_text('[sources.my_api]\napi_key = "k1"\n[crm]\ncredentials = "sqlite:///crm.db"\n')
    (theirs / ".dlt/config.toml").write_text('[runtime]\nlog_level = "INFO"\n[sources.filesystem]\nbucket_url = "in"\n')
    project.sqlite("shop.db", "CREATE TABLE users (id INTEGER PRIMARY KEY)", "INSERT INTO users VALUES (1), (2)",
                   "CREATE TABLE orders (id INTEGER PRIMARY KEY, updated_at TIMESTAMP)",
                   "INSERT INTO orders VALUES (1, '2023-01-01'), (2, '2024-02-01')")
    project.sqlite("crm.db", "CREATE TABLE accounts (id INTEGER PRIMARY KEY)", "INSERT INTO accounts VALUES (7)")
    project.write("in/a.csv", "id\n1\n")
    out = run("dlt", theirs).out
    found = sources(project)
    assert found["shop"]["dlt_native"] == {
        "source_module": "sql_database", "source_function": "sql_database", "dataset_name": "shop_raw",
        "function_kwargs": {"table_names": ["users", "orders"], "chunk_size": 1000, "backend": "pyarrow",
                            "write_disposition": "merge",
                            "tables": {"orders": {"incremental": {"cursor_column": "updated_at", "initial_value": "2024-01-01"},
                                                  "primary_key": "id"}}}}
    assert found["crm"]["dlt_native"]["function_kwargs"] == {
        "table_names": ["accounts"], "incremental": {"cursor_column": "id"}, "write_disposition": "append"}
    assert found["files"]["generic_config"] == {"bucket_url": "in", "file_glob": "*.csv"}
    assert found["api"]["dlt_native"]["function_kwargs"]["config"]["client"] == {"base_url": "https://api.example.com"}
    assert found["my_api"]["dlt_native"] == {"source_module": "shop_pipeline", "source_function": "my_api", "function_kwargs": {}}
    assert (project.folder / "custom_sources/shop_pipeline.py").exists()
    assert variables(project) == {"SOURCES__MY_API__API_KEY": "k1", "CRM__CREDENTIALS": "sqlite:///crm.db",
                                  "CRM__SOURCES__SQL_DATABASE__CREDENTIALS": "sqlite:///crm.db",
                                  "SHOP__SOURCES__SQL_DATABASE__CREDENTIALS": "sqlite:///shop.db"}
    check(project, "k1")
    name = theirs / "shop_pipeline.py"
    for line, text in ((13, ".add_map(...): Python that changes rows"), (20, "query_adapter_callback=adapt: is only known"),
                       (19, "destination postgres: loads go to"),
                       (19, "sql_table(schema=…): what it looks up has no value here"), (35, "my_api(base_url): give it a value")):
        assert f"  {name}:{line}: {text}" in out, text
    assert f"  {theirs}/broken.py:1: not read: " in out
    assert f"  {theirs}/.dlt/config.toml:1: runtime: no counterpart" in out
    result = project.report("shop", "crm", "files")
    assert {n: r["status"] for n, r in result.items()} == {"shop": "success", "crm": "success", "files": "success"}
    assert project.warehouse("SELECT id FROM shop_raw.orders") == [(2,)]
    assert project.warehouse("SELECT id FROM raw_crm.accounts") == [(7,)]


def test_dango_into_another_project(project, run, theirs):
    shutil.copytree(HERE / "dango_1_0_13", theirs, dirs_exist_ok=True)
    (theirs / ".env").write_text("POSTGRES_CREDENTIALS=postgresql://u:topsecret@h/db\n")
    (theirs / ".dlt/secrets.toml").write_text('[sources.sql_database]\ncredentials = "sqlite:///stock.db"\n')
    (theirs / "custom_sources/my_api.py").write_text("x = 1\n")
    out = run("dango", theirs).out
    assert sources(project) == {s["name"]: s for s in yaml.safe_load((theirs / ".dango/sources.yml").read_text())["sources"]}
    assert variables(project) == {"POSTGRES_CREDENTIALS": "postgresql://u:topsecret@h/db",
                                  "SOURCES__SQL_DATABASE__CREDENTIALS": "sqlite:///stock.db"}
    check(project, "topsecret")
    for name in ("custom_sources/my_api.py", "dbt/models/staging/stg_shop__invoices.sql", "dbt/seeds/budget.csv"):
        assert (project.folder / name).read_text() == (theirs / name).read_text()
    line = next(n for n, text in enumerate((theirs / ".dango/project.yml").read_text().splitlines(), 1) if "metabase_port" in text)
    assert f"{theirs}/.dango/project.yml:{line}: platform.metabase_port: no counterpart" in out
    project.write("custom_sources/my_api.py", "mine\n")
    out = run("dango", theirs).out  # again: what is there stays
    assert "the project has a source shop already: left as it is" in out
    assert "POSTGRES_CREDENTIALS has a value already" in out and "custom_sources/my_api.py: is there already" in out
    assert (project.folder / "custom_sources/my_api.py").read_text() == "mine\n"


def test_where_there_is_no_project(tmp_path, theirs):
    (theirs / "meltano.yml").write_text("plugins:\n  extractors:\n  - name: tap-sqlite\n    config: {path_to_database: shop.db}\n")
    empty = Project(tmp_path / "new")
    shutil.rmtree(empty.folder / ".dango")
    report = json.loads(empty.run("import", "meltano", theirs, "--json", "--dry-run").out)
    assert report["sources"][0]["name"] == "sqlite" and os.listdir(empty.folder) == []
    empty.run("import", "meltano", theirs)
    empty.sqlite("shop.db", "CREATE TABLE t (id INTEGER)", "INSERT INTO t VALUES (1)")
    assert empty.report("--no-dbt")["sqlite"]["rows"] == 1


def test_what_cannot_be_imported(run, theirs):
    assert "dango, dlt, sling, meltano" in run("airbyte", theirs, expect=2).err
    assert "usage: sluice import" in run("sling", expect=2).err
    assert "there is no file or folder" in run("sling", theirs / "nothing", expect=1).err
    assert "meltano.yml" in run("meltano", theirs, expect=1).err
    assert "sluice init" in run("dango", theirs, expect=1).err
    (theirs / "r.yaml").write_text("streams:\n  a.b:\n   - x\n  c: [\n")
    assert "r.yaml:" in run("sling", theirs / "r.yaml", expect=1).err
    (theirs / "r.yaml").write_text("source: NOWHERE\ntarget: X\nstreams:\n  a.b:\n")
    assert "r.yaml:1: source: this connection is in no env.yaml" in run("sling", theirs / "r.yaml").out
