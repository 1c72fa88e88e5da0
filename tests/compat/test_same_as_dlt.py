"""Append, replace and the merge strategies over several loads with a schema that changes."""
import json
import random

import pytest

import harness
from harness import SHARED, compare, run_dlt, run_sluice


def lines(folder, name, items):
    path = folder / name
    path.write_text("".join(json.dumps(i, ensure_ascii=False) + "\n" for i in items), encoding="utf-8")
    return path


def both(tmp_path, loads, options=(), exact_ids=False, child_ids=True, schema_too=True, **hints):
    """Loads each list of items with both and compares after every load."""
    left, right = tmp_path / "dlt", tmp_path / "sluice"
    left.mkdir(), right.mkdir()
    for n, items in enumerate(loads):
        run_dlt(left, [json.loads(json.dumps(i)) for i in items], **dict(hints))
        run_sluice(right, lines(tmp_path, f"load{n}.jsonl", items), *options)
        compare(left / "out.duckdb", right / "out.duckdb", exact_ids=exact_ids, child_ids=child_ids,
                schema_too=schema_too)


def test_github_events(tmp_path):
    items = json.loads((SHARED / "data" / "github_events.json").read_text(encoding="utf-8"))
    both(tmp_path, [items])


def test_github_events_as_array_file(tmp_path):
    path = SHARED / "data" / "github_events.json"
    left, right = tmp_path / "dlt", tmp_path / "sluice"
    left.mkdir(), right.mkdir()
    run_dlt(left, json.loads(path.read_text(encoding="utf-8")))
    run_sluice(right, path)
    compare(left / "out.duckdb", right / "out.duckdb")


def test_tweets_with_records_path(tmp_path):
    path = SHARED / "data" / "twitter.json"
    left, right = tmp_path / "dlt", tmp_path / "sluice"
    left.mkdir(), right.mkdir()
    run_dlt(left, json.loads(path.read_text(encoding="utf-8"))["statuses"])
    run_sluice(right, path, "--records-path", "statuses")
    compare(left / "out.duckdb", right / "out.duckdb")


TORTURE = {
    "scalars": [{"a": 1, "b": 2.5, "c": "x", "d": True, "e": None}, {"a": None, "b": None, "e": "now"}],
    "variants": [{"x": 1}, {"x": "text"}, {"x": 2.5}, {"x": True}, {"x": {"y": 1}}, {"x": [1, "a"]}, {"x": 7}],
    "text first": [{"x": "a"}, {"x": 1}, {"x": 2.5}, {"x": True}],
    "double first": [{"x": 2.5}, {"x": 1}, {"x": "3.5"}, {"x": "no"}],
    "bool first": [{"x": True}, {"x": 0}, {"x": "yes"}, {"x": "maybe"}],
    "nested": [{"id": 1, "o": {"p": {"q": 1}, "r": [1, 2]}, "after": 1}, {"id": 2, "o": {"p": {"s": [{"t": [[1], [2, 3]]}]}}}],
    "order": [{"a-b": 1, "n": {"y": 1, "z": {"w": 2}}, "after": 5, "kids": [{"v": 1}, {"v": 2}, [1, 2], 7], "empty": [], "emptyd": {}, "nul": None}],
    "lists": [{"l": [1, 2.5, "x", None, {"a": 1}, [1, [2]], []]}, {"l": []}, {"l": None}, {"l": [None]}],
    "timestamps": [{"t": "2024-01-15T10:00:00Z", "u": "2024-01-15", "v": "2024-01-15 10:00", "w": "20240115T103000"},
                   {"t": "2024-01-15T10:00:00+05:30", "u": "x", "v": "2024/01/15 10:00:00"}, {"t": "not a time"}, {"t": 1700000000}],
    "keys": [{"HTTPServer": 1, "userID": 2, "a1B2": 3, "1st": 4, "+1": 5, "-1": 6, "@type": 7, "$ref": 8, "naïve": 9,
              "trailing__": 10, "a|b": 11, "BANANA____": 12, "": 13, " sp ": 14, "日本": 15}],
    "unicode": [{"text": "héllo 日本 🎉", "quote": "it's \"q\" \\ \n\t", "empty": ""}],
    "numbers": [{"i": 9223372036854775807, "n": -9223372036854775808, "f": 1e22, "g": 1e-7, "h": 0.1}],
    "numbers to text": [{"x": "t"}, {"x": 1e22}, {"x": 1e-7}, {"x": 100000.0}, {"x": -5}, {"x": 1.5}],
    "empty documents": [{}, {"a": 1}, {}],
    "scalars at the root": [1, "two", {"value": 3}],
    "own ids": [{"_dlt_id": "mine", "kids": [{"a": 1}]}],
    "deep": [{"a": {"b": {"c": {"d": {"e": {"f": [{"g": {"h": [1]}}]}}}}}}],
}


