"""Rows into files: sluice, DuckDB's COPY TO of the same rows from the same file, and dlt's filesystem destination."""
from databases import bare, duckdb_copy, lineitem, rival
from measure import paired


def sections(bench):
    scale = bench.scale / 4

    def load(path, kind, *options):
        return [bench.sluice, "load", path, "WORK/out/", "--as", "lineitem", "--dataset", "ds", "--pipelines-dir", "WORK/p", "-q",
                "--file-format", kind, *options]

    for source in ("parquet", "csv", "json"):
        path, rows = lineitem(bench.folder, scale, source)
        commands = {
            "sluice": load(path, "parquet"),
            "sluice without dlt's columns": bare(load(path, "parquet")),
            "DuckDB COPY TO": duckdb_copy(path, "parquet"),
        }
        if source == "parquet":
            commands["dlt, filesystem"] = rival("dlt_into_files", f"{path} parquet")
        yield f"{source} into Parquet, lineitem, {rows:,} rows", paired(commands, bench.runs, bench.folder, once=("dlt, filesystem",))
    path, rows = lineitem(bench.folder, scale, "parquet")
    for kind, name in (("csv", "CSV"), ("jsonl", "JSON lines")):
        commands = {
            "sluice": bare(load(path, kind, "--file-compression", "none")),
            "sluice, gzip": bare(load(path, kind)),
            "DuckDB COPY TO": duckdb_copy(path, kind),
        }
        if kind == "csv":  # of Arrow batches, dlt makes no JSON lines
            commands["dlt, filesystem"] = rival("dlt_into_files", f"{path} {kind}")
        yield f"Parquet into {name}, lineitem, {rows:,} rows", paired(commands, bench.runs, bench.folder, once=("dlt, filesystem",))
