"""What is loaded in a trial: a pipeline whose source changes from load to load, and what its tables must hold before and after.

Exactly once means that the source says which rows are new: files that were loaded are known (--incremental-files), a cursor goes
on from its last value, a replace or a merge names its rows by itself."""
import base64
import json
import os
import random
import shutil
import sqlite3
import subprocess
from collections import Counter

from places import SLUICE

ROWS, GENERATIONS = 1500, 6
EVERY, BLOCK = "300rows", 16384  # with checkpoints; blocks so small that a load has some


def noise(length, i):
    """Text that nothing can compress; the same for the same i."""
    return base64.b64encode(random.Random(i).randbytes(length * 3 // 4)).decode()


def document(generation, i, padding=0):
    kids = [{"k": f"{i}.{n}.{generation}"} for n in range(i % 4)]
    return {"id": i, "v": f"value {i} of {generation} " + "é" * (i % 9), "price": f"{i % 100}.{generation}5",
            "at": f"2024-02-{1 + i % 28:02}T10:00:00.{i % 1000:03}Z", **({"kids": kids} if kids else {}),
            **({"noise": noise(padding, generation * 1000003 + i)} if padding else {}), **({f"only_{generation}": i} if i % 3 == 0 else {})}


def number(text):
    return float(text) if text else None


def root_row(row):
    """A root row as it is compared, in whatever form a reader has its numbers: id, value, price, and the columns of its generation."""
    return ("items", str(row["id"]), row["v"], number(row["price"]), sum(number(row[c]) or 0 for c in row if c.startswith("only_")))


def counted(documents):
    """Rows as they are compared; a child row by its parent's id and its own key."""
    found = Counter()
    for d in documents:
        found[root_row(d)] += 1
        for kid in d.get("kids", ()):
            found[("kids", str(d["id"]), kid["k"])] += 1
    return found


class Job:
    kind, options, appends = "", (), False

    def __init__(self, place, folder, padding, source):
        self.place, self.folder, self.padding, self.random = place, folder, padding, source  # padding: bytes that no row can do without
        self.generation, self.dataset = GENERATIONS, None
        self.after = Counter()

    def next(self):
        """The source's next state; after a few the dataset is a new one."""
        if self.generation >= GENERATIONS:
            if self.dataset is not None:
                self.place.drop(self.dataset)
            self.dataset = self.place.new()
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            self.generation, self.after = 0, Counter()
            self.begin()
        self.generation += 1
        self.checkpoints = self.random.random() < 0.6
        self.keeps = self.kind == "replace" and not self.place.sql and self.random.random() < 0.6
        self.verified = self.checkpoints and self.place.sql and self.random.random() < 0.5
        self.before = self.after
        self.after = self.step()

    def begin(self):
        pass

    def url(self, port=None):
        return self.place.url(self.dataset, port)

    def words(self, *more, url=None):
        return [str(w) for w in (SLUICE, "load", self.source(), url or self.url(), "--dataset", self.dataset,
                                 "--as", "items", "--pipeline", "pipe", "--pipelines-dir", self.folder / "p", "--json",
                                 *self.options, *(("--checkpoint", EVERY) if self.checkpoints else ()),
                                 *(("--verify",) if self.verified else ()), *(("--keep-generations", "1") if self.keeps else ()), *more)]

    def environment(self, env):
        blocks = {"SLUICE_TEST_BLOCK_BYTES": str(max(BLOCK, 100 * self.padding))} if self.checkpoints else {}
        return {**os.environ, **blocks, **(env or {})}

    def run(self, *more, url=None, timeout=60, env=None):
        return subprocess.run(self.words(*more, url=url), capture_output=True, text=True, timeout=timeout, cwd=self.folder, env=self.environment(env))

    def start(self, *more, url=None, env=None, **kw):
        return subprocess.Popen(self.words(*more, url=url), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                cwd=self.folder, env=self.environment(env), **kw)

    def undo(self):
        """The last load is taken back, and that is killed at a random moment."""
        words = [SLUICE, "undo", self.url(), "--dataset", self.dataset, "--pipeline", "pipe", "--pipelines-dir", self.folder / "p"]
        done = subprocess.Popen(list(map(str, words)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder)
        try:
            _, err = done.communicate(timeout=self.random.random() * 0.1)
        except subprocess.TimeoutExpired:
            done.kill()
            _, err = done.communicate()
        return done.returncode, err

    def found(self, complete=False):
        """What the destination holds now; complete: without the rows of appends that have not ended."""
        found, parents = Counter(), {}
        loads = set(self.place.loads(self.dataset)) if complete and self.appends else None
        for row in self.place.rows(self.dataset, "items"):
            if loads is not None and row["_dlt_load_id"] not in loads:
                parents[row["_dlt_id"]] = None
                continue
            parents[row["_dlt_id"]] = row["id"]
            found[root_row(row)] += 1
        for row in self.place.rows(self.dataset, "items__kids"):
            parent = parents.get(row["_dlt_parent_id"], "an orphan")
            if parent is not None:
                found[("kids", parent, row["k"])] += 1
        return found

    def undisturbed(self):
        """Source and options of a load of this generation's rows alone, to compare certificates with."""
        return [self.source()]


class Lines(Job):
    """Documents of one generation as JSON lines."""

    def write(self, name, documents):
        documents = list(documents)
        (self.folder / name).write_text("".join(json.dumps(d) + "\n" for d in documents))
        return documents


class Append(Lines):
    kind, options, appends = "append", ("--incremental-files",), True

    def begin(self):
        (self.folder / "in").mkdir()

    def source(self):
        return self.folder / "in"

    def undisturbed(self):
        return [self.folder / "in" / f"{self.generation}.jsonl"]

    def step(self):
        g = self.generation
        return self.before + counted(self.write(f"in/{g}.jsonl", (document(g, g * 100000 + i, self.padding) for i in range(ROWS))))


class Replace(Lines):
    kind, options = "replace", ("--write-disposition", "replace")

    def source(self):
        return self.folder / "all.jsonl"

    def step(self):
        return counted(self.write("all.jsonl", (document(self.generation, i, self.padding) for i in range(ROWS + self.generation))))


class Merge(Lines):
    kind, options = "merge", ("--write-disposition", "merge", "--primary-key", "id")

    def begin(self):
        self.now = {}

    def source(self):
        return self.folder / "changed.jsonl"

    def step(self):
        g = self.generation
        for d in self.write("changed.jsonl", (document(g, g * 400 + i, self.padding) for i in range(ROWS))):
            self.now[d["id"]] = d
        return counted(self.now.values())


class Cursor(Job):
    """A table of SQLite read by a cursor, over several blocks."""
    kind, options = "cursor", ("--table", "items", "--cursor", "id", "--batch-rows", "300", "--write-disposition", "append")
    appends = True

    def begin(self):
        with sqlite3.connect(self.folder / "source.db", isolation_level=None) as c:
            c.execute("create table items (id integer primary key, v text, price decimal(12,2), noise text)")
        c.close()

    def source(self):
        return f"sqlite:{self.folder}/source.db"

    def undisturbed(self):
        return [self.source(), "--table", "items", "--where", f"id >= {self.generation * 100000}"]

    def step(self):
        g = self.generation
        rows = [(g * 100000 + i, f"value {i} of {g}", f"{i}.25", noise(self.padding, g * 100000 + i)) for i in range(ROWS)]
        c = sqlite3.connect(self.folder / "source.db")
        with c:
            c.executemany("insert into items values (?, ?, ?, ?)", rows)
        c.close()
        return self.before + counted({"id": i, "v": v, "price": price} for i, v, price, _ in rows)


KINDS = [Append, Replace, Merge, Cursor]


def jobs_for(place, folder, padding, source):
    return [kind(place, folder / kind.kind, padding, source) for kind in KINDS if place.sql or kind is not Merge]
