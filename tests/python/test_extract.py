"""Sources, resources, transformers: what reaches the tables."""
import asyncio
import threading
import time

import pytest

import sluice as dlt
from sluice import exceptions


def numbers(n=5):
    @dlt.resource(name="numbers")
    def make():
        yield [{"n": i} for i in range(n)]

    return make


def test_a_source_with_a_transformer(pipe, rows):
    @dlt.source
    def shop(n=3):
        @dlt.resource(primary_key="id", write_disposition="merge")
        def orders():
            yield [{"id": i} for i in range(n)]

        @dlt.transformer(data_from=orders)
        def details(page):
            for order in page:
                yield {"order": order["id"]}

        return orders, details

    info = pipe().run(shop())
    pipe().run(shop(4))
    assert info.row_counts == {"orders": 3, "details": 3}
    assert rows("select count(*) from ds.orders") == [(4,)]
    assert rows("select count(*) from ds.details") == [(7,)]


def test_unselected_parents_are_read_but_not_written(pipe):
    @dlt.transformer(data_from=numbers(3))
    def doubled(page):
        return [{"d": 2 * row["n"]} for row in page]

    assert pipe().run(doubled).row_counts == {"doubled": 3}


def test_a_parent_is_read_once_for_all_transformers():
    read = []

    @dlt.resource
    def parent():
        read.append(1)
        yield {"n": 1}

    @dlt.source
    def two():
        return parent | dlt.transformer(lambda row: {"a": row["n"]}, name="a"), parent | dlt.transformer(lambda row: {"b": row["n"]}, name="b")

    assert list(two()) == [{"a": 1}, {"b": 1}]
    assert read == [1]


def test_steps_and_their_order():
    resource = numbers(6)()
    resource.add_limit(1).add_filter(lambda row: row["n"] % 2 == 0).add_map(lambda row: row["n"]).add_yield_map(lambda n: [n, -n])
    assert list(resource) == [0, 0, 2, -2, 4, -4]


@pytest.mark.parametrize("options, expected", [(dict(max_items=2), 4), (dict(max_items=0), 0), (dict(max_items=3, count_rows=True), 4)])
def test_limits_count_pages_or_rows(options, expected):
    @dlt.resource
    def pages():
        for _ in range(10):
            yield [{"a": 1}, {"a": 2}]

    assert len(list(pages().add_limit(**options))) == expected


def test_limit_closes_the_generator():
    closed = []

    @dlt.resource
    def endless():
        try:
            while True:
                yield {"a": 1}
        finally:
            closed.append(True)

    assert len(list(endless().add_limit(3))) == 3
    assert closed == [True]


def test_defer_runs_in_threads():
    threads, both = set(), threading.Barrier(2)

    @dlt.transformer(data_from=numbers(4))
    def slow(page):
        for row in page:
            yield call(row)

    @dlt.defer
    def call(row):
        threads.add(threading.current_thread().name)
        both.wait(30)  # for another call: one alone would fail
        return {"m": row["n"]}

    assert sorted(row["m"] for row in slow) == [0, 1, 2, 3]
    assert all(name.startswith("sluice-extract") for name in threads)


def test_parallelized_resources_overlap():
    running, most = [0], [0]

    def make(name):
        @dlt.resource(name=name, parallelized=True)
        def rows_():
            for i in range(3):
                running[0] += 1
                most[0] = max(most[0], running[0])
                time.sleep(0.02)
                running[0] -= 1
                yield {"i": i}

        return rows_

    @dlt.source
    def three():
        return [make(name) for name in "abc"]

    assert len(list(three())) == 9
    assert most[0] > 1


def test_async_generators_and_coroutines():
    @dlt.resource
    async def ticks():
        for i in range(3):
            await asyncio.sleep(0)
            yield {"i": i}

    @dlt.transformer(data_from=ticks)
    async def more(row):
        await asyncio.sleep(0)
        return {"j": row["i"] * 10}

    assert [row["j"] for row in more] == [0, 10, 20]


def test_dynamic_tables_and_marks(pipe, rows):
    @dlt.resource(table_name=lambda row: row["kind"], primary_key=lambda row: {"a": "id", "b": "key"}.get(row.get("kind"), "x"),
                  write_disposition="merge")
    def events():
        yield [{"kind": "a", "id": 1}, {"kind": "b", "key": 1}, {"kind": "a", "id": 1, "new": True}]
        yield dlt.mark.with_table_name({"x": 1}, "c")

    @dlt.resource
    def hinted():
        yield {"n": 1}
        yield dlt.mark.with_hints({"m": "1"}, dlt.mark.make_hints(table_name="d", columns=[{"name": "m", "data_type": "bigint"}]))

    pipe().run([events, hinted])
    assert rows("select count(*) from ds.a union all select count(*) from ds.b") == [(1,), (1,)]
    assert rows("select x from ds.c") == [(1,)]
    assert rows("select m, typeof(m) from ds.d") == [(1, "BIGINT")]


