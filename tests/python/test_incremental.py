"""Incremental loading, with the real dlt as the oracle: the same rows of two runs, the same state."""
import datetime
import itertools
from typing import Optional

import pyarrow
import pytest

import sluice
from sluice import exceptions
from sluice.extract import state as states

UTC = datetime.timezone.utc
CURSORS = {
    "int": lambda i: i,
    "float": float,
    "text date": lambda i: f"2024-01-{i + 1:02}",
    "text time": lambda i: f"2024-01-01T00:00:{i:02}Z",
    "datetime": lambda i: datetime.datetime(2024, 1, 1, 0, 0, i, tzinfo=UTC),
    "date": lambda i: datetime.date(2024, 1, i + 1),
}
FIRST = [[5, 3, 5], [7, 7, 2]]
SECOND = [[7, 6, 8], [9, 1, 9]]


def pages(kind, numbers, start):
    ids = itertools.count(start)
    return [[{"id": next(ids) % 100, "at": CURSORS[kind](n)} for n in page] for page in numbers]


def said(options):
    """What is said of the incremental, and of the resource: a key of no columns stands with the former."""
    return {k: v for k, v in options.items() if k != "primary_key" or v == ()}, options.get("primary_key") or None


def reading(library, options, data):
    window, key = said(options)

    @library.resource(name="r", primary_key=key)
    def r(at=library.sources.incremental("at", **window)):
        reading.last = at.last_value
        yield from data

    rows = list(r)
    return rows, reading.last


def twice_here(options, first, second):
    state = {}
    with states.sources_state(state), states.in_source("s"):
        return reading(sluice, options, first), reading(sluice, options, second), state


def twice_there(options, first, second):
    import dlt
    from dlt.common.configuration.container import Container
    from dlt.common.pipeline import StateInjectableContext

    with Container().injectable_context(StateInjectableContext(state={})) as context:
        return reading(dlt, options, first), reading(dlt, options, second), context.state


def last_of(state):
    [source] = [s for s in state.get("sources", state).values() if "resources" in s] or [{}]
    [kept] = source.get("resources", {"r": {}}).values()
    return kept.get("incremental", {}).get("at", {}).get("last_value")


OPTIONS = [
    {}, {"last_value_func": min}, {"primary_key": "id"}, {"primary_key": ()}, {"range_start": "open"}, {"lag": 2},
    {"initial": 4}, {"initial": 4, "last_value_func": min}, {"initial": 3, "end": 7}, {"initial": 3, "end": 7, "range_end": "closed"},
    {"initial": 3, "end": 7, "range_start": "open"}, {"initial": 6, "end": 3, "last_value_func": min}, {"initial": 5, "lag": 1},
    {"lag": 1, "last_value_func": min}, {"initial": 3, "row_order": "asc", "end": 6}, {"row_order": "desc", "initial": 4},
]


@pytest.mark.parametrize("kind", CURSORS)
@pytest.mark.parametrize("given", OPTIONS, ids=str)
def test_the_same_rows_as_dlt(kind, given):
    options = {k: v for k, v in given.items() if k not in ("initial", "end")}
    for short, name in (("initial", "initial_value"), ("end", "end_value")):
        if short in given:
            options[name] = CURSORS[kind](given[short])
    data = pages(kind, FIRST, 0), pages(kind, SECOND, 3)
    here, there = twice_here(options, *data), twice_there(options, *data)
    assert here[:2] == there[:2]
    if "end" not in given:
        assert last_of(here[2]) == last_of(there[2])


@pytest.mark.parametrize("mode", ["include", "exclude"])
def test_missing_cursors(mode):
    data = [[{"at": 1}, {"at": None}, {"b": 1}, {"at": 3}]]
    assert twice_here({"on_cursor_value_missing": mode}, data, data)[:2] == twice_there({"on_cursor_value_missing": mode}, data, data)[:2]


def test_missing_cursors_are_errors():
    with pytest.raises(exceptions.IncrementalCursorPathMissing):
        twice_here({}, [[{"b": 1}]], [])
    with pytest.raises(exceptions.IncrementalCursorPathHasValueNone):
        twice_here({}, [[{"at": None}]], [])
    with pytest.raises(exceptions.IncrementalCursorInvalidCoercion, match="cannot be compared"):
        twice_here({}, [[{"at": 1}, {"at": "x"}]], [])


def test_paths_into_documents():
    @sluice.resource(name="r")
    def r(at=sluice.sources.incremental("a.b[0].c", initial_value=2)):
        yield [{"a": {"b": [{"c": i}, {"c": 9}]}} for i in range(4)]

    with states.in_source("s"):
        assert [row["a"]["b"][0]["c"] for row in r] == [2, 3]


