"""Files into DuckDB: JSON lines and tables, against DuckDB's own readers and dlt."""
import os

import generate
from databases import bare, rival
from measure import in_folder, measure, paired

# dlt's time grows with its input in a straight line: two small parts of the input give the line. What part each way of dlt's gets:
DLT_SHARES = {"parquet": 10, "insert_values": 100}


def load(bench, source):
    return [bench.sluice, "load", source, "duckdb:WORK/out.duckdb", "--as", "items", "--dataset", "ds", "--pipelines-dir", "WORK/p", "-q"]


def dlt_rows(name, bench, what, megabytes):
    """Figures of dlt for the whole input, from the line through a share of it and a quarter of that."""
    figures = []
    for size in (megabytes / DLT_SHARES[what] / 4, megabytes / DLT_SHARES[what]):
        path = bench.folder / "part.jsonl"
        getattr(generate, name)(path, size)
        figures.append((size, measure(in_folder(rival(what, path), bench.folder))))
    (small, (wall, cpu, *_)), (large, (more_wall, more_cpu, memory, _)) = figures
    steps = (megabytes - small) / (large - small)
    return [wall + (more_wall - wall) * steps, cpu + (more_cpu - cpu) * steps, memory, 0]


def json_rows(name, bench, megabytes):
    full = bench.folder / f"{name}.jsonl"
    count = getattr(generate, name)(full, megabytes)
    figures = paired({"sluice": load(bench, full), "DuckDB read_json, nested": rival("read_json", full)}, bench.runs, bench.folder)
    for what, share in DLT_SHARES.items():
        figures[f"dlt, {what} (from 1/{share} of the input)"] = dlt_rows(name, bench, what, megabytes)
    os.remove(full)
    return f"{name}, {count:,} documents, {megabytes} MB", figures


def table_rows(bench, megabytes):
    count = generate.lineitem(bench.folder, megabytes)
    for kind, reader in (("csv", "read_csv"), ("parquet", "read_parquet")):
        source = bench.folder / f"lineitem.{kind}"
        plain = load(bench, source)
        commands = {"sluice": plain, "sluice without dlt's columns": bare(plain), f"DuckDB {reader}": rival(reader, source)}
        yield f"lineitem {kind}, {count:,} rows, {source.stat().st_size // 1000000} MB", paired(commands, bench.runs, bench.folder)


def sections(bench):
    for shape in ("events", "tweets"):
        yield json_rows(shape, bench, bench.megabytes)
    yield from table_rows(bench, max(1, bench.megabytes // 5))
