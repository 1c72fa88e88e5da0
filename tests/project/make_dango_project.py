"""Makes dango_1_0_13/ again: a project as Dango 1.0.13 itself writes it, for test_dango_project.py.

    python3 -m venv V && V/bin/pip install getdango==1.0.13 && V/bin/python tests/project/make_dango_project.py

Dango makes the project, adds the sources, syncs them and generates its models; what is text and stands in the
project's repository is kept, without what Dango has for its own page (Docker, AI notes, dbt's target). Needs
PostgreSQL on this machine; Dango has 229 packages, so this is done by hand.
"""
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "contract"), str(HERE)]
from dango_data import BUDGET, fill_postgres, fill_sqlite, write_files  # noqa: E402
from servers_postgres import postgres_server  # noqa: E402

DROPPED = {"docker-compose.yml", "Dockerfile.metabase", "entrypoint.sh", ".pre-commit-config.yaml"}
MART = """SELECT o.customer_id, sum(o.total) AS spent, max(b.budget) AS budget
FROM {{ ref('stg_orders__orders') }} o
LEFT JOIN {{ ref('budget') }} b ON b.customer_id = o.customer_id
GROUP BY ALL
"""


def dango(folder, *words):
    done = subprocess.run([Path(sys.executable).with_name("dango"), *words], cwd=folder, stdin=subprocess.DEVNULL,
                          env={**os.environ, "DO_NOT_TRACK": "1", "HOME": str(folder.parent),
                               "DLT_DATA_DIR": str(folder.parent / "dlt")}, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    print(done.stdout)
    return done


def add_sources(folder):
    """What the wizard does with its answers: Dango's own models, written by its own loader."""
    from dango.config.loader import ConfigLoader
    from dango.config.models import DataSource
    loader = ConfigLoader(folder)
    config = loader.load_sources_config()
    config.sources += [
        DataSource(name="orders", type="csv", description="Orders of the shop",
                   csv={"directory": "data/uploads", "file_pattern": "orders_*.csv"}),
        DataSource(name="events", type="local_files",
                   local_files={"directory": "data/uploads", "file_pattern": "*.jsonl"}),
        DataSource(name="shop", type="postgres", description="Production PostgreSQL database",
                   generic_config={"credentials_env": "POSTGRES_CREDENTIALS", "schema": "public",
                                   "table_names": ["customers", "invoices"]}),
        DataSource(name="stock", type="dlt_native", tags=["warehouse"],
                   dlt_native={"source_module": "sql_database", "source_function": "sql_database",
                               "function_kwargs": {"table_names": ["items"]}}),
    ]
    loader.save_sources_config(config)


def keep(folder, to):
    shutil.rmtree(to, ignore_errors=True)
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=folder, capture_output=True, text=True)
    for name in listed.stdout.split():
        if name not in DROPPED and not name.endswith(".md"):
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(folder / name, to / name)


def main(work):
    folder = work / "shop"
    dango(work, "init", "shop", "--skip-wizard")
    with postgres_server() as server:
        fill_postgres(server)
        fill_sqlite(folder / "stock.db")
        write_files(folder)
        (work / "budget.csv").write_text(BUDGET)
        with open(folder / ".env", "a") as env:
            env.write(f"POSTGRES_CREDENTIALS={server.url().replace('postgres:', 'postgresql+psycopg2:', 1)}\n")
        with open(folder / ".dlt/secrets.toml", "a") as secrets:
            secrets.write('\n[sources.sql_database]\ncredentials = "sqlite:///stock.db"\n')
        add_sources(folder)
        dango(folder, "seed", "add", str(work / "budget.csv"))
        (folder / "dbt/models/marts/budgets.sql").write_text(MART)  # as a person writes one
        dango(folder, "sync", "-y")
        dango(folder, "validate")
    keep(folder, HERE / "dango_1_0_13")


if __name__ == "__main__":
    import tempfile
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        main(Path(name))
