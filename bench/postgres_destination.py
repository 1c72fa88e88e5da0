"""Rows into PostgreSQL: sluice from Parquet, psql's \\copy of the same rows in COPY's binary format, and dlt's postgres
destination, with ADBC and as it is by default."""
from databases import dlt_only, into_by_dlt, lineitem
from measure import paired
from postgres import filled, url


def sections(bench):
    path, rows = lineitem(bench.folder, bench.scale / 4, "parquet")
    with filled(bench, bench.scale / 100) as (server, _):
        target = url(server)
        load = [bench.sluice, "load", path, target.replace("postgresql", "postgres"), "--as", "items", "--dataset", "ds",
                "--pipelines-dir", "WORK/p", "-q"]

        def clear():
            server.sql("drop schema if exists ds cascade; drop schema if exists dlt_ds cascade; drop table if exists copied; checkpoint", "bench")
            server.sql("create table copied (like made)", "bench")

        for title, options in (("", []), (" without dlt's columns", ["--no-dlt-id", "--no-dlt-load-id"])):
            work = bench.folder / "first"
            first = [str(c).replace("WORK", str(work)) for c in [*load, *options]]
            server.sql("drop schema if exists ds cascade; drop table if exists made; create table made ()", "bench")
            paired({"sluice": first}, 1, bench.folder)
            same = bench.folder / "rows.binary"  # the rows that sluice wrote
            server.psql("-c", f"\\copy ds.items to '{same}' (format binary)", database="bench")
            server.sql("drop table made; create table made (like ds.items)", "bench")
            psql = [server.bin / "psql", target, "-Xqc", f"\\copy copied from '{same}' (format binary)"]
            commands = {"sluice": [*load, *options], "psql \\copy, binary": psql}
            if not options:
                commands |= into_by_dlt("postgres", path, target)
            figures = paired(commands, bench.runs, bench.folder, server.pid, once=dlt_only(commands), before=clear)
            yield f"Parquet into PostgreSQL{title}, lineitem, {rows:,} rows", figures
