"""Dagster in the process of the tests, in its own venv; each test has a folder, a Dagster instance and a DuckDB file."""
import os
import sys
import warnings
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("SLUICE_BIN", REPO / "build" / "sluice")).parent
PATHS = [str(REPO / "python"), str(BUILD / "python")]
SEED = REPO.parent / "shared" / "seeds" / "004_dagster_and_dlt.txt"
sys.path[:0] = PATHS
warnings.filterwarnings("ignore", category=DeprecationWarning)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DAGSTER_DISABLE_TELEMETRY", "1")
    return tmp_path


@pytest.fixture
def instance(folder):
    import dagster

    with dagster.DagsterInstance.ephemeral() as made:
        yield made


@pytest.fixture
def pipeline():
    """A function that makes pipelines into one DuckDB file."""
    import sluice

    return lambda name="shop", **options: sluice.pipeline(name, destination=sluice.destinations.duckdb("out.duckdb"),
                                                          **{"dataset_name": "ds", **options})


@pytest.fixture
def rows(folder):
    """Rows of a query, by DuckDB's own client."""
    import duckdb

    def ask(sql):
        with duckdb.connect(str(folder / "out.duckdb"), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    return ask