def test_a_custom_function_and_partial_rules():
    @sluice.resource(name="r")
    def r(at=sluice.sources.incremental("at", last_value_func=lambda values: max(values, key=abs))):
        yield [{"at": n} for n in (1, -5, 3)]

    state = {}
    with states.sources_state(state), states.in_source("s"):
        list(r)
    assert last_of(state) == -5


def test_state_survives_a_run_with_its_types(pipe):
    seen = []

    @sluice.resource
    def r(at=sluice.sources.incremental("at", initial_value=datetime.datetime(2024, 1, 1, tzinfo=UTC))):
        seen.append(at.last_value)
        sluice.current.resource_state()["calls"] = sluice.current.resource_state().get("calls", 0) + 1
        sluice.current.source_state()["day"] = datetime.date(2024, 1, 1)
        yield {"at": datetime.datetime(2024, 2, 1, tzinfo=UTC)}

    pipe().run(r)
    pipe().drop()  # the working folder: the destination knows
    pipe().run(r)
    assert seen == [datetime.datetime(2024, 1, 1, tzinfo=UTC), datetime.datetime(2024, 2, 1, tzinfo=UTC)]
    kept = pipe().state["sources"]["shop"]
    assert (kept["resources"]["r"]["calls"], kept["day"]) == (2, datetime.date(2024, 1, 1))


def test_a_failed_run_remembers_nothing(pipe):
    broken = [True]

    @sluice.resource
    def r(at=sluice.sources.incremental("at", initial_value=0)):
        yield {"at": 5}
        if broken[0]:
            raise ValueError("x")

    with pytest.raises(exceptions.PipelineStepFailed):
        pipe().run(r)
    broken[0] = False
    assert pipe().run(r).row_counts == {"r": 1}


