"""Paired runs in one go: sluice, DuckDB's own readers, dlt. Whole processes; wall and CPU seconds, peak memory of the largest
process; medians. Writes docs/benchmarks.md (not with --quick)."""
import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import generate

ROOT = Path(__file__).resolve().parents[1]
# dlt's time grows with its input in a straight line; it gets a tenth of it, and its seconds are multiplied.
DLT_SHARE = 10


# A child's peak begins with the memory of the process that it was forked from: commands are started by a small one.
LAUNCHER = """
import os, sys, time
start = time.monotonic()
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
_, status, usage = os.wait4(pid, 0)
print(time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
sys.exit(os.waitstatus_to_exitcode(status) != 0)
"""


def measure(command):
    """Wall and CPU seconds, peak memory in MB of one whole process."""
    done = subprocess.run([sys.executable, "-S", "-c", LAUNCHER, *map(str, command)], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{command} failed: {done.stderr[-500:]}")
    return tuple(float(x) for x in done.stdout.split())


def paired(commands, runs, folder):
    """Each command once in turn, `runs` times; the median of each figure."""
    figures = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            work = folder / "work"
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir()
            figures[name].append(measure([str(c).replace("WORK", str(work)) for c in command]))
    return {name: [statistics.median(f[i] for f in found) for i in range(3)] for name, found in figures.items()}


def sluice(binary, source):
    return [binary, "load", source, "duckdb:WORK/out.duckdb", "--as", "items", "--dataset", "ds", "--pipelines-dir", "WORK/p", "-q"]


def rival(what, source):
    return [sys.executable, ROOT / "bench" / "rivals.py", what, source, "WORK/out.duckdb"]


def json_rows(name, binary, folder, megabytes, runs):
    full, part = folder / f"{name}.jsonl", folder / f"{name}-part.jsonl"
    count = getattr(generate, name)(full, megabytes)
    getattr(generate, name)(part, max(1, megabytes // DLT_SHARE))
    figures = paired({"sluice": sluice(binary, full), "DuckDB read_json, nested": rival("read_json", full)}, runs, folder)
    for what in ("parquet", "insert_values"):
        size = part if what == "parquet" else folder / "small.jsonl"
        factor = DLT_SHARE
        if what == "insert_values":
            getattr(generate, name)(size, max(1, megabytes // (DLT_SHARE * 10)))
            factor = DLT_SHARE * 10
        wall, cpu, memory = measure_fresh(rival(what, size), folder)
        figures[f"dlt, {what} (1/{factor} of the input, times {factor})"] = [wall * factor, cpu * factor, memory]
    os.remove(full)
    return f"{name}, {count:,} documents, {megabytes} MB", figures


def measure_fresh(command, folder):
    work = folder / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    return measure([str(c).replace("WORK", str(work)) for c in command])


def table_rows(binary, folder, megabytes, runs):
    count = generate.lineitem(folder, megabytes)
    for kind, reader in (("csv", "read_csv"), ("parquet", "read_parquet")):
        source = folder / f"lineitem.{kind}"
        plain = sluice(binary, source)
        bare = plain + ["--no-dlt-id", "--no-dlt-load-id"]
        figures = paired({"sluice": plain, "sluice without dlt's columns": bare, f"DuckDB {reader}": rival(reader, source)}, runs, folder)
        yield f"lineitem {kind}, {count:,} rows, {source.stat().st_size // 1000000} MB", figures


def report(title, figures):
    base = figures["sluice"][0]
    lines = [f"\n## {title}\n", "| | seconds | times sluice | CPU s | peak MB |", "| --- | ---: | ---: | ---: | ---: |"]
    for name, (wall, cpu, memory) in figures.items():
        lines.append(f"| {name} | {wall:.2f} | {wall / base:.1f} | {cpu:.2f} | {memory:.0f} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("sluice")
    parser.add_argument("--mb", type=int, default=500)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quick", action="store_true")
    a = parser.parse_args()
    megabytes, runs = (20, 1) if a.quick else (a.mb, a.runs)
    parts = [f"# Benchmarks\n\nMade by `make bench`: whole processes, in turn, medians of {runs} runs; Linux {platform.machine()}, "
             f"{os.cpu_count()} cores, Python {platform.python_version()}. Rivals with their best settings and all cores. Times are of a shared "
             "machine: read the ratios."]
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as name:
        folder = Path(name)
        for shape in ("events", "tweets"):
            parts.append(report(*json_rows(shape, a.sluice, folder, megabytes, runs)))
            print(parts[-1], flush=True)
        for title, figures in table_rows(a.sluice, folder, max(1, megabytes // 5), runs):
            parts.append(report(title, figures))
            print(parts[-1], flush=True)
    if not a.quick:
        (ROOT / "docs" / "benchmarks.md").write_text("\n".join(parts) + "\n", encoding="utf-8")


main()
