"""One trial: a load meets a fault, a reader looks, the load is run again, and everything is compared with the source."""
import json
import signal
import subprocess
from collections import defaultdict

from places import SLUICE


class Failed(Exception):
    """What is wrong although no row is lost or doubled: a crash, a hang, a bad message, another certificate."""


class Tally:
    def __init__(self):
        self.trials = self.continued = self.lost = self.doubled = 0
        self.problems = []


class Certificates:
    """What an undisturbed load of a generation proves about its columns, made when first asked for."""

    def __init__(self, folder):
        self.folder, self.known = folder, {}

    def of(self, job):
        key = (job.kind, job.generation, job.padding)
        if key not in self.known:
            done = subprocess.run([SLUICE, "load", *map(str, job.undisturbed()), f"duckdb:{self.folder}/c{len(self.known)}.duckdb", "--as", "items",
                                   "--dataset", "d", "--pipelines-dir", str(self.folder / f"p{len(self.known)}"), "--verify", "--json"],
                                  capture_output=True, text=True, timeout=60)
            if done.returncode != 0:
                raise Failed(f"an undisturbed load failed: {done.stderr}")
            self.known[key] = columns_of(json.loads(done.stdout))
        return self.known[key]


def columns_of(result):
    """{(table, column): (values, checksum)} of the source's own columns."""
    return {(t["name"], c["name"]): (c["values"], c["checksum"]) for t in (result["certificate"] or {"tables": []})["tables"]
            for c in t["columns"] if t["rows"] > 0 and not c["name"].startswith("_dlt")}


def differences(wanted, found):
    """Rows lost and doubled; a row with another value is both."""
    return sum((wanted - found).values()), sum((found - wanted).values())


def nearest(job, found):
    return min((differences(state, found) for state in (job.before, job.after)), key=sum)


def examine(job, tally):
    """After the fault: the destination is as before or as after the load."""
    lost, doubled = nearest(job, job.found(complete=True))
    tally.lost += lost
    tally.doubled += doubled
    if lost or doubled:
        tally.problems.append(f"{job.kind}: after the fault {lost} rows are lost and {doubled} too many")


def resume(job, tally, certificates):
    """With checkpoints it goes on behind the last one, with the same options. With --verify it proves the columns of the whole load."""
    done = job.run(*["--verify"] * (job.place.sql and not job.checkpoints))
    if done.returncode != 0:
        raise Failed(f"the load cannot be resumed: {done.stderr.strip()[-600:]}")
    result = json.loads(done.stdout)
    tally.continued += result["continued"] is not None
    lost, doubled = differences(job.after, job.found())
    tally.lost += lost
    tally.doubled += doubled
    if lost or doubled:
        tally.problems.append(f"{job.kind}: after the next load {lost} rows are lost and {doubled} too many")
    left = job.place.rows(job.dataset, "_sluice_chunks") + job.place.kept(job.dataset) if job.place.sql else []
    if left:
        raise Failed(f"the ledger still holds {left}")
    proved = columns_of(result)
    if proved and proved != {k: v for k, v in certificates.of(job).items() if v[0] > 0 or k in proved}:
        wanted = certificates.of(job)
        wrong = sorted(k for k in wanted.keys() | proved.keys() if wanted.get(k) != proved.get(k))
        raise Failed(f"the certificate differs from an undisturbed load's in {wrong[:3]}")


def undo_and_redo(job, tally):
    """An undo that may be killed leaves one of two states (both are alike when the load came again because it was killed behind its commit),
    and a load after it its own."""
    code, err = job.undo()
    if code not in (0, -signal.SIGKILL):
        raise Failed(f"undo: exit {code}: {err.strip()[-600:]}")
    examine(job, tally)
    done = job.run()
    if done.returncode != 0:
        raise Failed(f"the load after an undo failed: {done.stderr.strip()[-600:]}")
    if differences(job.after, job.found()) != (0, 0):
        raise Failed(f"the load after an undo: {differences(job.after, job.found())}")


def one(job, fault, tally, certificates):
    """A trial that fails has spoilt its dataset: the next one gets another."""
    tally.trials += 1
    before = tally.lost + tally.doubled
    try:
        job.next()
        fault(job)
        examine(job, tally)
        resume(job, tally, certificates)
        if job.keeps:
            undo_and_redo(job, tally)
    except Exception as problem:  # also a reader that cannot read what was left
        tally.problems.append(f"{job.kind}: {problem}" if isinstance(problem, Failed) else f"{job.kind}: {problem!r}")
        job.generation = 1 << 30
    if tally.lost + tally.doubled != before:
        job.generation = 1 << 30


def finished(done, err=None):
    """A load that a fault of the world (not of the process) met: it ends by itself, well or with a clear error."""
    code, text = done.returncode, done.stderr if err is None else err
    if code not in (0, 1):
        raise Failed(f"exit {code}: {text.strip()[-600:]}")
    if code == 1 and ("sluice" not in text or len(text.strip()) < 20):
        raise Failed(f"no clear error: {text!r}")


class Table(defaultdict):
    """(destination, fault): Tally, in the order of appearance."""

    def __init__(self):
        super().__init__(Tally)

    def print(self):
        rows = [("destination", "fault", "trials", "lost", "doubled")]
        rows += [(place, fault, str(t.trials), str(t.lost), str(t.doubled)) for (place, fault), t in self.items()]
        widths = [max(len(row[i]) for row in rows) for i in range(5)]
        for row in rows:
            left = "  ".join(row[i].ljust(widths[i]) for i in range(2))
            print(left, *(row[i].rjust(widths[i]) for i in range(2, 5)), sep="  ")
