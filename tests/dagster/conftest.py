"""Dagster in the process of the tests, in its own venv; each test has a folder, a Dagster instance and a DuckDB file."""
import sys
import warnings
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
sys.path.append(str(REPO / "tests" / "python"))

from warehouse import BUILD, folder, pipe, rows  # noqa: E402, F401 (fixtures)

PATHS = [str(REPO / "python"), str(BUILD / "python")]
SEED = REPO.parent / "shared" / "seeds" / "004_dagster_and_dlt.txt"
warnings.filterwarnings("ignore", category=DeprecationWarning)
pipeline = pipe  # Dagster's word for the fixture


@pytest.fixture(autouse=True)
def no_telemetry(monkeypatch):
    monkeypatch.setenv("DAGSTER_DISABLE_TELEMETRY", "1")


@pytest.fixture
def instance(folder):
    import dagster

    with dagster.DagsterInstance.ephemeral() as made:
        yield made
