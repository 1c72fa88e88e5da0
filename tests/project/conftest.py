"""Tests of the project layer: a project folder, the program in it, results read by DuckDB's own client."""
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
for folder in ("tests/e2e", "tests/contract"):
    sys.path.insert(0, str(ROOT / folder))

from project_support import Project  # noqa: E402


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path / "shop")
