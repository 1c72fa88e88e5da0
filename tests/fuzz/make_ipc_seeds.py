"""Writes the seeds of fuzz_ipc: one stream for each layout that pyarrow writes.

    .deps/venv/bin/python tests/fuzz/make_ipc_seeds.py"""
from pathlib import Path

import pyarrow as pa

COLUMNS = {
    "numbers": [pa.array([1, None, 3]), pa.array([1, 2, 3], pa.uint8()), pa.array([0.5, None, 2])],
    "texts": [pa.array(["a", None, "é"]), pa.array(["a", "b", ""], pa.large_string()), pa.array([b"\0", None, b""]), pa.array([b"ab"] * 3, pa.binary(2))],
    "views": [pa.array(["short", None, "longer than twelve bytes"], pa.string_view()), pa.array([b"x" * 20, b"", None], pa.binary_view())],
    "index": [pa.array(["a", None, "a"]).dictionary_encode(), pa.array([["a"], None, ["b"]], pa.list_(pa.dictionary(pa.int8(), pa.string())))],
    "nested": [pa.array([{"a": 1, "b": [1]}, None, {"a": None, "b": []}]), pa.array([[1, 2], None, [3, 4]], pa.list_(pa.int16(), 2)),
               pa.array([[("k", 1)], [], None], pa.map_(pa.string(), pa.int64())), pa.array([[True], None, []], pa.large_list(pa.bool_()))],
    "unions": [pa.UnionArray.from_dense(pa.array([0, 1, 0], pa.int8()), pa.array([0, 0, 1], pa.int32()), [pa.array([5, 6]), pa.array(["x"])]),
               pa.UnionArray.from_sparse(pa.array([0, 1, 0], pa.int8()), [pa.array([5, 6, 7]), pa.array(["x", "y", "z"])])],
    "times": [pa.array([0, None, 1], pa.timestamp("ms", "UTC")), pa.array([0, 1, 2], pa.date64()), pa.array([1, 2, 3], pa.time32("s"))],
    "rare": [pa.array([None] * 3), pa.array([1, 2, 3], pa.float32()).cast(pa.float16()), pa.array(["{}"] * 3, pa.json_()),
             pa.array([1, None, 3], pa.decimal128(10, 2)), pa.array([1, 2, 3], pa.duration("s"))],
}

folder = Path(__file__).parent / "corpus" / "fuzz_ipc"
folder.mkdir(parents=True, exist_ok=True)
for name, columns in COLUMNS.items():
    table = pa.record_batch(columns, names=[f"c{i}" for i in range(len(columns))])
    with pa.OSFile(str(folder / name), "wb") as out, pa.ipc.new_stream(out, table.schema) as stream:
        stream.write_batch(table)
