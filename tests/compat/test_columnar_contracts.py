"""Schema contracts on columnar input: as dlt does it for Arrow tables. Types are guarded value by value, not column by column."""
import json

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness import columns, run_dlt, run_sluice, tables
from test_contracts import is_contract

FIRST = pa.table({"id": pa.array([1, 2], pa.int64()), "v": pa.array([10, None], pa.int64())})
PLAIN = ["--no-dlt-id", "--no-dlt-load-id"]


def shown(path):
    with duckdb.connect(str(path), read_only=True) as connection:
        if "items" not in tables(connection, "ds"):
            return None
        return ([(c[0], c[1]) for c in columns(connection, "ds", "items")],
                connection.execute("select * from ds.items order by all").fetchall())


def both(tmp_path, loads, contract):
    left, right = tmp_path / "dlt", tmp_path / "sluice"
    left.mkdir(exist_ok=True), right.mkdir(exist_ok=True)
    words = ["--contract", ",".join(f"{k}={v}" for k, v in contract.items())] if contract else []
    done = failed = None
    for n, table in enumerate(loads):
        try:
            run_dlt(left, [table], schema_contract=contract)
        except Exception as problem:
            assert is_contract(problem), problem
            failed = True
        path = tmp_path / f"load{n}.parquet"
        pq.write_table(table, path)
        done = run_sluice(right, path, "--json", *words, *PLAIN, expect=1 if failed else 0)
        if failed:
            assert "freeze" in done.stderr
            break
        assert shown(left / "out.duckdb") == shown(right / "out.duckdb")
    return None if failed else json.loads(done.stdout)


NEW = pa.table({"id": pa.array([3, 4, 5], pa.int64()), "v": pa.array([30, 40, None], pa.int64()),
                "extra": pa.array(["x", None, None], pa.string()), "more": pa.array([None, None, 1.5], pa.float64())})


@pytest.mark.parametrize("mode", ["evolve", "freeze", "discard_row", "discard_value"])
def test_new_columns(tmp_path, mode):
    both(tmp_path, [FIRST], None)
    done = both(tmp_path, [NEW], {"columns": mode})
    assert (done is None) == (mode == "freeze")
    if done:
        rows, values = {"evolve": (0, 0), "discard_row": (2, 0), "discard_value": (0, 2)}[mode]
        assert (done["discarded_rows"], done["discarded_values"], done["rows"]) == (rows, values, 3 - rows)


@pytest.mark.parametrize("mode", ["freeze", "discard_row", "discard_value"])
def test_other_types(tmp_path, mode):
    """No value of the new type fits the old one: then dlt's whole-column rule and ours by value are one."""
    both(tmp_path, [FIRST], None)
    text = pa.table({"id": pa.array([3, 4], pa.int64()), "v": pa.array(["not a number", None], pa.string())})
    done = both(tmp_path, [text], {"data_type": mode})
    assert (done is None) == (mode == "freeze")
    if done:
        assert (done["discarded_rows"], done["discarded_values"]) == ((1, 0) if mode == "discard_row" else (0, 1))


@pytest.mark.parametrize("mode", ["freeze", "discard_row", "discard_value"])
def test_new_tables(tmp_path, mode):
    done = both(tmp_path, [FIRST], {"tables": mode})
    assert done is None or (done["rows"], done["discarded_rows"]) == (0, 2)


def test_a_new_table_may_bring_any_column(tmp_path):
    both(tmp_path, [NEW], {"columns": "discard_row"})


def test_values_that_fit_stay(tmp_path):
    """A difference to dlt, which discards the whole column when its type differs."""
    pq.write_table(FIRST, tmp_path / "a.parquet")
    pq.write_table(pa.table({"id": pa.array([3, 4, 5], pa.int64()), "v": pa.array(["30", "many", None])}), tmp_path / "b.parquet")
    for mode, rows in (("discard_value", [(3, 30), (4, None), (5, None)]), ("discard_row", [(3, 30), (5, None)])):
        folder = tmp_path / mode
        folder.mkdir()
        run_sluice(folder, tmp_path / "a.parquet", *PLAIN)
        run_sluice(folder, tmp_path / "b.parquet", *PLAIN, "--contract", f"data_type={mode}")
        assert shown(folder / "out.duckdb")[1][2:] == rows


