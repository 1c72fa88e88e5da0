"""Schema contracts: what is a new table, what its first row may bring, hints and imported schemas."""
import json

import dlt
import duckdb
import pytest
from dlt.common.schema.utils import new_table

from harness import compare, run_dlt, run_sluice

def schema_with_a_table():
    """As a user writes it for the import folder: a table with two typed columns that never had a row."""
    schema = dlt.Schema("pipe")
    schema.update_table(new_table("items", write_disposition="append", resource="items", columns=[
        {"name": "id", "data_type": "bigint", "nullable": True}, {"name": "name", "data_type": "text", "nullable": True}]))
    return schema.to_pretty_yaml()


def lines(path, items):
    path.write_text("".join(json.dumps(i) + "\n" for i in items), encoding="utf-8")
    return path


def count(path):
    if not path.exists():
        return 0
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute("select count(*) from information_schema.tables where table_schema = 'ds' and "
                                   "table_name = 'items'").fetchone()[0]
        return connection.execute("select count(*) from ds.items").fetchone()[0] if found else 0


def is_contract(problem):
    while problem is not None and type(problem).__name__ != "DataValidationError":
        problem = problem.__cause__ or problem.__context__
    return problem is not None


def both(tmp_path, loads, contract, options=(), schema=None, **hints):
    """Each load by both; both fail or neither does; the rows are the same after each."""
    left, right, schemas = tmp_path / "dlt", tmp_path / "sluice", None
    left.mkdir(), right.mkdir()
    words = list(options) + ["--contract", ",".join(f"{k}={v}" for k, v in contract.items())]
    if schema:
        schemas = tmp_path / "schemas"
        schemas.mkdir()
        (schemas / "pipe.schema.yaml").write_text(schema, encoding="utf-8")
        words += ["--import-schema", schemas]
    outcomes = []
    for n, items in enumerate(loads):
        failed = False
        try:
            run_dlt(left, json.loads(json.dumps(items)), schema_contract=contract, import_schema_path=schemas, **dict(hints))
        except Exception as problem:
            assert is_contract(problem), problem
            failed = True
        done = run_sluice(right, lines(tmp_path / f"load{n}.jsonl", items), *words, expect=1 if failed else 0)
        assert not failed or "freeze" in done.stderr
        outcomes.append(failed)
        if failed:
            assert count(right / "out.duckdb") == count(left / "out.duckdb")
            break
        if count(left / "out.duckdb"):
            compare(left / "out.duckdb", right / "out.duckdb", schema_too=False)
        else:
            assert count(right / "out.duckdb") == 0
    return outcomes


MODES = ["evolve", "freeze", "discard_row", "discard_value"]
FIRST = {
    "root rows may all bring columns": [{"id": 1}, {"id": 2, "x": 1}, {"id": 3, "y": "a"}],
    "a child table's first row decides": [{"id": 1, "kids": [{"a": 1}, {"a": 2, "b": 3}]}, {"id": 2, "kids": [{"c": 5}]}],
    "children of children": [{"id": 1, "kids": [{"a": 1, "deep": [{"x": 1}, {"y": 2}]}]}, {"id": 2, "kids": [{"a": 2, "deep": [{"x": 3, "z": 1}]}]}],
    "variants are types, not columns": [{"id": 1, "kids": [{"a": 1}, {"a": "text"}]}, {"id": "text"}],
    "scalars and objects": [{"id": 1, "kids": [1, {"a": 1}, 2]}],
}


@pytest.mark.parametrize("mode", MODES[1:])
@pytest.mark.parametrize("entity, case", [(e, c) for c in FIRST for e in (["columns", "data_type"] if "variants" in c else ["columns", "tables"])])
def test_first_load(tmp_path, case, entity, mode):
    both(tmp_path, [FIRST[case]], {entity: mode})


@pytest.mark.parametrize("mode", MODES)
def test_second_load(tmp_path, mode):
    """What a new table may do once, it may not do again."""
    both(tmp_path, [[{"id": 1}, {"id": 2, "x": 1}], [{"id": 3, "x": 2}, {"id": 4, "z": 1}, {"id": 5}]], {"columns": mode})


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("entity", ["tables", "columns"])
def test_imported_schema(tmp_path, entity, mode):
    """A table with typed columns is not new, though it never had rows: the contract holds from the first row on."""
    failed = both(tmp_path, [[{"id": 1, "name": "a"}, {"id": 2, "extra": 1}, {"id": 3}]], {entity: mode}, schema=schema_with_a_table())
    assert failed == [entity == "columns" and mode == "freeze"]


@pytest.mark.parametrize("mode", MODES)
def test_hints_for_a_new_table(tmp_path, mode):
    both(tmp_path, [[{"id": 1}, {"id": 2, "x": 1}], [{"id": 3, "z": 1}]], {"columns": mode}, ["--columns", "y:text"],
         columns={"y": {"data_type": "text"}})


@pytest.mark.parametrize("mode", MODES)
def test_hints_for_a_table_that_is_there(tmp_path, mode):
    left, right = tmp_path / "dlt", tmp_path / "sluice"
    left.mkdir(), right.mkdir()
    run_dlt(left, [{"id": 1}])
    run_sluice(right, lines(tmp_path / "a.jsonl", [{"id": 1}]))
    failed = False
    try:
        run_dlt(left, [{"id": 2, "y": "a"}], schema_contract={"columns": mode}, columns={"y": {"data_type": "text"}})
    except Exception as problem:
        assert is_contract(problem), problem
        failed = True
    run_sluice(right, lines(tmp_path / "b.jsonl", [{"id": 2, "y": "a"}]), "--contract", f"columns={mode}", "--columns", "y:text",
               expect=1 if failed else 0)
    assert failed == (mode == "freeze")
    if not failed:
        compare(left / "out.duckdb", right / "out.duckdb", schema_too=False)


@pytest.mark.parametrize("mode", ["discard_row", "discard_value"])
def test_the_first_row_is_the_first_of_all_blocks(tmp_path, mode):
    """Many blocks at once: only one of them holds the first row of the child table."""
    items = [{"id": i, "kids": [{"a": i}] if i < 40 else [{"a": i}, {"b%d" % (i % 7): 1, "a": 2}], "pad": "x" * 900} for i in range(6000)]
    left, right = tmp_path / "dlt", tmp_path / "sluice"
    left.mkdir(), right.mkdir()
    run_dlt(left, items, schema_contract={"columns": mode})
    run_sluice(right, lines(tmp_path / "a.jsonl", items), "--contract", f"columns={mode}", "--parallel", "4", "--memory", "64MB")
    compare(left / "out.duckdb", right / "out.duckdb", schema_too=False)
