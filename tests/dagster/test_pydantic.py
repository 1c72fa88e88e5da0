"""Pydantic models as columns. Here, because Dagster's environment has pydantic."""
from typing import ClassVar, List, Optional

import pytest
from pydantic import BaseModel, ConfigDict

import sluice as dlt
from sluice import exceptions
from sluice.common.libs.pydantic import DltConfig


class Inner(BaseModel):
    x: int


class Order(BaseModel):
    id: int
    note: Optional[str] = None
    tags: List[str] = []


def _orders(model, rows, **hints):
    return dlt.resource(rows, name="orders", columns=model, **hints)


def test_columns_of_models():
    class Flat(Order):
        inner: Optional[Inner] = None
        dlt_config: ClassVar[DltConfig] = {"skip_nested_types": True}

    assert _orders(Order, []).columns == {"id": {"name": "id", "data_type": "bigint", "nullable": False},
                                          "note": {"name": "note", "data_type": "text", "nullable": True},
                                          "tags": {"name": "tags", "data_type": "json", "nullable": False}}
    assert {name: props["nullable"] for name, props in _orders(Flat, []).columns.items()} == {"id": False, "note": True, "inner__x": True}


def test_rows_are_checked_and_new_fields_left_out():
    rows = [{"id": "1", "more": True}, {"id": 2}]
    assert list(_orders(Order, rows)) == [{"id": 1, "note": None, "tags": []}, {"id": 2, "note": None, "tags": []}]
    with pytest.raises(exceptions.ResourceExtractionError, match="does not fit the model Order") as caught:
        list(_orders(Order, [{"id": "none"}]))
    assert caught.value.__cause__.data_item == {"id": "none"}


@pytest.mark.parametrize("contract, left", [
    ("discard_row", [1]), ("evolve", [1, "no", 3]), ({"columns": "discard_row"}, None), ({"columns": "evolve", "data_type": "discard_row"}, [1, 3]),
])
def test_contracts_choose(contract, left):
    rows = [{"id": 1}, {"id": "no"}, {"id": 3, "more": 1}]
    read = _orders(Order, rows, schema_contract=contract)
    if left is None:
        with pytest.raises(exceptions.ResourceExtractionError):
            list(read)
    else:
        assert [row["id"] for row in read] == left


def test_models_stay_and_inner_models_obey():
    class Kept(BaseModel):
        inner: List[Inner]
        model_config = ConfigDict(extra="forbid")
        dlt_config: ClassVar[DltConfig] = {"return_validated_models": True}

    made = list(_orders(Kept, [{"inner": [{"x": 1}]}]))
    assert isinstance(made[0], Kept) and made[0].inner[0].x == 1
    assert list(_orders(Kept, [{"inner": [{"x": 1, "y": 2}], "z": 3}], schema_contract={"columns": "discard_row"})) == []
    assert list(_orders(Kept, [Kept(inner=[])], schema_contract="discard_row"))[0].inner == []
    with pytest.raises(NotImplementedError):
        _orders(Kept, [], schema_contract="discard_value")
