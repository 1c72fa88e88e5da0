"""Sources of the real dlt, given to this package's pipeline as they are."""
import dlt as real

import sluice


@real.source
def shop(n=3):
    @real.resource(primary_key="id", write_disposition="merge")
    def orders(at=real.sources.incremental("at", initial_value=0)):
        yield [{"id": i, "at": i, "lines": [1]} for i in range(n)]

    @real.transformer(data_from=orders)
    def twice(page):
        for row in page:
            yield {"d": row["id"] * 2}

    @real.resource(table_name=lambda row: row["k"])
    def by_row():
        yield [{"k": "x"}, {"k": "y"}]

    return orders, twice, by_row


def test_a_source_with_state(pipe, rows):
    assert pipe().run(shop()).row_counts == {"orders": 3, "orders__lines": 3, "twice": 3, "x": 1, "y": 1}
    assert pipe().run(shop(5)).row_counts["orders"] == 2
    assert rows("select id from ds.orders order by 1") == [(0,), (1,), (2,), (3,), (4,)]
    assert pipe().state["sources"]["shop"]["resources"]["orders"]["incremental"]["at"]["last_value"] == 4


def test_a_resource_with_hints(pipe, rows):
    data = [{"a": 1}]
    resource = lambda: real.resource(data, name="loose", columns={"a": {"data_type": "text"}}, write_disposition="replace")  # noqa: E731
    sluice.run(resource(), pipeline_name="shop", destination=sluice.destinations.duckdb("out.duckdb"), dataset_name="ds")
    assert rows("select a from ds.loose") == [("1",)]
    data.clear()
    pipe().run(resource())
    assert rows("select count(*) from ds.loose") == [(0,)]
