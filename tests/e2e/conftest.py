"""End-to-end tests share one fixture: a folder to work in."""
import pytest

from support import Work


@pytest.fixture
def work(tmp_path):
    return Work(tmp_path)
