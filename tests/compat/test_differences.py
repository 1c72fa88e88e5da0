"""Inputs on which dlt 1.31 fails or loses something: what sluice does instead (docs/differences.md)."""
import decimal
import json

import duckdb
import pytest

from harness import run_sluice


def load(tmp_path, text, *options, expect=0):
    path = tmp_path / "in.jsonl"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    done = run_sluice(tmp_path, path, *options, expect=expect)
    return done, tmp_path / "out.duckdb"


def rows(database, sql):
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_integers_beyond_64_bits_keep_every_digit(tmp_path):
    _, db = load(tmp_path, '{"x": 170141183460469231731687303715884105727}\n{"x": 123456789012345678901234567890123456789012}\n')
    assert rows(db, "select x from ds.items order by 1") == [
        ("123456789012345678901234567890123456789012",), ("170141183460469231731687303715884105727",)]
    _, db = load(tmp_path, '{"y": 1}\n{"y": 99999999999999999999}\n', "--as", "other")
    got = rows(db, "select y, y__v_wei from ds.other order by y nulls last")
    assert got == [(1, None), (None, decimal.Decimal("99999999999999999999"))]


def test_decimals_with_more_digits_than_a_double_stay_decimals(tmp_path):
    _, db = load(tmp_path, '{"x": 0.12345678901234567891}\n{"x": 12.5}\n')
    assert rows(db, "select x::varchar from ds.items")[0][0].startswith("0.12345678901234567891")


def test_keys_of_one_name_lose_nothing(tmp_path):
    _, db = load(tmp_path, '{"a-b": 1, "a_b": 2}\n')
    (row,) = rows(db, "select * exclude (_dlt_id, _dlt_load_id) from ds.items")
    assert sorted(row) == [1, 2]
    assert rows(db, "select a_b from ds.items") == [(2,)]


def test_nested_item_with_its_own_id_keeps_its_parent(tmp_path):
    _, db = load(tmp_path, '{"k": [{"_dlt_id": "mine", "a": 1}]}\n')
    assert rows(db, "select c._dlt_id, c._dlt_list_idx, p._dlt_id is not null from ds.items__k c "
                    "join ds.items p on p._dlt_id = c._dlt_parent_id") == [("mine", 0, True)]


def test_variant_that_began_as_a_timestamp_takes_other_text(tmp_path):
    _, db = load(tmp_path, '{"x": 1}\n{"x": "2024-05-01T10:00:00Z"}\n{"x": "plain"}\n')
    assert rows(db, "select count(*) from ds.items where x__v_text__v_text = 'plain'") == [(1,)]


def test_epoch_out_of_range_becomes_a_variant(tmp_path):
    _, db = load(tmp_path, '{"t": "2024-05-01T10:00:00Z"}\n{"t": 99999999999999}\n')
    assert rows(db, "select t__v_bigint from ds.items where t is null") == [(99999999999999,)]


def test_integer_that_a_double_cannot_hold(tmp_path):
    _, db = load(tmp_path, '{"x": 1.5}\n{"x": 9007199254740993}\n{"x": 3}\n')
    assert rows(db, "select x, x__v_bigint from ds.items order by x nulls last") == [
        (1.5, None), (3.0, None), (None, 9007199254740993)]


def test_widen_keeps_one_column(tmp_path):
    _, db = load(tmp_path, '{"x": 1}\n{"x": 2.5}\n{"x": 9223372036854775807}\n', "--on-type-change", "widen")
    assert [r[0] for r in rows(db, "select x from ds.items order by x")] == [
        decimal.Decimal(1), decimal.Decimal("2.5"), decimal.Decimal(9223372036854775807)]
    load(tmp_path, '{"y": 1}\n', "--as", "w")
    _, db = load(tmp_path, '{"y": 2.25}\n', "--as", "w", "--on-type-change", "widen")
    assert [r[0] for r in rows(db, "select y from ds.w order by y")] == [decimal.Decimal(1), decimal.Decimal("2.25")]


def test_negative_zero_keeps_its_sign(tmp_path):
    _, db = load(tmp_path, '{"x": -0.0}\n')
    assert str(rows(db, "select x from ds.items")[0][0]) == "-0.0"


def test_all_null_columns_are_reported(tmp_path):
    done, _ = load(tmp_path, '{"a": 1, "gone": null}\n', "--json")
    assert json.loads(done.stdout)["null_columns"] == ["items.gone"]


def test_duplicate_keys_in_one_batch_last_wins(tmp_path):
    text = '{"id": 1, "v": "old"}\n{"id": 1, "v": "new"}\n'
    for strategy in ("upsert", "insert-only", "delete-insert"):
        table = strategy.replace("-", "_")
        _, db = load(tmp_path, text, "--as", table, "--write-disposition", "merge", "--strategy", strategy, "--primary-key", "id")
        assert rows(db, f"select v from ds.{table}") == [("new",)]


def test_dataset_named_like_the_database(tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text('{"a": 1}\n')
    run_sluice(tmp_path, path, dataset="out")
    assert rows(tmp_path / "out.duckdb", 'select a from "out"."out".items') == [(1,)]


def test_reserved_and_quoted_names(tmp_path):
    _, db = load(tmp_path, '{"select": 1, "Order": {"from": 2}, "say \\"hi\\"": 3}\n', "--as", "table", "--naming", "direct",
                 "--write-disposition", "merge", "--primary-key", "select")
    assert rows(db, 'select "select" from ds."table"') == [(1,)]


def test_null_and_concatenated_keys(tmp_path):
    """Keys ('a', 'bc') and ('ab', 'c') are different; NULLs in a merge key match nothing."""
    options = ["--write-disposition", "merge", "--merge-key", "x,y"]
    load(tmp_path, '{"x": "a", "y": "bc", "v": 1}\n{"x": "ab", "y": "c", "v": 2}\n', *options)
    _, db = load(tmp_path, '{"x": "a", "y": "bc", "v": 3}\n', *options)
    assert sorted(r[0] for r in rows(db, "select v from ds.items")) == [2, 3]


def test_failed_replace_leaves_the_rows(tmp_path):
    load(tmp_path, '{"a": 1}\n')
    load(tmp_path, '{"a": 2}\n{"broken\n', "--write-disposition", "replace", expect=1)
    assert rows(tmp_path / "out.duckdb", "select a from ds.items") == [(1,)]
