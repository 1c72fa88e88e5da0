"""Seed 000 from its first line to its last: every command and every YAML, in its order, on real servers."""
import subprocess

import pytest
from seed_text import Seed
from servers_mongodb import server as mongodb_server
from servers_mysql import server as mysql_server
from servers_postgres import postgres_server
from servers_ssh import ssh_server

SEED = Seed("000_dango_database_sources.txt")
WIZARD_POSTGRES = """? Select a data source: PostgreSQL
? Source name: my_postgres
? Environment variable for connection URL [POSTGRES_CREDENTIALS]: POSTGRES_CREDENTIALS
? Schema (default: public): public
? Table names (comma-separated, or blank for all): customers, orders, products
"""
MY_POSTGRES = """version: '1.0'
sources:
- name: my_postgres
  type: postgres
  enabled: true
  description: Production PostgreSQL database
  generic_config:
    credentials_env: POSTGRES_CREDENTIALS
    schema: public
    table_names:
    - customers
    - orders
    - products
"""
WIZARD_MONGODB = """? Select a data source: MongoDB
? Source name: my_mongo
? Environment variable for connection URL [MONGODB_CONNECTION_URL]: MONGODB_CONNECTION_URL
? Database name: mydb
? Collection names (comma-separated, or blank for all): users, events, products
? Enable parallel collection loading? No
"""
MY_MONGO = """version: '1.0'
sources:
- name: my_mongo
  type: mongodb
  enabled: true
  description: MongoDB application database
  generic_config:
    connection_url_env: MONGODB_CONNECTION_URL
    database: mydb
    collection_names:
    - users
    - events
    - products
    parallel: false
"""
MY_MYSQL = """version: '1.0'
sources:
- name: my_mysql
  type: dlt_native
  enabled: true
  description: MySQL production database
  dlt_native:
    source_module: sql_database
    source_function: sql_database
    function_kwargs:
      schema: "mydb"
      table_names:
      - users
      - transactions
"""
TWO_SCHEMAS = """- name: public_tables
  type: postgres
  enabled: true
  generic_config:
    credentials_env: POSTGRES_CREDENTIALS
    schema: public
- name: analytics_tables
  type: postgres
  enabled: true
  generic_config:
    credentials_env: POSTGRES_CREDENTIALS
    schema: analytics
"""
TUNING = """    function_kwargs:
      chunk_size: 100000 # Larger batches (faster, more memory)
      backend: "pyarrow" # Faster than sqlalchemy
      reflection_level: "minimal" # Skip detailed schema info
"""
BY_DATE = """    function_kwargs:
      schema: "public"
      table_names:
      - orders
      incremental:
        cursor_column: "updated_at"
        initial_value: "2024-01-01"
"""
BY_ID = """    function_kwargs:
      schema: "public"
      table_names:
      - transactions
      incremental:
        cursor_column: "id"
        initial_value: 0
"""
READER = """CREATE USER dango_reader WITH PASSWORD 'secure_password';
GRANT CONNECT ON DATABASE mydb TO dango_reader;
GRANT USAGE ON SCHEMA public TO dango_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO dango_reader;
"""


def wizard(project, written, *more):
    """Types the answers of the document's wizard, and finds its prompts in the program's."""
    lines = SEED.says(written).splitlines()
    answers, prompts = [], []
    for line in lines:
        prompt, answer = line.rsplit("? ", 1) if ": " not in line else line.rsplit(": ", 1)
        prompts.append(prompt)
        answers.append(answer)
    answers[3:3] = more  # the secret is asked for behind the name of its variable, as "prompts you to add … to .env"
    out = project.ask("source", "add", answers=answers)
    assert all(prompt.split(" [")[0] in out for prompt in prompts), out
    return out


def native(kwargs):
    return ("- name: native\n  type: dlt_native\n  enabled: true\n  dlt_native:\n    source_module: sql_database\n"
            "    source_function: sql_database\n" + SEED.says(kwargs))


@pytest.fixture(scope="module")
def postgres():
    with postgres_server() as server:
        server.sql("CREATE DATABASE mydb")
        server.sql("CREATE TABLE customers (id int PRIMARY KEY, name text); INSERT INTO customers VALUES (1, 'a'), (2, 'b');"
                   "CREATE TABLE orders (id int PRIMARY KEY, total numeric(12, 2), updated_at timestamptz);"
                   "INSERT INTO orders SELECT i, i, '2023-12-31'::timestamptz + i * interval '1 hour' FROM generate_series(1, 100) i;"
                   "CREATE TABLE products (sku text PRIMARY KEY); INSERT INTO products VALUES ('p');"
                   "CREATE TABLE transactions (id int PRIMARY KEY); INSERT INTO transactions SELECT generate_series(1, 50);"
                   "CREATE SCHEMA analytics; CREATE TABLE analytics.visits (id int PRIMARY KEY);"
                   "INSERT INTO analytics.visits VALUES (1)", database="mydb")
        yield server


