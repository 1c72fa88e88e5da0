"""What safety costs: lineitem from PostgreSQL, CSV and Parquet into DuckDB, without checkpoints, with many, with a certificate."""
from databases import lineitem, sluice
from measure import paired
from postgres import filled, url


def commands(bench, source, *options):
    plain = sluice(bench, source, *options)
    return {"sluice": plain, "sluice --checkpoint 0": [*plain, "--checkpoint", "0"], "sluice --checkpoint 2": [*plain, "--checkpoint", "2"],
            "sluice --verify": [*plain, "--verify"]}


def sections(bench):
    with filled(bench, bench.scale) as (server, rows):
        source = url(server).replace("postgresql", "postgres")
        several = commands(bench, source, "--table", "lineitem")
        several["sluice --verify-source"] = [*several["sluice"], "--verify-source"]
        yield f"The cost of safety: PostgreSQL into DuckDB, lineitem, {rows:,} rows", paired(several, bench.runs, bench.folder, server.pid)
    for kind in ("csv", "parquet"):
        path, rows = lineitem(bench.folder, bench.scale, kind)
        yield f"The cost of safety: {kind}, lineitem, {rows:,} rows", paired(commands(bench, path, "--as", "lineitem"), bench.runs, bench.folder)
