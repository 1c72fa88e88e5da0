"""What the module must give back, for LeakSanitizer: loads that end well and loads that fail, queries, a sink; run by tools/check python.

With the word `planted` it loses some memory itself: the check must see that."""
import contextlib
import ctypes
import gc
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "python"), str(Path(os.environ["SLUICE_BIN"]).parent / "python")]

import pyarrow  # noqa: E402

import sluice as dlt  # noqa: E402
from sluice.sources import filesystem as files  # noqa: E402


@dlt.resource(name="t")
def broken():
    yield {"a": 1}
    raise ValueError("no more")


def loads(destination):
    def pipe():
        return dlt.pipeline("leaks", pipelines_dir="pipelines", destination=destination, dataset_name="ds")

    table = pyarrow.table({"a": range(1000), "s": pyarrow.array(["text"] * 1000).dictionary_encode()})
    pipe().run([{"a": i, "b": [1, {"c": 2.5}]} for i in range(100)], table_name="t", write_disposition="merge", primary_key="a")
    pipe().run(table, table_name="arrow", write_disposition="replace")
    Path("in.csv").write_text("a,b\n1,x\n", encoding="utf-8")
    pipe().run(files.filesystem(".", file_glob="*.csv") | files.read_csv(), table_name="files")
    for bad in (broken, [{"a": object()}], pyarrow.table({"a": pyarrow.array([1], pyarrow.duration("s"))})):
        with contextlib.suppress(dlt.exceptions.PipelineStepFailed):
            pipe().run(bad, table_name="t")
    assert len(pipe().dataset().table("t").fetchall()) == 100
    with contextlib.suppress(dlt.exceptions.DltException):
        pipe().dataset().query("select nonsense").fetchall()


@dlt.destination(batch_size=2)
def sink(items, table):
    pass


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    for _ in range(2):
        loads(dlt.destinations.duckdb("out.duckdb"))
        loads(dlt.destinations.sqlalchemy("sqlite:///out.sqlite"))
    dlt.pipeline("sink", pipelines_dir="pipelines", destination=sink).run([{"a": i} for i in range(3)], table_name="t")
    if "planted" in sys.argv:
        malloc = ctypes.CDLL(None).malloc
        malloc.restype = ctypes.c_void_p
        for _ in range(3):
            malloc(54321)
    gc.collect()
    os.chdir("/")
