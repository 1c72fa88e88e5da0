"""Python values into columns: every type, the places of bad ones, Arrow without a copy."""
import collections
import dataclasses
import datetime
import decimal
import enum
import uuid

import pyarrow
import pytest

import sluice as dlt
from sluice.exceptions import PipelineStepFailed, ResourceExtractionError, UnsupportedValue

UTC = datetime.timezone.utc


class Color(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


@dataclasses.dataclass
class Point:
    x: int
    y: float


Pair = collections.namedtuple("Pair", "a b")

VALUES = [
    ("text", "a\n\"\\\x01 é 日本", "a\n\"\\\x01 é 日本", "VARCHAR"),
    ("marked text", "\uf026not a number", "\uf026not a number", "VARCHAR"),
    ("long text", "x" * 1000 + '"', "x" * 1000 + '"', "VARCHAR"),
    ("int", -(2**63), -(2**63), "BIGINT"),
    ("big int", 2**70, decimal.Decimal(2**70), "DECIMAL(38,0)"),
    ("bool", True, True, "BOOLEAN"),
    ("float", 0.1, 0.1, "DOUBLE"),
    ("small float", 5e-324, 5e-324, "DOUBLE"),
    ("infinity", float("inf"), float("inf"), "DOUBLE"),
    ("decimal", decimal.Decimal("12.50"), decimal.Decimal("12.500000000"), "DECIMAL(38,9)"),
    ("timestamp", datetime.datetime(2024, 1, 2, 3, 4, 5, 6, UTC), datetime.datetime(2024, 1, 2, 3, 4, 5, 6, UTC), "TIMESTAMP WITH TIME ZONE"),
    ("other zone", datetime.datetime(2024, 1, 2, 3, tzinfo=datetime.timezone(datetime.timedelta(hours=2))),
     datetime.datetime(2024, 1, 2, 1, tzinfo=UTC), "TIMESTAMP WITH TIME ZONE"),
    ("date", datetime.date(2024, 1, 2), datetime.date(2024, 1, 2), "DATE"),
    ("time", datetime.time(3, 4, 5), datetime.time(3, 4, 5), "TIME"),
    ("bytes", b"\x00\xffab", b"\x00\xffab", "BLOB"),
    ("bytearray", bytearray(b"abcd"), b"abcd", "BLOB"),
    ("uuid", uuid.UUID(int=7), str(uuid.UUID(int=7)), "VARCHAR"),
    ("enum", Color.RED, "red", "VARCHAR"),
    ("int enum", Level.LOW, 1, "BIGINT"),
]


@pytest.mark.parametrize("value, expected, kind", [v[1:] for v in VALUES], ids=[v[0] for v in VALUES])
def test_a_value_keeps_its_type(pipe, rows, value, expected, kind):
    pipe().run([{"v": value}], table_name="t")
    [(got, said)] = rows("select v, typeof(v) from ds.t")
    assert (got, said) == (expected, kind)


@pytest.mark.parametrize("row", [Point(1, 2.5), {"p": Point(1, 2.5)}["p"], collections.OrderedDict(x=1, y=2.5)])
def test_objects_are_rows(pipe, rows, row):
    pipe().run(dlt.resource([[row]], name="t"))
    assert rows("select x, y from ds.t") == [(1, 2.5)]


def test_nested_values_of_all_kinds(pipe, rows):
    pipe().run([{"id": 1, "point": Point(1, 2.0), "pair": Pair("a", Color.RED), "set": {3}, "list": (1, 2), 7: "seven", "none": None}],
               table_name="t")
    assert rows("select point__x, pair__a, pair__b, _7 from ds.t") == [(1, "a", "red", "seven")]
    assert rows("select value from ds.t__list order by 1") == [(1,), (2,)]
    assert rows("select value from ds.t__set") == [(3,)]


def test_rows_that_are_no_objects(pipe, rows):
    pipe().run(dlt.resource([1, 2, None, 3], name="t"))
    assert rows("select value from ds.t order by 1") == [(1,), (2,), (3,)]


@pytest.mark.parametrize("row, place", [({"a": [{"b": object()}]}, "row['a'][0]['b']"), ({"a": "\ud800"}, "surrogates")])
def test_a_bad_value_is_named_with_its_place(pipe, folder, row, place):
    with pytest.raises(PipelineStepFailed) as caught:
        pipe().run([{"a": 1}, row], table_name="t")
    assert caught.value.step == "extract"
    assert isinstance(caught.value.exception, (UnsupportedValue, ResourceExtractionError, UnicodeEncodeError))
    assert place in str(caught.value)
    assert not (folder / "out.duckdb").exists() or pipe().dataset().tables == []


def test_a_circle_is_an_error(pipe):
    row = {"a": 1}
    row["self"] = row
    with pytest.raises(PipelineStepFailed, match="RecursionError"):
        pipe().run([row], table_name="t")


def table(rows_=300_000):
    return pyarrow.table({"id": range(rows_), "name": ["é"] * rows_, "at": pyarrow.array([0] * rows_, pyarrow.timestamp("us", "UTC"))})


@pytest.mark.parametrize("data", [table, lambda: table().to_batches()[0], lambda: pyarrow.RecordBatchReader.from_batches(
    table().schema, table().to_batches(1000))], ids=["table", "batch", "reader"])
def test_arrow_data(pipe, rows, data):
    pipe().run(dlt.resource(data(), name="t"))
    assert rows("select count(*), sum(id), min(name) from ds.t") == [(300_000, 300_000 * 299_999 // 2, "é")]
    assert "_dlt_id" not in [c[0] for c in rows("describe ds.t")]


def test_slices_of_arrow_data_keep_their_rows(pipe, rows):
    pipe().run(dlt.resource([table(400_000).slice(7, 250_000)], name="t"))
    assert rows("select count(*), min(id), max(id) from ds.t") == [(250_000, 7, 250_006)]


def test_arrow_comes_back(pipe):
    pipeline = pipe()
    pipeline.run([{"id": i, "tags": [i]} for i in range(3)], table_name="t")
    relation = pipeline.dataset().table("t")
    assert relation.arrow().column("id").to_pylist() == [0, 1, 2]
    assert relation.where("id", "gt", 0).select("id").order_by("id", "desc").fetchall() == [(2,), (1,)]
    assert pipeline.dataset().row_counts().fetchall() == [("t", 3), ("t__tags", 3)]
    assert "id" in repr(relation)


def test_json_gives_back_what_it_was_given():
    from sluice.common import json

    given = {"at": datetime.datetime(2024, 1, 2, 3, tzinfo=UTC), "naive": datetime.datetime(2024, 1, 2), "day": datetime.date(2024, 1, 2),
             "time": datetime.time(3, 4), "sum": decimal.Decimal("1.50"), "id": uuid.UUID(int=7), "raw": b"\x00\xff", "big": json.Wei(10**40),
             "list": [decimal.Decimal(1), {"deep": datetime.date(2024, 1, 3)}]}
    assert json.typed_loads(json.typed_dumps(given)) == given
    assert json.dumps({"at": given["at"], "sum": given["sum"], "color": Color.RED, "point": Point(1, float("nan"))}) == \
        '{"at":"2024-01-02T03:00:00+00:00","sum":"1.50","color":"red","point":{"x":1,"y":null}}'
    assert json.typed_loads('"\uf028no date"') == "\uf028no date"
    with pytest.raises(TypeError, match="is not JSON serializable"):
        json.dumps(object())


def test_bytes_that_are_shown_as_hexadecimal(pipe):
    """As text and inside JSON they are what dlt makes of them; other bytes are base64."""
    from sluice.common import HexBytes

    pipeline = pipe()
    shown, plain = HexBytes("0xff01"), b"\xff\x01"
    pipeline.run(dlt.resource([{"n": 1, "t": "x", "b": shown}, {"n": 2, "t": shown, "b": plain, "j": {"x": [shown, plain]}}, {"n": 3, "t": plain}],
                              name="t", max_table_nesting=0))
    rows = sorted(pipeline.dataset().table("t").arrow().to_pylist(), key=lambda row: row["n"])
    assert [row["t"] for row in rows] == ["x", "0xff01", "/wE="]
    assert [row["b"] for row in rows] == [plain, plain, None]
    assert rows[1]["j"] == '{"x":["0xff01","/wE="]}'
