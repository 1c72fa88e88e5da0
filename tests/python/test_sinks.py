"""Functions as destinations: every row once, again from where it failed."""
import datetime

import pytest

import sluice as dlt
from sluice import exceptions


def test_rows_arrive_in_batches_with_their_types(monkeypatch):
    got = []

    @dlt.destination(batch_size=2, name="crm")
    def send(items, table, token=dlt.secrets.value):
        got.append((table["name"], [i["id"] for i in items], items[0]["at"], items[0]["n"], token, sorted(table["columns"])))

    monkeypatch.setenv("DESTINATION__CRM__TOKEN", "t")
    at = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)
    dlt.pipeline("s", destination=send).run([{"id": i, "at": at, "n": {"x": [1]}} for i in range(3)], table_name="people")
    same = ("t", ["at", "id", "n"])
    assert got == [("people", [0, 1], at, {"x": [1]}, *same), ("people", [2], at, {"x": [1]}, *same)]


def test_a_failed_load_goes_on_where_it_stopped():
    got, broken = [], [True]

    @dlt.destination(batch_size=1)
    def sink(items, table):
        if broken[0] and items[0]["id"] == 2:
            raise ValueError("not now")
        got.extend(i["id"] for i in items)

    pipeline = dlt.pipeline("s", destination=sink)
    with pytest.raises(exceptions.PipelineStepFailed, match="ValueError: not now"):
        pipeline.run([{"id": i} for i in range(4)], table_name="t")
    broken[0] = False
    pipeline.run([{"id": 9}], table_name="t")
    assert got == [0, 1, 2, 3, 9]


def test_a_missing_secret_of_a_destination():
    @dlt.destination
    def crm(items, table, key=dlt.secrets.value):
        pass

    with pytest.raises(exceptions.PipelineStepFailed) as caught:
        dlt.pipeline("s", destination=crm).run([{"a": 1}], table_name="t")
    assert isinstance(caught.value.exception, exceptions.ConfigFieldMissingException)
