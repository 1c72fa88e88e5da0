"""A project that Dango 1.0.13 itself made (make_dango_project.py) is synced unchanged, and dbt builds its models."""
import json
import os
import shutil
from pathlib import Path

import pytest
from dango_data import fill_postgres, fill_sqlite, write_files
from project_support import Project
from servers_postgres import postgres_server

HERE = Path(__file__).resolve().parent
DBT = {"VIRTUAL_ENV": str(HERE.parents[1] / ".deps/dbt")}


@pytest.fixture(scope="module")
def postgres():
    with postgres_server() as server:
        fill_postgres(server)
        yield server


@pytest.fixture
def made_by_dango(tmp_path, postgres):
    project = Project(tmp_path / "shop")
    shutil.copytree(HERE / "dango_1_0_13", project.folder, dirs_exist_ok=True)
    write_files(project.folder)
    fill_sqlite(project.folder / "stock.db")
    # As the project had them: secrets are not in its repository.
    project.write(".env", f"POSTGRES_CREDENTIALS={postgres.url().replace('postgres:', 'postgresql+psycopg2:', 1)}\n")
    project.write(".dlt/secrets.toml", '[sources.sql_database]\ncredentials = "sqlite:///stock.db"\n')
    return project


def test_a_project_of_dangos_syncs_and_its_models_build(made_by_dango):
    project = made_by_dango
    before = {f: f.read_text() for f in sorted((project.folder / "dbt/models").rglob("*.yml"))}
    assert "0 failed" in project.run("validate").out
    assert "0 failed" in project.run("doctor").out
    project.run("seed", env=DBT)
    project.sync("--no-dbt")
    result = json.loads(project.sync("--json", env=DBT).out)  # D1: Dango doubles every row, and dbt's test of it fails
    assert result["ok"] and result["dbt"]["ran"] and result["dbt"]["error"] is None
    rows = {s["source"]: s["rows_in_tables"] for s in result["sources"]}
    assert rows == {"orders": 100, "events": 20, "shop": 43, "stock": 30}
    assert {f: f.read_text() for f in before} == before
    assert project.warehouse("SELECT count(*), sum(total) FROM staging.stg_orders__orders")[0][0] == 100
    assert project.warehouse("SELECT * FROM marts.budgets ORDER BY 1") == project.warehouse(
        "SELECT customer_id, sum(total), max(b.budget) FROM raw_orders.orders LEFT JOIN seeds.budget b USING (customer_id) "
        "GROUP BY ALL ORDER BY 1")
    assert project.warehouse("SELECT count(*) FROM staging.stg_shop__invoices") == [(40,)]
    files = "SELECT _dango_filename, count(*) FROM raw_orders.orders WHERE NOT _dango_deleted GROUP BY 1 ORDER BY 1"
    assert project.warehouse(files) == [("orders_202401.csv", 50), ("orders_202402.csv", 50)]

    # D1b: a test of dbt's that fails is a failure, while Dango says success
    project.write("data/uploads/orders_202403.csv", "id,customer_id,total,ordered_at\n100,1,1.00,2024-03-01 10:00:00\n")
    done = project.sync("orders", env=DBT, expect=1)
    assert "dbt failed" in done.err and "unique" in done.err
