"""Progress, reprs, files as rows, queries by plain names, states of other versions."""
import io
import json

import pytest

import sluice as dlt
from sluice import exceptions, progress


def slow():
    import time

    for number in range(4):
        yield {"n": number}
        time.sleep(0.1)


def test_progress_in_a_terminal_and_a_log(pipe):
    out = io.StringIO()
    collector = progress.TerminalCollector(out)
    collector.period = 0.02
    pipe(progress=collector).run(slow(), table_name="t")
    last = out.getvalue().rstrip("\n").rpartition("\r")[2]
    assert last.startswith("shop: ") and " t: " in last and out.getvalue().endswith("\n")
    out = io.StringIO()
    pipe(progress=progress.log(0.02, out)).run(slow(), table_name="t")
    assert out.getvalue().count("\n") >= 2 and "rows" in out.getvalue()
    with pytest.raises(exceptions.ValueErrorWithKnownValues, match="tqdm"):
        pipe(progress="dots")


def test_progress_in_a_notebook(monkeypatch):
    import sys
    import types

    shown = []

    class Display:
        def update(self, data, raw):
            shown.append(data["text/plain"])

    def display(data, raw, display_id):
        shown.append(data["text/plain"])
        return Display()

    shell = type("ZMQInteractiveShell", (), {})()
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell, display=types.SimpleNamespace(display=display)))
    collector = progress.TerminalCollector()
    now = {"phase": "extract", "table": "t", "rows": 2_000, "bytes": 5_000_000, "documents": 2_000, "seconds": 2.0}
    collector.update("p", now)
    collector.finish("p", {**now, "rows": 4_000})
    assert shown == ["p: extract t: 2,000 rows, 5.0 MB, 2.0 s, 1,000 rows/s", "p: extract t: 4,000 rows, 5.0 MB, 2.0 s, 2,000 rows/s"]


def test_progress_is_over_when_the_source_fails(pipe):
    class Ends(progress.Collector):
        ended = 0

        def finish(self, pipeline_name, last):
            self.ended += 1

    def broken():
        yield {"a": 1}
        raise OSError("no more")

    collector = Ends()
    with pytest.raises(exceptions.PipelineStepFailed, match="no more"):
        pipe(progress=collector).run(broken(), table_name="t")
    assert collector.ended == 1


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_a_file_as_rows(pipe, rows, folder, kind):
    if kind == "parquet":
        import pyarrow
        import pyarrow.parquet

        pyarrow.parquet.write_table(pyarrow.table({"a": [1, 2]}), "in.parquet")
    else:
        (folder / f"in.{kind}").write_text("a\n1\n2\n" if kind == "csv" else '{"a": 1}\n{"a": 2}\n')

    @dlt.resource
    def files():
        yield dlt.mark.with_file_import(f"in.{kind}", kind, 2, dlt.mark.make_hints(table_name="t", columns={"a": {"data_type": "decimal"}}))

    pipe().run(files())
    assert rows("select sum(a), any_value(typeof(a))[:7] from ds.t") == [(3, "DECIMAL")]
    with pytest.raises((exceptions.PipelineStepFailed, FileNotFoundError), match="nowhere.csv"):
        pipe().run(dlt.resource(lambda: dlt.mark.with_file_import("nowhere.csv", "csv"), name="x"))


def test_queries_name_the_tables_of_the_dataset(pipe):
    pipeline = pipe()
    pipeline.run([{"a": 1, "b": [1, 2]}], table_name="t")
    assert pipeline.dataset()("select sum(value) from t__b").fetchone() == (3,)
    assert pipeline.dataset().query("with x as (select a from t) select x.a, y.a from x, ds.t as y").fetchall() == [(1, 1)]
    with pipeline.sql_client() as client:
        assert client.execute_sql("select a from t where a = %s", 1) == [(1,)]
        with client.execute_query('select count(*) from "t"') as cursor:
            assert cursor.fetchone() == (1,)