@pytest.mark.parametrize("name", list(TORTURE))
def test_torture(tmp_path, name):
    both(tmp_path, [TORTURE[name]])


def generated(seed, count):
    """Objects of random shape: keys, types and depth flip-flop."""
    r = random.Random(seed)

    def value(depth):
        kind = r.randrange(9 if depth < 3 else 6)
        if kind == 6:
            return {r.choice("abcdef") + r.choice(["", "Key", "_x"]): value(depth + 1) for _ in range(r.randrange(3))}
        if kind in (7, 8):
            return [value(depth + 1) for _ in range(r.randrange(4))]
        return [r.randrange(-5, 1000), round(r.random() * 100, 3), r.choice(["x", "y z", "12", "true", "2024-05-01"]),
                r.random() < 0.5, None, "text %d" % r.randrange(9)][kind]

    return [{r.choice(["id", "name", "data", "Items", "meta-data", "flag"]): value(0) for _ in range(r.randrange(1, 6))}
            for _ in range(count)]


@pytest.mark.parametrize("seed", range(12))
def test_generated(tmp_path, seed):
    both(tmp_path, [generated(seed, 60)])


LOADS = [
    [{"id": 1, "v": "a", "at": 1, "tags": [{"t": 1}, {"t": 2}]}, {"id": 2, "v": "b", "at": 1, "tags": []},
     {"id": 3, "v": "c", "at": 1}],
    [{"id": 2, "v": "b2", "at": 2, "new": 5, "tags": [{"t": 9}]}, {"id": 4, "v": "d", "at": 2, "more": [1, 2]}],
    [{"id": 1, "v": "a3", "at": 3, "tags": [{"t": 7}]}, {"id": 4, "v": 4.5, "at": 3}, {"id": 5, "v": "e", "at": 3}],
]


@pytest.mark.parametrize("disposition", ["append", "replace"])
def test_three_loads(tmp_path, disposition):
    both(tmp_path, LOADS, ["--write-disposition", disposition], write_disposition=disposition)


@pytest.mark.parametrize("strategy", ["delete-insert", "upsert", "insert-only", "cdc"])
def test_merge(tmp_path, strategy):
    both(tmp_path, LOADS, ["--write-disposition", "merge", "--strategy", strategy, "--primary-key", "id"],
         exact_ids=strategy != "delete-insert", primary_key="id",
         write_disposition={"disposition": "merge", "strategy": strategy})


def test_scd2(tmp_path):
    loads = [[{"id": 1, "v": "a"}, {"id": 2, "v": "b", "k": [1]}], [{"id": 1, "v": "a2"}, {"id": 2, "v": "b", "k": [1]}],
             [{"id": 1, "v": "a"}, {"id": 3, "v": "c"}]]
    both(tmp_path, loads, ["--write-disposition", "merge", "--strategy", "scd2"], exact_ids=True,
         write_disposition={"disposition": "merge", "strategy": "scd2"})


def test_scd2_parameters(tmp_path):
    """Moments are compared as they are, for the columns have names of their own."""
    loads = [[{"id": 1, "v": "1a", "n": 1}, {"id": 2, "v": "2a", "n": 2}], [{"id": 1, "v": "1b", "n": 10}], [{"id": 1, "v": "1b", "n": 11}, {"id": 3, "v": "3a", "n": 3}]]
    both(tmp_path, loads, ["--write-disposition", "merge", "--strategy", "scd2", "--merge-key", "id", "--scd2-valid-from", "since", "--scd2-valid-to", "until",
                           "--scd2-active", "9999-12-31T00:00:00+00:00", "--scd2-boundary", "2024-08-21T12:15:00+00:00", "--scd2-row-version", "v"],
         merge_key="id", write_disposition={
             "disposition": "merge", "strategy": "scd2", "validity_column_names": ["since", "until"], "active_record_timestamp": "9999-12-31T00:00:00+00:00",
             "boundary_timestamp": "2024-08-21T12:15:00+00:00", "row_version_column_name": "v"})


