"""Around a run: refresh modes, traces of other processes, a dataset's own rows, what a notebook shows."""
import pytest

import sluice as dlt


def shop(version):
    @dlt.source(name="shop")
    def source():
        @dlt.resource(primary_key="id", write_disposition="merge")
        def orders(at=dlt.sources.incremental("id", initial_value=0)):
            state = dlt.current.resource_state()
            state["runs"] = state.get("runs", 0) + 1
            yield {"id": version, "of": version, "lines": [version]}

        @dlt.resource
        def notes():
            dlt.current.source_state()["version"] = version
            yield {"id": version, "words": ["a"]}

        return orders, notes

    return source()


@pytest.mark.parametrize("mode, notes, source_state", [("drop_sources", 0, {}), ("drop_resources", 1, {"version": 5}), ("drop_data", 1, {"version": 5})])
def test_refresh(pipe, rows, mode, notes, source_state):
    """Of the resources that are read, or of their whole source, nothing is left of earlier runs: no rows, no state."""
    pipe().run(shop(5))
    pipe().run(shop(2).with_resources("orders"), refresh=mode)  # 2 lies before the cursor of the first run
    assert rows("select id from ds.orders") == [(2,)] and rows("select value from ds.orders__lines") == [(2,)]
    assert rows("select count(*) from ds.notes") == rows("select count(*) from ds.notes__words") == [(notes,)]
    state = pipe().state["sources"]["shop"]
    assert state.pop("resources")["orders"]["runs"] == 1 and state == source_state


def test_refresh_of_an_unknown_kind(pipe):
    with pytest.raises(dlt.common.exceptions.ConfigurationException, match="drop_sources, drop_resources, drop_data"):
        pipe().run([{"a": 1}], table_name="t", refresh="all")


def test_the_trace_of_an_earlier_process(pipe, folder):
    assert pipe().last_trace is None
    pipe().run([{"a": 1, "b": [1, 2]}], table_name="t")
    trace = dlt.attach("shop").last_trace
    assert [step.step for step in trace.steps] == ["extract", "normalize", "load"] and trace.finished_at >= trace.started_at
    assert trace.last_normalize_info.row_counts == {"t": 1, "t__b": 2}
    assert trace.last_load_info.loads_ids == [trace.steps[0].load_id]
    next((folder / "data").rglob("trace.json")).write_text('{"runs": 3')
    assert dlt.attach("shop").last_trace is None


def test_rows_of_the_dataset_itself(pipe, rows):
    """DuckDB lets nobody read beside the load: they are read before it."""
    pipe().run([{"id": i} for i in range(1000)], table_name="t")
    pipe().run(pipe().dataset().table("t").where("id", "lt", 900), table_name="copied")
    pipe().run(pipe().dataset().table("t"), table_name="t")
    assert rows("select count(*), max(id) from ds.copied") == [(900, 899)]
    assert rows("select count(*), count(distinct id) from ds.t") == [(2000, 1000)]


def test_what_a_notebook_shows(pipe):
    info = pipe().run([{"a": "<b>"}], table_name="t")
    assert "<td>t</td><td>1</td><td>new table</td>" in info._repr_html_() and "into ds of duckdb" in info._repr_html_()
    assert "<td>&lt;b&gt;</td>" in pipe().dataset().table("t").select("a")._repr_html_()


def test_drop_forgets_the_folder_and_not_the_data(pipe, rows):
    pipe().run(shop(1))
    pipeline = pipe().drop()
    assert pipeline.first_run and pipeline.last_trace is None
    pipeline.run(shop(2))
    assert rows("select id from ds.orders order by 1") == [(1,), (2,)]
    assert pipeline.state["sources"]["shop"]["resources"]["orders"]["runs"] == 2  # the destination knew


def test_a_merged_table_is_appended_to_and_replaced(pipe, rows):
    """Its nested rows have carried their root's key since, which must not be null."""
    for disposition in ("merge", "append", "replace"):
        pipe().run([{"id": 1, "parts": [1]}], table_name="t", write_disposition=disposition, primary_key="id")
        assert rows("select count(*) from ds.t join ds.t__parts p on p._dlt_root_id = t._dlt_id") == [(2 if disposition == "append" else 1,)]


def test_small_runs_share_a_row_group(pipe, rows):
    """Else each leaves half a megabyte in every table, and the file and the time of a run grow without end."""
    for number in range(6):
        pipe().run([{"n": number}], table_name="t")
    for table in ("t", "_dlt_loads"):
        assert rows(f"select count(distinct row_group_id) from pragma_storage_info('ds.{table}')") == [(1,)], table
    assert rows("select count(*), sum(n) from ds.t") == [(6, 15)]