def test_several_extracts_wait_in_order(pipe, rows):
    pipeline = pipe()

    @dlt.resource(name="numbers")
    def numbers(n=dlt.sources.incremental("n")):
        yield {"n": (n.last_value or 0) + 1}

    pipeline.extract(numbers())
    pipeline.extract(numbers())
    assert pipeline.has_pending_data and pipeline.state["sources"]["shop"]["resources"]["numbers"]["incremental"]["n"]["last_value"] == 2
    pipeline.normalize()
    pipeline.load()
    assert rows("select n from ds.numbers order by 1") == [(1,), (2,)] and not pipeline.has_pending_data


def test_plain_values_and_the_configuration_begin_incrementals(pipe, monkeypatch):
    from typing import Optional

    @dlt.resource(name="some")
    def some(at=dlt.sources.incremental("at")):
        yield {"at": at.last_value}

    pipeline = pipe()
    pipeline.extract(some(at=4242))
    assert some.state["incremental"]["at"]["last_value"] == 4242
    pipeline.load()
    assert some.state["incremental"]["at"]["last_value"] == 4242
    monkeypatch.setenv("SOURCES__TEST_COMFORT__CONFIGURED__AT__CURSOR_PATH", "at")
    monkeypatch.setenv("SOURCES__TEST_COMFORT__CONFIGURED__AT__INITIAL_VALUE", "5")

    @dlt.resource
    def configured(at: Optional[dlt.sources.incremental[str]] = None):
        yield [{"at": "7"}, {"at": "3"}]

    assert list(configured()) == [{"at": "7"}]


def test_rows_that_are_read_alone_begin_anew():
    @dlt.resource(name="alone")
    def alone(n=dlt.sources.incremental("n", initial_value=0)):
        yield [{"n": number} for number in range(3)]

    assert len(list(alone)) == len(list(alone)) == 3


def test_state_of_other_versions(pipe, rows, folder):
    @dlt.resource(name="numbers")
    def numbers(at=dlt.sources.incremental("at")):
        yield [{"at": number} for number in range(5)]

    pipe().run(numbers())
    path = next((folder / "data").rglob("state.json"))
    state = json.loads(path.read_text())
    cursor = state["sources"]["shop"]["resources"]["numbers"]["incremental"]["at"]
    cursor["unique_hashes"] = ["a" * 20]  # as dlt before 1.29 has written them
    state["_state_engine_version"], state["new_member"] = 99, {"of": "a later version"}
    path.write_text(json.dumps(state))
    with pytest.raises(exceptions.PipelineStepFailed) as caught:
        pipe().run(numbers())
    assert "99" in str(caught.value)
    state["_state_engine_version"] = 4
    path.write_text(json.dumps(state))
    pipe().run(numbers())
    assert rows("select count(*) from ds.numbers where \"at\" = 4")[0][0] in (1, 2)
    path.write_text("{ broken")
    with pytest.raises(exceptions.DltException):
        pipe().run(numbers())


def test_reprs_are_tables(pipe):
    pipeline = pipe()
    info = pipeline.run([{"a": 1}], table_name="t")
    assert "table  rows" in repr(info) and "a" in repr(pipeline.dataset().t).splitlines()[0]
    assert "<pipeline 'shop' into duckdb" in repr(pipeline)


def _stubs():
    from conftest import REPO

    return sorted((REPO / "python" / "sluice").rglob("*.pyi"))


@pytest.mark.parametrize("path", _stubs(), ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_stubs_say_what_the_modules_have(path):
    import ast
    import importlib
    import inspect

    from conftest import REPO

    parts = path.relative_to(REPO / "python").with_suffix("").parts
    module = importlib.import_module(".".join(part for part in parts if part != "__init__"))
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ImportFrom):
            names = [alias.asname for alias in node.names if alias.asname]
        elif isinstance(node, ast.AnnAssign):
            names = [node.target.id]
        else:
            names = [node.name] if hasattr(node, "name") else []
        for name in names:
            assert getattr(module, name) is not None, name
        if isinstance(node, ast.FunctionDef):
            said = node.args
            assert {a.arg for a in [*said.posonlyargs, *said.args, *said.kwonlyargs]} == {
                p.name for p in inspect.signature(getattr(module, node.name)).parameters.values() if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
            }, node.name
