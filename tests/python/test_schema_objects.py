"""dlt.Schema and its normalizer as Python objects: the rows, names, types and hashes of the engine."""
import datetime
import json

import pytest

import sluice as dlt
from sluice.common.destination import DestinationCapabilitiesContext
from sluice.common.normalizers.json.relational import DataItemNormalizer
from sluice.common.schema import utils
from sluice.common.schema.exceptions import DataValidationError, ParentTableNotFoundException, TableIdentifiersFrozen
from sluice.normalize import Normalize

UTC = datetime.timezone.utc
ITEMS = [
    {"Id": 1, "_dlt_id": "one", "at": "2024-01-02T03:04:05+02:00", "n": 1, "deep": {"A": {"b-c": 1}, "d": None},
     "list": [1, 2, [3, {"x": "y"}]], "kids": [{"name": "a", "toys": ["t", "u"]}, {"name": "b"}]},
    {"Id": 2, "_dlt_id": "two", "at": "2024-02-02T00:00:00Z", "n": "text", "deep": {"A": {"b-c": 2.5}}, "": 7, "kids": []},
    {"Id": 3, "_dlt_id": "three", "n": 2.5, "kids": [{"name": "c", "toys": [1]}]},
]


def loaded(pipeline, schema):
    return {name: pipeline.dataset().table(name).arrow().to_pylist() for name in schema.data_table_names()}


def as_rows(rows):
    """What differs between both on purpose: nulls are left out here, and moments of DuckDB have its session's zone."""
    def plain(value):
        return value.astimezone(UTC) if isinstance(value, datetime.datetime) else value

    return sorted(({k: plain(v) for k, v in row.items() if v is not None and k != "_dlt_load_id"} for row in rows), key=lambda r: r["_dlt_id"])


@pytest.mark.parametrize("disposition", ["append", "merge"])
def test_the_rows_of_a_load(pipe, disposition):
    """Names, types, variants and ids of all rows are those of the engine."""
    pipeline = pipe()
    pipeline.run(ITEMS, table_name="Things", write_disposition=disposition)
    stored = pipeline.default_schema
    schema = dlt.Schema("things")
    schema.update_table(utils.new_table("things", write_disposition=disposition))
    rows, update = Normalize().normalize_items(schema, ITEMS, "Things")
    expected = loaded(pipeline, stored)
    assert set(rows) == set(expected) == set(update)
    for table, found in rows.items():
        assert as_rows(found) == as_rows(expected[table]), table
        types = {name: column["data_type"] for name, column in stored.get_table_columns(table).items()}
        assert {name: column["data_type"] for name, column in schema.get_table_columns(table).items()} == types


def test_the_stored_schema_is_a_schema(pipe):
    pipeline = pipe()
    pipeline.run(ITEMS, table_name="things")
    schema = pipeline.default_schema
    assert isinstance(schema, dlt.Schema) and not schema.is_modified
    assert schema.version_hash == schema.stored_version_hash
    again = dlt.Schema.from_dict(json.loads(schema.to_pretty_json(remove_defaults=False)))
    assert again.version_hash == schema.version_hash and again.tables == schema.tables
    again.update_table(utils.new_table("more", columns=[utils.new_column("a", "bigint")]))
    assert again.is_modified and again.version == schema.version + 1
    assert "  things:\n" in schema.to_pretty_yaml()


def test_settings_of_a_schema():
    schema = dlt.Schema("settings")
    schema.update_preferred_types({"re:_at$": "timestamp"})
    schema.merge_hints({"not_null": ["OrderId"]})
    rows, update = Normalize().normalize_items(schema, [{"OrderId": "1", "made_at": 1.5}], "t")
    assert rows["t"][0]["made_at"].replace(tzinfo=UTC) == datetime.datetime(1970, 1, 1, 0, 0, 1, 500000, UTC)
    assert update["t"][0]["columns"]["order_id"]["nullable"] is False
    schema.set_schema_contract("freeze")
    with pytest.raises(DataValidationError) as caught:
        Normalize().normalize_items(schema, [{"OrderId": "2", "new": 1}], "t")
    assert (caught.value.table_name, caught.value.column_name, caught.value.schema_entity) == ("t", "new", "columns")
    schema.set_schema_contract({"columns": "discard_value", "data_type": "discard_row"})
    rows, update = Normalize().normalize_items(schema, [{"OrderId": "3", "new": 1}, {"OrderId": "4", "made_at": "no"}], "t")
    assert [row["order_id"] for row in rows["t"]] == ["3"] and "new" not in rows["t"][0] and not update


