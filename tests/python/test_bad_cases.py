"""What goes wrong in user code and around it: the destination is as before, and the message helps."""
import itertools
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

import sluice as dlt
from conftest import BUILD, REPO
from sluice import exceptions


def test_a_generator_that_raises_midway(pipe, rows):
    pipe().run([{"a": 1}], table_name="t")

    @dlt.resource(name="t")
    def broken():
        yield [{"a": i} for i in range(10_000)]
        raise ValueError("the API is down")

    with pytest.raises(exceptions.PipelineStepFailed) as caught:
        pipe().run(broken)
    assert caught.value.step == "extract"
    assert isinstance(caught.value.exception, exceptions.ResourceExtractionError)
    assert caught.value.exception.pipe_name == "t"
    cause = caught.value.exception.__cause__
    assert isinstance(cause, ValueError)
    assert "raise ValueError" in "".join(__import__("traceback").format_exception(cause))
    assert rows("select a from ds.t") == [(1,)]


def test_a_later_table_that_raises_takes_the_first_back(pipe, folder):
    @dlt.source
    def two():
        def second():
            raise KeyError("x")
            yield

        return dlt.resource([{"a": 1}], name="one"), dlt.resource(second, name="second")

    with pytest.raises(exceptions.PipelineStepFailed, match="second"):
        pipe().run(two())
    assert pipe().default_schema.data_table_names() == []


def test_sys_exit_in_a_generator(pipe):
    @dlt.resource
    def leaves():
        yield {"a": 1}
        sys.exit(3)

    with pytest.raises(exceptions.PipelineStepFailed, match=r"sys.exit\(3\)"):
        pipe().run(leaves)


def test_mixed_pages(pipe, rows):
    @dlt.resource(name="t")
    def mixed():
        yield {"a": 1}
        yield None
        yield [{"a": 2}, {"a": "three"}]
        yield []
        yield 4
        yield [{"a": 5.5}]

    pipe().run(mixed)
    assert rows("select count(*), count(a), count(a__v_text), count(a__v_double), count(value) from ds.t") == [(5, 2, 1, 1, 1)]


def test_nothing_at_all(pipe):
    @dlt.resource
    def none():
        return None

    with pytest.raises(exceptions.PipelineStepFailed, match="returned nothing"):
        pipe().run(none)
    assert pipe().run(dlt.resource(lambda: iter(()), name="empty")).row_counts == {}


def test_a_source_that_returns_nothing():
    @dlt.source
    def nothing():
        pass

    with pytest.raises(exceptions.SourceDataIsNone):
        nothing()


def test_missing_secrets_tell_all_places(pipe, monkeypatch):
    @dlt.source
    def shop(api_key=dlt.secrets.value):
        return dlt.resource([{"key": api_key}], name="t")

    with pytest.raises(exceptions.ConfigFieldMissingException) as caught:
        shop()
    text = str(caught.value)
    assert "SOURCES__TEST_BAD_CASES__SHOP__API_KEY" in text
    assert "sources.shop.api_key" in text
    assert "secrets.toml" in text
    monkeypatch.setenv("SOURCES__SHOP__API_KEY", "k")
    assert list(shop()) == [{"key": "k"}]


def test_arguments_that_were_not_given(pipe):
    @dlt.resource
    def needs(a, b=1):
        yield {"a": a}

    with pytest.raises(exceptions.ParametrizedResourceUnbound, match="wants a"):
        list(needs)
    assert list(needs(3)) == [{"a": 3}]


def test_unknown_names_offer_the_nearest(pipe):
    with pytest.raises(exceptions.UnknownDestinationModule, match="did you mean duckdb"):
        dlt.pipeline("p", destination="duckbd")
    pipe().run([{"a": 1}], table_name="orders")
    with pytest.raises(ValueError, match="did you mean orders"):
        pipe().dataset().table("order")


def test_threads_of_user_code(pipe, rows):
    @dlt.resource(name="t")
    def threaded():
        found = []
        workers = [threading.Thread(target=lambda i=i: found.append({"i": i})) for i in range(8)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        yield found

    pipe().run(threaded)
    assert rows("select count(*) from ds.t") == [(8,)]


PROGRAM = """
import os, sys
sys.path[:0] = [{build!r}, {package!r}]
import sluice as dlt

def rows():
    for i in range(10**9):
        yield {{"i": i}}
        if i == 200_000:
            print("ready", flush=True)

{more}
pipeline = dlt.pipeline("long", destination=dlt.destinations.duckdb("long.duckdb"), dataset_name="ds")
pipeline.run(dlt.resource(rows, name="t"))
"""


def start(more=""):
    text = PROGRAM.format(build=str(BUILD / "python"), package=str(REPO / "python"), more=more)
    # A shell's background job, as the tests may be, ignores SIGINT, and its children do then.
    return subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))