COLUMNS = {
    "i": (pa.int64(), [1, 2, 3, 4]), "small": (pa.int16(), [1, None, -3, 4]), "f": (pa.float64(), [1.5, None, 2.5, -0.0]),
    "t": (pa.string(), ["a", "", None, "long enough to be no inlined text"]), "b": (pa.bool_(), [True, False, None, True]),
    "d": (pa.date32(), [1, 2, None, 4]), "ts": (pa.timestamp("us", "UTC"), [1, None, 3, 4]), "dec": (pa.decimal128(38, 9), [1, 2, None, 4]),
    "bin": (pa.binary(), [b"\x00", b"", None, b"xyz" * 9]), "tm": (pa.time64("us"), [1, None, 3, 4]), "all_null": (pa.int64(), [None] * 4),
}


@pytest.mark.parametrize("dropped", [[0], [3], [1, 2], [0, 1, 2, 3], []])
def test_rows_of_every_type_are_taken_out(tmp_path, dropped):
    table = pa.table({"id": pa.array(range(4), pa.int64()), **{name: pa.array(values, kind) for name, (kind, values) in COLUMNS.items()}})
    pq.write_table(table, tmp_path / "a.parquet")
    run_sluice(tmp_path, tmp_path / "a.parquet")
    extra = table.append_column("extra", pa.array([1 if i in dropped else None for i in range(4)], pa.int64()))
    pq.write_table(extra, tmp_path / "b.parquet")
    done = run_sluice(tmp_path, tmp_path / "b.parquet", "--json", "--contract", "columns=discard_row")
    summary = json.loads(done.stdout)
    assert (summary["rows"], summary["discarded_rows"]) == (4 - len(dropped), len(dropped))
    with duckdb.connect(str(tmp_path / "out.duckdb"), read_only=True) as connection:
        names = [c[0] for c in columns(connection, "ds", "items") if not c[0].startswith("_dlt")]
        assert "extra" not in names
        first, second = [connection.execute(f"select {', '.join(names)} from ds.items where _dlt_load_id {sign} (select min(_dlt_load_id) "
                                            "from ds.items) order by id").fetchall() for sign in ("=", ">")]
        assert second == [row for row in first if row[0] not in dropped]
        assert connection.execute("select count(*) = count(distinct _dlt_id) from ds.items").fetchone() == (True,)


@pytest.mark.parametrize("mode, rows", [("discard_row", [(2, 20)]), ("discard_value", [(1, 10), (2, 20)])])
def test_csv(tmp_path, mode, rows):
    (tmp_path / "a.csv").write_text("id,v\n0,1\n")
    (tmp_path / "b.csv").write_text("id,v,extra\n1,10,x\n2,20,\n")
    run_sluice(tmp_path, tmp_path / "a.csv")
    run_sluice(tmp_path, tmp_path / "b.csv", "--contract", f"columns={mode}")
    with duckdb.connect(str(tmp_path / "out.duckdb"), read_only=True) as connection:
        assert connection.execute("select id, v from ds.items where id > 0 order by id").fetchall() == rows


def test_keys_of_merged_rows_belong_to_the_rows_that_stay(tmp_path):
    (tmp_path / "a.csv").write_text("id,v\n1,1\n2,2\n")
    (tmp_path / "b.csv").write_text("id,v,extra\n1,10,x\n2,20,\n3,30,\n")
    words = ["--write-disposition", "merge", "--strategy", "upsert", "--primary-key", "id"]
    run_sluice(tmp_path, tmp_path / "a.csv", *words)
    with duckdb.connect(str(tmp_path / "out.duckdb"), read_only=True) as connection:
        before = dict(connection.execute("select id, _dlt_id from ds.items").fetchall())
    run_sluice(tmp_path, tmp_path / "b.csv", *words, "--contract", "columns=discard_row")
    with duckdb.connect(str(tmp_path / "out.duckdb"), read_only=True) as connection:
        after = {i: (v, key) for i, v, key in connection.execute("select id, v, _dlt_id from ds.items").fetchall()}
    assert after[1] == (1, before[1]) and after[2] == (20, before[2]) and after[3][0] == 30