def test_dlt_reads_our_state(pipe, folder):
    """Sluice and dlt can take turns on one dataset."""
    @sluice.resource
    def r(at=sluice.sources.incremental("at", initial_value=datetime.datetime(2024, 1, 1, tzinfo=UTC))):
        yield {"at": datetime.datetime(2024, 2, 1, tzinfo=UTC)}

    pipe().run(r)
    import dlt

    there = dlt.pipeline("shop", pipelines_dir=str(folder / "dlts"), destination=dlt.destinations.duckdb(str(folder / "out.duckdb")),
                         dataset_name="ds")
    there.sync_destination()
    last = there.state["sources"]["shop"]["resources"]["r"]["incremental"]["at"]["last_value"]
    assert last == datetime.datetime(2024, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize("given", [o for o in OPTIONS if "row_order" not in o], ids=str)
def test_arrow_windows(given):
    options = {k: v for k, v in given.items() if k not in ("initial", "end")}
    for short, name in (("initial", "initial_value"), ("end", "end_value")):
        if short in given:
            options[name] = given[short]

    def run(library, data):
        window, key = said(options)

        @library.resource(name="r", primary_key=key)
        def r(at=library.sources.incremental("at", **window)):
            for page in data:
                yield pyarrow.Table.from_pylist(page)

        return [row for part in r for row in part.to_pylist()]

    first, second = pages("int", FIRST, 0), pages("int", SECOND, 3)
    with states.sources_state({}), states.in_source("s"):
        here = run(sluice, first), run(sluice, second)
    import dlt
    from dlt.common.configuration.container import Container
    from dlt.common.pipeline import StateInjectableContext

    with Container().injectable_context(StateInjectableContext(state={})):
        there = run(dlt, first), run(dlt, second)
    assert here == there


def test_flags_tell_of_the_last_row_and_reading_stops_at_the_first_one_behind():
    seen = []

    @sluice.resource(name="r")
    def r(at=sluice.sources.incremental("at", initial_value=4, row_order="desc")):
        for page in ([9, 3, 8], [7]):
            yield [{"at": n} for n in page]
            seen.append((at.start_out_of_range, at.can_close()))

    with states.sources_state({}), states.in_source("s"):
        assert [row["at"] for row in r] == [9, 8]
    assert seen == []


def test_what_an_argument_says_goes_over_the_default():
    given = sluice.sources.incremental[int]("at", last_value_func=min, row_order="desc", lag=3, primary_key=())
    merged = given.merge(sluice.sources.incremental(initial_value=5))
    assert (merged.cursor_path, merged.initial_value, merged.row_order, merged.lag) == ("at", 5, "desc", 3)
    assert merged.last_value_func is max, "as in dlt: what has a default is said"
    assert merged.primary_key == () and merged.get_incremental_value_type() is int
    merged.set_deduplication_key("id", from_hints=True)
    assert merged.primary_key == ()
    with pytest.raises(exceptions.ConfigurationValueError, match="without `initial_value`"):
        sluice.sources.incremental("at", end_value=3).resolve()
    with pytest.raises(exceptions.ConfigurationValueError, match="cannot be compared"):
        sluice.sources.incremental("at", initial_value=datetime.datetime(2024, 1, 1, tzinfo=UTC), end_value=datetime.datetime(2025, 1, 1)).resolve()


def test_the_interval_of_a_scheduler(monkeypatch):
    @sluice.resource(name="r")
    def r(at=sluice.sources.incremental[datetime.datetime]("at", allow_external_schedulers=True)):
        seen.append((at.initial_value, at.end_value))
        yield [{"at": datetime.datetime(2024, 1, day, tzinfo=UTC)} for day in (1, 2, 3)]

    seen = []
    with states.sources_state({}), states.in_source("s"):
        assert len(list(r())) == 3, "no scheduler, no window"
        monkeypatch.setenv("DLT_INTERVAL_START", "2024-01-02T00:00:00Z")
        monkeypatch.setenv("DLT_INTERVAL_END", "2024-01-03T00:00:00Z")
        assert [row["at"].day for row in r()] == [2]
    assert seen == [(None, None), (datetime.datetime(2024, 1, 2, tzinfo=UTC), datetime.datetime(2024, 1, 3, tzinfo=UTC))]


def test_one_of_two_names_in_a_path():
    @sluice.resource(name="r")
    def r(at=sluice.sources.incremental("a.new|old", initial_value=2)):
        yield [{"a": {"new": 1}}, {"a": {"old": 2}}, {"a": {"new": 3}}]

    with states.sources_state({}), states.in_source("s"):
        assert [row["a"] for row in r] == [{"old": 2}, {"new": 3}]


def test_what_an_extract_tells(pipe):
    @sluice.resource(primary_key="id")
    def r(at=sluice.sources.incremental("at", initial_value=2)):
        yield [{"id": n, "at": n} for n in range(5)]

    pipeline = pipe()
    info = pipeline.extract(r())
    [told] = info.metrics[info.loads_ids[0]]
    assert told["resource_metrics"]["r"].items_count == told["table_metrics"]["r"].items_count == 3
    assert (told["hints"]["r"]["primary_key"], told["hints"]["r"]["incremental"]["initial_value"]) == ("id", 2)
    assert pipeline.default_schema.tables["r"]["columns"]["at"]["incremental"] is True
    assert (pipeline.normalize().row_counts, pipeline.normalize().row_counts) == ({"r": 3}, {})
    pipeline.load()
    assert pipeline.default_schema.tables["r"]["columns"]["at"] == {"name": "at", "data_type": "bigint", "nullable": True, "incremental": True}
    info = pipeline.run(sluice.resource([{"id": 1}], name="r", incremental=sluice.sources.incremental("id")))
    columns = pipeline.default_schema.tables["r"]["columns"]
    assert columns["id"]["incremental"] is True and "incremental" not in columns["at"]
    [told] = pipeline.last_trace.last_extract_info.metrics[info.loads_ids[0]]
    assert told["resource_metrics"]["r"].items_count == 1


def test_which_incremental_a_function_gets():
    def body(at: Optional[sluice.sources.incremental[int]] = None):
        seen.append(at and (at.initial_value, at.get_incremental_value_type()))
        yield [{"at": 1}, {"at": 9}]

    seen, window = [], sluice.sources.incremental
    plain = sluice.resource(body, name="r")
    decorated = sluice.resource(body, name="r", incremental=window("at", initial_value=2), primary_key="at")
    with states.sources_state({}), states.in_source("s"):
        assert len(list(plain())) == 2 and plain.incremental.incremental is None
        assert list(decorated()) == [{"at": 9}]
        hinted = decorated(window("at", initial_value=5))
        hinted.apply_hints(incremental=window("at", initial_value=8, primary_key=()))
        twin = hinted.with_name("twin")
        assert [len(list(one)) for one in (hinted, twin)] == [1, 1]
        hinted.apply_hints(incremental=window.EMPTY)
        assert list(hinted.with_name("again")) == [{"at": 9}], "what it was called with"
        with pytest.raises(exceptions.ConfigurationValueError, match="EMPTY"):
            list(plain(window.EMPTY))
    assert seen == [None, (2, int), (8, int), (8, int), (5, int)]
    assert decorated.incremental.primary_key == "at" and twin.incremental.incremental.primary_key == ()
    assert twin.incremental.incremental.last_value == 9


def test_reading_goes_on_from_what_the_pipeline_has_stored(pipe):
    @sluice.resource
    def r(at=sluice.sources.incremental("at")):
        sluice.current.resource_metrics()["calls"] = sluice.current.resource().custom_metrics.get("calls", 0) + 1
        yield [{"at": 1}, {"at": 2}]

    pipeline = pipe()
    assert len(list(r())) == 2
    pipeline.run(r())
    assert list(r()) == list(r()) == []
    [told] = next(iter(pipeline.last_trace.last_extract_info.metrics.values()))
    counted = told["resource_metrics"]["r"].custom_metrics
    assert counted["calls"] == 1 and counted["incremental"][0]["unfiltered_items_count"] == 2
