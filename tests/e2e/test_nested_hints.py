"""--nested-hints and --root-key: what is said of nested tables before there are rows for them."""
import json

import pytest
from support import Work


@pytest.fixture
def work(tmp_path):
    made = Work(tmp_path)
    made.write("a.jsonl", '{"id": 1, "list": [{"price": "2.5"}], "obj": {"deep": [{"x": 1}]}}\n')
    return made


def test_children_get_columns_and_the_key_of_their_root(work):
    work.load("a.jsonl", "--root-key", "--nested-hints", json.dumps([{"path": ["list"], "columns": "price:decimal(10,2),note:text"},
                                                                   {"path": ["obj", "deep"], "columns": "x:double"}]))
    assert work.rows("select price::varchar, note, x, l._dlt_root_id = i._dlt_id, d._dlt_root_id = i._dlt_id from ds.items i, ds.items__list l, "
                     "ds.items__obj__deep d") == [("2.50", None, 1.0, True, True)]
    stored = json.loads(work.rows("select schema from ds._dlt_version")[0][0])
    assert stored["tables"]["items__obj__deep"]["parent"] == "items"  # obj is no table, as the rows say


@pytest.mark.parametrize("text, said", [
    ("{", "no JSON list"), ("{}", "no JSON list"), ("[{}]", "no path"), ('[{"path": [1]}]', "list of names"),
    ('[{"path": ["list"], "columns": "a:integer"}]', "unknown type 'integer'"),
    ('[{"path": ["list"], "references": [{"columns": ["a"]}]}]', "a reference has columns"),
    ('[{"path": ["list"], "contract": "never"}]', "never"),
])
def test_wrong_hints_are_refused(work, text, said):
    done = work.run("load", "a.jsonl", f"duckdb:{work.database}", "--as", "items", "--pipelines-dir", work.folder / "p", "--nested-hints", text,
                    expect=2)
    assert said in done.err


def test_a_table_that_is_no_child(work):
    work.load("a.jsonl", "--pipeline", "p", "--as", "items__list")
    done = work.load("a.jsonl", "--pipeline", "p", "--nested-hints", '[{"path": ["list"], "columns": "a:text"}]', expect=2)
    assert "a table of its own" in done.err
