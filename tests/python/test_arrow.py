"""Types of Arrow: what arrives, in this process and from a child process that runs custom sources."""
import decimal
import types

import pyarrow as pa
import pytest

import sluice as dlt
from sluice import exceptions

SHAPES = '''
import datetime, decimal
import dlt
import pyarrow as pa

HALF = pa.array([1.5, -2.0, None], pa.float32()).cast(pa.float16())
SHAPES = {
    "texts_by_index": pa.array(["a", None, "b"]).dictionary_encode(),
    "numbers_by_index": pa.array([100, 200, 100]).dictionary_encode(),
    "lists_of_texts_by_index": pa.array([["a", "b"], None, []], pa.list_(pa.dictionary(pa.int8(), pa.string()))),
    "objects": pa.array([{"a": 1, "b": [1.5]}, None, {"a": None, "b": None}]),
    "maps": pa.array([[("k", 1)], [], None], pa.map_(pa.string(), pa.int64())),
    "pairs": pa.array([[1, 2], None, [3, 4]], pa.list_(pa.int16(), 2)),
    "halves": HALF,
    "short_decimals": pa.array([decimal.Decimal("-1.50"), None, decimal.Decimal("9.99")], pa.decimal32(5, 2)),
    "views": pa.array(["longer than twelve bytes", None, "é"], pa.string_view()),
    "bytes": pa.array([b"\\0\\1", b"", None], pa.large_binary()),
    "unions": pa.UnionArray.from_dense(pa.array([0, 1, 0], pa.int8()), pa.array([0, 0, 1], pa.int32()), [pa.array([5, 6]), pa.array(["x"])]),
    "documents": pa.array(['{"a": 1}', None, "[]"], pa.json_()),
    "sixteen": pa.array([b"0123456789abcdef", None, b"fedcba9876543210"], pa.uuid()),
    "seconds": pa.array([0, None, -1], pa.timestamp("s", "Europe/Berlin")),
    "nanos": pa.array([1001, None, -1], pa.timestamp("ns")),
    "days": pa.array([datetime.date(1, 1, 1), None, datetime.date(9999, 12, 31)]),
    "clock": pa.array([datetime.time(23, 59, 59), None, datetime.time(0)], pa.time32("s")),
    "truth": pa.array([True, None, False]),
    "small": pa.array([255, None, 0], pa.uint8()),
    "large": pa.array([2**64 - 1, None, 0], pa.uint64()),
    "nothing": pa.array([None] * 3, pa.null()),
    "exact": pa.array([decimal.Decimal("1.10"), None, decimal.Decimal("-2.00")], pa.decimal128(38, 2)),
}

@dlt.source
def shapes():
    return [dlt.resource([pa.table({"id": range(3), "c": values})], name=name) for name, values in SHAPES.items()]
'''

ARRIVE = {
    "texts_by_index": ["a", None, "b"],
    "numbers_by_index": [100, 200, 100],
    "lists_of_texts_by_index": ['["a","b"]', None, "[]"],
    "objects": ['{"a":1,"b":[1.5]}', None, '{"a":null,"b":null}'],
    "maps": ['{"k":1}', "{}", None],
    "pairs": ["[1,2]", None, "[3,4]"],
    "halves": [1.5, -2.0, None],
    "bytes": [b"\0\1", b"", None],
    "views": ["longer than twelve bytes", None, "é"],
    "documents": ['{"a": 1}', None, "[]"],
    "sixteen": [b"0123456789abcdef", None, b"fedcba9876543210"],
    "truth": [True, None, False],
    "small": [255, None, 0],
    "unions": [5, None, 6],
}


def made():
    names = {}
    exec(SHAPES.replace("import dlt", "import sluice as dlt"), names)
    return names["shapes"]()


def test_every_type_arrives(pipe, rows):
    pipe().run(made())
    for name, values in ARRIVE.items():
        assert [c for c, in rows(f"select c from ds.{name} order by id")] == values, name
    assert rows("select c, typeof(c) from ds.short_decimals where id = 0") == [(decimal.Decimal("-1.50"), "DECIMAL(5,2)")]
    assert [c for c, in rows("select c__v_text from ds.unions order by id")] == [None, "x", None]


@pytest.mark.parametrize("kind, named", [(pa.duration("us"), "tDu"), (pa.month_day_nano_interval(), "tin"),
                                         (pa.list_(pa.duration("s")), "tDs"), (pa.decimal256(50, 2), "d:50,2,256"),
                                         (pa.decimal128(10, -2), "d:10,-2"), (pa.decimal128(38, 50), "d:38,50")], ids=str)
def test_types_without_a_column_are_refused(pipe, kind, named):
    data = pa.table({"c": pa.array([None], kind)})
    with pytest.raises(exceptions.PipelineStepFailed, match=f"column c has values of Arrow type '{named}', which cannot be loaded: cast it"):
        pipe().run(data, table_name="t")


def test_pages_for_a_later_table_wait_on_disk(pipe, rows, monkeypatch):
    """Tables, readers and rows, in their order; what is small stays in memory."""
    from sluice.pipeline import spool

    monkeypatch.setattr(spool, "HELD", 15_000)
    kept = []
    monkeypatch.setattr(spool.Spool, "_append", lambda self, part, kind, data, append=spool.Spool._append: (kept.append(kind), append(self, part, kind, data)))

    @dlt.resource
    def later():
        for number in range(4):
            table = pa.table({"n": [number] * 1000, "c": pa.array(["x"] * 1000).dictionary_encode()})
            yield table if number < 3 else table.to_reader()
        yield {"n": 4, "c": "y"}

    pipe().run([dlt.resource([{"a": 1}], name="first"), later])
    assert rows("select n, c, count(*) from ds.later group by all order by all") == [(n, "x", 1000) for n in range(4)] + [(4, "y", 1)]
    assert kept == [spool.ARROW] * 3 + [spool.ROWS]


def test_records_of_numpy(pipe, rows):
    class Records:
        """As much of a structured ndarray as is asked for: NumPy itself is not among the tests' packages."""

        ndim, dtype = 1, types.SimpleNamespace(names=("a", "b"))

        def __getitem__(self, name):
            return {"a": [1, 2], "b": ["x", None]}[name]

    pipe().run(Records(), table_name="t")
    pipe().run(dlt.resource(lambda: iter([Records()]), name="t"))
    assert rows("select a, b, count(*) from ds.t group by all order by 1") == [(1, "x", 2), (2, None, 2)]
