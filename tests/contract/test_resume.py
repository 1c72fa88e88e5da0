"""Loads that are killed at every named point (src/base/fault.h) and run again: they go on behind their last checkpoint, and the
destination holds what an undisturbed load leaves there."""
import json
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "chaos"), str(TESTS / "e2e")]
from places import PLACES, SLUICE  # noqa: E402

ROWS, EVERY, BLOCK = 3000, 400, 6000
HOW = {"append": [], "replace": ["--write-disposition", "replace"], "merge": ["--write-disposition", "merge", "--primary-key", "id"]}
ENV = {"SLUICE_TEST_BLOCK_BYTES": str(BLOCK)}
# Points behind at least one checkpoint, and how often they are come to before.
POINTS = ["before-checkpoint:3", "in-checkpoint:3", "after-checkpoint:3", "after-block:20", "after-table", "before-commit", "after-commit"]
OWN = {"replace": ["after-replace", "after-move"], "merge": ["after-merge", "after-move"]}
LATE = {"append": ["after-change", "after-move"], "replace": ["after-change"], "merge": ["after-change"]}


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
        env = {**ENV, **({"SLUICE_FAULT": fault} if fault else {})}
        done = subprocess.run(list(map(str, self.words(path, "--json", *options))), capture_output=True, text=True, timeout=60,
                              env={**__import__("os").environ, **env})
        wanted = -signal.SIGKILL if fault and fault.endswith("kill") else 0
        assert done.returncode == wanted, f"exit {done.returncode} with {fault}\n{done.stderr}"
        return json.loads(done.stdout) if wanted == 0 else None

    def write(self, name, rows, generation):
        path = self.folder / name
        path.write_text("".join(json.dumps(document(i, generation)) + "\n" for i in range(rows)))
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
        return self.place.rows(self.dataset, "_sluice_chunks")


@pytest.fixture(scope="module", params=["duckdb", "sqlite", "postgresql", "mariadb"])
def place(request, tmp_path_factory):
    place = PLACES[request.param](tmp_path_factory.mktemp("resume"))
    yield place
    place.close()


def points(place, how):
    late = place.name == "MariaDB"
    return POINTS + (LATE[how] if late else []) + (OWN.get(how, []))


@pytest.mark.parametrize("how", HOW)
def test_continues_after_a_kill_at_every_point(place, how):
    for point in points(place, how):
        job = Job(place, how, "points")
        job.run(job.write("old.jsonl", 50, 1))
        big = job.write("big.jsonl", ROWS, 2)
        job.run(big, "--checkpoint", f"{EVERY}rows", fault=f"{point}=kill")
        done = job.run(big, "--checkpoint", f"{EVERY}rows")
        if point == "after-commit":  # it was over: the same file again is another load
            assert done["continued"] is None
            continue
        assert done["continued"] is not None, (point, done)
        before = done["continued"]
        assert EVERY <= before["records"] < ROWS or point in ("after-table", "before-commit", *LATE[how], *OWN.get(how, [])), (point, before)
        assert done["records"] == ROWS and done["bytes"] == big.stat().st_size, point
        assert done["records"] - before["records"] < ROWS, "rows before the checkpoint were read again"
        values, children = job.found()
        wanted_values, wanted_children = job.expected(50, ROWS)
        assert values == wanted_values and children == wanted_children, point
        assert job.leftovers() == [], point
