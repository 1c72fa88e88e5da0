"""Generations and undo: what a replace puts away comes back, what an append added goes, and the state with it."""
import json

import pytest

FIRST = '{"id": 1, "kids": [1, 2]}\n{"id": 2, "kids": [{"value": 3, "deep": [7]}]}\n'
SECOND = '{"id": 3, "kids": [5], "more": "x", "other": [1]}\n'
REPLACE = ("--write-disposition", "replace", "--keep-generations", "2")
TABLES = ("items", "items__kids", "items__kids__deep")


def undo(work, *words, **kw):
    done = work.run("undo", f"duckdb:{work.database}", "--dataset", "ds", "--pipeline", "items", "--pipelines-dir", work.folder / "pipelines",
                    "--json", *words, **kw)
    return json.loads(done.out) if kw.get("expect", 0) == 0 else done.err + done.out


def content(work, tables=TABLES):
    return {t: sorted(map(str, work.rows(f"select * from ds.{t}"))) for t in tables}


def kept(work):
    return [name for name, in work.rows("select table_name from duckdb_tables() where table_name like '\\_sluice\\_1%' escape '\\' order by 1")]


def test_a_replace_is_undone_with_its_child_tables(work):
    work.load(work.write("a.jsonl", FIRST), *REPLACE)
    before = content(work)
    work.load(work.write("b.jsonl", SECOND), *REPLACE)
    assert work.rows("select id from ds.items") == [(3,)] and len(kept(work)) == 3
    done = undo(work)
    assert {t["name"]: (t["removed"], t["restored"]) for t in done["tables"]} == {
        "items": (1, 2), "items__kids": (1, 3), "items__kids__deep": (0, 1), "items__other": (1, 0)}
    columns = ", ".join(c for c, in work.rows("select column_name from duckdb_columns() where table_name = 'items' and column_name != 'more'"))
    assert sorted(map(str, work.rows(f"select {columns} from ds.items"))) == before["items"]
    assert {t: rows for t, rows in content(work).items() if t != "items"} == {t: rows for t, rows in before.items() if t != "items"}
    assert kept(work) == [] and work.rows("select count(*) from ds._dlt_loads") == [(1,)]


def test_one_after_the_other_back_to_nothing(work):
    for i in range(3):
        work.load(work.write("a.jsonl", f'{{"id": {i}}}\n'), *REPLACE)
    assert len(kept(work)) == 2
    for i in (1, 0):
        undo(work)
        assert work.rows("select id from ds.items") == [(i,)]
    undo(work)  # the first load: there was nothing before
    assert work.rows("select count(*) from ds.items") == [(0,)]
    assert "there is nothing to undo" in undo(work, expect=1)


def test_only_so_many_are_kept(work):
    for i in range(5):
        work.load(work.write("a.jsonl", f'{{"id": {i}, "kids": [1]}}\n'), *REPLACE)
    assert len(kept(work)) == 4 and work.rows("select count(distinct load_id) from ds._sluice_generations where kept_as is not null") == [(2,)]
    undo(work), undo(work)
    assert work.rows("select id from ds.items") == [(2,)]
    message = undo(work, expect=2)
    assert "replaced table items" in message and "was not kept" in message and "--keep-generations" in message
    assert work.rows("select id from ds.items") == [(2,)] and work.rows("select count(*) from ds._dlt_loads") == [(3,)]


def test_a_dry_run_changes_nothing(work):
    work.load(work.write("a.jsonl", FIRST), *REPLACE)
    work.load(work.write("b.jsonl", SECOND), *REPLACE)
    before = content(work), kept(work), work.rows("select * from ds._dlt_loads")
    done = undo(work, "--dry-run")
    assert done["dry_run"] and done["tables"][0] == {"name": "items", "removed": 1, "restored": 2}
    assert (content(work), kept(work), work.rows("select * from ds._dlt_loads")) == before


def test_an_append_is_undone_with_rejects(work):
    work.load(work.write("a.jsonl", FIRST))
    before = content(work)
    work.load(work.write("b.jsonl", FIRST + '{"id": \n'), "--rejects", "table", expect=3)
    load = work.rows("select max(load_id) from ds._dlt_loads")[0][0]
    assert "is not the last one" in undo(work, "--load", work.rows("select min(load_id) from ds._dlt_loads")[0][0], expect=2)
    done = undo(work, "--load", load)
    assert {t["name"]: (t["removed"], t["restored"]) for t in done["tables"]} == {
        "items": (2, 0), "items__kids": (3, 0), "items__kids__deep": (1, 0), "_rejects": (1, 0)}
    assert content(work) == before and work.rows("select count(*) from ds._rejects") == [(0,)]