def test_hints_of_columns(pipe, rows):
    resource = dlt.resource([{"id": 1, "price": "1.5", "doc": {"a": 1}}], name="t", columns={
        "price": {"data_type": "decimal", "precision": 10, "scale": 2}, "doc": {"data_type": "json"}})
    resource.apply_hints(primary_key="id", columns={"doc": {"nullable": False}})
    assert resource.compute_table_schema()["columns"]["id"] == {"name": "id", "primary_key": True, "nullable": False}
    pipe().run(resource)
    assert dict((r[0], r[1]) for r in rows("describe ds.t"))["price"] == "DECIMAL(10,2)"
    assert rows("select doc from ds.t") == [('{"a":1}',)]


def test_replace_and_nothing(pipe, rows):
    data = [{"a": 1}]

    @dlt.resource(write_disposition="replace")
    def t():
        yield from data

    pipe().run(t)
    data[:] = [{"a": 2}, {"a": 3}]
    pipe().run(t)
    assert rows("select a from ds.t order by 1") == [(2,), (3,)]
    data.clear()
    pipe().run(t)
    assert rows("select count(*) from ds.t") == [(0,)]


def test_an_empty_list_makes_the_table(pipe, rows):
    pipe().run(dlt.resource([[]], name="t", columns=[{"name": "a", "data_type": "bigint"}]))
    assert rows("select count(a) from ds.t") == [(0,)]


def test_contracts(pipe, rows):
    pipe().run([{"a": 1}], table_name="t")
    with pytest.raises(exceptions.PipelineStepFailed) as caught:
        pipe().run([{"a": 1, "b": 2}], table_name="t", schema_contract={"columns": "freeze"})
    assert isinstance(caught.value.exception, exceptions.DataValidationError)
    pipe().run([{"a": 2, "b": 2}], table_name="t", schema_contract={"columns": "discard_value"})
    assert rows("select a from ds.t order by 1") == [(1,), (2,)]
    assert [c[0] for c in rows("describe ds.t")] == ["a", "_dlt_load_id", "_dlt_id"]


def test_nesting_level(pipe, rows):
    @dlt.source(max_table_nesting=0)
    def flat():
        return dlt.resource([{"a": {"b": [1]}}], name="t")

    pipe().run(flat())
    assert rows("select a from ds.t") == [('{"b":[1]}',)]


def test_separate_steps(pipe, rows):
    pipeline = pipe()
    pipeline.extract(numbers(3))
    assert pipeline.has_pending_data
    assert pipeline.normalize().row_counts == {"numbers": 3}
    assert pipeline.load().row_counts == {"numbers": 3}
    assert rows("select count(*) from ds.numbers") == [(3,)]
    assert pipeline.last_trace.last_load_info.loads_ids


def test_million_small_rows_and_one_giant_list(pipe, rows):
    def small():
        for i in range(100_000):
            yield {"i": i}

    pipe().run(dlt.resource(small, name="small"))
    pipe().run(dlt.resource([[{"i": i} for i in range(100_000)]], name="giant"))
    assert rows("select count(*), sum(i) from ds.small") == rows("select count(*), sum(i) from ds.giant") == [(100_000, 4999950000)]


def test_with_resources_names_the_nearest(pipe):
    @dlt.source
    def shop():
        return dlt.resource([1], name="orders")

    with pytest.raises(exceptions.ResourcesNotFoundError, match="Did you mean orders"):
        shop().with_resources("order")


def test_hints_of_the_run_are_merged(pipe, rows):
    resource = dlt.resource([{"a": "1", "b": "2"}], name="t", columns={"a": {"data_type": "bigint"}})
    pipe().run(resource, columns={"b": {"data_type": "bigint"}}, table_name="u", write_disposition="replace")
    assert rows("select a + b from ds.u") == [(3,)]


@pytest.mark.parametrize("hints", [{"nested_hints": {"x": {"table_format": "iceberg"}}}, {"table_format": "delta"}])
def test_what_is_not_there_is_refused(pipe, hints):
    with pytest.raises(exceptions.PipelineStepFailed, match="support"):
        pipe().run(dlt.resource([{"a": 1}], name="t", **hints))


def test_configuration_in_dlts_order(folder, monkeypatch):
    (folder / ".dlt").mkdir()
    (folder / ".dlt" / "config.toml").write_text('size = 1\n[sources]\nsize = 2\n[sources.shop]\nsize = 3\n', encoding="utf-8")
    (folder / ".dlt" / "secrets.toml").write_text('[sources.test_extract.shop]\nkey = "k"\n', encoding="utf-8")

    @dlt.source
    def shop(size: int = dlt.config.value, key: str = dlt.secrets.value, flag: bool = False):
        return dlt.resource([{"size": size, "key": key, "flag": flag}], name="t")

    assert list(shop()) == [{"size": 3, "key": "k", "flag": False}]
    monkeypatch.setenv("SOURCES__SIZE", "4")
    monkeypatch.setenv("FLAG", "yes")
    assert list(shop()) == [{"size": 4, "key": "k", "flag": True}]
    assert list(shop(size=5))[0]["size"] == 5
    assert (dlt.config["sources.shop.size"], "sources.none" in dlt.config) == (3, False)
