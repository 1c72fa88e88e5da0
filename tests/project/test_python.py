"""Python sources: `python:module.function` and type dlt_native, run by a Python of their own. What goes wrong is told with the user's line."""
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

SOURCE = '''
import ctypes, os, sys, threading, time
import dlt

@dlt.source
def shop(n=3, trouble="", key=""):
    @dlt.resource(primary_key="id", write_disposition="merge")
    def items(at=dlt.sources.incremental("id", initial_value=0)):
        print("items since", at.last_value)
        for i in range(n):
            yield {"id": i, "key": key, "tags": ["t"] * i}
        if trouble == "raise": raise KeyError("missing")
        if trouble == "crash": ctypes.string_at(0)
        if trouble == "sys.exit": sys.exit(5)
        if trouble == "_exit": os._exit(6)
        if trouble == "hang": time.sleep(100)
        if trouble == "thread": threading.Thread(target=time.sleep, args=(0.2,)).start()
        if trouble == "fork" and os.fork() == 0: os._exit(0)
        if trouble == "none": yield None
        if trouble == "value": yield {"id": 99, "v": object()}

    @dlt.resource(write_disposition="replace")
    def other():
        yield [{"x": i} for i in range(n)]

    return items, other
'''


@pytest.fixture
def env():
    return {"PATH": os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]}


@pytest.fixture
def load(project, env):
    """Loads python:… into the warehouse of the project."""
    project.write("custom_sources/shop.py", SOURCE)

    def run(*options, source="shop.shop", expect=0):
        return project.run("load", f"python:{source}", f"duckdb:{project.database}", "--dataset", "raw", "--pipelines-dir", "pipelines",
                           "--retries", 0, *options, env=env, expect=expect)

    (project.folder / "data").mkdir()
    return run


def line_of(text):
    return next(i for i, line in enumerate(SOURCE.splitlines(), 1) if text in line)


def test_load_and_load_again(project, load):
    assert "items since 0" in load().err
    assert project.warehouse("select count(*) from raw.items__tags") == [(3,)]
    assert "items since 2" in load("--kwargs", '{"n": 5, "key": "k"}').err
    # the row at the boundary is known
    assert project.warehouse("select id, key from raw.items order by 1") == [(0, ""), (1, ""), (2, ""), (3, "k"), (4, "k")]
    assert project.warehouse("select count(*) from raw.other") == [(5,)]


def test_plan_and_inspect_touch_nothing(project, load, env):
    for command in ("inspect", "plan"):
        words = [command, "python:shop.shop", *([f"duckdb:{project.database}"] if command == "plan" else [])]
        out = project.run(*words, env=env).out
        assert "items  (3 rows" in out and "items__tags" in out and "other  (3 rows" in out
    assert not project.database.exists()


@pytest.mark.parametrize("trouble, message", [
    ("raise", f"KeyError: 'missing' (custom_sources/shop.py, line {line_of('KeyError')}, in items)"),
    ("crash", f"crashed: its process was ended by signal 11 (Segmentation fault), at File \"{{folder}}/custom_sources/shop.py\", "
              f"line {line_of('string_at')} in items"),
    ("sys.exit", f"it called sys.exit(5), which a source must not: raise an error instead (custom_sources/shop.py, line {line_of('sys.exit(5)')}"),
    ("_exit", "ended in the middle of its rows with exit code 6"),
    ("hang", f"said nothing for 6 seconds and was ended, at File \"{{folder}}/custom_sources/shop.py\", line {line_of('sleep(100)')} in items"),
    ("value", "a value of type builtins.object cannot be loaded"),
])
def test_what_goes_wrong_leaves_nothing(project, load, trouble, message):
    done = load("--kwargs", f'{{"trouble": "{trouble}"}}', "--timeout", 6 if trouble == "hang" else 60, expect=1)
    assert "sluice: Python source shop.shop" in done.err
    assert message.replace("{folder}", str(project.folder)) in done.err
    assert project.warehouse("select count(*) from information_schema.tables where table_schema = 'raw' and table_name = 'items'") == [(0,)]


@pytest.mark.parametrize("trouble", ["thread", "fork", "none"])
def test_what_is_allowed(project, load, trouble):
    load("--kwargs", f'{{"trouble": "{trouble}"}}')
    assert project.warehouse("select count(*) from raw.items") == [(3,)]


@pytest.mark.parametrize("source, options, expect, message", [
    ("shop.shopp", (), 1, "module shop has no function shopp. Did you mean shop? There are shop."),
    ("shpo.shop", (), 1, "there is no module shpo in custom_sources. Did you mean shop? There are shop."),
    ("shop", (), 2, "python:shop does not name a function: write python:module.function"),
    ("shop.shop", ("--kwargs", '{"m": 1}'), 1, "shop.shop takes no argument m. There are n, trouble, key."),
    ("shop.shop", ("--kwargs", "{"), 1, "ended in the middle of its rows with exit code 2"),
    ("shop.shop", ("--python", "nothing/python"), 1, "cannot start nothing/python for the Python source shop.shop"),
    ("needs.shop", (), 1, "No module named 'not_there': add what has not_there to requirements.txt of the project (custom_sources/needs.py, line 1"),
    ("broken.shop", (), 1, "SyntaxError: "),
])
def test_what_cannot_be_started(project, load, source, options, expect, message):
    if not source.startswith("sh"):
        project.write("custom_sources/needs.py", "import not_there\n")
        project.write("custom_sources/broken.py", "def broken(:\n")
    assert message in load(*options, source=source, expect=expect).err