def test_a_merge_is_refused(work):
    merge = ("--write-disposition", "merge", "--primary-key", "id")
    work.load(work.write("a.jsonl", FIRST), *merge)
    before = content(work)
    message = undo(work, expect=2)
    assert "merged rows into table items" in message and "nothing was changed" in message
    assert content(work) == before


def test_rows_that_came_later_are_not_lost(work):
    import duckdb
    work.load(work.write("a.jsonl", FIRST), *REPLACE)
    work.load(work.write("b.jsonl", SECOND), *REPLACE)
    with duckdb.connect(str(work.database)) as connection:
        connection.execute("insert into ds.items (id, _dlt_load_id, _dlt_id) values (9, 'mine', 'x')")
    assert "1 rows that others have added since" in undo(work, expect=2)
    assert work.rows("select count(*) from ds.items") == [(2,)]


def test_the_state_goes_back_and_the_next_load_reads_the_same_rows_again(work):
    import sqlite3
    source = work.folder / "shop.sqlite"
    with sqlite3.connect(source) as db:
        db.execute("create table orders (id integer primary key, at integer not null)")
        db.executemany("insert into orders values (?, ?)", [(1, 10), (2, 20)])

    def load():
        return work.load(f"sqlite:{source}", "--as", "orders", "--cursor", "at", "--pipeline", "items", "--write-disposition", "append")

    load()
    with sqlite3.connect(source) as db:
        db.execute("insert into orders values (3, 30)")
    load()
    assert work.rows("select id from ds.orders order by 1") == [(1,), (2,), (3,)]
    assert undo(work)["state"] == "as before the load"
    assert work.rows("select id from ds.orders order by 1") == [(1,), (2,)]
    load()  # the working folder remembers the load that was undone, and takes the state over
    assert work.rows("select id from ds.orders order by 1") == [(1,), (2,), (3,)]
    undo(work)
    assert undo(work)["state"].startswith("forgotten")
    load()
    assert work.rows("select id from ds.orders order by 1") == [(1,), (2,), (3,)]


def test_a_pipeline_is_enough(work):
    work.load(work.write("a.jsonl", FIRST), *REPLACE, "--pipeline", "shop")
    work.load(work.write("b.jsonl", SECOND), *REPLACE, "--pipeline", "shop")
    info = work.run("pipeline", "shop", "info", "--pipelines-dir", work.folder / "pipelines").out
    assert "items" in info and "Generations" in info
    done = work.run("undo", "shop", "--pipelines-dir", work.folder / "pipelines")
    assert "Undid load" in done.out and work.rows("select count(*) from ds.items") == [(2,)]


def test_what_is_meant_must_be_there(work):
    done = work.run("undo", f"duckdb:{work.folder}/none.duckdb", "--dataset", "ds", expect=1)
    assert "none.duckdb" in done.err and not (work.folder / "none.duckdb").exists()
    assert "--dataset" in work.run("undo", f"duckdb:{work.folder}/none.duckdb", expect=2).err


def test_dropping_a_pipeline_drops_its_generations(work):
    work.load(work.write("a.jsonl", FIRST), *REPLACE)
    work.load(work.write("b.jsonl", SECOND), *REPLACE)
    work.run("pipeline", "items", "drop", "--yes", "--destination", f"duckdb:{work.database}", "--pipelines-dir", work.folder / "pipelines")
    assert kept(work) == []


@pytest.mark.parametrize("allowed, expect", [("items", 0), ("it*,x", 0), ("others", 1)])
def test_tables_that_may_be_emptied_can_be_named(work, allowed, expect):
    work.load(work.write("a.jsonl", FIRST))
    done = work.load(work.write("b.jsonl", ""), "--write-disposition", "replace", "--allow-empty", allowed, expect=expect)
    assert work.rows("select count(*) from ds.items") == [(2 if expect else 0,)]
    assert expect == 0 or "--allow-empty items" in done.err


def test_what_a_sink_has_taken_stays(work):
    assert "cannot be taken back" in work.run("undo", "exec:cat", "--dataset", "ds", expect=2).err