def test_interrupted_by_ctrl_c():
    program = start()
    assert program.stdout.readline() == "ready\n"
    program.send_signal(signal.SIGINT)
    started = time.monotonic()
    _, errors = program.communicate(timeout=20)
    assert "KeyboardInterrupt" in errors
    assert time.monotonic() - started < 10
    import duckdb

    with duckdb.connect("long.duckdb") as connection:
        assert connection.execute("select count(*) from information_schema.tables where table_name = 't'").fetchall() == [(0,)]


def test_a_fork_in_user_code(pipe, rows):
    @dlt.resource(name="t")
    def forks():
        yield [{"a": 1}]
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        yield [{"a": 2}]

    pipe().run(forks)
    assert rows("select count(*) from ds.t") == [(2,)]


def grown(run, first, runs):
    """KB of memory that some runs need more than those before them; what was freed does not count."""
    import ctypes
    import gc

    def used():
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)
        with open("/proc/self/statm") as numbers:
            return int(numbers.read().split()[1]) * os.sysconf("SC_PAGESIZE") // 1024

    for _ in range(first):
        run()
    before = used()
    for _ in range(runs):
        run()
    return used() - before


@pytest.mark.skipif("SLUICE_SANITIZED" in os.environ, reason="sanitizers keep what was freed")
def test_a_hundred_runs_in_flat_memory(pipe):
    import pyarrow

    table = pyarrow.table({"a": range(1000), "s": ["text"] * 1000})
    turns = itertools.cycle([*[{"destination": dlt.destinations.sqlalchemy("sqlite:///t.sqlite")}] * 7, {}])  # which is quicker than DuckDB

    def run():
        pipeline = dlt.pipeline("many", **{"destination": dlt.destinations.duckdb("out.duckdb"), "dataset_name": "ds", **next(turns)})
        pipeline.run([{"a": i, "b": [1, 2]} for i in range(100)], table_name="t", write_disposition="replace")
        pipeline.run(table, table_name="arrow", write_disposition="replace")

    assert grown(run, 16, 104) < 6_000


@pytest.mark.skipif("SLUICE_SANITIZED" in os.environ, reason="sanitizers keep what was freed")
def test_a_leak_would_be_seen(pipe):
    kept = []

    def run():
        pipe().run([{"a": 1}], table_name="t", write_disposition="replace")
        kept.append(b"x" * 500_000)

    assert grown(run, 2, 20) > 6_000


def test_a_million_tiny_dicts_and_one_giant_list(pipe, rows):
    def tiny():
        for i in range(1_000_000):
            yield {"i": i}

    pipe().run(tiny(), table_name="tiny")
    pipe().run(dlt.resource(lambda: iter([[{"i": i} for i in range(200_000)]]), name="giant"))
    assert rows("select count(*), sum(i) from ds.tiny") == [(1_000_000, 999_999 * 500_000)]
    assert rows("select count(*), sum(i) from ds.giant") == [(200_000, 199_999 * 100_000)]


def test_other_threads_run_while_the_engine_works(pipe, folder):
    """The engine has the interpreter's lock only where it touches Python's objects."""
    from sluice.sources.filesystem import filesystem, read_csv

    (folder / "in").mkdir()
    (folder / "in" / "rows.csv").write_text("a,b\n" + "".join(f"{i},text {i}\n" for i in range(300_000)))
    over, ticks = threading.Event(), []

    def tick():
        while not over.wait(0.001):
            ticks.append(1)

    thread = threading.Thread(target=tick)
    thread.start()
    pipe().run((filesystem(str(folder / "in"), file_glob="*.csv") | read_csv()).with_name("rows"))
    over.set()
    thread.join()
    assert len(ticks) > 20


def test_errors_survive_pickling(pipe):
    import pickle

    with pytest.raises(exceptions.PipelineStepFailed) as caught:
        pipe().run(dlt.resource(lambda: (1 / 0 for _ in [1]), name="t"))
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.step == "extract"
    assert str(again) == str(caught.value)
