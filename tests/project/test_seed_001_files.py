"""Seed 001 from its first line to its last, but for the Python that it shows: files, registration, warnings, seeds,
validation, and what a push carries to the server. (test_seed_001.py runs that.)"""
import subprocess

import pytest
from seed_text import REPO, Seed
from servers_ssh import ssh_server
from support import SLUICE

SEED = Seed("001_dango_custom_sources.txt")
DBT = {"VIRTUAL_ENV": str(REPO / ".deps/dbt")}
MY_API = """version: '1.0'
sources:
- name: my_api
  type: dlt_native
  enabled: true
  description: My custom API data
  dlt_native:
    source_module: my_api # Python file name (without .py)
    source_function: my_api # Function decorated with @dlt.source
    function_kwargs: {} # Arguments to pass to function
"""
NOTION = """version: '1.0'
sources:
- name: my_notion
  type: dlt_native
  enabled: true
  dlt_native:
    source_module: dlt.sources.notion
    source_function: notion_databases
    function_kwargs:
      database_ids:
      - "abc123..."
"""
PAGINATED = """- name: my_paginated_source
  type: dlt_native
  enabled: true
  dlt_native:
    source_module: paginated_api
    source_function: paginated_api
    function_kwargs:
      base_url: "https://api.example.com"
      page_size: 50
"""
WARNING = """⚠️  Unreferenced custom sources detected:
   - custom_sources/my_api.py

These files won't be synced. To use them, add to .dango/sources.yml:

  - name: my_api
    type: dlt_native
    enabled: true
    dlt_native:
      source_module: my_api
      source_function: <function_name>
      function_kwargs: {}
"""
MART = """SELECT
a.campaign_id,
a.spend,
b.budget
FROM {{ ref('stg_google_ads__campaign_performance') }} a
LEFT JOIN {{ ref('budget_targets') }} b ON a.campaign_id = b.campaign_id
"""


def said(project, *words):
    """What a command says on both outputs, whatever it ends with."""
    done = subprocess.run([SLUICE, *words], cwd=project.folder, capture_output=True, text=True)
    return done.stdout + done.stderr


@pytest.fixture
def shop(project):
    project.sqlite("shop.db", "CREATE TABLE campaign_performance (campaign_id INTEGER, spend NUMERIC)",
                   "INSERT INTO campaign_performance VALUES (1, 10), (2, 20)")
    return project


def test_registration_and_the_warning(shop):
    shop.write("custom_sources/__init__.py", "")
    shop.write("custom_sources/my_api.py", "import dlt\n")
    shop.write(".dango/sources.yml", "version: '1.0'\nsources: []\n")
    SEED.says(WARNING)
    SEED.says("This warning appears in: - dango sync - before syncing starts - dango validate - in the General section - "
              "dango source list - at the top of output")
    for command in ("sync", "validate"):
        assert WARNING in shop.run(command).err
    assert WARNING in shop.run("source", "list").err
    shop.write(".dango/sources.yml", SEED.says(MY_API))
    for command in (["validate"], ["source", "list"]):
        assert "Unreferenced" not in said(shop, *command)
    assert "my_api" in shop.run("source", "list").out
    for text in (NOTION, "version: '1.0'\nsources:\n" + SEED.says(PAGINATED)):
        shop.write(".dango/sources.yml", text)
        assert "has no setting" not in said(shop, "validate")
    SEED.says(NOTION)


def test_seed_files(shop):
    SEED.says("For static reference data (mapping tables, manual inputs), place CSV files in the dbt/seeds/ directory:")
    shop.write(".dango/project.yml", "project:\n  name: shop\n")
    shop.sources("- name: google_ads\n  type: sqlite\n  generic_config: {path: shop.db}\n")
    shop.write("dbt/seeds/budget_targets.csv", "campaign_id,budget\n1,100\n2,200\n")
    shop.write("dbt/models/marts/budget_vs_actual.sql", SEED.says(MART))
    assert "models written" in shop.sync().out
    assert "budget_targets.csv" in shop.run("seed", "list").out
    shop.run("seed", env=DBT)  # dbt knows the model that refers to the seed; test_dango_project.py builds such a one
    assert shop.warehouse("SELECT * FROM seeds.budget_targets ORDER BY 1") == [(1, 100), (2, 200)]


def test_a_push_carries_custom_sources(shop):
    SEED.says("This uploads the custom_sources/ directory alongside your config and dbt models. On the server, syncs run "
              "exactly as they do locally.")
    SEED.says("These are installed on the server during dango remote push.")
    shop.write(".dango/sources.yml", MY_API)
    shop.write("custom_sources/my_api.py", "import dlt\n")
    shop.write("custom_sources/other.py", "import dlt\n")
    shop.write("dbt/models/marts/m.sql", "SELECT 1 AS a\n")
    shop.write("requirements.txt", "requests\n")
    shop.write(".env", "MY_API_KEY=secret\n")
    with ssh_server() as remote:
        remote.program("python3", '#!/bin/sh\nmkdir -p venv/bin\ncp "$0.pip" venv/bin/pip\n')
        remote.program("python3.pip", '#!/bin/sh\necho "$@" > installed\n')
        shop.write(".dango/cloud.yml", remote.cloud_yml())
        done = shop.run("remote", "push", "--yes")
        assert WARNING.replace("my_api", "other") in done.err and "requirements.txt: installed" in done.out
        for name in ("custom_sources/my_api.py", "dbt/models/marts/m.sql", ".dango/sources.yml", "requirements.txt"):
            assert (remote.project / name).read_text() == (shop.folder / name).read_text()
        assert (remote.project / "installed").read_text().strip().endswith("-r requirements.txt")
        assert not (remote.project / ".env").exists()