def url(server, user="postgres", password="p%C3%A4ssw%C3%B6rd%2F%40%3A", query=""):
    return server.url("mydb", user, password, query=query).replace("postgres://", "postgresql://")


def twice(project, source, rows):
    """D1, D11: a second sync has the same rows, and no more."""
    for _ in range(2):
        result = project.report()[source]
        assert (result["status"], result["rows_in_tables"]) == ("success", rows)


def test_postgresql(project, postgres):
    out = wizard(project, WIZARD_POSTGRES, url(postgres))
    assert "Connected: 4 tables" in out and "1. sluice sync my_postgres" in out
    yml = (project.folder / ".dango/sources.yml").read_text()
    assert yml == SEED.says(MY_POSTGRES).replace("  description: Production PostgreSQL database\n", "")
    assert (project.folder / ".env").read_text() == f"POSTGRES_CREDENTIALS={url(postgres)}\n"
    project.write(".dango/sources.yml", MY_POSTGRES)
    twice(project, "my_postgres", 103)
    assert project.warehouse("SELECT table_name FROM information_schema.tables WHERE table_schema = 'raw_my_postgres' "
                             "AND table_name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY 1") == [("customers",), ("orders",), ("products",)]
    # Data loading behaviour: replace, previous data is dropped.
    postgres.sql("DELETE FROM customers WHERE id = 2", database="mydb")
    assert project.report()["my_postgres"]["rows_in_tables"] == 102
    postgres.sql("INSERT INTO customers VALUES (2, 'b')", database="mydb")


def test_mongodb(project):
    server = mongodb_server()
    server.client.mydb.users.insert_one({"_id": 1, "address": {"city": "Bern"}, "tags": ["a", "b"]})
    server.client.mydb.events.insert_one({"_id": 1})
    server.client.mydb.products.insert_one({"_id": 1})
    wizard(project, WIZARD_MONGODB, server.url(""))
    yml = (project.folder / ".dango/sources.yml").read_text()
    assert yml == SEED.says(MY_MONGO).replace("  description: MongoDB application database\n", "")
    with ssh_server() as remote:  # "Set the connection URL on the remote server"
        project.write(".dango/cloud.yml", remote.cloud_yml())
        project.run("remote", "push", "--yes", "-q")
        SEED.says('dango remote env set MONGODB_CONNECTION_URL "mongodb+srv://myuser:[email protected]/mydb"')
        out = project.run("remote", "env", "set", "MONGODB_CONNECTION_URL", "mongodb+srv://myuser:pw@host/mydb").out
        assert out == "Set MONGODB_CONNECTION_URL=***\n"
        assert (remote.project / ".env").read_text() == "MONGODB_CONNECTION_URL=mongodb+srv://myuser:pw@host/mydb\n"
    for parallel in ("false", "true"):
        project.write(".dango/sources.yml", MY_MONGO.replace("parallel: false", f"parallel: {parallel}"))
        twice(project, "my_mongo", 5)
    assert SEED.says("MongoDB documents are nested JSON. dlt flattens nested objects into columns using __ separators. "
                     "For example, address.city becomes address__city.")
    assert project.warehouse("SELECT address__city FROM raw_my_mongo.users") == [("Bern",)]
    assert project.warehouse("SELECT count(*) FROM raw_my_mongo.users__tags") == [(2,)]


def test_mysql(project):
    server = mysql_server()
    server.sql("CREATE DATABASE IF NOT EXISTS mydb; USE mydb; CREATE OR REPLACE TABLE users (id INT PRIMARY KEY, n TEXT); "
               "INSERT INTO users VALUES (1, 'ä'); CREATE OR REPLACE TABLE transactions (id INT PRIMARY KEY); "
               "INSERT INTO transactions VALUES (1), (2); CREATE OR REPLACE TABLE other (id INT); INSERT INTO other VALUES (1)")
    project.write(".dango/sources.yml", SEED.says(MY_MYSQL))
    project.write(".dlt/secrets.toml", f'[sources.sql_database.credentials]\ndrivername = "mysql+pymysql"\nusername = "root"\n'
                                       f'host = "127.0.0.1"\nport = {server.port}\ndatabase = "mydb"\n')
    twice(project, "my_mysql", 3)
    assert project.warehouse("SELECT n FROM raw_my_mysql.users") == [("ä",)]
    everything = MY_MYSQL[:MY_MYSQL.index("      table_names")]  # "Omit table_names to load all tables"
    project.write(".dango/sources.yml", everything)
    twice(project, "my_mysql", 4)


