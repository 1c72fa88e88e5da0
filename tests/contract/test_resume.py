"""Loads that are killed at every named point (src/base/fault.h) and run again: they go on behind their last checkpoint, and the
destination holds what an undisturbed load leaves there."""
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "chaos"), str(TESTS / "e2e")]
from places import PLACES, SLUICE  # noqa: E402

ROWS, EVERY, BLOCK = 2600, 400, 6000
HOW = {"append": [], "replace": ["--write-disposition", "replace"], "merge": ["--write-disposition", "merge", "--primary-key", "id"]}
# Points of src/base/fault.h that a load comes to behind a checkpoint, and how often it does before.
POINTS = {
    "append": ["before-checkpoint:3", "in-checkpoint:3", "after-checkpoint:3", "after-block:20", "after-table", "before-commit", "after-commit"],
    "replace": ["after-checkpoint:3", "after-block:20", "before-commit", "after-commit"],
    "merge": ["after-checkpoint:3", "after-block:20", "before-commit"],
}
MOVED = {"replace": ["after-replace", "after-move"], "merge": ["after-merge", "after-move"]}  # where there is SQL
LATE = {"append": ["after-change", "after-move"], "replace": ["after-change"], "merge": ["after-change"]}  # where DDL commits


def document(i, generation):
    """Types that change on the way, child rows, and a column that comes late."""
    row = {"id": i, "v": f"x{i}" if i % 7 == 0 and i > 500 else i * 3, "gen": generation, "tags": [{"n": i}, {"n": i + 1}]}
    if i > 1500:
        row["late"] = i / 4
    return row


class Job:
    def __init__(self, place, how, name):
        self.place, self.how, self.dataset = place, how, place.new()
        self.folder = place.folder / f"{name}-{self.dataset}"
        self.folder.mkdir()

    def words(self, path, *options):
        return [SLUICE, "load", path, self.place.url(self.dataset), "--dataset", self.dataset, "--as", "items", "--pipelines-dir",
                self.folder / "p", "--parallel", "2", *HOW[self.how], *options]

    def run(self, path, *options, fault=None):
        env = {**os.environ, "SLUICE_TEST_BLOCK_BYTES": str(BLOCK), **({"SLUICE_FAULT": fault} if fault else {})}
        done = subprocess.run(list(map(str, self.words(path, "--json", *options))), capture_output=True, text=True, timeout=60, env=env)
        wanted = -signal.SIGKILL if fault and fault.endswith("kill") else 0
        assert done.returncode == wanted, f"exit {done.returncode} with {fault}\n{done.stderr}"
        return json.loads(done.stdout) if wanted == 0 else None

    def write(self, name, rows, generation, different=ROWS * 2):
        path = self.folder / name
        path.write_text("".join(json.dumps(document(i % different, generation)) + "\n" for i in range(rows)))
        return path

    def found(self):
        """Root rows and child rows, of complete loads."""
        loads = set(self.place.loads(self.dataset))
        roots = [r for r in self.place.rows(self.dataset, "items") if r["_dlt_load_id"] in loads]
        ids = {r["_dlt_id"] for r in roots}
        values = Counter((r["id"], r["gen"], r.get("v") or r.get("v__v_text"), float(r.get("late") or 0)) for r in roots)
        children = Counter(r["n"] for r in self.place.rows(self.dataset, "items__tags") if r["_dlt_parent_id"] in ids)
        return values, children

    def expected(self, old, new):
        kept = {"append": old, "replace": 0, "merge": 0}[self.how]
        documents = [document(i, 1) for i in range(kept)] + [document(i, 2) for i in range(new)]
        return (Counter((str(d["id"]), str(d["gen"]), str(d["v"]), d.get("late", 0.0)) for d in documents),
                Counter(str(t["n"]) for d in documents for t in d["tags"]))

    def leftovers(self):
        if not self.place.sql:
            return list((self.place.folder / self.dataset / "_sluice" / "unfinished").glob("*")) + list((self.place.folder / self.dataset / "_sluice" / "new").glob("*/*"))
        return self.place.rows(self.dataset, "_sluice_chunks") + self.place.kept(self.dataset)


@pytest.fixture(scope="module", params=PLACES)
def place(request, tmp_path_factory):
    place = PLACES[request.param](tmp_path_factory.mktemp("resume"))
    yield place
    place.close()