def test_the_child_ends_with_the_engine(project, load, env):
    process = subprocess.Popen([os.environ.get("SLUICE_BIN", "sluice"), "load", "python:shop.shop", f"duckdb:{project.database}", "--kwargs",
                                '{"trouble": "hang", "n": 100000}'], cwd=project.folder, env={**os.environ, **env}, stderr=subprocess.PIPE)
    process.stderr.readline()  # "items since 0": user code runs
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    process.send_signal(signal.SIGKILL)
    process.wait()
    until = time.monotonic() + 10
    while any(Path(f"/proc/{child}").exists() for child in children) and time.monotonic() < until:
        time.sleep(0.05)
    assert children and not any(Path(f"/proc/{child}").exists() for child in children)


# ---- in a project ----

ENTRY = "- name: shop\n  type: dlt_native\n  dlt_native:\n    source_module: shop\n"


def test_sync(project, env):
    project.write("custom_sources/shop.py", SOURCE)
    project.write(".env", "SHOP_KEY=secret-1\n")
    project.sources(ENTRY + "    function_kwargs: {n: 4, key_env: SHOP_KEY}\n")  # the only source of the module is found
    first = project.report(env=env)["shop"]
    assert (first["status"], {t["name"]: t["rows"] for t in first["tables"]}) == ("success", {"items": 4, "items__tags": 6, "other": 4})
    assert project.warehouse("select distinct key from raw_shop.items") == [("secret-1",)]
    assert "items since 3" in project.sync(env=env).err
    assert "items since 0" in project.sync("--full-refresh", env=env).err
    done = project.sync("--since", "2024-01-01", env=env, expect=2)
    assert "is a Python function, which has its own cursor" in done.err


def test_one_that_fails_and_one_that_hangs(project, env):
    project.write("custom_sources/shop.py", SOURCE)
    project.sources(ENTRY + "    function_kwargs: {trouble: raise}\n" + ENTRY.replace("name: shop", "name: waits")
                    + "    function_kwargs: {trouble: hang}\n    timeout: 1\n" + ENTRY.replace("name: shop", "name: good"))
    report = project.report(env=env, expect=3)
    assert {name: source["status"] for name, source in report.items()} == {"shop": "failed", "waits": "failed", "good": "success"}
    assert f"line {line_of('KeyError')}" in report["shop"]["error"] and "said nothing for 1 seconds" in report["waits"]["error"]


