"""Hints of nested tables, references, and the root's key in nested rows."""
import json

import pytest

import sluice as dlt
from sluice import exceptions


def _orders(pages, nested, **hints):
    @dlt.resource(name="orders", nested_hints=nested, **hints)
    def orders():
        yield from pages

    return orders


def _stored(rows, table):
    return json.loads(rows("select schema from ds._dlt_version order by version desc limit 1")[0][0])["tables"][table]


def test_columns_and_references_of_children(pipe, rows):
    reference = {"columns": ["Item ID"], "referenced_table": "Items", "referenced_columns": ["id"]}
    nested = {"lines": dlt.mark.make_nested_hints(columns=[{"name": "price", "data_type": "decimal", "precision": 10, "scale": 2}],
                                                 references=[reference]),
              ("lines", "parts"): {"columns": {"made": {"data_type": "date"}}}}
    page = [{"id": 1, "lines": [{"price": "2.5", "parts": [{"made": "2024-01-02"}]}]}]
    pipe().run(_orders([page], nested, references=[reference]))
    assert rows("select price::varchar, (select data_type from information_schema.columns where table_name = 'orders__lines__parts' and "
                "column_name = 'made') from ds.orders__lines") == [("2.50", "DATE")]
    said = [{"columns": ["item_id"], "referenced_table": "items", "referenced_columns": ["id"]}]
    assert _stored(rows, "orders")["references"] == said == _stored(rows, "orders__lines")["references"]
    assert _stored(rows, "orders__lines__parts")["parent"] == "orders__lines"


def test_a_contract_of_children_alone(pipe, rows):
    nested = {"lines": dlt.mark.make_nested_hints(schema_contract={"columns": "freeze"})}
    pipe().run(_orders([[{"id": 1, "lines": [{"a": 1}]}]], nested, schema_contract="evolve"))
    pipe().run(_orders([[{"id": 2, "new": True, "lines": [{"a": 2}]}]], nested, schema_contract="evolve"))
    with pytest.raises(exceptions.PipelineStepFailed, match="orders__lines, column b"):
        pipe().run(_orders([[{"id": 3, "lines": [{"a": 3, "b": 1}]}]], nested, schema_contract="evolve"))
    assert rows("select count(*), count(new) from ds.orders") == [(2, 1)]


def test_a_key_makes_a_table_of_its_own(pipe, rows):
    nested = {("boxes", "Lines"): {"primary_key": ["order_id", "line"], "write_disposition": "merge"}}
    first = {"id": 1, "boxes": [{"b": 1, "lines": [{"order_id": 1, "line": 1, "n": 1, "tags": ["x"]}, {"order_id": 1, "line": 2, "n": 2}]}]}
    page = [first]
    pipe().run(_orders([page], nested, primary_key="id", write_disposition="merge"))
    assert page == [first] and "lines" in first["boxes"][0]  # the user's rows are as they were
    pipe().run(_orders([[{"id": 1, "boxes": [{"b": 1, "lines": [{"order_id": 1, "line": 2, "n": 5}]}]}]], nested, primary_key="id",
                       write_disposition="merge"))
    assert rows("select line, n from ds.orders__boxes__lines order by line") == [(1, 1), (2, 5)]  # line 1 stays: only keys that came are replaced
    assert rows("select count(*) from ds.orders__boxes__lines__tags") == [(1,)]
    stored = _stored(rows, "orders__boxes__lines")
    assert "parent" not in stored and stored["write_disposition"] == "merge" and "_dlt_load_id" in stored["columns"]


def test_one_row_at_a_time_and_values(pipe, rows):
    nested = {"codes": {"merge_key": "value", "write_disposition": "merge"}}
    pipe().run(_orders([{"id": 1, "codes": ["a", "b"]}, {"id": 2, "codes": ["b"]}, {"id": 3}], nested))
    assert rows("select count(*) from ds.orders") == [(3,)]
    assert sorted(rows("select value from ds.orders__codes")) == [("a",), ("b",), ("b",)]


def test_a_child_cannot_be_written_otherwise_than_its_parent(pipe):
    with pytest.raises(exceptions.PipelineStepFailed, match="give it a primary_key"):
        pipe().run(_orders([[{"id": 1, "lines": [1]}]], {"lines": {"write_disposition": "replace"}}))


def test_root_key_without_a_merge(pipe, rows):
    @dlt.source(root_key=True)
    def shop():
        return dlt.resource([{"id": 1, "a": [{"b": [1]}]}], name="orders")

    pipe().run(shop())
    assert rows("select count(*) from ds.orders o join ds.orders__a__b b on b._dlt_root_id = o._dlt_id") == [(1,)]


def test_the_schema_of_a_source_says_columns(pipe, rows):
    schema = dlt.Schema("shop")
    schema.update_table({"name": "orders", "columns": {"price": {"name": "price", "data_type": "decimal"}, "id": {"name": "id", "data_type": "text"}}})
    schema.update_table({"name": "orders__lines", "parent": "orders", "columns": {"n": {"name": "n", "data_type": "double"}}})

    @dlt.source(schema=schema)
    def shop():
        return _orders([[{"Id": 1, "price": "1.5", "lines": [{"n": 1}]}]], None, columns={"ID": {"data_type": "bigint"}})

    pipe().run(shop())
    assert rows("select id, price::varchar, typeof(n) from ds.orders, ds.orders__lines") == [(1, "1.500000000", "DOUBLE")]


def test_hints_that_come_with_rows_stay(pipe, rows):
    @dlt.resource(name="t")
    def made():
        yield {"a": "1"}
        yield dlt.mark.with_hints({"a": "2"}, dlt.mark.make_hints(table_name="u", columns={"a": {"data_type": "bigint"}}))
        yield {"a": "3"}
        yield dlt.mark.with_hints({"a": "4", "below": [{"n": 1}]}, dlt.mark.make_hints(table_name="v", nested_hints={
            "below": dlt.mark.make_nested_hints(columns=[{"name": "n", "data_type": "double"}])}), create_table_variant=True)
        yield {"a": "5"}
        yield dlt.mark.with_table_name({"a": "6"}, "v")

    pipe().run(made)
    assert rows("select a from ds.t") == [("1",)]
    assert [sorted(rows(f"select a from ds.{table}")) for table in "uv"] == [[(2,), (3,), (5,)], [(4,), (6,)]]
    assert rows("select typeof(n) from ds.v__below") == [("DOUBLE",)]