def test_advanced_configuration(project, postgres):
    project.write(".env", f"POSTGRES_CREDENTIALS={url(postgres)}\n")
    project.sources(SEED.says(TWO_SCHEMAS))
    rows = {name: s["rows"] for name, s in project.report().items()}
    assert rows == {"public_tables": 153, "analytics_tables": 1}
    secrets = '# [sources.sql_database]\n# credentials = "postgresql://user:pass@host:5432/db?sslmode=require"\n'
    SEED.says(secrets)
    project.write(".dlt/secrets.toml", f'[sources.sql_database]\ncredentials = "{url(postgres, query="?sslmode=prefer")}"\n')
    project.sources(native(TUNING))
    twice(project, "native", 153)
    project.write(".dlt/secrets.toml", f'[sources.sql_database]\ncredentials = "{url(postgres, query="?sslmode=require")}"\n')
    assert "SSL" in project.sync(expect=1).err  # this server has none


def test_incremental_loading(project, postgres):
    project.write(".dlt/secrets.toml", f'[sources.sql_database]\ncredentials = "{url(postgres)}"\n')
    project.sources(native(BY_DATE))
    assert project.report()["native"]["rows"] == 77  # beyond initial_value
    postgres.sql("UPDATE orders SET total = 7, updated_at = '2025-01-01' WHERE id = 50;"
                 "INSERT INTO orders VALUES (101, 1, '2025-01-02')", database="mydb")
    result = project.report()["native"]  # "Only new/changed rows are fetched", "Uses merge disposition (upsert)"
    assert (result["rows"], result["rows_in_tables"]) == (2, 78)
    assert project.warehouse("SELECT total FROM raw_native.orders WHERE id = 50") == [(7,)]
    postgres.sql("DELETE FROM orders WHERE id = 101", database="mydb")
    project.sources(native(BY_ID).replace("native", "by_id", 1))
    assert project.report()["by_id"]["rows"] == 50
    postgres.sql("INSERT INTO transactions VALUES (51), (52)", database="mydb")
    result = project.report()["by_id"]
    assert (result["rows"], result["rows_in_tables"]) == (2, 52)


def test_limitations_and_schema_changes(project, postgres):
    postgres.sql("CREATE VIEW big_orders AS SELECT * FROM orders WHERE total > 90", database="mydb")
    project.write(".env", f"POSTGRES_CREDENTIALS={url(postgres)}\n")
    project.write(".dango/sources.yml", MY_POSTGRES.replace("    - products\n", "    - big_orders\n"))
    assert SEED.says("- Create views in source database:\nThen load the view:")
    result = project.report()["my_postgres"]
    assert {t["name"]: t["rows"] for t in result["tables"]}["big_orders"] == 10
    project.run("generate")
    staging = project.folder / "dbt/models/staging/stg_my_postgres__customers.sql"
    assert "email" not in staging.read_text()
    postgres.sql("ALTER TABLE customers ADD COLUMN email text; UPDATE customers SET email = 'x@y'", database="mydb")
    assert SEED.says("- Dango auto-detects and updates DuckDB schema\n- Staging models are automatically regenerated during sync")
    project.write(".dango/project.yml", "project:\n  name: shop\n")
    assert "models written" in project.sync().out
    assert "        email" in staging.read_text()
    assert project.warehouse("SELECT email FROM raw_my_postgres.customers LIMIT 1") == [("x@y",)]
    postgres.sql("DROP VIEW big_orders; ALTER TABLE customers DROP COLUMN email", database="mydb")


def test_security_and_troubleshooting(tmp_path, project, postgres):
    postgres.sql(SEED.says(READER), database="mydb")
    project.write(".env", f"POSTGRES_CREDENTIALS={url(postgres, 'dango_reader', 'secure_password')}\n")
    project.write(".dango/sources.yml", MY_POSTGRES)
    assert project.report()["my_postgres"]["status"] == "success"
    project.run("init", "new", "--skip-wizard")  # ".dlt/secrets.toml and .env are automatically gitignored. Verify:"
    new = project.folder / "new"
    subprocess.run(["git", "init", "-q", new], check=True)
    ignored = subprocess.run(["git", "-C", new, "check-ignore", ".env", ".dlt/secrets.toml"], capture_output=True, text=True)
    assert ignored.stdout.split() == [".env", ".dlt/secrets.toml"]
    SEED.says("Connection Refused¶")
    project.write(".env", "POSTGRES_CREDENTIALS=postgresql://u:geheim@127.0.0.1:1/mydb\n")
    err = project.sync(expect=1).err
    assert "refused" in err and "127.0.0.1" in err and "geheim" not in err
    SEED.says('"Relation does not exist"¶')
    project.write(".env", f"POSTGRES_CREDENTIALS={url(postgres)}\n")
    project.write(".dango/sources.yml", MY_POSTGRES.replace("- products", "- produkts"))
    err = project.sync(expect=1).err
    assert "produkts" in err
