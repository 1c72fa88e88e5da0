"""Chaos: loads meet every kind of fault, and no row may be lost or doubled.

Usage: run.py [--trials N | --seconds N] [--seed N] [--only TEXT]. --trials: of each kind of kill, for each destination (200 if
nothing is said); rarer faults have their share of it. --seconds: destinations and faults by turns until the time is over. Prints
destination x fault x trials x lost x doubled, what went wrong, and one closing line; exit code 1 if anything did."""
import argparse
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

import kills
import machine
import network
import trials
from jobs import jobs_for
from places import PLACES

MODULES = [kills, network, machine]


def plan(places, faults, wanted, only):
    """[(place, fault, trials)]; the shares of a run by the clock only say how often each has its turn."""
    return [(place, fault, max(1, round(wanted * fault.share))) for place in places for fault in faults
            if place.name in fault.places and only in f"{place.name} {fault.name}"]


def next_turn(planned, table, by_clock):
    """Whoever has had the least of its trials is next; None at the end."""
    def done(entry):
        return table[(entry[0].name, entry[1].name)].trials / entry[2]

    entry = min(planned, key=done)
    return entry[:2] if by_clock or done(entry) < 1 else None


def run(options, folder):
    source = random.Random(options.seed)
    places = [kind(folder) for kind in PLACES.values()]
    end = time.monotonic() + options.seconds if options.seconds else None
    try:
        faults = [kind(folder, source) for module in MODULES for kind in module.FAULTS]
        jobs = {(p.name, f.name): jobs_for(p, folder / "jobs" / f"{p.name} {f.name}", getattr(f, "padding", 0), source)
                for p in places for f in faults}
        (folder / "certificates").mkdir()
        certificates = trials.Certificates(folder / "certificates")
        table = trials.Table()
        planned = plan(places, faults, options.trials, options.only)
        for place, fault, _ in planned:
            table[(place.name, fault.name)]
        while end is None or time.monotonic() < end:
            turn = next_turn(planned, table, end is not None)
            if turn is None:
                break
            place, fault = turn
            tally = table[(place.name, fault.name)]
            kinds = jobs[(place.name, fault.name)]
            trials.one(kinds[tally.trials % len(kinds)], fault, tally, certificates)
        return table
    finally:
        for place in places:
            place.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    print(f"chaos: seed {options.seed}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="sluice-chaos-"))
    try:
        table = run(options, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    table.print()
    failed = 0
    for (place, fault), tally in table.items():
        failed += len(tally.problems)
        for problem in tally.problems[:5]:
            print(f"{place}, {fault}: {problem}")
    print(f"chaos: {sum(t.continued for t in table.values())} loads went on behind a checkpoint")
    print(f"chaos: {sum(t.trials for t in table.values()) - failed} trials passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