def test_settings_of_the_normalizer():
    schema = dlt.Schema("nesting")
    DataItemNormalizer.update_normalizer_config(schema, {"max_nesting": 0, "propagation": {"root": {"Id": "root Id"}}})
    schema.data_item_normalizer._reset()
    assert [row for _, row in schema.normalize_data_item({"id": 1, "kids": [1]}, "l", "t")][0]["kids"] == [1]
    DataItemNormalizer.update_normalizer_config(schema, {"max_nesting": 5})
    schema.data_item_normalizer._reset()
    assert [row for _, row in schema.normalize_data_item({"id": 1, "kids": [1]}, "l", "t")][1]["root_id"] == 1
    with pytest.raises(dlt.exceptions.DictValidationException):
        DataItemNormalizer.update_normalizer_config(schema, {"max_nestings": 0})


def test_tables_and_names(monkeypatch):
    schema = dlt.Schema("names")
    with pytest.raises(ParentTableNotFoundException):
        schema.update_table(utils.new_table("a__b", parent_table_name="a"))
    schema.update_table(utils.new_table("OrderLines", columns=[utils.new_column("LineNo", "bigint")]))
    monkeypatch.setenv("SCHEMA__NAMING", "sql_ci_v1")
    schema.update_normalizers()  # names that were made once stay what they became
    assert list(schema.tables) == ["_dlt_version", "_dlt_loads", "order_lines"] and schema.naming.name() == "sql_ci_v1"
    schema.tables["order_lines"]["x-normalizer"] = {"seen-data": True}
    monkeypatch.setenv("SCHEMA__NAMING", "duck_case")
    with pytest.raises(TableIdentifiersFrozen):
        schema.update_normalizers()


def test_what_destinations_promise():
    assert dlt.destinations.postgres().capabilities().max_identifier_length == 63
    with DestinationCapabilitiesContext(max_identifier_length=20).use():
        schema = dlt.Schema("short")
        assert all(len(name) <= 20 for _, row in schema.normalize_data_item({"a" * 30: 1}, "l", "t") for name in row if name != "_dlt_load_id")


def test_a_load_takes_over_what_a_schema_says(pipe):
    given = dlt.Schema("given")
    given.update_preferred_types({"re:_at$": "timestamp"})
    given.update_table(utils.new_table("things", columns=[utils.new_column("code", "text"), {"name": "id", "unique": True}]))

    @dlt.source(schema=given)
    def given_source():
        return dlt.resource([{"id": 1, "code": 7, "made_at": 86400}], name="things")

    pipeline = pipe()
    pipeline.run(given_source())
    columns = pipeline.default_schema.get_table_columns("things")
    assert {name: columns[name]["data_type"] for name in ("code", "id", "made_at")} == {"code": "text", "id": "bigint", "made_at": "timestamp"}
    assert columns["id"]["unique"] is True
    source = given_source()
    source.schema.add_type_detection("iso_date")
    source.resources["things"].add_map(lambda row: {**row, "day": "2024-01-02"})
    pipeline.run(source)
    assert pipeline.default_schema.get_table_columns("things")["day"]["data_type"] == "date"
    plain = dlt.Schema("plain")
    plain.merge_hints({"not_null": ["x"]})
    plain.update_table(utils.new_table("things", columns=[utils.new_column("id", "text")]))  # it has a type, which stays
    pipeline.run([{"x": 1}], table_name="others", schema=plain)
    stored = pipeline.default_schema
    assert stored.get_table_columns("others")["x"]["nullable"] is False
    assert set(stored.data_table_names(seen_data_only=True)) == {"things", "others"}
    assert stored.get_table_columns("things")["id"]["data_type"] == "bigint" and stored.get_preferred_type("made_at") == "timestamp"
