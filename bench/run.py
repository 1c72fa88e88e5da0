"""Paired runs in one go: sluice, DuckDB's own readers and scanners, dlt, and what the servers' own clients need.
Writes docs/benchmarks.md (not with --quick or --only)."""
import argparse
import importlib
import os
import platform
import tempfile
from pathlib import Path

from measure import ROOT, report

PARTS = ("files", "postgres", "mysql", "sqlite", "mongodb", "odbc", "postgres_destination", "sqlite_destination", "mysql_destination", "files_destination", "verify", "python")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("sluice", type=os.path.abspath)
    parser.add_argument("--mb", dest="megabytes", type=int, default=500, help="size of each JSON file")
    parser.add_argument("--scale", type=float, default=1, help="TPC-H scale factor of the databases")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--quick", action="store_true", help="a small run of everything")
    bench = parser.parse_args()
    if bench.quick:
        bench.megabytes, bench.scale, bench.runs = 20, 0.03, 1
    texts = [f"# Benchmarks\n\nMade by `make bench`: whole processes, in turn, medians of {bench.runs} runs (dlt with databases: one); "
             f"Linux {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}. Rivals with their best settings and all "
             "cores; servers on the same machine and cores. Times are of a shared machine: read the ratios."]
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as name:
        bench.folder = Path(name)
        os.chmod(name, 0o755)  # servers run as users of their own and read files from here
        for part in bench.only:
            for title, figures in importlib.import_module(part).sections(bench):
                texts.append(report(title, figures))
                print(texts[-1], flush=True)
    if not bench.quick and bench.only == PARTS:
        (ROOT / "docs" / "benchmarks.md").write_text("\n".join(texts) + "\n", encoding="utf-8")


main()
