"""A small project of a SQLite shop with its page served on a free port."""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from served import Project  # noqa: E402


@pytest.fixture
def project(tmp_path):
    made = Project(tmp_path)
    yield made
    made.stop()