def test_merge_key_and_compound_primary_key(tmp_path):
    loads = [[{"a": 1, "b": 1, "day": "mon", "v": 1}, {"a": 1, "b": 2, "day": "mon", "v": 2}],
             [{"a": 1, "b": 2, "day": "tue", "v": 3}, {"a": 2, "b": 1, "day": "tue", "v": 4}]]
    both(tmp_path / "x" if (tmp_path / "x").mkdir() is None else tmp_path, loads,
         ["--write-disposition", "merge", "--primary-key", "a,b"], write_disposition="merge", primary_key=["a", "b"])
    other = tmp_path / "y"
    other.mkdir()
    both(other, loads, ["--write-disposition", "merge", "--merge-key", "day"], write_disposition="merge", merge_key="day")


def test_hard_delete_and_dedup_sort(tmp_path):
    loads = [[{"id": 1, "n": 1, "gone": False}, {"id": 2, "n": 1, "gone": False, "k": [1, 2]}],
             [{"id": 1, "n": 2, "gone": True}, {"id": 2, "n": 5, "gone": False, "k": [3]}, {"id": 2, "n": 3, "gone": False, "k": [4]}]]
    both(tmp_path, loads, ["--write-disposition", "merge", "--primary-key", "id", "--dedup-sort", "n:desc", "--hard-delete", "gone"],
         write_disposition="merge", primary_key="id", columns={"n": {"dedup_sort": "desc"}, "gone": {"hard_delete": True}})


@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_max_nesting(tmp_path, level):
    items = [{"id": 1, "o": {"p": {"q": [1, {"r": 2}]}}, "l": [{"m": [{"n": 1}]}]}]
    both(tmp_path, [items], ["--max-nesting", str(level)], max_table_nesting=level, schema_too=False)


NAMINGS = ["snake_case", "direct", "duck_case", "sql_cs_v1", "sql_ci_v1"]
# No two keys of one document may become one name (dlt overwrites, Sluice keeps both), and not "__" (dlt fails).
NAMED = [
    {"userId": 1, "Some Key": {"Inner-Key": 2}, "kids": [{"aB": 1}]},
    {k: v for k, v in TORTURE["keys"][0].items() if k not in ("-1", "userID")},
    {"x__b": 1, "c": {"__d": 2, "e__": {"f": 3}}, "_g_": 4, "h▶i": 5, "j.k": 6, "l___m": 8},
    *TORTURE["lists"], *TORTURE["deep"],
    {"v V": 1, "l": [{"c D": 1}]}, {"v V": "x", "l": [{"c D": "y"}]}, {"v V": 2.5},
    {"it's": 1, 'say "hi"': 2, "two\nlines": 3, "tab\there": 4, "cr\rx": 5, "o'k": [{"q'": 1}]},
    {"größe": 1, "日本": {"語": [1, 2]}, "ÀÉ": 2, "naïve kids": [{"é": 1}]},
    {"2nd": 1, "2": {"3": [4]}, "٣ab": 5}, {" sp ": 1, "\tb": 2, "c d": [{" e ": 1}]},
]


@pytest.mark.parametrize("naming", NAMINGS)
def test_naming(tmp_path, naming):
    both(tmp_path, [NAMED], ["--naming", naming], naming=naming)


@pytest.mark.parametrize("loads", [[[{"userId": 1, "userID": 2}]], [[{"userId": 1}], [{"userID": 2}]],
                                   [[{"Kids": [1]}], [{"kids": [2]}]], [[{"o": {"A": 1}}, {"o": {"a": 1}}]]])
