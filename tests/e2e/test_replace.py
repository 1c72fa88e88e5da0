"""Replace: what was there before is counted, and a source that gives nothing does not empty a table."""
import json

FILLED = '{"id": 1, "kids": [1, 2]}\n{"id": 2}\n'


def summary(done):
    return {t["name"]: (t["inserted"], t["deleted"]) for t in json.loads(done.out)["tables"]}


def test_replaced_rows_are_counted(work):
    path = work.write("a.jsonl", FILLED)
    work.load(path)
    done = work.load(work.write("b.jsonl", '{"id": 3, "kids": [5]}\n'), "--write-disposition", "replace", "--json")
    assert summary(done) == {"items": (1, 2), "items__kids": (1, 2)}
    assert work.rows("select id from ds.items") == [(3,)]


def test_an_empty_source_does_not_empty_a_table(work):
    work.load(work.write("a.jsonl", FILLED))
    empty = work.write("b.jsonl", "")
    done = work.load(empty, "--write-disposition", "replace", expect=1)
    assert "the table items that it replaces holds 2" in done.err and "--allow-empty-replace" in done.err
    assert work.rows("select count(*) from ds.items") == [(2,)] and work.rows("select count(*) from ds.items__kids") == [(2,)]
    assert work.rows("select count(*) from ds._dlt_loads") == [(1,)]


def test_when_allowed_it_does(work):
    work.load(work.write("a.jsonl", FILLED))
    empty = work.write("b.jsonl", "")
    work.load(empty, "--write-disposition", "replace", "--allow-empty-replace")
    assert work.rows("select count(*) from ds.items") == [(0,)] and work.rows("select count(*) from ds.items__kids") == [(0,)]
    work.load(empty, "--write-disposition", "replace")  # nothing is lost by replacing nothing


def test_an_empty_append_is_nothing_special(work):
    work.load(work.write("a.jsonl", FILLED))
    work.load(work.write("b.jsonl", ""))
    assert work.rows("select count(*) from ds.items") == [(2,)]


def test_a_strategy_that_the_destination_does_not_promise_is_refused(work):
    first, second = work.write("a.jsonl", '{"id": 1}\n'), work.write("b.jsonl", '{"id": 2}\n')

    def plain(source, strategy, **kw):  # the template promises less than DuckDB's own destination
        return work.run("load", source, f"example:{work.database}", "--dataset", "ds", "--as", "items", "--pipelines-dir",
                        work.folder / "plain", "--write-disposition", "replace", "--strategy", strategy, **kw)

    plain(first, "truncate-and-insert")
    done = plain(second, "staging-optimized", expect=2)
    assert "table items" in done.err and "staging-optimized" in done.err and "choose --strategy truncate-and-insert" in done.err
    assert work.rows("select id from ds.items") == [(1,)] and work.rows("select count(*) from ds._dlt_loads") == [(1,)]
    work.load(second, "--write-disposition", "replace", "--strategy", "staging-optimized")
    assert work.rows("select id from ds.items") == [(2,)]