def wheel(folder, version):
    """A package with one module, as pip installs it."""
    name = folder / f"shopkit-{version}-py3-none-any.whl"
    with zipfile.ZipFile(name, "w") as made:
        made.writestr("shopkit.py", f"VERSION = '{version}'\n")
        made.writestr(f"shopkit-{version}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: shopkit\nVersion: {version}\n")
        made.writestr(f"shopkit-{version}.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        made.writestr(f"shopkit-{version}.dist-info/RECORD", "")
    return name


def test_a_virtual_environment_of_requirements(project, env):
    project.write("custom_sources/shop.py", "import dlt, shopkit\n@dlt.resource\ndef shop():\n    yield {'version': shopkit.VERSION}\n")
    project.sources(ENTRY)
    project.write("requirements.txt", f"# what shop needs\n{wheel(project.folder, '1.0')}\n")
    assert "requirements.txt is installed in venv/" in project.sync(env=env).out
    assert project.warehouse("select version from raw_shop.shop") == [("1.0",)]
    assert "requirements.txt is installed" not in project.sync(env=env).out
    project.write("requirements.txt", f"{wheel(project.folder, '2.0')}\n")
    project.sync(env=env)
    assert project.warehouse("select distinct version from raw_shop.shop order by 1") == [("1.0",), ("2.0",)]
    project.write("requirements.txt", "./no-such-wheel.whl\n")
    assert "installing requirements.txt into venv/ failed" in project.sync(env=env, expect=1).err


def test_an_environment_of_the_user_is_left_alone(project, env):
    project.write("custom_sources/shop.py", "import dlt, sys\n@dlt.resource\ndef shop():\n    yield {'program': sys.argv[0], 'exe': sys.executable}\n")
    project.sources(ENTRY)
    project.write("requirements.txt", "nothing-like-this\n")
    (project.folder / ".venv/bin").mkdir(parents=True)
    python = project.write(".venv/bin/python", f'#!/bin/sh\nMARK=1 exec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    project.sync(env=env)
    assert not (project.folder / "venv").exists()
    assert project.warehouse("select count(*) from raw_shop.shop") == [(1,)]


def test_what_comes_with_the_package_in_a_custom_source(project, env):
    """Databases and Arrow tables in one's own module."""
    project.sqlite("shop.db", "CREATE TABLE orders (id INTEGER PRIMARY KEY, total REAL)", "INSERT INTO orders VALUES (1, 2.5), (2, 3.5)")
    project.write("custom_sources/shop.py", """
import dlt
import pyarrow
from dlt.sources.sql_database import sql_table

@dlt.source
def shop():
    orders = sql_table("sqlite:///shop.db", "orders", write_disposition="replace")
    arrow = dlt.resource([pyarrow.table({"a": [1, 2, 3], "d": pyarrow.array([None] * 3, pyarrow.decimal128(10, 2))})], name="arrow",
                         write_disposition="replace")
    return orders, arrow
""")
    project.sources(ENTRY)
    for _ in range(2):
        assert {t["name"]: t["rows"] for t in project.report(env=env)["shop"]["tables"]} == {"orders": 2, "arrow": 3}
    assert project.warehouse("select id, total from raw_shop.orders order by 1") == [(1, 2.5), (2, 3.5)]
    assert project.warehouse("select a from raw_shop.arrow order by 1") == [(1,), (2,), (3,)]


# ---- Arrow, which comes as Arrow ----

ARROW = """
import os
import dlt
import pyarrow as pa

@dlt.source
def arrows(trouble=""):
    @dlt.resource
    def first():
        yield pa.table({"id": pa.array([1, 2], pa.int32()), "d": pa.array([None, None], pa.decimal128(10, 2)), "c": pa.array(["x", None]).dictionary_encode()})
        if trouble == "exit": os._exit(7)
        if trouble == "raise": raise KeyError("page")
        if trouble == "half": os.write(3, b"A" + (1000).to_bytes(8, "little") + bytes(10)); os._exit(7)  # of a frame
        if trouble == "bytes": os.write(3, b"A" + (16).to_bytes(8, "little") + b"no Arrow at all!")
        if trouble == "duration": yield pa.table({"id": [3], "t": pa.array([1], pa.duration("s"))})
        yield pa.table({"id": [3], "e": ["new"]})
        yield {"id": 4, "list": [1]}
        yield pa.table({"id": pa.array([], pa.int64())})
        yield [pa.record_batch({"id": ["five"]}), pa.RecordBatchReader.from_batches(pa.schema([("id", pa.int8())]), [])]

    @dlt.resource
    def second():
        for i in range(3):
            yield pa.table({"id": range(i * 100, i * 100 + 100), "text": ["t" * 50_000] * 100})
        yield pa.table({"id": [300, 301], "text": ["long" * 6_000_000, "short"]})

    return first, second
"""


@pytest.fixture
def arrows(project, env):
    project.write("custom_sources/arrows.py", ARROW)
    (project.folder / "data").mkdir()
    return lambda *options, expect=0: project.run("load", "python:arrows.arrows", f"duckdb:{project.database}", "--dataset", "raw", "--pipelines-dir",
                                                  "pipelines", "--retries", 0, *options, env=env, expect=expect)


def test_arrow_comes_as_arrow(project, arrows):
    """Other columns with each page, rows among tables, no rows, another type, texts of many MB."""
    arrows()
    assert project.warehouse("select id, id__v_text, c, e from raw.first order by id") == [
        (1, None, "x", None), (2, None, None, None), (3, None, None, "new"), (4, None, None, None), (None, "five", None, None)]
    assert project.warehouse("select value from raw.first__list") == [(1,)]
    assert project.warehouse("select count(*), count(distinct id), sum(length(text)) from raw.second") == [(302, 302, 300 * 50_000 + 24_000_005)]
    columns = project.warehouse("select column_name, data_type from information_schema.columns where table_schema = 'raw' and table_name = 'second'")
    assert columns == [("id", "BIGINT"), ("text", "VARCHAR")]  # and no ids of rows, as in the program itself


@pytest.mark.parametrize("trouble, message", [
    ("exit", "Python source arrows.arrows ended in the middle of its rows with exit code 7"),
    ("half", "Python source arrows.arrows ended in the middle of its rows with exit code 7"),
    ("bytes", "Python source arrows.arrows: an Arrow stream cannot be read: a message without its beginning"),
    ("raise", "KeyError: 'page' (custom_sources/arrows.py, line 12, in first)"),
    ("duration", "Python source arrows.arrows: column t has values of Arrow type 'tDs', which cannot be loaded: cast it before"),
])
def test_arrow_that_ends_in_the_middle_leaves_nothing(project, arrows, trouble, message):
    assert message in arrows("--kwargs", f'{{"trouble": "{trouble}"}}', expect=1).err
    assert project.warehouse("select count(*) from information_schema.tables where table_schema = 'raw' and table_name = 'first'") == [(0,)]
