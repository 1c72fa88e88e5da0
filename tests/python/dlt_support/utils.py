"""The names that dlt's tests take from tests.utils, written for sluice."""
import contextlib
import glob
import os
import shutil
import sys
from pathlib import Path

import pytest

ALL_DESTINATIONS = ["duckdb"]
TestDataItemFormat = str
ALL_TEST_DATA_ITEM_FORMATS = ["object", "pandas", "arrow-table", "arrow-batch"]
ALL_DATA_ITEM_FORMATS = ALL_TEST_DATA_ITEM_FORMATS
TDataItemFormat = TPythonTableFormat = str
ARROW_FORMATS = ["pandas", "arrow-table", "arrow-batch"]


def get_test_storage_root():
    return os.path.abspath("_storage")


TEST_STORAGE_ROOT = get_test_storage_root()


@pytest.fixture(autouse=True)
def preserve_environ():
    saved = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(saved)


@pytest.fixture(autouse=True)
def autouse_test_storage():
    shutil.rmtree("_storage", ignore_errors=True)
    for left in glob.glob("*.duckdb"):  # of the test before, which may have made the same dataset in the same second
        os.remove(left)
    os.makedirs("_storage")
    os.environ["DLT_DATA_DIR"] = os.path.abspath("_storage/data")
    os.environ["SCHEMA_VOLUME_PATH"] = os.path.abspath("_storage/schemas")
    yield None


test_storage = autouse_test_storage
auto_test_run_context = pytest.fixture(lambda: None, name="auto_test_run_context")
patch_home_dir = auto_module_test_storage = auto_module_test_run_context = auto_test_run_context


@pytest.fixture(autouse=True)
def deactivate_pipeline():
    from sluice.pipeline import core

    yield
    core.activate(None)


drop_pipeline = deactivate_pipeline


@pytest.fixture
def unload_modules():
    yield


wipe_pipeline = deactivate_pipeline


@contextlib.contextmanager
def custom_environ(values):
    saved = dict(os.environ)
    os.environ.update(values)
    yield
    os.environ.clear()
    os.environ.update(saved)


clean_test_storage = lambda *a, **k: None  # noqa: E731


def data_to_item_format(item_format, data):
    import pandas
    import pyarrow

    rows = list(data) if not isinstance(data, (list, dict)) else data
    if item_format == "object":
        return rows
    frame = pandas.DataFrame(rows)
    if item_format == "pandas":
        return [frame]
    return [(pyarrow.Table if item_format == "arrow-table" else pyarrow.RecordBatch).from_pandas(frame)]


def arrow_item_from_pandas(frame, item_format):
    import pyarrow

    kinds = {"arrow-table": pyarrow.Table, "arrow-batch": pyarrow.RecordBatch}
    return frame if item_format == "pandas" else kinds[item_format].from_pandas(frame)


def arrow_item_from_table(table, item_format):
    return {"pandas": table.to_pandas, "arrow-table": lambda: table, "arrow-batch": lambda: table.to_batches()[0]}[item_format]()


def data_item_length(data):
    if isinstance(data, list) and data and all(isinstance(one, list) or hasattr(one, "shape") for one in data):
        return sum(map(data_item_length, data))
    return len(data)


def data_item_to_list(_format, values):
    first = values[0]
    if hasattr(first, "to_pylist"):
        return [row for value in values for row in value.to_pylist()]
    if hasattr(first, "to_dict"):
        return [row for value in values for row in value.to_dict("records")]
    return values


def create_schema_with_name(name):
    import dlt

    return dlt.Schema(name)


@pytest.fixture(autouse=True)
def auto_unload_modules():
    """Modules of the tests that a test imports are imported again by the next one."""
    known = set(sys.modules)
    yield
    for name in set(sys.modules) - known:
        if name.startswith("tests."):
            del sys.modules[name]


skipifworktree = lambda function: function  # noqa: E731


def skip_if_not_active(_name):
    pass


def skipifpypy(function):
    return function


skipifwindows = skipifnotwindows = skipifgithubfork = skipifgithubci = skipifpypy


def init_test_logging(*_args):
    pass


def start_test_telemetry(*_args):
    pass


def assert_no_dict_key_starts_with(d, key_prefix):
    assert all(not key.startswith(key_prefix) for key in d)


def load_json_case(name):
    import json

    return json.loads((Path(__file__).parent / "common" / "cases" / f"{name}.json").read_text())