def test_names_that_differ_by_case_only(tmp_path, loads):
    """DuckDB takes them for one name; neither engine may put two columns into one."""
    left, right = tmp_path / "dlt", tmp_path / "sluice"
    left.mkdir(), right.mkdir()
    for items in loads[:-1]:
        run_dlt(left, [dict(i) for i in items], naming="direct")
        run_sluice(right, lines(tmp_path, "a.jsonl", items), "--naming", "direct")
    with pytest.raises(Exception, match="collides"):
        run_dlt(left, [dict(i) for i in loads[-1]], naming="direct")
    done = run_sluice(right, lines(tmp_path, "b.jsonl", loads[-1]), "--naming", "direct", expect=1)
    assert "differ by case only" in done.stderr


@pytest.mark.parametrize("naming, strategy", [(n, s) for n in NAMINGS for s in (None, "upsert")] + [("direct", "delete-insert"), ("direct", "scd2")])
def test_naming_over_loads(tmp_path, naming, strategy):
    """Keys, hints, merges and child ids under each convention; a schema that grows."""
    loads = [[{"Id": 1, "The Name": "a", "Sub Items": [{"v V": 1, "more": [1]}]}, {"Id": 2, "The Name": "b"}],
             [{"Id": 2, "The Name": "b2", "newKey": 5, "Sub Items": [{"v V": 9}]}, {"Id": 3, "Sub Items": [{"w": 2}]}]]
    options = ["--naming", naming]
    hints = {}
    if strategy:
        options += ["--write-disposition", "merge", "--strategy", strategy] + ([] if strategy == "scd2" else ["--primary-key", "Id"])
        hints = {"write_disposition": {"disposition": "merge", "strategy": strategy}, **({} if strategy == "scd2" else {"primary_key": "Id"})}
    both(tmp_path, loads, options, naming=naming, exact_ids=strategy in ("upsert", "scd2"), **hints)


@pytest.mark.parametrize("mode", ["evolve", "discard_row", "discard_value"])
@pytest.mark.parametrize("entity", ["columns", "data_type", "tables"])
def test_contract(tmp_path, entity, mode):
    loads = [[{"id": 1, "v": 1}], [{"id": 2, "v": 2, "extra": 1}, {"id": 3, "v": "text"}, {"id": 4, "v": 4, "kids": [{"a": 1}]},
                                   {"id": 5, "v": 5}]]
    both(tmp_path, loads, ["--contract", f"{entity}={mode}"], schema_contract={entity: mode}, schema_too=False)


@pytest.mark.parametrize("entity", ["columns", "data_type", "tables"])
def test_contract_freeze(tmp_path, entity):
    run_sluice(tmp_path, lines(tmp_path, "a.jsonl", [{"id": 1, "v": 1}]))
    bad = {"columns": {"id": 2, "extra": 1}, "data_type": {"id": 2, "v": "text"}, "tables": {"id": 2, "kids": [1]}}[entity]
    done = run_sluice(tmp_path, lines(tmp_path, "b.jsonl", [bad]), "--contract", f"{entity}=freeze", expect=1)
    assert "freeze" in done.stderr


def test_half_by_dlt_half_by_sluice(tmp_path):
    """One dataset, written in turns, from one working folder; and the same loads by dlt alone."""
    mixed, pure = tmp_path / "mixed", tmp_path / "pure"
    mixed.mkdir(), pure.mkdir()
    options = ["--write-disposition", "merge", "--primary-key", "id"]
    hints = dict(write_disposition="merge", primary_key="id")
    run_dlt(mixed, [dict(i) for i in LOADS[0]], **hints)
    run_sluice(mixed, lines(tmp_path, "b.jsonl", LOADS[1]), *options)
    run_dlt(mixed, [dict(i) for i in LOADS[2]], **hints)
    for items in LOADS:
        run_dlt(pure, [dict(i) for i in items], **hints)
    compare(pure / "out.duckdb", mixed / "out.duckdb")


def test_half_by_sluice_half_by_dlt(tmp_path):
    mixed, pure = tmp_path / "mixed", tmp_path / "pure"
    mixed.mkdir(), pure.mkdir()
    run_sluice(mixed, lines(tmp_path, "a.jsonl", LOADS[0]))
    run_dlt(mixed, [dict(i) for i in LOADS[1]])
    run_sluice(mixed, lines(tmp_path, "c.jsonl", LOADS[2]))
    for items in LOADS:
        run_dlt(pure, [dict(i) for i in items])
    compare(pure / "out.duckdb", mixed / "out.duckdb")