def points(place):
    late = place.name == "MariaDB"
    for how in HOW if place.sql else ["append", "replace"]:
        for point in POINTS[how] + (LATE[how] if late else []) + (MOVED.get(how, []) if place.sql else []):
            yield how, point


def test_continues_after_a_kill_at_every_point(place):
    for how, point in points(place):
        job = Job(place, how, "points")
        job.run(job.write("old.jsonl", 50, 1))
        big = job.write("big.jsonl", ROWS, 2)
        job.run(big, "--checkpoint", f"{EVERY}rows", fault=f"{point}=kill")
        done = job.run(big, "--checkpoint", f"{EVERY}rows")
        if point == "after-commit":  # it was over: the same file again is another load
            assert done["continued"] is None and job.leftovers() == [], done
            continue
        assert done["continued"] is not None, (how, point, done)
        assert done["continued"]["records"] >= EVERY, (how, point, done["continued"])
        assert done["records"] == ROWS and done["bytes"] == big.stat().st_size, (how, point, done)
        assert job.found() == job.expected(50, ROWS), (how, point)
        assert job.leftovers() == [], (how, point)


def columns_of(done):
    """{(table, column): checksum} of the certificate, without the names that a load makes up."""
    return {(t["name"], c["name"]): (t["rows"], c["values"], c["checksum"]) for t in done["certificate"]["tables"] for c in t["columns"]
            if not c["name"].startswith("_dlt")}


def test_the_certificate_is_of_all_rows(place):
    """Sums of finished chunks are in the ledger: the load that goes on proves them too, also of rows that a merge has dropped since."""
    wanted = None
    for how, point in (("append", "after-checkpoint:3"), ("replace", "after-block:20"), ("merge", "before-commit")) if place.sql else ():
        job = Job(place, how, "verified")
        job.run(job.write("old.jsonl", 50, 1), "--verify")
        big = job.write("big.jsonl", ROWS, 2, different=ROWS - 300)
        wanted = wanted or columns_of(Job(place, how, "undisturbed").run(big, "--verify"))
        job.run(big, "--checkpoint", f"{EVERY}rows", "--verify", fault=f"{point}=kill")
        done = job.run(big, "--checkpoint", f"{EVERY}rows", "--verify")
        assert done["continued"]["records"] >= EVERY, (how, point, done["continued"])
        assert columns_of(done) == wanted, (how, point)
        compared = {t["compared"] for t in done["certificate"]["tables"]}
        assert compared == {"table" if how != "merge" else "no" if place.name == "MariaDB" else "staging"}, (how, compared)
        assert len(place.rows(job.dataset, "items")) == {"append": 50 + ROWS, "replace": ROWS, "merge": ROWS - 300}[how]
        assert job.leftovers() == [], (how, point)


def test_a_kill_within_the_first_checkpoint(place):
    """There is nothing to go on with, and the tables that were made for it go."""
    for how in ("replace", "merge") if place.sql else ("replace",):
        job = Job(place, how, "first")
        job.run(job.write("old.jsonl", 50, 1))
        big = job.write("big.jsonl", ROWS, 2)
        job.run(big, "--checkpoint", f"{EVERY}rows", fault="in-checkpoint:1=kill")
        done = job.run(big, "--checkpoint", f"{EVERY}rows")
        assert done["continued"] is None and done["notes"] == [], done
        assert job.found() == job.expected(50, ROWS) and job.leftovers() == [], how


def values_of(job):
    """What the two tables hold, without the names that a load makes up."""
    return [Counter(tuple(sorted((k, v) for k, v in row.items() if not k.startswith("_dlt") and v is not None))
                    for row in job.place.rows(job.dataset, table)) for table in ("items", "items__tags")]


EVERYWHERE = [["--no-dlt-load-id"], ["--limit", "2100"]]
CONTRACTS = [["--contract", c] for c in ("columns=discard_value", "columns=discard_row,data_type=evolve", "tables=discard_row")]  # of the engine alone


@pytest.mark.parametrize("place, options", [(p, o) for p in PLACES for o in EVERYWHERE + CONTRACTS * (p == "duckdb")], indirect=["place"],
                         ids=lambda o: o if isinstance(o, str) else o[-1].replace("=", " "))
