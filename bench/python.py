"""Python objects into DuckDB: pages of dicts and Arrow tables from a generator, against dlt and DuckDB's own insert."""
import os
import sys

from measure import ROOT, in_folder, measure, paired

DLT_SHARE = 40  # dlt's time is a straight line: the line through this part of the rows and a quarter of that


def program(what, shape, rows, target="out.duckdb"):
    return [sys.executable, ROOT / "bench" / "python_program.py", what, shape, rows, f"WORK/{target}"]


def dlt_line(bench, rows):
    figures = []
    for count in (rows // DLT_SHARE // 4, rows // DLT_SHARE):
        figures.append((count, measure(in_folder(program("dlt", "dicts", count), bench.folder))))
    (small, (wall, cpu, *_)), (large, (more_wall, more_cpu, memory, _)) = figures
    steps = (rows - small) / (large - small)
    return [wall + (more_wall - wall) * steps, cpu + (more_cpu - cpu) * steps, memory, 0]


def sections(bench):
    os.environ["SLUICE_PYTHON"] = os.path.join(os.path.dirname(bench.sluice), "python")
    rows = bench.megabytes * 2000
    figures = paired({"sluice": program("sluice", "dicts", rows), "the generator alone": program("made", "dicts", rows)}, bench.runs, bench.folder)
    figures[f"dlt, parquet (from 1/{DLT_SHARE} of the rows)"] = dlt_line(bench, rows)
    yield f"Python dicts, {rows:,} events", figures
    rows *= 5
    yield f"Arrow tables from Python, {rows:,} rows", paired(
        {"sluice": program("sluice", "arrow", rows), "DuckDB, create table as select": program("duckdb", "arrow", rows),
         "the generator alone": program("made", "arrow", rows)}, bench.runs, bench.folder)
    yield f"Arrow tables from Python into Parquet, {rows:,} rows", paired(
        {"sluice": program("sluice", "arrow", rows, "out.parquet"), "DuckDB, COPY TO": program("duckdb", "arrow", rows, "out.parquet"),
         "the generator alone": program("made", "arrow", rows)}, bench.runs, bench.folder)
