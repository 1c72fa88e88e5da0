"""What the tests of the Python faces share: sluice on the path, a folder, pipelines, a look into the warehouse."""
import os
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("SLUICE_BIN", REPO / "build" / "sluice")).parent
sys.path[:0] = [str(REPO / "python"), str(BUILD / "python")]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Each test in a folder of its own, with a data folder there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "data"))
    return tmp_path


@pytest.fixture
def pipe():
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