def test_every_option_goes_on(place, options):
    """Rows without the load's mark, what a contract lets in, and a limit's count: as if nobody had killed the load."""
    for old, point in ((50, "after-checkpoint:3"), (0, "before-commit")):
        job, other = Job(place, "append", "options"), Job(place, "append", "undisturbed")
        for each in (job, other):
            if old:
                each.run(each.write("old.jsonl", old, 1), *(options if "dlt" in options[0] else []))
        big = job.write("big.jsonl", ROWS, 2)
        wanted = other.run(big, "--checkpoint", "0", *options)
        job.run(big, "--checkpoint", f"{EVERY}rows", *options, fault=f"{point}=kill")
        done = job.run(big, "--checkpoint", f"{EVERY}rows", *options)
        assert done["continued"]["records"] >= EVERY, (point, done["continued"])
        assert [done[k] for k in ("records", "rows", "discarded_rows", "discarded_values")] == [wanted[k] for k in ("records", "rows", "discarded_rows", "discarded_values")]
        assert values_of(job) == values_of(other) and job.leftovers() == []


def test_a_step_that_fails_is_continued_too(place):
    job = Job(place, "append", "fails")
    big = job.write("big.jsonl", ROWS, 2)
    failed = subprocess.run(list(map(str, job.words(big, "--checkpoint", f"{EVERY}rows"))), capture_output=True, text=True, timeout=60,
                            env={**os.environ, "SLUICE_TEST_BLOCK_BYTES": str(BLOCK), "SLUICE_FAULT": "after-block:25=error"})
    assert failed.returncode == 1 and "goes on there" in failed.stderr, failed.stderr
    done = job.run(big, "--checkpoint", f"{EVERY}rows")
    assert done["continued"]["records"] >= EVERY and done["notes"][0].startswith(f"continues load {done['load_id']} at row "), done["notes"]
    assert job.found() == job.expected(0, ROWS) and job.leftovers() == []


@pytest.mark.parametrize("options", [["--fresh"], ["--max-nesting", "5"]], ids=["fresh", "other options"])
def test_what_is_not_continued_is_removed(place, options):
    job = Job(place, "append", "fresh")
    job.run(job.write("old.jsonl", 50, 1))
    big = job.write("big.jsonl", ROWS, 2)
    job.run(big, "--checkpoint", f"{EVERY}rows", fault="after-checkpoint:3=kill")
    done = job.run(big, *options)
    assert done["continued"] is None and "its rows were removed" in done["notes"][0], done["notes"]
    assert len({r["_dlt_load_id"] for r in place.rows(job.dataset, "items")}) == 2
    assert job.found() == job.expected(50, ROWS) and job.leftovers() == []


def test_what_changes_no_row_may_be_other(place):
    job = Job(place, "append", "waits")
    big = job.write("big.jsonl", ROWS, 2)
    job.run(big, "--checkpoint", f"{EVERY}rows", fault="after-checkpoint:3=kill")
    done = job.run(big, "--checkpoint", "1000rows", "--retries", "0", "--retry-max-wait", "5", "--lock-wait", "5", "--parallel", "1")
    assert done["continued"] is not None, done["notes"]
    assert job.found() == job.expected(0, ROWS) and job.leftovers() == []


def test_a_file_that_has_changed_is_read_again(place):
    job = Job(place, "append", "changed")
    big = job.write("big.jsonl", ROWS, 1)
    job.run(big, "--checkpoint", f"{EVERY}rows", fault="after-checkpoint:3=kill")
    big = job.write("big.jsonl", ROWS + 1, 2)
    done = job.run(big, "--checkpoint", f"{EVERY}rows")
    assert "begins table" in done["notes"][0] and done["records"] == ROWS + 1, done
    assert job.found() == job.expected(0, ROWS + 1) and job.leftovers() == []


def test_a_short_load_leaves_nothing(place):
    job = Job(place, "append", "short")
    job.run(job.write("big.jsonl", 50, 1))
    assert job.leftovers() == []
    if place.sql:
        failed = subprocess.run([SLUICE, "query", place.url(job.dataset), f"select count(*) from {job.dataset}._sluice_chunks"], capture_output=True, text=True)
        assert failed.returncode == 1, failed.stdout
